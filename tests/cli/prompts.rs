//! Variables without a value on a terminal: they are asked for, and secrets are not shown while they are typed.

use super::Folder;
use super::terminal::Terminal;

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

#[test]
fn what_is_required_is_asked_for_on_a_terminal() {
    let folder = Folder::with(MAIN);
    let mut terminal = Terminal::start(&folder, &["apply", "-auto-approve"]);
    terminal.wait_for("var.sizes");
    terminal.wait_for("How large, in order.");
    terminal.wait_for("Enter a value:");
    terminal.answer("[1, 2]");
    terminal.wait_for("var.password");
    terminal.wait_for("Enter a value:");
    terminal.answer("hunter2");
    let rest = terminal.rest();
    assert!(rest.contains("Apply complete: 1 added"), "{rest}");
    assert!(!rest.contains("hunter2"), "{rest}");
    assert_eq!(folder.run(&["output", "-raw", "password"]).ends_with(0).stdout, "hunter2");
}

#[test]
fn an_answer_of_another_type_is_refused() {
    let folder = Folder::with(MAIN);
    let mut terminal = Terminal::start(&folder, &["plan", "-var=password=x"]);
    terminal.wait_for("Enter a value:");
    terminal.answer("[1, ");
    let rest = terminal.rest();
    assert!(rest.contains("<value for var.sizes> line 1"), "{rest}");
}

#[test]
fn nobody_is_asked_where_input_is_switched_off() {
    let folder = Folder::with(MAIN);
    let rest = Terminal::start(&folder, &["plan", "-input=false"]).rest();
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
