//! What cannot be done is refused with a reason and a cure, and nothing is changed.

use super::{Answer, Folder};

const MAIN: &str =
    "variable \"n\" {\n  default = \"a\"\n}\n\nresource \"terraform_data\" \"x\" {\n  input = var.n\n}\n";

fn refused(folder: &Folder, arguments: &[&str], says: &[&str]) -> Answer {
    let state = || std::fs::read(folder.path().join("state/default.tfstate")).ok();
    let before = state();
    let answer = folder.run(arguments).ends_with(1);
    for text in says {
        assert!(answer.stderr.contains(text), "`{text}` is not in:\n{}", answer.stderr);
    }
    assert!(state() == before, "the state has changed");
    answer
}

#[test]
fn nobody_to_ask_means_no() {
    let folder = Folder::with(MAIN);
    refused(&folder, &["apply"], &["Confirmation needed", "-auto-approve"]);
}

#[test]
fn an_expired_plan_file_says_why() {
    let folder = Folder::with(MAIN);
    folder.run(&["plan", "-out=plan.json"]).ends_with(0);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    refused(&folder, &["apply", "plan.json"], &["Expired plan file", "the state", "recon plan -out=FILE"]);

    folder.run(&["plan", "-var=n=b", "-out=plan.json"]).ends_with(0);
    refused(&folder, &["apply", "-var=n=c", "plan.json"], &["the variable `n` had another value"]);
    folder.write("main.tf", &format!("{MAIN}\n"));
    refused(&folder, &["apply", "plan.json"], &["Expired plan file", "configuration has changed", "main.tf"]);
    folder.write("plan.json", "{}");
    refused(&folder, &["apply", "plan.json"], &["Unreadable plan file"]);
    refused(&folder, &["apply", "missing.json"], &["Unreadable plan file"]);
}

#[test]
fn a_plan_that_reads_a_changed_file_is_expired() {
    let folder = Folder::with("resource \"terraform_data\" \"x\" {\n  input = file(\"text\")\n}\n");
    folder.write("text", "one");
    folder.run(&["plan", "-out=plan.json"]).ends_with(0);
    folder.write("text", "two");
    refused(&folder, &["apply", "plan.json"], &["Expired plan file", "`terraform_data.x`", "because of files"]);
}

#[test]
fn a_variable_that_is_not_declared_is_refused() {
    let folder = Folder::with(MAIN);
    refused(&folder, &["plan", "-var", "m=1"], &["Value for undeclared variable"]);
    refused(&folder, &["plan", "-var", "m"], &["Invalid -var option"]);
    refused(&folder, &["plan", "-var-file=missing"], &["Failed to read variables file"]);
}

#[test]
fn an_export_that_cannot_be_written_stops_the_run_before_it_begins() {
    let folder = Folder::with(MAIN);
    refused(&folder, &["apply", "-auto-approve", "-O", "missing/x.json"], &["Export not possible", "missing"]);
    folder.write("recon.toml", "[[exports]]\nformat = \"jsn\"\npath = \"x\"\n");
    refused(&folder, &["apply", "-auto-approve"], &["on recon.toml line 2", "Did you mean \"json\"?"]);
    assert!(!folder.path().join("state").exists());
}

#[test]
fn a_state_that_is_cut_short_is_refused() {
    let folder = Folder::with(MAIN);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    let state = folder.read("state/default.tfstate");
    folder.write("state/default.tfstate", &state[..state.len() / 2]);
    refused(&folder, &["apply", "-auto-approve"], &["Unreadable state", "default.tfstate"]);
    refused(&folder, &["output"], &["Unreadable state"]);
}

#[test]
fn a_provider_argument_that_recon_lacks_is_named() {
    let folder = Folder::with("provider \"aws\" {\n  regoin = \"eu-west-1\"\n  allowed_account_ids = [\"1\"]\n}\n");
    let says = ["on main.tf line 2", "Did you mean \"region\"?", "`allowed_account_ids` yet"];
    refused(&folder, &["plan"], &says);
}

#[test]
fn without_credentials_nothing_is_planned() {
    let folder = Folder::with("data \"aws_caller_identity\" \"me\" {}\n");
    let mut command = folder.command(&["plan"]);
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_REGION", "eu-west-1").env("HOME", folder.path());
    command.env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    let answer = Answer::from(command.output().unwrap()).ends_with(1);
    assert!(answer.stderr.contains("No usable AWS credentials"), "{}", answer.stderr);
    assert!(answer.stderr.contains("with data.aws_caller_identity.me"), "{}", answer.stderr);
}
