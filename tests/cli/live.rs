//! What a person sees while recon applies: sessions in tmux, whose screen is looked at.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Folder;

/// A terminal of some size. It has a server of its own in the folder, so that tests do not meet.
struct Screen {
    socket: PathBuf,
}

impl Screen {
    /// Runs recon and then says its exit code.
    fn start(folder: &Folder, (columns, rows): (u16, u16), environment: &[(&str, &str)], arguments: &str) -> Self {
        let screen = Self { socket: folder.path().join("screen") };
        let own = env!("CARGO_BIN_EXE_recon");
        let mut set = String::from("env -u CI -u TF_IN_AUTOMATION -u NO_COLOR");
        for (name, value) in environment.iter().chain(&[("RECON_LOCK_LEASE", super::LEASE)]) {
            set.push_str(&format!(" {name}={value}"));
        }
        let command = format!("{set} '{own}' {arguments}; echo \"exit code $?\"; read wait");
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let folder = folder.path().to_str().unwrap();
        screen.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &rows, "-c", folder, &command]);
        screen
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").arg("-S").arg(&self.socket).args(arguments).output();
        let output = output.expect("the program `tmux` is there");
        assert!(output.status.success(), "tmux {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What is on the screen, and what has left it at the top.
    fn text(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-"])
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if is_so(&text) {
                return text;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{what} is never seen; what is seen:\n{text}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    #[track_caller]
    fn wait_for(&self, what: &str) -> String {
        self.wait_until(what, |text| text.contains(what))
    }

    fn has_a_cursor(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{cursor_flag}"]).trim() == "1"
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The server may have ended with its last window.
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}

/// Each waits for a file of its name, so that a test says when it goes on.
const GATES: &str = r#"
resource "terraform_data" "first" {
  provisioner "local-exec" {
    command = "echo said by the first; until [ -e go-first ]; do sleep 0.05; done"
  }
}

resource "terraform_data" "second" {
  count = 3
  input = terraform_data.first.id
  provisioner "local-exec" {
    command = "until [ -e go-second ]; do sleep 0.05; done"
  }
}
"#;

fn no_trace_of_the_area(text: &str) {
    for gone in ["running", "waiting", "wait for it", "\u{1b}", "[2K", "[J"] {
        assert!(!text.contains(gone), "`{gone}` is left over:\n{text}");
    }
}

#[test]
fn what_runs_and_what_waits_is_shown_below_what_was_done() {
    let folder = Folder::with(GATES);
    let screen = Screen::start(&folder, (80, 30), &[], "apply -auto-approve");
    let text = screen.wait_for("3 wait for it: local-exec runs");
    assert!(text.contains("Creating terraform_data.first"), "{text}");
    assert!(text.contains("0 of 4 done, 1 running, 3 waiting"), "{text}");
    assert!(screen.has_a_cursor());
    screen.wait_for("terraform_data.first (local-exec): said by the first");
    folder.write("go-first", "");
    let text = screen.wait_for("1 of 4 done, 3 running");
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("`{what}` is not in\n{text}"));
    assert!(at("terraform_data.first: Creation complete") < at("Creating terraform_data.second[2]"), "{text}");
    assert_eq!(text.matches("0 of 4 done").count(), 0, "an older line is not left over:\n{text}");
    folder.write("go-second", "");
    let text = screen.wait_for("exit code 0");
    no_trace_of_the_area(&text);
    for name in ["first", "second[0]", "second[1]", "second[2]"] {
        assert_eq!(text.matches(&format!("terraform_data.{name}: Creation complete")).count(), 1, "{text}");
    }
    assert!(text.contains("Apply complete: 4 added, 0 changed, 0 destroyed."), "{text}");
    assert!(screen.has_a_cursor());
}

#[test]
fn a_narrow_and_low_terminal_and_one_that_is_resized_are_not_torn() {
    let folder = Folder::with(GATES);
    let screen = Screen::start(&folder, (40, 12), &[], "apply -auto-approve");
    screen.wait_for("0 of 4 done, 1 running, 3 waiting");
    folder.write("go-first", "");
    screen.wait_for("1 of 4 done, 3 running");
    screen.tmux(&["resize-window", "-x", "100", "-y", "30"]);
    screen.wait_for("Creating terraform_data.second[0]");
    screen.tmux(&["resize-window", "-x", "40", "-y", "12"]);
    folder.write("go-second", "");
    let text = screen.wait_for("exit code 0");
    no_trace_of_the_area(&text);
    assert!(screen.has_a_cursor());
}

#[test]
fn an_interrupt_is_told_and_leaves_a_whole_screen() {
    let folder = Folder::with(GATES);
    let screen = Screen::start(&folder, (80, 30), &[], "apply -auto-approve");
    screen.wait_for("0 of 4 done, 1 running, 3 waiting");
    screen.tmux(&["send-keys", "C-c"]);
    screen.wait_for("Stopping: nothing new is begun; 1 call is under way");
    let text = screen.wait_for("exit code 1");
    no_trace_of_the_area(&text);
    assert!(text.contains("Apply incomplete"), "{text}");
    assert!(screen.has_a_cursor());
}

#[test]
fn a_failure_beside_others_is_told_above_them() {
    let folder = Folder::with(
        r#"
resource "terraform_data" "bad" {
  provisioner "local-exec" {
    command = "exit 3"
  }
}

resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "until [ -e go ]; do sleep 0.05; done"
  }
}
"#,
    );
    let screen = Screen::start(&folder, (80, 40), &[], "-no-color apply -auto-approve");
    let text = screen.wait_for("0 of 2 done, 1 failed, 1 running");
    assert!(text.contains("terraform_data.bad: Creation failed after"), "{text}");
    folder.write("go", "");
    let text = screen.wait_for("exit code 1");
    no_trace_of_the_area(&text);
    assert!(text.contains("local-exec provisioner error"), "{text}");
}

#[test]
fn lines_stay_plain_where_nobody_looks_or_the_cursor_cannot_move() {
    for variable in [("TERM", "dumb"), ("CI", "true"), ("TF_IN_AUTOMATION", "1")] {
        let folder = Folder::with("resource \"terraform_data\" \"x\" {\n}\n");
        let screen = Screen::start(&folder, (80, 40), &[variable], "apply -auto-approve");
        let text = screen.wait_for("exit code 0");
        assert!(text.contains("terraform_data.x: Creating...\n"), "{variable:?}\n{text}");
        assert!(text.contains("terraform_data.x: Creation complete after"), "{variable:?}\n{text}");
    }
}
