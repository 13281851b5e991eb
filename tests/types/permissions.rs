//! What each resource type declares to need leave for is what it calls: no call without a declaration, and no declaration
//! without a call but for those in a table here, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use recon::aws::{Aws, Settings, registry};
use recon::resource::{Grant, Need, Recovery, Registry, Run};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::gate::Gate;
use recon::testing::suite::{Subject, plan};
use serde_json::{Value as Json, json};

const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const OTHER: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const SCHEMA: &str = "type Query { posts: [ID!]! }";

const TAGGED: &str = "no call: AWS asks for it where something is made with tags";
const TAKEN: &str = "called where the name is taken";
const REFUSED: &str = "called where the deletion is refused";
const TOLD: &str = "no call: without it the answer of another call has no tags";

/// What is declared and not called here: type, operation, action, reason.
const BESIDE: &[(&str, &str, &str, &str)] = &[
    ("aws_appsync_graphql_api", "create", "appsync:TagResource", TAGGED),
    ("aws_cloudwatch_log_group", "create", "logs:ListTagsForResource", TAKEN),
    ("aws_cloudwatch_log_group", "create", "logs:TagResource", TAGGED),
    ("aws_cognito_user_pool", "create", "cognito-idp:TagResource", TAGGED),
    (
        "aws_cognito_user_pool",
        "update",
        "cognito-idp:TagResource",
        "the emulator takes over all tags with the update itself",
    ),
    (
        "aws_cognito_user_pool",
        "update",
        "cognito-idp:UntagResource",
        "the emulator takes over all tags with the update itself",
    ),
    ("aws_dynamodb_table", "create", "dynamodb:TagResource", TAGGED),
    ("aws_iam_policy", "create", "iam:GetPolicy", TAKEN),
    ("aws_iam_policy", "create", "iam:TagPolicy", TAGGED),
    ("aws_iam_policy", "create", "sts:GetCallerIdentity", TAKEN),
    ("aws_iam_policy", "delete", "iam:DeletePolicyVersion", REFUSED),
    ("aws_iam_policy", "delete", "iam:ListEntitiesForPolicy", REFUSED),
    ("aws_iam_policy", "delete", "iam:ListPolicyVersions", REFUSED),
    ("aws_iam_policy", "update", "iam:GetPolicy", "looked at where the answer to a new version is lost"),
    ("aws_iam_policy", "update", "iam:GetPolicyVersion", "looked at where the answer to a new version is lost"),
    ("aws_iam_role", "create", "iam:GetRole", TAKEN),
    ("aws_iam_role", "create", "iam:TagRole", TAGGED),
    ("aws_iam_role", "delete", "iam:ListAttachedRolePolicies", REFUSED),
    ("aws_iam_role", "delete", "iam:ListInstanceProfilesForRole", REFUSED),
    ("aws_iam_role", "delete", "iam:ListRolePolicies", REFUSED),
    ("aws_iam_role", "delete", "iam:RemoveRoleFromInstanceProfile", REFUSED),
    ("aws_lambda_function", "create", "iam:PassRole", "no call: AWS asks for it where a role is handed to a service"),
    ("aws_lambda_function", "create", "lambda:ListTags", TOLD),
    ("aws_lambda_function", "create", "lambda:TagResource", TAGGED),
    ("aws_lambda_function", "read", "lambda:ListTags", TOLD),
    ("aws_lambda_function", "recover", "lambda:ListTags", TOLD),
    ("aws_lambda_function", "update", "lambda:ListTags", TOLD),
    ("aws_lambda_permission", "create", "lambda:GetPolicy", TAKEN),
];

/// What was called and what was declared, by type and operation.
#[derive(Default)]
struct Tally {
    called: BTreeMap<(String, &'static str), BTreeSet<String>>,
    declared: BTreeMap<(String, &'static str), BTreeSet<String>>,
    undeclared: BTreeSet<String>,
}

impl Tally {
    fn add(&mut self, ty: &str, operation: &'static str, declared: &[Grant], called: BTreeSet<String>) {
        let declared: BTreeSet<String> = declared.iter().map(|grant| grant.action.to_owned()).collect();
        let undeclared = called.difference(&declared);
        self.undeclared.extend(undeclared.map(|action| format!("{ty}: {operation} calls {action}")));
        let key = (ty.to_owned(), operation);
        self.called.entry(key.clone()).or_default().extend(called);
        self.declared.entry(key).or_default().extend(declared);
    }

    /// What was declared and never called.
    fn beside(&self) -> BTreeSet<(String, &'static str, String)> {
        let of = |(key, declared): (&(String, &'static str), &BTreeSet<String>)| {
            let (ty, operation) = key.clone();
            let left: Vec<String> = declared.difference(&self.called[key]).cloned().collect();
            left.into_iter().map(move |action| (ty.clone(), operation, action)).collect::<Vec<_>>()
        };
        self.declared.iter().flat_map(of).collect()
    }
}

/// Takes an object of a type through its life, and notes what it called and declared.
async fn live(emulator: &Emulator, tally: &mut Tally, ty: &'static str, mut wanted: Json, changes: &[(&str, Json)]) {
    let gate = Gate::open(emulator.port());
    let settings = Settings { endpoint: Some(gate.endpoint()), ..emulator.settings() };
    let registry: Registry = registry(&Aws::new(settings));
    let resource = registry.resource(ty).unwrap_or_else(|| panic!("{ty} is registered")).clone();
    let run = Run::unrecorded();

    let planned = plan(resource.as_ref(), &wanted, None).planned.unmark_deep().0;
    let made = resource.create(&planned, &run).await.unwrap();
    tally.add(ty, "create", &resource.permissions(Need::Create(&planned)), gate.actions());
    if resource.recovery() != Recovery::Local {
        assert!(resource.recover(&planned, &run).await.unwrap().is_some(), "{ty}");
        tally.add(ty, "recover", &resource.permissions(Need::Recover(&planned)), gate.actions());
    }
    let mut state = resource.read(&made, &run).await.unwrap().unwrap();
    tally.add(ty, "read", &resource.permissions(Need::Read(&made)), gate.actions());
    if resource.listing(&state).is_some() {
        assert!(resource.read_listed(&[&state], &run).await.unwrap()[0].is_some(), "{ty}");
        tally.add(ty, "list", &resource.permissions(Need::List(&state)), gate.actions());
    }
    for (name, value) in changes {
        wanted[name] = value.clone();
        let planned = plan(resource.as_ref(), &wanted, Some(&state)).planned.unmark_deep().0;
        let declared = resource.permissions(Need::Update(&state, &planned));
        let changed = resource.update(&state, &planned, &run).await.unwrap();
        tally.add(ty, "update", &declared, gate.actions());
        state = resource.read(&changed, &run).await.unwrap().unwrap();
        tally.add(ty, "read", &resource.permissions(Need::Read(&changed)), gate.actions());
    }
    resource.delete(&state, &run).await.unwrap();
    tally.add(ty, "delete", &resource.permissions(Need::Delete(&state)), gate.actions());
}

fn trust(service: &str) -> String {
    let statement = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn grant(action: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

async fn identity(emulator: &Emulator, tally: &mut Tally) {
    let role = json!({
        "name": "owner", "assume_role_policy": trust("lambda.amazonaws.com"), "tags": {"a": "1"},
        "managed_policy_arns": [MANAGED], "inline_policy": [{"name": "p", "policy": grant("s3:*")}]
    });
    let changes = [
        ("description", json!("d")),
        ("max_session_duration", json!(7200)),
        ("permissions_boundary", json!(OTHER)),
        ("permissions_boundary", Json::Null),
        ("assume_role_policy", json!(trust("appsync.amazonaws.com"))),
        ("inline_policy", json!([{"name": "q", "policy": grant("s3:*")}])),
        ("managed_policy_arns", json!([OTHER])),
        ("tags", json!({"b": "1"})),
    ];
    live(emulator, tally, "aws_iam_role", role, &changes).await;
    let bare = json!({"name": "bare", "assume_role_policy": trust("lambda.amazonaws.com")});
    live(emulator, tally, "aws_iam_role", bare.clone(), &[("force_detach_policies", json!(true))]).await;

    let policy = json!({"name": "made", "policy": grant("s3:*"), "tags": {"a": "1"}});
    // IAM keeps five versions.
    let versions = ["logs:*", "sqs:*", "sns:*", "ses:*", "sts:*"].map(|action| ("policy", json!(grant(action))));
    let changes = [&versions[..], &[("tags", json!({"b": "1"}))]].concat();
    live(emulator, tally, "aws_iam_policy", policy, &changes).await;

    let _role = Subject::create(&emulator.registry(), "aws_iam_role", &bare).await;
    let written = json!({"name": "p", "role": "bare", "policy": grant("s3:*")});
    live(emulator, tally, "aws_iam_role_policy", written, &[("policy", json!(grant("logs:*")))]).await;
    let attached = json!({"role": "bare", "policy_arn": MANAGED});
    live(emulator, tally, "aws_iam_role_policy_attachment", attached, &[]).await;
}

async fn stores(emulator: &Emulator, tally: &mut Tally) {
    let table = json!({
        "name": "made", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "attribute": [{"name": "id", "type": "S"}],
        "ttl": [{"attribute_name": "expires", "enabled": true}], "point_in_time_recovery": [{"enabled": true}],
        "tags": {"a": "1"}
    });
    let changes = [
        ("table_class", json!("STANDARD_INFREQUENT_ACCESS")),
        ("ttl", json!([{"attribute_name": "expires", "enabled": false}])),
        ("point_in_time_recovery", json!([{"enabled": false}])),
        ("tags", json!({"b": "1"})),
    ];
    live(emulator, tally, "aws_dynamodb_table", table, &changes).await;
    let bare = json!({
        "name": "bare", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "attribute": [{"name": "id", "type": "S"}]
    });
    live(emulator, tally, "aws_dynamodb_table", bare, &[]).await;

    let group = json!({"name": "/aws/lambda/made", "retention_in_days": 7, "tags": {"a": "1"}});
    let changes = [("retention_in_days", json!(14)), ("retention_in_days", Json::Null), ("tags", json!({"b": "1"}))];
    live(emulator, tally, "aws_cloudwatch_log_group", group, &changes).await;
    live(emulator, tally, "aws_cloudwatch_log_group", json!({"name": "/kept"}), &[]).await;
}

async fn functions(emulator: &Emulator, tally: &mut Tally) {
    let folder = emulator.folder().join("fns");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |text: &str| std::fs::write(folder.join("main.mjs"), text).unwrap();
    write("export const handler = async (event) => event;\n");
    let registry = emulator.registry();
    let role = json!({"name": "runs", "assume_role_policy": trust("lambda.amazonaws.com")});
    let role = Subject::create(&registry, "aws_iam_role", &role).await;
    let role = role.state.attr("arn").as_str().unwrap().to_owned();
    let function = |name: &str, more: Json| {
        let mut wanted = json!({
            "function_name": name, "role": role, "filename": folder.display().to_string(), "handler": "main.handler",
            "runtime": "nodejs22.x"
        });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wanted
    };
    let more = json!({"reserved_concurrent_executions": 2, "tags": {"a": "1"}, "publish": true});
    let changes = [
        ("description", json!("d")),
        ("reserved_concurrent_executions", json!(1)),
        ("reserved_concurrent_executions", json!(-1)),
        ("tags", json!({"b": "1"})),
        ("publish", json!(false)),
    ];
    live(emulator, tally, "aws_lambda_function", function("made", more), &changes).await;
    let other = emulator.folder().join("other");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("main.mjs"), "export const handler = () => 'other';\n").unwrap();
    let changes = [("filename", json!(other.display().to_string()))];
    live(emulator, tally, "aws_lambda_function", function("bare", json!({})), &changes).await;

    let _called = Subject::create(&registry, "aws_lambda_function", &function("called", json!({}))).await;
    let permission = json!({
        "function_name": "called", "statement_id": "s", "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com"
    });
    live(emulator, tally, "aws_lambda_permission", permission, &[]).await;
}

async fn users(emulator: &Emulator, tally: &mut Tally) {
    let pool = json!({
        "name": "made", "mfa_configuration": "OPTIONAL", "tags": {"a": "1"},
        "software_token_mfa_configuration": [{"enabled": true}]
    });
    let changes = [
        ("sms_authentication_message", json!("{####} is the code")),
        ("schema", json!([{"name": "team", "attribute_data_type": "String"}])),
        ("tags", json!({"b": "1"})),
    ];
    live(emulator, tally, "aws_cognito_user_pool", pool, &changes).await;
    live(emulator, tally, "aws_cognito_user_pool", json!({"name": "bare"}), &[]).await;
    let pool = Subject::create(&emulator.registry(), "aws_cognito_user_pool", &json!({"name": "p"})).await;
    let client = json!({"name": "web", "user_pool_id": pool.state.attr("id").as_str().unwrap()});
    live(emulator, tally, "aws_cognito_user_pool_client", client, &[("read_attributes", json!(["email"]))]).await;
}

async fn apis(emulator: &Emulator, tally: &mut Tally) {
    let api = json!({"name": "made", "authentication_type": "API_KEY", "schema": SCHEMA, "tags": {"a": "1"}});
    let changes = [
        ("name", json!("renamed")),
        ("schema", json!("type Query { posts: [ID!]! users: [ID!]! }")),
        ("tags", json!({"b": "1"})),
    ];
    live(emulator, tally, "aws_appsync_graphql_api", api.clone(), &changes).await;
    let bare = json!({"name": "bare", "authentication_type": "API_KEY"});
    live(emulator, tally, "aws_appsync_graphql_api", bare, &[]).await;
    let api = Subject::create(&emulator.registry(), "aws_appsync_graphql_api", &api).await;
    let id = api.state.attr("id").as_str().unwrap().to_owned();
    let key = json!({"api_id": id, "description": "k", "expires_in": "365d"});
    live(emulator, tally, "aws_appsync_api_key", key, &[("description", json!("l"))]).await;
    let source = json!({"api_id": id, "name": "s", "type": "NONE"});
    live(emulator, tally, "aws_appsync_datasource", source.clone(), &[("description", json!("d"))]).await;
    let _source = Subject::create(&emulator.registry(), "aws_appsync_datasource", &source).await;
    let function = json!({
        "api_id": id, "name": "f", "data_source": "s", "request_mapping_template": "## f",
        "response_mapping_template": "$ctx.result"
    });
    live(emulator, tally, "aws_appsync_function", function, &[("description", json!("d"))]).await;
    let resolver =
        json!({"api_id": id, "type": "Query", "field": "posts", "data_source": "s", "request_template": "## r"});
    live(emulator, tally, "aws_appsync_resolver", resolver, &[("request_template", json!("## s"))]).await;
}

#[tokio::test]
async fn a_type_calls_what_it_declares_and_declares_what_it_calls() {
    let emulator = Emulator::start(Kind::Ministack);
    let mut tally = Tally::default();
    identity(&emulator, &mut tally).await;
    stores(&emulator, &mut tally).await;
    functions(&emulator, &mut tally).await;
    users(&emulator, &mut tally).await;
    apis(&emulator, &mut tally).await;

    let tried: BTreeSet<&str> = tally.declared.keys().map(|(ty, _)| ty.as_str()).collect();
    let all = emulator.registry();
    let all: BTreeSet<&str> = all.resources().map(|it| it.schema().name).filter(|ty| *ty != "terraform_data").collect();
    assert_eq!(tried, all, "each type is tried");

    assert!(tally.undeclared.is_empty(), "what is called is declared: {:#?}", tally.undeclared);
    let listed: BTreeSet<_> =
        BESIDE.iter().map(|(ty, operation, action, _)| ((*ty).to_owned(), *operation, (*action).to_owned())).collect();
    let beside = tally.beside();
    let new: Vec<_> = beside.difference(&listed).collect();
    let old: Vec<_> = listed.difference(&beside).collect();
    assert!(
        new.is_empty() && old.is_empty(),
        "new: {new:#?}, no longer true: {old:#?}; what is declared and not called is listed, with its reason"
    );
}
