//! `graph`: the resources of a configuration, in each form.

use super::Folder;

const MAIN: &str = "variable \"v\" {\n  default = 1\n}\n\nlocals {\n  a = terraform_data.a.output\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n\nresource \"terraform_data\" \"b\" {\n  input = local.a\n}\n\nresource \"terraform_data\" \"c\" {\n  input      = terraform_data.b.output\n  depends_on = [terraform_data.a]\n}\n";

/// What `terraform graph` of 1.11.4 prints for the same configuration.
const DOT: &str = r#"digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "terraform_data.a" [label="terraform_data.a"];
  "terraform_data.b" [label="terraform_data.b"];
  "terraform_data.c" [label="terraform_data.c"];
  "terraform_data.b" -> "terraform_data.a";
  "terraform_data.c" -> "terraform_data.b";
}
"#;

#[test]
fn dot_is_as_terraform_prints_it() {
    let folder = Folder::with(MAIN);
    assert_eq!(folder.run(&["graph"]).ends_with(0).stdout, DOT);
    assert_eq!(folder.run(&["graph", "-draw-cycles", "-module-depth=2"]).ends_with(0).stdout, DOT);
}

#[test]
fn every_other_form_names_the_same_resources() {
    let folder = Folder::with(MAIN);
    let mermaid = folder.run(&["graph", "-format=mermaid"]).ends_with(0).stdout;
    assert!(mermaid.starts_with("flowchart LR\n") && mermaid.contains("n0 --> n1"), "{mermaid}");
    let svg = folder.run(&["graph", "-format=svg"]).ends_with(0).stdout;
    assert_eq!(svg.matches("<g class=\"same\"").count(), 3, "{svg}");
    let plan = folder.run(&["graph", "-type=plan"]).ends_with(0).stdout;
    assert!(plan.contains("\"[root] local.a\" -> \"[root] terraform_data.a\""), "{plan}");
    let destroy = folder.run(&["graph", "-type=plan-destroy"]).ends_with(0).stdout;
    assert!(destroy.contains("\"[root] terraform_data.a\" -> \"[root] terraform_data.b\""), "{destroy}");
}

#[test]
fn a_saved_plan_colours_what_it_changes() {
    let folder = Folder::with(MAIN);
    folder.run(&["plan", "-out=p"]).ends_with(0);
    let dot = folder.run(&["graph", "-plan=p"]).ends_with(0).stdout;
    assert!(dot.contains("\"terraform_data.a\" [label=\"+ terraform_data.a\", color="), "{dot}");
}

#[test]
fn a_configuration_with_mistakes_has_no_graph() {
    let folder = Folder::with("resource \"terraform_data\" \"a\" {\n  input = terraform_data.a.output\n}\n");
    let answer = folder.run(&["graph"]).ends_with(1);
    assert_eq!(answer.stdout, "");
    assert!(answer.stderr.contains("Error"), "{}", answer.stderr);
}
