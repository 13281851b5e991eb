//! Variables without a value on a terminal: they are asked for, and secrets are not shown while they are typed.

use std::process::Stdio;

use rexpect::session::{PtySession, spawn_command};

use super::Folder;

const MAIN: &str = r#"
variable "sizes" {
  type        = list(number)
  description = "How large, in order."
}

variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "x" {
  input = var.sizes
}

output "password" {
  value     = var.password
  sensitive = true
}
"#;

fn on_terminal(folder: &Folder, arguments: &[&str]) -> PtySession {
    let mut command = folder.command(arguments);
    command.stdin(Stdio::inherit()).env("NO_COLOR", "1");
    spawn_command(command, Some(60_000)).unwrap()
}

#[test]
fn what_is_required_is_asked_for_on_a_terminal() {
    let folder = Folder::with(MAIN);
    let mut session = on_terminal(&folder, &["apply", "-auto-approve"]);
    session.exp_string("var.sizes").unwrap();
    session.exp_string("How large, in order.").unwrap();
    session.exp_string("Enter a value:").unwrap();
    session.send_line("[1, 2]").unwrap();
    session.exp_string("var.password").unwrap();
    session.exp_string("Enter a value:").unwrap();
    session.send_line("hunter2").unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("Apply complete: 1 added"), "{rest}");
    assert!(!rest.contains("hunter2"), "{rest}");
    assert_eq!(folder.run(&["output", "-raw", "password"]).ends_with(0).stdout, "hunter2");
}

#[test]
fn an_answer_of_another_type_is_refused() {
    let folder = Folder::with(MAIN);
    let mut session = on_terminal(&folder, &["plan", "-var=password=x"]);
    session.exp_string("Enter a value:").unwrap();
    session.send_line("[1, ").unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("<value for var.sizes> line 1"), "{rest}");
}

#[test]
fn nobody_is_asked_where_input_is_switched_off() {
    let folder = Folder::with(MAIN);
    let rest = on_terminal(&folder, &["plan", "-input=false"]).exp_eof().unwrap();
    assert_eq!(rest.matches("No value for required variable").count(), 2, "{rest}");
    assert!(!rest.contains("Enter a value:"), "{rest}");
}

#[test]
fn without_a_terminal_every_missing_variable_is_named() {
    let folder = Folder::with(MAIN);
    let plan = folder.run(&["plan"]).ends_with(1);
    assert_eq!(plan.stderr.matches("No value for required variable").count(), 2, "{}", plan.stderr);
    assert!(plan.stderr.contains("TF_VAR_password"), "{}", plan.stderr);
}
