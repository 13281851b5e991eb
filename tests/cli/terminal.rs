//! The binary on a terminal, by way of the program `script`, which gives a process one.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::Folder;

/// A process on a terminal, and what it has said so far.
pub(crate) struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    output: Receiver<Vec<u8>>,
    said: String,
}

impl Terminal {
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let own = env!("CARGO_BIN_EXE_recon");
        let mut script = Command::new("script");
        if cfg!(target_os = "linux") {
            script.args(["-qec", &format!("'{own}' {}", arguments.join(" ")), "/dev/null"]);
        } else {
            script.args(["-q", "/dev/null", own]).args(arguments);
        }
        script.current_dir(folder.path()).env("NO_COLOR", "1").env_remove("TF_INPUT");
        script.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().expect("the program `script` gives a process a terminal");
        let mut stdout = child.stdout.take().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = stdout.read(&mut bytes) {
                if count == 0 || sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { keyboard: child.stdin.take().unwrap(), child, output, said: String::new() }
    }

    /// Waits until a text is said, and forgets what was said up to its end.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        loop {
            if let Some(at) = self.said.find(text) {
                self.said.drain(..at + text.len());
                return;
            }
            match self.output.recv_timeout(Duration::from_secs(60)) {
                Ok(bytes) => self.said.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("`{text}` is not said; what is said is: {}", self.said),
            }
        }
    }

    /// Types a line. A person takes a moment, too: until then a question for a secret has switched the echo off.
    pub(crate) fn answer(&mut self, line: &str) {
        std::thread::sleep(Duration::from_millis(300));
        writeln!(self.keyboard, "{line}").unwrap();
    }

    /// Presses the keys that interrupt.
    pub(crate) fn interrupt(&mut self) {
        self.keyboard.write_all(b"\x03").unwrap();
        self.keyboard.flush().unwrap();
    }

    /// What is said until the process ends.
    pub(crate) fn rest(mut self) -> String {
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_secs(60)) {
            self.said.push_str(&String::from_utf8_lossy(&bytes));
        }
        self.child.wait().unwrap();
        self.said
    }
}
