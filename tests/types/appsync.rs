//! AppSync on ministack, and on moto as far as that has it.

use aws_sdk_appsync::primitives::Blob;
use aws_sdk_appsync::types::{ApiKey, OutputType};
use recon::resource::{Registry, Run};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::Subject;
use recon::value::Value;
use serde_json::{Value as Json, json};

const SCHEMA: &str = "
# Posts by everyone.
type Post @aws_api_key { id: ID! title: String! }
type Query { posts(limit: Int): [Post!]! @aws_api_key post(id: ID!): Post }
type Mutation { createPost(title: String!): Post }
";

/// The same schema as somebody else would write it.
const SAME_SCHEMA: &str = "
directive @aws_api_key on OBJECT | FIELD_DEFINITION
type Mutation { createPost(title: String!): Post }
type Query { post(id: ID!): Post posts(limit: Int): [Post!]! @aws_api_key }
type Post @aws_api_key { title: String! id: ID! }
schema { query: Query mutation: Mutation }
";

/// The JSON object with some members put in place.
#[expect(clippy::needless_pass_by_value, reason = "the changes are written where they are given")]
fn with(base: &Json, changes: Json) -> Json {
    let mut all = base.clone();
    for (name, value) in changes.as_object().expect("an object of changes") {
        all[name] = value.clone();
    }
    all
}

fn id(subject: &Subject) -> String {
    subject.state.attr("id").as_str().expect("the object has an id").to_owned()
}

async fn api(registry: &Registry) -> Subject {
    let wanted = json!({"name": "blog", "authentication_type": "API_KEY", "schema": SCHEMA});
    Subject::create(registry, "aws_appsync_graphql_api", &wanted).await
}

#[tokio::test]
async fn a_graphql_api_lives_on_ministack() {
    let emulator = Emulator::start(Kind::Ministack);
    let client = emulator.aws().appsync(None).await.unwrap();
    let full = json!({
        "name": "blog", "authentication_type": "AMAZON_COGNITO_USER_POOLS", "schema": SCHEMA, "xray_enabled": true,
        "introspection_config": "DISABLED", "query_depth_limit": 5, "resolver_count_limit": 50, "tags": {"a": "1", "b": "1"},
        "user_pool_config": [{"user_pool_id": "us-east-1_a", "default_action": "ALLOW"}],
        "log_config": [{"cloudwatch_logs_role_arn": "arn:aws:iam::000000000000:role/logs", "field_log_level": "ERROR"}],
        "additional_authentication_provider": [
            {"authentication_type": "API_KEY"},
            {"authentication_type": "AMAZON_COGNITO_USER_POOLS", "user_pool_config": [{"user_pool_id": "us-east-1_b", "app_id_client_regex": "x"}]},
            {"authentication_type": "OPENID_CONNECT", "openid_connect_config": [{"issuer": "https://i.example", "client_id": "c", "iat_ttl": 5, "auth_ttl": 6}]},
            {"authentication_type": "AWS_LAMBDA", "lambda_authorizer_config": [{"authorizer_uri": "arn:aws:lambda:us-east-1:000000000000:function:f", "identity_validation_expression": "^a"}]},
        ],
    });
    let mut subject = Subject::create(&emulator.registry(), "aws_appsync_graphql_api", &full).await;
    let state = subject.state.clone();
    let region = |path: &str| recon::value::Path::from(path).find(&state).cloned();
    assert_eq!(region("user_pool_config.0.aws_region"), Some("us-east-1".into()));
    assert!(subject.state.attr("uris").get("GRAPHQL").is_some());
    subject.update(&with(&full, json!({"name": "other", "xray_enabled": false}))).await;
    subject.update(&with(&full, json!({"tags": {"b": "2", "c": "1"}}))).await;
    let open_id = json!([{"issuer": "https://i.example"}]);
    let mut openid = with(&full, json!({"authentication_type": "OPENID_CONNECT", "openid_connect_config": open_id}));
    // ministack keeps the settings of ways of authorization that are gone.
    openid["additional_authentication_provider"] = json!([{"authentication_type": "API_KEY"}]);
    subject.update(&openid).await;
    subject.update(&with(&openid, json!({"additional_authentication_provider": []}))).await;
    subject.update(&with(&openid, json!({"log_config": []}))).await;
    let lambda = json!([{"authorizer_uri": "arn:aws:lambda:us-east-1:000000000000:function:f", "authorizer_result_ttl_in_seconds": 9}]);
    subject
        .update(&with(&openid, json!({"authentication_type": "AWS_LAMBDA", "lambda_authorizer_config": lambda})))
        .await;
    subject.assert_replaces(&with(&full, json!({"visibility": "PRIVATE"})), &["visibility"]);

    let last = with(&openid, json!({"authentication_type": "AWS_LAMBDA", "lambda_authorizer_config": lambda}));
    let put = |text: &str| client.start_schema_creation().api_id(id(&subject)).definition(Blob::new(text)).send();
    put(SAME_SCHEMA).await.unwrap();
    assert_eq!(subject.refresh().await, Vec::<String>::new(), "the same schema in other words is no drift");
    let put = |text: &str| client.start_schema_creation().api_id(id(&subject)).definition(Blob::new(text)).send();
    put("type Query { other: ID }").await.unwrap();
    assert_eq!(subject.refresh().await, ["schema"]);
    subject.update(&last).await;
    let shown = client.get_introspection_schema().api_id(id(&subject)).format(OutputType::Sdl).send().await.unwrap();
    assert_eq!(shown.schema.unwrap().as_ref(), SCHEMA.as_bytes());
    let grown = SCHEMA.replace("title: String! }", "title: String! body: String }");
    subject.update(&with(&last, json!({"schema": grown}))).await;
    subject.delete().await;
}

#[tokio::test]
async fn an_api_without_a_declared_schema_is_left_alone_and_an_imported_one_is_read_whole() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let wanted = json!({"name": "blog", "authentication_type": "AWS_IAM"});
    let mut subject = Subject::create(&registry, "aws_appsync_graphql_api", &wanted).await;
    let client = emulator.aws().appsync(None).await.unwrap();
    client.start_schema_creation().api_id(id(&subject)).definition(Blob::new(SCHEMA)).send().await.unwrap();
    assert_eq!(subject.refresh().await, Vec::<String>::new());
    let resource = registry.resource("aws_appsync_graphql_api").unwrap();
    let imported = resource.import(&id(&subject)).unwrap();
    let read = resource.read(&imported, &Run::unrecorded()).await.unwrap().unwrap();
    assert_eq!(read.attr("schema"), SCHEMA.into());
    subject.delete().await;
}

#[tokio::test]
async fn an_api_key_lives_and_its_expiry_is_kept() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let client = emulator.aws().appsync(None).await.unwrap();
    let api = api(&registry).await;
    let wanted = json!({"api_id": id(&api), "expires_in": "365d", "renew_before": "30d"});
    let mut subject = Subject::create(&registry, "aws_appsync_api_key", &wanted).await;
    let agreed = subject.state.attr("expires");
    assert_eq!(subject.state.attr("valid_until"), agreed);
    let (key, whole) = (subject.state.attr("key"), id(&subject));
    assert_eq!(whole, format!("{}:{}", id(&api), key.as_str().unwrap()));

    let elsewhere =
        |expires: i64| client.update_api_key().api_id(id(&api)).id(key.as_str().unwrap()).expires(expires).send();
    let soon = live(&client, &id(&api)).await[0].expires - 100 * 86_400;
    elsewhere(soon).await.unwrap();
    assert_eq!(subject.refresh().await, ["expires"], "an expiry changed by someone else is drift");
    assert_ne!(subject.state.attr("expires"), agreed);
    subject.update(&wanted).await;
    assert_eq!((subject.state.attr("expires"), subject.state.attr("key")), (agreed.clone(), key.clone()));
    assert_eq!(live(&client, &id(&api)).await[0].expires, soon + 100 * 86_400);

    // An expired key is still listed; the next apply gives it a new life instead of a new value.
    elsewhere(1_000_000_000).await.unwrap();
    subject.refresh().await;
    subject.update(&wanted).await;
    assert_eq!((subject.state.attr("expires"), subject.state.attr("key")), (agreed, key));

    subject.update(&with(&wanted, json!({"renew_before": "60d"}))).await;
    subject.update(&with(&wanted, json!({"expires_in": "90d", "description": "short"}))).await;
    let instant = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 50)).to_string();
    let fixed = json!({"api_id": id(&api), "expires": instant, "description": ""});
    subject.update(&fixed).await;
    assert!(subject.state.attr("valid_until").is_null());
    subject.update(&json!({"api_id": id(&api)})).await;
    subject.delete().await;

    let plain = json!({"api_id": id(&api), "description": "for a week"});
    let subject = Subject::create(&registry, "aws_appsync_api_key", &plain).await;
    let imported = registry.resource("aws_appsync_api_key").unwrap().import(&id(&subject)).unwrap();
    let read = registry.resource("aws_appsync_api_key").unwrap().read(&imported, &Run::unrecorded()).await.unwrap();
    assert_eq!(read.map(|read| read.attr("description")), Some("for a week".into()));
    subject.delete().await;
    assert_eq!(live(&client, &id(&api)).await, []);
    api.delete().await;
}

async fn live(client: &aws_sdk_appsync::Client, api_id: &str) -> Vec<ApiKey> {
    client.list_api_keys().api_id(api_id).send().await.expect("the keys are listed").api_keys.unwrap_or_default()
}

#[tokio::test]
async fn data_sources_functions_and_resolvers_live_on_ministack() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let api = api(&registry).await;
    let sources = data_sources(&registry, &id(&api)).await;
    let function = function(&registry, &id(&api)).await;
    resolver(&registry, &id(&api), &function.state.attr("function_id")).await;
    function.delete().await;
    for source in sources {
        source.delete().await;
    }
    api.delete().await;
}

async fn data_sources(registry: &Registry, api: &str) -> Vec<Subject> {
    let role = "arn:aws:iam::000000000000:role/r";
    let of = |name: &str, rest: Json| with(&json!({"api_id": api, "name": name}), rest);
    let ty = "aws_appsync_datasource";
    let lambda = of(
        "fn",
        json!({"type": "AWS_LAMBDA", "service_role_arn": role, "description": "d",
        "lambda_config": [{"function_arn": "arn:aws:lambda:us-east-1:000000000000:function:f"}]}),
    );
    let mut subject = Subject::create(registry, ty, &lambda).await;
    assert_eq!(id(&subject), format!("{api}-fn"));
    subject
        .update(&with(
            &lambda,
            json!({"description": null, "service_role_arn": format!("{role}2"),
        "lambda_config": [{"function_arn": "arn:aws:lambda:us-east-1:000000000000:function:g"}]}),
        ))
        .await;
    subject.assert_replaces(&with(&lambda, json!({"name": "other"})), &["name"]);
    let table = with(
        &lambda,
        json!({"type": "AMAZON_DYNAMODB", "lambda_config": [], "dynamodb_config": [{"table_name": "t"}]}),
    );
    subject.update(&table).await;
    subject
        .update(&with(
            &table,
            json!({"dynamodb_config": [{"table_name": "u", "region": "eu-west-1",
        "use_caller_credentials": true, "versioned": true, "delta_sync_config":
        [{"base_table_ttl": 5, "delta_sync_table_name": "d", "delta_sync_table_ttl": 6}]}]}),
        ))
        .await;
    subject.update(&table).await;
    let mut all = vec![subject];
    let http = of(
        "web",
        json!({"type": "HTTP", "http_config": [{"endpoint": "https://a.example", "authorization_config":
        [{"aws_iam_config": [{"signing_region": "eu-west-1", "signing_service_name": "states"}]}]}]}),
    );
    let mut subject = Subject::create(registry, ty, &http).await;
    subject.update(&with(&http, json!({"http_config": [{"endpoint": "https://b.example"}]}))).await;
    all.push(subject);
    for source in [
        of("nothing", json!({"type": "NONE"})),
        of(
            "bus",
            json!({"type": "AMAZON_EVENTBRIDGE", "service_role_arn": role,
            "event_bridge_config": [{"event_bus_arn": "arn:aws:events:us-east-1:000000000000:event-bus/b"}]}),
        ),
        of(
            "search",
            json!({"type": "AMAZON_ELASTICSEARCH", "service_role_arn": role,
            "elasticsearch_config": [{"endpoint": "https://s.example"}]}),
        ),
        of(
            "db",
            json!({"type": "RELATIONAL_DATABASE", "service_role_arn": role, "relational_database_config":
            [{"http_endpoint_config": [{"aws_secret_store_arn": "s", "db_cluster_identifier": "c", "database_name": "d", "schema": "p"}]}]}),
        ),
    ] {
        all.push(Subject::create(registry, ty, &source).await);
    }
    all
}

async fn function(registry: &Registry, api: &str) -> Subject {
    let templates = json!({"api_id": api, "name": "first", "data_source": "fn", "description": "d", "max_batch_size": 5,
        "request_mapping_template": "{}", "response_mapping_template": "$util.toJson($ctx.result)"});
    let mut subject = Subject::create(registry, "aws_appsync_function", &templates).await;
    assert_eq!(subject.state.attr("function_version"), "2018-05-29".into());
    assert_eq!(
        id(&subject),
        format!("{api}-{}", subject.state.attr("function_id").as_str().expect("the function has an id"))
    );
    subject
        .update(&with(
            &templates,
            json!({"name": "other", "data_source": "web", "description": null, "max_batch_size": 0,
        "request_mapping_template": "{\"a\": 1}"}),
        ))
        .await;
    let code = json!({"api_id": api, "name": "first", "data_source": "nothing", "code": CODE,
        "runtime": [{"name": "APPSYNC_JS", "runtime_version": "1.0.0"}]});
    subject.update(&code).await;
    subject
        .update(&with(
            &code,
            json!({"code": format!("{CODE}\n"), "sync_config":
        [{"conflict_detection": "VERSION", "conflict_handler": "OPTIMISTIC_CONCURRENCY"}]}),
        ))
        .await;
    subject.update(&code).await;
    subject
}

const CODE: &str =
    "export function request(ctx) { return {}; }\nexport function response(ctx) { return ctx.result; }\n";

async fn resolver(registry: &Registry, api: &str, function: &Value) {
    let direct = json!({"api_id": api, "type": "Query", "field": "posts", "data_source": "fn"});
    let mut subject = Subject::create(registry, "aws_appsync_resolver", &direct).await;
    assert_eq!(id(&subject), format!("{api}-Query-posts"));
    subject
        .update(&with(&direct, json!({"data_source": "web", "request_template": "{}", "response_template": "$ctx"})))
        .await;
    subject.update(&with(&direct, json!({"max_batch_size": 5, "caching_config": [{"ttl": 60, "caching_keys": ["$ctx.b", "$ctx.a"]}],
        "sync_config": [{"conflict_detection": "VERSION", "conflict_handler": "LAMBDA",
            "lambda_conflict_handler_config": [{"lambda_conflict_handler_arn": "arn:aws:lambda:us-east-1:000000000000:function:f"}]}]}))).await;
    let runtime = json!([{"name": "APPSYNC_JS", "runtime_version": "1.0.0"}]);
    subject.update(&with(&direct, json!({"code": CODE, "runtime": runtime}))).await;
    let pipeline = json!({"api_id": api, "type": "Query", "field": "posts", "kind": "PIPELINE", "code": CODE, "runtime": runtime,
        "pipeline_config": [{"functions": [function.as_str(), "second"]}]});
    subject.update(&pipeline).await;
    subject.update(&with(&pipeline, json!({"pipeline_config": [{"functions": ["second", function.as_str()]}]}))).await;
    subject.update(&direct).await;
    subject.assert_replaces(&with(&direct, json!({"field": "post"})), &["field"]);
    subject.delete().await;
}

#[tokio::test]
async fn a_child_of_an_api_that_is_gone_is_gone_as_well() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let api = api(&registry).await;
    let mut children = Vec::new();
    for (ty, rest) in [
        ("aws_appsync_api_key", json!({})),
        ("aws_appsync_datasource", json!({"name": "d", "type": "NONE"})),
        ("aws_appsync_function", json!({"name": "f", "data_source": "d"})),
        ("aws_appsync_resolver", json!({"type": "Query", "field": "post", "data_source": "d"})),
    ] {
        children.push(Subject::create(&registry, ty, &with(&json!({"api_id": id(&api)}), rest)).await);
    }
    api.delete().await;
    for child in children {
        child.delete().await;
    }
}

/// moto prints schemas from an introspection, which has neither directives nor descriptions, with definitions in front. It
/// answers 500 where something is missing, so that nothing is deleted here.
#[tokio::test]
async fn an_api_with_its_schema_and_key_is_settled_on_moto() {
    let emulator = Emulator::start(Kind::Moto);
    let registry = emulator.registry();
    let plain = SCHEMA.replace("@aws_api_key", "");
    let wanted = json!({"name": "blog", "authentication_type": "API_KEY", "schema": plain, "tags": {"a": "1"}});
    let mut api = Subject::create(&registry, "aws_appsync_graphql_api", &wanted).await;
    api.update(&with(&wanted, json!({"schema": plain.replace("post(id: ID!): Post", ""), "tags": {"a": "2"}}))).await;
    let wanted = json!({"api_id": id(&api), "expires_in": "300d"});
    let mut key = Subject::create(&registry, "aws_appsync_api_key", &wanted).await;
    key.update(&with(&wanted, json!({"expires_in": "200d"}))).await;
}

#[tokio::test]
async fn a_schema_that_the_service_refuses_is_told_with_its_reason() {
    let emulator = Emulator::start(Kind::Moto);
    let registry = emulator.registry();
    let resource = registry.resource("aws_appsync_graphql_api").unwrap();
    let wanted = json!({"name": "blog", "authentication_type": "API_KEY", "schema": "type Query {"});
    let wanted = recon::testing::suite::config(&resource.schema().block, &wanted);
    let error = resource.create(&wanted, &Run::unrecorded()).await.unwrap_err();
    assert!(error.message.contains("Syntax Error"), "{error}");
    assert_eq!(error.operation, "appsync:StartSchemaCreation");
}
