//! The lock file: one entry, and the mutex under which it is changed.
//!
//! The mutex is a lock of the operating system on the file. It is held while an entry is read, compared and written, never
//! longer, so a process that is stopped holds it only if that moment met it; `acquire` copes with that, too.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::state::StateError;
use crate::state::files::{number, private};

/// More than any entry; what is longer is none.
const LONGEST: u64 = 16 * 1024;

/// An open lock file.
pub(super) struct LockFile {
    file: File,
    path: PathBuf,
    number: (u64, u64),
}

/// What is in a lock file.
pub(super) struct Seen {
    /// The entry, with what may stand behind it.
    pub(super) entry: Vec<u8>,
    /// How long ago it was written, as far as the file says.
    pub(super) still: Duration,
}

/// The mutex, until it is dropped.
pub(super) struct Turn<'a>(&'a File);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // It ends with the file handle at the latest.
        let _ = self.0.unlock();
    }
}

impl LockFile {
    /// Opens the file, and makes it if need be.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        must_be_a_file(path)?;
        let open = || {
            let file = private().read(true).write(true).create(true).truncate(false).open(path)?;
            let number = number(&file.metadata()?);
            Ok(Self { file, path: path.to_owned(), number })
        };
        open().map_err(StateError::io("open the lock", path))
    }

    /// What is in the file; `None` where there is none. Seen without the mutex, so only good to decide whether to ask for it.
    pub(super) fn peek(path: &Path) -> Result<Option<Seen>, StateError> {
        if !must_be_a_file(path)? {
            return Ok(None);
        }
        match File::open(path).and_then(|file| seen(&file)) {
            Ok(seen) => Ok(Some(seen)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::io("read the lock", path)(error)),
        }
    }

    /// Takes the mutex; `None` if others have it for as long as that.
    pub(super) fn turn(&self, patience: Duration) -> Result<Option<Turn<'_>>, StateError> {
        let begin = Instant::now();
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(Some(Turn(&self.file))),
                Err(TryLockError::WouldBlock) if begin.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(StateError::io("lock", &self.path)(error)),
            }
        }
    }

    /// Whether this is still the file that others would find.
    pub(super) fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| number(&found) == self.number)
    }

    /// What tells this file from another one of the same name.
    pub(super) fn number(&self) -> (u64, u64) {
        self.number
    }

    /// What is in the file.
    pub(super) fn seen(&self) -> Result<Seen, StateError> {
        seen(&self.file).map_err(StateError::io("read the lock", &self.path))
    }

    /// Whether the entry begins like this.
    pub(super) fn begins_with(&self, beginning: &[u8]) -> Result<bool, StateError> {
        let mut found = vec![0; beginning.len()];
        let mut file = &self.file;
        match file.rewind().and_then(|()| file.read_exact(&mut found)) {
            Ok(()) => Ok(found == beginning),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(StateError::io("read the lock", &self.path)(error)),
        }
    }

    /// Replaces the entry, in one write: no kill leaves half of it, and nobody reads a part.
    pub(super) fn write(&self, entry: &str) -> Result<(), StateError> {
        let mut file = &self.file;
        let mut write = || {
            let before = file.metadata()?.len();
            if before > LONGEST {
                file.set_len(0)?;
            }
            // A shorter entry covers the whole of a longer one.
            let rest = usize::try_from(before.min(LONGEST)).unwrap_or_default().saturating_sub(entry.len() + 1);
            file.rewind()?;
            file.write_all(format!("{entry}{}\n", " ".repeat(rest)).as_bytes())
        };
        write().map_err(StateError::io("write the lock", &self.path))
    }

    /// Removes the file from its place, and the entry with it. To be called under the mutex.
    pub(super) fn remove(&self) -> Result<(), StateError> {
        // Where the file itself cannot be removed, one without an entry is as good.
        let emptied = self.file.set_len(0);
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound && emptied.is_err() => {
                Err(StateError::io("remove the lock", &self.path)(error))
            }
            _ => Ok(()),
        }
    }
}

fn seen(mut file: &File) -> io::Result<Seen> {
    let mut entry = Vec::new();
    file.rewind()?;
    file.take(LONGEST).read_to_end(&mut entry)?;
    let modified = file.metadata()?.modified().ok();
    Ok(Seen { entry, still: modified.and_then(|time| time.elapsed().ok()).unwrap_or_default() })
}

/// Says whether there is a file. To open a pipe would wait for its other end, and what is written through a link would be
/// lost to whoever made what it leads to.
fn must_be_a_file(path: &Path) -> Result<bool, StateError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(StateError::NotAFile { path: path.into() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StateError::io("read the lock", path)(error)),
    }
}
