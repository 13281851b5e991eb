//! Values of variables from outside: what they may be, and what is said of those that nobody declared.

use super::{Answer, Folder};

const MAIN: &str = r#"
variable "text" {
  type    = string
  default = ""
}

variable "plain" {
  default = null
}

variable "any" {
  type    = any
  default = null
}

variable "list" {
  type    = list(number)
  default = []
}

output "all" {
  value = jsonencode([var.text, var.plain, var.any, var.list])
}
"#;

fn all(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> (String, Answer) {
    let mut command = folder.command(&["apply", "-auto-approve"]);
    command.args(arguments).envs(environment.iter().copied());
    let answer = Answer::from(command.output().unwrap()).ends_with(0);
    (folder.run(&["output", "-raw", "all"]).ends_with(0).stdout, answer)
}

#[test]
fn a_text_is_an_expression_where_the_type_is_not_a_text() {
    let folder = Folder::with(MAIN);
    let arguments = ["-var=text=[1]", "-var=plain=[1]", "-var=any=[1]", "-var=list=[1, \"2\"]"];
    assert_eq!(all(&folder, &arguments, &[]).0, r#"["[1]","[1]",[1],[1,2]]"#);
    let environment = [("TF_VAR_any", "{ a = true }"), ("TF_VAR_text", "a=b"), ("TF_VAR_list", "[3]")];
    assert_eq!(all(&folder, &[], &environment).0, r#"["a=b",null,{"a":true},[3]]"#);
}

#[test]
fn what_is_no_expression_is_refused_at_its_place() {
    let folder = Folder::with(MAIN);
    let refused = folder.run(&["plan", "-var=list=[1,"]).ends_with(1);
    assert!(refused.stderr.contains("on <value for var.list> line 1"), "{}", refused.stderr);
    let refused = folder.run(&["plan", "-var=list=[upper(\"x\")]"]).ends_with(1);
    assert!(refused.stderr.contains("Function calls not allowed"), "{}", refused.stderr);
    let refused = folder.run(&["plan", "-var", "text = x"]).ends_with(1);
    assert!(refused.stderr.contains("Invalid variable name"), "{}", refused.stderr);
    assert!(refused.stderr.contains("`-var 'text=x'`"), "{}", refused.stderr);
}

#[test]
fn undeclared_values_are_told_of_where_somebody_may_have_made_a_mistake() {
    let folder = Folder::with(MAIN);
    let (_, answer) = all(&folder, &[], &[("TF_VAR_other", "x")]);
    assert_eq!(answer.stderr, "");

    folder.write("terraform.tfvars", "txt = \"x\"\n");
    let (_, answer) = all(&folder, &[], &[]);
    assert!(answer.stderr.contains("Warning: Value for undeclared variable"), "{}", answer.stderr);
    assert!(answer.stderr.contains("Did you mean \"text\"?"), "{}", answer.stderr);

    folder.write("terraform.tfvars", "a = 1\nb = 2\nc = 3\nd = 4\n");
    let (_, answer) = all(&folder, &[], &[]);
    assert_eq!(answer.stderr.matches("Warning: Value for undeclared variable").count(), 2, "{}", answer.stderr);
    assert!(answer.stderr.contains("2 other values"), "{}", answer.stderr);
}

#[test]
fn validate_finds_what_no_value_can_make_right() {
    let folder = Folder::with(
        r#"
variable "names" {
  type = set(string)
}

module "m" {
  source = "./m"
  for_each = var.names
  port     = "http"
}

resource "terraform_data" "x" {
  count = -1
  input = [var.names] + 2
}

output "o" {
  value = file("${path.module}/absent.txt")
}

output "fine" {
  value = module.m["a"].nothing_is_known_of_it
}
"#,
    );
    std::fs::create_dir(folder.path().join("m")).unwrap();
    let module = "variable \"port\" {\n  type = number\n}\n\noutput \"nothing_is_known_of_it\" {\n  value = each\n}\n";
    folder.write("m/main.tf", &module.replace("each", "var.port"));
    let refused = folder.run(&["validate", "-json"]).ends_with(1);
    let json: serde_json::Value = serde_json::from_str(&refused.stdout).unwrap();
    let told = json["diagnostics"].as_array().unwrap().iter();
    let told: Vec<_> = told.map(|problem| (problem["range"]["start"]["line"].as_u64(), &problem["summary"])).collect();
    assert_eq!(
        serde_json::json!(told),
        serde_json::json!([
            [9, "Invalid value for input variable"],
            [13, "Invalid count argument"],
            [14, "Invalid operand"],
            [18, "Invalid function argument"],
        ])
    );
}
