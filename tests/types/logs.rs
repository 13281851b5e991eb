//! Log groups.

use recon::resource::{ErrorKind, Run};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::{Subject, plan};
use serde_json::json;

const LOG_GROUP: &str = "aws_cloudwatch_log_group";

#[tokio::test]
async fn a_log_group_lives_on_ministack() {
    log_group_lives(Kind::Ministack).await;
}

#[tokio::test]
async fn a_log_group_lives_on_moto() {
    log_group_lives(Kind::Moto).await;
}

async fn log_group_lives(kind: Kind) {
    let emulator = Emulator::start(kind);
    let registry = emulator.registry();
    let mut group = Subject::create(&registry, LOG_GROUP, &json!({"name": "/aws/lambda/posts"})).await;
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/posts";
    assert_eq!(group.state.attr("arn"), arn.into());
    for wanted in [
        json!({"name": "/aws/lambda/posts", "retention_in_days": 7}),
        json!({"name": "/aws/lambda/posts", "retention_in_days": 30, "tags": {"a": "1"}}),
        json!({"name": "/aws/lambda/posts", "tags": {"b": "2"}}),
    ] {
        group.update(&wanted).await;
    }
    group.assert_replaces(&json!({"name": "other"}), &["name"]);
    let prefixed = json!({"name_prefix": "p-", "retention_in_days": 1, "log_group_class": "INFREQUENT_ACCESS"});
    let prefixed = Subject::create(&registry, LOG_GROUP, &prefixed).await;
    assert!(prefixed.state.attr("name").as_str().expect("a name").starts_with("p-"));
    assert_eq!(prefixed.state.attr("name_prefix"), "p-".into());
    prefixed.delete().await;
    group.delete().await;
}

#[tokio::test]
async fn a_log_group_that_lambda_made_is_taken_over() {
    let emulator = Emulator::start(Kind::Ministack);
    let logs = emulator.aws().logs(None).await.expect("a client");
    logs.create_log_group().log_group_name("/aws/lambda/posts").send().await.expect("a log group");
    let wanted = json!({"name": "/aws/lambda/posts", "retention_in_days": 14, "tags": {"a": "1"}});
    let group = Subject::create(&emulator.registry(), LOG_GROUP, &wanted).await;
    group.delete().await;
}

#[tokio::test]
async fn a_log_group_of_somebody_else_is_not() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let resource = registry.resource(LOG_GROUP).expect("the type");
    let logs = emulator.aws().logs(None).await.expect("a client");
    logs.create_log_group().log_group_name("/my/group").send().await.expect("a log group");
    let tagged = logs.create_log_group().log_group_name("/aws/lambda/posts").tags("owner", "me");
    tagged.send().await.expect("a log group");
    for name in ["/my/group", "/aws/lambda/posts"] {
        let planned = plan(resource.as_ref(), &json!({"name": name}), None).planned;
        let error = resource.create(&planned, &Run::unrecorded()).await.expect_err("the name is taken");
        assert_eq!(error.kind, ErrorKind::Conflict, "{name}");
        assert!(error.help.expect("a way out").contains("import"), "{name}");
    }
}

#[tokio::test]
async fn one_token_makes_one_log_group() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let resource = registry.resource(LOG_GROUP).expect("the type");
    let planned = plan(resource.as_ref(), &json!({"name_prefix": "p-"}), None).planned;
    let run = Run::unrecorded();
    let first = resource.create(&planned, &run).await.expect("it is made");
    let second = resource.create(&planned, &run).await.expect("it is found");
    assert_eq!(first, second);
}
