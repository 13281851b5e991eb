use std::fs::{self, File};
use std::time::SystemTime;

use super::*;
use crate::state::backends::LocalBackend;
use crate::state::format::encode;
use crate::state::{Backend, Guard, Snapshot};

const LONG: Duration = Duration::from_secs(3600);
const NO_WAIT: Duration = Duration::ZERO;
const PATIENT: Duration = Duration::from_secs(60);

/// A state in a folder of its own.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn backend(&self, lease: Duration) -> LocalBackend {
        LocalBackend::new(self.path("default.tfstate")).with_lease(lease)
    }

    async fn lock(&self, who: &str, lease: Duration, wait: Duration) -> Result<Box<dyn Guard>, StateError> {
        self.backend(lease).lock(LockInfo::new("apply", who, Timestamp::now()), wait).await
    }

    fn entry(&self) -> LockInfo {
        holder(&self.path("default.tfstate.lock")).unwrap().expect("there is an owner")
    }

    fn set_entry(&self, text: &str) {
        fs::write(self.path("default.tfstate.lock"), text).unwrap();
    }

    /// Lets the lease of whoever holds the lock run out, as if it could not have been renewed.
    fn let_run_out(&self) {
        let past = Timestamp::now() - Duration::from_secs(60);
        self.set_entry(&leased(&self.entry(), past, Duration::from_secs(20)).to_json().to_string());
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn serial(serial: u64) -> crate::state::format::Encoded {
    encode(&Snapshot { serial, ..Snapshot::of_lineage("l") })
}

fn is_lost<T>(result: &Result<T, StateError>) -> bool {
    matches!(result, Err(StateError::LockLost { .. }))
}

#[tokio::test]
async fn who_was_taken_over_can_write_neither_state_nor_journal_nor_end_the_new_lock() {
    let place = Place::new();
    let mut first = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    assert!(first.notice().is_none(), "nobody was there before");
    first.write(serial(1)).await.unwrap();
    let mut journal = first.journal();
    journal.append(b"one\n".to_vec()).await.unwrap();
    let (lost, told) = (first.lost().unwrap(), first.info().clone());
    place.let_run_out();

    let mut second = place.lock("bob", LONG, NO_WAIT).await.unwrap();
    let notice = second.notice().expect("it says so").detail;
    assert!(notice.contains("`apply` of ann") && notice.contains("had ended 40 s ago"), "{notice}");
    assert_eq!(second.read().await.unwrap().map(|snapshot| snapshot.serial), Some(1));
    let mut own = second.journal();
    assert_eq!(own.read().await.unwrap(), b"one\n");
    own.append(b"two\n".to_vec()).await.unwrap();

    assert!(lost.borrow().is_none(), "nobody has looked yet");
    assert!(is_lost(&journal.append(b"zombie\n".to_vec()).await));
    assert!(lost.borrow().is_some());
    assert!(is_lost(&journal.keep(0).await) && is_lost(&journal.remove().await));
    assert!(is_lost(&first.journal().append(b"zombie\n".to_vec()).await), "nor with a journal that was not open");
    assert!(is_lost(&first.write(serial(2)).await));
    assert!(is_lost(&first.unlock().await));
    assert_eq!(place.entry().id, second.info().id);
    assert_ne!(place.entry().id, told.id);
    assert_eq!(fs::read(place.path("default.journal")).unwrap(), b"one\ntwo\n");
    second.write(serial(2)).await.unwrap();
    own.remove().await.unwrap();
    second.unlock().await.unwrap();
    assert_eq!(place.names(), ["default.tfstate", "default.tfstate.backup"]);
}

#[tokio::test]
async fn a_lease_that_ran_out_and_that_nobody_took_is_still_ours() {
    let place = Place::new();
    let mut guard = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    let mut journal = guard.journal();
    place.let_run_out();
    journal.append(b"one\n".to_vec()).await.unwrap();
    guard.write(serial(1)).await.unwrap();
    guard.unlock().await.unwrap();
}

#[tokio::test]
async fn a_lease_is_renewed_while_the_runtime_is_busy() {
    let place = Place::new();
    let guard = place.lock("ann", Duration::from_millis(400), NO_WAIT).await.unwrap();
    let first = place.entry();
    // Nothing of the runtime runs while this thread does not give way.
    let begin = Instant::now();
    while place.entry().renewed <= first.until {
        assert!(begin.elapsed() < PATIENT, "the lease is renewed");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(place.entry().since, first.since);
    guard.unlock().await.unwrap();
    assert_eq!(place.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_lease_is_not_taken_before_its_end_however_long_one_waits() {
    let place = Place::new();
    let _dead = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    for wait in [NO_WAIT, Duration::from_millis(300)] {
        let Err(StateError::Locked { owner: Some(owner), .. }) = place.lock("bob", NO_WAIT, wait).await else {
            panic!("the lock is taken");
        };
        assert_eq!(owner.who, "ann");
    }
}

#[tokio::test]
async fn an_owner_whose_clock_is_ahead_is_watched_for_the_time_of_its_lease() {
    let place = Place::new();
    let ahead =
        leased(&LockInfo::new("apply", "ann", Timestamp::now()), Timestamp::now() + LONG, Duration::from_millis(300));
    place.set_entry(&ahead.to_json().to_string());
    assert!(place.lock("bob", LONG, NO_WAIT).await.is_err());
    let begin = Instant::now();
    let guard = place.lock("bob", LONG, PATIENT).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(300), "never before");
    assert!(guard.notice().unwrap().detail.contains("was not renewed while recon watched it"));
}

#[tokio::test]
async fn what_cannot_be_read_is_taken_over_when_it_stays_so() {
    let place = Place::new();
    for garbage in ["{\"id\":\"1\",\"opera", "\u{0}\u{0}\u{0}", "gone", "[]"] {
        place.set_entry(garbage);
        let refused = place.lock("bob", LONG, NO_WAIT).await.err().expect("it may be somebody's");
        assert!(matches!(refused, StateError::Locked { owner: None, .. }));
        let told = Diagnostic::from(refused);
        assert!(told.detail.contains("cannot be read") && told.help[0].contains("-lock-timeout"), "{told:?}");
        let guard = place.lock("bob", Duration::from_millis(200), PATIENT).await.unwrap();
        assert!(guard.notice().unwrap().detail.contains("cannot be read"));
        guard.unlock().await.unwrap();

        place.set_entry(garbage);
        let long_ago = SystemTime::now() - Duration::from_secs(30);
        let file = File::options().write(true).open(place.path("default.tfstate.lock")).unwrap();
        file.set_modified(long_ago).unwrap();
        place.lock("bob", Duration::from_secs(10), NO_WAIT).await.unwrap().unlock().await.unwrap();
    }
    fs::write(place.path("default.tfstate.lock"), vec![b'x'; 100_000]).unwrap();
    let guard = place.lock("bob", Duration::from_millis(200), PATIENT).await.unwrap();
    assert_eq!(place.entry().id, guard.info().id, "whatever was there before");
}

#[tokio::test]
async fn an_empty_file_is_nobodys_and_a_folder_is_no_lock() {
    let place = Place::new();
    place.set_entry("");
    place.lock("bob", LONG, NO_WAIT).await.unwrap().unlock().await.unwrap();
    fs::create_dir(place.path("default.tfstate.lock")).unwrap();
    assert!(matches!(place.lock("bob", LONG, NO_WAIT).await, Err(StateError::NotAFile { .. })));
}

#[tokio::test]
async fn a_shorter_entry_covers_a_longer_one() {
    let place = Place::new();
    let dead = place.lock(&"ann, who is called otherwise, too ".repeat(9), LONG, NO_WAIT).await.unwrap();
    place.let_run_out();
    let guard = place.lock("bob", LONG, NO_WAIT).await.unwrap();
    assert_eq!(place.entry().who, "bob");
    drop(dead);
    assert_eq!(place.entry().id, guard.info().id);
}

#[tokio::test]
async fn one_who_is_stopped_in_the_mutex_blocks_nobody_for_good() {
    let place = Place::new();
    let mut dead = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    place.let_run_out();
    let stopped = File::options().read(true).write(true).open(place.path("default.tfstate.lock")).unwrap();
    stopped.lock().unwrap();
    let lease = Duration::from_millis(200);
    assert!(place.lock("bob", lease, NO_WAIT).await.is_err(), "somebody may be just about to take it");
    let guard = place.lock("bob", lease, PATIENT).await.unwrap();
    stopped.set_len(0).unwrap();
    assert_eq!(place.entry().id, guard.info().id, "what it was about to write goes to a file that nobody reads");
    assert!(is_lost(&dead.write(serial(1)).await));
}

#[tokio::test]
async fn what_others_left_half_written_is_removed_and_nothing_else() {
    let place = Place::new();
    let id = uuid::Uuid::new_v4();
    let left = [
        format!("default.tfstate.{id}.state.tmp"),
        format!("default.tfstate.{id}.journal.tmp"),
        format!("default.tfstate.{id}.backup.tmp"),
    ];
    let others = [
        format!("default.tfstate.copy.{id}.state.tmp"),
        format!("other.tfstate.{id}.state.tmp"),
        "default.tfstate.old.tmp".to_owned(),
        "default.tfstate.1700000000.backup".to_owned(),
    ];
    for name in left.iter().chain(&others) {
        fs::write(place.path(name), "x").unwrap();
    }
    let guard = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    let names = place.names();
    assert!(left.iter().all(|name| !names.contains(name)), "{names:?}");
    assert!(others.iter().all(|name| names.contains(name)), "{names:?}");
    guard.unlock().await.unwrap();
}

#[tokio::test]
async fn a_journal_that_somebody_removes_is_missed_at_the_next_record() {
    let place = Place::new();
    let guard = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    let mut journal = guard.journal();
    journal.append(b"one\n".to_vec()).await.unwrap();
    fs::remove_file(place.path("default.journal")).unwrap();
    assert!(matches!(journal.append(b"two\n".to_vec()).await, Err(StateError::Changed { .. })));
}

#[tokio::test]
async fn a_lock_is_removed_by_its_id_and_by_no_other() {
    let place = Place::new();
    let backend = place.backend(LONG);
    let by_force = |id: &str| backend.break_lock(id.to_owned());
    assert!(matches!(by_force("x").await, Err(StateError::NotLocked { .. })));
    assert!(backend.holder().await.unwrap().is_none());
    let mut guard = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    let id = guard.info().id.clone();
    let wrong = by_force("x").await.err().unwrap();
    let told = Diagnostic::from(wrong);
    assert!(told.detail.contains("`apply` of ann") && told.help[0].contains(&id), "{told:?}");
    guard.write(serial(1)).await.unwrap();
    assert_eq!(backend.holder().await.unwrap().unwrap().id, id);
    let half = place.path(&format!("default.tfstate.{id}.state.tmp"));
    fs::write(&half, "a write that is under way").unwrap();
    by_force(&id).await.unwrap();
    assert!(!half.exists(), "what is not in place cannot be put there any more");
    assert!(is_lost(&guard.write(serial(2)).await));
    place.set_entry("garbage");
    assert!(matches!(by_force("garbage").await, Err(StateError::Locked { owner: None, .. })));
}

#[tokio::test]
async fn who_gives_up_waiting_leaves_no_lock() {
    let place = Place::new();
    let first = place.lock("ann", LONG, NO_WAIT).await.unwrap();
    let waiting = place.lock("bob", LONG, PATIENT);
    assert!(tokio::time::timeout(Duration::from_millis(200), waiting).await.is_err());
    first.unlock().await.unwrap();
    place.lock("cid", LONG, NO_WAIT).await.unwrap();
}
