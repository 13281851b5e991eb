//! Stop means stop (P8): however and whenever a run is interrupted, it ends in time, with its lock released and with what it
//! knows on disk.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use recon::testing::emulator::{Emulator, Kind};

use super::locks::{is_held_by, send, wait_until};
use super::terminal::Terminal;
use super::{Answer, Folder};

const LOCK: &str = "state/default.tfstate.lock";
const JOURNAL: &str = "state/default.journal";

/// How long after the first signal a run may take: those who send it often send the next one then, and kill soon after.
const DEADLINE: Duration = Duration::from_millis(7500);

/// Takes connections and never answers.
struct Silent(TcpListener);

impl Silent {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }
}

fn command(folder: &Folder, endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = folder.command(arguments);
    command.envs([
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    command
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn journal(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path().join(JOURNAL)).unwrap_or_default()
}

/// Sends signals, and waits until the run has ended with its lock released, which must be in time.
#[track_caller]
fn stop(folder: &Folder, mut child: Child, signals: &[&str]) -> Answer {
    let begin = Instant::now();
    for signal in signals {
        if child.try_wait().unwrap().is_none() {
            send(signal, &child);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    while child.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < DEADLINE, "after {signals:?} the run goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!folder.path().join(LOCK).exists(), "after {signals:?} the lock is left");
    Answer::from(child.wait_with_output().unwrap())
}

fn role(name: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"x\" {{\n  name = \"{name}\"\n  assume_role_policy = jsonencode({{ Version = \
         \"2012-10-17\", Statement = [] }})\n}}\n"
    )
}

/// Starts an apply whose first call is never answered, and waits until that is under way.
fn in_a_call(folder: &Folder, silent: &Silent) -> Child {
    let child = start(command(folder, &silent.endpoint(), &["apply", "-auto-approve"]));
    wait_until("apply writes its intent before the call", || journal(folder).lines().count() >= 2);
    child
}

#[test]
fn while_calls_hang_a_run_ends_in_time_and_the_next_one_recovers() {
    let emulator = Emulator::start(Kind::Ministack);
    let silent = Silent::new();
    let cases = [
        ("interrupted", &["INT"][..]),
        ("terminated", &["TERM"]),
        ("hung-up", &["HUP"]),
        ("twice", &["INT", "INT"]),
        ("thrice", &["INT", "TERM", "INT", "TERM"]),
    ];
    std::thread::scope(|scope| {
        for (name, signals) in cases {
            let (emulator, silent) = (&emulator, &silent);
            scope.spawn(move || {
                let folder = Folder::with(&role(name));
                let answer = stop(&folder, in_a_call(&folder, silent), signals).ends_with(1);
                assert!(answer.stderr.contains("Stopped before the end"), "{answer:#?}");
                assert!(journal(&folder).contains("aws_iam_role.x"), "the call may have been carried out");
                let run = |arguments| {
                    let output = command(&folder, &emulator.endpoint(), arguments).output().unwrap();
                    Answer::from(output).ends_with(0)
                };
                let answer = run(&["apply", "-auto-approve"]);
                assert!(answer.stderr.contains("An interrupted run: aws_iam_role.x was not made."), "{answer:#?}");
                run(&["plan", "-detailed-exitcode"]);
                assert!(!folder.path().join(JOURNAL).exists(), "nothing is open any more");
            });
        }
    });
}

#[test]
fn a_run_that_waits_for_the_lock_gives_up_and_leaves_it_alone() {
    let folder = Folder::with(
        "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"touch begun; while [ -e main.tf -a ! -e go ]; \
         do sleep 0.05; done\"\n  }\n}\n",
    );
    let mut command = folder.command(&["apply", "-auto-approve"]);
    command.env("RECON_LOCK_LEASE", "1m");
    let owner = start(command);
    wait_until("the provisioner begins", || folder.path().join("begun").exists());
    let mut waiting = folder.command(&["apply", "-auto-approve", "-lock-timeout=10m"]);
    let told = std::fs::File::create(folder.path().join("told")).unwrap();
    let mut waiting = waiting.stderr(told).stdout(Stdio::null()).spawn().unwrap();
    wait_until("it says that it waits", || folder.read("told").contains("Waiting for the lock"));
    let begin = Instant::now();
    send("INT", &waiting);
    while waiting.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < DEADLINE, "it goes on waiting");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(waiting.wait().unwrap().code(), Some(1));
    let told = folder.read("told");
    assert!(told.contains("Error: Interrupted") && told.contains("before it had the lock"), "{told}");
    assert!(is_held_by(&folder, &owner));
    folder.write("go", "");
    Answer::from(owner.wait_with_output().unwrap()).ends_with(0);
    assert!(!folder.path().join(LOCK).exists());
}

#[test]
fn a_run_that_asks_what_another_has_left_gives_up_and_leaves_it_to_the_next() {
    let folder = Folder::with(&role("left"));
    let silent = Silent::new();
    let mut killed = in_a_call(&folder, &silent);
    killed.kill().unwrap();
    killed.wait().unwrap();
    for signals in [&["INT"][..], &["TERM", "TERM"]] {
        let child = start(command(&folder, &silent.endpoint(), &["apply", "-auto-approve"]));
        wait_until("it takes the lock over", || is_held_by(&folder, &child));
        let answer = stop(&folder, child, signals).ends_with(1);
        assert!(answer.stderr.contains("Error: Interrupted"), "{answer:#?}");
        assert!(journal(&folder).contains("aws_iam_role.x"), "what is open stays open");
    }
}

#[test]
fn a_run_that_reads_for_its_plan_gives_up() {
    let folder = Folder::with(
        "data \"aws_caller_identity\" \"x\" {}\noutput \"x\" {\n  value = data.aws_caller_identity.x.id\n}\n",
    );
    let silent = Silent::new();
    for signals in [&["INT"][..], &["HUP", "INT"]] {
        let child = start(command(&folder, &silent.endpoint(), &["apply", "-auto-approve"]));
        wait_until("it takes the lock", || is_held_by(&folder, &child));
        let answer = stop(&folder, child, signals).ends_with(1);
        assert!(answer.stderr.contains("Error: Interrupted"), "{answer:#?}");
        assert!(!folder.path().join(JOURNAL).exists());
    }
}

#[test]
fn an_interrupted_question_is_a_no() {
    let folder = Folder::with("resource \"terraform_data\" \"x\" {}\n");
    let mut terminal = Terminal::start(&folder, &["apply"]);
    terminal.wait_for("Only 'yes' is taken");
    assert!(folder.path().join(LOCK).exists());
    terminal.interrupt();
    let rest = terminal.rest();
    assert!(rest.contains("Not confirmed"), "{rest}");
    assert!(!folder.path().join(LOCK).exists() && !folder.path().join("state/default.tfstate").exists());
}

#[test]
fn a_program_that_does_not_listen_is_killed_in_time() {
    let folder = Folder::with(
        "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"trap '' TERM; echo $$ > pid; touch \
         begun; while [ -e main.tf ]; do sleep 0.2; done\"\n  }\n}\n",
    );
    let child = start(folder.command(&["apply", "-auto-approve"]));
    wait_until("the provisioner begins", || folder.path().join("begun").exists());
    stop(&folder, child, &["INT"]).ends_with(1);
    let alive = Command::new("kill").args(["-0", folder.read("pid").trim()]).stderr(Stdio::null()).status().unwrap();
    assert!(!alive.success(), "the program is gone");
    folder.write("main.tf", "resource \"terraform_data\" \"x\" {}\n");
    let answer = folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(answer.stdout.contains("1 added, 0 changed, 1 destroyed"), "{answer:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_to_outlive_its_terminal_does() {
    let folder = Folder::with(
        "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"touch begun; while [ -e main.tf \
         -a ! -e go ]; do sleep 0.05; done\"\n  }\n}\n",
    );
    let mut command = Command::new("sh");
    let script = format!("trap '' HUP; exec '{}' apply -auto-approve", env!("CARGO_BIN_EXE_recon"));
    command.args(["-c", &script]).current_dir(folder.path());
    let child = start(command);
    wait_until("the provisioner begins", || folder.path().join("begun").exists());
    send("HUP", &child);
    std::thread::sleep(Duration::from_millis(300));
    folder.write("go", "");
    Answer::from(child.wait_with_output().unwrap()).ends_with(0);
}

#[test]
fn what_a_program_leaves_running_does_not_hold_up_the_end() {
    let folder = Folder::with(
        "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"sleep 300 & echo $! > pid\"\n  \
         }\n}\n",
    );
    let mut command = folder.command(&["apply", "-auto-approve"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the run ends", || {
        folder.path().join("state/default.tfstate").exists() && !folder.path().join(LOCK).exists()
    });
    let left = folder.read("pid");
    let status = child.wait().unwrap();
    let runs_on = Command::new("kill").args(["-KILL", left.trim()]).status().unwrap();
    assert!(status.success() && runs_on.success(), "the run ends before what it left running");
}

#[test]
fn signals_at_any_moment_of_a_large_run_tear_nothing() {
    let folder = Folder::with("resource \"terraform_data\" \"x\" {\n  count = 250\n  input = count.index\n}\n");
    let size = || std::fs::metadata(folder.path().join(JOURNAL)).map_or(0, |journal| journal.len());
    let mut stopped = 0;
    for bytes in [1, 20_000, 60_000, 120_000] {
        let mut child = start(folder.command(&["apply", "-auto-approve", "-parallelism=4"]));
        let begin = Instant::now();
        while size() < bytes && child.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < Duration::from_secs(120), "the run goes on");
            std::thread::sleep(Duration::from_millis(1));
        }
        let answer = stop(&folder, child, &["INT", "INT", "TERM", "HUP", "INT"]);
        stopped += usize::from(answer.code == Some(1));
        if let Ok(state) = std::fs::read(folder.path().join("state/default.tfstate")) {
            serde_json::from_slice::<serde_json::Value>(&state).expect("the state is whole");
        }
    }
    assert!(stopped > 0, "some of them came before the end");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    assert!(!folder.path().join(JOURNAL).exists());
}
