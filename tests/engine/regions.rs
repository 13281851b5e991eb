//! The `region` argument of a type whose service has regions, against CloudWatch Logs in as many regions as are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use recon::aws::{Aws, Settings, registry};
use recon::diagnostic::Diagnostics;
use recon::language::{Scope, config::Provider, eval};
use recon::plan::step::Action;
use recon::resource::{Registry, Run};
use recon::testing::project::Project;
use recon::value::Value;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{assert_settled, steps};

/// Log groups by region.
#[derive(Clone, Debug, Default)]
struct Logs(Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>);

impl Logs {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, BTreeSet<String>>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The log groups there are, as `region name`.
    fn all(&self) -> Vec<String> {
        self.with(|regions| {
            let one = |(region, names): (&String, &BTreeSet<String>)| {
                names.iter().map(|name| format!("{region} {name}")).collect::<Vec<_>>()
            };
            regions.iter().flat_map(one).collect()
        })
    }

    fn registry(&self, region: &str) -> Registry {
        let connector = SharedHttpConnector::new(self.clone());
        registry(&Aws::new(Settings {
            region: Some(region.to_owned()),
            keys: Some(("test".into(), "test".into(), None)),
            http: Some(http_client_fn(move |_, _| connector.clone())),
            ..Settings::default()
        }))
    }
}

impl HttpConnector for Logs {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body: Json = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let region = request.uri().split('.').nth(1).unwrap_or_default().to_owned();
        let name = body["logGroupName"].as_str().unwrap_or_default().to_owned();
        let answer = self.with(|regions| {
            let groups = regions.entry(region.clone()).or_default();
            match target.rsplit('.').next().unwrap_or_default() {
                "CreateLogGroup" => groups.insert(name.clone()),
                "DeleteLogGroup" => groups.remove(&name),
                _ => false,
            };
            let shown = |name: &String| {
                let arn = format!("arn:aws:logs:{region}:123456789012:log-group:{name}");
                json!({"logGroupName": name, "logGroupArn": arn, "logGroupClass": "STANDARD"})
            };
            json!({"logGroups": groups.iter().map(shown).collect::<Vec<_>>(), "tags": {}})
        });
        let ok = 200_u16.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(ok, SdkBody::from(answer.to_string()))))
    }
}

fn project(logs: &Logs, text: &str) -> (TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    let cloud = logs.clone();
    let make = move |provider: &Provider, scope: &dyn Scope, problems: &mut Diagnostics| {
        let region = provider.body.attribute("region").map(|attribute| eval(&attribute.expr, scope, problems));
        Some(cloud.registry(region.as_ref().and_then(Value::as_str).unwrap_or("us-east-1")))
    };
    let project = Project::configured(folder.path(), logs.registry("us-east-1"), Box::new(make));
    project.write("main.tf", text);
    (folder, project)
}

fn text(provider: &str, region: &str) -> String {
    format!(
        r#"
        provider "aws" {{ region = "{provider}" }}
        resource "aws_cloudwatch_log_group" "home" {{ name = "home" }}
        resource "aws_cloudwatch_log_group" "there" {{
          name   = "there"
          region = "{region}"
        }}
    "#
    )
}

#[tokio::test]
async fn objects_are_made_where_the_argument_says_and_moved_by_replacement() {
    let logs = Logs::default();
    let (_folder, project) = project(&logs, &text("us-east-1", "eu-west-1"));
    let made = project.plan(false).await.unwrap();
    let planned = |name: &str| {
        let step = made.plan.steps.iter().find(|step| &*step.address.resource.name == name).unwrap();
        step.planned.attr("region").as_str().map(str::to_owned)
    };
    assert_eq!((planned("home").as_deref(), planned("there").as_deref()), (Some("us-east-1"), Some("eu-west-1")));
    project.apply(false).await.unwrap();
    assert_eq!(logs.all(), ["eu-west-1 there", "us-east-1 home"]);
    assert_settled(&project).await;
    let state = project.state().await.unwrap();
    let region = |address: &str| state.instances[&address.parse().unwrap()].attributes["region"].clone();
    assert_eq!(region("aws_cloudwatch_log_group.home"), "us-east-1");
    assert_eq!(region("aws_cloudwatch_log_group.there"), "eu-west-1");

    project.write("main.tf", &text("us-east-1", "eu-central-1"));
    let moved = [("aws_cloudwatch_log_group.there".to_owned(), Action::Replace)];
    assert_eq!(steps(&project.plan(false).await.unwrap()), moved);
    project.apply(false).await.unwrap();
    assert_eq!(logs.all(), ["eu-central-1 there", "us-east-1 home"]);

    project.write("main.tf", &text("us-west-2", "eu-central-1"));
    let moved = [("aws_cloudwatch_log_group.home".to_owned(), Action::Replace)];
    assert_eq!(steps(&project.plan(false).await.unwrap()), moved);
    project.apply(false).await.unwrap();
    assert_eq!(logs.all(), ["eu-central-1 there", "us-west-2 home"]);
    assert_settled(&project).await;
    project.apply(true).await.unwrap();
    assert_eq!(logs.all(), Vec::<String>::new());
}

#[tokio::test]
async fn state_without_regions_is_that_of_the_providers_region() {
    let logs = Logs::default();
    let (folder, project) = project(&logs, &text("us-east-1", "us-east-1"));
    project.apply(false).await.unwrap();
    let path = folder.path().join("state/default.tfstate");
    let mut state: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for resource in state["resources"].as_array_mut().unwrap() {
        resource["instances"][0]["attributes"].as_object_mut().unwrap().remove("region").unwrap();
    }
    // As another program writes it: without recon's own checksum.
    state.as_object_mut().unwrap().remove("recon_checksum");
    std::fs::write(&path, serde_json::to_string_pretty(&state).unwrap()).unwrap();
    let made = project.plan(false).await.unwrap();
    assert!(made.plan.is_empty(), "{:?}", steps(&made));
    assert_eq!(made.plan.drift, []);
    project.apply(false).await.unwrap();
    let state = project.state().await.unwrap();
    assert!(state.instances.values().all(|instance| instance.attributes["region"] == "us-east-1"));
}

#[tokio::test]
async fn an_import_id_may_end_with_a_region() {
    let logs = Logs::default();
    let registry = logs.registry("us-east-1");
    let resource = registry.resource("aws_cloudwatch_log_group").unwrap();
    logs.with(|regions| regions.entry("ap-south-1".into()).or_default().insert("a".into()));
    let read = async |id: &str| resource.read(&resource.import(id).unwrap(), &Run::unrecorded()).await.unwrap();
    let found = read("a@ap-south-1").await.unwrap();
    assert_eq!((found.attr("name"), found.attr("region")), ("a".into(), "ap-south-1".into()));
    assert_eq!(read("a").await, None);
}

#[test]
fn types_of_no_region_have_no_such_argument() {
    let logs = Logs::default();
    let (_folder, project) = project(
        &logs,
        r#"
        resource "aws_iam_role" "r" {
          assume_role_policy = "{}"
          region             = "eu-west-1"
        }
        data "aws_caller_identity" "me" { region = "eu-west-1" }
        data "aws_cognito_user_pools" "p" {
          name   = "x"
          region = "eu-west-1"
        }
    "#,
    );
    let expected = "Unsupported argument: An argument named \"region\" is not expected here.";
    assert_eq!(project.load().err().unwrap(), [expected, expected]);
}

#[tokio::test]
async fn what_is_no_region_is_refused() {
    let logs = Logs::default();
    let (_folder, project) = project(&logs, &text("us-east-1", "Ireland"));
    let problems = project.plan(false).await.err().unwrap();
    assert_eq!(problems, ["Invalid region: `Ireland` is not the name of a region."]);
}
