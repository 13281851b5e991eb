//! The lock on local state between processes: one at a time, those that are killed or stopped, and removal by force.

use std::fs::{read, read_to_string};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::terminal::Terminal;
use super::{Answer, Folder};

const LOCK: &str = "state/default.tfstate.lock";
const STATE: &str = "state/default.tfstate";
const JOURNAL: &str = "state/default.journal";

/// Waits for something that must come.
#[track_caller]
pub(super) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(super) fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success(), "{signal} is sent");
}

/// Who holds the lock.
pub(super) struct Holder {
    pub(super) id: String,
    pub(super) pid: u64,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
}

pub(super) fn holder(folder: &Folder) -> Option<Holder> {
    let entry: serde_json::Value = serde_json::from_str(&read_to_string(folder.path().join(LOCK)).ok()?).ok()?;
    let time = |name: &str| entry[name].as_str()?.parse().ok();
    let (id, pid) = (entry["id"].as_str()?.to_owned(), entry["pid"].as_u64()?);
    Some(Holder { id, pid, since: time("since")?, until: time("until")? })
}

pub(super) fn is_held_by(folder: &Folder, child: &Child) -> bool {
    holder(folder).is_some_and(|holder| holder.pid == u64::from(child.id()))
}

fn apply(folder: &Folder, name: &str, lease: &str, timeout: &str) -> Child {
    let (name, timeout) = (format!("-var=name={name}"), format!("-lock-timeout={timeout}"));
    let mut command = folder.command_at_once(&["apply", "-auto-approve", &name, &timeout]);
    command.env("RECON_LOCK_LEASE", lease).env("USER", "ann").env("HOSTNAME", "build-7");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a run answers that must end.
#[track_caller]
fn end(mut child: Child) -> Answer {
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            panic!("the run does not end: {:#?}", Answer::from(child.wait_with_output().unwrap()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Answer::from(child.wait_with_output().unwrap())
}

/// An object that is replaced by each run and whose provisioner waits for a file with the name of the run; one behind it.
fn waits() -> Folder {
    Folder::with(
        r#"
variable "name" {}

resource "terraform_data" "first" {
  triggers_replace = var.name
  provisioner "local-exec" {
    command = "touch begun-${var.name}; while [ -e main.tf -a ! -e go-${var.name} ]; do sleep 0.05; done"
  }
}

resource "terraform_data" "second" {
  triggers_replace = terraform_data.first.id
  provisioner "local-exec" {
    command = "touch second-${var.name}"
  }
}
"#,
    )
}

fn begun(folder: &Folder, name: &str) {
    let file = folder.path().join(format!("begun-{name}"));
    wait_until(&format!("the provisioner of {name} begins"), || file.exists());
}

fn assert_settled(folder: &Folder, name: &str) {
    for left in [LOCK, JOURNAL, "errored.tfstate"] {
        assert!(!folder.path().join(left).exists(), "{left} is left");
    }
    folder.run(&["plan", "-detailed-exitcode", &format!("-var=name={name}")]).ends_with(0);
}

fn serial(folder: &Folder) -> u64 {
    serde_json::from_str::<serde_json::Value>(&folder.read(STATE)).unwrap()["serial"].as_u64().unwrap()
}

/// What was said as one line, however it was wrapped.
fn words(text: &str) -> String {
    text.split_whitespace().filter(|word| !matches!(*word, "│" | "|")).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_says(answer: &Answer, parts: &[&str]) {
    let said = words(&answer.stderr);
    for part in parts {
        assert!(said.contains(part), "it does not say {part:?}: {answer:#?}");
    }
}

#[test]
fn of_twenty_at_once_one_goes_on_and_the_others_say_who_it_is() {
    let folder = waits();
    let mut running: Vec<Child> = (0..20).map(|_| apply(&folder, "x", "1m", "0s")).collect();
    let mut refused = Vec::new();
    let begin = Instant::now();
    while running.len() > 1 {
        assert!(begin.elapsed() < Duration::from_secs(120), "{} neither go on nor end", running.len());
        for i in (0..running.len()).rev() {
            if running[i].try_wait().unwrap().is_some() {
                refused.push(end(running.remove(i)));
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let winner = running.remove(0);
    begun(&folder, "x");
    let held = holder(&folder).unwrap();
    assert_eq!(held.pid, u64::from(winner.id()));
    assert_eq!(refused.len(), 19);
    let owner = format!("by `apply` of ann@build-7, process {}, for ", winner.id());
    for answer in refused {
        assert_says(&answer.ends_with(1), &["Error: State is locked", &owner, " s; its lease ends in ", &held.id]);
    }
    folder.write("go-x", "");
    end(winner).ends_with(0);
    assert_eq!(serial(&folder), 1);
    assert_settled(&folder, "x");
}

#[test]
fn twenty_that_wait_come_one_after_another_and_nothing_is_lost() {
    let folder = Folder::with(
        r#"
variable "name" {}

resource "terraform_data" "x" {
  triggers_replace = var.name
  provisioner "local-exec" {
    command = "echo begin ${var.name} >> log; n=$(cat count); sleep 0.03; echo $((n + 1)) > count; echo end ${var.name} >> log"
  }
}
"#,
    );
    folder.write("count", "0\n");
    let running: Vec<Child> = (0..20).map(|n| apply(&folder, &n.to_string(), "1m", "10m")).collect();
    let answers: Vec<Answer> = running.into_iter().map(|child| end(child).ends_with(0)).collect();
    assert_eq!(folder.read("count"), "20\n", "no two of them ran at once");
    let log = folder.read("log");
    let log: Vec<&str> = log.lines().collect();
    assert_eq!(log.len(), 40);
    for pair in log.chunks(2) {
        assert_eq!(pair[0].strip_prefix("begin "), pair[1].strip_prefix("end "), "{log:?}");
    }
    assert_eq!(serial(&folder), 20, "each led on from the one before");
    assert!(
        answers.iter().any(|answer| words(&answer.stderr).contains("Waiting for the lock of")),
        "they say whom they wait for"
    );
    let last = log[39].strip_prefix("end ").unwrap();
    assert_settled(&folder, last);
}

#[test]
fn the_lease_of_one_that_was_killed_is_taken_over_at_its_end_and_not_before() {
    let folder = waits();
    let mut owner = apply(&folder, "a", "5s", "0s");
    begun(&folder, "a");
    owner.kill().unwrap();
    owner.wait().unwrap();
    let left = holder(&folder).expect("a lock is left");
    let early = end(apply(&folder, "b", "5s", "0s"));
    assert!(Timestamp::now() < left.until, "the machine was too slow to see what happens before the end of the lease");
    let owner = format!("process {}, for ", left.pid);
    assert_says(&early.ends_with(1), &["State is locked", &owner, &format!("recon force-unlock {}", left.id)]);

    let next = apply(&folder, "b", "5s", "1m");
    begun(&folder, "b");
    let taken = holder(&folder).unwrap();
    assert_eq!(taken.pid, u64::from(next.id()));
    assert!(taken.since >= left.until, "taken at {}, before {}", taken.since, left.until);
    folder.write("go-a", "");
    folder.write("go-b", "");
    let answer = end(next).ends_with(0);
    assert_says(
        &answer,
        &[
            "Waiting for the lock of state/default.tfstate, which `apply` of ann@build-7",
            "Warning: Lock taken over",
            "`apply` of ann@build-7",
            "its lease had ended",
            "An interrupted run: terraform_data.first was made, but its provisioners may not have ended",
        ],
    );
    assert_settled(&folder, "b");
}

/// One is stopped while its provisioner runs, and another takes over. What the first one finds when it goes on is decided by
/// when that is: in the middle of the other run, or after it.
fn zombie(goes_on_late: bool, is_done: bool) {
    let folder = waits();
    let zombie = apply(&folder, "a", "1s", "0s");
    begun(&folder, "a");
    send("STOP", &zombie);
    let next = apply(&folder, "b", "1s", "1m");
    begun(&folder, "b");
    let mut next = Some(next);
    if goes_on_late {
        folder.write("go-b", "");
        end(next.take().unwrap()).ends_with(0);
    }
    wait_until("the other run has saved what it knows, and rests", || {
        read_to_string(folder.path().join(STATE)).is_ok_and(|state| state.contains("\"value\": \"b\""))
    });
    if is_done {
        folder.write("go-a", "");
    }
    let files = || [STATE, JOURNAL].map(|name| read(folder.path().join(name)).ok());
    let before = files();
    send("CONT", &zombie);
    assert_says(&end(zombie).ends_with(1), &["Error: Lock lost", "Apply incomplete"]);
    assert_eq!(files(), before, "it has written nothing");
    assert!(!folder.path().join("second-a").exists(), "it has begun nothing");
    if let Some(next) = next {
        assert!(is_held_by(&folder, &next), "the lock of the other is left alone");
        folder.write("go-b", "");
        end(next).ends_with(0);
    }
    assert!(folder.path().join("second-b").exists());
    assert_settled(&folder, "b");
}

#[test]
fn one_that_was_stopped_and_goes_on_too_late_can_write_nothing() {
    std::thread::scope(|scope| {
        for (goes_on_late, is_done) in [(false, false), (false, true), (true, false), (true, true)] {
            scope.spawn(move || zombie(goes_on_late, is_done));
        }
    });
}

#[test]
fn one_that_was_stopped_and_that_nobody_took_over_goes_on() {
    let folder = waits();
    let owner = apply(&folder, "a", "300ms", "0s");
    begun(&folder, "a");
    send("STOP", &owner);
    wait_until("its lease ends", || holder(&folder).is_some_and(|holder| holder.until < Timestamp::now()));
    send("CONT", &owner);
    folder.write("go-a", "");
    end(owner).ends_with(0);
    assert_settled(&folder, "a");
}

#[test]
fn a_lock_is_removed_by_force_and_its_owner_can_write_nothing_more() {
    let folder = waits();
    let nobody = folder.run(&["force-unlock", "-force", "some-id"]).ends_with(1);
    assert_says(&nobody, &["Error: State is not locked"]);
    let owner = apply(&folder, "a", "1m", "0s");
    begun(&folder, "a");
    let id = holder(&folder).unwrap().id;
    let wrong = folder.run(&["force-unlock", "-force", "some-id"]).ends_with(1);
    assert_says(&wrong, &["Error: Lock id does not match", &format!("process {}, for", owner.id()), &id]);
    let asked = folder.run(&["force-unlock", &id]).ends_with(1);
    assert_says(&asked, &["Error: Confirmation needed", "`-force`"]);
    assert!(is_held_by(&folder, &owner));
    let done = folder.run(&["force-unlock", "-force", &id]).ends_with(0);
    assert!(done.stdout.contains("The lock of state/default.tfstate was removed."), "{done:#?}");
    assert_says(&done, &["left a journal"]);
    folder.write("go-a", "");
    assert_says(&end(owner).ends_with(1), &["Error: Lock lost"]);
    assert!(!folder.path().join("second-a").exists());
    folder.run(&["apply", "-auto-approve", "-var=name=a"]).ends_with(0);
    assert_settled(&folder, "a");
}

#[test]
fn on_a_terminal_removal_by_force_is_asked_about() {
    let folder = waits();
    let owner = apply(&folder, "a", "1m", "0s");
    begun(&folder, "a");
    let id = holder(&folder).unwrap().id;
    for (answer, says) in [("no", "Not confirmed"), ("yes", "was removed")] {
        assert!(is_held_by(&folder, &owner));
        let mut terminal = Terminal::start(&folder, &["force-unlock", &id]);
        terminal.wait_for(&format!("process {}, for", owner.id()));
        terminal.wait_for("Only 'yes' is taken");
        terminal.answer(answer);
        let rest = terminal.rest();
        assert!(rest.contains(says), "{rest}");
    }
    assert!(holder(&folder).is_none());
    folder.write("go-a", "");
    end(owner).ends_with(1);
}

#[test]
fn the_length_of_a_lease_is_a_time() {
    let folder = Folder::with("");
    for wrong in ["soon", "0s", "2h", "-1s"] {
        let answer = folder.command(&["apply", "-auto-approve"]).env("RECON_LOCK_LEASE", wrong).output().unwrap();
        assert_says(&Answer::from(answer).ends_with(1), &["Invalid length of a lease", wrong]);
    }
    for fine in ["", "2s", "1m30s"] {
        let answer = folder.command(&["apply", "-auto-approve"]).env("RECON_LOCK_LEASE", fine).output().unwrap();
        Answer::from(answer).ends_with(0);
    }
}
