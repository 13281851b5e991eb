//! Things that are read for one run, and data sources of checks: both are read again by apply, and stop nothing that they
//! need not.

use std::sync::atomic::Ordering;

use recon::aws::{self, Aws, Settings};
use recon::plan::checks::Status;
use recon::testing::project::Project;
use recon::testing::world::World;
use tempfile::TempDir;

fn project(text: &str) -> (TempDir, Project, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::default();
    let registry = aws::registry(&Aws::new(Settings::default()));
    let registry = registry.with_ephemeral(world.clone()).with_data(world.clone());
    let project = Project::new(folder.path(), registry);
    project.write("main.tf", text);
    (folder, project, world)
}

#[tokio::test]
async fn an_ephemeral_resource_is_opened_by_plan_and_apply_and_not_stored() {
    let text = r#"
        ephemeral "test_token" "now" { name = "a" }
        ephemeral "test_token" "later" { name = terraform_data.name.id }
        resource "terraform_data" "name" { input = "b" }
        resource "terraform_data" "user" {
          input = ephemeralasnull(ephemeral.test_token.now.secret) == null
          lifecycle {
            precondition {
              condition     = ephemeral.test_token.now.secret == "s3cret-a"
              error_message = "Another token."
            }
            precondition {
              condition     = ephemeral.test_token.later.secret == "s3cret-${terraform_data.name.id}"
              error_message = "Another token."
            }
          }
        }
    "#;
    let (folder, project, world) = project(text);
    project.plan(false).await.unwrap();
    assert_eq!(world.opened.load(Ordering::Relaxed), 1);
    let summary = project.apply(false).await.unwrap();
    assert_eq!(summary.counts.add, 2);
    assert_eq!(world.opened.load(Ordering::Relaxed), 1 + 1 + 2);
    let state = std::fs::read_to_string(folder.path().join("state/default.tfstate")).unwrap();
    assert!(!state.contains("s3cret") && !state.contains("test_token"), "{state}");
    assert!(project.plan(false).await.unwrap().plan.is_empty());
    project.write("main.tf", &text.replace("input = ephemeralasnull(", "input = ("));
    let problems = project.plan(false).await.err().unwrap();
    assert!(problems[0].starts_with("Invalid use of ephemeral value"), "{problems:?}");
}

#[tokio::test]
async fn a_check_reads_its_data_source_again_when_all_is_done() {
    let text = r#"
        module "m" { source = "./m" }
        resource "terraform_data" "x" {
          input      = 1
          depends_on = [module.m]
        }
    "#;
    let inner = r#"
        check "up" {
          data "test_probe" "it" {}
          assert {
            condition     = data.test_probe.it.answer == "ok"
            error_message = "It says ${data.test_probe.it.answer}."
          }
        }
    "#;
    let (_folder, project, world) = project(text);
    project.write("m/main.tf", inner);
    let made = project.plan(false).await.unwrap();
    let status = |results: &recon::plan::checks::CheckResults| {
        let (_, instances) = results.iter().next().unwrap();
        let found = instances.values().next().unwrap();
        (found.status, found.failures.clone())
    };
    let (found, failures) = status(&made.plan.checks);
    assert!(found == Status::Fail && failures[0].contains("nobody answers"), "{failures:?}");
    world.up.store(true, Ordering::Relaxed);
    let summary = project.apply(false).await.unwrap();
    assert_eq!(status(&summary.checks), (Status::Pass, Vec::new()));
    assert_eq!(summary.counts.add, 1);
    world.up.store(false, Ordering::Relaxed);
    let summary = project.apply(false).await.unwrap();
    assert_eq!(status(&summary.checks).0, Status::Fail);
    assert!(summary.failed.is_empty() && summary.skipped.is_empty());
    let state = project.state().await.unwrap();
    let message = state.check_results[0]["objects"][0]["failure_messages"][0].to_string();
    assert!(message.contains("nobody answers"), "{message}");
}
