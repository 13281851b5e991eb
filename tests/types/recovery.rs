//! Every resource type finds again what it made, and takes nothing that it did not make: the cases of the suite in
//! `recon::testing::suite::recovery`, and what `docs/decisions/recovery.md` says of each type.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::future::BoxFuture;
use recon::aws::{Aws, Settings, registry};
use recon::resource::{Recovery, Run, Token};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::plan;
use recon::testing::suite::recovery::Stranger::{Alike, AlikeIfNew, Beside, Refused, RefusedByAws};
use recon::testing::suite::recovery::{Stranger, Trial};
use serde_json::{Value as Json, json};

use aws_sdk_appsync::types as appsync;
use aws_sdk_dynamodb::types as dynamodb;

const BOTH: &[Kind] = &[Kind::Ministack, Kind::Moto];
/// moto has of AppSync next to nothing, and answers with a failure where something is missing.
const MINISTACK: &[Kind] = &[Kind::Ministack];

/// Makes something on an emulator with plain calls, and gives the wish that goes with it.
type Make = for<'a> fn(&'a Emulator) -> BoxFuture<'a, Json>;

struct Case {
    ty: &'static str,
    emulators: &'static [Kind],
    /// Makes what an object needs, and gives a wish for one.
    wish: Make,
    /// What becomes of an object of another run, made for the same wish.
    other_run: Stranger,
    /// Objects of somebody else.
    strangers: &'static [(Stranger, Make)],
}

macro_rules! make {
    ($emulator:ident => $body:block) => {
        |$emulator| Box::pin(async move { $body })
    };
}

const CASES: &[Case] = &[
    Case {
        ty: "aws_iam_role",
        emulators: BOTH,
        wish: make!(_emulator => {
            json!({
                "name": "made", "assume_role_policy": trust(), "tags": {"a": "1"},
                "inline_policy": [{"name": "p", "policy": grant("s3:*")}]
            })
        }),
        other_run: Refused,
        strangers: &[(Refused, make!(emulator => { role(emulator, "strange").await }))],
    },
    Case {
        ty: "aws_iam_policy",
        emulators: BOTH,
        wish: make!(_emulator => { json!({"name": "made", "policy": grant("s3:*"), "tags": {"a": "1"}}) }),
        other_run: Refused,
        strangers: &[(
            Refused,
            make!(emulator => {
                let iam = emulator.aws().iam(None).await.unwrap();
                let call = iam.create_policy().policy_name("strange").policy_document(grant("s3:*"));
                call.send().await.unwrap();
                json!({"name": "strange", "policy": grant("s3:*")})
            }),
        )],
    },
    Case {
        ty: "aws_iam_role_policy",
        emulators: BOTH,
        wish: make!(emulator => {
            role(emulator, "parent").await;
            json!({"name": "made", "role": "parent", "policy": grant("s3:*")})
        }),
        other_run: Alike,
        strangers: &[
            (Refused, make!(emulator => { written(emulator, "other", "logs:*").await })),
            (Alike, make!(emulator => { written(emulator, "same", "s3:*").await })),
        ],
    },
    Case {
        ty: "aws_iam_role_policy_attachment",
        emulators: BOTH,
        wish: make!(emulator => {
            role(emulator, "holder").await;
            json!({"role": "holder", "policy_arn": MANAGED})
        }),
        other_run: Alike,
        strangers: &[(
            Alike,
            make!(emulator => {
                let iam = emulator.aws().iam(None).await.unwrap();
                iam.attach_role_policy().role_name("holder").policy_arn(MANAGED).send().await.unwrap();
                json!({"role": "holder", "policy_arn": MANAGED})
            }),
        )],
    },
    Case {
        ty: "aws_dynamodb_table",
        emulators: BOTH,
        wish: make!(_emulator => {
            json!({
                "name": "made", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id",
                "attribute": [{"name": "id", "type": "S"}], "tags": {"a": "1"},
                "ttl": [{"attribute_name": "expires", "enabled": true}]
            })
        }),
        other_run: Refused,
        strangers: &[(Refused, make!(emulator => { table(emulator).await }))],
    },
    Case {
        ty: "aws_cloudwatch_log_group",
        emulators: BOTH,
        wish: make!(_emulator => { json!({"name": "/made", "retention_in_days": 7, "tags": {"a": "1"}}) }),
        other_run: Refused,
        strangers: &[(
            Refused,
            make!(emulator => {
                let logs = emulator.aws().logs(None).await.unwrap();
                logs.create_log_group().log_group_name("/strange").send().await.unwrap();
                json!({"name": "/strange"})
            }),
        )],
    },
    Case {
        ty: "aws_lambda_function",
        emulators: BOTH,
        wish: make!(emulator => { function(emulator, "made").await }),
        other_run: Refused,
        strangers: &[(
            Refused,
            make!(emulator => {
                let wish = function(emulator, "strange").await;
                strange_function(emulator, "strange").await;
                wish
            }),
        )],
    },
    Case {
        ty: "aws_lambda_permission",
        emulators: BOTH,
        wish: make!(emulator => {
            strange_function(emulator, "called").await;
            permission("made", "sns.amazonaws.com")
        }),
        other_run: Alike,
        strangers: &[
            (
                // moto makes a second statement of the same name.
                RefusedByAws("ResourceConflictException", "The statement id (other) provided already exists."),
                make!(emulator => { permitted(emulator, "other", "s3.amazonaws.com").await }),
            ),
            (Alike, make!(emulator => { permitted(emulator, "same", "sns.amazonaws.com").await })),
        ],
    },
    Case {
        ty: "aws_cognito_user_pool",
        emulators: BOTH,
        wish: make!(_emulator => {
            json!({
                "name": "made", "mfa_configuration": "OPTIONAL", "tags": {"a": "1"},
                "software_token_mfa_configuration": [{"enabled": true}]
            })
        }),
        other_run: Beside,
        strangers: &[(
            Beside,
            make!(emulator => {
                let cognito = emulator.aws().cognitoidp(None).await.unwrap();
                cognito.create_user_pool().pool_name("strange").send().await.unwrap();
                json!({"name": "strange"})
            }),
        )],
    },
    Case {
        ty: "aws_cognito_user_pool_client",
        emulators: BOTH,
        wish: make!(emulator => { json!({"name": "made", "user_pool_id": pool(emulator).await}) }),
        other_run: AlikeIfNew,
        strangers: &[
            (AlikeIfNew, make!(emulator => { client(emulator, json!({})).await })),
            (Beside, make!(emulator => { client(emulator, json!({"generate_secret": true})).await })),
        ],
    },
    Case {
        ty: "aws_appsync_graphql_api",
        emulators: MINISTACK,
        wish: make!(_emulator => {
            json!({"name": "made", "authentication_type": "API_KEY", "schema": SCHEMA, "tags": {"a": "1"}})
        }),
        other_run: Beside,
        strangers: &[(
            Beside,
            make!(emulator => {
                api(emulator, "strange").await;
                json!({"name": "strange", "authentication_type": "API_KEY"})
            }),
        )],
    },
    Case {
        ty: "aws_appsync_api_key",
        emulators: MINISTACK,
        wish: make!(emulator => {
            json!({"api_id": api(emulator, "keys").await, "description": "made", "expires_in": "365d"})
        }),
        other_run: Alike,
        strangers: &[
            (AlikeIfNew, make!(emulator => { api_key(emulator, "strange").await })),
            (Beside, make!(emulator => { api_key(emulator, "for others").await })),
        ],
    },
    Case {
        ty: "aws_appsync_datasource",
        emulators: MINISTACK,
        wish: make!(emulator => {
            json!({"api_id": api(emulator, "sources").await, "name": "made", "type": "NONE", "description": "d"})
        }),
        other_run: Alike,
        strangers: &[
            (
                RefusedByAws("BadRequestException", "Data source with name strange already exists"),
                make!(emulator => { source(emulator, "of others").await }),
            ),
            (Alike, make!(emulator => { source(emulator, "d").await })),
        ],
    },
    Case {
        ty: "aws_appsync_function",
        emulators: MINISTACK,
        wish: make!(emulator => {
            json!({"api_id": api(emulator, "functions").await, "name": "made", "data_source": "d"})
        }),
        other_run: Alike,
        strangers: &[
            (Alike, make!(emulator => { pipeline_function(emulator, "d").await })),
            (Beside, make!(emulator => { pipeline_function(emulator, "e").await })),
        ],
    },
    Case {
        ty: "aws_appsync_resolver",
        emulators: MINISTACK,
        wish: make!(emulator => {
            let api = api(emulator, "resolvers").await;
            json!({"api_id": api, "type": "Query", "field": "posts", "data_source": "d"})
        }),
        other_run: Alike,
        strangers: &[
            (
                RefusedByAws("BadRequestException", "Only one resolver is allowed per field."),
                make!(emulator => { resolver(emulator, "e").await }),
            ),
            (Alike, make!(emulator => { resolver(emulator, "d").await })),
        ],
    },
];

const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const SCHEMA: &str = "type Query { posts: [ID!]! }";

fn trust() -> String {
    let principal = json!({"Service": "lambda.amazonaws.com"});
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn grant(action: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

async fn role(emulator: &Emulator, name: &str) -> Json {
    let iam = emulator.aws().iam(None).await.unwrap();
    iam.create_role().role_name(name).assume_role_policy_document(trust()).send().await.unwrap();
    json!({"name": name, "assume_role_policy": trust()})
}

async fn written(emulator: &Emulator, name: &str, action: &str) -> Json {
    let iam = emulator.aws().iam(None).await.unwrap();
    let call = iam.put_role_policy().role_name("parent").policy_name(name).policy_document(grant(action));
    call.send().await.unwrap();
    json!({"name": name, "role": "parent", "policy": grant("s3:*")})
}

async fn table(emulator: &Emulator) -> Json {
    let tables = emulator.aws().dynamodb(None).await.unwrap();
    let attribute = dynamodb::AttributeDefinition::builder().attribute_name("id");
    let attribute = attribute.attribute_type(dynamodb::ScalarAttributeType::S).build().unwrap();
    let key = dynamodb::KeySchemaElement::builder().attribute_name("id").key_type(dynamodb::KeyType::Hash);
    let tag = dynamodb::Tag::builder().key("owner").value("somebody else").build().unwrap();
    let call = tables.create_table().table_name("strange").billing_mode(dynamodb::BillingMode::PayPerRequest);
    let call = call.attribute_definitions(attribute).key_schema(key.build().unwrap()).tags(tag);
    call.send().await.unwrap();
    json!({
        "name": "strange", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id",
        "attribute": [{"name": "id", "type": "S"}]
    })
}

async fn function(emulator: &Emulator, name: &str) -> Json {
    let role = role_arn(emulator).await;
    let folder = emulator.folder().join("fns");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.mjs"), "export const handler = async (event) => event;\n").unwrap();
    json!({
        "function_name": name, "role": role, "filename": folder.display().to_string(), "handler": "main.handler",
        "runtime": "nodejs22.x", "reserved_concurrent_executions": 2, "tags": {"a": "1"}
    })
}

async fn role_arn(emulator: &Emulator) -> String {
    let iam = emulator.aws().iam(None).await.unwrap();
    if let Ok(found) = iam.get_role().role_name("runs").send().await {
        return found.role().unwrap().arn().to_owned();
    }
    let made = iam.create_role().role_name("runs").assume_role_policy_document(trust()).send().await.unwrap();
    made.role().unwrap().arn().to_owned()
}

async fn strange_function(emulator: &Emulator, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.mjs"), "export const handler = () => 'strange';\n").unwrap();
    let code = recon::aws::package::package(folder.path(), Default::default()).unwrap();
    let code = aws_sdk_lambda::types::FunctionCode::builder().zip_file(code.zip.into()).build();
    let lambda = emulator.aws().lambda(None).await.unwrap();
    let call = lambda.create_function().function_name(name).role(role_arn(emulator).await).code(code);
    let call = call.handler("main.handler").runtime(aws_sdk_lambda::types::Runtime::Nodejs22x);
    call.send().await.unwrap();
}

fn permission(id: &str, principal: &str) -> Json {
    json!({
        "function_name": "called", "statement_id": id, "action": "lambda:InvokeFunction", "principal": principal
    })
}

async fn permitted(emulator: &Emulator, id: &str, principal: &str) -> Json {
    let lambda = emulator.aws().lambda(None).await.unwrap();
    let call = lambda.add_permission().function_name("called").statement_id(id).action("lambda:InvokeFunction");
    call.principal(principal).send().await.unwrap();
    permission(id, "sns.amazonaws.com")
}

async fn pool(emulator: &Emulator) -> String {
    let cognito = emulator.aws().cognitoidp(None).await.unwrap();
    let made = cognito.create_user_pool().pool_name("parent").send().await.unwrap();
    made.user_pool().unwrap().id().unwrap().to_owned()
}

async fn client(emulator: &Emulator, wish: Json) -> Json {
    let pool = pool(emulator).await;
    let cognito = emulator.aws().cognitoidp(None).await.unwrap();
    cognito.create_user_pool_client().user_pool_id(&pool).client_name("strange").send().await.unwrap();
    let mut all = json!({"name": "strange", "user_pool_id": pool});
    all.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
    all
}

async fn api(emulator: &Emulator, name: &str) -> String {
    let client = emulator.aws().appsync(None).await.unwrap();
    let call = client.create_graphql_api().name(name).authentication_type(appsync::AuthenticationType::ApiKey);
    call.send().await.unwrap().graphql_api.unwrap().api_id.unwrap()
}

async fn api_key(emulator: &Emulator, description: &str) -> Json {
    let (id, client) = (api(emulator, "keys").await, emulator.aws().appsync(None).await.unwrap());
    client.create_api_key().api_id(&id).description(description).send().await.unwrap();
    json!({"api_id": id, "description": "strange"})
}

async fn source(emulator: &Emulator, description: &str) -> Json {
    let (id, client) = (api(emulator, "sources").await, emulator.aws().appsync(None).await.unwrap());
    let call = client.create_data_source().api_id(&id).name("strange").description(description);
    call.r#type(appsync::DataSourceType::None).send().await.unwrap();
    json!({"api_id": id, "name": "strange", "type": "NONE", "description": "d"})
}

async fn pipeline_function(emulator: &Emulator, source: &str) -> Json {
    let (id, client) = (api(emulator, "functions").await, emulator.aws().appsync(None).await.unwrap());
    let call = client.create_function().api_id(&id).name("strange").data_source_name(source);
    call.function_version("2018-05-29").send().await.unwrap();
    json!({"api_id": id, "name": "strange", "data_source": "d"})
}

async fn resolver(emulator: &Emulator, source: &str) -> Json {
    let (id, client) = (api(emulator, "resolvers").await, emulator.aws().appsync(None).await.unwrap());
    let call = client.create_resolver().api_id(&id).type_name("Query").field_name("posts");
    call.data_source_name(source).kind(appsync::ResolverKind::Unit).send().await.unwrap();
    json!({"api_id": id, "type": "Query", "field": "posts", "data_source": "d"})
}

async fn try_all(kind: Kind, half: usize) {
    let emulator = Emulator::start(kind);
    let cases = CASES.iter().filter(|case| case.emulators.contains(&kind)).enumerate();
    for (_, case) in cases.filter(|(number, _)| number % 2 == half) {
        let trial = Trial::new(&emulator, case.ty);
        let wish = (case.wish)(&emulator).await;
        trial.ends_before(&wish).await;
        trial.ends_when_it_is_made(&wish).await;
        trial.ends_unheard(&wish).await;
        trial.gets_no_answer(&wish).await;
        trial.is_refused_at_first(&wish).await;
        // moto does not tell when anything was made.
        let told = |stranger| if stranger == AlikeIfNew && kind == Kind::Moto { Alike } else { stranger };
        trial.meets_another_run(&wish, told(case.other_run)).await;
        if recovery(case.ty) == Recovery::ComparedListing {
            trial.is_one_of_two(&wish).await;
        }
        for (stranger, make) in case.strangers {
            trial.meets(&make(&emulator).await, told(*stranger)).await;
        }
    }
}

fn recovery(ty: &str) -> Recovery {
    let registry = registry(&Aws::new(Settings::default()));
    registry.resource(ty).unwrap_or_else(|| panic!("{ty} is registered")).recovery()
}

#[tokio::test]
async fn half_of_the_types_find_again_what_they_made_on_ministack() {
    try_all(Kind::Ministack, 0).await;
}

#[tokio::test]
async fn the_other_half_find_again_what_they_made_on_ministack() {
    try_all(Kind::Ministack, 1).await;
}

#[tokio::test]
async fn half_of_the_types_find_again_what_they_made_on_moto() {
    try_all(Kind::Moto, 0).await;
}

#[tokio::test]
async fn the_other_half_find_again_what_they_made_on_moto() {
    try_all(Kind::Moto, 1).await;
}

#[test]
fn no_type_is_without_a_case_and_the_decision_names_each() {
    let registry = registry(&Aws::new(Settings::default()));
    let remote = registry.resources().filter(|resource| resource.recovery() != Recovery::Local);
    let registered: BTreeSet<&str> = remote.map(|resource| resource.schema().name).collect();
    let tried: BTreeSet<&str> = CASES.iter().map(|case| case.ty).collect();
    assert_eq!(registered, tried, "each type that makes something outside of recon has its case here");
    assert_eq!(tried.len(), CASES.len(), "and one only");
    let decision = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/decisions/recovery.md");
    let decision = std::fs::read_to_string(decision).unwrap();
    for resource in registry.resources() {
        let row = format!("| `{}` |", resource.schema().name);
        assert!(decision.contains(&row), "docs/decisions/recovery.md says how {row} is found again");
    }
}

#[tokio::test]
async fn what_is_only_in_state_is_made_again_as_it_was() {
    let registry = registry(&Aws::new(Settings::default()));
    let local = registry.resources().filter(|resource| resource.recovery() == Recovery::Local);
    for resource in local {
        let planned = plan(resource.as_ref(), &json!({}), None).planned;
        let run = Run::new(Token::fresh(), &recon::resource::Unrecorded, planned.attr("timeouts"));
        let made = resource.create(&planned, &run).await.unwrap();
        let again = resource.recover(&planned, &run).await.unwrap();
        assert_eq!(again, Some(made), "{}", resource.schema().name);
    }
}
