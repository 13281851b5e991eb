//! Everything there is in an account, to be compared before and after.

use std::collections::BTreeSet;

use recon::aws::Aws;

/// A line for each object.
pub(crate) async fn listing(aws: &Aws) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |kind: &str, name: Option<&str>| {
        found.insert(format!("{kind} {}", name.unwrap_or_default()));
    };
    let iam = aws.iam(None).await.unwrap();
    for role in iam.list_roles().send().await.unwrap().roles() {
        add("role", Some(role.role_name()));
        let policies = iam.list_role_policies().role_name(role.role_name()).send().await.unwrap();
        policies.policy_names().iter().for_each(|name| add("role policy", Some(name)));
        let attached = iam.list_attached_role_policies().role_name(role.role_name()).send().await.unwrap();
        attached.attached_policies().iter().for_each(|policy| add("attached policy", policy.policy_arn()));
    }
    let functions = aws.lambda(None).await.unwrap().list_functions().send().await.unwrap();
    functions.functions().iter().for_each(|function| add("function", function.function_name()));
    let tables = aws.dynamodb(None).await.unwrap().list_tables().send().await.unwrap();
    tables.table_names().iter().for_each(|name| add("table", Some(name)));
    let groups = aws.logs(None).await.unwrap().describe_log_groups().send().await.unwrap();
    groups.log_groups().iter().for_each(|group| add("log group", group.log_group_name()));
    let cognito = aws.cognitoidp(None).await.unwrap();
    for pool in cognito.list_user_pools().max_results(60).send().await.unwrap().user_pools() {
        add("user pool", pool.id());
        let clients = cognito.list_user_pool_clients().user_pool_id(pool.id().unwrap()).send().await.unwrap();
        clients.user_pool_clients().iter().for_each(|client| add("client", client.client_id()));
    }
    let appsync = aws.appsync(None).await.unwrap();
    for api in appsync.list_graphql_apis().send().await.unwrap().graphql_apis() {
        let id = api.api_id().unwrap();
        add("api", api.name());
        let keys = appsync.list_api_keys().api_id(id).send().await.unwrap();
        keys.api_keys().iter().for_each(|key| add("api key", key.id()));
        let sources = appsync.list_data_sources().api_id(id).send().await.unwrap();
        sources.data_sources().iter().for_each(|source| add("data source", source.name()));
        for ty in ["Query", "Mutation"] {
            let resolvers = appsync.list_resolvers().api_id(id).type_name(ty).send().await.unwrap();
            resolvers.resolvers().iter().for_each(|resolver| add("resolver", resolver.field_name()));
        }
    }
    found
}
