//! A locked state with everything of an interrupted run settled: where every command that changes something begins.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::journal::{Journal, OpenIntent, recover_snapshot};
use super::recover::{self, Settled};
use super::run::Stop;
use super::writer::{Handle, Writer, WriterOptions};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::providers::Providers;
use crate::state::{Backend, LockInfo, Snapshot, StateError};

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
    lost: Option<watch::Receiver<Option<StateError>>>,
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
        let (_never, stop) = watch::channel(Stop::No);
        Self::open_unless(backend, opening, providers, &stop, problems).await
    }

    /// The same, given up when the run is stopped: what waits for the lock or asks AWS changes nothing.
    pub async fn open_unless(
        backend: &dyn Backend,
        opening: Opening,
        providers: &Providers,
        stop: &watch::Receiver<Stop>,
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        let (mut session, open) = match Self::start(backend, opening, stop, problems).await {
            Ok(started) => started,
            Err(problem) => {
                problems.push(*problem);
                return None;
            }
        };
        let handle = session.writer();
        let settled = tokio::select! {
            settled = recover::recover(open, providers, &handle, problems) => Some(settled),
            () = stopped(stop) => None,
        };
        match settled {
            Some(settled) => session.settled = settled,
            None => {
                let what = "The run was interrupted while it asked what an interrupted run before it had left.";
                problems.push(interrupted(what)).help("Run the same command again: it goes on with that.");
            }
        }
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
        let (_never, stop) = watch::channel(Stop::No);
        let (session, open) = match Self::start(backend, opening, &stop, problems).await {
            Ok(started) => started,
            Err(problem) => {
                problems.push(*problem);
                return None;
            }
        };
        if open.is_empty() {
            return Some(Opened::Session(session));
        }
        session.close(problems).await;
        (!problems.has_errors()).then_some(Opened::Unsettled)
    }

    async fn start(
        backend: &dyn Backend,
        opening: Opening,
        stop: &watch::Receiver<Stop>,
        problems: &mut Diagnostics,
    ) -> Result<(Self, Vec<OpenIntent>), Box<Diagnostic>> {
        let failed = |error: StateError| Box::new(Diagnostic::from(error));
        let command = opening.info.operation.clone();
        let mut guard = tokio::select! {
            guard = backend.lock(opening.info, opening.wait) => guard.map_err(failed)?,
            () = stopped(stop) => {
                return Err(Box::new(interrupted("The run was interrupted before it had the lock. Nothing was changed.")));
            }
        };
        problems.extend(guard.notice());
        let prepared = async {
            let stored = guard.read().await?;
            let journal = Journal::open(guard.journal()).await?;
            let recovered = recover_snapshot(stored, &journal)?;
            Ok((journal, recovered))
        };
        let (journal, recovered) = match prepared.await {
            Ok(prepared) => prepared,
            Err(error) => {
                // The first failure is the one to tell; a lock that cannot be released runs out.
                let _ = guard.unlock().await;
                return Err(failed(error));
            }
        };
        problems.extend(journal.warning());
        let open = recovered.open.clone();
        let lost = guard.lost();
        let options = WriterOptions { command, emergency: opening.emergency };
        let writer = Writer::start(guard, recovered, journal, options);
        Ok((Self { writer, lost, settled: Vec::new() }, open))
    }

    /// Returns when the lock is found lost: nothing can be written any more, so nothing more must be done. Waits for ever
    /// otherwise.
    pub fn lost(&self) -> impl Future<Output = ()> + Send + use<> {
        let lost = self.lost.clone();
        async move {
            if let Some(mut lost) = lost
                && lost.wait_for(Option::is_some).await.is_ok()
            {
                return;
            }
            std::future::pending().await
        }
    }

    /// Whether the lock was found lost. `close` says why.
    pub fn is_lost(&self) -> bool {
        self.lost.as_ref().is_some_and(|lost| lost.borrow().is_some())
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
        let is_told = matches!(finished.error, Some(StateError::LockLost { .. }));
        if let Some(guard) = finished.guard
            && let Err(error) = guard.unlock().await
            && !(is_told && matches!(error, StateError::LockLost { .. }))
        {
            problems.push(error.into());
        }
        finished.snapshot
    }
}

async fn stopped(stop: &watch::Receiver<Stop>) {
    let mut stop = stop.clone();
    if stop.wait_for(|stop| *stop != Stop::No).await.is_err() {
        // Nobody can stop the run any more.
        std::future::pending().await
    }
}

fn interrupted(what: &str) -> Diagnostic {
    Diagnostic::error("Interrupted").with(|d| {
        d.detail(what);
    })
}
