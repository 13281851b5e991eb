//! State and journal in memory, which outlive a process as a disk does: what was written before a crash is there, of what was
//! being written there may be a part, and the rest is not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::cloud::stage::{Pace, Point, Stage, Trouble};
use crate::state::format::{Encoded, checksum, decode};
use crate::state::{Backend, Guard, JournalStore, LockInfo, Snapshot, StateError};

const STATE: &str = "memory.tfstate";
const JOURNAL: &str = "memory.journal";

#[derive(Default)]
struct Disk {
    state: Option<Vec<u8>>,
    journal: Vec<u8>,
    /// The process that holds the lock; the lock goes with it.
    locked_by: Option<(u64, LockInfo)>,
}

/// State and journal in memory. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Memory {
    stage: Arc<Stage>,
    // Held only to look or write, never across a wait.
    disk: Arc<Mutex<Disk>>,
}

impl Memory {
    /// An empty disk that has the time and the troubles of a stage.
    pub fn new(stage: &Arc<Stage>) -> Self {
        Self { stage: stage.clone(), disk: Arc::default() }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes of the state, if there is one.
    pub fn state(&self) -> Option<Vec<u8>> {
        self.disk().state.clone()
    }

    /// The bytes of the journal.
    pub fn journal(&self) -> Vec<u8> {
        self.disk().journal.clone()
    }

    fn snapshot(&self) -> Result<Option<Snapshot>, StateError> {
        self.state().map(|bytes| decode(STATE, &bytes)).transpose()
    }

    /// Passes the point before a write, which may be refused.
    async fn before(&self, point: Point, name: &str) -> Result<(), StateError> {
        match self.stage.pass(point).await {
            Some(Trouble::Full) => Err(StateError::io("write", name)(std::io::ErrorKind::StorageFull.into())),
            _ => Ok(()),
        }
    }
}

impl Backend for Memory {
    fn place(&self) -> String {
        STATE.to_owned()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        Box::pin(async { self.snapshot() })
    }

    fn lock(&self, info: LockInfo, _: Duration) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>> {
        Box::pin(async move {
            let process = self.stage.process();
            let mut disk = self.disk();
            if let Some((_, owner)) = disk.locked_by.as_ref().filter(|(holder, _)| *holder == process) {
                let owner = Some(Box::new(owner.clone()));
                return Err(StateError::Locked { place: STATE.into(), owner, now: Timestamp::now() });
            }
            disk.locked_by = Some((process, info.clone()));
            let guard: Box<dyn Guard> = Box::new(MemoryGuard { memory: self.clone(), info, process, known: None });
            Ok(guard)
        })
    }

    fn read_journal(&self) -> BoxFuture<'_, Result<Vec<u8>, StateError>> {
        Box::pin(async { Ok(self.journal()) })
    }
}

struct MemoryGuard {
    memory: Memory,
    info: LockInfo,
    process: u64,
    /// The checksum of what this guard last read or wrote; `None` before it did either.
    known: Option<Option<String>>,
}

impl MemoryGuard {
    fn check(&self, state: &Encoded) -> Result<(), StateError> {
        let place = || STATE.to_owned();
        let disk = self.memory.disk();
        if disk.locked_by.as_ref().is_none_or(|(holder, _)| *holder != self.process) {
            return Err(StateError::LockLost { place: place() });
        }
        if self.known.as_ref().is_some_and(|known| *known != disk.state.as_deref().map(checksum)) {
            return Err(StateError::Changed { place: place() });
        }
        let Some(bytes) = &disk.state else {
            return Ok(());
        };
        let stored = decode(STATE, bytes)?;
        if stored.lineage != state.lineage {
            let (stored, given) = (stored.lineage, state.lineage.clone());
            return Err(StateError::OtherLineage { place: place(), stored, given });
        }
        if stored.serial > state.serial {
            let (stored, given) = (stored.serial, state.serial);
            return Err(StateError::LowerSerial { place: place(), stored, given });
        }
        Ok(())
    }
}

impl Guard for MemoryGuard {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        Box::pin(async {
            self.known = Some(self.memory.state().as_deref().map(checksum));
            self.memory.snapshot()
        })
    }

    fn write(&mut self, state: Encoded) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            self.check(&state)?;
            self.memory.before(Point::Write, STATE).await?;
            self.memory.stage.wait(Pace::Save).await;
            self.known = Some(Some(checksum(&state.bytes)));
            self.memory.disk().state = Some(state.bytes.to_vec());
            self.memory.stage.pass(Point::Written).await;
            Ok(())
        })
    }

    fn journal(&self) -> Box<dyn JournalStore> {
        Box::new(MemoryJournal { memory: self.memory.clone() })
    }

    fn unlock(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        Box::pin(async move {
            self.memory.disk().locked_by = None;
            Ok(())
        })
    }
}

struct MemoryJournal {
    memory: Memory,
}

impl JournalStore for MemoryJournal {
    fn place(&self) -> String {
        JOURNAL.to_owned()
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Vec<u8>, StateError>> {
        Box::pin(async { Ok(self.memory.journal()) })
    }

    fn keep(&mut self, length: u64) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            self.memory.disk().journal.truncate(usize::try_from(length).unwrap_or(usize::MAX));
            Ok(())
        })
    }

    fn append(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            let stage = self.memory.stage.clone();
            self.memory.before(Point::Append, JOURNAL).await?;
            // What stands there when the process ends here is some part of the bytes.
            let durable = self.memory.disk().journal.len();
            let part = stage.draw().usize(0..bytes.len().max(1));
            self.memory.disk().journal.extend_from_slice(&bytes[..part]);
            stage.pass(Point::Torn).await;
            stage.wait(Pace::Append).await;
            {
                let mut disk = self.memory.disk();
                disk.journal.truncate(durable);
                disk.journal.extend_from_slice(&bytes);
            }
            stage.pass(Point::Appended).await;
            Ok(())
        })
    }

    fn remove(&mut self) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            self.memory.before(Point::Remove, JOURNAL).await?;
            self.memory.stage.wait(Pace::Append).await;
            self.memory.disk().journal.clear();
            self.memory.stage.pass(Point::Removed).await;
            Ok(())
        })
    }
}
