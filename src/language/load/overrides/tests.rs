use super::super::tests::run;
use crate::language::config::{Config, IgnoreChanges, Repetition, ResourceKey};
use crate::language::{NoScope, eval};
use crate::{address::Mode, diagnostic::Diagnostics, value::Value};

fn loaded(files: &[(&str, &str)]) -> Config {
    let (config, problems) = run(files);
    assert_eq!(problems, [""; 0]);
    config.unwrap()
}

fn constant(expr: &crate::language::ast::Expr) -> Value {
    eval(expr, &NoScope, &mut Diagnostics::new())
}

fn thing(config: &Config) -> &crate::language::config::Resource {
    &config.root.resources[&ResourceKey { mode: Mode::Managed, ty: "aws_thing".into(), name: "a".into() }]
}

#[test]
fn arguments_replace_those_of_their_name_and_blocks_all_of_their_type() {
    let config = loaded(&[
        (
            "main.tf",
            "resource \"aws_thing\" \"a\" {\n  name = \"base\"\n  size = 1\n  rule {\n    port = 1\n  }\n  lifecycle {\n    \
             prevent_destroy = true\n    ignore_changes  = [name]\n  }\n}\n",
        ),
        (
            "a_override.tf",
            "resource \"aws_thing\" \"a\" {\n  size = 2\n  count = 3\n  dynamic \"rule\" {\n    for_each = []\n    content {}\n  \
             }\n  lifecycle {\n    ignore_changes = [size]\n  }\n}\n",
        ),
        ("override.tf.json", r#"{"resource": {"aws_thing": {"a": {"name": "json"}}}}"#),
    ]);
    let thing = thing(&config);
    assert!(matches!(thing.repetition, Repetition::Count(_)));
    assert_eq!(constant(&thing.body.attribute("name").unwrap().expr), "json".into());
    assert_eq!(constant(&thing.body.attribute("size").unwrap().expr), 2.into());
    assert_eq!(thing.body.blocks.len(), 1);
    assert_eq!(&*thing.body.blocks[0].ty.text, "dynamic");
    assert!(thing.lifecycle.prevent_destroy);
    let IgnoreChanges::Paths(paths) = &thing.lifecycle.ignore_changes else { panic!("paths") };
    assert_eq!(paths[0].to_string(), "size");
}

#[test]
fn values_variables_outputs_modules_and_settings_are_overridden_in_the_order_of_files() {
    let config = loaded(&[
        (
            "main.tf",
            "terraform {\n  required_version = \">= 99\"\n  required_providers {\n    aws = {\n      source = \"hashicorp/nope\"\n    }\n  }\n  backend \"local\" {\n    \
             path = \"a\"\n  }\n}\nlocals {\n  a = 1\n  b = 1\n}\nvariable \"v\" {\n  type = string\n  default = \"5\"\n  validation {\n    condition = var.v != 1\n    \
             error_message = \"no\"\n  }\n}\noutput \"o\" {\n  value = 1\n}\nmodule \"m\" {\n  source = \"./none\"\n  x = 1\n}\nprovider \"aws\" {\n  alias = \"e\"\n  \
             region = \"a\"\n}\n",
        ),
        ("m/main.tf", "variable \"x\" {}\n"),
        ("a_override.tf", "locals {\n  b = 2\n}\nlocals {\n  a = 2\n}\n"),
        (
            "b_override.tf",
            "terraform {\n  required_version = \">= 1\"\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n    }\n  }\n  backend \"local\" {\n    \
             path = \"b\"\n  }\n}\nlocals {\n  a = 3\n}\nvariable \"v\" {\n  type = number\n}\noutput \"o\" {\n  sensitive = true\n}\nmodule \"m\" {\n  source = \"./m\"\n}\nprovider \
             \"aws\" {\n  alias = \"e\"\n  region = \"b\"\n}\nprovider \"aws\" {\n  region = \"c\"\n}\n",
        ),
    ]);
    let root = &config.root;
    assert_eq!(constant(&root.locals["a"].expr), 3.into());
    assert_eq!(constant(&root.locals["b"].expr), 2.into());
    assert_eq!(root.variables["v"].default, Some(5.into()));
    assert_eq!(root.variables["v"].validations.len(), 1);
    assert!(root.outputs["o"].sensitive);
    assert_eq!(constant(&root.outputs["o"].expr), 1.into());
    assert_eq!(root.calls["m"].inputs.len(), 1);
    assert_eq!(constant(&config.backend.unwrap().body.attribute("path").unwrap().expr), "b".into());
    let regions: Vec<_> = root.providers.iter().map(|p| constant(&p.body.attribute("region").unwrap().expr)).collect();
    assert_eq!(regions, ["b".into(), "c".into()]);
}

#[test]
fn what_is_not_there_or_may_not_be_overridden_is_refused() {
    let (_, problems) = run(&[
        (
            "main.tf",
            "resource \"aws_thing\" \"a\" {\n  name = \"a\"\n}\nvariable \"v\" {\n  default = 1\n}\noutput \"o\" {\n  value = 1\n}\n",
        ),
        (
            "override.tf",
            r#"resource "aws_thing" "a" {
  depends_on = [aws_thing.b]
  lifecycle {
    precondition {}
  }
}
resource "aws_thing" "b" {}
data "aws_region" "x" {}
module "x" {}
output "x" {}
variable "x" {}
locals {
  x = 1
}
provider "aws" {
  alias = "x"
}
moved {}
removed {}
import {}
check "c" {}
variable "v" {
  validation {}
}
output "o" {
  precondition {}
}
ephemeral "e" "x" {}
terraform {
  backend "local" {}
  backend "local" {}
}
variable {}
widget {}
x = 1
"#,
        ),
    ]);
    assert_eq!(
        problems,
        [
            "override.tf:2 Unsupported override",
            "override.tf:4 Can't override precondition blocks",
            "override.tf:7 Missing resource to override",
            "override.tf:8 Missing data resource to override",
            "override.tf:9 Missing module call to override",
            "override.tf:10 Missing base output definition to override",
            "override.tf:11 Missing base variable declaration to override",
            "override.tf:13 Missing base local value definition to override",
            "override.tf:15 Missing base provider configuration for override",
            "override.tf:18 Cannot override 'moved' blocks",
            "override.tf:19 Cannot override 'removed' blocks",
            "override.tf:20 Cannot override 'import' blocks",
            "override.tf:21 Can't override check blocks",
            "override.tf:23 Can't override validation blocks",
            "override.tf:26 Can't override precondition blocks",
            "override.tf:28 Missing ephemeral resource to override",
            "override.tf:31 Duplicate backend configuration",
            "override.tf:35 Unsupported argument",
            "override.tf:33 Missing name for variable",
            "override.tf:34 Unsupported block type",
        ]
    );
}

#[test]
fn two_overrides_of_one_kind_of_repetition_are_not_chosen_between() {
    let (_, problems) = run(&[
        ("main.tf", "resource \"aws_thing\" \"a\" {\n  name = \"a\"\n  count = 1\n}\n"),
        ("override.tf", "resource \"aws_thing\" \"a\" {\n  for_each = {}\n}\n"),
    ]);
    assert_eq!(problems, ["override.tf:2 Invalid combination of \"count\" and \"for_each\""]);
}
