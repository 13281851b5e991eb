//! States of Terraform before 0.12 are read as they are, and written in the present form at the next write.

use serde_json::{Value as Json, json};

use super::{refused, stored};
use crate::cli::Folder;

const MAIN: &str = r#"
variable "size" {
  type    = string
  default = "1"
}

resource "terraform_data" "x" {
  input = var.size
}

resource "terraform_data" "y" {
  count = 2
  input = terraform_data.x.output
}

module "m" {
  source = "./m"
}

output "size" {
  value = terraform_data.x.output
}
"#;

fn object(id: &str, input: &str) -> Json {
    let attributes = json!({"id": id, "input": input, "output": input});
    json!({"id": id, "attributes": attributes, "meta": {"e2bfb730": {"create": 5}}, "tainted": false})
}

fn version_3() -> Json {
    let resource = |id: &str, input: &str, depends: &[&str]| {
        json!({
            "type": "terraform_data", "depends_on": depends, "primary": object(id, input), "deposed": [],
            "provider": "provider.terraform",
        })
    };
    json!({
        "version": 3,
        "terraform_version": "0.11.14",
        "serial": 4,
        "lineage": "1b2c",
        "modules": [
            {
                "path": ["root"],
                "outputs": {
                    "size": {"sensitive": false, "type": "string", "value": "1"},
                    "all": {"sensitive": true, "type": "list", "value": ["a", "b"]},
                },
                "resources": {
                    "terraform_data.x": resource("1", "1", &[]),
                    "terraform_data.y.0": resource("2", "1", &["terraform_data.x", "module.m", "local.z"]),
                    "terraform_data.y.1": resource("3", "1", &["terraform_data.x"]),
                },
                "depends_on": [],
            },
            {
                "path": ["root", "m"],
                "outputs": {},
                "resources": {"terraform_data.inner": resource("4", "deep", &[])},
                "depends_on": [],
            },
        ],
    })
}

fn folder(state: &Json) -> Folder {
    let folder = Folder::with(MAIN);
    std::fs::create_dir(folder.path().join("m")).unwrap();
    folder.write("m/main.tf", "resource \"terraform_data\" \"inner\" {\n  input = \"deep\"\n}\n");
    folder.write("terraform.tfstate", &state.to_string());
    folder
}

#[test]
fn a_state_of_version_3_is_planned_and_applied_from() {
    let folder = folder(&version_3());
    assert_eq!(
        folder.run(&["state", "list"]).ends_with(0).stdout,
        "terraform_data.x\nterraform_data.y[0]\nterraform_data.y[1]\nmodule.m.terraform_data.inner\n"
    );
    let plan = folder.run(&["plan", "-detailed-exitcode"]);
    // The output that is not in the configuration goes; the objects are as they were.
    assert!(!plan.stdout.contains("terraform_data"), "{}", plan.stdout);
    assert_eq!(folder.run(&["output", "size"]).ends_with(0).stdout, "\"1\"\n");
    assert_eq!(folder.run(&["output", "all"]).ends_with(0).stdout, "(sensitive value)\n");
    assert_eq!(folder.run(&["output", "-json", "all"]).ends_with(0).stdout, "[\"a\",\"b\"]\n");
    let show = folder.run(&["state", "show", "terraform_data.x"]).ends_with(0).stdout;
    assert!(show.contains("    input  = \"1\"\n"), "{show}");
    assert!(folder.run(&["show", "-json"]).ends_with(0).stdout.contains("\"input\":\"deep\""));
    assert!(folder.run(&["show", "terraform.tfstate"]).ends_with(0).stdout.contains("module.m.terraform_data.inner"));
    assert_eq!(folder.read("terraform.tfstate"), version_3().to_string(), "looking changes nothing");

    let apply = folder.run(&["apply", "-auto-approve", "-var=size=2"]).ends_with(0);
    assert!(apply.stdout.contains("0 added, 3 changed, 0 destroyed"), "{}", apply.stdout);
    let state = stored(&folder);
    assert_eq!((&state["version"], &state["serial"], &state["lineage"]), (&json!(4), &json!(5), &json!("1b2c")));
    assert_eq!(folder.read("terraform.tfstate.backup"), version_3().to_string());
    let instance = |index: usize| state["resources"][index]["instances"][0].clone();
    assert_eq!(instance(0)["attributes"]["output"], json!({"value": "2", "type": "string"}));
    assert_eq!(instance(0)["attributes_flat"], Json::Null);
    let inner = state["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == "inner").unwrap();
    assert_eq!(inner["instances"][0]["attributes"]["input"], json!({"value": "deep", "type": "string"}));
    assert!(!folder.read("terraform.tfstate").contains("attributes_flat"));
    assert_eq!(inner["instances"][0]["private"], "eyJlMmJmYjczMCI6eyJjcmVhdGUiOjV9fQ==");
    assert_eq!(inner["provider"], "provider[\"terraform.io/builtin/terraform\"]");
    folder.run(&["plan", "-detailed-exitcode", "-var=size=2"]).ends_with(0);
}

#[test]
fn what_depended_on_what_is_kept() {
    let folder = folder(&version_3());
    let pulled = folder.run(&["state", "pull"]).ends_with(0).stdout;
    let state: Json = serde_json::from_str(&pulled).unwrap();
    let y = state["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == "y").unwrap();
    assert_eq!(y["instances"][0]["dependencies"], json!(["terraform_data.x"]));
    assert_eq!(y["instances"][1]["index_key"], 1);
    assert_eq!(state["outputs"]["all"]["type"], json!(["list", "string"]));
    assert!(folder.run(&["plan", "-destroy"]).ends_with(0).stdout.contains("4 to destroy"));
}

#[test]
fn a_state_of_version_1_has_always_the_same_lineage() {
    let aside = json!({"id": "5", "attributes": {"id": "5", "l.#": "1", "l.0": "v", "tags.#": "1", "tags.k": "v"}});
    let resources = json!({"terraform_data.x": {
        "type": "terraform_data", "primary": object("1", "1"), "tainted": [aside],
    }});
    let state = json!({
        "version": 1, "serial": 4,
        "modules": [{"path": ["root"], "outputs": {"size": "1"}, "resources": resources}],
    });
    let folder = folder(&state);
    let pulled = folder.run(&["state", "pull"]).ends_with(0).stdout;
    assert_eq!(folder.run(&["state", "pull"]).ends_with(0).stdout, pulled);
    let state: Json = serde_json::from_str(&pulled).unwrap();
    assert_eq!(state["lineage"].as_str().unwrap().len(), 36);
    let aside = &state["resources"][0]["instances"][1];
    assert_eq!(aside["deposed"], "00000001");
    assert_eq!(aside["attributes_flat"], json!({"id": "5", "l.#": "1", "l.0": "v", "tags.%": "1", "tags.k": "v"}));
    folder.run(&["state", "rm", "terraform_data.x"]).ends_with(0);
    assert_eq!(stored(&folder)["lineage"], state["lineage"]);
}

#[test]
fn what_is_wrong_in_an_old_state_is_named_by_its_place() {
    let wrong = |pointer: &str, value: Json, wanted: &str| {
        let mut state = version_3();
        *state.pointer_mut(pointer).unwrap() = value;
        let answer = refused(&folder(&state), &["state", "list"], "Unreadable state");
        let said = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(wanted), "{pointer}: {said}");
    };
    wrong("/modules", json!({}), "`modules`: an array is required");
    wrong("/serial", json!("x"), "`serial`: a whole number is required");
    let primary = "/modules/0/resources/terraform_data.x/primary";
    wrong(primary, json!(7), "`modules[0].resources.terraform_data.x.primary`: an object is required");
    wrong(&format!("{primary}/attributes/id"), json!(7), "primary.attributes.id`: a string is required");
    wrong("/modules/0/resources/terraform_data.x/provider", json!("provider.${x}"), "no name of a provider");
    wrong("/modules/1/path/1", json!(7), "`modules[1].path[1]`: a string is required");
}

#[test]
fn the_first_releases_of_version_4_are_read() {
    let instance = json!({
        "schema_version": 0,
        "attributes": {"id": "1", "input": {"value": "1", "type": "string"}, "output": {"value": "1", "type": "string"},
            "triggers_replace": null},
        "depends_on": ["module.m", "terraform_data.y", "local.z"],
    });
    let state = json!({
        "version": 4, "terraform_version": "0.12.0", "serial": 1, "lineage": "l", "outputs": {},
        "resources": [{"mode": "managed", "type": "terraform_data", "name": "x", "each": "single",
            "provider": "provider.terraform", "instances": [instance]}],
    });
    let folder = folder(&state);
    let plan = folder.run(&["plan"]).ends_with(0);
    assert!(plan.stdout.contains("Plan: 3 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    folder.run(&["state", "mv", "terraform_data.x", "terraform_data.z"]).ends_with(0);
    let after = stored(&folder);
    assert_eq!(after["resources"][0]["instances"][0]["dependencies"], json!(["terraform_data.y"]));
}

#[test]
fn a_state_of_a_newer_program_is_read_if_its_version_is_4_and_refused_otherwise() {
    let mut state = version_3();
    state["version"] = json!(5);
    let answer = refused(&folder(&state), &["plan"], "Unsupported state version");
    assert!(answer.stderr.contains("recon reads versions 1 to 4"), "{}", answer.stderr);
    let state = json!({
        "version": 4, "terraform_version": "9.9.9", "serial": 1, "lineage": "l", "outputs": {}, "resources": [],
        "later": {"kept": true},
    });
    let folder = folder(&state);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert_eq!(
        (&stored(&folder)["terraform_version"], &stored(&folder)["later"]["kept"]),
        (&json!("9.9.9"), &json!(true))
    );
}

#[test]
fn another_version_of_a_schema_is_read_as_far_as_it_fits() {
    let state = |input: Json| {
        json!({
            "version": 4, "terraform_version": "1.5.0", "serial": 1, "lineage": "l", "outputs": {},
            "resources": [{"mode": "managed", "type": "terraform_data", "name": "inner", "module": "module.m",
                "provider": "provider[\"terraform.io/builtin/terraform\"]",
                "instances": [{"schema_version": 7, "attributes": {"id": "1", "input": input, "output": input, "later": 1}}]}],
        })
    };
    let fits = folder(&state(json!({"value": "deep", "type": "string"})));
    let plan = fits.run(&["plan"]).ends_with(0);
    assert!(!plan.stdout.contains("inner"), "{}", plan.stdout);
    fits.run(&["apply", "-auto-approve"]).ends_with(0);
    let after = stored(&fits);
    let inner = after["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == "inner").unwrap();
    assert_eq!(inner["instances"][0]["attributes"]["later"], 1, "what recon does not have is kept");

    let other = folder(&state(json!("deep")));
    let told = refused(&other, &["plan"], "Unreadable object in state");
    let said = told.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("input: a value with its type is required"), "{said}");
    assert!(
        said.contains("stored with version 7 of the schema of `terraform_data`, and recon has version 0"),
        "{said}"
    );
}
