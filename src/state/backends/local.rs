//! State in a file, with its lock, backup and journal beside it.
//!
//! A symbolic link in place of the state is followed, and lock, backup and journal stand beside its target, so that two
//! folders that share one state also share them.

mod journal;
mod lock;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;

use crate::state::files::{beside, folder_of, follow, read, replace};
use crate::state::format::{Encoded, checksum, decode};
use crate::state::{Backend, Guard, JournalStore, LockInfo, Snapshot, StateError};
use journal::LocalJournal;
use lock::FileLock;

/// State in a local file.
#[derive(Clone, Debug)]
pub struct LocalBackend {
    path: PathBuf,
}

impl LocalBackend {
    /// The state of a file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Backend for LocalBackend {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        let path = self.path.clone();
        Box::pin(blocking(move || Ok(read_state(&target(&path)?)?.map(|(snapshot, _)| snapshot))))
    }

    fn lock(&self, info: LockInfo, wait: Duration) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>> {
        Box::pin(async move {
            let path = self.path.clone();
            let path = blocking(move || {
                let path = target(&path)?;
                let folder = folder_of(&path);
                fs::create_dir_all(folder).map_err(StateError::io("make the folder", folder))?;
                Ok(path)
            })
            .await?;
            let lock = FileLock::take(beside(&path, ".lock"), &info, wait).await?;
            let guard: Box<dyn Guard> = Box::new(LocalGuard { inner: Some(Inner::new(path, lock)), info });
            Ok(guard)
        })
    }

    fn read_journal(&self) -> BoxFuture<'_, Result<Vec<u8>, StateError>> {
        let path = self.path.clone();
        Box::pin(blocking(move || Ok(read(&journal_path(&follow(&path)?))?.unwrap_or_default())))
    }
}

/// The file that a path leads to, which need not exist. Nothing is put beside what is no file.
fn target(path: &Path) -> Result<PathBuf, StateError> {
    let target = follow(path)?;
    match fs::metadata(&target) {
        Ok(metadata) if !metadata.is_file() => Err(StateError::NotAFile { path: path.into() }),
        _ => Ok(target),
    }
}

/// The journal of a state file: `default.journal` beside `default.tfstate`.
fn journal_path(state: &Path) -> PathBuf {
    if state.extension().is_some_and(|extension| extension == "tfstate") {
        state.with_extension("journal")
    } else {
        beside(state, ".journal")
    }
}

fn read_state(path: &Path) -> Result<Option<(Snapshot, Vec<u8>)>, StateError> {
    let Some(bytes) = read(path)? else {
        return Ok(None);
    };
    let snapshot = decode(&path.display().to_string(), &bytes)?;
    Ok(Some((snapshot, bytes)))
}

/// Runs what blocks where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StateError> + Send + 'static,
) -> Result<T, StateError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StateError::Stopped),
        },
    }
}

struct LocalGuard {
    /// Absent while a call runs, and for good if its future was dropped.
    inner: Option<Inner>,
    info: LockInfo,
}

impl LocalGuard {
    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Inner) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let mut inner = self.inner.take().ok_or(StateError::Stopped)?;
        let (inner, result) = blocking(move || {
            let result = work(&mut inner);
            Ok((inner, result))
        })
        .await?;
        self.inner = Some(inner);
        result
    }
}

impl Guard for LocalGuard {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        Box::pin(self.with(Inner::read))
    }

    fn write(&mut self, state: Encoded) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(self.with(move |inner| inner.write(&state)))
    }

    fn journal(&self) -> Box<dyn JournalStore> {
        let path = self.inner.as_ref().map(|inner| journal_path(&inner.path)).unwrap_or_default();
        Box::new(LocalJournal::new(path))
    }

    fn unlock(mut self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        Box::pin(async move {
            let inner = self.inner.take().ok_or(StateError::Stopped)?;
            blocking(move || inner.lock.release()).await
        })
    }
}

struct Inner {
    path: PathBuf,
    lock: FileLock,
    /// What this guard last read or wrote; `None` before it did either.
    known: Option<Known>,
    backed_up: bool,
}

/// What the state file was when this guard last saw it.
#[derive(Clone, PartialEq)]
enum Known {
    Absent,
    Present { print: Print, content: String, lineage: String, serial: u64 },
}

/// What changes when a file is written to or replaced, and costs nothing to ask.
#[derive(Clone, Debug, PartialEq)]
struct Print {
    length: u64,
    modified: Option<SystemTime>,
    number: u64,
}

impl Inner {
    fn new(path: PathBuf, lock: FileLock) -> Self {
        Self { path, lock, known: None, backed_up: false }
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn print(&self) -> Result<Option<Print>, StateError> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(Some(Print {
                length: metadata.len(),
                modified: metadata.modified().ok(),
                number: file_number(&metadata),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::io("read", &self.path)(error)),
        }
    }

    fn read(&mut self) -> Result<Option<Snapshot>, StateError> {
        let print = self.print()?;
        let Some((snapshot, bytes)) = read_state(&self.path)? else {
            self.known = Some(Known::Absent);
            return Ok(None);
        };
        self.know(print, checksum(&bytes), snapshot.lineage.clone(), snapshot.serial);
        Ok(Some(snapshot))
    }

    fn know(&mut self, print: Option<Print>, content: String, lineage: String, serial: u64) {
        self.known = Some(print.map_or(Known::Absent, |print| Known::Present { print, content, lineage, serial }));
    }

    fn write(&mut self, state: &Encoded) -> Result<(), StateError> {
        self.lock.check()?;
        if self.known.is_none() {
            self.read()?;
        }
        self.check_unchanged()?;
        if let Some(Known::Present { lineage, serial, .. }) = &self.known {
            if *lineage != state.lineage {
                return Err(StateError::OtherLineage {
                    place: self.place(),
                    stored: lineage.clone(),
                    given: state.lineage.clone(),
                });
            }
            if *serial > state.serial {
                return Err(StateError::LowerSerial { place: self.place(), stored: *serial, given: state.serial });
            }
        }
        self.back_up()?;
        replace(&self.path, &state.bytes)?;
        let print = self.print()?;
        self.know(print, checksum(&state.bytes), state.lineage.clone(), state.serial);
        Ok(())
    }

    fn check_unchanged(&self) -> Result<(), StateError> {
        let changed = || StateError::Changed { place: self.place() };
        match (&self.known, self.print()?) {
            (None | Some(Known::Absent), None) => Ok(()),
            (Some(Known::Present { print, .. }), Some(now)) if *print == now => Ok(()),
            // Touched, but perhaps with the same content.
            (Some(Known::Present { content, .. }), Some(_)) => match read(&self.path)? {
                Some(bytes) if checksum(&bytes) == *content => Ok(()),
                _ => Err(changed()),
            },
            _ => Err(changed()),
        }
    }

    /// Keeps what was stored before this lock's first write.
    fn back_up(&mut self) -> Result<(), StateError> {
        if self.backed_up {
            return Ok(());
        }
        if let Some(bytes) = read(&self.path)? {
            replace(&beside(&self.path, ".backup"), &bytes)?;
        }
        self.backed_up = true;
        Ok(())
    }
}

#[cfg(unix)]
fn file_number(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn file_number(_metadata: &fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests;
