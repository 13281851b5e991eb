use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::*;
use crate::apply::journal::tests::{Memory, instance, intent, secret_instance};
use crate::apply::journal::{Operation, recover_snapshot};
use crate::state::format::{Encoded, decode};
use crate::state::{Backend, JournalStore, LockInfo, backends::LocalBackend};

/// What a fake guard was asked to do. The mutex is there because the test looks on while the writer owns the guard.
#[derive(Clone, Default)]
struct World {
    journal: Memory,
    stored: Arc<Mutex<Option<Encoded>>>,
    saves: Arc<Mutex<usize>>,
    is_full: Arc<Mutex<bool>>,
    is_lost: Arc<Mutex<bool>>,
}

struct FakeGuard {
    world: World,
    info: LockInfo,
}

impl Guard for FakeGuard {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        Box::pin(async { Ok(self.world.snapshot()) })
    }

    fn write(&mut self, state: Encoded) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            if *self.world.is_lost.lock().unwrap() {
                return Err(StateError::LockLost { place: "s".into() });
            }
            if *self.world.is_full.lock().unwrap() {
                return Err(StateError::io("write", "s")(std::io::ErrorKind::StorageFull.into()));
            }
            *self.world.saves.lock().unwrap() += 1;
            *self.world.stored.lock().unwrap() = Some(state);
            Ok(())
        })
    }

    fn journal(&self) -> Box<dyn JournalStore> {
        Box::new(self.world.journal.clone())
    }

    fn unlock(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        Box::pin(async { Ok(()) })
    }
}

impl World {
    fn snapshot(&self) -> Option<Snapshot> {
        self.stored.lock().unwrap().as_ref().map(|state| decode("s", &state.bytes).unwrap())
    }

    /// A world as a kill at this moment would leave it.
    fn copy(&self) -> Self {
        Self {
            journal: Memory(Arc::new(Mutex::new(self.journal.0.lock().unwrap().clone()))),
            stored: Arc::new(Mutex::new(self.stored.lock().unwrap().clone())),
            ..Self::default()
        }
    }

    async fn recovered(&self) -> (Recovered, Journal) {
        let journal = Journal::open(Box::new(self.journal.clone())).await.unwrap();
        (recover_snapshot(self.snapshot(), &journal).unwrap(), journal)
    }

    async fn writer(&self, emergency: PathBuf) -> Writer {
        let (recovered, journal) = self.recovered().await;
        let guard = FakeGuard { world: self.clone(), info: LockInfo::new("apply", "ann", Timestamp::UNIX_EPOCH) };
        Writer::start(Box::new(guard), recovered, journal, WriterOptions { command: "apply".into(), emergency })
    }

    fn journal_text(&self) -> String {
        String::from_utf8(self.journal.0.lock().unwrap().clone()).unwrap()
    }
}

fn made_of(instance: Instance) -> Outcome {
    Outcome::Instance(instance)
}

#[tokio::test(start_paused = true)]
async fn an_intent_is_durable_when_it_returns_and_so_is_an_outcome() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let handle = writer.handle();
    let number = handle.intent(intent("a.b", Operation::Create)).await.unwrap();
    let killed = world.copy().recovered().await.0;
    assert_eq!(killed.open.len(), 1);
    assert!(killed.snapshot.instances.is_empty());
    handle.outcome(number, made_of(instance("1"))).await.unwrap();
    let killed = world.copy().recovered().await.0;
    assert!(killed.open.is_empty());
    assert_eq!(killed.snapshot.instances[&"a.b".parse().unwrap()], instance("1"));

    let finished = writer.finish().await;
    assert!(finished.error.is_none() && finished.open.is_empty());
    assert_eq!(world.journal_text(), "", "a settled journal is removed");
    let stored = world.snapshot().unwrap();
    assert_eq!(stored.serial, 1);
    assert_eq!(stored, finished.snapshot);
}

#[tokio::test(start_paused = true)]
async fn secrets_are_saved_before_the_answer_and_never_journaled() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let handle = writer.handle();
    let number = handle.intent(intent("a.key", Operation::Create)).await.unwrap();
    handle.made(number, secret_instance("1")).await.unwrap();
    assert!(world.snapshot().unwrap().instances[&"a.key".parse().unwrap()].tainted);
    let (killed, _) = world.copy().recovered().await;
    assert_eq!(killed.open[0].made.as_ref().and_then(Instance::id), Some("1"));
    handle.outcome(number, made_of(secret_instance("1"))).await.unwrap();
    assert_eq!(world.snapshot().unwrap().instances[&"a.key".parse().unwrap()], secret_instance("1"));
    assert!(world.journal_text().contains("saved") && !world.journal_text().contains("hush"));
    let (killed, _) = world.copy().recovered().await;
    assert!(killed.open.is_empty() && !killed.changed);
    assert!(writer.finish().await.error.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_changes_nothing_needs_no_save() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    writer.handle().insert("a.key".parse().unwrap(), secret_instance("1")).await.unwrap();
    writer.finish().await;
    let writer = world.writer("unused".into()).await;
    let number = writer.handle().intent(intent("a.key", Operation::Update)).await.unwrap();
    writer.handle().outcome(number, made_of(secret_instance("1"))).await.unwrap();
    assert!(writer.finish().await.error.is_none());
    assert_eq!((*world.saves.lock().unwrap(), world.journal_text().as_str()), (1, ""));
}

#[tokio::test(start_paused = true)]
async fn the_state_is_saved_in_a_pause_and_only_if_it_changed() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let handle = writer.handle();
    handle.insert("a.b".parse().unwrap(), instance("1")).await.unwrap();
    assert_eq!(*world.saves.lock().unwrap(), 0);
    tokio::time::advance(QUIET * 2).await;
    while *world.saves.lock().unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    handle.insert("a.b".parse().unwrap(), instance("1")).await.unwrap();
    writer.finish().await;
    assert_eq!(*world.saves.lock().unwrap(), 1);

    let again = world.writer("unused".into()).await;
    again.handle().insert("a.b".parse().unwrap(), instance("1")).await.unwrap();
    assert_eq!(again.finish().await.snapshot.serial, 1);
    assert_eq!(*world.saves.lock().unwrap(), 1, "nothing changed, so nothing is written");
}

#[tokio::test(start_paused = true)]
async fn what_is_to_be_saved_is_in_the_state_when_the_answer_comes() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let handle = writer.handle();
    handle.save().await.unwrap();
    assert_eq!(*world.saves.lock().unwrap(), 0, "there is nothing to save");
    handle.insert("a.b".parse().unwrap(), instance("1")).await.unwrap();
    handle.save().await.unwrap();
    assert_eq!(world.snapshot().unwrap().instances.len(), 1);
    *world.is_full.lock().unwrap() = true;
    handle.insert("a.c".parse().unwrap(), instance("2")).await.unwrap();
    assert!(handle.save().await.is_err());
    assert!(handle.save().await.is_err(), "after a failure an answer comes all the same");
    *world.is_full.lock().unwrap() = false;
    writer.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_moment_loses_nothing() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let handle = writer.handle();
    let mut acknowledged = Vec::new();
    for i in 0..20 {
        let address = format!("a.b[{i}]");
        let number = handle.intent(intent(&address, Operation::Create)).await.unwrap();
        let object = if i % 3 == 0 { secret_instance(&address) } else { instance(&address) };
        handle.outcome(number, made_of(object)).await.unwrap();
        acknowledged.push(address);
        let (killed, _) = world.copy().recovered().await;
        for address in &acknowledged {
            assert!(killed.snapshot.instances.contains_key(&address.parse().unwrap()), "{address}");
        }
    }
    writer.finish().await;
}

#[tokio::test(start_paused = true)]
async fn an_open_intent_keeps_the_journal_and_the_next_run_settles_it() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let number = writer.handle().intent(intent("a.b", Operation::Create)).await.unwrap();
    let unsure = Outcome::Failed { message: "timed out".into(), nothing_happened: false };
    writer.handle().outcome(number, unsure).await.unwrap();
    assert_eq!(writer.finish().await.open.len(), 1);

    let (recovered, _) = world.recovered().await;
    assert_eq!(recovered.open[0].number, number);
    let writer = world.writer("unused".into()).await;
    let next = writer.handle().intent(intent("a.c", Operation::Create)).await.unwrap();
    assert_ne!(next, number);
    writer.handle().outcome(number, made_of(instance("1"))).await.unwrap();
    writer.handle().outcome(next, made_of(instance("2"))).await.unwrap();
    assert!(writer.finish().await.open.is_empty());
    assert_eq!(world.journal_text(), "");
    assert_eq!(world.snapshot().unwrap().instances.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_save_nothing_begins_and_the_state_is_rescued() {
    let folder = tempfile::tempdir().unwrap();
    let emergency = folder.path().join("errored.tfstate");
    let world = World::default();
    let writer = world.writer(emergency.clone()).await;
    let handle = writer.handle();
    let number = handle.intent(intent("a.key", Operation::Create)).await.unwrap();
    let other = handle.intent(intent("a.other", Operation::Create)).await.unwrap();
    *world.is_full.lock().unwrap() = true;
    assert!(handle.outcome(number, made_of(secret_instance("1"))).await.is_err());
    assert!(handle.intent(intent("a.c", Operation::Create)).await.is_err());
    assert!(handle.outcome(other, made_of(secret_instance("2"))).await.is_err(), "an answer comes all the same");
    let finished = writer.finish().await;
    assert!(matches!(finished.rescue, Some(Rescue::Written(_))));
    assert_eq!(finished.diagnostics().len(), 2);
    let rescued = decode("e", &std::fs::read(emergency).unwrap()).unwrap();
    assert_eq!(rescued.instances[&"a.key".parse().unwrap()], secret_instance("1"));
    assert_eq!(rescued.instances[&"a.other".parse().unwrap()], secret_instance("2"), "what comes late is kept too");
    assert_ne!(world.journal_text(), "", "the journal is kept for the next run");
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_ends_with_the_state_in_its_place() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let number = writer.handle().intent(intent("a.key", Operation::Create)).await.unwrap();
    *world.is_full.lock().unwrap() = true;
    assert!(writer.handle().outcome(number, made_of(secret_instance("1"))).await.is_err());
    *world.is_full.lock().unwrap() = false;
    let finished = writer.finish().await;
    assert!(matches!(finished.rescue, Some(Rescue::Saved)) && finished.error.is_some());
    assert_eq!(world.snapshot().unwrap().instances.len(), 1);
    assert_eq!(world.journal_text(), "");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_failed_because_its_object_could_not_be_noted_down_stays_open() {
    let world = World::default();
    let writer = world.writer("unused".into()).await;
    let number = writer.handle().intent(intent("a.key", Operation::Create)).await.unwrap();
    *world.is_full.lock().unwrap() = true;
    assert!(writer.handle().made(number, secret_instance("1")).await.is_err());
    let failed = Outcome::Failed { message: "Local".into(), nothing_happened: true };
    assert!(writer.handle().outcome(number, failed).await.is_err());
    *world.is_full.lock().unwrap() = false;
    assert_eq!(writer.finish().await.open.len(), 1);
    let (recovered, _) = world.recovered().await;
    assert_eq!(recovered.open.len(), 1, "the next run asks about it");
    assert!(recovered.snapshot.instances[&"a.key".parse().unwrap()].tainted, "until then nothing is known of its end");
    assert_eq!(recovered.open[0].made.as_ref().and_then(Instance::id), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn without_the_lock_nothing_is_written_anywhere_and_what_nobody_else_knows_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let emergency = folder.path().join("errored.tfstate");
    for is_full_first in [false, true] {
        let world = World::default();
        let writer = world.writer(emergency.clone()).await;
        let handle = writer.handle();
        let number = handle.intent(intent("a.key", Operation::Create)).await.unwrap();
        let other = handle.intent(intent("a.other", Operation::Create)).await.unwrap();
        let journal = world.journal_text();
        *world.is_full.lock().unwrap() = is_full_first;
        *world.is_lost.lock().unwrap() = !is_full_first;
        assert!(handle.outcome(number, made_of(secret_instance("1"))).await.is_err());
        *world.is_lost.lock().unwrap() = true;
        assert!(handle.intent(intent("a.c", Operation::Create)).await.is_err(), "nothing new begins");
        assert!(handle.outcome(other, made_of(instance("2"))).await.is_err());
        let finished = writer.finish().await;
        let Some(Rescue::Abandoned(objects)) = &finished.rescue else { panic!("{:?}", finished.rescue) };
        let objects: Vec<_> = objects.iter().map(|(address, id)| (address.to_string(), id.as_deref())).collect();
        assert_eq!(objects, [("a.key".to_owned(), None), ("a.other".to_owned(), Some("2"))]);
        let told = finished.diagnostics();
        assert!(told[1].detail.contains("`a.other` (id 2)"), "{}", told[1].detail);
        assert!(!emergency.exists() && world.snapshot().is_none());
        assert!(world.journal_text().starts_with(&journal), "the journal is kept for the run that has the lock");
    }
}

/// A journal is a file like any other: on a real disk, many callers ride on few writes.
#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_instances_go_through_a_real_file() {
    let folder = tempfile::tempdir().unwrap();
    let backend = LocalBackend::new(folder.path().join("default.tfstate"));
    let info = LockInfo::new("apply", "ann", Timestamp::UNIX_EPOCH);
    let mut guard = backend.lock(info, Duration::ZERO).await.unwrap();
    let stored = guard.read().await.unwrap();
    let journal = Journal::open(guard.journal()).await.unwrap();
    let recovered = recover_snapshot(stored, &journal).unwrap();
    let options = WriterOptions { command: "apply".into(), emergency: folder.path().join("errored.tfstate") };
    let writer = Writer::start(guard, recovered, journal, options);
    let callers: Vec<_> = (0..10)
        .map(|caller| {
            let handle = writer.handle();
            tokio::spawn(async move {
                for i in (caller..2000).step_by(10) {
                    let address = format!("terraform_data.a[{i}]");
                    let number = handle.intent(intent(&address, Operation::Create)).await.unwrap();
                    handle.outcome(number, made_of(instance(&address))).await.unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let finished = writer.finish().await;
    assert!(finished.error.is_none());
    finished.guard.unwrap().unlock().await.unwrap();
    let stored = backend.read().await.unwrap().unwrap();
    assert_eq!((stored.instances.len(), stored.serial), (2000, 1));
    assert!(!folder.path().join("default.journal").exists());
}
