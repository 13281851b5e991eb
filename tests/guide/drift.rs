//! What somebody edits by hand is named, repaired, and gone in the end.

use aws_sdk_appsync::types::{ApiKey, ResolverKind};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Environment;
use recon::testing::emulator::Kind;

use super::account::listing;
use super::{Guide, LOSS, MADE};

/// An attribute that somebody changed by hand, and texts of what it was and what it is.
struct Edit {
    address: &'static str,
    attribute: &'static str,
    state: &'static str,
    live: &'static str,
}

/// What a report says about one object.
fn part<'a>(report: &'a str, address: &str) -> &'a str {
    let start = report.find(&format!("{address} ")).unwrap_or_else(|| panic!("{address} is named: {report}"));
    let rest = &report[start..];
    let end = rest.match_indices("\n\n").find(|(at, _)| !rest[at + 2..].starts_with(' ')).map(|(at, _)| at);
    &rest[..end.unwrap_or(rest.len())]
}

/// Finds drift of this one object and changes nothing, repairs it, and finds none.
#[track_caller]
fn assert_found_and_repaired(guide: &Guide, edit: &Edit) {
    let state = guide.read("state/default.tfstate");
    let report = guide.run(&["drift"]).ends_with(2).stdout;
    assert!(report.ends_with("Drift: 1 object of 13 has changed outside recon.\n"), "{report}");
    let part = part(&report, edit.address);
    for said in [edit.attribute, edit.state, edit.live] {
        assert!(part.contains(said), "drift says {said:?}: {report}");
    }
    assert_eq!(guide.read("state/default.tfstate"), state, "drift only looks");
    assert_repaired(guide);
}

#[track_caller]
fn assert_repaired(guide: &Guide) {
    guide.run(&["plan", "-detailed-exitcode"]).ends_with(2);
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    guide.run(&["drift"]).ends_with(0);
    guide.assert_settled();
}

#[tokio::test]
async fn edits_by_hand_are_named_and_repaired_and_destroy_leaves_the_account_as_it_was() {
    let guide = Guide::new(Kind::Ministack);
    let aws = guide.aws();
    let before = listing(&aws).await;
    guide.run(&["-chdir=examples/amplify-auth", "apply", "-auto-approve"]).ends_with(0);
    let with_pool = listing(&aws).await;
    assert_eq!(with_pool.since(&before), ["client web of amplify-auth-demo", "user pool amplify-auth-demo"]);
    guide.run(&["plan", "-detailed-exitcode"]).ends_with(2);
    assert_eq!(listing(&aws).await, with_pool, "a plan changes nothing");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    let applied = listing(&aws).await;
    assert_eq!(applied.since(&with_pool), MADE);
    guide.run(&["drift"]).ends_with(0);
    guide.assert_settled();

    schema_text(&guide).await;
    resolver(&guide).await;
    environment(&guide).await;
    code(&guide).await;
    table_setting(&guide).await;
    role_policy(&guide).await;
    key_expiry(&guide).await;
    retention(&guide).await;
    assert_eq!(listing(&aws).await, applied, "repaired in place: every object is the one it was");
    deletion(&guide).await;

    let answer = guide.run(&["destroy", "-auto-approve"]).ends_with(1);
    assert!(answer.stderr.contains("add -allow-data-loss=aws_dynamodb_table.posts"), "{}", answer.stderr);
    assert_eq!(listing(&aws).await, applied, "stored posts are not deleted by the way");
    guide.run(&["destroy", LOSS[0], LOSS[1]]).ends_with(0);
    assert_eq!(listing(&aws).await, with_pool, "destroy leaves what it found");
    let loss = "-allow-data-loss=aws_cognito_user_pool.app";
    guide.run(&["-chdir=examples/amplify-auth", "destroy", "-auto-approve", loss]).ends_with(0);
    assert_eq!(listing(&aws).await, before);
}

fn api_id(guide: &Guide) -> String {
    guide.attributes("aws_appsync_graphql_api", "blog")["id"].as_str().unwrap().to_owned()
}

async fn schema_text(guide: &Guide) {
    let schema = guide.read("schema/schema.graphql").replace("title: String!", "title: String!\n  likes: Int");
    let appsync = guide.aws().appsync(None).await.unwrap();
    let definition = Blob::new(schema);
    appsync.start_schema_creation().api_id(api_id(guide)).definition(definition).send().await.unwrap();
    let edit = Edit {
        address: "aws_appsync_graphql_api.blog",
        attribute: "schema (- in state, + live)",
        state: "  title: String!",
        live: "+   likes: Int",
    };
    assert_found_and_repaired(guide, &edit);
}

async fn resolver(guide: &Guide) {
    let appsync = guide.aws().appsync(None).await.unwrap();
    let call = appsync.update_resolver().api_id(api_id(guide)).type_name("Query").field_name("listPosts");
    let call = call.kind(ResolverKind::Unit).data_source_name("posts").max_batch_size(7);
    call.send().await.unwrap();
    let address = "aws_appsync_resolver.posts[\"listPosts\"]";
    let edit = Edit { address, attribute: "max_batch_size", state: "state: (nothing)", live: "live:  7" };
    assert_found_and_repaired(guide, &edit);
}

async fn environment(guide: &Guide) {
    let lambda = guide.aws().lambda(None).await.unwrap();
    let edited = Environment::builder().variables("POST_TABLE", "elsewhere").build();
    lambda.update_function_configuration().function_name("cdk-blog-posts").environment(edited).send().await.unwrap();
    let (attribute, state) = ("environment.variables[\"POST_TABLE\"]", "state: \"cdk-blog-posts\"");
    let edit = Edit { address: "aws_lambda_function.posts", attribute, state, live: "live:  \"elsewhere\"" };
    assert_found_and_repaired(guide, &edit);
}

async fn code(guide: &Guide) {
    let lambda = guide.aws().lambda(None).await.unwrap();
    // An empty archive: the shortest zip there is.
    let zip = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    lambda.update_function_code().function_name("cdk-blog-posts").zip_file(Blob::new(zip)).send().await.unwrap();
    let edit = Edit {
        address: "aws_lambda_function.posts",
        attribute: "code_sha256",
        state: "state: \"4/3b8ExQoE2l1Maa/FN/FHTYsqOVgnnnCHSbNLeNCzg=\"",
        live: "live:  \"hznHbmgfkAkjuQDJ3w73XPQh05yrtUZQxLmtGbanbYU=\"",
    };
    assert_found_and_repaired(guide, &edit);
}

async fn table_setting(guide: &Guide) {
    let dynamodb = guide.aws().dynamodb(None).await.unwrap();
    let call = dynamodb.update_table().table_name("cdk-blog-posts").deletion_protection_enabled(true);
    call.send().await.unwrap();
    let attribute = "deletion_protection_enabled";
    let edit = Edit { address: "aws_dynamodb_table.posts", attribute, state: "state: false", live: "live:  true" };
    assert_found_and_repaired(guide, &edit);
}

async fn role_policy(guide: &Guide) {
    let iam = guide.aws().iam(None).await.unwrap();
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let call = iam.put_role_policy().role_name("cdk-blog-posts").policy_name("posts-table").policy_document(document);
    call.send().await.unwrap();
    let edit = Edit {
        address: "aws_iam_role_policy.posts",
        attribute: "policy (- in state, + live)",
        state: "\"dynamodb:*\" -> ",
        live: "-> \"s3:*\"",
    };
    assert_found_and_repaired(guide, &edit);
}

async fn key_expiry(guide: &Guide) {
    let appsync = guide.aws().appsync(None).await.unwrap();
    let keys = appsync.list_api_keys().api_id(api_id(guide)).send().await.unwrap();
    let key: &ApiKey = keys.api_keys().first().unwrap();
    let sooner = key.expires() - 90 * 86_400;
    let call = appsync.update_api_key().api_id(api_id(guide)).id(key.id().unwrap()).expires(sooner);
    call.send().await.unwrap();
    let drift = guide.run(&["drift"]);
    assert!(!drift.stdout.contains(key.id().unwrap()), "the key itself is not shown");
    let said = |seconds: i64| format!("\"{}\"", jiff::Timestamp::from_second(seconds).unwrap());
    let part = part(&drift.stdout, "aws_appsync_api_key.blog");
    for said in [format!("state: {}", said(key.expires())), format!("live:  {}", said(sooner))] {
        assert!(part.contains(&said), "{said}: {part}");
    }
    let edit = Edit { address: "aws_appsync_api_key.blog", attribute: "expires", state: "state: ", live: "live:  " };
    assert_found_and_repaired(guide, &edit);
    let repaired = appsync.list_api_keys().api_id(api_id(guide)).send().await.unwrap();
    let repaired = repaired.api_keys().first().unwrap();
    assert_eq!((repaired.id(), repaired.expires()), (key.id(), key.expires()));
}

async fn retention(guide: &Guide) {
    let logs = guide.aws().logs(None).await.unwrap();
    let call = logs.put_retention_policy().log_group_name("/aws/lambda/cdk-blog-posts").retention_in_days(1);
    call.send().await.unwrap();
    let edit = Edit {
        address: "aws_cloudwatch_log_group.posts",
        attribute: "retention_in_days",
        state: "state: 30",
        live: "live:  1",
    };
    assert_found_and_repaired(guide, &edit);
}

async fn deletion(guide: &Guide) {
    let appsync = guide.aws().appsync(None).await.unwrap();
    let call = appsync.delete_resolver().api_id(api_id(guide)).type_name("Mutation").field_name("createPost");
    call.send().await.unwrap();
    let report = guide.run(&["drift"]).ends_with(2).stdout;
    let part = part(&report, "aws_appsync_resolver.posts[\"createPost\"]");
    assert!(part.ends_with(" is gone"), "{report}");
    assert_repaired(guide);
}
