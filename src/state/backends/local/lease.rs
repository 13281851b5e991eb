//! A lock that is held: a lease that a thread of its own renews, and that is looked at before and after each write.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::lock::LockFile;
use crate::state::{LockInfo, StateError};

/// How often a lease is renewed in its time.
const BEATS: u32 = 4;

/// How long the mutex is waited for. Nobody keeps it for longer than a few calls of the system.
const PATIENCE: Duration = Duration::from_millis(100);

/// A lease, for all that write by it.
pub(super) struct Lease {
    place: String,
    length: Duration,
    /// Behind a mutex because the thread that renews and those that write share one file and its cursor.
    entry: Mutex<Entry>,
    lost: watch::Sender<Option<StateError>>,
}

struct Entry {
    file: LockFile,
    info: LockInfo,
    /// How the entry begins in the file: with the id.
    beginning: Vec<u8>,
    end: Option<End>,
}

/// How a lease ended, which is for good.
#[derive(Clone, Copy)]
enum End {
    GivenBack,
    Lost,
}

impl Entry {
    fn is_ours(&self) -> Result<bool, StateError> {
        Ok(self.end.is_none() && self.file.is_in_place() && self.file.begins_with(&self.beginning)?)
    }

    /// Renews the entry if the mutex can be had, and says whether it is ours.
    fn renew(&mut self, length: Duration) -> Result<bool, StateError> {
        let Some(_turn) = self.file.turn(PATIENCE)? else {
            return Ok(true);
        };
        if !self.is_ours()? {
            return Ok(false);
        }
        self.info = leased(&self.info, Timestamp::now(), length);
        self.file.write(&self.info.to_json().to_string()).map(|()| true)
    }

    /// Removes the entry, and says whether it was ours.
    fn give_back(&self) -> Result<bool, StateError> {
        if !self.is_ours()? {
            return Ok(false);
        }
        // With somebody stopped in the mutex, the entry is left to run out.
        let Some(_turn) = self.file.turn(PATIENCE)? else {
            return Ok(true);
        };
        if !self.is_ours()? {
            return Ok(false);
        }
        self.file.remove().map(|()| true)
    }
}

/// The entry of an owner whose lease begins at a time, and the owner with its times.
pub(super) fn leased(info: &LockInfo, now: Timestamp, length: Duration) -> LockInfo {
    LockInfo { renewed: Some(now), until: now.checked_add(length).ok(), ..info.clone() }
}

impl Lease {
    fn entry(&self) -> MutexGuard<'_, Entry> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails if the lease is no longer ours. Costs two calls of the system. A lease that ran out and that nobody took is ours.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let mut entry = self.entry();
        if entry.is_ours()? { Ok(()) } else { Err(self.lose(&mut entry)) }
    }

    fn lose(&self, entry: &mut Entry) -> StateError {
        let error = StateError::LockLost { place: self.place.clone() };
        if entry.end.is_none() {
            entry.end = Some(End::Lost);
            self.lost.send_replace(Some(error.clone()));
        }
        error
    }

    /// Renews the lease, and says whether there is still one to renew.
    fn renew(&self) -> bool {
        let mut entry = self.entry();
        if entry.end.is_some() {
            return false;
        }
        match entry.renew(self.length) {
            Ok(false) => {
                self.lose(&mut entry);
                false
            }
            // The next beat tries again. Should the lease run out, those that want to take it have the same trouble.
            Ok(true) | Err(_) => true,
        }
    }

    /// Gives the lease back. Fails if it was lost before.
    fn release(&self) -> Result<(), StateError> {
        let mut entry = self.entry();
        if let Some(End::GivenBack) = entry.end {
            return Ok(());
        }
        if !entry.give_back()? {
            return Err(self.lose(&mut entry));
        }
        entry.end = Some(End::GivenBack);
        Ok(())
    }

    /// Tells when the lease is found lost.
    pub(super) fn lost(&self) -> watch::Receiver<Option<StateError>> {
        self.lost.subscribe()
    }
}

/// A lease with the thread that renews it. Dropping it gives the lease back.
pub(super) struct Held {
    lease: Arc<Lease>,
    /// The thread ends when this is gone.
    _beats: mpsc::Sender<()>,
}

impl Held {
    /// The lease of an entry that was just written. The thread is one of its own, since a lease must be renewed however
    /// busy the runtime is.
    pub(super) fn begin(file: LockFile, path: &Path, info: LockInfo, length: Duration) -> Result<Self, StateError> {
        let written = info.to_json().to_string();
        let beginning = written.bytes().take_while(|byte| *byte != b',').collect();
        let lease = Arc::new(Lease {
            place: path.display().to_string(),
            length,
            entry: Mutex::new(Entry { file, info, beginning, end: None }),
            lost: watch::channel(None).0,
        });
        let (beats, stopped) = mpsc::channel();
        let held = Self { lease: lease.clone(), _beats: beats };
        let beat = move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(length / BEATS) {
                if !lease.renew() {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name("lease".into()).spawn(beat);
        thread.map_err(StateError::io("renew the lock", path))?;
        Ok(held)
    }

    /// The lease.
    pub(super) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// Gives the lease back. Fails if it was lost before.
    pub(super) fn release(self) -> Result<(), StateError> {
        self.lease.release()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A lease that cannot be given back runs out.
        let _ = self.lease.release();
    }
}
