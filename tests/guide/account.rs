//! Everything there is in an account, to be compared before and after.

use recon::aws::Aws;

/// An object in an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Object {
    /// Kind, name, and what it belongs to.
    what: String,
    /// What tells it from another one of that name, and what is in it where that matters.
    identity: String,
}

/// All objects of an account, each as often as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing(Vec<Object>);

impl Listing {
    /// What was not there before, without what no test can know: ids and keys.
    pub(crate) fn since(&self, before: &Self) -> Vec<&str> {
        let gone: Vec<_> = before.0.iter().filter(|object| !self.0.contains(object)).collect();
        assert!(gone.is_empty(), "nothing that was there is gone or changed: {gone:#?}");
        self.0.iter().filter(|object| !before.0.contains(object)).map(|object| object.what.as_str()).collect()
    }

    fn add(&mut self, what: impl Into<String>, identity: impl Into<String>) {
        self.0.push(Object { what: what.into(), identity: identity.into() });
    }
}

/// All items of a call that has pages.
macro_rules! all {
    ($call:expr) => {
        $call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap()
    };
}

/// Lists the account, all pages of each kind.
pub(crate) async fn listing(aws: &Aws) -> Listing {
    let mut found = Listing(Vec::new());
    roles(aws, &mut found).await;
    let lambda = aws.lambda(None).await.unwrap();
    for function in all!(lambda.list_functions()) {
        let name = function.function_name().unwrap();
        found.add(format!("function {name}"), "");
        // No policy is an answer that there is none.
        let policy = lambda.get_policy().function_name(name).send().await.ok().and_then(|answer| answer.policy);
        let policy: serde_json::Value = serde_json::from_str(&policy.unwrap_or("{}".into())).unwrap();
        for statement in policy["Statement"].as_array().into_iter().flatten() {
            found.add(format!("permission {} on {name}", statement["Sid"].as_str().unwrap()), statement.to_string());
        }
    }
    for table in all!(aws.dynamodb(None).await.unwrap().list_tables()) {
        found.add(format!("table {table}"), "");
    }
    for group in all!(aws.logs(None).await.unwrap().describe_log_groups()) {
        found.add(format!("log group {}", group.log_group_name().unwrap()), "");
    }
    pools(aws, &mut found).await;
    apis(aws, &mut found).await;
    found.0.sort();
    found
}

async fn roles(aws: &Aws, found: &mut Listing) {
    let iam = aws.iam(None).await.unwrap();
    for role in all!(iam.list_roles()) {
        let name = role.role_name();
        found.add(format!("role {name}"), role.role_id());
        for policy in all!(iam.list_role_policies().role_name(name)) {
            found.add(format!("role policy {policy} of {name}"), "");
        }
        for policy in all!(iam.list_attached_role_policies().role_name(name)) {
            found.add(format!("attached policy {} of {name}", policy.policy_name().unwrap()), "");
        }
    }
    for policy in all!(iam.list_policies().scope(aws_sdk_iam::types::PolicyScopeType::Local)) {
        found.add(format!("policy {}", policy.policy_name().unwrap()), policy.policy_id().unwrap());
    }
}

/// User pools with all their settings and dates: the guide reads a pool and never changes it.
async fn pools(aws: &Aws, found: &mut Listing) {
    let cognito = aws.cognitoidp(None).await.unwrap();
    for pool in all!(cognito.list_user_pools().max_results(60)) {
        let (id, name) = (pool.id().unwrap(), pool.name().unwrap());
        let described = cognito.describe_user_pool().user_pool_id(id).send().await.unwrap();
        found.add(format!("user pool {name}"), format!("{:?}", described.user_pool()));
        for client in all!(cognito.list_user_pool_clients().user_pool_id(id)) {
            let id = client.client_id().unwrap();
            found.add(format!("client {} of {name}", client.client_name().unwrap()), id);
        }
    }
}

async fn apis(aws: &Aws, found: &mut Listing) {
    let appsync = aws.appsync(None).await.unwrap();
    for api in all!(appsync.list_graphql_apis()) {
        let (id, name) = (api.api_id().unwrap(), api.name().unwrap());
        found.add(format!("api {name}"), id);
        for key in all!(appsync.list_api_keys().api_id(id)) {
            found.add(format!("api key of {name}"), key.id().unwrap());
        }
        for source in all!(appsync.list_data_sources().api_id(id)) {
            found.add(format!("data source {} of {name}", source.name().unwrap()), id);
        }
        for function in all!(appsync.list_functions().api_id(id)) {
            found.add(format!("function {} of {name}", function.name().unwrap()), function.function_id().unwrap());
        }
        for ty in ["Query", "Mutation", "Subscription", "Post"] {
            for resolver in all!(appsync.list_resolvers().api_id(id).type_name(ty)) {
                found.add(format!("resolver {ty}.{} of {name}", resolver.field_name().unwrap()), id);
            }
        }
    }
}
