//! A configuration that needs no AWS, through all commands.

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
  input = var.size
}

resource "terraform_data" "secret" {
  input = { password = var.password }
}

output "size" {
  value = terraform_data.x.output
}

output "api_key" {
  value     = var.password
  sensitive = true
}
"#;

#[test]
fn a_life_from_plan_to_destroy() {
    let folder = Folder::with(MAIN);
    let plan = folder.run(&["plan", "-detailed-exitcode"]).ends_with(2);
    assert!(plan.stdout.contains("  + terraform_data.x will be created\n"), "{}", plan.stdout);
    assert!(plan.stdout.contains("Plan: 2 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    assert_eq!(plan.stderr, "");

    let apply = folder.run(&["apply", "-auto-approve", "--export=dotenv=.env"]).ends_with(0);
    assert!(apply.stdout.contains("Apply complete: 2 added, 0 changed, 0 destroyed."), "{}", apply.stdout);
    assert!(apply.stderr.contains("terraform_data.x: Creation complete after 0s [id="), "{}", apply.stderr);
    assert!(folder.read(".env").contains("\nSIZE=1\nAPI_KEY=hunter2\n"), "{}", folder.read(".env"));

    let plan = folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    assert_eq!(plan.stdout, "No changes. What there is matches the configuration.\n");
    assert_eq!(folder.run(&["drift"]).ends_with(0).stdout, "No drift. AWS and state agree on 2 objects.\n");
    assert_eq!(folder.run(&["output", "-raw", "size"]).ends_with(0).stdout, "1");
    assert_eq!(folder.run(&["output", "api_key"]).ends_with(0).stdout, "(sensitive value)\n");
    assert_eq!(folder.run(&["output", "-json", "api_key"]).ends_with(0).stdout, "\"hunter2\"\n");

    let plan = folder.run(&["plan", "-var", "size=2"]).ends_with(0);
    assert!(plan.stdout.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{}", plan.stdout);

    folder.run(&["destroy", "-auto-approve"]).ends_with(0);
    let plan = folder.run(&["plan", "-destroy"]).ends_with(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
}

#[test]
fn no_secret_is_in_anything_but_state_and_what_asks_for_it() {
    let folder = Folder::with(MAIN);
    let all = |answer: super::Answer| format!("{}{}", answer.stdout, answer.stderr);
    let mut said = all(folder.run(&["plan", "-out=plan.json"]).ends_with(0));
    said += &folder.read("plan.json");
    said += &all(folder.run(&["apply", "plan.json"]).ends_with(0));
    said += &all(folder.run(&["plan", "-var", "password=tr0ub4dor", "-out=next.json"]).ends_with(0));
    said += &folder.read("next.json");
    said += &all(folder.run(&["output"]).ends_with(0));
    for secret in ["hunter2", "tr0ub4dor"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(said.contains("(sensitive value)"), "{said}");
}

#[test]
fn a_saved_plan_is_applied_as_it_was_shown() {
    let folder = Folder::with(MAIN);
    folder.run(&["plan", "-var=size=7", "-out=plan.json"]).ends_with(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("plan.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    folder.run(&["apply", "plan.json"]).ends_with(0);
    assert_eq!(folder.run(&["output", "-raw", "size"]).ends_with(0).stdout, "7");
}

#[test]
fn variables_are_taken_from_everywhere_and_the_last_one_wins() {
    let folder = Folder::with(MAIN);
    let size = |arguments: &[&str], environment: Option<&str>| {
        let mut command = folder.command(&["apply", "-auto-approve"]);
        command.args(arguments);
        if let Some(value) = environment {
            command.env("TF_VAR_size", value);
        }
        super::Answer::from(command.output().unwrap()).ends_with(0);
        folder.run(&["output", "-raw", "size"]).stdout
    };
    assert_eq!(size(&[], Some("2")), "2");
    folder.write("terraform.tfvars", "size = 3\n");
    assert_eq!(size(&[], Some("2")), "3");
    folder.write("b.auto.tfvars", "size = 5\n");
    folder.write("a.auto.tfvars.json", "{\"size\": 4}\n");
    assert_eq!(size(&[], None), "5");
    folder.write("my.tfvars", "size = 6\n");
    assert_eq!(size(&["-var-file=my.tfvars"], None), "6");
    assert_eq!(size(&["-var", "size=8", "-var-file=my.tfvars"], None), "6");
    assert_eq!(size(&["-var-file=my.tfvars", "-var", "size=8"], None), "8");
}

#[test]
fn state_stays_where_terraform_keeps_it() {
    let folder = Folder::with(MAIN);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    std::fs::rename(folder.path().join("state/default.tfstate"), folder.path().join("terraform.tfstate")).unwrap();
    let plan = folder.run(&["plan"]).ends_with(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
}
