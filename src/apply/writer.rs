//! The one task that owns snapshot, journal and lock while a run changes things.
//!
//! Each call returns when what it says is durable. All calls that wait ride on one write of the journal; the state file
//! is saved beside that, one save at a time, when there is a pause or a second has passed.

mod saving;
mod task;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value as Json;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::journal::{Intent, IntentNumber, Journal, OpenIntent, Outcome, Recovered};
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::state::{Guard, Instance, OutputState, Snapshot, StateError};
use task::Task;

/// How long nothing must happen before the state is saved.
const QUIET: Duration = Duration::from_millis(50);

/// How long the saved state may be behind while things happen.
const BUSY: Duration = Duration::from_secs(1);

/// How many times its own duration a save is kept away from the one before, so that saving stays a small part of a run
/// however large the state is.
const SPACING: u32 = 10;

/// How many calls may wait to be taken up. More callers wait for a place, which costs them nothing else.
const QUEUE: usize = 1024;

/// What a writer is started with besides the state.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// The command, for the journal.
    pub command: String,
    /// Where the state is written if its own place fails, such as `errored.tfstate` in the working folder.
    pub emergency: PathBuf,
}

/// A running writer.
pub struct Writer {
    task: JoinHandle<Finished>,
    handle: Handle,
}

impl Writer {
    /// Takes over a locked state. What recovery has changed is saved soon; the intents it left open can be settled under
    /// their numbers.
    pub fn start(guard: Box<dyn Guard>, recovered: Recovered, journal: Journal, options: WriterOptions) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let task = Task::new(guard, recovered, journal, options, receiver);
        Self { task: tokio::spawn(task.run()), handle: Handle { sender } }
    }

    /// A way to send to the writer, for any task.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Completes what was sent before, saves the state, and removes the journal if nothing is open. Calls sent later fail.
    pub async fn finish(self) -> Finished {
        // If the task has ended by itself, its result says why.
        let _ = self.handle.sender.send(Message::Finish).await;
        match self.task.await {
            Ok(finished) => finished,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// What is left when a writer has finished.
pub struct Finished {
    /// The lock, to be released by the caller.
    pub guard: Option<Box<dyn Guard>>,
    /// The state, as saved unless `error` says otherwise.
    pub snapshot: Snapshot,
    /// The intents that the next run will have to settle; the journal keeps them.
    pub open: Vec<OpenIntent>,
    /// The first thing that went wrong, if anything did.
    pub error: Option<StateError>,
    /// What became of the state if it could not be saved in its place.
    pub rescue: Option<Rescue>,
}

/// Where the state went when its place failed.
#[derive(Clone, Debug)]
pub enum Rescue {
    /// It was saved after all, by the last try.
    Saved,
    /// It is in another file.
    Written(PathBuf),
    /// It could not be written anywhere.
    Lost(PathBuf, StateError),
    /// The lock was lost, so that it was written nowhere. These objects were heard of too late to be recorded, with their ids
    /// where they may be shown.
    Abandoned(Vec<(Address, Option<String>)>),
}

impl Finished {
    /// What a person has to know about a failure.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = self.error.iter().cloned().map(Diagnostic::from).collect();
        match &self.rescue {
            None | Some(Rescue::Saved) => {}
            Some(Rescue::Written(path)) => found.push(Diagnostic::error("State not saved in its place").with(|d| {
                let path = path.display();
                d.detail(format!("All that is known of the objects of this run was written to {path} instead."))
                    .help(format!("Mend the cause, run `recon state push {path}`, then run the command again."));
            })),
            Some(Rescue::Lost(path, error)) => found.push(Diagnostic::error("State not saved").with(|d| {
                d.detail(format!(
                    "The state could be written neither in its place nor to {}: {error}. The journal keeps what was \
                     recorded before the failure.",
                    path.display()
                ))
                .help("Mend the cause and run the command again; it first asks AWS what this run has made.");
            })),
            Some(Rescue::Abandoned(objects)) if objects.is_empty() => {}
            Some(Rescue::Abandoned(objects)) => found.push(Diagnostic::error("Objects not recorded").with(|d| {
                let name = |(address, id): &(Address, Option<String>)| match id {
                    Some(id) => format!("`{address}` (id {id})"),
                    None => format!("`{address}`"),
                };
                let names = objects.iter().map(name).collect::<Vec<_>>().join(", ");
                d.detail(format!(
                    "When the lock was lost, calls were under way, and what came of them could not be recorded: {names}."
                ))
                .help("The next run asks AWS about them. If a plan then still wants to make one of them, `recon import` it.");
            })),
        }
        found
    }
}

/// A way to send to the writer. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    sender: mpsc::Sender<Message>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl Handle {
    /// Records that a call is about to be made. Only after this has returned may it be.
    pub async fn intent(&self, intent: Intent) -> Result<IntentNumber, StateError> {
        self.ask(|reply| Message::Intent(Box::new(intent), reply)).await
    }

    /// Records that a creation got as far as an object that exists. It is saved as tainted until its outcome is known.
    pub async fn made(&self, number: IntentNumber, instance: Instance) -> Result<(), StateError> {
        self.ask(|reply| Message::Made(number, Box::new(instance), reply)).await
    }

    /// Records what came of a call. Only after this has returned may anything start that depends on it.
    pub async fn outcome(&self, number: IntentNumber, outcome: Outcome) -> Result<(), StateError> {
        self.ask(|reply| Message::Outcome(number, Box::new(outcome), reply)).await
    }

    /// Sets the outputs. They are durable after the next save.
    pub async fn set_outputs(&self, outputs: IndexMap<Arc<str>, OutputState>) -> Result<(), StateError> {
        self.edit(move |snapshot| snapshot.set_outputs(outputs)).await
    }

    /// Sets what checks found, in the form of the state file. Durable after the next save.
    pub async fn set_check_results(&self, results: Json) -> Result<(), StateError> {
        self.edit(move |snapshot| std::mem::replace(&mut snapshot.check_results, results.clone()) != results).await
    }

    /// Sets an object without a call having been made, as a refresh does. Durable after the next save.
    pub async fn insert(&self, address: Address, instance: Instance) -> Result<(), StateError> {
        self.edit(move |snapshot| snapshot.insert(address, instance)).await
    }

    /// Changes the snapshot in any way that is not about a call, such as a move. The closure says whether it changed
    /// anything. Durable after the next save.
    pub async fn edit(&self, edit: impl FnOnce(&mut Snapshot) -> bool + Send + 'static) -> Result<(), StateError> {
        self.ask(|reply| Message::Edit(Box::new(edit), reply)).await
    }

    /// Waits until everything that was sent before is saved in the state itself, not only in the journal.
    pub async fn save(&self) -> Result<(), StateError> {
        self.ask(Message::Save).await
    }

    /// The state as it is now, with everything that was sent before.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>, StateError> {
        self.ask(Message::Look).await
    }

    async fn ask<T>(&self, message: impl FnOnce(Reply<T>) -> Message) -> Result<T, StateError> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(message(reply)).await.map_err(|_| StateError::Stopped)?;
        answer.await.unwrap_or(Err(StateError::Stopped))
    }
}

type Reply<T> = oneshot::Sender<Result<T, StateError>>;
type Edit = Box<dyn FnOnce(&mut Snapshot) -> bool + Send>;

enum Message {
    Intent(Box<Intent>, Reply<IntentNumber>),
    Made(IntentNumber, Box<Instance>, Reply<()>),
    Outcome(IntentNumber, Box<Outcome>, Reply<()>),
    Edit(Edit, Reply<()>),
    Save(Reply<()>),
    Look(Reply<Arc<Snapshot>>),
    Finish,
}

#[cfg(test)]
mod tests;
