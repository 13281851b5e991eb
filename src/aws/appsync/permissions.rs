//! What the types of AppSync need leave for.
//!
//! An API is named by its ARN. The reference gives no resource for what is inside of an API; AppSync goes by the path of the
//! request there, as its refusals say: `… appsync:UpdateResolver on resource: arn:aws:appsync:eu-north-1:…:/v1/apis/…`.

use crate::aws::permissions::{Here, at, differ, given, is_given, retag};
use crate::resource::permission::pattern;
use crate::resource::{Grant, Need};
use crate::value::Value;

const SERVICE: &str = "appsync.amazonaws.com";

/// The settings that `UpdateGraphqlApi` changes.
const SETTINGS: &[&str] = &[
    "name",
    "authentication_type",
    "additional_authentication_provider",
    "user_pool_config",
    "openid_connect_config",
    "lambda_authorizer_config",
    "enhanced_metrics_config",
    "log_config",
    "xray_enabled",
    "merged_api_execution_role_arn",
    "introspection_config",
    "query_depth_limit",
    "resolver_count_limit",
];

/// Everything inside of an API.
fn inside(here: &Here, api: &str) -> String {
    here.arn("appsync", &format!("/v1/apis/{api}/*"))
}

/// What an API needs.
pub(super) fn api(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let id = |it: &Value| given(&it.attr("id")).unwrap_or_else(|| "*".to_owned());
    let arn = |id: &str| here.arn("appsync", &format!("apis/{id}"));
    match need {
        Need::Read(it) | Need::List(it) => read_api(here, &id(it), it),
        Need::Create(it) => {
            let mut found = vec![Grant::new("appsync:CreateGraphqlApi", "*")];
            // An API is made with a tag of recon's.
            found.extend(tags(here, "*", "appsync:TagResource"));
            if may_have_schema(it) {
                found.extend(put_schema(here, "*"));
            }
            found.extend(roles(here, it));
            if it.attr("xray_enabled").as_bool() != Some(false) {
                found.push(here.service_role(SERVICE));
            }
            found
        }
        Need::Update(prior, wanted) => {
            let id = id(prior);
            let mut found = read_api(here, &id, wanted);
            if differ(prior, wanted, SETTINGS) {
                found.push(Grant::new("appsync:UpdateGraphqlApi", arn(&id)));
                found.extend(roles(here, wanted));
                // Logging is switched off with the role that it had.
                found.extend(roles(here, prior));
                if differ(prior, wanted, &["xray_enabled"]) && wanted.attr("xray_enabled").as_bool() != Some(false) {
                    found.push(here.service_role(SERVICE));
                }
            }
            for grant in retag((prior, wanted), ("appsync:TagResource", "appsync:UntagResource"), "") {
                found.extend(tags(here, &id, grant.action));
            }
            if may_have_schema(wanted) && differ(prior, wanted, &["schema"]) {
                found.extend(put_schema(here, &id));
            }
            found
        }
        Need::Delete(it) => vec![Grant::new("appsync:DeleteGraphqlApi", arn(&id(it)))],
        Need::Recover(it) => {
            let mut found = read_api(here, "*", it);
            found.push(Grant::new("appsync:ListGraphqlApis", "*"));
            found
        }
    }
}

fn read_api(here: &Here, id: &str, value: &Value) -> Vec<Grant> {
    let mut found = vec![Grant::new("appsync:GetGraphqlApi", here.arn("appsync", &format!("apis/{id}")))];
    // The schema is read where it is declared.
    if !value.attr("schema").is_null() {
        found.push(Grant::new("appsync:GetIntrospectionSchema", inside(here, id)));
    }
    found
}

fn may_have_schema(value: &Value) -> bool {
    is_given(&value.attr("schema"))
}

fn put_schema(here: &Here, id: &str) -> Vec<Grant> {
    let actions = ["appsync:StartSchemaCreation", "appsync:GetSchemaCreationStatus", "appsync:GetIntrospectionSchema"];
    Grant::all(&actions, &inside(here, id))
}

/// Tags are put on an API by its ARN. The request's path names it once more, behind `/v1/tags/`.
fn tags(here: &Here, id: &str, action: &'static str) -> Vec<Grant> {
    let by_path = if id == "*" { "/v1/tags/*".to_owned() } else { format!("/v1/tags/*{id}") };
    vec![
        Grant::new(action, here.arn("appsync", &format!("apis/{id}"))),
        Grant::new(action, here.arn("appsync", &by_path)),
    ]
}

/// The roles that an API is given: to write its log, and to reach the APIs that it merges.
fn roles(here: &Here, value: &Value) -> Vec<Grant> {
    let roles = [at(value, "log_config.0.cloudwatch_logs_role_arn"), value.attr("merged_api_execution_role_arn")];
    roles.iter().flat_map(|role| here.pass_role(role, SERVICE)).collect()
}

/// The calls about one kind of object inside of an API.
pub(super) struct Calls {
    read: &'static str,
    list: &'static str,
    create: &'static str,
    update: &'static str,
    delete: &'static str,
    recover: &'static str,
}

/// API keys; there is no call for one of them.
pub(super) const KEY: Calls = Calls {
    read: "appsync:ListApiKeys",
    list: "appsync:ListApiKeys",
    create: "appsync:CreateApiKey",
    update: "appsync:UpdateApiKey",
    delete: "appsync:DeleteApiKey",
    recover: "appsync:ListApiKeys",
};

/// Data sources.
pub(super) const DATA_SOURCE: Calls = Calls {
    read: "appsync:GetDataSource",
    list: "appsync:ListDataSources",
    create: "appsync:CreateDataSource",
    update: "appsync:UpdateDataSource",
    delete: "appsync:DeleteDataSource",
    recover: "appsync:GetDataSource",
};

/// Functions.
pub(super) const FUNCTION: Calls = Calls {
    read: "appsync:GetFunction",
    list: "appsync:ListFunctions",
    create: "appsync:CreateFunction",
    update: "appsync:UpdateFunction",
    delete: "appsync:DeleteFunction",
    recover: "appsync:ListFunctions",
};

/// Resolvers.
pub(super) const RESOLVER: Calls = Calls {
    read: "appsync:GetResolver",
    list: "appsync:ListResolvers",
    create: "appsync:CreateResolver",
    update: "appsync:UpdateResolver",
    delete: "appsync:DeleteResolver",
    recover: "appsync:GetResolver",
};

impl Calls {
    /// What an object inside of an API needs.
    pub(super) fn permissions(&self, here: &Here, need: Need<'_>) -> Vec<Grant> {
        let (it, action) = match need {
            Need::Read(it) => (it, self.read),
            Need::List(it) => (it, self.list),
            Need::Create(it) => (it, self.create),
            Need::Update(it, _) => (it, self.update),
            Need::Delete(it) => (it, self.delete),
            Need::Recover(it) => (it, self.recover),
        };
        vec![Grant::new(action, inside(here, &pattern(&it.attr("api_id"))))]
    }
}

/// What a data source needs: beside the calls, leave to hand AppSync the role that it asks with.
pub(super) fn data_source(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let mut found = DATA_SOURCE.permissions(here, need);
    if let Need::Create(it) | Need::Update(_, it) = need {
        found.extend(here.pass_role(&it.attr("service_role_arn"), SERVICE));
    }
    found
}

/// What an API key needs. An update of recon's own arguments alone calls nothing.
pub(super) fn api_key(here: &Here, need: Need<'_>) -> Vec<Grant> {
    match need {
        Need::Update(prior, wanted) if !differ(prior, wanted, &["description", "expires"]) => Vec::new(),
        _ => KEY.permissions(here, need),
    }
}
