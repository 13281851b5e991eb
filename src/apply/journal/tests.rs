use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use serde_json::json;

use super::replay::{begin, is_settled, settle};
use super::*;
use crate::state::Snapshot;
use crate::value::{Marks, Type, Value};

/// A journal in memory. The mutex is there because the test looks on while the journal owns the store.
#[derive(Clone, Default)]
pub(in crate::apply) struct Memory(pub(in crate::apply) Arc<Mutex<Vec<u8>>>);

impl JournalStore for Memory {
    fn place(&self) -> String {
        "state/default.journal".into()
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Vec<u8>, StateError>> {
        Box::pin(async { Ok(self.0.lock().unwrap().clone()) })
    }

    fn keep(&mut self, length: u64) -> BoxFuture<'_, Result<(), StateError>> {
        self.0.lock().unwrap().truncate(usize::try_from(length).unwrap());
        Box::pin(async { Ok(()) })
    }

    fn append(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StateError>> {
        self.0.lock().unwrap().extend(bytes);
        Box::pin(async { Ok(()) })
    }

    fn remove(&mut self) -> BoxFuture<'_, Result<(), StateError>> {
        self.0.lock().unwrap().clear();
        Box::pin(async { Ok(()) })
    }
}

pub(in crate::apply) fn intent(address: &str, operation: Operation) -> Intent {
    Intent {
        address: address.parse().unwrap(),
        operation,
        replace: false,
        depose: None,
        deposed: None,
        token: Token::from_text("0123"),
        wished: json!({"name": "x", "size": 1.50}),
        sensitive: Arc::new(["size".into(), Path::from("nested.0.key")]),
        provider: "p".into(),
        schema_version: 1,
        dependencies: Arc::new(["aws_iam_role.r".parse::<Address>().unwrap().resource]),
        create_before_destroy: false,
        provisions: false,
    }
}

pub(in crate::apply) fn instance(id: &str) -> Instance {
    let value = Value::object_of([("id", id.into())]);
    Instance::from_value(&value, &Type::object([("id", Type::String)]), "p".into(), 1)
}

pub(in crate::apply) fn secret_instance(id: &str) -> Instance {
    let value = Value::object_of([("id", id.into()), ("key", Value::string("hush").marked(Marks::SENSITIVE))]);
    Instance::from_value(&value, &Type::object([("id", Type::String), ("key", Type::String)]), "p".into(), 1)
}

fn begin_record() -> Record {
    Record::Begin { lineage: "l".into(), serial: 0, checksum: None, command: "apply".into() }
}

fn bytes_of(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    records.iter().for_each(|record| record::write(record, &mut bytes));
    bytes
}

async fn open(bytes: Vec<u8>) -> Result<Journal, StateError> {
    Journal::open(Box::new(Memory(Arc::new(Mutex::new(bytes))))).await
}

fn all_kinds() -> Vec<Record> {
    let n = IntentNumber;
    let failed = Outcome::Failed { message: "no".into(), nothing_happened: true };
    let deposing = Intent { depose: Some("0a1b2c3d".into()), replace: true, ..intent("a.b[\"k\"]", Operation::Create) };
    vec![
        begin_record(),
        Record::Intent(n(1), intent("module.m[0].a.b", Operation::Create)),
        Record::Made(n(1), Told::Here(instance("1"))),
        Record::Outcome(n(1), Told::Here(Outcome::Instance(instance("1")))),
        Record::Intent(n(2), deposing),
        Record::Made(n(2), Told::Saved(4)),
        Record::Outcome(n(2), Told::Saved(4)),
        Record::Save { checksum: "sha256:x".into(), through: 3 },
        Record::Intent(n(3), intent("a.c", Operation::Delete)),
        Record::Outcome(n(3), Told::Here(Outcome::Gone)),
        Record::Intent(n(4), intent("a.d", Operation::Update)),
        Record::Outcome(n(4), Told::Here(failed)),
    ]
}

#[tokio::test]
async fn records_are_read_as_they_were_written() {
    let journal = open(bytes_of(&all_kinds())).await.unwrap();
    assert_eq!(journal.records(), all_kinds());
    assert!(journal.open_intents().is_empty());
    assert!(journal.warning().is_none());
}

#[tokio::test]
async fn a_journal_cut_short_anywhere_gives_what_was_complete() {
    let whole = bytes_of(&all_kinds());
    for length in 0..whole.len() {
        let journal = open(whole[..length].to_vec()).await.unwrap();
        let complete = whole[..length].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(journal.records(), &all_kinds()[..complete]);
        let is_torn = length > 0 && whole[length - 1] != b'\n';
        assert_eq!(journal.warning().is_some(), is_torn, "at {length}");
    }
}

#[tokio::test]
async fn an_unwritten_end_is_cut_off_and_a_damaged_line_is_not_passed_over() {
    let whole = bytes_of(&all_kinds());
    let mut unwritten = whole.clone();
    unwritten.extend([0; 40]);
    unwritten.push(b'\n');
    assert_eq!(open(unwritten).await.unwrap().records().len(), all_kinds().len());
    for (at, bit) in (0..whole.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << bit;
        assert!(matches!(open(damaged).await, Err(StateError::Journal { .. })), "bit {bit} of byte {at}");
    }
}

#[tokio::test]
async fn what_was_recorded_is_in_the_recovered_state() {
    let n = IntentNumber;
    let records = [
        begin_record(),
        Record::Intent(n(1), intent("a.done", Operation::Create)),
        Record::Outcome(n(1), Told::Here(Outcome::Instance(instance("1")))),
        Record::Intent(n(2), intent("a.partial", Operation::Create)),
        Record::Made(n(2), Told::Here(instance("2"))),
        Record::Intent(n(3), intent("a.unknown", Operation::Create)),
    ];
    let journal = open(bytes_of(&records)).await.unwrap();
    let Recovered { snapshot, open, changed } = recover_snapshot(None, &journal).unwrap();
    assert!(changed);
    assert_eq!(snapshot.lineage, "l");
    assert_eq!(snapshot.instances[&"a.done".parse().unwrap()], instance("1"));
    assert!(snapshot.instances[&"a.partial".parse().unwrap()].tainted);
    assert_eq!(open.iter().map(|open| open.intent.address.to_string()).collect::<Vec<_>>(), ["a.partial", "a.unknown"]);
    assert_eq!(open[0].made.as_ref().and_then(Instance::id), Some("2"));
    assert_eq!(open[1].made, None);
}

#[tokio::test]
async fn records_that_are_in_the_stored_state_are_not_applied_again() {
    let n = IntentNumber;
    let deposing = Intent { depose: Some("0a1b2c3d".into()), ..intent("a.b", Operation::Create) };
    let records = [
        begin_record(),
        Record::Intent(n(1), deposing),
        Record::Save { checksum: "sha256:x".into(), through: 2 },
        Record::Outcome(n(1), Told::Saved(1)),
    ];
    let mut stored = Snapshot { serial: 1, checksum: Some("sha256:x".into()), ..Snapshot::of_lineage("l") };
    stored.insert("a.b".parse().unwrap(), secret_instance("new"));
    let journal = open(bytes_of(&records)).await.unwrap();
    let recovered = recover_snapshot(Some(stored.clone()), &journal).unwrap();
    assert_eq!(recovered.snapshot, stored, "the replacement must not be set aside");
    assert!(!recovered.changed && recovered.open.is_empty());
}

#[tokio::test]
async fn a_journal_that_does_not_fit_the_state_is_refused() {
    let journal =
        open(bytes_of(&[begin_record(), Record::Save { checksum: "sha256:x".into(), through: 1 }])).await.unwrap();
    let stored = |lineage: &str, checksum: &str| {
        Some(Snapshot { serial: 1, checksum: Some(checksum.into()), ..Snapshot::of_lineage(lineage) })
    };
    assert!(matches!(recover_snapshot(stored("m", "sha256:x"), &journal), Err(StateError::JournalLineage { .. })));
    assert!(matches!(recover_snapshot(stored("l", "sha256:y"), &journal), Err(StateError::JournalBase { .. })));
    assert!(recover_snapshot(stored("l", "sha256:x"), &journal).is_ok());
    let begun =
        Record::Begin { lineage: "l".into(), serial: 3, checksum: Some("sha256:z".into()), command: String::new() };
    let journal = open(bytes_of(&[begun])).await.unwrap();
    assert!(matches!(recover_snapshot(None, &journal), Err(StateError::JournalBase { state: None, .. })));
}

#[test]
fn a_failed_replacement_gives_its_place_back() {
    let mut snapshot = Snapshot::of_lineage("l");
    snapshot.insert("a.b".parse().unwrap(), instance("old"));
    let intent = Intent { depose: Some("0a1b2c3d".into()), ..intent("a.b", Operation::Create) };
    assert!(begin(&mut snapshot, &intent));
    assert!(snapshot.instances.is_empty());
    assert!(settle(&mut snapshot, &intent, Outcome::Failed { message: String::new(), nothing_happened: true }));
    assert_eq!(snapshot.instances[&intent.address], instance("old"));
}

#[test]
fn a_creation_that_failed_in_an_unknown_way_stays_open() {
    let outcome = Outcome::Failed { message: "timed out".into(), nothing_happened: false };
    assert!(!is_settled(&intent("a.b", Operation::Create), false, &outcome));
    assert!(is_settled(&intent("a.b", Operation::Create), true, &outcome));
    assert!(is_settled(&intent("a.b", Operation::Delete), false, &outcome));
}

/// A line with the checksum that belongs to its record.
fn signed(record: &str) -> String {
    let sum = &crate::state::format::checksum(record.as_bytes())["sha256:".len()..][..16];
    format!("{{\"sum\":\"{sum}\",\"record\":{record}}}\n")
}

#[tokio::test]
async fn a_record_with_anything_of_a_newer_recon_in_it_is_refused_with_the_whole_journal() {
    let text = String::from_utf8(bytes_of(&all_kinds())).unwrap();
    let mut before = String::new();
    for (at, line) in text.lines().enumerate() {
        let record = line.split_once("\"record\":").unwrap().1.strip_suffix('}').unwrap();
        assert_eq!(signed(record), format!("{line}\n"));
        for opening in [":{", "\"failed\":{"] {
            let Some(place) = record.find(opening) else { continue };
            let (head, tail) = record.split_at(place + opening.len());
            let newer = format!("{before}{}", signed(&format!("{head}\"later\":1,{tail}")));
            let refused = open(newer.into_bytes()).await.err();
            let Some(StateError::Journal { line, problem, .. }) = refused else {
                panic!("not refused: {head}…{tail}");
            };
            assert_eq!((line, problem.as_str()), (at + 1, "a newer recon wrote this record"));
        }
        before.push_str(&format!("{line}\n"));
    }
    let other = format!("{before}{}", signed("{\"later\":{}}"));
    assert!(matches!(open(other.into_bytes()).await, Err(StateError::Journal { .. })));
}
