//! Provider configurations through the tree of modules, and types that recon does not have.

use recon::aws::{self, Aws, Settings};
use recon::language::eval;
use recon::testing::project::Project;
use tempfile::TempDir;

/// A project whose `provider` blocks set a region, as `data.aws_region` tells it without a call.
fn project(files: &[(&str, &str)]) -> (TempDir, Project) {
    fn registry(region: Option<String>) -> recon::resource::Registry {
        let keys = Some(("test".into(), "test".into(), None));
        let region = region.or_else(|| Some("us-east-1".into()));
        aws::registry(&Aws::new(Settings { region, keys, ..Settings::default() }))
    }
    let folder = tempfile::tempdir().unwrap();
    let make = |provider: &recon::language::config::Provider,
                scope: &dyn recon::language::Scope,
                problems: &mut recon::diagnostic::Diagnostics| {
        let region = provider.body.attribute("region").map(|attribute| eval(&attribute.expr, scope, problems));
        if region.as_ref().is_some_and(|region| !region.is_known()) {
            problems.error("Not known").detail(provider.address.to_string());
            return None;
        }
        Some(registry(region.and_then(|region| region.as_str().map(str::to_owned))))
    };
    let project = Project::configured(folder.path(), registry(None), Box::new(make));
    for (name, text) in files {
        project.write(name, text);
    }
    (folder, project)
}

/// The outputs of the root module that the plan knows.
async fn outputs(project: &Project) -> Vec<(String, String)> {
    let made = project.plan(false).await.unwrap_or_else(|problems| panic!("{problems:#?}"));
    let text = |value: &recon::value::Value| value.as_str().unwrap_or_default().to_owned();
    made.plan.output_values.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const REGION: &str = r#"
    data "aws_region" "here" {}
    output "region" { value = data.aws_region.here.region }
"#;

#[tokio::test]
async fn configurations_are_inherited_passed_and_renamed_on_the_way_down() {
    let (_folder, project) = project(&[
        (
            "main.tf",
            r#"
            terraform {
              required_providers {
                amazon = { source = "registry.terraform.io/hashicorp/aws" }
              }
            }
            provider "amazon" {
              region = "eu-west-1"
            }
            provider "amazon" {
              alias  = "west"
              region = "us-west-2"
            }
            provider "amazon" {
              alias  = "unused"
              region = terraform_data.later.id
            }
            resource "terraform_data" "later" {}
            data "aws_region" "implied" {}
            data "aws_region" "named" { provider = amazon.west }
            module "inherits" { source = "./outer" }
            module "passed" {
              source    = "./outer"
              count     = 1
              providers = { aws = amazon.west }
            }
            module "two" {
              source = "./two"
              providers = {
                aws.source = amazon.west
                aws.target = amazon
              }
            }
            module "old" { source = "./old" }
            module "empty" {
              source    = "./empty"
              providers = { aws = amazon.west }
            }
            output "implied" { value = data.aws_region.implied.region }
            output "named" { value = data.aws_region.named.region }
            output "inherits" { value = module.inherits.region }
            output "passed" { value = module.passed[0].region }
            output "two" { value = module.two.regions }
            output "old" { value = module.old.region }
            output "empty" { value = module.empty.region }
        "#,
        ),
        ("region/main.tf", REGION),
        (
            "outer/main.tf",
            r#"
            module "inner" { source = "../region" }
            output "region" { value = module.inner.region }
        "#,
        ),
        (
            "two/main.tf",
            r#"
            terraform {
              required_providers {
                aws = {
                  source                = "hashicorp/aws"
                  version               = ">= 6.0"
                  configuration_aliases = [aws.source, aws.target]
                }
              }
            }
            data "aws_region" "source" { provider = aws.source }
            data "aws_region" "target" { provider = aws.target }
            output "regions" { value = "${data.aws_region.source.region} ${data.aws_region.target.region}" }
        "#,
        ),
        (
            "old/main.tf",
            r#"
            variable "region" { default = "ap-south-1" }
            provider "aws" { region = var.region }
            module "inner" { source = "../region" }
            output "region" { value = module.inner.region }
        "#,
        ),
        ("empty/main.tf", &format!("provider \"aws\" {{}}\n{REGION}")),
    ]);
    let expected = [
        ("implied", "eu-west-1"),
        ("named", "us-west-2"),
        ("inherits", "eu-west-1"),
        ("passed", "us-west-2"),
        ("two", "us-west-2 eu-west-1"),
        ("old", "ap-south-1"),
        ("empty", "us-west-2"),
    ];
    assert_eq!(outputs(&project).await, pairs(&expected));
    project.apply(false).await.unwrap();
    let state = project.state().await.unwrap();
    let of = |address: &str| state.instances[&address.parse().unwrap()].provider.to_string();
    let aws = r#"provider["registry.terraform.io/hashicorp/aws"]"#;
    assert_eq!(of("data.aws_region.named"), format!("{aws}.west"));
    assert_eq!(of("module.passed[0].module.inner.data.aws_region.here"), format!("{aws}.west"));
    assert_eq!(of("module.two.data.aws_region.target"), aws);
    assert_eq!(of("module.old.module.inner.data.aws_region.here"), format!("module.old.{aws}"));
    assert_eq!(of("terraform_data.later"), r#"provider["terraform.io/builtin/terraform"]"#);
}

#[tokio::test]
async fn a_configuration_may_refer_to_data_and_outputs_of_modules() {
    let (_folder, project) = project(&[
        (
            "main.tf",
            r#"
            variable "region" { default = "eu-north-1" }
            provider "aws" {
              alias  = "first"
              region = var.region
            }
            data "aws_region" "first" { provider = aws.first }
            module "chosen" {
              source = "./chosen"
              region = data.aws_region.first.region
            }
            provider "aws" { region = module.chosen.region }
            data "aws_region" "second" {}
            output "second" { value = data.aws_region.second.region }
        "#,
        ),
        (
            "chosen/main.tf",
            r#"
            variable "region" {}
            output "region" { value = "${var.region}" }
        "#,
        ),
    ]);
    assert_eq!(outputs(&project).await, pairs(&[("second", "eu-north-1")]));
}

#[tokio::test]
async fn a_configuration_that_waits_for_apply_or_for_itself_is_a_problem() {
    let (_folder, project) = project(&[(
        "main.tf",
        r#"
        resource "terraform_data" "later" {}
        provider "aws" { region = terraform_data.later.id }
        data "aws_region" "here" {}
    "#,
    )]);
    let problems = project.plan(false).await.err().unwrap();
    assert_eq!(problems, [r#"Not known: provider["registry.terraform.io/hashicorp/aws"]"#]);
    project.write(
        "main.tf",
        r#"
        provider "aws" { region = data.aws_region.here.region }
        data "aws_region" "here" {}
    "#,
    );
    let problems = project.plan(false).await.err().unwrap();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("Cycle: "), "{problems:?}");
}

#[tokio::test]
async fn an_object_whose_configuration_is_gone_is_not_looked_for_elsewhere() {
    let text = |resource: &str, provider: &str| format!("{resource}\nprovider \"terraform\" {{ {provider} }}\n");
    let object = "resource \"terraform_data\" \"it\" {\n provider = terraform.other\n}";
    let (_folder, project) = project(&[("main.tf", &text(object, "alias = \"other\""))]);
    project.apply(false).await.unwrap();
    project.write("main.tf", &text("", "alias = \"another\""));
    let problems = project.plan(false).await.err().unwrap();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("Provider configuration not present: "), "{problems:?}");
    project.write("main.tf", &text("", "alias = \"other\""));
    assert_eq!(project.plan(false).await.unwrap().plan.steps.len(), 1);
    // Named by the configuration, the object belongs to what it names now.
    project.write("main.tf", "resource \"terraform_data\" \"it\" {}");
    assert!(project.plan(false).await.unwrap().plan.is_empty());
}

/// A module as the registries have them: with much that depends on what it is asked for.
const SHARED: &str = r#"
    terraform {
      required_version = ">= 1.3"
      required_providers {
        aws      = { source = "hashicorp/aws", version = ">= 6.0" }
        external = { source = "hashicorp/external", version = ">= 1.0" }
        local    = { source = "hashicorp/local", version = ">= 1.0" }
        null     = { source = "hashicorp/null", version = ">= 2.0" }
        thing    = { source = "registry.example.com/acme/thing" }
      }
      provider_meta "aws" {
        user_agent = ["a-module/1.0"]
      }
    }
    variable "name" { default = "x" }
    variable "package" { default = false }
    variable "rules" { default = {} }
    resource "random_pet" "name" {
      count   = var.package ? 1 : 0
      keepers = { name = var.name }
    }
    data "external" "archive" {
      count   = var.package ? 1 : 0
      program = ["python3", "${path.module}/package.py"]
      query = {
        name = one(random_pet.name[*].id)
      }
    }
    resource "local_file" "plan" {
      count    = var.package ? 1 : 0
      content  = data.external.archive[0].result.plan
      filename = data.external.archive[0].result["filename"]
      lifecycle {
        create_before_destroy = true
        ignore_changes        = [content, directory_permission]
        precondition {
          condition     = length(data.external.archive[0].result) > 0
          error_message = "Nothing to write."
        }
      }
    }
    resource "null_resource" "archive" {
      for_each = var.rules
      triggers = {
        filename = try(data.external.archive[0].result.filename, null)
      }
      depends_on = [local_file.plan]
    }
    resource "aws_kms_key" "this" {
      count = var.package ? 1 : 0
      dynamic "rule" {
        for_each = var.rules
        content {
          name = rule.key
          dynamic "inner" {
            for_each = rule.value
            content {
              value = inner.value
            }
          }
        }
      }
      timeouts {
        create = "1m"
      }
    }
    data "archive_file" "zip" {
      for_each    = toset([])
      type        = "zip"
      output_path = "x"
    }
    output "key" { value = one(aws_kms_key.this[*].arn) }
    output "first" { value = try(aws_kms_key.this[0].arn, "none") }
    output "all" { value = [for zip in data.archive_file.zip : zip.output_path] }
    output "pet" { value = join("", random_pet.name[*].id) }
"#;

#[tokio::test]
async fn types_that_recon_lacks_may_stand_where_they_get_no_instance() {
    let (_folder, project) = project(&[
        (
            "main.tf",
            r#"
            provider "thing" {
              token = "x"
              nested {
                a = 1
              }
            }
            module "shared" { source = "./shared" }
            module "none" {
              source  = "./shared"
              count   = 0
              package = true
            }
            output "first" { value = module.shared.first }
            output "pet" { value = "<${module.shared.pet}>" }
        "#,
        ),
        ("shared/main.tf", SHARED),
    ]);
    assert_eq!(outputs(&project).await, pairs(&[("first", "none"), ("pet", "<>")]));
    project.apply(false).await.unwrap();
    assert!(project.plan(false).await.unwrap().plan.is_empty());
    project.apply(true).await.unwrap();
}

#[tokio::test]
async fn every_type_that_recon_lacks_and_that_gets_instances_is_named_in_one_run() {
    let (_folder, project) = project(&[
        (
            "main.tf",
            r#"
            module "shared" {
              source  = "./shared"
              package = true
              rules   = { a = [], b = [] }
            }
        "#,
        ),
        ("shared/main.tf", SHARED),
    ]);
    project.load().unwrap();
    let mut problems = project.plan(false).await.err().unwrap();
    problems.sort();
    assert_eq!(
        problems,
        [
            "Invalid data source: recon has no data source \"external\", and none of the provider \"hashicorp/external\" at all.",
            "Invalid resource type: recon has no resource type \"aws_kms_key\".",
            "Invalid resource type: recon has no resource type \"local_file\", and none of the provider \"hashicorp/local\" at all.",
            "Invalid resource type: recon has no resource type \"null_resource\", and none of the provider \"hashicorp/null\" at all.",
            "Invalid resource type: recon has no resource type \"random_pet\", and none of the provider \"hashicorp/random\" at all.",
        ]
    );
}

#[test]
fn a_type_that_recon_lacks_is_refused_at_once_where_its_instance_is_certain() {
    let (_folder, project) = project(&[
        (
            "main.tf",
            r#"
            terraform {
              required_providers {
                mine = { source = "acme/aws" }
              }
            }
            resource "aws_iam_rol" "x" {}
            resource "aws_iam_role" "mine" { provider = mine }
            data "aws_iam_role" "wrong" {}
            resource "aws_kms_key" "none" { count = 0 }
            module "m" { source = "./m" }
        "#,
        ),
        ("m/main.tf", "resource \"null_resource\" \"x\" {}\n"),
    ]);
    let mut problems = project.load().err().unwrap();
    problems.sort();
    let summaries: Vec<&str> = problems.iter().map(|problem| problem.as_str()).collect();
    assert_eq!(
        summaries,
        [
            "Invalid data source: recon has no data source \"aws_iam_role\".",
            "Invalid resource type: recon has no resource type \"aws_iam_rol\".",
            "Invalid resource type: recon has no resource type \"aws_iam_role\", and none of the provider \"acme/aws\" at all.",
            "Invalid resource type: recon has no resource type \"null_resource\", and none of the provider \"hashicorp/null\" at all.",
        ]
    );
}
