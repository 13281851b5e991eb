//! Moves, imports and removals as people see them, and the options that narrow or widen a plan.

use super::Folder;

const BEFORE: &str = r#"
resource "terraform_data" "old" {
  input = 1
}
resource "terraform_data" "gone" {
  input = 2
}
"#;

const AFTER: &str = r#"
resource "terraform_data" "new" {
  input = 1
}
resource "terraform_data" "found" {}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
removed {
  from = terraform_data.gone
  lifecycle {
    destroy = false
  }
}
import {
  to = terraform_data.found
  id = "the-id"
}
"#;

#[test]
fn moves_imports_and_removals_are_shown_and_a_saved_plan_does_them() {
    let folder = Folder::with(BEFORE);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.write("main.tf", AFTER);
    let plan = folder.run(&["plan", "-detailed-exitcode", "-out=plan.json"]).ends_with(2);
    for line in [
        "# terraform_data.old has moved to terraform_data.new",
        "# will be imported from \"the-id\"",
        "Forget: no longer managed, not destroyed (1)",
        "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy, 1 to forget.",
    ] {
        assert!(plan.stdout.contains(line), "{line}\n{}", plan.stdout);
    }
    assert!(plan.stderr.contains("Some objects will no longer be managed"), "{}", plan.stderr);
    let apply = folder.run(&["apply", "plan.json"]).ends_with(0);
    let line = "Apply complete: 1 imported, 0 added, 0 changed, 0 destroyed, 1 forgotten.";
    assert!(apply.stdout.contains(line), "{}", apply.stdout);
    let plan = folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
    assert!(folder.read("state/default.tfstate").contains("the-id"));
    assert!(!folder.read("state/default.tfstate").contains("gone"));
}

#[test]
fn addresses_alone_are_a_change() {
    let folder = Folder::with("resource \"terraform_data\" \"it\" {}\n");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.write("main.tf", "resource \"terraform_data\" \"it\" {\n  count = 1\n}\n");
    let plan = folder.run(&["plan", "-detailed-exitcode"]).ends_with(2);
    assert!(plan.stdout.contains("# terraform_data.it has moved to terraform_data.it[0]"), "{}", plan.stdout);
    assert!(plan.stdout.contains("Only addresses change."), "{}", plan.stdout);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
}

#[test]
fn targets_and_replacements_are_taken_from_the_command_line_and_kept_in_a_saved_plan() {
    let folder = Folder::with(BEFORE);
    let plan = folder.run(&["plan", "-target=terraform_data.old", "-out=plan.json"]).ends_with(0);
    assert!(plan.stdout.contains("Plan: 1 to add"), "{}", plan.stdout);
    assert!(plan.stderr.contains("Resource targeting is in effect"), "{}", plan.stderr);
    let refused = folder.run(&["apply", "-target=terraform_data.gone", "plan.json"]).ends_with(1);
    assert!(refused.stderr.contains("Incompatible options"), "{}", refused.stderr);
    let apply = folder.run(&["apply", "plan.json"]).ends_with(0);
    assert!(apply.stderr.contains("Applied changes may be incomplete"), "{}", apply.stderr);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    let plan = folder.run(&["plan", "-replace=terraform_data.old"]).ends_with(0);
    assert!(plan.stdout.contains("# `-replace` asks for it"), "{}", plan.stdout);
    let plan = folder.run(&["destroy", "-auto-approve", "-target", "terraform_data.old"]).ends_with(0);
    assert!(plan.stdout.contains("Destroy complete: 0 added, 0 changed, 1 destroyed."), "{}", plan.stdout);
}

#[test]
fn addresses_that_are_none_are_refused() {
    let folder = Folder::with(BEFORE);
    for (option, summary) in [
        ("-target=terraform_data.a[", "Invalid target \"terraform_data.a[\""),
        ("-replace=module.m", "Invalid force-replace address \"module.m\""),
        ("-replace=data.x.y", "Invalid force-replace address \"data.x.y\""),
    ] {
        let plan = folder.run(&["plan", option]).ends_with(1);
        assert!(plan.stderr.contains(summary), "{}", plan.stderr);
    }
    for (options, summary) in [
        (["-destroy", "-replace=terraform_data.old"], "Unsupported plan mode"),
        (["-refresh-only", "-replace=terraform_data.old"], "Unsupported plan mode"),
        (["-refresh-only", "-destroy"], "Incompatible plan mode options"),
        (["-refresh-only", "-refresh=false"], "Incompatible refresh options"),
        (["-target=terraform_data.old", "-exclude=terraform_data.gone"], "Invalid combination of arguments"),
    ] {
        let plan = folder.run(&["plan", options[0], options[1]]).ends_with(1);
        assert!(plan.stderr.contains(summary), "{}", plan.stderr);
    }
}

#[test]
fn a_refresh_alone_changes_state_and_nothing_else() {
    let folder = Folder::with(&format!("{BEFORE}\noutput \"o\" {{ value = terraform_data.old.output }}\n"));
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    let plan = folder.run(&["plan", "-refresh-only", "-detailed-exitcode"]).ends_with(0);
    assert_eq!(plan.stdout, "No changes. What there is matches what state holds.\n");
    // What is new or gone in the configuration is left for another plan.
    folder.write("main.tf", "resource \"terraform_data\" \"new\" {}\noutput \"n\" { value = 1 }\n");
    let plan = folder.run(&["plan", "-refresh-only", "-detailed-exitcode"]).ends_with(2);
    assert!(plan.stdout.contains("Plan: state changes, and nothing else does."), "{}", plan.stdout);
    let apply = folder.run(&["apply", "-refresh-only", "-auto-approve"]).ends_with(0);
    assert!(apply.stdout.contains("0 added, 0 changed, 0 destroyed."), "{}", apply.stdout);
    assert_eq!(folder.run(&["output", "-raw", "n"]).ends_with(0).stdout, "1");
    assert!(folder.read("state/default.tfstate").contains("\"old\""));
}
