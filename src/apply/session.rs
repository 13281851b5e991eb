//! A locked state with everything of an interrupted run settled: where every command that changes something begins.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::journal::{Journal, recover_snapshot};
use super::recover::{self, Settled};
use super::writer::{Handle, Writer, WriterOptions};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::providers::Providers;
use crate::state::{Backend, LockInfo, Snapshot};

/// How to open a session.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Who takes the lock, and for what.
    pub info: LockInfo,
    /// How long to wait for the lock.
    pub wait: Duration,
    /// Where the state is written if its own place fails.
    pub emergency: PathBuf,
}

/// A locked state, with the one task that writes it.
pub struct Session {
    writer: Writer,
    /// What recovery found out about an interrupted run.
    pub settled: Vec<Settled>,
}

/// What became of opening a session without calling anyone.
pub enum Opened {
    /// Here it is.
    Session(Session),
    /// An interrupted run has left calls whose outcome is not known.
    Unsettled,
}

impl Session {
    /// Takes the lock, replays the journal of an interrupted run, and asks AWS about what it left open (P4). Problems say
    /// why there is no session; what was found out until then is saved.
    pub async fn open(
        backend: &dyn Backend,
        opening: Opening,
        providers: &Providers,
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        let writer = match Self::start(backend, opening, problems).await {
            Ok(writer) => writer,
            Err(problem) => {
                problems.push(*problem);
                return None;
            }
        };
        let (writer, open) = writer;
        let settled = recover::recover(open, providers, &writer.handle(), problems).await;
        let session = Self { writer, settled };
        if problems.has_errors() {
            session.close(problems).await;
            return None;
        }
        Some(session)
    }

    /// Takes the lock and replays the journal, for a command that calls nobody. Where an interrupted run has left something
    /// that only AWS can tell, there is no session: what was known is saved, and the lock is released.
    pub async fn open_without_calls(
        backend: &dyn Backend,
        opening: Opening,
        problems: &mut Diagnostics,
    ) -> Option<Opened> {
        let (writer, open) = match Self::start(backend, opening, problems).await {
            Ok(started) => started,
            Err(problem) => {
                problems.push(*problem);
                return None;
            }
        };
        let session = Self { writer, settled: Vec::new() };
        if open.is_empty() {
            return Some(Opened::Session(session));
        }
        session.close(problems).await;
        (!problems.has_errors()).then_some(Opened::Unsettled)
    }

    async fn start(
        backend: &dyn Backend,
        opening: Opening,
        problems: &mut Diagnostics,
    ) -> Result<(Writer, Vec<super::journal::OpenIntent>), Box<Diagnostic>> {
        let failed = |error: crate::state::StateError| Box::new(Diagnostic::from(error));
        let command = opening.info.operation.clone();
        let mut guard = backend.lock(opening.info, opening.wait).await.map_err(failed)?;
        let prepared = async {
            let stored = guard.read().await?;
            let journal = Journal::open(guard.journal()).await?;
            let recovered = recover_snapshot(stored, &journal)?;
            Ok((journal, recovered))
        };
        let (journal, recovered) = match prepared.await {
            Ok(prepared) => prepared,
            Err(error) => {
                // The first failure is the one to tell; the lock goes with the process at the latest.
                let _ = guard.unlock().await;
                return Err(failed(error));
            }
        };
        problems.extend(journal.warning());
        let open = recovered.open.clone();
        let options = WriterOptions { command, emergency: opening.emergency };
        Ok((Writer::start(guard, recovered, journal, options), open))
    }

    /// A way to send to the writer.
    pub fn writer(&self) -> Handle {
        self.writer.handle()
    }

    /// The state as it is now.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>, Box<Diagnostic>> {
        self.writer.handle().snapshot().await.map_err(|error| Box::new(Diagnostic::from(error)))
    }

    /// Saves the state and releases the lock. Gives the state as saved.
    pub async fn close(self, problems: &mut Diagnostics) -> Snapshot {
        let finished = self.writer.finish().await;
        problems.extend(finished.diagnostics());
        if let Some(guard) = finished.guard
            && let Err(error) = guard.unlock().await
        {
            problems.push(error.into());
        }
        finished.snapshot
    }
}
