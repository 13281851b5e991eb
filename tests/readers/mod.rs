//! Programs that read what Terraform prints read what recon prints: a scanner, a policy engine, a viewer. None of them knows
//! recon.

mod policies;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::cli::{Answer, Folder};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the files of another one, and in it `plan.json`: the plan of what the state in it is to become.
fn planned(from: &str, arguments: &[&str]) -> Folder {
    let folder = Folder::with("");
    for entry in std::fs::read_dir(root().join(from)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let run = |arguments: &[&str]| {
        let mut command = folder.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", "none").env("AWS_SECRET_ACCESS_KEY", "none").env("AWS_REGION", "us-east-1");
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        Answer::from(command.output().unwrap()).ends_with(0)
    };
    run(&[&["plan", "-refresh=false", "-input=false", "-out=saved.plan"], arguments].concat());
    let shown = run(&["show", "-json", "saved.plan"]).stdout;
    folder.write("plan.json", &shown);
    folder
}

/// A program that `make setup` installs.
fn installed(path: &str) -> PathBuf {
    let program = root().join(path);
    assert!(program.is_file(), "{} is not there: `make setup` installs it", program.display());
    program
}

/// What checkov finds, as pairs of check and resource: what fails, and what passes.
fn checkov(folder: &Folder, arguments: &[&str]) -> (Vec<(String, String)>, Vec<(String, String)>) {
    let mut command = Command::new(installed(".venv-readers/bin/checkov"));
    // It asks nobody: no platform, no news about versions, no guidelines.
    command.args(arguments).args(["-o", "json", "--skip-download", "--quiet"]).current_dir(folder.path());
    command.env("LOG_LEVEL", "ERROR").env_remove("BC_API_KEY").env("HOME", folder.path());
    let answer = Answer::from(command.output().unwrap());
    let report: Json = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{answer:#?}"));
    assert_eq!(report["summary"]["parsing_errors"], 0, "{report:#}");
    let pairs = |name: &str| {
        let checks = report["results"][name].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |check: &Json, name: &str| check[name].as_str().unwrap().to_owned();
        checks.iter().map(|check| (text(check, "check_id"), text(check, "resource"))).collect()
    };
    (pairs("failed_checks"), pairs("passed_checks"))
}

fn has(found: &[(String, String)], check: &str, resource: &str) -> bool {
    found.iter().any(|(id, address)| id == check && address == resource)
}

#[test]
fn checkov_finds_in_a_plan_what_is_in_it() {
    let folder = planned("tests/projects/changes", &[]);
    // `--quiet` leaves out what passes, so it is asked for by name.
    let (failed, _) = checkov(&folder, &["-f", "plan.json", "--framework", "terraform_plan"]);
    for (check, resource) in [
        ("CKV_AWS_28", "aws_dynamodb_table.posts"),
        ("CKV_AWS_119", "aws_dynamodb_table.posts"),
        ("CKV_AWS_193", "aws_appsync_graphql_api.blog"),
        ("CKV_AWS_158", "aws_cloudwatch_log_group.posts"),
        ("CKV_AWS_355", "aws_iam_role_policy.posts"),
    ] {
        assert!(has(&failed, check, resource), "{check} of {resource} is not among {failed:?}");
    }
    assert!(!has(&failed, "CKV_AWS_66", "aws_cloudwatch_log_group.posts"), "its retention is set: {failed:?}");
    assert!(!failed.iter().any(|(_, resource)| resource.contains(".old")), "what goes is not checked: {failed:?}");
}

#[test]
fn checkov_finds_the_cure_of_what_it_found() {
    let folder = planned("tests/projects/changes", &[]);
    let cured = folder
        .read("main.tf")
        .replace("  tags = {\n    team", "  point_in_time_recovery {\n    enabled = true\n  }\n\n  tags = {\n    team");
    assert!(cured.contains("point_in_time_recovery"));
    std::fs::create_dir(folder.path().join("cured")).unwrap();
    for file in ["schema.graphql", "request.vtl", "terraform.tfstate"] {
        std::fs::copy(folder.path().join(file), folder.path().join("cured").join(file)).unwrap();
    }
    folder.write("cured/main.tf", &cured);
    let relative = folder.path().join("cured");
    let cured = planned(relative.to_str().unwrap(), &[]);
    let (failed, _) = checkov(&cured, &["-f", "plan.json", "--framework", "terraform_plan"]);
    assert!(!has(&failed, "CKV_AWS_28", "aws_dynamodb_table.posts"), "{failed:?}");
    assert!(has(&failed, "CKV_AWS_119", "aws_dynamodb_table.posts"), "{failed:?}");
}

#[test]
fn terraform_visual_draws_a_plan_with_every_resource() {
    let folder = planned("tests/projects/changes", &[]);
    let mut command = Command::new("node");
    command.arg(installed("tests/readers/node_modules/@terraform-visual/cli/dist/index.js"));
    command.args(["--plan", "plan.json", "--out", "."]).current_dir(folder.path());
    let answer = Answer::from(command.output().unwrap()).ends_with(0);
    let plan: Json = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let report = folder.path().join("terraform-visual-report");
    let text: String = std::fs::read_dir(&report)
        .unwrap_or_else(|_| panic!("{answer:#?}"))
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    let changes = plan["resource_changes"].as_array().unwrap();
    assert!(changes.len() >= 8, "{changes:?}");
    for change in changes {
        let address = change["address"].as_str().unwrap();
        assert!(text.contains(address), "{address} is not in the report");
    }
}
