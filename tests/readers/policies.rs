//! The policies of docs/policy-checks, evaluated over plans.

use std::process::Command;

use super::{installed, planned, root};
use crate::cli::{Answer, Folder};

/// Evaluates `data.plan.deny` as OPA would, and prints it as JSON.
const EVALUATE: &str = "import json, sys, regopy
rego = regopy.Interpreter()
rego.add_module('policy', open(sys.argv[1]).read())
rego.set_input(json.load(open(sys.argv[2])))
print(json.dumps(sorted(rego.query('data.plan.deny').results[0].expressions[0])))
";

fn denied(folder: &Folder) -> Vec<String> {
    let mut command = Command::new(installed(".venv-readers/bin/python"));
    command
        .args(["-c", EVALUATE])
        .arg(root().join("docs/policy-checks/policy.rego"))
        .arg(folder.path().join("plan.json"));
    serde_json::from_str(&Answer::from(command.output().unwrap()).ends_with(0).stdout).unwrap()
}

fn check_in_python(folder: &Folder) -> Answer {
    let mut command = Command::new(installed(".venv-readers/bin/python"));
    command.arg(root().join("docs/policy-checks/check.py")).arg(folder.path().join("plan.json"));
    Answer::from(command.output().unwrap())
}

#[test]
fn a_plan_that_keeps_the_rules_is_let_through() {
    let folder = planned("tests/projects/changes", &[]);
    assert_eq!(denied(&folder), [] as [&str; 0]);
    check_in_python(&folder).ends_with(0);
}

#[test]
fn a_plan_that_loses_data_is_denied() {
    let folder = planned("tests/projects/changes", &["-destroy"]);
    assert_eq!(denied(&folder), ["aws_dynamodb_table.posts would lose what users stored"]);
    let answer = check_in_python(&folder).ends_with(1);
    assert_eq!(answer.stdout, "aws_dynamodb_table.posts would lose what users stored\n");
}

#[test]
fn each_rule_finds_its_breach() {
    let breach = Folder::with(
        "provider \"aws\" {\n  region = \"us-east-1\"\n}\n\nresource \"aws_cloudwatch_log_group\" \"l\" {\n  name = \"l\"\n}\n\n\
         resource \"aws_iam_role_policy\" \"p\" {\n  name   = \"p\"\n  role   = \"r\"\n  policy = jsonencode({ Version = \"2012-10-17\", \
         Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n",
    );
    let folder = planned(breach.path().to_str().unwrap(), &[]);
    assert_eq!(
        denied(&folder),
        [
            "aws_cloudwatch_log_group.l keeps its lines for ever: set retention_in_days",
            "aws_iam_role_policy.p allows every action"
        ]
    );
}
