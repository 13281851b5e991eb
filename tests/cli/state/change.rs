//! `mv`, `rm` and `replace-provider`.

use serde_json::{Value as Json, json};

use super::{STATE, assert_untouched, listed, refused, stored, taken_over};

fn dependencies(state: &Json, name: &str) -> Json {
    let resources = state["resources"].as_array().unwrap();
    let found = resources.iter().find(|resource| resource["name"] == name && resource["module"].is_null()).unwrap();
    found["instances"][0]["dependencies"].clone()
}

#[test]
fn an_object_moves_with_the_names_of_what_depends_on_it() {
    let folder = taken_over();
    let said = folder.run(&["state", "mv", "terraform_data.a", "terraform_data.b[0]"]).ends_with(0);
    assert_eq!(said.stdout, "Move \"terraform_data.a\" to \"terraform_data.b[0]\"\nSuccessfully moved 1 object(s).\n");
    assert_eq!(said.stderr, "");
    let state = stored(&folder);
    let before: Json = serde_json::from_str(STATE).unwrap();
    assert_eq!(dependencies(&before, "f"), json!(["terraform_data.a"]));
    assert_eq!(dependencies(&state, "f"), json!(["terraform_data.b"]));
    assert_eq!(state["lineage"], before["lineage"]);
    assert_eq!(state["serial"], 12);
    assert_eq!(folder.read("terraform.tfstate.backup"), STATE);
    assert!(!folder.path().join("terraform.tfstate.lock").exists());
    // Back again, and nothing is left to do.
    folder.run(&["state", "mv", "terraform_data.b[0]", "terraform_data.a"]).ends_with(0);
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
}

#[test]
fn resources_and_modules_move_as_a_whole() {
    let folder = taken_over();
    let moved = |from: &str, to: &str| folder.run(&["state", "mv", from, to]).ends_with(0).stdout;
    assert!(moved("terraform_data.c", "module.s.terraform_data.c").ends_with("Successfully moved 2 object(s).\n"));
    assert!(moved("module.s", "module.t[\"x\"]").ends_with("Successfully moved 4 object(s).\n"));
    assert!(moved("module.m", "module.q").ends_with("Successfully moved 4 object(s).\n"));
    assert_eq!(
        listed(&folder),
        "\
terraform_data.a
terraform_data.f[\"k.1\"]
module.q[0].terraform_data.in
module.q[1].terraform_data.in
module.t[\"x\"].terraform_data.c[0]
module.t[\"x\"].terraform_data.c[1]
module.t[\"x\"].terraform_data.in
module.q[0].module.n.terraform_data.deep
module.q[1].module.n.terraform_data.deep
module.t[\"x\"].module.n.terraform_data.deep
"
    );
}

#[test]
fn a_trial_says_what_would_be_done_and_does_nothing() {
    let folder = taken_over();
    let said = folder.run(&["state", "mv", "-dry-run", "module.s", "module.t"]).ends_with(0).stdout;
    assert_eq!(
        said,
        "Would move \"module.s.terraform_data.in\" to \"module.t.terraform_data.in\"\n\
         Would move \"module.s.module.n.terraform_data.deep\" to \"module.t.module.n.terraform_data.deep\"\n"
    );
    let said = folder.run(&["state", "rm", "-dry-run", "terraform_data.c", "terraform_data.a"]).ends_with(0).stdout;
    assert_eq!(
        said,
        "Would remove terraform_data.a\nWould remove terraform_data.c[0]\nWould remove terraform_data.c[1]\n"
    );
    refused(&folder, &["state", "rm", "-dry-run", "terraform_data.nope"], "Unknown resource");
    assert_untouched(&folder);
}

#[test]
fn what_cannot_be_moved_stays_and_the_reason_is_told() {
    let folder = taken_over();
    for (from, to, why) in [
        ("terraform_data.nope", "terraform_data.x", "does not match anything in the state"),
        ("terraform_data.a", "terraform_data.c[0]", "already something at `terraform_data.c[0]`"),
        ("terraform_data.a", "terraform_data.a", "already something"),
        ("terraform_data.c", "terraform_data.d[0]", "a whole resource with several instances"),
        ("terraform_data.a", "null_resource.a", "not of the same resource type"),
        ("terraform_data.a", "data.terraform_data.a", "not of the same resource type"),
        ("module.m[0]", "module.m[1]", "already something"),
        ("module.s", "terraform_data.x", "`module.s` is a module"),
        ("terraform_data.a", "module.x", "`module.x` is one"),
        ("bad..x", "terraform_data.x", "is not a resource address"),
    ] {
        refused(&folder, &["state", "mv", from, to], why);
    }
    let both = refused(&folder, &["state", "mv", "bad..x", "module."], "Invalid address");
    assert!(both.stderr.contains("Found 2 errors."), "{}", both.stderr);
    refused(&folder, &["state", "mv", "terraform_data.a"], "`recon state mv` needs <DESTINATION>.");
    assert_untouched(&folder);
}

#[test]
fn what_is_removed_is_only_forgotten() {
    let folder = taken_over();
    let said = folder.run(&["state", "rm", "module.m[0]", "module.m[0].terraform_data.in", "terraform_data.c"]);
    assert_eq!(
        said.ends_with(0).stdout,
        "\
Removed terraform_data.c[0]
Removed terraform_data.c[1]
Removed module.m[0].terraform_data.in
Removed module.m[0].module.n.terraform_data.deep
Successfully removed 4 resource instance(s).
"
    );
    assert_eq!(folder.read("terraform.tfstate.backup"), STATE);
    let plan = folder.run(&["plan"]).ends_with(0);
    assert!(plan.stdout.contains("Plan: 4 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
}

#[test]
fn one_wrong_address_keeps_the_others_from_being_removed() {
    let folder = taken_over();
    let said =
        refused(&folder, &["state", "rm", "terraform_data.a", "terraform_data.nope", "module.nope"], "Unknown module");
    assert!(said.stderr.contains("Found 2 errors."), "{}", said.stderr);
    refused(&folder, &["state", "rm", "terraform_data.a", "bad..x"], "Invalid address");
    refused(&folder, &["state", "rm"], "`recon state rm` needs <ADDRESS>...");
    assert_untouched(&folder);
}

#[test]
fn a_provider_is_replaced_when_that_is_confirmed() {
    let folder = taken_over();
    let provider = "terraform.io/builtin/terraform";
    let asked = folder.run(&["state", "replace-provider", provider, "registry.acme.corp/acme/foo"]).ends_with(1);
    assert!(asked.stdout.contains("The provider of 9 resources is replaced:"), "{}", asked.stdout);
    assert!(asked.stderr.contains("Confirmation needed"), "{}", asked.stderr);
    assert_untouched(&folder);
    let done = folder.run(&["state", "replace-provider", "-auto-approve", provider, "registry.acme.corp/acme/foo"]);
    assert!(done.ends_with(0).stdout.ends_with("\nSuccessfully replaced provider for 9 resources.\n"));
    let state = stored(&folder);
    assert_eq!(state["resources"][0]["provider"], "provider[\"registry.acme.corp/acme/foo\"]");
    let none = folder.run(&["state", "replace-provider", "hashicorp/aws", "acme/aws"]).ends_with(0);
    assert_eq!(none.stdout, "No matching resources found.\n");
    let older = ["state", "replace-provider", "registry.terraform.io/-/aws", "hashicorp/aws"];
    assert_eq!(folder.run(&older).ends_with(0).stdout, "No matching resources found.\n");
    let wrong = refused(&folder, &["state", "replace-provider", "bad//x", "a/b/c/d"], "Invalid \"from\" provider");
    assert!(wrong.stderr.contains("Invalid \"to\" provider"), "{}", wrong.stderr);
}

#[test]
fn what_terraform_keeps_for_itself_stays() {
    let folder = taken_over();
    let mut state: Json = serde_json::from_str(STATE).unwrap();
    state["resources"][0]["instances"][0]["private"] = "bnVsbA==".into();
    state["resources"][0]["instances"][0]["identity_schema_version"] = 1.into();
    state["resources"][0]["instances"][0]["identity"] = json!({"arn": "x"});
    state["later"] = json!({"x": 1});
    let mut aside = state["resources"][0]["instances"][0].clone();
    aside["deposed"] = "0a1b2c3d".into();
    state["resources"][0]["instances"].as_array_mut().unwrap().push(aside);
    folder.write("terraform.tfstate", &state.to_string());
    folder.run(&["state", "mv", "terraform_data.a", "terraform_data.b"]).ends_with(0);
    let after = stored(&folder);
    let moved = &after["resources"][0];
    assert_eq!(moved["name"], "b");
    assert_eq!(moved["instances"], state["resources"][0]["instances"]);
    assert_eq!(after["later"], json!({"x": 1}));
}
