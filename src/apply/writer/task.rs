//! The writer's loop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::sleep_until;

use super::saving::{Clock, Saving, Step};
use super::{Finished, Message, Reply, Rescue, WriterOptions};
use crate::address::Address;
use crate::apply::journal::{
    Intent, IntentNumber, Journal, OpenIntent, Outcome, Record, Recovered, Told, begin, is_settled, made, partial,
    settle,
};
use crate::state::format::{Encoded, encode};
use crate::state::{Guard, Instance, Snapshot, StateError, replace_file};

/// An answer that waits for its records to be durable.
type Answer = Box<dyn FnOnce(Result<(), StateError>) + Send>;

/// An object that an answer is about, with its id where that may be shown.
type About = Option<(Address, Option<String>)>;

/// Makes the record that an object is saved, of the number of its intent and the serial of the state.
type ToRecord = fn(IntentNumber, u64) -> Record;

/// An answer that may be given only when the state is saved with a change.
struct Waiting {
    /// The record that is written then, and says so: of an object that is in no record itself.
    record: Option<(ToRecord, IntentNumber)>,
    change: u64,
    answer: Answer,
    about: About,
}

pub(super) struct Task {
    receiver: mpsc::Receiver<Message>,
    journal: Journal,
    /// Absent while a save writes.
    guard: Option<Box<dyn Guard>>,
    options: WriterOptions,

    snapshot: Arc<Snapshot>,
    /// Counts the changes of the snapshot.
    changes: u64,
    /// Up to which change the snapshot is saved, and will be when the running save ends.
    saved: u64,
    saving_to: u64,
    /// The serial of the stored state.
    base_serial: u64,
    /// The checksum of the stored state, and of the one that is being written.
    stored: Option<Arc<str>>,
    writing: Option<Arc<str>>,
    /// How many records the running save holds.
    through: u64,

    open: BTreeMap<IntentNumber, OpenIntent>,
    records: Vec<Record>,
    answers: Vec<(Answer, About)>,
    waiting: Vec<Waiting>,
    /// The objects whose answers were failures.
    unsaved: BTreeMap<Address, Option<String>>,
    saving: Option<Saving>,
    clock: Clock,
    failure: Option<StateError>,
}

impl Task {
    pub(super) fn new(
        guard: Box<dyn Guard>,
        recovered: Recovered,
        journal: Journal,
        options: WriterOptions,
        receiver: mpsc::Receiver<Message>,
    ) -> Self {
        let Recovered { snapshot, open, changed } = recovered;
        let mut task = Self {
            receiver,
            journal,
            guard: Some(guard),
            options,
            base_serial: snapshot.serial,
            stored: snapshot.checksum.clone(),
            writing: None,
            through: 0,
            snapshot: Arc::new(snapshot),
            changes: 0,
            saved: 0,
            saving_to: 0,
            open: open.into_iter().map(|open| (open.number, open)).collect(),
            records: Vec::new(),
            answers: Vec::new(),
            waiting: Vec::new(),
            unsaved: BTreeMap::new(),
            saving: None,
            clock: Clock::new(),
            failure: None,
        };
        task.note(changed);
        task
    }

    pub(super) async fn run(mut self) -> Finished {
        loop {
            let due = self.save_due();
            // In a fixed order, so that the same events always give the same journal. What is rare comes first: a save
            // that ended can wait for nothing else, and messages never let a save starve.
            tokio::select! {
                biased;
                step = async { self.saving.as_mut().expect("the branch is off without a save").step().await },
                    if self.saving.is_some() =>
                {
                    self.save_step(step).await;
                }
                () = async { sleep_until(due.expect("the branch is off without a time")).await }, if due.is_some() => {
                    self.start_save();
                }
                message = self.receiver.recv() => {
                    let goes_on = self.take_all(message);
                    self.commit().await;
                    if !goes_on {
                        break;
                    }
                }
            }
            self.hasten().await;
        }
        self.conclude().await
    }

    /// Takes up a message and all that wait behind it. Says whether the run goes on.
    fn take_all(&mut self, first: Option<Message>) -> bool {
        let mut next = first;
        while let Some(message) = next {
            if !self.take(message) {
                return false;
            }
            match self.receiver.try_recv() {
                Ok(message) => next = Some(message),
                Err(mpsc::error::TryRecvError::Empty) => return true,
                Err(mpsc::error::TryRecvError::Disconnected) => return false,
            }
        }
        false
    }

    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::Intent(intent, reply) => self.take_intent(*intent, reply),
            Message::Made(number, instance, reply) => self.take_made(number, *instance, reply),
            Message::Outcome(number, outcome, reply) => self.take_outcome(number, *outcome, reply),
            Message::Edit(edit, reply) => {
                let changed = edit(Arc::make_mut(&mut self.snapshot));
                self.note(changed);
                answer(reply, self.failure.clone().map_or(Ok(()), Err));
            }
            Message::Save(reply) => {
                let answer: Answer = Box::new(move |result| answer(reply, result));
                self.wait(Waiting { record: None, change: self.changes, answer, about: None });
            }
            Message::Look(reply) => answer(reply, Ok(self.snapshot.clone())),
            Message::Finish => return false,
        }
        true
    }

    fn take_intent(&mut self, intent: Intent, reply: Reply<IntentNumber>) {
        if let Some(error) = &self.failure {
            return answer(reply, Err(error.clone()));
        }
        let number = self.journal.next_number();
        let changed = begin(Arc::make_mut(&mut self.snapshot), &intent);
        self.note(changed);
        self.push(Record::Intent(number, intent.clone()));
        self.open.insert(number, OpenIntent { number, intent, made: None });
        self.answers.push((Box::new(move |result| answer(reply, result.map(|()| number))), None));
    }

    fn take_made(&mut self, number: IntentNumber, instance: Instance, reply: Reply<()>) {
        let Some(open) = self.open.get_mut(&number) else {
            return answer(reply, Err(StateError::NoIntent { number: number.0 }));
        };
        let instance = partial(instance);
        let about = about(&open.intent.address, &instance);
        open.made = Some(instance.clone());
        let changed = made(Arc::make_mut(&mut self.snapshot), &open.intent, instance.clone());
        self.note(changed);
        let answer: Answer = Box::new(move |result| answer(reply, result));
        if instance.has_secrets() {
            let record: ToRecord = |number, serial| Record::Made(number, Told::Saved(serial));
            self.wait(Waiting { record: Some((record, number)), change: self.changes, answer, about });
        } else {
            self.push(Record::Made(number, Told::Here(instance)));
            self.answers.push((answer, about));
        }
    }

    fn take_outcome(&mut self, number: IntentNumber, outcome: Outcome, reply: Reply<()>) {
        let Some(open) = self.open.get(&number) else {
            return answer(reply, Err(StateError::NoIntent { number: number.0 }));
        };
        if let (Some(error), Outcome::Failed { .. }) = (&self.failure, &outcome) {
            // It may have failed because an object could not be noted down, which then exists. The next run asks AWS.
            return answer(reply, Err(error.clone()));
        }
        let about = match &outcome {
            Outcome::Instance(instance) => about(&open.intent.address, instance),
            Outcome::Gone | Outcome::Failed { .. } => None,
        };
        let changed = settle(Arc::make_mut(&mut self.snapshot), &open.intent, outcome.clone());
        if is_settled(&open.intent, open.made.is_some(), &outcome) {
            self.open.remove(&number);
        }
        self.note(changed);
        let answer: Answer = Box::new(move |result| answer(reply, result));
        if matches!(&outcome, Outcome::Instance(instance) if instance.has_secrets()) {
            let record: ToRecord = |number, serial| Record::Outcome(number, Told::Saved(serial));
            self.wait(Waiting { record: Some((record, number)), change: self.changes, answer, about });
        } else {
            self.push(Record::Outcome(number, Told::Here(outcome)));
            self.answers.push((answer, about));
        }
    }

    /// Puts off an answer until the state is saved. After a failure no save comes.
    fn wait(&mut self, waiting: Waiting) {
        match &self.failure {
            Some(error) => {
                self.unsaved.extend(waiting.about);
                (waiting.answer)(Err(error.clone()));
            }
            None => self.waiting.push(waiting),
        }
    }

    /// Takes note of a change. All saves of a run have one serial, so that it does not depend on how many there were.
    fn note(&mut self, changed: bool) {
        if changed {
            self.changes += 1;
            let serial = self.base_serial + 1;
            if self.snapshot.serial != serial {
                Arc::make_mut(&mut self.snapshot).serial = serial;
            }
            self.clock.changed();
        }
    }

    /// Adds a record to the next write, behind those that a journal begins with.
    fn push(&mut self, record: Record) {
        if self.journal.is_empty() && self.records.is_empty() {
            self.records.push(Record::Begin {
                lineage: self.snapshot.lineage.clone(),
                serial: if self.saved > 0 { self.base_serial + 1 } else { self.base_serial },
                checksum: self.stored.clone(),
                command: self.options.command.clone(),
            });
            if let Some(checksum) = self.writing.clone() {
                // A save runs that began before there was anything to journal.
                self.records.push(Record::Save { checksum, through: 0 });
            }
        }
        self.records.push(record);
    }

    /// Makes the records at hand durable and gives the answers that wait for it.
    async fn commit(&mut self) {
        let result = match &self.failure {
            // What the records say is in the snapshot, which `conclude` tries to save.
            Some(error) => Err(error.clone()),
            None => match self.journal.append(&self.records).await {
                Ok(()) => {
                    self.records.clear();
                    Ok(())
                }
                Err(error) => {
                    self.withdraw_intents();
                    self.fail(&error);
                    Err(error)
                }
            },
        };
        for (answer, about) in self.answers.drain(..) {
            if result.is_err() {
                self.unsaved.extend(about);
            }
            answer(result.clone());
        }
    }

    /// Forgets the intents that could not be recorded: their calls are not made.
    fn withdraw_intents(&mut self) {
        for record in std::mem::take(&mut self.records) {
            let Record::Intent(number, intent) = record else {
                self.records.push(record);
                continue;
            };
            self.open.remove(&number);
            let nothing = Outcome::Failed { message: String::new(), nothing_happened: true };
            let changed = settle(Arc::make_mut(&mut self.snapshot), &intent, nothing);
            self.note(changed);
        }
    }

    /// From here on nothing new begins; what comes is kept in memory for the last try.
    fn fail(&mut self, error: &StateError) {
        self.failure.get_or_insert_with(|| error.clone());
        for waiting in self.waiting.drain(..) {
            self.unsaved.extend(waiting.about);
            (waiting.answer)(Err(error.clone()));
        }
    }

    /// Saves at once if records wait for it, or writes them if what they stand for is saved already.
    async fn hasten(&mut self) {
        if self.waiting.iter().any(|waiting| waiting.change <= self.saved) {
            self.record_saved().await;
        }
        if !self.waiting.is_empty() {
            self.start_save();
        }
    }

    fn save_due(&self) -> Option<tokio::time::Instant> {
        if self.saving.is_some() || self.failure.is_some() { None } else { self.clock.due() }
    }

    fn start_save(&mut self) {
        if self.saving.is_some() || self.failure.is_some() {
            return;
        }
        self.saving_to = self.changes;
        self.through = self.journal.length();
        self.clock.save_begins();
        self.saving = Some(Saving::encode(self.snapshot.clone()));
    }

    async fn save_step(&mut self, step: Result<Step, StateError>) {
        self.saving = None;
        match step {
            Ok(Step::Encoded(state)) => self.write_state(state).await,
            Ok(Step::Written(guard, result)) => {
                self.guard = Some(guard);
                self.clock.save_ends();
                let checksum = self.writing.take();
                match result {
                    Ok(()) => {
                        self.stored = checksum;
                        self.saved = self.saving_to;
                        self.record_saved().await;
                    }
                    Err(error) => self.fail(&error),
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    async fn write_state(&mut self, state: Encoded) {
        if self.failure.is_none() && !self.journal.is_empty() {
            self.records.push(Record::Save { checksum: state.checksum.clone(), through: self.through });
            self.commit().await;
        }
        if self.failure.is_some() {
            return;
        }
        if let Some(guard) = self.guard.take() {
            self.writing = Some(state.checksum.clone());
            self.saving = Some(Saving::write(guard, state));
        }
    }

    /// Records what waited to be saved.
    async fn record_saved(&mut self) {
        let serial = self.snapshot.serial;
        let (ready, rest) = std::mem::take(&mut self.waiting).into_iter().partition(|w| w.change <= self.saved);
        self.waiting = rest;
        for Waiting { record, answer, about, .. } in ready {
            if let Some((record, number)) = record {
                self.push(record(number, serial));
            }
            self.answers.push((answer, about));
        }
        self.commit().await;
    }

    /// Ends the run: saves what is not saved, removes the journal if it can, and says what is left.
    async fn conclude(mut self) -> Finished {
        self.receiver.close();
        while let Ok(message) = self.receiver.try_recv() {
            self.take(message);
        }
        self.commit().await;
        self.hasten().await;
        self.finish_saving().await;
        if self.failure.is_none() && self.saved != self.changes {
            self.start_save();
            self.finish_saving().await;
        }
        let rescue = if self.failure.is_some() { self.rescue().await } else { None };
        if self.open.is_empty()
            && !matches!(rescue, Some(Rescue::Written(_) | Rescue::Lost(..) | Rescue::Abandoned(_)))
            && let Err(error) = self.journal.remove().await
        {
            self.failure.get_or_insert(error);
        }
        let mut snapshot = Arc::unwrap_or_clone(self.snapshot);
        snapshot.checksum = self.stored;
        Finished { guard: self.guard, snapshot, open: self.open.into_values().collect(), error: self.failure, rescue }
    }

    async fn finish_saving(&mut self) {
        while let Some(saving) = &mut self.saving {
            let step = saving.step().await;
            self.save_step(step).await;
        }
    }

    /// After a failure: one more try in the state's place, then another file. `None` if all was saved before.
    async fn rescue(&mut self) -> Option<Rescue> {
        if self.saved == self.changes && self.records.is_empty() {
            return None;
        }
        if matches!(self.failure, Some(StateError::LockLost { .. })) {
            return Some(self.abandon());
        }
        let (snapshot, through) = (self.snapshot.clone(), self.journal.length() + self.records.len() as u64);
        let Ok(state) = tokio::task::spawn_blocking(move || encode(&snapshot)).await else {
            return Some(Rescue::Lost(self.options.emergency.clone(), StateError::Stopped));
        };
        if !(self.journal.is_empty() && self.records.is_empty()) {
            self.records.push(Record::Save { checksum: state.checksum.clone(), through });
        }
        let journaled = self.journal.append(&self.records).await;
        // With open intents the journal is needed, and it must lead on from the state that stands beside it.
        if (journaled.is_ok() || self.open.is_empty())
            && let Some(guard) = &mut self.guard
        {
            match guard.write(state.clone()).await {
                Ok(()) => {
                    self.stored = Some(state.checksum);
                    self.saved = self.changes;
                    self.record_made().await;
                    return Some(Rescue::Saved);
                }
                Err(StateError::LockLost { .. }) => return Some(self.abandon()),
                Err(_) => {}
            }
        } else if matches!(journaled, Err(StateError::LockLost { .. })) {
            return Some(self.abandon());
        }
        let mut snapshot = Snapshot::clone(&self.snapshot);
        // Above any serial that an earlier save of this run may have had, so that it can be pushed over that.
        snapshot.serial = self.base_serial + 2;
        Some(write_emergency(self.options.emergency.clone(), snapshot).await)
    }

    /// Records of the objects with secrets whose creation is open that they are in the state after all.
    async fn record_made(&mut self) {
        let serial = self.snapshot.serial;
        let made = self.open.values().filter(|open| open.made.as_ref().is_some_and(Instance::has_secrets));
        let records: Vec<Record> = made.map(|open| Record::Made(open.number, Told::Saved(serial))).collect();
        // Without the records the next run asks AWS.
        let _ = self.journal.append(&records).await;
    }

    /// The state belongs to another run now, which asks AWS about the intents in the journal. A file to be pushed over its
    /// state would do harm; what only this run knows is told instead.
    fn abandon(&mut self) -> Rescue {
        Rescue::Abandoned(std::mem::take(&mut self.unsaved).into_iter().collect())
    }
}

/// An object for those who may have to look after it.
fn about(address: &Address, instance: &Instance) -> About {
    let id = instance.id().filter(|_| !instance.has_secrets());
    Some((address.clone(), id.map(str::to_owned)))
}

/// Writes the state to another file than its own.
async fn write_emergency(path: PathBuf, snapshot: Snapshot) -> Rescue {
    let file = path.clone();
    let written = tokio::task::spawn_blocking(move || replace_file(&file, &encode(&snapshot).bytes)).await;
    match written.unwrap_or(Err(StateError::Stopped)) {
        Ok(()) => Rescue::Written(path),
        Err(error) => Rescue::Lost(path, error),
    }
}

/// Gives an answer. A caller that no longer waits, as after a second interrupt, needs none.
fn answer<T>(reply: Reply<T>, result: Result<T, StateError>) {
    let _ = reply.send(result);
}
