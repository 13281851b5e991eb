//! The bytes of a journal in a local file.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use futures_util::future::BoxFuture;

use super::blocking;
use crate::state::files::{private, read, sync_folder};
use crate::state::{JournalStore, StateError};

pub(super) struct LocalJournal {
    path: PathBuf,
    /// Absent while a call runs, and for good if its future was dropped.
    inner: Option<Inner>,
}

struct Inner {
    path: PathBuf,
    /// Open from the first append on.
    file: Option<File>,
    /// How many bytes are durable; what a failed append left behind them is overwritten.
    length: Option<u64>,
}

impl LocalJournal {
    pub(super) fn new(path: PathBuf) -> Self {
        let inner = Inner { path: path.clone(), file: None, length: None };
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
            inner.length = Some(bytes.len() as u64);
            Ok(bytes)
        }))
    }

    fn keep(&mut self, length: u64) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(self.with(move |inner| {
            inner.length = Some(length);
            inner.file = None;
            if read(&inner.path)?.is_none() {
                return Ok(());
            }
            inner.open().map_err(StateError::io("cut", &inner.path))
        }))
    }

    fn append(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(self.with(move |inner| inner.append(&bytes)))
    }

    fn remove(&mut self) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(self.with(|inner| {
            inner.file = None;
            inner.length = None;
            match fs::remove_file(&inner.path) {
                Ok(()) => sync_folder(&inner.path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(StateError::io("remove", &inner.path)(error)),
            }
        }))
    }
}

impl Inner {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        if self.file.is_none() {
            self.open().map_err(StateError::io("open", &self.path))?;
            sync_folder(&self.path)?;
        }
        let Some(file) = &mut self.file else {
            return Err(StateError::Stopped);
        };
        let written = file.write_all(bytes).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // The next append opens the file again and cuts off what this one left.
            self.file = None;
            return Err(StateError::io("write", &self.path)(error));
        }
        self.length = Some(self.length.unwrap_or_default() + bytes.len() as u64);
        Ok(())
    }

    fn open(&mut self) -> io::Result<()> {
        let mut file = private().write(true).create(true).truncate(false).open(&self.path)?;
        let length = match self.length {
            Some(length) => length,
            None => file.metadata()?.len(),
        };
        if file.metadata()?.len() != length {
            file.set_len(length)?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::Start(length))?;
        self.length = Some(length);
        self.file = Some(file);
        Ok(())
    }
}
