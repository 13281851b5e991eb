//! What is told of reading while a plan is made.

use std::sync::Arc;

use crate::address::Address;

/// Something that happened while objects were read.
#[derive(Clone, Copy, Debug)]
pub enum Read<'a> {
    /// So many more objects are to be read.
    Asked(usize),
    /// An object is asked about.
    Begun {
        /// The instance.
        address: &'a Address,
        /// The id of what there is, if it may be shown.
        id: Option<&'a str>,
    },
    /// There is an answer, or none to be had.
    Ended {
        /// The instance.
        address: &'a Address,
        /// The id of what there is, if it may be shown.
        id: Option<&'a str>,
    },
}

/// Who is told of reading.
pub type Watcher = Arc<dyn Fn(&Read<'_>) + Send + Sync>;
