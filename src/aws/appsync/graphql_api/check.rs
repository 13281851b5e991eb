//! Rules of a GraphQL API that a table cannot state.

use std::collections::BTreeSet;

use crate::aws::appsync::runtime::{given, lacking};
use crate::aws::appsync::sdl;
use crate::diagnostic::Diagnostics;
use crate::value::Value;

/// The block that a way of authorization needs.
const BLOCKS: &[(&str, &str)] = &[
    ("AMAZON_COGNITO_USER_POOLS", "user_pool_config"),
    ("OPENID_CONNECT", "openid_connect_config"),
    ("AWS_LAMBDA", "lambda_authorizer_config"),
];

/// The most bytes that AppSync takes as a schema.
const LONGEST_SCHEMA: usize = 1_000_000;
/// The most ways of authorization that an API has.
const MOST_PROVIDERS: usize = 50;

pub(super) fn check(wanted: &Value, problems: &mut Diagnostics) {
    check_schema(wanted, problems);
    check_providers(wanted, problems);
    if wanted.attr("api_type").as_str() == Some("MERGED") {
        check_merged(wanted, problems);
    }
}

fn check_schema(wanted: &Value, problems: &mut Diagnostics) {
    let schema = wanted.attr("schema");
    let Some(text) = schema.as_str().filter(|text| !text.is_empty()) else {
        return;
    };
    if text.len() > LONGEST_SCHEMA {
        problems
            .error("GraphQL schema too long")
            .on("schema")
            .detail(format!("The schema has {} bytes; AppSync takes at most {LONGEST_SCHEMA}.", text.len()))
            .help("Remove descriptions, or split the API and merge the parts with `api_type = \"MERGED\"`.");
        return;
    }
    sdl::check("schema", text, problems);
}

fn check_merged(wanted: &Value, problems: &mut Diagnostics) {
    if lacking(wanted, "merged_api_execution_role_arn") {
        problems
            .error("Merged API without a role")
            .on("api_type")
            .detail("An API of type `MERGED` needs a role that merges the others into it.")
            .help("Set `merged_api_execution_role_arn`.");
    }
    if given(wanted, "schema") {
        problems
            .error("Merged API with a schema of its own")
            .on("schema")
            .detail("The schema of an API of type `MERGED` comes from the APIs that are merged.")
            .help("Remove `schema`, or set `api_type` to `GRAPHQL`.");
    }
}

/// Each way of authorization has its own block, at its own place, and those without one are listed once.
fn check_providers(wanted: &Value, problems: &mut Diagnostics) {
    check_blocks(wanted, "", problems);
    let additional = wanted.attr("additional_authentication_provider");
    let Some(additional) = additional.items() else {
        return;
    };
    let default = wanted.attr("authentication_type");
    let mut single = BTreeSet::new();
    single.extend(default.as_str().map(str::to_owned));
    for (number, provider) in additional.iter().enumerate() {
        let place = format!("additional_authentication_provider.{number}.");
        check_blocks(provider, &place, problems);
        let ty = provider.attr("authentication_type");
        if let Some(ty) = ty.as_str().filter(|ty| matches!(*ty, "API_KEY" | "AWS_IAM" | "AWS_LAMBDA"))
            && !single.insert(ty.to_owned())
        {
            problems
                .error("Way of authorization listed twice")
                .on(format!("{place}authentication_type").as_str())
                .detail(format!("An API has `{ty}` once, as its default or as an additional way."))
                .help("Remove this block.");
        }
    }
    if additional.len() + 1 > MOST_PROVIDERS {
        problems
            .error("Too many ways of authorization")
            .on("additional_authentication_provider")
            .detail(format!(
                "The API has {} ways of authorization; AppSync takes at most {MOST_PROVIDERS}.",
                additional.len() + 1
            ))
            .help("Join user pools or issuers.");
    }
}

fn check_blocks(holder: &Value, place: &str, problems: &mut Diagnostics) {
    let ty = holder.attr("authentication_type");
    let Some(ty) = ty.as_str() else {
        return;
    };
    for (owner, block) in BLOCKS {
        if *owner == ty && lacking(holder, block) {
            problems
                .error("Way of authorization without its block")
                .on(format!("{place}authentication_type").as_str())
                .detail(format!("`{ty}` needs a `{block}` block right beside it."))
                .help(if place.is_empty() {
                    format!("Add a `{block}` block to the resource.")
                } else {
                    format!("Add a `{block}` block inside this `additional_authentication_provider`; one at the top is for the default.")
                });
        }
        if *owner != ty && given(holder, block) {
            problems
                .warning("Block of another way of authorization")
                .on(format!("{place}{block}").as_str())
                .detail(format!("`{block}` belongs to `{owner}`; beside `{ty}` it has no effect."))
                .help("Remove the block, or move it to the way of authorization that it is for.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Model;
    use crate::value::{Type, json};

    fn problems(wanted: &serde_json::Value) -> Vec<(String, String)> {
        let value = json::from_json(wanted, &super::super::GraphqlApiModel::block().ty()).unwrap();
        let mut problems = Diagnostics::new();
        check(&value, &mut problems);
        let place =
            |d: &crate::diagnostic::Diagnostic| d.attribute.as_ref().map(ToString::to_string).unwrap_or_default();
        problems.iter().map(|d| (d.summary.clone(), place(d))).collect()
    }

    fn of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_schema_that_is_not_graphql_is_an_error_with_its_place() {
        let found = problems(&serde_json::json!({"authentication_type": "API_KEY", "schema": "type Query {"}));
        assert_eq!(found[0], ("Invalid GraphQL schema".to_owned(), "schema".to_owned()));
        let long = "#".repeat(LONGEST_SCHEMA + 1);
        let found = problems(&serde_json::json!({"authentication_type": "API_KEY", "schema": long}));
        assert_eq!(found, of(&[("GraphQL schema too long", "schema")]));
    }

    #[test]
    fn each_way_of_authorization_has_its_own_block() {
        let pool = serde_json::json!([{"user_pool_id": "p", "default_action": "ALLOW"}]);
        let right = serde_json::json!({"authentication_type": "AMAZON_COGNITO_USER_POOLS", "user_pool_config": pool,
            "additional_authentication_provider": [{"authentication_type": "API_KEY"}]});
        assert_eq!(problems(&right), []);
        let top_only = serde_json::json!({"authentication_type": "API_KEY", "lambda_authorizer_config": [{"authorizer_uri": "f"}],
            "additional_authentication_provider": [{"authentication_type": "AWS_LAMBDA"}, {"authentication_type": "API_KEY"}]});
        assert_eq!(
            problems(&top_only),
            of(&[
                ("Block of another way of authorization", "lambda_authorizer_config"),
                ("Way of authorization without its block", "additional_authentication_provider[0].authentication_type"),
                ("Way of authorization listed twice", "additional_authentication_provider[1].authentication_type"),
            ])
        );
    }

    #[test]
    fn a_merged_api_has_a_role_and_no_schema() {
        let merged = serde_json::json!({"authentication_type": "API_KEY", "api_type": "MERGED", "schema": "type Query { a: ID }"});
        assert_eq!(
            problems(&merged),
            of(&[("Merged API without a role", "api_type"), ("Merged API with a schema of its own", "schema")])
        );
    }

    #[test]
    fn what_is_not_known_yet_is_not_complained_about() {
        let ty = super::super::GraphqlApiModel::block().ty();
        let wanted = json::from_json(&serde_json::json!({"authentication_type": "AWS_LAMBDA"}), &ty).unwrap();
        let wanted = wanted.with("lambda_authorizer_config", Value::unknown(Type::Dynamic));
        let wanted = wanted.with("schema", Value::unknown(Type::String));
        let mut problems = Diagnostics::new();
        check(&wanted, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
    }
}
