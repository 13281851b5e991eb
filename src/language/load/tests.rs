use super::*;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use crate::value::Type;

struct Known(Vec<Schema>);

impl Schemas for Known {
    fn resource_schema(&self, name: &str) -> Option<&Schema> {
        self.0.iter().find(|schema| schema.name == name)
    }
    fn data_schema(&self, name: &str) -> Option<&Schema> {
        self.0.iter().find(|schema| schema.name == name && name.ends_with("region"))
    }
    fn resource_names(&self) -> Vec<&'static str> {
        self.0.iter().map(|schema| schema.name).collect()
    }
    fn data_names(&self) -> Vec<&'static str> {
        vec!["aws_region"]
    }
}

fn known() -> Known {
    let block = Block {
        attributes: [
            ("name", Attribute { required: true, ..Attribute::optional(Type::String) }),
            ("size", Attribute::optional(Type::Number)),
            ("arn", Attribute { optional: false, computed: true, ..Attribute::optional(Type::String) }),
        ]
        .into_iter()
        .collect(),
        blocks: [(
            "rule",
            NestedBlock {
                nesting: Nesting::List,
                min: 0,
                max: Some(1),
                computed: false,
                replace: false,
                key: None,
                block: Block {
                    attributes: [("port", Attribute::optional(Type::Number))].into_iter().collect(),
                    ..Block::default()
                },
                doc: "",
            },
        )]
        .into_iter()
        .collect(),
    };
    let region =
        Block { attributes: [("name", Attribute::optional(Type::String))].into_iter().collect(), ..Block::default() };
    Known(vec![Schema::new("aws_thing", "", block), Schema::new("aws_region", "", region)])
}

pub(super) fn run(files: &[(&str, &str)]) -> (Option<Config>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (mut sources, mut problems) = (SourceMap::new(), Diagnostics::new());
    let config = load(folder.path(), &known(), &LocalOnly, &mut sources, &mut problems);
    let told = problems.iter().map(|p| {
        let (line, _) = p.span.and_then(|span| sources.line_column(span)).unwrap_or_default();
        let file = p.span.and_then(|span| sources.path(span)?.file_name()?.to_str()).unwrap_or("-");
        let help = p.help.join(" ");
        format!("{file}:{line} {}{}{help}", p.summary, if help.is_empty() { "" } else { " / " })
    });
    (config, told.collect())
}

#[test]
fn a_configuration_with_modules_loads() {
    let (config, problems) = run(&[
        (
            "main.tf",
            r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
  backend "local" {
    path = "x.tfstate"
  }
}
provider "aws" {
  region = var.region
}
variable "region" {
  type    = string
  default = "eu-west-1"
}
variable "sizes" {
  type    = map(object({ size = optional(number, 3) }))
  default = { a = {} }
}
locals {
  upper = "${var.region}-x"
}
data "aws_region" "here" {}
resource "aws_thing" "many" {
  for_each = var.sizes
  name     = "${local.upper}-${each.key}"
  size     = each.value.size
  dynamic "rule" {
    for_each = [each.value.size]
    content {
      port = rule.value
    }
  }
  lifecycle {
    ignore_changes = [size, rule[0].port]
    postcondition {
      condition     = self.size > 1
      error_message = "Too small."
    }
  }
}
module "inner" {
  source = "./inner"
  name   = aws_thing.many["a"].arn
}
output "all" {
  value = [module.inner.arn, data.aws_region.here.name, values(aws_thing.many)[*].arn]
}
"#,
        ),
        (
            "inner/main.tf",
            "variable \"name\" {}\nresource \"aws_thing\" \"x\" {\n  name = var.name\n}\noutput \"arn\" {\n  value = aws_thing.x.arn\n}\n",
        ),
    ]);
    assert_eq!(problems.iter().filter(|p| !p.contains("Function not supported")).count(), 0, "{problems:?}");
    if let Some(config) = config {
        assert_eq!(config.root.variables["sizes"].default.as_ref().unwrap().attr("a").attr("size"), 3.into());
        assert_eq!(config.root.calls["inner"].module.path.len(), 1);
        assert!(config.backend.is_some());
    }
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let (config, problems) = run(&[(
        "main.tf",
        r#"resource "aws_thign" "a" {}
resource "aws_thing" "b" {
  nmae = "x"
  arn  = "y"
  size = "many"
  rule = []
  ruel {}
}
resource "aws_thing" "b" {
  name = "twice"
}
resource "aws_thing" "c" {
  name = aws_thing.b.nope
  size = vra.x + var.missing + local.gone
  rule {}
  rule {}
}
output "o" {
  value = [each.key, count.index, self.x, module.m.x, data.aws_region.r.name, lenght([])]
}
moved {
  from = a.b
  to   = module.c
}
resource "aws_thing" "n" {
  count = 2
  name  = "n"
}
output "p" {
  value = aws_thing.n.name
}
widget {}
"#,
    )]);
    assert!(config.is_none());
    assert_eq!(
        problems,
        [
            "main.tf:3 Unsupported argument / Did you mean \"name\"?",
            "main.tf:4 Value for unconfigurable attribute",
            "main.tf:5 Incorrect attribute value type",
            "main.tf:6 Unsupported argument / Did you mean to define a block of type \"rule\"? Then leave out the equals sign.",
            "main.tf:2 Missing required argument",
            "main.tf:7 Unsupported block type / Did you mean \"rule\"?",
            "main.tf:9 Duplicate resource \"aws_thing\" configuration",
            "main.tf:16 Too many rule blocks",
            "main.tf:19 Call to unknown function / Did you mean \"length\"?",
            "main.tf:19 Reference to \"each\" in context without for_each",
            "main.tf:19 Reference to \"count\" in non-counted context",
            "main.tf:19 Invalid \"self\" reference",
            "main.tf:21 Invalid \"moved\" addresses",
            "main.tf:32 Unsupported block type",
            "main.tf:19 Reference to undeclared module",
            "main.tf:19 Reference to undeclared resource",
            "main.tf:30 Missing resource instance key / For example, to correlate with indices of a referring resource, use `aws_thing.n[count.index]`.",
            "main.tf:13 Unsupported attribute / Did you mean \"name\"?",
            "main.tf:14 Reference to undeclared resource",
            "main.tf:14 Reference to undeclared input variable",
            "main.tf:14 Reference to undeclared local value",
            "main.tf:1 Invalid resource type / Did you mean \"aws_thing\"?",
        ]
    );
}

#[test]
fn what_is_not_there_yet_is_refused_and_not_ignored() {
    let (_, problems) = run(&[(
        "main.tf",
        "module \"r\" {\n  source = \"a/b/c\"\n  version = \"1.0\"\n}\nterraform {\n  backend \"s3\" {}\n}\nresource \"aws_thing\" \"a\" {\n  name = \"a\"\n  provisioner \"file\" {}\n}\n",
    )]);
    assert_eq!(
        problems,
        [
            "main.tf:6 Backend not supported yet",
            "main.tf:10 Provisioner not supported / Run a program of this machine that connects, such as `ssh`, with \
             `local-exec`.",
            "main.tf:2 Module not installed",
        ]
    );
}

#[test]
fn modules_are_checked_against_their_calls_and_cannot_call_themselves() {
    let (_, problems) = run(&[
        ("main.tf", "module \"a\" {\n  source = \"./a\"\n  nmae = 1\n}\noutput \"x\" {\n  value = module.a.nope\n}\n"),
        ("a/main.tf", "variable \"name\" {}\nmodule \"back\" {\n  source = \"../\"\n}\n"),
    ]);
    assert_eq!(
        problems,
        [
            "main.tf:3 Module cycle",
            "main.tf:3 Unsupported argument / Did you mean \"name\"?",
            "main.tf:1 Missing required argument",
            "main.tf:6 Unsupported attribute",
        ]
    );
    let (config, problems) = run(&[("readme.txt", "")]);
    assert_eq!(problems, [""; 0]);
    assert!(config.is_some_and(|config| config.empty));
}

#[test]
fn variable_files_give_values_with_their_places() {
    let (mut sources, mut problems) = (SourceMap::new(), Diagnostics::new());
    let entries = parse_variable_file(Path::new("a.tfvars"), "a = 1\nb = [\"x\"]\n", &mut sources, &mut problems);
    assert_eq!(entries["a"].value, 1.into());
    assert!(problems.is_empty());
    let text = "{\"//\": 1,\n \"a\": {\"b\": \"${x}\"}, \"c\": 1, \"c\": 2}";
    let entries = parse_variable_file(Path::new("a.tfvars.json"), text, &mut sources, &mut problems);
    assert_eq!(entries["a"].value.attr("b"), "${x}".into());
    assert_eq!(sources.line_column(entries["a"].span), Some((2, 2)));
    assert_eq!(entries.len(), 2);
    parse_variable_file(Path::new("a.tfvars"), "b {}\na = var.x\n", &mut sources, &mut problems);
    let told: Vec<_> = problems.iter().map(|p| p.summary.as_str()).collect();
    assert_eq!(told, ["Duplicate attribute definition", "Unexpected block in variable file", "Variables not allowed"]);
}

#[test]
fn what_follows_from_a_mistake_of_syntax_is_not_told() {
    let (config, problems) = run(&[
        (
            "main.tf",
            "output \"o\" {\n  value = 1 +\n}\nresource \"aws_thing\" \"a\" {\n  name: \"a\"\n  depends_on = [a b]\n}\nlocals {\n  a = [1 2]\n  b =              local.a\n  c = local.gone\n}\nmodule \"m\" {\n  source = \"./m\"\n  x = 1\n}\n",
        ),
        ("m/main.tf", "variable \"x\"\n{}\n"),
        ("bad.tf.json", "{\"resource\": {\"aws_thing\": {\"j\": {\"name\": .5}}}}"),
    ]);
    assert!(config.is_none());
    assert_eq!(
        problems,
        [
            "bad.tf.json:1 Invalid JSON number",
            "main.tf:2 Missing expression",
            "main.tf:5 Invalid argument definition",
            "main.tf:6 Missing item separator",
            "main.tf:9 Missing item separator",
            "main.tf:1 Invalid block definition",
            "main.tf:11 Reference to undeclared local value",
        ]
    );
}

#[test]
fn only_files_of_configuration_are_read() {
    let folder = |files: &[(&str, &str)]| run(files).1;
    assert_eq!(folder(&[(".a.tf", "x"), ("b.tf~", "x"), ("#c.tf#", "x"), ("d.txt", "x"), ("main.tf", "")]), [""; 0]);
    assert_eq!(folder(&[("a.tf/b.tf", "x"), ("main.tf.json", "{}")]), [""; 0]);
    assert_eq!(
        folder(&[("main.tf", "x = \u{301}")]),
        ["main.tf:1 Invalid character", "main.tf:1 Unsupported argument"]
    );
}

#[cfg(unix)]
#[test]
fn links_and_files_that_cannot_be_read_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("real"), "locals {\n  a = \"\u{e9}\"\n}\n").unwrap();
    std::os::unix::fs::symlink("real", folder.path().join("link.tf")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("broken.tf")).unwrap();
    std::fs::write(folder.path().join("latin.tf"), b"locals {\n  b = \"\xe9\"\n}\n").unwrap();
    let (mut sources, mut problems) = (SourceMap::new(), Diagnostics::new());
    assert!(load(folder.path(), &known(), &LocalOnly, &mut sources, &mut problems).is_none());
    let told: Vec<_> =
        problems.iter().map(|p| (p.summary.as_str(), p.span.and_then(|span| sources.line_column(span)))).collect();
    assert_eq!(told, [("File not readable", None), ("Invalid character encoding", Some((2, 8)))]);
}

#[test]
fn checks_provisioners_and_ephemeral_blocks_load() {
    let (config, problems) = run(&[(
        "main.tf",
        r#"
variable "token" {
  ephemeral = true
}
ephemeral "foreign_secret" "s" {
  count = 0
  name  = var.token
}
resource "aws_thing" "a" {
  count = 2
  name  = "x"
  connection {
    host = self.arn
  }
  provisioner "local-exec" {
    command = "echo ${self.name} ${aws_thing.b.arn} ${count.index}"
  }
  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = "echo ${self.name} ${path.module}"
  }
}
resource "aws_thing" "b" {
  name = "x"
}
check "here" {
  data "aws_region" "here" {}
  assert {
    condition     = data.aws_region.here.name != aws_thing.b.name
    error_message = "It is ${data.aws_region.here.name}."
  }
}
"#,
    )]);
    assert_eq!(problems, Vec::<String>::new());
    let root = config.unwrap().root;
    let thing = root.resources.values().find(|it| &*it.name.text == "a").unwrap();
    assert_eq!(
        thing.provisioners.iter().map(|it| (it.when, it.goes_on)).collect::<Vec<_>>(),
        [(super::super::config::When::Create, false), (super::super::config::When::Destroy, true)]
    );
    assert!(thing.references.iter().any(|it| it.subject.to_string() == "aws_thing.b"));
    let check = &root.checks["here"];
    let data = &root.resources[check.data.as_ref().unwrap()];
    assert_eq!(data.check.as_deref(), Some("here"));
}

#[test]
fn mistakes_in_checks_and_conditions_are_found() {
    let (_, problems) = run(&[(
        "main.tf",
        r#"
variable "a" {
  validation {
    condition     = var.b == 1
    error_message = "no"
  }
}
variable "b" {}
check "none" {
  data "aws_region" "r" {
    count = 1
  }
}
check "none" {}
check "two" {
  data "aws_region" "x" {}
  data "aws_region" "y" {}
  assert {
    condition     = true
    error_message = "no"
  }
}
output "o" {
  value     = data.aws_region.x.name
  ephemeral = true
}
"#,
    )]);
    assert_eq!(
        problems,
        [
            "main.tf:4 Invalid variable validation condition",
            "main.tf:9 Zero assert blocks",
            "main.tf:11 Invalid \"count\" attribute",
            "main.tf:14 Duplicate check \"none\" configuration",
            "main.tf:19 Invalid assert expression",
            "main.tf:17 Multiple data resource blocks",
            "main.tf:23 Ephemeral output not allowed",
            "main.tf:24 Reference to scoped resource / Move the data block out of the check to use it elsewhere.",
        ]
    );
}

#[test]
fn mistakes_in_provisioners_are_found() {
    let (_, problems) = run(&[(
        "main.tf",
        r#"
variable "v" {}
resource "aws_thing" "a" {
  name = "x"
  provisioner "remote-exec" {
    inline = ["ls"]
  }
  provisioner "local_exec" {}
  provisioner "local-exec" {
    comand = "ls"
    when   = later
  }
  provisioner "local-exec" {
    when       = "destroy"
    on_failure = var.v
    command    = "echo ${var.v} ${aws_thing.a.arn}"
  }
}
"#,
    )]);
    assert_eq!(
        problems,
        [
            "main.tf:5 Provisioner not supported / Run a program of this machine that connects, such as `ssh`, with \
         `local-exec`.",
            "main.tf:8 Provisioner not supported / Did you mean \"local-exec\"?",
            "main.tf:11 Invalid \"when\" keyword",
            "main.tf:10 Unsupported argument / Did you mean \"command\"?",
            "main.tf:9 Missing required argument",
            "main.tf:14 Quoted keywords are deprecated",
            "main.tf:15 Invalid \"on_failure\" keyword",
            "main.tf:16 Invalid reference from destroy provisioner / Keep what it needs in an argument of the object, and \
         refer to that.",
            "main.tf:16 Invalid reference from destroy provisioner / Keep what it needs in an argument of the object, and \
         refer to that.",
        ]
    );
}

#[test]
fn required_providers_are_checked() {
    let (_, problems) = run(&[(
        "main.tf",
        r#"terraform {
  required_providers {
    aws   = { source = "hashicorp/aws", version = "~> 5.0" }
    bad   = { source = "a/b/c/d" }
    UP    = { source = "hashicorp/aws" }
    x     = { source = "not_valid/aws" }
    y     = { source = 1, version = [] }
    w     = { source = "hashicorp/w", alais = "x" }
    v     = { configuration_aliases = [v.a, other.b, v[0]] }
    my_aws = { source = "hashicorp/aws" }
    q     = { source = "hashicorp/terraform-provider-random" }
    other = { source = "example.com/acme/other", version = "not a constraint" }
    old   = "1.0"
  }
  required_providers {}
  provider_meta "aws" { user_agent = ["x"] }
  provider_meta "aws" { user_agent = ["x"] }
}
"#,
    )]);
    assert_eq!(
        problems,
        [
            "main.tf:3 Provider version constraint not met",
            "main.tf:4 Invalid provider source string / Such as \"hashicorp/aws\".",
            "main.tf:5 Invalid provider local name",
            "main.tf:6 Invalid provider source string",
            "main.tf:7 Invalid source",
            "main.tf:7 Invalid version constraint",
            "main.tf:8 Invalid required_providers object",
            "main.tf:9 Invalid configuration_aliases value",
            "main.tf:9 Invalid configuration_aliases value",
            "main.tf:10 Invalid provider local name",
            "main.tf:11 Invalid provider source string / Did you mean \"hashicorp/random\"?",
            "main.tf:12 Invalid version constraint",
            "main.tf:15 Duplicate required providers configuration",
            "main.tf:17 Duplicate provider_meta block",
        ]
    );
}

#[test]
fn provider_blocks_and_references_to_them_are_checked() {
    let (_, problems) = run(&[(
        "main.tf",
        r#"provider "aws" {
  alias    = "x"
  for_each = {}
  lifecycle {}
}
provider "aws" {
  alias = "not valid"
}
provider "aws" {
  alias = "x"
}
provider "asw" {}
provider "random" {}
provider "My_Aws" {}
terraform {
  required_providers {
    amazon = { source = "hashicorp/aws" }
  }
}
provider "amazon" {
  alias = "x"
}
resource "aws_thing" "index" {
  name     = "a"
  provider = aws["x"]
}
resource "aws_thing" "deep" {
  name     = "a"
  provider = aws.x.y
}
resource "aws_thing" "near" {
  name     = "a"
  provider = aws.y
}
resource "aws_thing" "quoted" {
  name     = "a"
  provider = "amazon.x"
}
"#,
    )]);
    assert_eq!(
        problems,
        [
            "main.tf:3 Reserved argument name in provider block / Write one block of `provider \"aws\"` with an alias for each.",
            "main.tf:4 Reserved block type name in provider block",
            "main.tf:7 Invalid provider configuration alias",
            "main.tf:9 Duplicate provider configuration / Give each configuration of a provider an alias of its own.",
            "main.tf:12 Unknown provider / Did you mean \"aws\"?",
            "main.tf:14 Invalid provider local name",
            "main.tf:25 Invalid provider configuration reference",
            "main.tf:29 Invalid provider configuration reference",
            "main.tf:20 Duplicate provider configuration",
            "main.tf:33 Provider configuration not present / Did you mean \"x\"?",
        ]
    );
}

#[test]
fn what_is_passed_to_modules_is_checked() {
    let (_, problems) = run(&[
        (
            "main.tf",
            r#"provider "aws" {
  alias = "west"
}
module "counted" {
  source = "./own"
  count  = 1
}
module "waits" {
  source     = "./outer"
  depends_on = [module.counted]
}
module "overridden" {
  source    = "./own"
  providers = { aws = aws.west }
}
module "lacks" {
  source = "./asks"
}
module "wrong" {
  source = "./asks"
  providers = {
    aws.a  = aws.west
    aws.b  = aws.gone
    random = aws
    aws.a  = aws
  }
}
module "list" {
  source    = "./own"
  providers = [aws]
}
module "undeclared" {
  source    = "./plain"
  providers = { aws = aws.west }
}
"#,
        ),
        ("own/main.tf", "provider \"aws\" {\n  region = \"x\"\n}\n"),
        ("outer/main.tf", "module \"own\" {\n  source = \"../own\"\n}\n"),
        ("plain/main.tf", "resource \"aws_thing\" \"a\" {\n  name = \"a\"\n}\n"),
        (
            "asks/main.tf",
            "terraform {\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      configuration_aliases = [aws.a, aws.b]\n    }\n  }\n}\nprovider \"aws\" {}\n",
        ),
    ]);
    let help = |alias: &str| format!("Add an entry to the call: `providers = {{ aws.{alias} = … }}`.");
    assert_eq!(
        problems,
        [
            "main.tf:25 Duplicate provider address".to_owned(),
            "main.tf:30 Invalid expression".to_owned(),
            "main.tf:6 Module is incompatible with count, for_each, and depends_on".to_owned(),
            "main.tf:10 Module is incompatible with count, for_each, and depends_on".to_owned(),
            "main.tf:14 Cannot override provider configuration".to_owned(),
            format!("main.tf:16 Missing required provider configuration / {}", help("a")),
            format!("main.tf:16 Missing required provider configuration / {}", help("b")),
            "main.tf:9 Redundant empty provider block / Instead of the block, write `aws = { source = \"hashicorp/aws\" }` in required_providers.".to_owned(),
            "main.tf:24 Provider type mismatch / The module's name for \"hashicorp/aws\" is `aws`.".to_owned(),
            "main.tf:23 Provider configuration not present".to_owned(),
            "main.tf:34 Reference to undefined provider / In the module, add `aws = { source = \"hashicorp/aws\" }` to required_providers.".to_owned(),
        ]
    );
}

#[test]
fn references_into_a_type_without_a_schema_are_not_mistakes_by_themselves() {
    let (config, problems) = run(&[(
        "main.tf",
        r#"resource "random_pet" "none" {
  count = 0
}
output "all" {
  value = [one(random_pet.none[*].id), try(random_pet.none[0].any.thing, null), random_pet.none[*].a["k"].b]
}
output "wrong" {
  value = random_pet.none.id
}
"#,
    )]);
    assert!(config.is_none());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("main.tf:8 Missing resource instance key"), "{problems:?}");
}
