//! What records mean for a snapshot. The writer and the next run's recovery go through the same functions.

use std::collections::BTreeMap;

use super::{Intent, IntentNumber, Journal, OpenIntent, Operation, Outcome, Record, Told};
use crate::address::Address;
use crate::state::{Instance, Snapshot, StateError};

/// The state with all that an interrupted run had recorded, and what it left open.
#[derive(Debug)]
pub struct Recovered {
    /// The state.
    pub snapshot: Snapshot,
    /// The intents to settle by asking AWS.
    pub open: Vec<OpenIntent>,
    /// Whether the snapshot is not what is stored.
    pub changed: bool,
}

/// Applies what a journal says to the stored state. Without a journal that is the stored state, or a fresh one.
pub fn recover_snapshot(stored: Option<Snapshot>, journal: &Journal) -> Result<Recovered, StateError> {
    let records = journal.records();
    if records.is_empty() {
        let snapshot = stored.unwrap_or_else(Snapshot::fresh);
        return Ok(Recovered { snapshot, open: Vec::new(), changed: false });
    }
    let Some(Record::Begin { lineage, serial, checksum, .. }) = records.first() else {
        let problem = "the first record does not say which state the journal belongs to".to_owned();
        return Err(StateError::Journal { place: journal.place(), line: 1, problem });
    };
    let no_base = |state: Option<u64>| StateError::JournalBase { place: journal.place(), journal: *serial, state };
    let (mut snapshot, base) = match stored {
        None if checksum.is_none() => (Snapshot::of_lineage(lineage), 0),
        None => return Err(no_base(None)),
        Some(stored) if stored.lineage != *lineage => {
            let (journal, place) = (lineage.clone(), journal.place());
            return Err(StateError::JournalLineage { place, journal, state: stored.lineage });
        }
        Some(stored) => {
            let base = base(records, &stored).ok_or_else(|| no_base(Some(stored.serial)))?;
            (stored, base)
        }
    };
    if needs_later(records, base) {
        return Err(no_base(Some(snapshot.serial)));
    }
    let done = match &records[base] {
        Record::Save { through, .. } => usize::try_from(*through).unwrap_or(usize::MAX),
        _ => 0,
    };
    let mut changed = false;
    let mut intents = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        if let Record::Intent(number, intent) = record {
            intents.insert(*number, intent);
        }
        if index >= done {
            changed |= replay(&mut snapshot, &intents, record);
        }
    }
    let mut open = open_intents(records);
    for open in &mut open {
        if open.made.is_none() && was_made(records, open.number) {
            open.made = snapshot.instances.get(&open.intent.address).cloned();
        }
    }
    Ok(Recovered { snapshot, open, changed })
}

/// Whether a state holds all that a journal says of outcomes, so that nothing is lost if it takes the place of the one that
/// the journal began with.
pub(in crate::apply) fn is_in(snapshot: &Snapshot, journal: &Journal) -> bool {
    let records = journal.records();
    let same = |record: &Record| matches!(record, Record::Begin { lineage, .. } if *lineage == snapshot.lineage);
    if !records.first().is_some_and(same) {
        return false;
    }
    let mut replayed = snapshot.clone();
    let mut intents = BTreeMap::new();
    let mut told = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        match record {
            Record::Intent(number, intent) => {
                intents.insert(*number, intent);
            }
            Record::Made(number, _) | Record::Outcome(number, _) => {
                told.insert(*number, index);
            }
            Record::Begin { .. } | Record::Save { .. } | Record::End => {}
        }
    }
    // Only the last word on each call counts, and of two calls on one object that on the later.
    let mut last: BTreeMap<(&Address, &Option<String>), usize> = BTreeMap::new();
    for (number, index) in &told {
        if let Some(intent) = intents.get(number) {
            let place = last.entry((&intent.address, &intent.deposed)).or_insert(*index);
            *place = (*place).max(*index);
        }
    }
    last.values().all(|index| match &records[*index] {
        Record::Made(number, Told::Saved(_)) | Record::Outcome(number, Told::Saved(_)) => {
            intents.get(number).is_some_and(|intent| snapshot.instances.contains_key(&intent.address))
        }
        record => !replay(&mut replayed, &intents, record),
    })
}

/// The record that speaks of the stored state; `None` if the journal neither begins with it nor leads to it.
fn base(records: &[Record], stored: &Snapshot) -> Option<usize> {
    records.iter().rposition(|record| match record {
        Record::Save { checksum, .. } | Record::Begin { checksum: Some(checksum), .. } => {
            Some(checksum) == stored.checksum.as_ref()
        }
        _ => false,
    })
}

/// Whether an object with secrets was saved later than the record that speaks of the stored state: it is nowhere else.
fn needs_later(records: &[Record], base: usize) -> bool {
    let mut last_save = 0;
    records.iter().enumerate().any(|(index, record)| {
        if matches!(record, Record::Save { .. }) {
            last_save = index;
        }
        matches!(record, Record::Made(_, Told::Saved(_)) | Record::Outcome(_, Told::Saved(_))) && base < last_save
    })
}

fn was_made(records: &[Record], number: IntentNumber) -> bool {
    records.iter().any(|record| matches!(record, Record::Made(of, Told::Saved(_)) if *of == number))
}

fn replay(snapshot: &mut Snapshot, intents: &BTreeMap<IntentNumber, &Intent>, record: &Record) -> bool {
    match record {
        Record::Intent(_, intent) => begin(snapshot, intent),
        Record::Made(number, Told::Here(instance)) => {
            intents.get(number).is_some_and(|intent| made(snapshot, intent, instance.clone()))
        }
        Record::Outcome(number, Told::Here(outcome)) => {
            intents.get(number).is_some_and(|intent| settle(snapshot, intent, outcome.clone()))
        }
        Record::Made(_, Told::Saved(_))
        | Record::Outcome(_, Told::Saved(_))
        | Record::Begin { .. }
        | Record::Save { .. }
        | Record::End => false,
    }
}

/// What an intent changes by itself. Says whether that changes anything, as do its siblings.
pub(in crate::apply) fn begin(snapshot: &mut Snapshot, intent: &Intent) -> bool {
    intent.depose.as_ref().is_some_and(|key| snapshot.depose(&intent.address, key))
}

/// What an object changes that exists but is not known to be complete.
pub(in crate::apply) fn made(snapshot: &mut Snapshot, intent: &Intent, instance: Instance) -> bool {
    snapshot.insert(intent.address.clone(), partial(instance))
}

/// An object that is to be replaced unless its creation turns out to have succeeded.
pub(in crate::apply) fn partial(instance: Instance) -> Instance {
    Instance { tainted: true, ..instance }
}

/// What an outcome changes.
pub(in crate::apply) fn settle(snapshot: &mut Snapshot, intent: &Intent, outcome: Outcome) -> bool {
    match (outcome, &intent.deposed) {
        (Outcome::Instance(instance), None) => {
            let before = snapshot.instances.get(&intent.address).filter(|_| intent.operation == Operation::Update);
            let instance = match before {
                Some(before) => instance.in_place_of(before),
                None => instance,
            };
            snapshot.insert(intent.address.clone(), instance)
        }
        (Outcome::Instance(instance), Some(key)) => {
            snapshot.deposed.insert(slot(&intent.address, key), instance.clone()) != Some(instance)
        }
        (Outcome::Gone, None) => {
            let removed = snapshot.instances.remove(&intent.address).is_some();
            restore(snapshot, intent) | removed
        }
        (Outcome::Gone, Some(key)) => snapshot.deposed.remove(&slot(&intent.address, key)).is_some(),
        (Outcome::Failed { nothing_happened: true, .. }, _) => restore(snapshot, intent),
        (Outcome::Failed { nothing_happened: false, .. }, _) => false,
    }
}

/// Where no replacement came to be, the object set aside for it is current again.
fn restore(snapshot: &mut Snapshot, intent: &Intent) -> bool {
    intent.depose.as_ref().is_some_and(|key| snapshot.restore(&intent.address, key))
}

fn slot(address: &Address, key: &str) -> (Address, String) {
    (address.clone(), key.to_owned())
}

/// Whether an outcome leaves nothing to ask AWS about. A creation that failed in an unknown way may have made an object
/// that nobody knows of; any other object is in the state, where the next refresh finds what became of it.
pub(in crate::apply) fn is_settled(intent: &Intent, made: bool, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Instance(_) | Outcome::Gone => true,
        Outcome::Failed { nothing_happened, .. } => *nothing_happened || made || intent.operation != Operation::Create,
    }
}

/// The intents without an outcome that settles them.
pub(super) fn open_intents(records: &[Record]) -> Vec<OpenIntent> {
    let mut open: BTreeMap<IntentNumber, (OpenIntent, bool)> = BTreeMap::new();
    for record in records {
        match record {
            Record::Intent(number, intent) => {
                let intent = OpenIntent { number: *number, intent: intent.clone(), made: None };
                open.insert(*number, (intent, false));
            }
            Record::Made(number, told) => {
                if let Some((open, made)) = open.get_mut(number) {
                    *made = true;
                    open.made = match told {
                        Told::Here(instance) => Some(partial(instance.clone())),
                        Told::Saved(_) => None,
                    };
                }
            }
            Record::Outcome(number, told) => {
                let settled = match told {
                    Told::Saved(_) => true,
                    Told::Here(outcome) => {
                        open.get(number).is_some_and(|(open, made)| is_settled(&open.intent, *made, outcome))
                    }
                };
                if settled {
                    open.remove(number);
                }
            }
            Record::Begin { .. } | Record::Save { .. } | Record::End => {}
        }
    }
    open.into_values().map(|(open, _)| open).collect()
}
