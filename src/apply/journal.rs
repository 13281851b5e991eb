//! What a run is about to do and has done, durable before and after each call, so that the next run can take over.
//!
//! One record a line. Sensitive values are never in it: the outcome of an object that has some is saved in the state
//! first, and the record only says with which serial.

mod record;
mod replay;

pub use replay::{Recovered, recover_snapshot};
pub(super) use replay::{begin, is_in, is_settled, made, partial, settle};

use std::sync::Arc;

use serde_json::Value as Json;

use crate::address::{Address, ResourceAddress};
use crate::diagnostic::Diagnostic;
use crate::resource::Token;
use crate::state::{Instance, JournalStore, StateError};
use crate::value::Path;

/// Numbers the intents of one journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntentNumber(pub u64);

/// What a call changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Makes an object.
    Create,
    /// Changes an object in place.
    Update,
    /// Deletes an object.
    Delete,
}

/// A call that is about to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// The instance concerned.
    pub address: Address,
    /// What the call changes.
    pub operation: Operation,
    /// Whether the call is one half of a replacement.
    pub replace: bool,
    /// For the creation of a replacement before the deletion: the key under which the current object is set aside first.
    pub depose: Option<String>,
    /// For the deletion of an object that was set aside: its key.
    pub deposed: Option<String>,
    /// The same for every try at this call.
    pub token: Token,
    /// What is wished for, in the form of `state::without_secrets`.
    pub wished: Json,
    /// Where in the wish the secrets are that are left out of it, so that what is found there is known for one.
    pub sensitive: Arc<[Path]>,
    /// The provider configuration that the object belongs to.
    pub provider: Arc<str>,
    /// The version of the schema that the wish follows.
    pub schema_version: u64,
    /// The resources that the object must be deleted before.
    pub dependencies: Arc<[ResourceAddress]>,
    /// Whether a replacement is made before the object is deleted.
    pub create_before_destroy: bool,
    /// Whether provisioners run before the creation is complete.
    pub provisions: bool,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The object is there and like this.
    Instance(Instance),
    /// The object is gone.
    Gone,
    /// The call failed.
    Failed {
        /// Why, without secrets.
        message: String,
        /// Whether it is certain that nothing was made or changed. If not, a creation stays open for recovery.
        nothing_happened: bool,
    },
}

/// An intent whose outcome is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenIntent {
    /// Its number; the outcome found by recovery is recorded under it.
    pub number: IntentNumber,
    /// What was intended.
    pub intent: Intent,
    /// The object as far as it is known to exist.
    pub made: Option<Instance>,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A run begins with a stored state.
    Begin {
        /// The lineage of the state.
        lineage: String,
        /// The serial of the stored state; zero if there was none.
        serial: u64,
        /// The checksum of the stored state, if there was one.
        checksum: Option<Arc<str>>,
        /// The command.
        command: String,
    },
    /// A call is about to be made.
    Intent(IntentNumber, Intent),
    /// A creation got as far as an object that exists.
    Made(IntentNumber, Told<Instance>),
    /// What came of a call.
    Outcome(IntentNumber, Told<Outcome>),
    /// The state is about to be saved, with all that the first records of the journal say in it.
    Save {
        /// The checksum of what is saved.
        checksum: Arc<str>,
        /// How many records are in it.
        through: u64,
    },
    /// Nothing of this journal is open.
    End,
}

/// Something with an object in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Told<T> {
    /// Here it is.
    Here(T),
    /// It has secrets; it was saved in the state with this serial.
    Saved(u64),
}

/// The journal of a locked state.
pub struct Journal {
    store: Box<dyn JournalStore>,
    records: Vec<Record>,
    torn: Option<usize>,
    /// How many records are stored.
    length: u64,
    next: u64,
}

impl Journal {
    /// Reads what an interrupted run left, if there is something. What its last write did not complete is cut off.
    pub async fn open(mut store: Box<dyn JournalStore>) -> Result<Self, StateError> {
        let bytes = store.read().await?;
        let mut read = record::read_all(&store.place(), &bytes)?;
        if read.torn.is_some() {
            store.keep(read.valid).await?;
        }
        if read.records.last() == Some(&Record::End) {
            store.remove().await?;
            read.records.clear();
        }
        let next = read.records.iter().filter_map(Record::number).map(|number| number.0 + 1).max().unwrap_or(1);
        let length = read.records.len() as u64;
        Ok(Self { store, records: read.records, torn: read.torn, length, next })
    }

    /// The place, as a person would name it.
    pub fn place(&self) -> String {
        self.store.place()
    }

    /// What an interrupted run left.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The intents of an interrupted run whose outcome is not known, with what is known of their objects.
    pub fn open_intents(&self) -> Vec<OpenIntent> {
        replay::open_intents(&self.records)
    }

    /// A warning if the last line was cut short. Nothing was done on the strength of it, so nothing is lost with it.
    pub fn warning(&self) -> Option<Diagnostic> {
        self.torn.map(|line| {
            Diagnostic::warning("Journal cut short").with(|d| {
                d.detail(format!(
                    "The last record of {}, line {line}, was not written completely when the run before was interrupted. \
                     recon had not acted on it, so nothing is lost.",
                    self.place()
                ));
            })
        })
    }

    /// Whether nothing is stored.
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many records are stored.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// A number that no intent of this journal has.
    pub(super) fn next_number(&mut self) -> IntentNumber {
        self.next += 1;
        IntentNumber(self.next - 1)
    }

    /// Makes records durable, all in one write.
    pub(super) async fn append(&mut self, records: &[Record]) -> Result<(), StateError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for record in records {
            record::write(record, &mut bytes);
        }
        self.store.append(bytes).await?;
        self.length += records.len() as u64;
        Ok(())
    }

    /// Says that a state is about to be stored that holds all that is recorded so far.
    pub(super) async fn lead_to(&mut self, checksum: Arc<str>) -> Result<(), StateError> {
        let through = self.length;
        self.append(&[Record::Save { checksum, through }]).await
    }

    /// Removes the journal when nothing of it is open.
    pub(super) async fn remove(&mut self) -> Result<(), StateError> {
        if self.is_empty() {
            return Ok(());
        }
        // Should the removal be undone by a crash, or a copy be put back, the record says that there is nothing to do.
        self.append(&[Record::End]).await?;
        self.store.remove().await?;
        self.length = 0;
        Ok(())
    }
}

impl Record {
    fn number(&self) -> Option<IntentNumber> {
        match self {
            Self::Intent(number, _) | Self::Made(number, _) | Self::Outcome(number, _) => Some(*number),
            Self::Begin { .. } | Self::Save { .. } | Self::End => None,
        }
    }
}

#[cfg(test)]
pub(in crate::apply) mod tests;
