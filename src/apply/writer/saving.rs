//! When and how the state file is saved: one save at a time, apart from the journal.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{BUSY, QUIET, SPACING};
use crate::state::format::{Encoded, encode};
use crate::state::{Guard, Snapshot, StateError};

/// How many objects are brought into their stored form where they are: that takes less time than to wake another thread, and
/// happens at the same moment in every run.
const FEW: usize = 200;

/// A save that runs. Its record in the journal stands between the two steps.
pub(super) enum Saving {
    /// The snapshot is being brought into its stored form.
    Encoding(JoinHandle<Encoded>),
    /// It is in its stored form.
    Encoded(Encoded),
    /// The stored form is being written. The guard comes back with the result.
    Writing(JoinHandle<(Box<dyn Guard>, Result<(), StateError>)>),
}

/// What a step of a save ended with.
pub(super) enum Step {
    Encoded(Encoded),
    Written(Box<dyn Guard>, Result<(), StateError>),
}

impl Saving {
    pub(super) fn encode(snapshot: Arc<Snapshot>) -> Self {
        if snapshot.instances.len() + snapshot.deposed.len() <= FEW {
            return Self::Encoded(encode(&snapshot));
        }
        Self::Encoding(tokio::task::spawn_blocking(move || encode(&snapshot)))
    }

    pub(super) fn write(mut guard: Box<dyn Guard>, state: Encoded) -> Self {
        Self::Writing(tokio::spawn(async move {
            let result = guard.write(state).await;
            (guard, result)
        }))
    }

    /// Waits for the step that runs. May be dropped and called again.
    pub(super) async fn step(&mut self) -> Result<Step, StateError> {
        match self {
            Self::Encoding(task) => finished(task.await).map(Step::Encoded),
            Self::Encoded(state) => Ok(Step::Encoded(state.clone())),
            Self::Writing(task) => finished(task.await).map(|(guard, result)| Step::Written(guard, result)),
        }
    }
}

fn finished<T>(result: Result<T, tokio::task::JoinError>) -> Result<T, StateError> {
    result.map_err(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => StateError::Stopped,
    })
}

/// The times that decide when the next save begins.
pub(super) struct Clock {
    first_change: Option<Instant>,
    last_change: Instant,
    begun: Instant,
    ended: Instant,
    cost: Duration,
}

impl Clock {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { first_change: None, last_change: now, begun: now, ended: now, cost: Duration::ZERO }
    }

    /// Something changed that the next save will hold.
    pub(super) fn changed(&mut self) {
        let now = Instant::now();
        self.first_change.get_or_insert(now);
        self.last_change = now;
    }

    pub(super) fn save_begins(&mut self) {
        self.begun = Instant::now();
        self.first_change = None;
    }

    pub(super) fn save_ends(&mut self) {
        self.ended = Instant::now();
        self.cost = self.ended - self.begun;
    }

    /// When to save what has changed; `None` while nothing has.
    pub(super) fn due(&self) -> Option<Instant> {
        let wish = (self.last_change + QUIET).min(self.first_change? + BUSY);
        Some(wish.max(self.ended + self.cost * SPACING))
    }
}
