//! Commands that only look.

use std::process::Stdio;

use super::{STATE, assert_untouched, listed, refused, taken_over};
use crate::cli::Folder;

const LISTED: &str = "\
terraform_data.a
terraform_data.c[0]
terraform_data.c[1]
terraform_data.f[\"k.1\"]
module.m[0].terraform_data.in
module.m[1].terraform_data.in
module.s.terraform_data.in
module.m[0].module.n.terraform_data.deep
module.m[1].module.n.terraform_data.deep
module.s.module.n.terraform_data.deep
";

#[test]
fn the_list_is_in_terraforms_order() {
    let folder = taken_over();
    assert_eq!(listed(&folder), LISTED);
    let only = |arguments: &[&str]| {
        let arguments = [&["state", "list"], arguments].concat();
        folder.run(&arguments).ends_with(0).stdout
    };
    assert_eq!(only(&["terraform_data.c"]), "terraform_data.c[0]\nterraform_data.c[1]\n");
    assert_eq!(only(&["terraform_data.c[1]", "terraform_data.a"]), "terraform_data.a\nterraform_data.c[1]\n");
    assert_eq!(only(&["module.m"]).lines().count(), 4);
    assert_eq!(only(&["-id=e03b8c45-c770-2a3f-9a9d-8c4739ac9d7b"]), "terraform_data.c[1]\n");
    assert_eq!(only(&["-id=nobody"]), "");
    folder.write("other.tfstate", STATE);
    std::fs::remove_file(folder.path().join("terraform.tfstate")).unwrap();
    assert_eq!(only(&["-state=other.tfstate"]), LISTED);
}

#[test]
fn an_address_that_names_nothing_is_told() {
    let folder = taken_over();
    refused(&folder, &["state", "list", "terraform_data.nope"], "Unknown resource");
    refused(&folder, &["state", "list", "terraform_data.c[5]"], "Unknown resource instance");
    let both = refused(&folder, &["state", "list", "module.nope", "terraform_data.x"], "Unknown module");
    assert!(both.stderr.contains("Found 2 errors."), "{}", both.stderr);
    refused(&folder, &["state", "list", "nope"], "Invalid address");
    refused(&folder, &["state", "show", "terraform_data.nope"], "Unknown resource");
    let several = refused(&folder, &["state", "show", "terraform_data.c"], "Not one instance");
    assert!(several.stderr.contains("\n  terraform_data.c[0]\n  terraform_data.c[1]\n"), "{}", several.stderr);
    assert_untouched(&folder);
}

#[test]
fn an_object_is_shown_as_its_block_without_secrets() {
    let folder = taken_over();
    let show = |address: &str| folder.run(&["state", "show", address]).ends_with(0).stdout;
    insta::assert_snapshot!(show("terraform_data.c[0]"), @r##"
    # terraform_data.c[0]:
    resource "terraform_data" "c" {
        id     = "c482624a-66ac-78e9-08ea-b37f3879e5eb"
        input  = {
            e = []
            j = jsonencode(
                {
                    a = 1
                }
            )
            n = 0
            s = <<-EOT
                a
                b
            EOT
            t = [
                1,
                true,
                null,
            ]
        }
        output = {
            e = []
            j = jsonencode(
                {
                    a = 1
                }
            )
            n = 0
            s = <<-EOT
                a
                b
            EOT
            t = [
                1,
                true,
                null,
            ]
        }
    }
    "##);
    let secret = show("terraform_data.f[\"k.1\"]");
    assert!(secret.contains("    input            = (sensitive value)\n"), "{secret}");
}

#[test]
fn what_is_pulled_is_what_terraform_wrote() {
    let folder = taken_over();
    assert_eq!(folder.run(&["state", "pull"]).ends_with(0).stdout, STATE);
    // The checksum of recon is no part of it, so that it may be edited and pushed.
    folder.run(&["state", "mv", "terraform_data.a", "terraform_data.b"]).ends_with(0);
    assert!(folder.read("terraform.tfstate").contains("recon_checksum"));
    assert!(!folder.run(&["state", "pull"]).ends_with(0).stdout.contains("recon_checksum"));
}

#[test]
fn without_a_state_there_is_nothing_to_pull_and_nothing_else_to_do() {
    let folder = Folder::with("resource \"terraform_data\" \"x\" {}\n");
    assert_eq!(folder.run(&["state", "pull"]).ends_with(0).stdout, "");
    for arguments in [
        vec!["list"],
        vec!["show", "a.b"],
        vec!["mv", "a.b", "a.c"],
        vec!["rm", "a.b"],
        vec!["replace-provider", "a/b", "c/d"],
        vec!["list", "-state=nope.tfstate"],
    ] {
        let arguments = [vec!["state"], arguments].concat();
        refused(&folder, &arguments, "No state");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made");
}

#[test]
fn a_broken_configuration_stops_nobody_from_looking() {
    let folder = taken_over();
    folder.write("main.tf", "resource \"terraform_data\" {\n  input = nope.\n");
    let list = folder.run(&["state", "list"]).ends_with(0);
    assert_eq!(list.stdout, LISTED);
    assert!(list.stderr.contains("Configuration not readable"), "{}", list.stderr);
    folder.run(&["state", "show", "terraform_data.a"]).ends_with(0);
    folder.run(&["output"]).ends_with(0);
    assert_eq!(folder.run(&["state", "pull"]).ends_with(0).stdout, STATE);
    // A `backend` block may be in what cannot be read, so nothing is changed, unless it is said where.
    refused(&folder, &["state", "rm", "terraform_data.a"], "Place of the state not certain");
    assert_untouched(&folder);
    folder.run(&["state", "rm", "-state=terraform.tfstate", "terraform_data.a"]).ends_with(0);
    // What is only wrong in its meaning hides nothing.
    folder.write("main.tf", "resource \"terraform_data\" \"x\" {\n  input = local.nope\n}\n");
    let moved = folder.run(&["state", "mv", "terraform_data.c", "terraform_data.d"]).ends_with(0);
    assert_eq!(moved.stderr, "");
    folder.write("main.tf", "terraform {\n  backend \"s3\" {}\n}\n");
    refused(&folder, &["state", "list"], "Backend not supported yet");
}

#[test]
fn a_backend_block_says_where_the_state_is() {
    let folder = taken_over();
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    std::fs::rename(folder.path().join("terraform.tfstate"), folder.path().join("deep/s.json")).unwrap();
    folder.write("backend.tf", "terraform {\n  backend \"local\" {\n    path = \"deep/s.json\"\n  }\n}\n");
    folder.write("main.tf", "resource {\n");
    assert_eq!(folder.run(&["state", "list"]).ends_with(0).stdout, LISTED);
    folder.run(&["state", "mv", "terraform_data.a", "terraform_data.b"]).ends_with(0);
    assert!(folder.path().join("deep/s.json.backup").exists());
}

#[test]
fn two_states_are_not_chosen_from() {
    let folder = taken_over();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    folder.write("state/default.tfstate", STATE);
    for arguments in [vec!["plan"], vec!["state", "list"], vec!["output"]] {
        refused(&folder, &arguments, "Two states");
    }
    assert_eq!(folder.run(&["state", "list", "-state=state/default.tfstate"]).ends_with(0).stdout, LISTED);
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = taken_over();
    for arguments in [vec!["list"], vec!["pull"], vec!["show", "terraform_data.a"]] {
        let mut command = folder.command(&[vec!["state"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    }
}
