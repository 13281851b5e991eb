//! Results go to stdout and nothing else does; a closed pipe is no failure; colour is for those who want it.

use std::io::Read;
use std::process::Stdio;

use super::{Answer, Folder};

const WRONG: &str = "locals {\n  a = b.c.d\n}\n\nresource \"terraform_data\" \"x\" {\n  inptu = 1\n}\n";

#[test]
fn the_version_is_a_result() {
    let folder = Folder::with("");
    for arguments in [["version"], ["-version"], ["--version"]] {
        let answer = folder.run(&arguments).ends_with(0);
        assert!(answer.stdout.starts_with("recon 0."), "{answer:?}");
        assert_eq!(answer.stderr, "");
    }
    let json: serde_json::Value = serde_json::from_str(&folder.run(&["version", "-json"]).stdout).unwrap();
    assert_eq!(json["language_version"], "1.11");
    assert_eq!(json["terraform_version"], "1.11.0");
    assert_eq!(json["provider_selections"], serde_json::json!({}));
}

#[test]
fn a_wrong_call_is_a_failure_and_never_means_changes() {
    let folder = Folder::with("");
    for arguments in [vec!["plan", "-nonsense"], vec!["nonsense"], vec![], vec!["output", "-raw"]] {
        let answer = folder.run(&arguments).ends_with(1);
        assert_eq!(answer.stdout, "", "{arguments:?}");
        assert!(!answer.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_is_a_result_with_an_example() {
    let answer = Folder::with("").run(&["apply", "-help"]).ends_with(0);
    assert!(answer.stdout.contains("Example:\n  recon apply"), "{answer:?}");
    assert_eq!(answer.stderr, "");
}

#[test]
fn problems_go_to_stderr_and_as_json_to_stdout() {
    let folder = Folder::with(WRONG);
    let answer = folder.run(&["validate"]).ends_with(1);
    assert_eq!(answer.stdout, "");
    assert!(answer.stderr.contains("on main.tf line 6"), "{}", answer.stderr);
    assert!(answer.stderr.contains("Help: Did you mean \"input\"?"), "{}", answer.stderr);
    let answer = folder.run(&["validate", "-json"]).ends_with(1);
    assert_eq!(answer.stderr, "");
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(json["valid"], false);
    assert!(json["error_count"].as_u64().unwrap() >= 2, "{json}");
}

#[test]
fn colour_is_left_out_where_nobody_sees_it_or_wants_it() {
    let folder = Folder::with(WRONG);
    let coloured = |change: &dyn Fn(&mut std::process::Command)| {
        let mut command = folder.command(&["validate"]);
        change(&mut command);
        Answer::from(command.output().unwrap()).stderr.contains('\u{1b}')
    };
    assert!(!coloured(&|_| {}));
    assert!(coloured(&|command| {
        command.env("CLICOLOR_FORCE", "1");
    }));
    assert!(!coloured(&|command| {
        command.env("NO_COLOR", "1");
    }));
    assert!(!coloured(&|command| {
        command.env("CLICOLOR_FORCE", "1").arg("-no-color");
    }));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::with("");
    let mut command = folder.command(&["providers", "schema", "-json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn another_folder_can_be_named() {
    let folder = Folder::with("");
    std::fs::create_dir(folder.path().join("inner")).unwrap();
    folder.write("inner/main.tf", "output \"x\" {\n  value = 1\n}\n");
    folder.run(&["-chdir=inner", "validate"]).ends_with(0);
    let answer = folder.run(&["-chdir=missing", "validate"]).ends_with(1);
    assert!(answer.stderr.contains("Folder not usable"), "{answer:?}");
}

#[test]
fn schemas_have_terraforms_form() {
    let answer = Folder::with("").run(&["providers", "schema", "-json"]).ends_with(0);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let aws = &json["provider_schemas"]["registry.terraform.io/hashicorp/aws"];
    let name = &aws["resource_schemas"]["aws_iam_role_policy"]["block"]["attributes"]["policy"];
    assert_eq!(name["type"], "string");
    assert_eq!(name["required"], true);
}
