//! What somebody edits by hand is named, repaired, and gone in the end.

use aws_sdk_appsync::types::{ApiKey, ResolverKind};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Environment;
use recon::testing::emulator::Kind;

use super::account::listing;
use super::{Guide, LOSS};

/// Finds drift that names each of the texts, repairs it, and finds none.
#[track_caller]
fn assert_found_and_repaired(guide: &Guide, names: &[&str]) {
    let drift = guide.run(&["drift"]).ends_with(2);
    for name in names {
        assert!(drift.stdout.contains(name), "drift names {name}: {}", drift.stdout);
    }
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
    guide.run(&["plan", "-detailed-exitcode"]).ends_with(2);
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    assert_eq!(listing(&aws).await.len(), with_pool.len() + 13, "each of the 13 resources is one object");
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
    deletion(&guide).await;

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
    assert_found_and_repaired(guide, &["aws_appsync_graphql_api.blog", "schema", "likes"]);
}

async fn resolver(guide: &Guide) {
    let appsync = guide.aws().appsync(None).await.unwrap();
    let call = appsync.update_resolver().api_id(api_id(guide)).type_name("Query").field_name("listPosts");
    let call = call.kind(ResolverKind::Unit).data_source_name("posts").max_batch_size(7);
    call.send().await.unwrap();
    assert_found_and_repaired(guide, &["aws_appsync_resolver.posts[\"listPosts\"]", "max_batch_size", "7"]);
}

async fn environment(guide: &Guide) {
    let lambda = guide.aws().lambda(None).await.unwrap();
    let edited = Environment::builder().variables("POST_TABLE", "elsewhere").build();
    lambda.update_function_configuration().function_name("cdk-blog-posts").environment(edited).send().await.unwrap();
    assert_found_and_repaired(
        guide,
        &["aws_lambda_function.posts", "POST_TABLE", "\"cdk-blog-posts\"", "\"elsewhere\""],
    );
}

async fn code(guide: &Guide) {
    let lambda = guide.aws().lambda(None).await.unwrap();
    // An empty archive: the shortest zip there is.
    let zip = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    lambda.update_function_code().function_name("cdk-blog-posts").zip_file(Blob::new(zip)).send().await.unwrap();
    assert_found_and_repaired(guide, &["aws_lambda_function.posts", "code_sha256"]);
}

async fn table_setting(guide: &Guide) {
    let dynamodb = guide.aws().dynamodb(None).await.unwrap();
    let call = dynamodb.update_table().table_name("cdk-blog-posts").deletion_protection_enabled(true);
    call.send().await.unwrap();
    let names = ["aws_dynamodb_table.posts", "deletion_protection_enabled", "false", "true"];
    assert_found_and_repaired(guide, &names);
}

async fn role_policy(guide: &Guide) {
    let iam = guide.aws().iam(None).await.unwrap();
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let call = iam.put_role_policy().role_name("cdk-blog-posts").policy_name("posts-table").policy_document(document);
    call.send().await.unwrap();
    assert_found_and_repaired(guide, &["aws_iam_role_policy.posts", "policy", "dynamodb:*", "s3:*"]);
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
    assert_found_and_repaired(guide, &["aws_appsync_api_key.blog", "expires"]);
    let repaired = appsync.list_api_keys().api_id(api_id(guide)).send().await.unwrap();
    let repaired = repaired.api_keys().first().unwrap();
    assert_eq!((repaired.id(), repaired.expires()), (key.id(), key.expires()));
}

async fn retention(guide: &Guide) {
    let logs = guide.aws().logs(None).await.unwrap();
    let call = logs.put_retention_policy().log_group_name("/aws/lambda/cdk-blog-posts").retention_in_days(1);
    call.send().await.unwrap();
    assert_found_and_repaired(guide, &["aws_cloudwatch_log_group.posts", "retention_in_days", "30"]);
}

async fn deletion(guide: &Guide) {
    let appsync = guide.aws().appsync(None).await.unwrap();
    let call = appsync.delete_resolver().api_id(api_id(guide)).type_name("Mutation").field_name("createPost");
    call.send().await.unwrap();
    assert_found_and_repaired(guide, &["aws_appsync_resolver.posts[\"createPost\"]"]);
}
