//! `recon state push`.

use std::io::Write;
use std::process::Stdio;

use super::{STATE, assert_untouched, refused, taken_over};
use crate::cli::{Answer, Folder};

fn edited(from: &str, to: &str) -> String {
    assert!(STATE.contains(from), "{from}");
    STATE.replacen(from, to, 1)
}

#[test]
fn a_state_must_follow_the_stored_one_unless_forced() {
    let folder = taken_over();
    let same = folder.run(&["state", "push", "terraform.tfstate"]).ends_with(0);
    assert!(same.stderr.contains("stored already"), "{}", same.stderr);
    for (file, text, why) in [
        ("lineage", edited("\"lineage\": \"e", "\"lineage\": \"f"), "they are about different things"),
        ("serial", edited("\"serial\": 11", "\"serial\": 10"), "the older 10"),
        ("content", edited("\"value\": \"x\"", "\"value\": \"z\""), "set its serial to 12"),
        ("broken", "{".to_owned(), "the file ends too early"),
        ("later", edited("\"version\": 4", "\"version\": 5"), "is of version 5"),
        ("empty", String::new(), "is empty"),
    ] {
        folder.write(file, &text);
        refused(&folder, &["state", "push", file], why);
    }
    refused(&folder, &["state", "push", "-force", "broken"], "the file ends too early");
    refused(&folder, &["state", "push", "nope"], "Cannot read nope");
    assert_untouched(&folder);
    folder.run(&["state", "push", "-force", "lineage"]).ends_with(0);
    assert!(folder.read("terraform.tfstate").contains("\"lineage\": \"f7a0"), "{}", folder.read("terraform.tfstate"));
    assert_eq!(folder.read("terraform.tfstate.backup"), STATE);
}

#[test]
fn what_was_pulled_and_edited_is_pushed_from_standard_input() {
    let folder = taken_over();
    let pulled = folder.run(&["state", "pull"]).ends_with(0).stdout;
    let next = pulled.replace("\"serial\": 11", "\"serial\": 12").replace("\"name\": \"a\"", "\"name\": \"renamed\"");
    let mut command = folder.command(&["state", "push", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(next.as_bytes()).unwrap();
    let answer = Answer::from(child.wait_with_output().unwrap()).ends_with(0);
    assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("", ""));
    assert!(folder.run(&["state", "list"]).ends_with(0).stdout.starts_with("terraform_data.c[0]"));
    folder.run(&["state", "show", "terraform_data.renamed"]).ends_with(0);
    assert!(folder.read("terraform.tfstate").contains("recon_checksum"));
}

#[test]
fn a_damaged_state_is_replaced_by_force_only() {
    let folder = Folder::with("");
    folder.write("terraform.tfstate", "{\"version\": 4,");
    folder.write("good", STATE);
    refused(&folder, &["state", "push", "good"], "Unreadable state");
    folder.run(&["state", "push", "-force", "good"]).ends_with(0);
    assert_eq!(folder.read("terraform.tfstate.backup"), "{\"version\": 4,");
    assert_eq!(folder.run(&["state", "pull"]).ends_with(0).stdout, STATE);
}

#[test]
fn a_folder_without_state_takes_any() {
    let folder = Folder::with("");
    folder.write("good", STATE);
    folder.run(&["state", "push", "good"]).ends_with(0);
    assert_eq!(folder.run(&["state", "pull"]).ends_with(0).stdout, STATE);
    assert!(folder.path().join("state/default.tfstate").exists());
}
