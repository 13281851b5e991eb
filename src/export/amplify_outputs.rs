//! Amplify Gen 2's `amplify_outputs.json`, filled from outputs by their names.
//!
//! | Output | Member |
//! | --- | --- |
//! | `aws_user_pools_id`, `user_pool_id` | `auth.user_pool_id` |
//! | `aws_user_pools_web_client_id`, `user_pool_client_id` | `auth.user_pool_client_id` |
//! | `aws_cognito_region` | `auth.aws_region` |
//! | `aws_cognito_identity_pool_id`, `identity_pool_id` | `auth.identity_pool_id` |
//! | `aws_appsync_graphqlEndpoint`, `graphql_endpoint` | `data.url` |
//! | `aws_appsync_region` | `data.aws_region` |
//! | `aws_appsync_apiKey`, `api_key` | `data.api_key` |
//! | `aws_appsync_authenticationType` | `data.default_authorization_type` |
//! | `aws_appsync_additionalAuthenticationTypes` | `data.authorization_types` |
//! | `aws_project_region` | the region of both, where they have none of their own |
//! | any other | `custom`, under its own name |
//!
//! What Amplify requires and no output gives is derived: a region from the pool's id or from AppSync's host name, the
//! default authorization from whether there is an API key, the other one from whether there is a user pool.

use serde_json::{Map, Value as Json};

use super::{Outputs, pretty};
use crate::diagnostic::Diagnostic;
use crate::value::json::to_json;

/// The version of Amplify's format.
const VERSION: &str = "1.1";
const USER_POOLS: &str = "AMAZON_COGNITO_USER_POOLS";

const AUTH: [(&str, &str); 6] = [
    ("aws_user_pools_id", "user_pool_id"),
    ("user_pool_id", "user_pool_id"),
    ("aws_user_pools_web_client_id", "user_pool_client_id"),
    ("user_pool_client_id", "user_pool_client_id"),
    ("aws_cognito_identity_pool_id", "identity_pool_id"),
    ("identity_pool_id", "identity_pool_id"),
];
const DATA: [(&str, &str); 6] = [
    ("aws_appsync_graphqlEndpoint", "url"),
    ("graphql_endpoint", "url"),
    ("aws_appsync_apiKey", "api_key"),
    ("api_key", "api_key"),
    ("aws_appsync_authenticationType", "default_authorization_type"),
    ("aws_appsync_additionalAuthenticationTypes", "authorization_types"),
];

/// The text of the file.
pub(super) fn text(outputs: &Outputs) -> Result<String, Box<Diagnostic>> {
    let (mut auth, mut data, mut custom) = (Map::new(), Map::new(), Map::new());
    let mut regions = Regions::default();
    for (name, value) in outputs {
        let json = to_json(value);
        let member = |table: &[(&str, &'static str)]| table.iter().find(|(n, _)| *n == &**name).map(|(_, m)| *m);
        if let Some(member) = member(&AUTH) {
            auth.entry(member).or_insert(json);
        } else if let Some(member) = member(&DATA) {
            data.entry(member).or_insert(json);
        } else {
            match &**name {
                "aws_cognito_region" => regions.auth = json.as_str().map(str::to_owned),
                "aws_appsync_region" => regions.data = json.as_str().map(str::to_owned),
                "aws_project_region" => regions.project = json.as_str().map(str::to_owned),
                _ => {
                    custom.insert(name.to_string(), json);
                }
            }
        }
    }
    let has_pool = auth.contains_key("user_pool_id");
    let mut file = Map::new();
    file.insert("version".into(), VERSION.into());
    if !auth.is_empty() {
        let pool = auth.get("user_pool_id").and_then(Json::as_str).and_then(pool_region);
        let region = regions.auth.or(pool).or_else(|| regions.project.clone());
        insert_region(&mut auth, region);
        require(&auth, "auth", &["aws_region", "user_pool_id", "user_pool_client_id"])?;
        file.insert("auth".into(), Json::Object(auth));
    }
    if !data.is_empty() {
        let host = data.get("url").and_then(Json::as_str).and_then(host_region);
        insert_region(&mut data, regions.data.or(host).or(regions.project));
        complete_authorization(&mut data, has_pool);
        require(&data, "data", &["aws_region", "url", "default_authorization_type"])?;
        file.insert("data".into(), Json::Object(data));
    }
    if !custom.is_empty() {
        file.insert("custom".into(), Json::Object(custom));
    }
    Ok(pretty(&Json::Object(file)))
}

#[derive(Default)]
struct Regions {
    auth: Option<String>,
    data: Option<String>,
    project: Option<String>,
}

fn insert_region(section: &mut Map<String, Json>, region: Option<String>) {
    if let Some(region) = region {
        section.insert("aws_region".into(), region.into());
    }
}

/// Amplify wants the default mode and a list of the others.
fn complete_authorization(data: &mut Map<String, Json>, has_pool: bool) {
    let derived = match (data.contains_key("api_key"), has_pool) {
        (true, _) => Some("API_KEY"),
        (false, true) => Some(USER_POOLS),
        (false, false) => None,
    };
    if let (None, Some(mode)) = (data.get("default_authorization_type"), derived) {
        data.insert("default_authorization_type".into(), mode.into());
    }
    if let Some(Json::String(list)) = data.get("authorization_types") {
        // Amplify's older file has the modes as one text with commas.
        let modes: Vec<Json> = list.split(',').map(str::trim).filter(|m| !m.is_empty()).map(Json::from).collect();
        data.insert("authorization_types".into(), modes.into());
    }
    if !data.contains_key("authorization_types") {
        let default = data.get("default_authorization_type").and_then(Json::as_str);
        let mut others: Vec<Json> = Vec::new();
        if has_pool && default != Some(USER_POOLS) {
            others.push(USER_POOLS.into());
        }
        if data.contains_key("api_key") && default != Some("API_KEY") {
            others.push("API_KEY".into());
        }
        data.insert("authorization_types".into(), others.into());
    }
}

/// A pool's id begins with its region: `eu-west-1_AbCd`.
fn pool_region(id: &str) -> Option<String> {
    id.split_once('_').map(|(region, _)| region.to_owned()).filter(|region| region.contains('-'))
}

/// AppSync's host is `ID.appsync-api.REGION.amazonaws.com`.
fn host_region(url: &str) -> Option<String> {
    url.split_once(".appsync-api.")?.1.split('.').next().map(str::to_owned)
}

fn require(section: &Map<String, Json>, name: &str, members: &[&str]) -> Result<(), Box<Diagnostic>> {
    let missing: Vec<&str> = members.iter().filter(|member| !section.contains_key(**member)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let listed = missing.iter().map(|member| format!("`{member}`")).collect::<Vec<_>>().join(", ");
    let cures = missing.iter().filter_map(|member| cure(name, member)).map(|output| format!("`{output}`"));
    let cures = cures.collect::<Vec<_>>().join(", ");
    Err(Box::new(Diagnostic::error("Incomplete Amplify outputs").with(|d| {
        d.detail(format!("Amplify requires {listed} in the section `{name}`, and no output gives it."));
        d.help(format!("Add the output {cures}."));
    })))
}

fn cure(section: &str, member: &str) -> Option<&'static str> {
    match (section, member) {
        ("auth", "aws_region") => Some("aws_cognito_region"),
        (_, "aws_region") => Some("aws_appsync_region"),
        ("auth", member) => AUTH.iter().find(|(_, m)| *m == member).map(|(name, _)| *name),
        (_, member) => DATA.iter().find(|(_, m)| *m == member).map(|(name, _)| *name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;
    use std::sync::Arc;

    fn given(names: &[(&str, &str)]) -> Vec<(Arc<str>, Value)> {
        names.iter().map(|(name, value)| (Arc::from(*name), Value::from(*value))).collect()
    }

    #[test]
    fn known_names_find_their_member_and_the_rest_is_custom() {
        let outputs = given(&[
            ("aws_appsync_graphqlEndpoint", "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql"),
            ("aws_appsync_apiKey", "da2-key"),
            ("aws_user_pools_id", "us-east-1_Ab"),
            ("aws_user_pools_web_client_id", "client"),
            ("bucket", "photos"),
        ]);
        insta::assert_snapshot!(text(&outputs).unwrap(), @r#"
        {
          "version": "1.1",
          "auth": {
            "user_pool_id": "us-east-1_Ab",
            "user_pool_client_id": "client",
            "aws_region": "us-east-1"
          },
          "data": {
            "url": "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
            "api_key": "da2-key",
            "aws_region": "eu-west-1",
            "default_authorization_type": "API_KEY",
            "authorization_types": [
              "AMAZON_COGNITO_USER_POOLS"
            ]
          },
          "custom": {
            "bucket": "photos"
          }
        }
        "#);
    }

    #[test]
    fn what_amplify_requires_is_asked_for_by_the_name_of_the_output() {
        let problem = text(&given(&[("aws_user_pools_id", "us-east-1_Ab")])).unwrap_err();
        assert_eq!(problem.help, ["Add the output `aws_user_pools_web_client_id`."]);
        let problem = text(&given(&[("graphql_endpoint", "http://localhost/graphql"), ("api_key", "k")])).unwrap_err();
        assert_eq!(problem.help, ["Add the output `aws_appsync_region`."]);
    }
}
