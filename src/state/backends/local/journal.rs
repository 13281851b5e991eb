//! The bytes of a journal in a local file.
//!
//! Each lease writes to a file of its own: the first write makes one, with what is to be kept of the one before, and puts
//! it in place. So one who has lost the lease and does not know it yet writes to a file that nobody reads any more.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::blocking;
use super::lease::Lease;
use crate::state::files::{number, read, replace_if, sync_folder};
use crate::state::{JournalStore, StateError};

pub(super) struct LocalJournal {
    path: PathBuf,
    /// Absent while a call runs, and for good if its future was dropped.
    inner: Option<Inner>,
}

struct Inner {
    path: PathBuf,
    temporary: PathBuf,
    lease: Arc<Lease>,
    /// The file of this lease, from the first write on.
    own: Option<Own>,
    /// How many bytes of the file in place are to be kept when the own one is made; all if it was not read.
    kept: Option<u64>,
}

struct Own {
    file: File,
    number: (u64, u64),
    /// How many bytes are durable.
    length: u64,
    /// Whether a failed write may have left something behind them.
    is_soiled: bool,
}

impl LocalJournal {
    /// The journal at a path, made by way of a temporary file that whoever takes over the lease removes.
    pub(super) fn new(path: PathBuf, temporary: PathBuf, lease: Arc<Lease>) -> Self {
        let inner = Inner { path: path.clone(), temporary, lease, own: None, kept: None };
        Self { path, inner: Some(inner) }
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

impl JournalStore for LocalJournal {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Vec<u8>, StateError>> {
        Box::pin(self.with(|inner| {
            let bytes = read(&inner.path)?.unwrap_or_default();
            if inner.own.is_none() {
                inner.kept = Some(bytes.len() as u64);
            }
            Ok(bytes)
        }))
    }

    fn keep(&mut self, length: u64) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(self.with(move |inner| inner.keep(length)))
    }

    fn append(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            let length = bytes.len();
            self.with(move |inner| inner.append(&bytes)).await?;
            tracing::debug!(bytes = length, "journal written");
            Ok(())
        })
    }

    fn remove(&mut self) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(self.with(|inner| {
            inner.lease.check()?;
            inner.own = None;
            inner.kept = None;
            match fs::remove_file(&inner.path) {
                Ok(()) => sync_folder(&inner.path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(StateError::io("remove", &inner.path)(error)),
            }
        }))
    }
}

impl Inner {
    fn keep(&mut self, length: u64) -> Result<(), StateError> {
        self.lease.check()?;
        if let Some(own) = &mut self.own {
            own.length = length.min(own.length);
            own.is_soiled = true;
            return own.clean().map_err(StateError::io("cut", &self.path));
        }
        self.kept = Some(length);
        if read(&self.path)?.is_some() { self.begin(&[]) } else { Ok(()) }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        let Some(own) = &mut self.own else {
            return self.begin(bytes);
        };
        self.lease.check()?;
        let written = own.clean().and_then(|()| own.file.write_all(bytes)).and_then(|()| own.file.sync_data());
        own.is_soiled = true;
        written.map_err(StateError::io("write", &self.path))?;
        // Only now is it certain that the records are where the next run looks for them.
        self.confirm()?;
        if let Some(own) = &mut self.own {
            own.length += bytes.len() as u64;
            own.is_soiled = false;
        }
        Ok(())
    }

    /// Makes the file of this lease: what is kept, and the first bytes behind it.
    fn begin(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        let mut content = read(&self.path)?.unwrap_or_default();
        if let Some(kept) = self.kept.and_then(|kept| usize::try_from(kept).ok()) {
            content.truncate(kept);
        }
        self.kept = Some(content.len() as u64);
        content.extend(bytes);
        let file = replace_if(&self.path, &self.temporary, &content, || self.lease.check())?;
        let number = number(&file.metadata().map_err(StateError::io("read", &self.path))?);
        self.own = Some(Own { file, number, length: content.len() as u64, is_soiled: false });
        self.confirm()
    }

    /// Fails if the lease is no longer ours, or the file of this lease is no longer the journal.
    fn confirm(&self) -> Result<(), StateError> {
        self.lease.check()?;
        let found = fs::metadata(&self.path).ok().map(|found| number(&found));
        if self.own.as_ref().is_some_and(|own| found != Some(own.number)) {
            return Err(StateError::Changed { place: self.path.display().to_string() });
        }
        Ok(())
    }
}

impl Own {
    /// Cuts off what a failed write left.
    fn clean(&mut self) -> io::Result<()> {
        if self.is_soiled {
            self.file.set_len(self.length)?;
            self.file.sync_all()?;
            self.file.seek(SeekFrom::Start(self.length))?;
            self.is_soiled = false;
        }
        Ok(())
    }
}
