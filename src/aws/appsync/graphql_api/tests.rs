use std::path::Path;

use super::*;
use crate::aws::Settings;

fn api() -> GraphqlApi {
    GraphqlApi::new(&Aws::new(Settings::default()))
}

fn log(level: &str) -> LogConfig {
    LogConfig { cloudwatch_logs_role_arn: "role".into(), field_log_level: level.into(), exclude_verbose_content: true }
}

#[test]
fn logging_that_is_declared_no_more_is_switched_off_with_its_role() {
    let off = log_to_send(Some(&log("ALL")), None).unwrap().unwrap();
    assert_eq!((off.field_log_level, off.cloud_watch_logs_role_arn.as_str()), (FieldLogLevel::None, "role"));
    assert_eq!(log_to_send(None, None).unwrap(), None);
}

#[test]
fn logging_that_is_off_reads_as_absent_where_it_is_not_declared() {
    let answer = || types::GraphqlApi::builder().log_config(log("NONE").to_api().unwrap()).build();
    let read = |known: &GraphqlApiModel| GraphqlApiModel::of_api(answer(), None, known).log_config;
    assert_eq!(read(&GraphqlApiModel::default()), None);
    let declared = GraphqlApiModel { log_config: Some(log("NONE")), ..GraphqlApiModel::default() };
    assert_eq!(read(&declared), Some(log("NONE")));
}

#[test]
fn what_an_answer_lacks_is_its_default() {
    let read = GraphqlApiModel::of_api(types::GraphqlApi::builder().build(), None, &GraphqlApiModel::default());
    let texts = [&read.api_type, &read.visibility, &read.introspection_config].map(|text| text.as_deref().unwrap());
    assert_eq!(texts, ["GRAPHQL", "GLOBAL", "ENABLED"]);
}

#[test]
fn schema_and_tags_are_no_reason_to_send_all_settings() {
    let prior = GraphqlApiModel { id: Some("a".into()), name: "n".into(), ..GraphqlApiModel::default() };
    let mut wanted = GraphqlApiModel { schema: Some("type Query { a: ID }".into()), ..prior.clone() };
    wanted.tags_all.insert("a".into(), "b".into());
    assert!(!prior.settings_differ(&wanted));
    wanted.xray_enabled = true;
    assert!(prior.settings_differ(&wanted));
}

#[test]
fn a_replacement_and_a_schema_that_stays_are_told() {
    let model = |schema: Option<&str>, visibility: &str| GraphqlApiModel {
        schema: schema.map(str::to_owned),
        visibility: Some(visibility.into()),
        ..GraphqlApiModel::default()
    };
    let (prior, wanted) = (model(Some("type Query { a: ID }"), "GLOBAL").to_value(), model(None, "PRIVATE").to_value());
    let mut problems = Diagnostics::new();
    let now = jiff::Timestamp::UNIX_EPOCH;
    api().plan(&mut Planning::new(&wanted, Some(&prior), wanted.clone(), now, Path::new(".")), &mut problems);
    let found: Vec<&str> = problems.iter().map(|problem| problem.summary.as_str()).collect();
    assert_eq!(found, ["Schema stays in place", "Replacement of a GraphQL API"]);
}

#[test]
fn an_imported_api_is_read_with_its_schema() {
    let model = api().import("abc123").unwrap();
    assert_eq!((model.id.as_deref(), model.schema.as_deref()), (Some("abc123"), Some(UNREAD)));
    assert!(api().import("abc/../x").is_err() && api().import("").is_err());
}
