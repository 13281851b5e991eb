//! State in a file, with its lock, backup and journal beside it.
//!
//! A symbolic link in place of the state is followed, and lock, backup and journal stand beside its target, so that two
//! folders that share one state also share them.
//!
//! Who holds the lock is a matter of a lease (`acquire`, `lease`), and a process may be stopped at any moment and go on when
//! another has taken over. So that it then changes nothing, whatever is put in place comes from a temporary file that has
//! the id of the lock in its name. Whoever takes or breaks the lock removes all of those before it reads anything: what was put
//! in place before is seen, and nothing can be put in place any more.

mod acquire;
mod journal;
mod lease;
mod lock;
mod standing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::diagnostic::Diagnostic;
use crate::state::files::{beside, folder_of, follow, number, read, replace_if, sync_folder};
use crate::state::format::{Encoded, checksum, decode};
use crate::state::{Backend, Guard, JournalStore, LockInfo, Snapshot, StateError};
use acquire::Taken;
use journal::LocalJournal;
use lease::{Held, Lease};

/// How long a lease holds if nothing else is said. A run that was killed keeps others waiting that long at most; one that
/// is stopped for less loses nothing.
pub const LEASE: Duration = Duration::from_secs(10);

/// State in a local file.
#[derive(Clone, Debug)]
pub struct LocalBackend {
    path: PathBuf,
    lease: Duration,
}

impl LocalBackend {
    /// The state of a file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), lease: LEASE }
    }

    /// With leases of another length.
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Runs work on the lock of the state, which may block.
    async fn at_lock<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path, &Path) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let path = self.path.clone();
        blocking(move || {
            let path = follow(&path)?;
            work(&lock_path(&path), &path)
        })
        .await
    }

    /// The file, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the state with its backup and journal, for whoever holds the lock.
    pub async fn remove(&self, held: &dyn Guard) -> Result<(), StateError> {
        if self.holder().await?.is_none_or(|holder| holder.id != held.info().id) {
            return Err(StateError::LockLost { place: self.place() });
        }
        let path = self.path.clone();
        blocking(move || {
            let path = follow(&path)?;
            for file in [path.clone(), beside(&path, ".backup"), journal_path(&path)] {
                match fs::remove_file(&file) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(StateError::io("remove", file)(error));
                    }
                    _ => {}
                }
            }
            sync_folder(&path)
        })
        .await
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
            let taken = acquire::take(lock_path(&path), info, self.lease, wait).await?;
            let guard = LocalGuard::new(path.clone(), taken);
            let lease = guard.lease.clone();
            tracing::info!(state = %path.display(), id = guard.info.id, "lock taken");
            blocking(move || lease.check().and_then(|()| remove_temporaries(&path))).await?;
            let guard: Box<dyn Guard> = Box::new(guard);
            Ok(guard)
        })
    }

    fn read_journal(&self) -> BoxFuture<'_, Result<Vec<u8>, StateError>> {
        let path = self.path.clone();
        Box::pin(blocking(move || Ok(read(&journal_path(&follow(&path)?))?.unwrap_or_default())))
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<LockInfo>, StateError>> {
        Box::pin(self.at_lock(|lock, _| acquire::holder(lock)))
    }

    fn break_lock(&self, id: String) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(self.at_lock(move |lock, state| {
            acquire::remove(lock, state, &id)?;
            remove_temporaries(state)
        }))
    }
}

fn lock_path(state: &Path) -> PathBuf {
    beside(state, ".lock")
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

/// The temporary file of a lock for something beside a state: `default.tfstate.<id>.journal.tmp`.
fn temporary(state: &Path, lock: &str, what: &str) -> PathBuf {
    beside(state, &format!(".{lock}.{what}.tmp"))
}

/// Removes the temporary files of all locks.
fn remove_temporaries(state: &Path) -> Result<(), StateError> {
    let name = state.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = folder_of(state);
    let is_temporary = |other: &str| {
        let rest = other.strip_prefix(&*name).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".tmp"));
        rest.and_then(|rest| rest.split_once('.')).is_some_and(|(id, _)| uuid::Uuid::try_parse(id).is_ok())
    };
    for entry in fs::read_dir(folder).map_err(StateError::io("read the folder", folder))? {
        let path = entry.map_err(StateError::io("read the folder", folder))?.path();
        if path.file_name().is_some_and(|name| is_temporary(&name.to_string_lossy()))
            && let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(StateError::io("remove", path)(error));
        }
    }
    Ok(())
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
    path: PathBuf,
    /// Absent while a call runs, and for good if its future was dropped.
    inner: Option<Inner>,
    info: LockInfo,
    lease: Arc<Lease>,
    notice: Option<Diagnostic>,
}

impl LocalGuard {
    fn new(path: PathBuf, taken: Taken) -> Self {
        let Taken { held, info, notice } = taken;
        let lease = held.lease().clone();
        Self { inner: Some(Inner::new(path.clone(), held, info.id.clone())), path, info, lease, notice }
    }

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
        Box::pin(async move {
            self.with(move |inner| inner.write(&state)).await?;
            tracing::debug!(state = %self.path.display(), "state written");
            Ok(())
        })
    }

    fn notice(&self) -> Option<Diagnostic> {
        self.notice.clone()
    }

    fn lost(&self) -> Option<watch::Receiver<Option<StateError>>> {
        Some(self.lease.lost())
    }

    fn journal(&self) -> Box<dyn JournalStore> {
        let temporary = temporary(&self.path, &self.info.id, "journal");
        Box::new(LocalJournal::new(journal_path(&self.path), temporary, self.lease.clone()))
    }

    fn unlock(mut self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        Box::pin(async move {
            let inner = self.inner.take().ok_or(StateError::Stopped)?;
            blocking(move || inner.held.release()).await?;
            tracing::info!(state = %self.path.display(), id = self.info.id, "lock released");
            Ok(())
        })
    }
}

struct Inner {
    path: PathBuf,
    held: Held,
    /// The id of the lock.
    id: String,
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
    number: (u64, u64),
}

impl Inner {
    fn new(path: PathBuf, held: Held, id: String) -> Self {
        Self { path, held, id, known: None, backed_up: false }
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn print(&self) -> Result<Option<Print>, StateError> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(Some(Print {
                length: metadata.len(),
                modified: metadata.modified().ok(),
                number: number(&metadata),
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
        self.held.lease().check()?;
        if !state.over_any {
            self.check_follows(state)?;
        }
        self.back_up()?;
        self.replace(&self.path, "state", &state.bytes)?;
        let print = self.print()?;
        self.know(print, checksum(&state.bytes), state.lineage.clone(), state.serial);
        Ok(())
    }

    /// Whether a state leads on from the stored one, and nobody else has written that.
    fn check_follows(&mut self, state: &Encoded) -> Result<(), StateError> {
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
            self.replace(&beside(&self.path, ".backup"), "backup", &bytes)?;
        }
        self.backed_up = true;
        Ok(())
    }

    fn replace(&self, path: &Path, what: &str, content: &[u8]) -> Result<(), StateError> {
        replace_if(path, &temporary(&self.path, &self.id, what), content, || self.held.lease().check()).map(drop)
    }
}

#[cfg(test)]
mod tests;
