//! Listings of siblings: each is told as it is, in the order asked for, and what is gone is not among them.

use recon::resource::{Registry, Run};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::Subject;
use recon::value::Value;
use serde_json::{Value as Json, json};

/// Makes siblings, deletes the middle one, and compares what a listing tells with what reads tell.
async fn siblings(registry: &Registry, ty: &str, wanted: &[Json]) {
    let resource = registry.resource(ty).unwrap();
    let mut states = Vec::new();
    for (at, wanted) in wanted.iter().enumerate() {
        let subject = Subject::create(registry, ty, wanted).await;
        states.push(subject.state.clone());
        if at == 1 {
            subject.delete().await;
        }
    }
    let names: Vec<_> = states.iter().map(|state| resource.listing(state).unwrap().name).collect();
    assert!(names.iter().all(|name| *name == names[0]), "{ty}: siblings share a listing: {names:?}");
    let priors: Vec<&Value> = states.iter().rev().collect();
    let run = Run::unrecorded();
    let listed = resource.read_listed(&priors, &run).await.unwrap();
    let mut read = Vec::new();
    for prior in &priors {
        read.push(resource.read(prior, &run).await.unwrap());
    }
    assert_eq!(read.iter().filter(|found| found.is_none()).count(), 1, "{ty}: one is gone");
    assert_eq!(listed, read, "{ty}");
}

#[tokio::test]
async fn siblings_on_ministack_are_listed_as_they_are_read() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let schema = "type Query { a: String b: String c: String d: String }";
    let api = json!({"name": "blog", "authentication_type": "API_KEY", "schema": schema});
    let api = Subject::create(&registry, "aws_appsync_graphql_api", &api).await;
    let api_id = api.state.attr("id").as_str().unwrap().to_owned();
    let each = |make: &dyn Fn(&str) -> Json| ["a", "b", "c", "d"].map(make);

    let key = |name: &str| json!({"api_id": api_id, "description": name});
    siblings(&registry, "aws_appsync_api_key", &each(&key)).await;
    let source =
        |name: &str| json!({"api_id": api_id, "name": name, "type": "NONE", "description": format!("of {name}")});
    siblings(&registry, "aws_appsync_datasource", &each(&source)).await;
    let function = |name: &str| {
        let (request, response) = (format!("## {name}"), "$ctx.result");
        json!({"api_id": api_id, "name": name, "data_source": "a", "request_mapping_template": request,
               "response_mapping_template": response})
    };
    siblings(&registry, "aws_appsync_function", &each(&function)).await;
    let resolver = |name: &str| json!({"api_id": api_id, "type": "Query", "field": name, "data_source": "a", "request_template": format!("## {name}")});
    siblings(&registry, "aws_appsync_resolver", &each(&resolver)).await;
}

#[tokio::test]
async fn policies_of_a_role_are_listed_as_they_are_read() {
    for kind in [Kind::Ministack, Kind::Moto] {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}},
        ]});
        let role = json!({"name": "it", "assume_role_policy": trust.to_string()});
        let _role = Subject::create(&registry, "aws_iam_role", &role).await;
        let attached = |name: &str| json!({"role": "it", "policy_arn": format!("arn:aws:iam::aws:policy/{name}")});
        let names = ["ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AmazonDynamoDBReadOnlyAccess"];
        siblings(&registry, "aws_iam_role_policy_attachment", &names.map(attached)).await;
    }
}
