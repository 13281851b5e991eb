//! What an interrupted run has left is settled before state is changed, and told of by what only looks.

#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::refused;
use crate::cli::Folder;

const MAIN: &str = r#"
resource "terraform_data" "first" {
  input = 1
}

resource "terraform_data" "slow" {
  input = terraform_data.first.output

  provisioner "local-exec" {
    command = "echo $$ > pid.new; mv pid.new pid; exec sleep 60"
  }
}
"#;

/// Starts apply and waits until an object is being made.
fn applying(folder: &Folder) -> Child {
    let mut command = folder.command(&["apply", "-auto-approve"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !folder.path().join("pid").exists() {
        assert!(Instant::now() < deadline, "the provisioner begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn kill(mut child: Child, folder: &Folder) {
    child.kill().unwrap();
    child.wait().unwrap();
    // What recon could not end when it was killed.
    let _ = Command::new("kill").args(["-KILL", folder.read("pid").trim()]).status();
}

/// A folder whose first apply was killed while an object was being made.
fn killed() -> Folder {
    let folder = Folder::with(MAIN);
    kill(applying(&folder), &folder);
    assert!(folder.path().join("state/default.journal").exists());
    folder
}

#[test]
fn nothing_is_changed_under_a_run_that_holds_the_lock() {
    let folder = Folder::with(MAIN);
    let child = applying(&folder);
    folder.write(
        "other.tfstate",
        "{\"version\": 4, \"serial\": 9, \"lineage\": \"x\", \"outputs\": {}, \"resources\": []}",
    );
    for arguments in [
        vec!["state", "mv", "terraform_data.first", "terraform_data.one"],
        vec!["state", "rm", "terraform_data.first"],
        vec!["state", "push", "-force", "other.tfstate"],
    ] {
        refused(&folder, &arguments, "is locked");
    }
    let settled = folder.run(&["state", "pull"]).ends_with(0);
    assert!(settled.stderr.contains("Another run is under way"), "{}", settled.stderr);
    kill(child, &folder);
}

#[test]
fn a_change_settles_first_and_loses_nothing() {
    let folder = killed();
    let list = folder.run(&["state", "list"]);
    assert!(list.stderr.contains("Another run is under way, or was interrupted"), "{}", list.stderr);
    let moved = folder.run(&["state", "mv", "terraform_data.first", "terraform_data.one"]).ends_with(0);
    assert!(moved.stderr.contains("An interrupted run: terraform_data.slow was made"), "{}", moved.stderr);
    assert!(!moved.stderr.contains("Another run is under way"), "what is settled is not told of: {}", moved.stderr);
    assert!(!folder.path().join("state/default.journal").exists());
    let list = folder.run(&["state", "list"]).ends_with(0);
    assert_eq!((list.stdout.as_str(), list.stderr.as_str()), ("terraform_data.one\nterraform_data.slow\n", ""));
    let show = folder.run(&["state", "show", "terraform_data.slow"]).ends_with(0).stdout;
    assert!(show.starts_with("# terraform_data.slow: (tainted)\n"), "{show}");
}

#[test]
fn a_mistake_settles_what_was_left_and_changes_nothing_else() {
    let folder = killed();
    let answer = folder.run(&["state", "rm", "terraform_data.nope"]).ends_with(1);
    assert!(answer.stderr.contains("An interrupted run: terraform_data.slow was made"), "{}", answer.stderr);
    assert!(answer.stderr.contains("Unknown resource"), "{}", answer.stderr);
    assert_eq!(folder.run(&["state", "list"]).ends_with(0).stdout, "terraform_data.first\nterraform_data.slow\n");
}

#[test]
fn a_push_waits_until_the_interrupted_run_is_settled() {
    let folder = killed();
    let empty = "{\"version\": 4, \"serial\": 9, \"lineage\": \"x\", \"outputs\": {}, \"resources\": []}";
    folder.write("other.tfstate", empty);
    refused(&folder, &["state", "push", "other.tfstate"], "Another run was interrupted");
    let forced = refused(&folder, &["state", "push", "-force", "other.tfstate"], "Another run was interrupted");
    assert!(forced.stderr.contains("recon apply -refresh-only"), "{}", forced.stderr);
    folder.run(&["apply", "-refresh-only", "-auto-approve"]).ends_with(0);
    folder.run(&["state", "push", "-force", "other.tfstate"]).ends_with(0);
    assert_eq!(folder.run(&["state", "list"]).ends_with(0).stdout, "");
}

#[test]
fn a_configuration_that_is_needed_to_settle_must_be_valid() {
    let folder = killed();
    folder.write("main.tf", "locals {\n  x = local.nope\n}\n");
    let answer = folder.run(&["state", "mv", "terraform_data.first", "terraform_data.one"]).ends_with(1);
    assert!(answer.stderr.contains("on main.tf line 2"), "{}", answer.stderr);
    assert!(folder.path().join("state/default.journal").exists(), "nothing is lost");
    folder.write("main.tf", MAIN);
    folder.run(&["state", "mv", "terraform_data.first", "terraform_data.one"]).ends_with(0);
}

#[test]
fn what_was_saved_elsewhere_is_pushed_and_nothing_is_lost() {
    let folder = Folder::with("resource \"terraform_data\" \"first\" {}\n");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.write(
        "second.tf",
        r#"
resource "terraform_data" "second" {
  provisioner "local-exec" {
    command = "echo >> state/default.tfstate"
  }
}
"#,
    );
    let failed = folder.run(&["apply", "-auto-approve"]).ends_with(1);
    assert!(failed.stderr.contains("State changed meanwhile"), "{}", failed.stderr);
    assert!(failed.stderr.contains("recon state push errored.tfstate"), "{}", failed.stderr);
    let made = folder.read("errored.tfstate");
    assert!(made.contains("\"second\""), "{made}");
    folder.run(&["state", "push", "errored.tfstate"]).ends_with(0);
    assert_eq!(folder.run(&["state", "list"]).ends_with(0).stdout, "terraform_data.first\nterraform_data.second\n");
    let id = |text: &str| {
        let state: serde_json::Value = serde_json::from_str(text).unwrap();
        state["resources"][1]["instances"][0]["attributes"]["id"].clone()
    };
    assert_eq!(id(&folder.read("state/default.tfstate")), id(&made));
    folder.write("second.tf", "resource \"terraform_data\" \"second\" {}\n");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(!folder.path().join("state/default.journal").exists());
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
}
