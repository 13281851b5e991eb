//! The deployed API really answers, and only to those it should.

use std::collections::HashMap;

use aws_sdk_lambda::types::Environment;
use recon::testing::emulator::Kind;
use serde_json::json;

use super::Guide;
use super::simulator::{Simulator, sign_in};

const CREATE: &str = r#"mutation { createPost(post: {title: "Hello", content: "From a test"}) { id title username } }"#;
const LIST: &str = "{ listPosts { id title username } }";

fn key(guide: &Guide) -> String {
    guide.run(&["output", "-raw", "aws_appsync_apiKey"]).ends_with(0).stdout.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_create_posts_and_everybody_with_the_key_lists_them() {
    let guide = Guide::applied(Kind::Ministack);
    let (token, key) = (sign_in(&guide, "ada").await, key(&guide));
    let api = Simulator::start(&guide);

    let (status, made) = api.ask(("authorization", &token), CREATE);
    assert_eq!((status, &made["data"]["createPost"]["username"]), (200, &json!("ada")), "{made}");
    let table = guide.aws().dynamodb(None).await.unwrap();
    let stored = table.scan().table_name("cdk-blog-posts").send().await.unwrap();
    assert_eq!(stored.items()[0]["username"].as_s().unwrap(), "ada", "the post is really in the table");

    let (status, listed) = api.ask(("x-api-key", &key), LIST);
    assert_eq!((status, &listed["data"]["listPosts"]), (200, &json!([made["data"]["createPost"]])));

    let (_, refused) = api.ask(("x-api-key", &key), CREATE);
    assert_eq!(refused["data"]["createPost"], json!(null));
    assert_eq!(refused["errors"][0]["errorType"], "Unauthorized", "{refused}");
    for header in [("x-api-key", "da2-wrong"), ("authorization", "garbage"), ("authorization", &format!("{token}x"))] {
        let (status, refused) = api.ask(header, LIST);
        assert_eq!((status, &refused["errors"][0]["errorType"]), (401, &json!("UnauthorizedException")), "{refused}");
    }
    assert_eq!(table.scan().table_name("cdk-blog-posts").send().await.unwrap().count(), 1, "nothing else was stored");
    let (status, refused) = api.ask(("accept", "application/json"), LIST);
    assert_eq!((status, &refused["errors"][0]["errorType"]), (401, &json!("UnauthorizedException")), "{refused}");

    // The function without the name of its table.
    let lambda = guide.aws().lambda(None).await.unwrap();
    let call = lambda.update_function_configuration().function_name("cdk-blog-posts");
    call.environment(Environment::builder().set_variables(Some(HashMap::new())).build()).send().await.unwrap();
    let (status, failed) = api.ask(("x-api-key", &key), LIST);
    assert_eq!((status, &failed["data"]["listPosts"]), (200, &json!(null)), "{failed}");
    let error = &failed["errors"][0];
    assert_eq!(error["errorType"], "Lambda:Unhandled", "{failed}");
    assert!(error["message"].as_str().unwrap().contains("POST_TABLE"), "the caller is told what failed: {failed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_grant_reaches_the_caller_as_an_error() {
    let guide = Guide::with_pool(Kind::MinistackWithAuth);
    let main = guide.read("main.tf");
    let start = main.find("resource \"aws_iam_role_policy\" \"posts\"").unwrap();
    let end = start + main[start..].find("\n}\n").unwrap() + 3;
    guide.write("main.tf", &format!("{}{}", &main[..start], &main[end..]));
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    let token = sign_in(&guide, "ada").await;
    let (_, refused) = Simulator::start(&guide).ask(("authorization", &token), CREATE);
    assert_eq!(refused["data"]["createPost"], json!(null), "{refused}");
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("dynamodb:PutItem"), "{message}");

    guide.write("main.tf", &main);
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    let (_, made) = Simulator::start(&guide).ask(("authorization", &token), CREATE);
    assert_eq!(made["data"]["createPost"]["username"], "ada", "{made}");
}
