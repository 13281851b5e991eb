//! `recon show`: states and plans, for people and for programs; and the events of `-json`.

use serde_json::{Value as Json, json};

use super::Folder;

const MAIN: &str = r#"
variable "size" {
  type    = number
  default = 1
}

variable "password" {
  type      = string
  sensitive = true
  default   = "hunter2"
}

resource "terraform_data" "x" {
  for_each = { a = var.size }
  input    = each.value
}

module "m" {
  source = "./m"
  secret = var.password
}

output "size" {
  value = terraform_data.x["a"].output
}

output "secret" {
  value     = var.password
  sensitive = true
}
"#;

const MODULE: &str = r#"
variable "secret" {
  type = string
}

resource "terraform_data" "y" {
  input = { open = "yes", secret = var.secret }
}
"#;

fn folder() -> Folder {
    let folder = Folder::with(MAIN);
    std::fs::create_dir(folder.path().join("m")).unwrap();
    folder.write("m/main.tf", MODULE);
    folder
}

fn json(folder: &Folder, arguments: &[&str]) -> Json {
    serde_json::from_str(&folder.run(arguments).ends_with(0).stdout).unwrap()
}

#[test]
fn a_plan_has_terraforms_form() {
    let folder = folder();
    folder.run(&["plan", "-out=plan.json", "-var=size=3"]).ends_with(0);
    let plan = json(&folder, &["show", "-json", "plan.json"]);
    assert_eq!(plan["format_version"], "1.2");
    assert_eq!(plan["variables"], json!({"password": {"value": "hunter2"}, "size": {"value": "3"}}));
    let change = &plan["resource_changes"][0];
    assert_eq!(change["address"], r#"terraform_data.x["a"]"#);
    assert_eq!(change["index"], "a");
    assert_eq!(change["change"]["actions"], json!(["create"]));
    assert_eq!(change["change"]["after"], json!({"input": 3, "triggers_replace": null}));
    assert_eq!(change["change"]["after_unknown"], json!({"id": true, "output": true}));
    let change = &plan["resource_changes"][1];
    assert_eq!(change["module_address"], "module.m");
    assert_eq!(change["change"]["after"]["input"], json!({"open": "yes", "secret": "hunter2"}));
    assert_eq!(change["change"]["after_sensitive"]["input"], json!({"secret": true}));
    assert_eq!(plan["output_changes"]["size"]["after_unknown"], true);
    assert_eq!(plan["output_changes"]["secret"]["after_sensitive"], true);
    let planned = &plan["planned_values"]["root_module"];
    assert_eq!(planned["child_modules"][0]["resources"][0]["address"], "module.m.terraform_data.y");
    let configuration = &plan["configuration"]["root_module"];
    assert_eq!(configuration["resources"][0]["expressions"]["input"], json!({"references": ["each.value"]}));
    assert_eq!(configuration["module_calls"]["m"]["expressions"]["secret"], json!({"references": ["var.password"]}));
    assert_eq!(configuration["module_calls"]["m"]["source"], "./m");
    assert_eq!((&plan["applyable"], &plan["complete"], &plan["errored"]), (&json!(true), &json!(true), &json!(false)));
    assert!(plan.get("prior_state").is_none());

    let text = folder.run(&["show", "plan.json"]).ends_with(0).stdout;
    assert!(text.contains("Plan: 2 to add, 0 to change, 0 to destroy.") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_second_plan_says_what_there_was_and_why() {
    let folder = folder();
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.write("main.tf", &MAIN.replace("{ a = var.size }", "{ b = var.size }").replace("\"a\"", "\"b\""));
    folder.run(&["plan", "-out=plan.json"]).ends_with(0);
    let plan = json(&folder, &["show", "-json", "plan.json"]);
    let changes = plan["resource_changes"].as_array().unwrap();
    let told: Vec<_> = changes.iter().map(|c| (&c["address"], &c["change"]["actions"], &c["action_reason"])).collect();
    assert_eq!(
        json!(told),
        json!([
            [r#"terraform_data.x["a"]"#, ["delete"], "delete_because_each_key"],
            [r#"terraform_data.x["b"]"#, ["create"], null],
            ["module.m.terraform_data.y", ["no-op"], null],
        ])
    );
    assert_eq!(changes[0]["change"]["after"], Json::Null);
    let prior = &plan["prior_state"]["values"];
    assert_eq!(prior["outputs"]["size"], json!({"sensitive": false, "value": 1, "type": "number"}));
    assert_eq!(prior["root_module"]["resources"][0]["values"]["input"], 1);
}

#[test]
fn a_state_has_terraforms_form() {
    let folder = folder();
    assert_eq!(json(&folder, &["show", "-json"]), json!({"format_version": "1.0"}));
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    let state = json(&folder, &["show", "-json"]);
    assert_eq!(state["values"]["outputs"]["secret"], json!({"sensitive": true, "value": "hunter2", "type": "string"}));
    let module = &state["values"]["root_module"]["child_modules"][0];
    assert_eq!(module["address"], "module.m");
    assert_eq!(module["resources"][0]["values"]["input"], json!({"open": "yes", "secret": "hunter2"}));
    assert_eq!(module["resources"][0]["sensitive_values"]["input"], json!({"secret": true}));
    assert_eq!(json(&folder, &["show", "-json", "state/default.tfstate"]), state);

    let text = folder.run(&["show"]).ends_with(0).stdout;
    assert!(text.contains("module.m.terraform_data.y\n"), "{text}");
    assert!(text.contains("open") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_secret_that_a_plan_file_lacks_must_be_given_again() {
    let folder = folder();
    folder.run(&["plan", "-out=plan.json", "-var=password=tr0ub4dor"]).ends_with(0);
    let refused = folder.run(&["show", "-json", "plan.json"]).ends_with(1);
    assert!(refused.stderr.contains("Sensitive variable missing"), "{}", refused.stderr);
    let plan = json(&folder, &["show", "-json", "-var=password=tr0ub4dor", "plan.json"]);
    assert_eq!(plan["variables"]["password"]["value"], "tr0ub4dor");
    folder.write("other.json", "{\"a\": 1}");
    let refused = folder.run(&["show", "other.json"]).ends_with(1);
    assert!(refused.stderr.contains("Unreadable plan file"), "{}", refused.stderr);
}

#[test]
fn events_tell_a_plan_and_an_apply() {
    let folder = folder();
    let events = |arguments: &[&str], code: i32| -> Vec<Json> {
        let stdout = folder.run(arguments).ends_with(code).stdout;
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let types = |events: &[Json]| json!(events.iter().map(|event| &event["type"]).collect::<Vec<_>>());
    let planned = events(&["plan", "-json"], 0);
    assert_eq!(types(&planned), json!(["version", "planned_change", "planned_change", "change_summary", "outputs"]));
    assert_eq!(planned[3]["changes"], json!({"add": 2, "change": 0, "import": 0, "remove": 0, "operation": "plan"}));
    assert_eq!(planned[4]["outputs"]["secret"], json!({"sensitive": true, "action": "create"}));

    let refused = events(&["apply", "-json"], 1);
    assert_eq!(refused.last().unwrap()["diagnostic"]["summary"], "Plan file or auto-approve required");

    let applied = events(&["apply", "-json", "-auto-approve"], 0);
    let of = |ty: &str| applied.iter().filter(|event| event["type"] == ty).count();
    assert_eq!((of("apply_start"), of("apply_complete"), of("change_summary")), (2, 2, 2));
    let outputs = &applied.last().unwrap()["outputs"];
    assert_eq!(outputs["size"], json!({"sensitive": false, "type": "number", "value": 1}));
    assert_eq!(outputs["secret"], json!({"sensitive": true, "type": "string"}));

    folder.write("main.tf", "output \"x\" {\n  value = var.nope\n}\n");
    let failed = events(&["plan", "-json"], 1);
    let problem = &failed.last().unwrap()["diagnostic"];
    assert_eq!((&problem["severity"], &problem["range"]["start"]["line"]), (&json!("error"), &json!(2)));
}
