//! The binary as a process: exit codes, which stream says what, colours, pipes, locks, signals. Nothing but the recovery from
//! signals needs an emulator.

mod bad_input;
mod console;
mod events;
mod environment;
mod every_command;
mod files;
mod flags;
mod fmt;
mod generate;
mod graph;
mod listing;
#[cfg(unix)]
mod live;
#[cfg(unix)]
mod locks;
mod marks;
mod mistakes;
mod modules;
mod permissions;
mod project;
#[cfg(unix)]
mod prompts;
mod providers;
mod provisioners;
mod refactoring;
mod show;
#[cfg(unix)]
mod signals;
mod state;
mod streams;
mod syntax;
#[cfg(unix)]
mod terminal;
mod variables;
mod workspace;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// How long the leases of runs under test hold, unless a test says otherwise.
pub(crate) const LEASE: &str = "300ms";

/// Waits until the leases of runs that were killed in a folder have ended, as the next run would have to.
pub(crate) fn wait_for_leases_of_the_killed(folder: &Path) {
    let locks =
        [folder.to_owned(), folder.join("state")].into_iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    let locks = locks.flatten().map(|entry| entry.unwrap().path());
    for lock in locks.filter(|path| path.to_string_lossy().ends_with(".tfstate.lock")) {
        while lease_of_the_killed(&lock).is_some_and(|until| until > jiff::Timestamp::now()) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Until when the lease in a lock file holds, if its owner is no more.
fn lease_of_the_killed(lock: &Path) -> Option<jiff::Timestamp> {
    let entry: serde_json::Value = serde_json::from_slice(&std::fs::read(lock).ok()?).ok()?;
    (!is_alive(entry["pid"].as_i64()?)).then(|| entry["until"].as_str()?.parse().ok())?
}

#[cfg(unix)]
fn is_alive(pid: i64) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

#[cfg(not(unix))]
fn is_alive(_pid: i64) -> bool {
    false
}

/// A folder with a configuration.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn with(main: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("main.tf", main);
        folder
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A run, which begins when runs that were killed no longer hold the lock.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        wait_for_leases_of_the_killed(self.path());
        self.command_at_once(arguments)
    }

    pub(crate) fn command_at_once(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recon"));
        command.args(arguments).current_dir(self.path()).stdin(std::process::Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TF_WORKSPACE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
            command.env_remove(name);
        }
        command.env("RECON_LOCK_LEASE", LEASE);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        Answer::from(self.command(arguments).output().unwrap())
    }
}

/// What a process answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// The exit code must be this; all that was said is shown if not.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
