//! `taint`, `untaint`, `refresh` and `import`: what changes state alone.

use super::Folder;

const MAIN: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n\nresource \"terraform_data\" \"b\" {\n  for_each = toset([\"x\"])\n  input = terraform_data.a.output\n}\n";

fn applied() -> Folder {
    let folder = Folder::with(MAIN);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder
}

#[test]
fn a_marked_object_is_replaced_and_an_unmarked_one_is_kept() {
    let folder = applied();
    let answer = folder.run(&["taint", "terraform_data.b[\"x\"]"]).ends_with(0);
    assert_eq!(answer.stdout, "terraform_data.b[\"x\"] is marked; the next apply replaces it.\n");
    let plan = folder.run(&["plan", "-detailed-exitcode"]).ends_with(2);
    assert!(plan.stdout.contains("it is tainted: its creation was not finished, or it was marked"), "{}", plan.stdout);
    assert!(plan.stdout.contains("1 to add, 0 to change, 1 to destroy"), "{}", plan.stdout);
    folder.run(&["untaint", "terraform_data.b[\"x\"]"]).ends_with(0);
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    let again = folder.run(&["untaint", "terraform_data.b[\"x\"]"]).ends_with(1);
    assert!(again.stderr.contains("Resource instance is not tainted"), "{}", again.stderr);
}

#[test]
fn what_is_not_there_cannot_be_marked_unless_that_is_allowed() {
    let folder = applied();
    let answer = folder.run(&["taint", "terraform_data.c"]).ends_with(1);
    assert!(answer.stderr.contains("No such resource instance"), "{}", answer.stderr);
    assert!(answer.stderr.contains("terraform_data.a"), "the near one is named: {}", answer.stderr);
    folder.run(&["taint", "-allow-missing", "terraform_data.c"]).ends_with(0);
    for wrong in ["data.x.y", "terraform_data", "a b"] {
        assert!(folder.run(&["taint", wrong]).ends_with(1).stderr.contains("Invalid address"), "{wrong}");
    }
}

#[test]
fn refresh_changes_nothing_but_state() {
    let folder = applied();
    let answer = folder.run(&["refresh"]).ends_with(0);
    assert!(answer.stdout.contains("No changes"), "{}", answer.stdout);
    let wrong = folder.run(&["refresh", "-replace=terraform_data.a"]).ends_with(1);
    assert!(wrong.stderr.contains("Unsupported plan mode"), "{}", wrong.stderr);
}

#[test]
fn an_object_is_imported_to_a_block_that_has_none() {
    let folder = Folder::with(MAIN);
    let answer = folder.run(&["import", "terraform_data.a", "4b5f-1"]).ends_with(0);
    assert!(answer.stdout.starts_with("terraform_data.a: Imported [id=4b5f-1]\n"), "{}", answer.stdout);
    assert_eq!(answer.stderr, "", "nobody asked for a part of a plan");
    let shown = folder.run(&["state", "show", "terraform_data.a"]).ends_with(0);
    assert!(shown.stdout.contains("4b5f-1"), "{}", shown.stdout);
    assert_eq!(folder.run(&["state", "list"]).stdout, "terraform_data.a\n", "nothing else was made");
    let again = folder.run(&["import", "terraform_data.a", "4b5f-2"]).ends_with(1);
    assert!(again.stderr.contains("Resource already managed"), "{}", again.stderr);
}

#[test]
fn an_import_says_what_is_missing() {
    let folder = Folder::with(MAIN);
    let answer = folder.run(&["import", "terraform_data.c", "x"]).ends_with(1);
    assert!(answer.stderr.contains("Configuration for import target does not exist"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("import.tf"), "a file of our own is not shown: {}", answer.stderr);
    let wrong = folder.run(&["import", "data.x.y", "x"]).ends_with(1);
    assert!(wrong.stderr.contains("Invalid import address"), "{}", wrong.stderr);
    assert!(!folder.path().join("state/default.tfstate").exists(), "nothing was stored");
}
