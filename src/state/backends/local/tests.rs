use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::state::format::encode;

fn info() -> LockInfo {
    LockInfo::new("apply", "ann@build-7", Timestamp::from_second(1_700_000_000).unwrap())
}

async fn locked(path: &Path) -> Result<Box<dyn Guard>, StateError> {
    LocalBackend::new(path).lock(info(), Duration::ZERO).await
}

fn serial(serial: u64) -> Snapshot {
    Snapshot { serial, ..Snapshot::of_lineage("l") }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_write_leaves_the_state_its_backup_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/default.tfstate");
    assert!(LocalBackend::new(&path).read().await.unwrap().is_none());
    let mut guard = locked(&path).await.unwrap();
    assert!(guard.read().await.unwrap().is_none());
    guard.write(encode(&serial(1))).await.unwrap();
    guard.unlock().await.unwrap();
    let mut guard = locked(&path).await.unwrap();
    guard.read().await.unwrap();
    guard.write(encode(&serial(2))).await.unwrap();
    guard.write(encode(&serial(3))).await.unwrap();
    guard.unlock().await.unwrap();
    assert_eq!(names(path.parent().unwrap()), ["default.tfstate", "default.tfstate.backup"]);
    assert_eq!(LocalBackend::new(&path).read().await.unwrap().unwrap().serial, 3);
    let backup = path.with_extension("tfstate.backup");
    assert_eq!(LocalBackend::new(&backup).read().await.unwrap().unwrap().serial, 1, "as it was before this lock");
    #[cfg(unix)]
    for file in [&path, &backup] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn the_second_to_lock_is_told_who_was_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.tfstate");
    let first = locked(&path).await.unwrap();
    let id = first.info().id.clone();
    let told = Diagnostic::from(locked(&path).await.err().unwrap());
    assert_eq!(told.summary, "State is locked");
    let process = std::process::id();
    for part in [&format!("`apply` of ann@build-7, process {process}, for "), "; its lease ends in ", &id] {
        assert!(told.detail.contains(part), "{part}: {}", told.detail);
    }
    for part in ["-lock-timeout=", &format!("recon force-unlock {id}")] {
        assert!(told.help.iter().any(|help| help.contains(part)), "{part}: {:?}", told.help);
    }
    first.unlock().await.unwrap();
    locked(&path).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_after_another_gets_the_lock_and_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.tfstate");
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move {
                let mut guard = LocalBackend::new(&path).lock(info(), Duration::from_secs(3600)).await.unwrap();
                let before = guard.read().await.unwrap().map_or(0, |snapshot| snapshot.serial);
                guard.write(encode(&serial(before + 1))).await.unwrap();
                guard.unlock().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(LocalBackend::new(&path).read().await.unwrap().unwrap().serial, 20);
}

#[tokio::test]
async fn a_dropped_guard_holds_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.tfstate");
    drop(locked(&path).await.unwrap());
    locked(&path).await.unwrap();
}

#[tokio::test]
async fn what_does_not_follow_the_stored_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.tfstate");
    fs::write(&path, encode(&serial(5)).bytes).unwrap();
    let mut guard = locked(&path).await.unwrap();
    assert!(matches!(guard.write(encode(&serial(4))).await, Err(StateError::LowerSerial { stored: 5, given: 4, .. })));
    let other = Snapshot { serial: 6, ..Snapshot::of_lineage("other") };
    assert!(matches!(guard.write(encode(&other)).await, Err(StateError::OtherLineage { .. })));
    fs::write(&path, encode(&serial(6)).bytes).unwrap();
    assert!(matches!(guard.write(encode(&serial(7))).await, Err(StateError::Changed { .. })));
    assert_eq!(fs::read(&path).unwrap(), &*encode(&serial(6)).bytes, "nothing was lost");
}

#[cfg(unix)]
#[tokio::test]
async fn who_lost_the_lock_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.tfstate");
    let mut first = locked(&path).await.unwrap();
    fs::remove_file(folder.path().join("default.tfstate.lock")).unwrap();
    let second = locked(&path).await.unwrap();
    assert!(matches!(first.write(encode(&serial(1))).await, Err(StateError::LockLost { .. })));
    drop(first);
    assert!(locked(&path).await.is_err(), "the lock of the second must outlive the first");
    second.unlock().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_is_followed_and_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (folder.path().join("link.tfstate"), folder.path().join("shared/real.tfstate"));
    std::os::unix::fs::symlink("shared/real.tfstate", &link).unwrap();
    let mut guard = locked(&link).await.unwrap();
    guard.write(encode(&serial(1))).await.unwrap();
    assert!(locked(&target).await.is_err(), "both names share the lock");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::symlink_metadata(&target).unwrap().is_file());
}

#[tokio::test]
async fn places_that_hold_no_file_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("file");
    fs::write(&inside, "x").unwrap();
    assert!(matches!(LocalBackend::new(folder.path()).read().await, Err(StateError::NotAFile { .. })));
    let told = Diagnostic::from(locked(&inside.join("default.tfstate")).await.err().unwrap());
    assert_eq!(told.summary, "State file not accessible");
    assert!(told.detail.contains("file"), "{}", told.detail);
}

#[tokio::test]
async fn a_journal_goes_on_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.tfstate");
    let guard = locked(&path).await.unwrap();
    let mut journal = guard.journal();
    assert!(journal.read().await.unwrap().is_empty());
    journal.append(b"one\ntw".to_vec()).await.unwrap();
    journal.keep(4).await.unwrap();
    journal.append(b"three\n".to_vec()).await.unwrap();
    assert_eq!(guard.journal().read().await.unwrap(), b"one\nthree\n");
    assert_eq!(LocalBackend::new(&path).read_journal().await.unwrap(), b"one\nthree\n");
    journal.remove().await.unwrap();
    journal.remove().await.unwrap();
    assert!(!folder.path().join("default.journal").exists());
}
