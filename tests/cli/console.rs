//! `recon console`: expressions on a pipe, and lines of JSON.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value as Json, json};

use super::{Answer, Folder};

const MAIN: &str = r#"
variable "size" {
  type    = number
  default = 1
}

variable "required" {
  type = string
}

variable "secret" {
  type      = string
  sensitive = true
  default   = "hunter2"
}

locals {
  sum = var.size + 1
  all = [for k, v in terraform_data.each : v.output]
}

resource "terraform_data" "one" {
  input = { size = var.size }
}

resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = each.key
}

module "inner" {
  source = "./inner"
  given  = terraform_data.one.output
}
"#;

const INNER: &str = "variable \"given\" {}\noutput \"back\" {\n  value = var.given\n}\n";

fn folder() -> Folder {
    let folder = Folder::with(MAIN);
    std::fs::create_dir(folder.path().join("inner")).unwrap();
    folder.write("inner/main.tf", INNER);
    folder
}

fn fed(folder: &Folder, arguments: &[&str], input: &str) -> Answer {
    let mut command = folder.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Answer::from(child.wait_with_output().unwrap())
}

fn asked(folder: &Folder, input: &str) -> String {
    let answer = fed(folder, &["console"], input).ends_with(0);
    assert_eq!(answer.stderr, "", "{input}");
    answer.stdout
}

#[test]
fn configuration_and_state_are_visible() {
    let folder = folder();
    assert_eq!(asked(&folder, "local.sum\n"), "2\n");
    assert_eq!(asked(&folder, "terraform_data.one\n"), "(known after apply)\n");
    assert_eq!(asked(&folder, "var.required\n"), "(known after apply)\n");
    folder.run(&["apply", "-auto-approve", "-var", "required=x"]).ends_with(0);
    assert_eq!(asked(&folder, "terraform_data.one.output\n"), "{\n  \"size\" = 1\n}\n");
    assert_eq!(asked(&folder, "local.all"), "[\n  \"a\",\n  \"b\",\n]\n");
    assert_eq!(asked(&folder, "module.inner.back.size\n"), "1\n");
    assert_eq!(asked(&folder, "var.secret\n"), "(sensitive value)\n");
    assert_eq!(asked(&folder, "type(terraform_data.each[\"a\"].id)\n"), "string\n");
    let given = fed(&folder, &["console", "-var", "size=5"], "[local.sum, terraform_data.one.output.size]\n");
    assert_eq!(given.ends_with(0).stdout, "[\n  6,\n  1,\n]\n");
    let planned =
        fed(&folder, &["console", "-plan", "-var", "size=5", "-var", "required=x"], "terraform_data.one.input\n");
    assert_eq!(planned.ends_with(0).stdout, "{\n  \"size\" = 5\n}\n");
}

#[test]
fn a_pipe_gives_the_last_result_and_ends_at_the_first_mistake() {
    let folder = Folder::with("");
    assert_eq!(asked(&folder, "1\n2\n"), "2\n");
    assert_eq!(asked(&folder, "[\n  1,\n  2,\n]\n"), "[\n  1,\n  2,\n]\n");
    assert_eq!(asked(&folder, "<<EOT\na\nEOT\n"), "<<EOT\na\n\nEOT\n");
    assert_eq!(asked(&folder, "tolist([1])\n"), "tolist([\n  1,\n])\n");
    assert_eq!(asked(&folder, "1\nexit\n"), "");
    let failed = fed(&folder, &["console"], "1\nvar.nope\n3\n").ends_with(1);
    assert_eq!(failed.stdout, "");
    assert!(failed.stderr.contains("Reference to undeclared input variable"), "{}", failed.stderr);
    assert!(fed(&folder, &["console"], "[1\n").ends_with(1).stderr.starts_with("Error: "));
    assert!(fed(&folder, &["console"], "[type(1)]\n").ends_with(1).stderr.contains("Invalid use of type function"));
}

#[test]
fn a_folder_without_configuration_will_do() {
    let folder = Folder::with("");
    std::fs::remove_file(folder.path().join("main.tf")).unwrap();
    assert_eq!(asked(&folder, "upper(\"a\")\n"), "\"A\"\n");
}

fn replies(folder: &Folder, requests: &[Json]) -> Vec<Json> {
    let input: String = requests.iter().map(|request| format!("{request}\n")).collect();
    let answer = fed(folder, &["console", "-json"], &input).ends_with(0);
    assert_eq!(answer.stderr, "");
    answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_line_of_json_gets_its_answer() {
    let folder = folder();
    let expr = |text: &str| json!({"expr": text});
    let replies = replies(
        &folder,
        &[
            expr("[1, \"a\"]"),
            expr("var.secret"),
            expr("[terraform_data.one, 1]"),
            expr("terraform_data.one"),
            expr("1 +"),
            json!([1]),
            expr("1 / 0"),
            expr("nope(1)"),
        ],
    );
    assert_eq!(replies[0], json!({"value": [1, "a"], "type": "tuple([number,string])"}));
    assert_eq!(replies[1], json!({"value": "hunter2", "type": "string", "sensitive": true}));
    assert_eq!(replies[2], json!({"value": [null, 1], "type": "tuple([dynamic,number])", "unknown": ["[0]"]}));
    assert_eq!(replies[3], json!({"type": "dynamic", "unknown": true}));
    for reply in &replies[4..] {
        assert!(reply["error"]["summary"].is_string() && reply["error"]["detail"].is_string(), "{reply}");
    }
    assert_eq!(replies[7]["error"]["summary"], "Call to unknown function");
    let broken = fed(&folder, &["console", "-json"], "{\n\n\u{7f}\n{\"expr\":\"1\"}").ends_with(0).stdout;
    let lines: Vec<&str> = broken.lines().collect();
    assert_eq!(lines.len(), 3, "{broken}");
    assert_eq!(lines[2], "{\"value\":1,\"type\":\"number\"}");
}

#[test]
fn the_corpus_has_its_results_in_one_conversation() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/corpus");
    let text = std::fs::read_to_string(corpus.join("expressions.jsonl")).unwrap();
    let cases: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_recon"));
    command.args(["console", "-json"]).current_dir(corpus.join("fixtures"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let requests: String = cases.iter().map(|case| format!("{}\n", json!({"expr": case["expr"]}))).collect();
    let writer = std::thread::spawn(move || input.write_all(requests.as_bytes()));
    let answer = Answer::from(child.wait_with_output().unwrap()).ends_with(0);
    writer.join().unwrap().unwrap();
    assert_eq!(answer.stdout.lines().count(), cases.len());
    let differs = |(case, line): &(&Json, &str)| {
        let reply: Json = serde_json::from_str(line).unwrap();
        match case["error"] == true {
            true => reply.get("error").is_none(),
            false => reply["type"] != case["type"] || reply.get("value").is_none() || reply.get("unknown").is_some(),
        }
    };
    let wrong: Vec<String> = cases
        .iter()
        .zip(answer.stdout.lines())
        .filter(differs)
        .map(|(case, line)| format!("{}: {}\n    {line}", case["id"], case["expr"]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
