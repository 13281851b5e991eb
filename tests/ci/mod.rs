//! The workflows of docs/ci: the shell steps of their jobs, run in order as a runner would, on an emulator. Only what talks to
//! GitHub, GitLab and the state bucket is a stub, which keeps what it was given.

use std::path::{Path, PathBuf};
use std::process::Command;

use recon::testing::emulator::{Emulator, Kind};
use serde_json::{Value as Json, json};

use crate::cli::{Answer, Folder};

const MAIN: &str = r#"resource "aws_cloudwatch_log_group" "posts" {
  name              = "/aws/lambda/posts"
  retention_in_days = 30
}

resource "aws_dynamodb_table" "posts" {
  name         = "posts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
"#;

/// Keeps a folder as the bucket: `aws s3 sync FROM TO`.
const AWS: &str = r#"#!/usr/bin/env bash
set -euo pipefail
[ "$1 $2" = "s3 sync" ] || { echo "not a sync: $*" >&2; exit 64; }
place() { case "$1" in s3://*) echo "$STUBS/bucket";; *) echo "$1";; esac; }
shift 2; clean=
if [ "$1" = --delete ]; then clean=1; shift; fi
from=$(place "$1"); to=$(place "$2")
[ -z "$clean" ] || rm -rf "$to"
mkdir -p "$from" "$to"
cp -a "$from/." "$to/"
"#;

/// Answers with the id of the comment if there is one, and keeps the comment.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
echo "gh $*" >> "$STUBS/calls"
for argument; do
  case "$argument" in body=@*) cp "${argument#body=@}" "$STUBS/comment"; exit 0;; esac
done
[ ! -e "$STUBS/comment" ] || echo 42
"#;

const CURL: &str = r#"#!/usr/bin/env bash
set -euo pipefail
echo "curl $*" >> "$STUBS/calls"
for argument; do
  case "$argument" in body@*) cp "${argument#body@}" "$STUBS/comment"; exit 0;; esac
done
if [ -e "$STUBS/comment" ]; then echo '[{"id": 7, "body": "another"}, {"id": 42, "body": "<!-- recon plan -->"}]'; else echo '[]'; fi
"#;

/// The part of `jq` that the steps use: the id of our own note.
const JQ: &str = r#"#!/usr/bin/env python3
import json, sys
own = [note["id"] for note in json.load(sys.stdin) if note["body"].startswith("<!-- recon plan -->")]
print(own[0] if own else "")
"#;

struct Ci {
    emulator: Emulator,
    stubs: tempfile::TempDir,
    workflow: Json,
}

impl Ci {
    fn new(file: &str) -> Self {
        let stubs = tempfile::tempdir().unwrap();
        for (name, text) in [("aws", AWS), ("gh", GH), ("curl", CURL), ("jq", JQ)] {
            let path = stubs.path().join(name);
            std::fs::write(&path, text).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, mode).unwrap();
        }
        Self { emulator: Emulator::start(Kind::Ministack), stubs, workflow: yaml(file) }
    }

    /// A fresh checkout, as every job has one.
    fn checkout(&self) -> Folder {
        Folder::with(MAIN)
    }

    /// Runs a step, and says how it ended.
    fn step(&self, folder: &Folder, text: &str) -> Answer {
        let recon = PathBuf::from(env!("CARGO_BIN_EXE_recon"));
        let known = std::env::var_os("PATH").unwrap_or_default();
        let own = [self.stubs.path().to_owned(), recon.parent().unwrap().to_owned()];
        let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&known))).unwrap();
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", text]).current_dir(folder.path()).stdin(std::process::Stdio::null());
        shell.env("PATH", path).env("STUBS", self.stubs.path()).env("HOME", self.stubs.path());
        shell.env("GITHUB_STEP_SUMMARY", folder.path().join("summary")).env("GITHUB_REPOSITORY", "team/blog");
        shell
            .env("PULL_REQUEST", "7")
            .env("STATE_BUCKET", "bucket")
            .env("TF_IN_AUTOMATION", "true")
            .env("TF_INPUT", "false");
        shell.env("CI_API_V4_URL", "https://gitlab.example/api/v4").env("CI_PROJECT_ID", "1");
        shell.env("CI_MERGE_REQUEST_IID", "7").env("NOTES_TOKEN", "token").env("CI", "true");
        shell.env("AWS_ENDPOINT_URL", self.emulator.endpoint()).env("AWS_REGION", "us-east-1");
        shell.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").env_remove("AWS_PROFILE");
        Answer::from(shell.output().unwrap())
    }

    /// Runs the steps of a job up to the first that fails, and then those that always run. Gives the code of the job.
    fn github(&self, folder: &Folder, job: &str) -> i32 {
        let mut code = 0;
        for step in self.workflow["jobs"][job]["steps"].as_array().unwrap() {
            let Some(text) = step["run"].as_str() else {
                continue;
            };
            let condition = step["if"].as_str().unwrap_or_default();
            let has_plan = !condition.contains("hashFiles('plan.md')") || folder.path().join("plan.md").exists();
            if has_plan && (code == 0 || condition.starts_with("always()")) {
                let answer = self.step(folder, text);
                code = if code == 0 { answer.code.unwrap() } else { code };
            }
        }
        code
    }

    /// Runs the script of a job, which is one shell in GitLab, as far as it goes.
    fn gitlab(&self, folder: &Folder, job: &str) -> i32 {
        let lines = |from: &Json| -> Vec<String> {
            from.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
        };
        let mut script = lines(&self.workflow[".backend"]["before_script"]);
        script.extend(lines(&self.workflow[job]["script"]));
        let code = self.step(folder, &script.join("\n")).code.unwrap();
        if let Some(after) = self.workflow[job].get("after_script") {
            self.step(folder, &lines(after).join("\n")).ends_with(0);
        }
        code
    }

    fn kept(&self, name: &str) -> String {
        std::fs::read_to_string(self.stubs.path().join(name)).unwrap_or_default()
    }

    /// Somebody calls CloudWatch Logs by hand.
    fn by_hand(&self, action: &str, body: &str) {
        let request = ureq::post(format!("{}/", self.emulator.endpoint()))
            .header("x-amz-target", format!("Logs_20140328.{action}"))
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0",
            );
        request.send(body).unwrap();
    }

    fn delete_log_group(&self) {
        self.by_hand("DeleteLogGroup", r#"{"logGroupName":"/aws/lambda/posts"}"#);
    }
}

/// A YAML file, read as recon's own language reads it.
fn yaml(file: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(file);
    let folder = Folder::with("");
    std::fs::copy(path, folder.path().join("workflow.yml")).unwrap();
    folder.write("ask", &format!("{}\n", json!({"expr": "yamldecode(file(\"workflow.yml\"))"})));
    let input = std::fs::File::open(folder.path().join("ask")).unwrap();
    let answer = Answer::from(folder.command(&["console", "-json"]).stdin(input).output().unwrap()).ends_with(0);
    let answer: Json = serde_json::from_str(&answer.stdout).unwrap();
    answer["value"].clone()
}

#[test]
fn the_github_workflow_plans_comments_applies_and_finds_drift() {
    let ci = Ci::new("github-actions.yml");
    let request = ci.checkout();
    assert_eq!(ci.github(&request, "plan"), 0);
    let comment = ci.kept("comment");
    assert!(comment.starts_with("<!-- recon plan -->\n### recon: 2 to add, 0 to change, 0 to destroy."), "{comment}");
    assert_eq!(request.read("summary"), comment);
    assert!(request.read("plan.html").contains("aws_dynamodb_table.posts"));
    assert!(ci.kept("calls").contains("--method POST repos/team/blog/issues/7/comments"), "{}", ci.kept("calls"));

    assert_eq!(ci.github(&ci.checkout(), "plan"), 0);
    assert!(
        ci.kept("calls").contains("--method PATCH repos/team/blog/issues/comments/42"),
        "the same comment is updated"
    );

    let broken = ci.checkout();
    broken.write("main.tf", &MAIN.replace("retention_in_days = 30", "retention_in_days = 31"));
    assert_eq!(ci.github(&broken, "plan"), 1, "the check finds it, and there is no plan to comment on");
    assert!(ci.kept("comment").contains("2 to add"), "{}", ci.kept("comment"));
    broken.write("main.tf", "variable \"stage\" {\n  type = string\n}\n");
    assert_eq!(ci.github(&broken, "plan"), 1);
    assert!(ci.kept("comment").contains("### recon: the plan failed"), "{}", ci.kept("comment"));

    assert_eq!(ci.github(&ci.checkout(), "apply"), 0);
    assert!(ci.kept("bucket/default.tfstate").contains("/aws/lambda/posts"), "the state is in the bucket");
    assert_eq!(ci.github(&ci.checkout(), "drift"), 0);

    ci.delete_log_group();
    let night = ci.checkout();
    assert_eq!(ci.github(&night, "drift"), 2);
    let sarif: Json = serde_json::from_str(&night.read("drift.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "drift/deleted");
    assert!(
        night.read("summary").contains("`aws_cloudwatch_log_group.posts` **is gone**"),
        "{}",
        night.read("summary")
    );

    assert_eq!(ci.github(&ci.checkout(), "apply"), 0);
    assert_eq!(ci.github(&ci.checkout(), "drift"), 0, "the apply has set it back");
}

#[test]
fn the_gitlab_pipeline_plans_comments_applies_and_finds_drift() {
    let ci = Ci::new("gitlab-ci.yml");
    let request = ci.checkout();
    assert_eq!(ci.gitlab(&request, "plan"), 0);
    assert!(ci.kept("comment").contains("### recon: 2 to add"), "{}", ci.kept("comment"));
    assert!(ci.kept("calls").contains("--request POST --data-urlencode body@plan.md"), "{}", ci.kept("calls"));
    assert_eq!(ci.gitlab(&ci.checkout(), "plan"), 0);
    assert!(ci.kept("calls").contains("--request PUT --data-urlencode body@plan.md"), "the same note is updated");
    assert!(ci.kept("calls").contains("/merge_requests/7/notes/42"), "{}", ci.kept("calls"));

    assert_eq!(ci.gitlab(&ci.checkout(), "apply"), 0);
    assert_eq!(ci.gitlab(&ci.checkout(), "drift"), 0);
    ci.delete_log_group();
    let night = ci.checkout();
    assert_eq!(ci.gitlab(&night, "drift"), 2);
    let report = night.read("drift.xml");
    assert!(report.contains("tests=\"2\" failures=\"1\" errors=\"0\""), "{report}");
    assert!(report.contains("name=\"aws_cloudwatch_log_group.posts\""), "{report}");
    assert_eq!(ci.gitlab(&ci.checkout(), "apply"), 0);
    assert_eq!(ci.gitlab(&ci.checkout(), "drift"), 0, "the apply has set it back");
}

#[test]
fn what_was_changed_by_hand_is_accepted_and_the_configuration_can_follow() {
    let ci = Ci::new("gitlab-ci.yml");
    let folder = ci.checkout();
    let run = |command: &str| ci.step(&folder, command);
    run("recon apply -auto-approve").ends_with(0);
    ci.by_hand("PutRetentionPolicy", r#"{"logGroupName":"/aws/lambda/posts","retentionInDays":7}"#);

    let json: Json = serde_json::from_str(&run("recon drift -json || [ $? = 2 ]").ends_with(0).stdout).unwrap();
    let object = &json["objects"][0];
    assert_eq!((&object["address"], &object["line"]), (&json!("aws_cloudwatch_log_group.posts"), &json!(1)));
    assert_eq!(
        object["differences"][0],
        json!({"path": "retention_in_days", "state": 30, "live": 7, "sensitive": false})
    );
    for (form, says) in [
        ("text", "live:  7"),
        ("markdown", "30 -> 7"),
        ("junit", "state has 30, there is 7"),
        ("github", "::error file=main.tf,line=1"),
    ] {
        let told = run(&format!("recon drift -format={form}")).ends_with(2);
        assert!(told.stdout.contains(says), "{form}: {}", told.stdout);
    }
    run("recon drift -target=aws_dynamodb_table.posts -detailed-exitcode").ends_with(0);
    run("recon drift -accept=aws_dynamodb_table.posts").ends_with(1);

    let advice = run("recon drift -accept=aws_cloudwatch_log_group.posts").ends_with(0).stdout;
    assert!(advice.contains("main.tf line 3: retention_in_days is written as `30`\n    write `7`"), "{advice}");
    run("recon drift").ends_with(0);
    run("recon plan -detailed-exitcode").ends_with(2);
    folder.write("main.tf", &MAIN.replace("= 30", "= 7"));
    run("recon plan -detailed-exitcode").ends_with(0);

    ci.delete_log_group();
    let advice = run("recon drift -accept").ends_with(0).stdout;
    assert!(
        advice.contains("aws_cloudwatch_log_group.posts: dropped from state; the next apply makes it anew"),
        "{advice}"
    );
}
