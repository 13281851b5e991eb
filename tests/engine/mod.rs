//! Plan, apply and destroy on resources that need no AWS.

mod checks;
mod early;
mod ephemeral;
mod providers;
mod recovery;
mod refactoring;
mod regions;

use recon::aws::{self, Aws, Settings};
use recon::plan::Made;
use recon::plan::step::{Action, PlanNode};
use recon::testing::project::Project;
use tempfile::TempDir;

fn project(text: &str) -> (TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::new(folder.path(), aws::registry(&Aws::new(Settings::default())));
    project.write("main.tf", text);
    (folder, project)
}

fn steps(made: &Made) -> Vec<(String, Action)> {
    let mut steps: Vec<_> = made.plan.steps.iter().map(|step| (step.address.to_string(), step.action)).collect();
    steps.sort_by(|a, b| a.0.cmp(&b.0));
    steps
}

async fn assert_settled(project: &Project) {
    let made = project.plan(false).await.unwrap();
    assert!(made.plan.is_empty(), "a second plan is empty: {:?} {:?}", steps(&made), made.plan.outputs);
}

const CHAIN: &str = r#"
    variable "names" {
      type    = set(string)
      default = ["a", "b"]
    }
    locals {
      prefix = "x"
    }
    resource "terraform_data" "each" {
      for_each = var.names
      input    = "${local.prefix}-${each.key}"
    }
    resource "terraform_data" "all" {
      input = { for key, object in terraform_data.each : key => object.output }
    }
    module "inner" {
      source = "./inner"
      count  = 2
      value  = terraform_data.all.output["a"]
    }
    output "values" {
      value = module.inner[*].result
    }
"#;

const INNER: &str = r#"
    variable "value" {
      type = string
    }
    resource "terraform_data" "it" {
      input = upper(var.value)
    }
    output "result" {
      value = terraform_data.it.output
    }
"#;

#[tokio::test]
async fn a_chain_through_instances_and_modules_is_applied_and_destroyed() {
    let (_folder, project) = project(CHAIN);
    project.write("inner/main.tf", INNER);
    let made = project.plan(false).await.unwrap();
    let names: Vec<String> = steps(&made).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "module.inner[0].terraform_data.it",
        "module.inner[1].terraform_data.it",
        "terraform_data.all",
        "terraform_data.each[\"a\"]",
        "terraform_data.each[\"b\"]",
    ];
    assert_eq!(names, expected);

    let summary = project.apply(false).await.unwrap();
    assert_eq!((summary.counts.add, summary.failed.len(), summary.skipped.len()), (5, 0, 0));
    let state = project.state().await.unwrap();
    assert_eq!(format!("{:?}", state.outputs["values"].value), r#"["X-A", "X-A"]"#);
    assert_settled(&project).await;

    let summary = project.apply(true).await.unwrap();
    assert_eq!(summary.counts.destroy, 5);
    assert!(project.state().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_edit_changes_what_depends_on_it_and_nothing_else() {
    let (_folder, project) = project(CHAIN);
    project.write("inner/main.tf", INNER);
    project.apply(false).await.unwrap();
    project.write("main.tf", &CHAIN.replace("\"b\"]", "\"c\"]"));
    let made = project.plan(false).await.unwrap();
    let expected = [
        ("terraform_data.all".to_owned(), Action::Update),
        ("terraform_data.each[\"b\"]".to_owned(), Action::Delete),
        ("terraform_data.each[\"c\"]".to_owned(), Action::Create),
    ];
    let changed: Vec<_> = steps(&made).into_iter().filter(|(name, _)| !name.starts_with("module")).collect();
    assert_eq!(changed, expected);
    project.apply(false).await.unwrap();
    assert_settled(&project).await;
}

#[tokio::test]
async fn a_replacement_takes_along_what_is_triggered_by_it() {
    let text = |size: &str| {
        format!(
            r#"
            resource "terraform_data" "first" {{
              triggers_replace = "{size}"
            }}
            resource "terraform_data" "second" {{
              triggers_replace = terraform_data.first.id
            }}
        "#
        )
    };
    let (_folder, project) = project(&text("1"));
    project.apply(false).await.unwrap();
    let before = project.state().await.unwrap();
    project.write("main.tf", &text("2"));
    let summary = project.apply(false).await.unwrap();
    assert_eq!((summary.counts.add, summary.counts.destroy), (2, 2));
    let after = project.state().await.unwrap();
    let address = "terraform_data.second".parse().unwrap();
    assert_ne!(before.instances[&address].id(), after.instances[&address].id());
    assert_settled(&project).await;
}

#[tokio::test]
async fn a_cycle_is_refused_with_its_way() {
    let text = r#"
        resource "terraform_data" "a" { input = terraform_data.b.output }
        resource "terraform_data" "b" { input = local.c }
        locals { c = terraform_data.a.output }
    "#;
    let (_folder, project) = project(text);
    let problems = project.plan(false).await.err().unwrap();
    assert_eq!(problems.len(), 1);
    for name in ["terraform_data.a", "terraform_data.b", "local.c"] {
        assert!(problems[0].contains(name), "{problems:?}");
    }
}

#[tokio::test]
async fn sensitive_values_stay_so_through_state() {
    let text = r#"
        variable "secret" {
          default   = "s3cret"
          sensitive = true
        }
        resource "terraform_data" "it" { input = var.secret }
        output "shown" { value = nonsensitive(terraform_data.it.output) }
        output "hidden" {
          value     = terraform_data.it.output
          sensitive = true
        }
    "#;
    let (_folder, project) = project(text);
    project.apply(false).await.unwrap();
    let state = project.state().await.unwrap();
    assert!(state.outputs["hidden"].sensitive && !state.outputs["shown"].sensitive);
    assert_settled(&project).await;
    project.write("main.tf", &text.replace("nonsensitive(terraform_data.it.output)", "terraform_data.it.output"));
    let problems = project.plan(false).await.err().unwrap();
    assert!(problems[0].starts_with("Output refers to sensitive values"), "{problems:?}");
}

#[tokio::test]
async fn a_trigger_replaces_and_only_when_what_it_names_changes() {
    let text = |size: &str, other: &str| {
        format!(
            r#"
            resource "terraform_data" "first" {{ input = "{size}" }}
            resource "terraform_data" "other" {{ input = "{other}" }}
            resource "terraform_data" "second" {{
              lifecycle {{ replace_triggered_by = [terraform_data.first.input] }}
            }}
        "#
        )
    };
    let (_folder, project) = project(&text("1", "1"));
    project.apply(false).await.unwrap();
    project.write("main.tf", &text("1", "2"));
    let only_other = [("terraform_data.other".to_owned(), Action::Update)];
    assert_eq!(steps(&project.plan(false).await.unwrap()), only_other);
    project.write("main.tf", &text("2", "1"));
    let both =
        [("terraform_data.first".to_owned(), Action::Update), ("terraform_data.second".to_owned(), Action::Replace)];
    assert_eq!(steps(&project.plan(false).await.unwrap()), both);
    project.apply(false).await.unwrap();
    assert_settled(&project).await;
}

#[tokio::test]
async fn postconditions_are_checked_for_what_stays_as_it_is() {
    let text = |least: u32| {
        format!(
            r#"
            resource "terraform_data" "it" {{
              input = 5
              lifecycle {{
                postcondition {{
                  condition     = self.input > {least}
                  error_message = "It is too small."
                }}
              }}
            }}
        "#
        )
    };
    let (_folder, project) = project(&text(1));
    project.apply(false).await.unwrap();
    project.write("main.tf", &text(9));
    let problems = project.plan(false).await.err().unwrap();
    assert_eq!(problems, ["Resource postcondition failed: It is too small."]);
}

#[tokio::test]
async fn a_failure_stops_what_depends_on_it_and_nothing_else() {
    let text = r#"
        resource "terraform_data" "bad" {
          input = "x"
          lifecycle {
            postcondition {
              condition     = self.id == "never"
              error_message = "As expected."
            }
          }
        }
        resource "terraform_data" "behind" { input = terraform_data.bad.output }
        resource "terraform_data" "beside" { input = 1 }
    "#;
    let (_folder, project) = project(text);
    let problems = project.apply(false).await.err().unwrap();
    assert_eq!(problems, ["Resource postcondition failed: As expected."]);
    let state = project.state().await.unwrap();
    let names: Vec<String> = state.instances.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["terraform_data.bad", "terraform_data.beside"]);
}

const REPLACED_FIRST: &str = r#"
    resource "terraform_data" "base" {
      triggers_replace = "1"
    }
    resource "terraform_data" "first" {
      triggers_replace = terraform_data.base.id
      lifecycle { create_before_destroy = true }
    }
    resource "terraform_data" "user" {
      input = terraform_data.first.id
    }
"#;

#[tokio::test]
async fn a_replacement_that_is_made_first_takes_its_users_along_before_the_old_object_goes() {
    let (_folder, project) = project(REPLACED_FIRST);
    project.apply(false).await.unwrap();
    project.write("main.tf", &REPLACED_FIRST.replace("\"1\"", "\"2\""));
    let made = project.plan(false).await.unwrap();
    let order = |wanted: &str| {
        let graph = &made.plan.graph;
        let name = |node| match graph.get(node) {
            PlanNode::Apply(step) => format!("apply {}", made.plan.steps[*step].address.resource.name),
            PlanNode::Destroy(step) => format!("destroy {}", made.plan.steps[*step].address.resource.name),
            PlanNode::Evaluate(..) | PlanNode::Gate => String::new(),
        };
        graph.order().unwrap().into_iter().position(|node| name(node) == wanted).unwrap()
    };
    // The base must not go before what was made on it, so it is replaced in the same way.
    let expected = ["apply base", "apply first", "apply user", "destroy first", "destroy base"].map(order);
    assert!(expected.is_sorted(), "{expected:?}");
    let summary = project.apply(false).await.unwrap();
    assert_eq!((summary.counts.add, summary.counts.change, summary.counts.destroy), (2, 1, 2));
    assert!(project.state().await.unwrap().deposed.is_empty());
    assert_settled(&project).await;
}

#[tokio::test]
async fn an_object_set_aside_by_an_interrupted_run_is_deleted() {
    let (folder, project) = project(REPLACED_FIRST);
    project.apply(false).await.unwrap();
    let path = folder.path().join("state/default.tfstate");
    let mut state: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let resources = state["resources"].as_array_mut().unwrap();
    let first = resources.iter_mut().find(|resource| resource["name"] == "first").unwrap();
    let mut old = first["instances"][0].clone();
    old["deposed"] = "0a1b2c3d".into();
    first["instances"].as_array_mut().unwrap().push(old);
    // As another program writes it: without recon's own checksum.
    state.as_object_mut().unwrap().remove("recon_checksum");
    std::fs::write(&path, serde_json::to_string_pretty(&state).unwrap()).unwrap();
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.first".to_owned(), Action::Delete)]);
    project.apply(false).await.unwrap();
    assert!(project.state().await.unwrap().deposed.is_empty());
    assert_settled(&project).await;
}

#[tokio::test]
async fn what_is_not_sensitive_beside_a_secret_stays_so() {
    let text = r#"
        variable "secret" {
          default   = "s3cret"
          sensitive = true
        }
        resource "terraform_data" "it" { input = { size = 3, password = var.secret } }
        output "size" { value = terraform_data.it.output.size }
    "#;
    let (_folder, project) = project(text);
    project.apply(false).await.unwrap();
    assert_settled(&project).await;
}
