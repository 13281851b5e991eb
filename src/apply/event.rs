//! What happens during apply, for those who show it.

use std::time::Duration;

use crate::address::Address;
use crate::diagnostic::Diagnostic;

/// What is done to an object at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doing {
    /// It is made.
    Creating,
    /// It is changed in place.
    Updating,
    /// It is deleted.
    Destroying,
    /// It is read.
    Reading,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Work on an instance began.
    Started {
        /// The instance.
        address: Address,
        /// What is done.
        doing: Doing,
        /// The id of what there is, if there is something; never a sensitive one.
        id: Option<String>,
    },
    /// A wait or a retry.
    Note {
        /// The instance.
        address: Address,
        /// One line.
        text: String,
    },
    /// A provisioner of an instance begins.
    Provisioning {
        /// The instance.
        address: Address,
        /// The provisioner.
        name: &'static str,
    },
    /// A provisioner of an instance ended.
    Provisioned {
        /// The instance.
        address: Address,
        /// The provisioner.
        name: &'static str,
        /// Whether it did what it should.
        succeeded: bool,
    },
    /// A program that a provisioner runs said something.
    Said {
        /// The instance.
        address: Address,
        /// The provisioner.
        name: &'static str,
        /// One line.
        line: String,
    },
    /// Work on an instance was finished.
    Finished {
        /// The instance.
        address: Address,
        /// What was done.
        doing: Doing,
        /// How long it took.
        took: Duration,
        /// The id of what there is, if there is something; never a sensitive one.
        id: Option<String>,
    },
    /// Work on an instance failed.
    Failed {
        /// The instance.
        address: Address,
        /// What was tried.
        doing: Doing,
        /// How long it took.
        took: Duration,
        /// What went wrong.
        problem: Box<Diagnostic>,
    },
    /// No new work is begun; what is under way is finished.
    Stopping {
        /// How many calls are under way.
        under_way: usize,
    },
}
