//! `plan -generate-config-out`, on what needs no AWS.

use super::Folder;

const IMPORT: &str = "import {\n  to = terraform_data.found\n  id = \"the-id\"\n}\n";

fn generate(folder: &Folder, file: &str) -> super::Answer {
    folder.run(&["plan", &format!("-generate-config-out={file}")])
}

#[test]
fn a_block_is_written_and_the_plan_goes_on_with_it() {
    let folder = Folder::with(IMPORT);
    let plan = generate(&folder, "generated.tf").ends_with(0);
    let expected = r#"# __generated__ by recon
# Please review these resources and move them into your main configuration files.

# __generated__ by recon from "the-id"
resource "terraform_data" "found" {
}
"#;
    assert_eq!(folder.read("generated.tf"), expected);
    assert!(plan.stdout.contains("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    let told = "Wrote configuration for 1 object to generated.tf. Review it and edit it as necessary.\n";
    assert_eq!(plan.stderr, told);
    assert_eq!(folder.run(&["plan"]).ends_with(0).stdout, plan.stdout, "the file is as good as the plan");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
}

#[test]
fn a_file_that_is_there_is_refused_before_anything_is_done() {
    let folder = Folder::with(IMPORT);
    folder.write("generated.tf", "# mine\n");
    let plan = generate(&folder, "generated.tf").ends_with(1);
    assert!(plan.stderr.contains("Target generated file already exists"), "{}", plan.stderr);
    assert_eq!(folder.read("generated.tf"), "# mine\n");
    assert_eq!(plan.stdout, "");
    let plan = generate(&folder, "generated.tf.json").ends_with(1);
    assert!(plan.stderr.contains("Invalid target for generated configuration"), "{}", plan.stderr);
    assert!(!folder.path().join("generated.tf.json").exists());
}

#[test]
fn where_no_block_is_missing_no_file_is_written() {
    let folder = Folder::with(&format!("{IMPORT}resource \"terraform_data\" \"found\" {{}}\n"));
    let plan = generate(&folder, "generated.tf").ends_with(0);
    assert!(plan.stdout.contains("Plan: 1 to import"), "{}", plan.stdout);
    assert!(!folder.path().join("generated.tf").exists());
}

#[test]
fn a_file_elsewhere_counts_for_this_plan_only() {
    let folder = Folder::with(IMPORT);
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let plan = generate(&folder, "out/found.txt").ends_with(0);
    assert!(plan.stdout.contains("Plan: 1 to import, 0 to add"), "{}", plan.stdout);
    assert!(folder.read("out/found.txt").contains("resource \"terraform_data\" \"found\""));
    let plan = folder.run(&["plan"]).ends_with(1);
    assert!(plan.stderr.contains("Configuration for import target does not exist"), "{}", plan.stderr);
    assert!(plan.stderr.contains("-generate-config-out=FILE"), "{}", plan.stderr);
}

#[test]
fn blocks_are_written_for_single_resources_of_the_root_module_only() {
    let cases = [
        ("to = terraform_data.it[0]\n  id = \"x\"", "no blocks with `count` or `for_each`"),
        ("for_each = [\"x\"]\n  to = terraform_data.it\n  id = each.value", "nor for an import with `for_each`"),
        ("to = module.m.terraform_data.it\n  id = \"x\"", "Only blocks of the root module"),
    ];
    for (import, why) in cases {
        let folder = Folder::with(&format!("module \"m\" {{\n  source = \"./m\"\n}}\nimport {{\n  {import}\n}}\n"));
        std::fs::create_dir(folder.path().join("m")).unwrap();
        folder.write("m/main.tf", "");
        let plan = generate(&folder, "generated.tf").ends_with(1);
        let told: String = plan.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("Configuration for import target does not exist") && told.contains(why), "{told}");
        assert!(!folder.path().join("generated.tf").exists());
    }
}

#[test]
fn a_provider_is_named_where_the_block_is_written_and_only_there() {
    let named = IMPORT.replace("id = ", "provider = terraform\n  id = ");
    let folder = Folder::with(&named);
    generate(&folder, "generated.tf").ends_with(0);
    assert!(folder.read("generated.tf").contains("  provider = terraform\n"), "{}", folder.read("generated.tf"));
    folder.run(&["plan"]).ends_with(0);
    folder.write("generated.tf", "resource \"terraform_data\" \"found\" {}\n");
    let plan = folder.run(&["plan"]).ends_with(1);
    assert!(plan.stderr.contains("Invalid import provider argument"), "{}", plan.stderr);
    let folder = Folder::with(&IMPORT.replace("id = ", "provider = terraform.other\n  id = "));
    let plan = generate(&folder, "generated.tf").ends_with(1);
    assert!(plan.stderr.contains("Provider configuration not present"), "{}", plan.stderr);
}

#[test]
fn a_saved_plan_with_a_generated_file_is_applied() {
    let folder = Folder::with(IMPORT);
    folder.run(&["plan", "-generate-config-out=generated.tf", "-out=plan.json"]).ends_with(0);
    let apply = folder.run(&["apply", "plan.json"]).ends_with(0);
    assert!(apply.stdout.contains("1 imported, 0 added, 0 changed"), "{}", apply.stdout);
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
}

#[test]
fn what_is_wrong_elsewhere_is_told_once_and_nothing_is_written() {
    let folder = Folder::with(&format!("{IMPORT}output \"x\" {{\n  value = upper([])\n}}\n"));
    let plan = generate(&folder, "generated.tf").ends_with(1);
    assert_eq!(plan.stderr.matches("Error: ").count(), 1, "{}", plan.stderr);
    assert!(!folder.path().join("generated.tf").exists());
}

#[test]
fn plans_that_import_nothing_write_nothing() {
    let folder = Folder::with(IMPORT);
    for mode in ["-destroy", "-refresh-only"] {
        let plan = folder.run(&["plan", mode, "-generate-config-out=generated.tf"]);
        assert_ne!(plan.code, Some(0), "{plan:?}");
        assert!(plan.stderr.contains("cannot be used with"), "{}", plan.stderr);
    }
}
