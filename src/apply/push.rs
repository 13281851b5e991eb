//! A state from elsewhere in the place of the stored one.

use std::time::Duration;

use super::journal::{Journal, is_in};
use crate::diagnostic::Diagnostic;
use crate::state::format::{canonical, encode};
use crate::state::{Backend, Guard, LockInfo, Snapshot, StateError};

/// How to put a state in place.
#[derive(Clone, Debug)]
pub struct Push {
    /// Who takes the lock, and for what.
    pub info: LockInfo,
    /// How long to wait for the lock.
    pub wait: Duration,
    /// Whether it may take the place of a state that it does not follow.
    pub force: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is in place.
    Written,
    /// It was in place before.
    Same,
}

/// Stores a state, unless it belongs to another lineage or is older than the stored one, or something of an interrupted run
/// would be lost with that.
pub async fn push(backend: &dyn Backend, given: Snapshot, push: Push) -> Result<Pushed, Box<Diagnostic>> {
    let mut guard = backend.lock(push.info, push.wait).await.map_err(failed)?;
    let result = under_lock(&mut *guard, &given, push.force).await;
    let released = guard.unlock().await.map_err(failed);
    let pushed = result?;
    released?;
    Ok(pushed)
}

fn failed(error: StateError) -> Box<Diagnostic> {
    Box::new(error.into())
}

async fn under_lock(guard: &mut dyn Guard, given: &Snapshot, force: bool) -> Result<Pushed, Box<Diagnostic>> {
    let stored = match guard.read().await {
        Ok(stored) => stored,
        // What is damaged can be replaced, by whoever says so.
        Err(
            StateError::Unreadable { .. }
            | StateError::Empty { .. }
            | StateError::Version { .. }
            | StateError::Encrypted { .. }
            | StateError::Checksum { .. },
        ) if force => None,
        Err(error) => return Err(failed(error)),
    };
    let mut journal = Journal::open(guard.journal()).await.map_err(failed)?;
    if !journal.records().is_empty() && !is_in(given, &journal) {
        return Err(Box::new(interrupted(&journal.place())));
    }
    if let Some(stored) = &stored {
        if canonical(stored) == canonical(given) && journal.records().is_empty() {
            return Ok(Pushed::Same);
        }
        if !force && !stored.is_empty() {
            check(stored, given)?;
        }
    }
    let encoded = encode(given).over_any();
    if !journal.records().is_empty() {
        journal.lead_to(encoded.checksum.clone()).await.map_err(failed)?;
    }
    guard.write(encoded).await.map_err(failed)?;
    if journal.open_intents().is_empty() {
        journal.remove().await.map_err(failed)?;
    }
    Ok(Pushed::Written)
}

/// Whether a state leads on from a stored one that is not empty.
fn check(stored: &Snapshot, given: &Snapshot) -> Result<(), Box<Diagnostic>> {
    let why = if stored.lineage != given.lineage {
        format!(
            "The stored state is of lineage \"{}\", and the one to be pushed of lineage \"{}\": they are about different things",
            stored.lineage, given.lineage
        )
    } else if given.serial < stored.serial {
        format!("The stored state has serial {}, and the one to be pushed the older {}", stored.serial, given.serial)
    } else if given.serial == stored.serial {
        format!("The stored state has serial {} as well, and another content", stored.serial)
    } else {
        return Ok(());
    };
    Err(Box::new(Diagnostic::error("State does not follow the stored one").with(|d| {
        d.detail(format!("{why}. Nothing was written."));
        d.help("`-force` puts it in place all the same; what was stored is kept as a backup.");
        if given.lineage == stored.lineage {
            d.help(format!(
                "If it was edited from what `recon state pull` gave, set its serial to {}.",
                stored.serial + 1
            ));
        }
    })))
}

fn interrupted(journal: &str) -> Diagnostic {
    Diagnostic::error("Another run was interrupted").with(|d| {
        d.detail(format!(
            "The journal {journal} tells of objects that the state to be pushed does not have, so they would be lost. Nothing \
             was written."
        ));
        d.help("Run `recon apply -refresh-only` first: it settles what the interrupted run has left. Then pull, edit and push.");
        d.help("To give up what the journal knows, move it away; objects that the run has made may then need an import.");
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::apply::journal::tests::{instance, intent};
    use crate::apply::journal::{IntentNumber, Operation, Outcome, Record, Told, recover_snapshot};
    use crate::state::backends::LocalBackend;
    use crate::state::format::instance_from_json;

    fn state(lineage: &str, serial: u64, id: &str) -> Snapshot {
        let mut snapshot = Snapshot { serial, ..Snapshot::of_lineage(lineage) };
        let object = instance_from_json(serde_json::json!({"attributes": {"id": id}}), Arc::from("p")).unwrap();
        snapshot.insert("t.a".parse().unwrap(), object);
        snapshot
    }

    async fn pushed(path: &Path, given: Snapshot, force: bool) -> Result<Pushed, String> {
        let info = LockInfo::new("state push", "ann@build-7", jiff::Timestamp::UNIX_EPOCH);
        let how = Push { info, wait: Duration::ZERO, force };
        push(&LocalBackend::new(path), given, how).await.map_err(|problem| problem.detail)
    }

    async fn stored(path: &Path) -> Snapshot {
        LocalBackend::new(path).read().await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_state_must_follow_the_stored_one_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.tfstate");
        assert_eq!(pushed(&path, state("a", 3, "1"), false).await, Ok(Pushed::Written));
        assert_eq!(pushed(&path, state("a", 3, "1"), false).await, Ok(Pushed::Same));
        for (given, why) in [
            (state("b", 9, "1"), "lineage"),
            (state("a", 2, "1"), "the older 2"),
            (state("a", 3, "2"), "another content"),
        ] {
            let told = pushed(&path, given, false).await.unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(pushed(&path, state("a", 4, "2"), false).await, Ok(Pushed::Written));
        assert_eq!(pushed(&path, state("b", 1, "5"), true).await, Ok(Pushed::Written));
        assert_eq!((stored(&path).await.lineage, stored(&path).await.serial), ("b".into(), 1));
        let backup = stored(&folder.path().join("default.tfstate.backup")).await;
        assert_eq!((backup.lineage, backup.serial), ("a".into(), 4));
    }

    #[tokio::test]
    async fn an_empty_state_gives_way_and_a_damaged_one_to_force_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.tfstate");
        let empty = Snapshot { serial: 7, ..Snapshot::of_lineage("x") };
        assert_eq!(pushed(&path, empty, false).await, Ok(Pushed::Written));
        assert_eq!(pushed(&path, state("a", 1, "1"), false).await, Ok(Pushed::Written));
        std::fs::write(&path, "{\"version\": 4").unwrap();
        assert!(pushed(&path, state("a", 2, "1"), false).await.unwrap_err().contains("line 1"));
        assert_eq!(pushed(&path, state("a", 2, "1"), true).await, Ok(Pushed::Written));
        assert_eq!(std::fs::read_to_string(folder.path().join("default.tfstate.backup")).unwrap(), "{\"version\": 4");
    }

    /// Leaves a journal beside a stored state: an object was made, and another one maybe.
    async fn interrupt(path: &Path) {
        let checksum = stored(path).await.checksum;
        let info = LockInfo::new("apply", "ann@build-7", jiff::Timestamp::UNIX_EPOCH);
        let guard = LocalBackend::new(path).lock(info, Duration::ZERO).await.unwrap();
        let mut journal = Journal::open(guard.journal()).await.unwrap();
        let (one, two) = (IntentNumber(1), IntentNumber(2));
        let records = [
            Record::Begin { lineage: "a".into(), serial: 1, checksum, command: "apply".into() },
            Record::Intent(one, intent("t.b", Operation::Create)),
            Record::Intent(two, intent("t.c", Operation::Create)),
            Record::Outcome(one, Told::Here(Outcome::Instance(instance("b")))),
        ];
        journal.append(&records).await.unwrap();
        guard.unlock().await.unwrap();
    }

    #[tokio::test]
    async fn a_state_that_lacks_what_the_journal_knows_is_refused_even_if_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.tfstate");
        pushed(&path, state("a", 1, "1"), false).await.unwrap();
        interrupt(&path).await;
        let mut other = state("x", 3, "1");
        other.insert("t.b".parse().unwrap(), instance("b"));
        for given in [state("a", 3, "1"), other] {
            for force in [false, true] {
                let told = pushed(&path, given.clone(), force).await.unwrap_err();
                assert!(told.contains("would be lost"), "{told}");
            }
        }
        assert_eq!(stored(&path).await.serial, 1);
    }

    #[tokio::test]
    async fn what_an_interrupted_run_has_saved_elsewhere_is_taken_and_its_journal_goes_on_from_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.tfstate");
        pushed(&path, state("a", 1, "1"), false).await.unwrap();
        interrupt(&path).await;
        let mut rescued = state("a", 3, "1");
        rescued.insert("t.b".parse().unwrap(), instance("b"));
        assert_eq!(pushed(&path, rescued, false).await, Ok(Pushed::Written));
        let info = LockInfo::new("apply", "ann@build-7", jiff::Timestamp::UNIX_EPOCH);
        let mut guard = LocalBackend::new(&path).lock(info, Duration::ZERO).await.unwrap();
        let journal = Journal::open(guard.journal()).await.unwrap();
        let recovered = recover_snapshot(guard.read().await.unwrap(), &journal).unwrap();
        let open: Vec<String> = recovered.open.iter().map(|open| open.intent.address.to_string()).collect();
        assert_eq!(open, ["t.c"]);
        assert!(!recovered.changed && recovered.snapshot.serial == 3);
        guard.unlock().await.unwrap();
    }
}
