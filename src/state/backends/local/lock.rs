//! A lock of the operating system on a file of its own. It ends with the process that holds it, however that ends.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::blocking;
use crate::state::files::private;
use crate::state::{LockInfo, StateError};

/// The longest time between two tries; short against the patience of a person, long for a processor.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A lock that is held. Dropping it releases it.
pub(super) struct FileLock {
    file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock, waiting at most the given time.
    pub(super) async fn take(path: PathBuf, info: &LockInfo, wait: Duration) -> Result<Self, StateError> {
        let begin = Instant::now();
        let mut pause = Duration::from_millis(20);
        loop {
            let (file, written) = (path.clone(), info.clone());
            if let Some(lock) = blocking(move || Self::try_take(file, &written)).await? {
                return Ok(lock);
            }
            let waited = begin.elapsed();
            if waited >= wait {
                let owner = path.clone();
                let owner = blocking(move || Ok(read_owner(&owner).map(Box::new))).await?;
                let now = info.since.checked_add(waited).unwrap_or(info.since);
                return Err(StateError::Locked { place: path.display().to_string(), owner, now });
            }
            sleep(pause.min(wait - waited)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn try_take(mut path: PathBuf, info: &LockInfo) -> Result<Option<Self>, StateError> {
        loop {
            let open = private().read(true).write(true).create(true).truncate(false).open(&path);
            let file = open.map_err(StateError::io("open the lock", &path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(StateError::io("lock", path)(error)),
            }
            let mut lock = Self { file, path };
            // The owner before removes the file as it leaves, and we may have opened it just then.
            if lock.is_in_place() {
                lock.write_owner(info).map_err(StateError::io("write the lock", &lock.path))?;
                return Ok(Some(lock));
            }
            path = lock.abandon();
        }
    }

    fn write_owner(&mut self, info: &LockInfo) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(format!("{}\n", info.to_json()).as_bytes())
    }

    /// Fails if the lock is no longer the one that others would find.
    pub(super) fn check(&self) -> Result<(), StateError> {
        if self.is_in_place() { Ok(()) } else { Err(StateError::LockLost { place: self.path.display().to_string() }) }
    }

    #[cfg(unix)]
    fn is_in_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let number = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match (self.file.metadata(), fs::metadata(&self.path)) {
            (Ok(ours), Ok(found)) => number(ours) == number(found),
            _ => false,
        }
    }

    /// Here an open file cannot be removed.
    #[cfg(not(unix))]
    fn is_in_place(&self) -> bool {
        true
    }

    /// Releases the lock.
    pub(super) fn release(self) -> Result<(), StateError> {
        self.check()
    }

    fn abandon(self) -> PathBuf {
        self.path.clone()
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        if cfg!(unix) && self.is_in_place() {
            // The lock itself ends with the file handle; a file that stays behind is only untidy.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn read_owner(path: &Path) -> Option<LockInfo> {
    let mut text = String::new();
    File::open(path).ok()?.read_to_string(&mut text).ok()?;
    LockInfo::from_json(&serde_json::from_str(&text).ok()?)
}
