//! Files in JSON syntax, override files, and what counts as a file.

use super::Folder;

#[test]
fn a_project_in_json_has_a_life() {
    let folder = Folder::with("");
    std::fs::remove_file(folder.path().join("main.tf")).unwrap();
    folder.write(
        "main.tf.json",
        r#"{
  "//": "one of each",
  "variable": {"size": {"type": "number", "default": 1}},
  "locals": {"text": "size ${var.size}"},
  "resource": {"terraform_data": {
    "a": {"input": {"text": "${local.text}", "${local.text}": "as it is: $${x}"}},
    "b": {"count": 2, "input": "${terraform_data.a.output[local.text]}", "depends_on": ["terraform_data.a"],
          "lifecycle": {"ignore_changes": ["triggers_replace"], "create_before_destroy": true}}
  }},
  "output": {"all": {"value": "${terraform_data.b[*].output}"}},
  "moved": {"from": "terraform_data.old", "to": "terraform_data.a"}
}"#,
    );
    folder.write("extra_override.tf.json", r#"{"variable": {"size": {"default": 2}}}"#);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    let all = folder.run(&["output", "-json", "all"]).ends_with(0).stdout;
    assert_eq!(all.split_whitespace().collect::<String>(), r#"["asitis:${x}","asitis:${x}"]"#);
    folder.write("terraform.tfvars.json", r#"{"size": 3}"#);
    let plan = folder.run(&["plan"]).ends_with(0);
    assert!(plan.stdout.contains("Plan: 0 to add, 3 to change, 0 to destroy."), "{}", plan.stdout);
}

#[test]
fn a_mistake_inside_a_json_string_is_shown_at_its_place() {
    let folder = Folder::with("");
    folder.write("x.tf.json", "{\n  \"output\": {\"o\": {\"value\": \"a \\n ${local.gone}\"}}\n}\n");
    let answer = folder.run(&["validate", "-json"]).ends_with(1);
    let said: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let place = &said["diagnostics"][0]["range"];
    assert_eq!((place["start"]["line"].as_i64(), place["start"]["column"].as_i64()), (Some(2), Some(37)), "{said:#}");
    assert_eq!(place["end"]["column"].as_i64(), Some(47));
}

#[test]
fn an_empty_folder_is_valid_but_no_reason_to_delete_everything() {
    let folder = Folder::with("resource \"terraform_data\" \"x\" {}\n");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    std::fs::remove_file(folder.path().join("main.tf")).unwrap();
    folder.run(&["validate"]).ends_with(0);
    for command in [&["plan"][..], &["apply", "-auto-approve"]] {
        let answer = folder.run(command).ends_with(1);
        assert!(answer.stderr.contains("No configuration files"), "{}", answer.stderr);
    }
    folder.run(&["destroy", "-auto-approve"]).ends_with(0);
}
