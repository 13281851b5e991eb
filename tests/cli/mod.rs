//! The binary as a process: exit codes, which stream says what, colours, pipes. Needs neither AWS nor an emulator.

mod bad_input;
mod console;
mod fmt;
mod generate;
mod listing;
mod mistakes;
mod modules;
mod project;
#[cfg(unix)]
mod prompts;
mod providers;
mod provisioners;
mod refactoring;
mod show;
mod streams;
mod syntax;
#[cfg(unix)]
mod terminal;
mod variables;

use std::path::Path;
use std::process::{Command, Output};

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

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recon"));
        command.args(arguments).current_dir(self.path()).stdin(std::process::Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TF_WORKSPACE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
            command.env_remove(name);
        }
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
