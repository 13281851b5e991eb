//! What recon knows of the objects it manages, and how that is kept: the snapshot, its stored form, and backends.
//!
//! Reading needs no lock. Writing does: `write` exists on the guard that a lock gives, and nowhere else.

mod attributes;
pub mod backends;
pub mod edit;
mod error;
mod files;
mod flatmap;
pub mod format;
mod lock;
mod snapshot;

pub use attributes::{path_from_json, path_to_json, without_secrets};
pub use error::StateError;
pub use files::replace as replace_file;
pub use lock::LockInfo;
pub use snapshot::{Instance, OutputState, Snapshot, TERRAFORM_VERSION};

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::diagnostic::Diagnostic;
use format::Encoded;

/// Where the state of one workspace is stored.
pub trait Backend: Send + Sync {
    /// The place, as a person would name it.
    fn place(&self) -> String;

    /// Reads the state without a lock; `None` where there is none yet.
    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>>;

    /// Takes the lock, waiting at most the given time while another holds it.
    fn lock(&self, info: LockInfo, wait: Duration) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>>;

    /// Reads the journal without a lock, for commands that only look; empty where there is none.
    fn read_journal(&self) -> BoxFuture<'_, Result<Vec<u8>, StateError>>;

    /// Who the lock says its holder is, whether or not its lease has ended; `None` where there is none or it cannot be told.
    fn holder(&self) -> BoxFuture<'_, Result<Option<LockInfo>, StateError>> {
        Box::pin(async { Ok(None) })
    }

    /// Ends the lock with this id, whoever holds it. Its holder can write no more.
    fn break_lock(&self, _id: String) -> BoxFuture<'_, Result<(), StateError>> {
        let place = self.place();
        Box::pin(async { Err(StateError::NotLocked { place }) })
    }
}

/// The lock on a state, and with it the only way to write.
///
/// A guard whose lock is a lease keeps it alive by itself; once the lease is lost, `write` fails with
/// `StateError::LockLost`. Dropping a guard releases what can be released without waiting.
pub trait Guard: Send {
    /// Who holds the lock.
    fn info(&self) -> &LockInfo;

    /// Reads the state under the lock; `None` where there is none yet. Later writes are checked against it.
    fn read(&mut self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>>;

    /// Replaces the state, durably and whole or not at all. Refused are another lineage, a lower serial, and any write
    /// over what somebody else has written since this guard read.
    fn write(&mut self, state: Encoded) -> BoxFuture<'_, Result<(), StateError>>;

    /// What a person should know about how the lock was got, such as that a lease was taken over.
    fn notice(&self) -> Option<Diagnostic> {
        None
    }

    /// Tells when the lock is found lost, and why: the run then has to stop. `None` for a lock that cannot be.
    fn lost(&self) -> Option<watch::Receiver<Option<StateError>>> {
        None
    }

    /// The journal beside the state. It stays apart from the guard, so that records are written while a save runs.
    fn journal(&self) -> Box<dyn JournalStore>;

    /// Releases the lock.
    fn unlock(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>>;
}

/// Where the bytes of a journal are kept. What they mean is not known here.
pub trait JournalStore: Send {
    /// The place, as a person would name it.
    fn place(&self) -> String;

    /// All that is stored; empty where there is nothing.
    fn read(&mut self) -> BoxFuture<'_, Result<Vec<u8>, StateError>>;

    /// Cuts what is stored to its first bytes, and goes on from there.
    fn keep(&mut self, length: u64) -> BoxFuture<'_, Result<(), StateError>>;

    /// Adds bytes at the end; they are durable when this returns. After a failure nothing of them remains at the next
    /// call.
    fn append(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StateError>>;

    /// Removes what is stored.
    fn remove(&mut self) -> BoxFuture<'_, Result<(), StateError>>;
}
