//! What `-json` tells, held against what Terraform told of the same configurations (`tests/events/record.py` records it).

use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::{Value as Json, json};

use super::{Answer, Folder};

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events")
}

fn take(folder: &Folder, source: &str) {
    let source = recorded().join(source);
    std::fs::copy(source.join("main.tf"), folder.path().join("main.tf")).unwrap();
    if source.join("inner").exists() {
        std::fs::create_dir_all(folder.path().join("inner")).unwrap();
        std::fs::copy(source.join("inner/main.tf"), folder.path().join("inner/main.tf")).unwrap();
    }
}

/// The events without times and ids. Of problems, whose words are recon's own, there is what both must agree on.
fn told(text: &str) -> Vec<Json> {
    let id = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    let after = Regex::new("after [0-9]+s").unwrap();
    let line = |line: &str| {
        let line = after.replace_all(&id.replace_all(line, "ID"), "after 0s").into_owned();
        let mut event: Json = serde_json::from_str(&line).unwrap();
        event.as_object_mut().unwrap().remove("@timestamp");
        if let Some(elapsed) = event.pointer_mut("/hook/elapsed_seconds") {
            assert!(elapsed.is_number());
            *elapsed = 0.into();
        }
        if event["type"] == "diagnostic" {
            let told = &event["diagnostic"];
            let kept = ["severity", "summary", "address"].map(|name| told[name].clone());
            event["diagnostic"] = json!([kept, told.pointer("/range/filename"), told.pointer("/snippet/context")]);
        }
        event
    };
    // Who speaks is not the same.
    text.lines().map(line).filter(|event| event["type"] != "version").collect()
}

/// The same events where nothing says in which order: everything between two summaries.
fn in_any_order(events: &[Json]) -> Vec<Vec<String>> {
    let parts = events.split(|event| event["type"] == "change_summary");
    let sorted = |part: &[Json]| {
        let mut part: Vec<String> = part.iter().map(canonical).collect();
        part.sort();
        part
    };
    let summaries = events.iter().filter(|event| event["type"] == "change_summary").cloned().collect::<Vec<_>>();
    parts.map(sorted).chain([summaries.iter().map(canonical).collect()]).collect()
}

fn canonical(event: &Json) -> String {
    let mut event = event.clone();
    event.sort_all_objects();
    event.to_string()
}

/// What is told of one instance, in its order.
fn of_instance(events: &[Json], address: &Json) -> Vec<String> {
    let own = |event: &&Json| event.pointer("/hook/resource/addr") == Some(address);
    events.iter().filter(own).map(|event| event["type"].to_string()).collect()
}

#[track_caller]
fn same_as_terraform(case: &str, name: &str, answer: &Answer) {
    assert_eq!(answer.stderr, "", "{case} {name}: everything is an event");
    let theirs = told(&std::fs::read_to_string(recorded().join(case).join(format!("{name}.jsonl"))).unwrap());
    let ours = told(&answer.stdout);
    assert!(!theirs.is_empty() && !ours.is_empty());
    let (a, b) = (in_any_order(&ours), in_any_order(&theirs));
    for (ours, theirs) in a.iter().zip(&b) {
        let only = |these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|it| !those.contains(it)).cloned().collect()
        };
        let (more, less) = (only(ours, theirs), only(theirs, ours));
        assert!(more.is_empty() && less.is_empty(), "{case} {name}\nonly here: {more:#?}\nonly there: {less:#?}");
    }
    assert_eq!(a, b, "{case} {name}");
    for event in &theirs {
        if let Some(address) = event.pointer("/hook/resource/addr") {
            assert_eq!(of_instance(&ours, address), of_instance(&theirs, address), "{case} {name}: {address}");
        }
    }
}

#[test]
fn a_life_is_told_as_terraform_tells_it() {
    let folder = Folder::with("");
    take(&folder, "basic");
    folder.run(&["get"]).ends_with(0);
    same_as_terraform("basic", "plan", &folder.run(&["plan", "-json"]).ends_with(0));
    same_as_terraform("basic", "apply", &folder.run(&["apply", "-json", "-auto-approve"]).ends_with(0));
    same_as_terraform("basic", "again", &folder.run(&["plan", "-json"]).ends_with(0));
    same_as_terraform("basic", "destroy", &folder.run(&["destroy", "-json", "-auto-approve"]).ends_with(0));
}

#[test]
fn a_failure_is_told_as_terraform_tells_it() {
    let folder = Folder::with("");
    take(&folder, "fail");
    same_as_terraform("fail", "apply", &folder.run(&["apply", "-json", "-auto-approve"]).ends_with(1));
    same_as_terraform("fail", "tainted", &folder.run(&["plan", "-json"]).ends_with(0));
    same_as_terraform("fail", "unapproved", &folder.run(&["apply", "-json"]).ends_with(1));
    same_as_terraform("fail", "unapproved", &folder.run(&["destroy", "-json"]).ends_with(1));
}

#[test]
fn changes_are_told_as_terraform_tells_them() {
    let folder = Folder::with("");
    take(&folder, "changes/before");
    same_as_terraform("changes", "before", &folder.run(&["apply", "-json", "-auto-approve"]).ends_with(0));
    take(&folder, "changes/after");
    same_as_terraform("changes", "plan", &folder.run(&["plan", "-json"]).ends_with(0));
    same_as_terraform("changes", "apply", &folder.run(&["apply", "-json", "-auto-approve"]).ends_with(0));
}
