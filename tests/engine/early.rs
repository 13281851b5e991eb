//! Data sources that are read while state is refreshed, and those that wait.

use recon::plan::step::Action;

use tempfile::TempDir;

use super::{assert_settled, project, steps};

const STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x",
    "outputs": {"size": {"value": "1", "type": "string"}}, "resources": []}"#;

fn text(folder: &TempDir, size: &str, depends_on: &str) -> String {
    let path = folder.path().join("other.tfstate");
    let path = path.display();
    format!(
        r#"
        resource "terraform_data" "it" {{ input = "{size}" }}
        data "terraform_remote_state" "other" {{
          backend = "local"
          config  = {{ path = "{path}" }}
          {depends_on}
        }}
        resource "terraform_data" "uses" {{ input = data.terraform_remote_state.other.outputs.size }}
    "#
    )
}

#[tokio::test]
async fn what_is_read_beside_a_refresh_is_what_the_plan_uses() {
    let (folder, project) = project("");
    project.write("main.tf", &text(&folder, "1", ""));
    project.write("other.tfstate", STATE);
    project.apply(false).await.unwrap();
    assert_settled(&project).await;
    project.write("other.tfstate", &STATE.replace("\"1\", \"type\"", "\"2\", \"type\""));
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.uses".to_owned(), Action::Update)]);
}

#[tokio::test]
async fn what_cannot_be_read_beside_a_refresh_is_told_once() {
    let (folder, project) = project("");
    project.write("main.tf", &text(&folder, "1", ""));
    project.write("other.tfstate", STATE);
    project.apply(false).await.unwrap();
    std::fs::remove_file(folder.path().join("other.tfstate")).unwrap();
    let problems = project.plan(false).await.err().unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[tokio::test]
async fn a_data_source_that_waits_for_a_change_is_not_read_before() {
    let depends_on = "depends_on = [terraform_data.it]";
    let (folder, project) = project("");
    project.write("main.tf", &text(&folder, "1", depends_on));
    project.write("other.tfstate", STATE);
    project.apply(false).await.unwrap();
    assert_settled(&project).await;
    std::fs::remove_file(folder.path().join("other.tfstate")).unwrap();
    project.write("main.tf", &text(&folder, "2", depends_on));
    let made = project.plan(false).await.unwrap();
    assert!(
        steps(&made).contains(&("data.terraform_remote_state.other".to_owned(), Action::Read)),
        "{:?}",
        steps(&made)
    );
}
