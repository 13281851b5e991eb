//! Functions and permissions.

use std::path::Path;

use recon::aws::Aws;
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::{Subject, plan};
use serde_json::{Value as Json, json};

const FUNCTION: &str = "aws_lambda_function";
const PERMISSION: &str = "aws_lambda_permission";
const MAIN: &str = "export const handler = async (event: unknown): Promise<unknown> => event;\n";

fn with(base: &Json, more: Json) -> Json {
    let mut all = base.as_object().expect("an object").clone();
    let Json::Object(more) = more else { panic!("an object") };
    all.extend(more);
    Json::Object(all)
}

fn source(folder: &Path, text: &str) -> String {
    let fns = folder.join("fns");
    std::fs::create_dir_all(&fns).expect("a folder can be made");
    std::fs::write(fns.join("main.ts"), text).expect("a file can be written");
    fns.display().to_string()
}

async fn role(aws: &Aws, name: &str) -> String {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let iam = aws.iam(None).await.expect("a client");
    let made = iam.create_role().role_name(name).assume_role_policy_document(trust).send().await.expect("a role");
    made.role().expect("a role").arn().to_owned()
}

async fn plain(emulator: &Emulator) -> Json {
    let role = role(&emulator.aws(), "posts").await;
    let filename = source(emulator.folder(), MAIN);
    json!({
        "function_name": "posts", "role": role, "filename": filename,
        "handler": "main.handler", "runtime": "nodejs22.x",
    })
}

#[tokio::test]
async fn a_function_lives_on_ministack() {
    let emulator = Emulator::start(Kind::Ministack);
    let base = plain(&emulator).await;
    let mut function = Subject::create(&emulator.registry(), FUNCTION, &base).await;
    assert_eq!(function.state.attr("version"), "$LATEST".into());
    for change in [
        json!({"memory_size": 1024}),
        json!({"timeout": 20}),
        json!({"description": "posts"}),
        json!({"environment": [{"variables": {"POST_TABLE": "posts", "OTHER": "1"}}]}),
        json!({"environment": [{}]}),
        json!({"tags": {"a": "1", "b": "2"}}),
        json!({"tags": {"b": "3"}}),
        json!({"tracing_config": [{"mode": "Active"}]}),
        json!({"ephemeral_storage": [{"size": 1024}]}),
        json!({"logging_config": [{"log_format": "JSON", "application_log_level": "DEBUG", "log_group": "/my/group"}]}),
        json!({"dead_letter_config": [{"target_arn": "arn:aws:sqs:us-east-1:123456789012:dead"}]}),
        json!({"reserved_concurrent_executions": 5}),
        json!({"reserved_concurrent_executions": 0}),
        json!({"reserved_concurrent_executions": -1, "timeout": 5}),
        json!({"kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k"}),
        json!({"vpc_config": [{"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1", "sg-2"]}]}),
        json!({"architectures": ["arm64"]}),
        json!({"architectures": ["x86_64"], "runtime": "nodejs20.x"}),
        json!({"skip_destroy": true}),
    ] {
        function.update(&with(&base, change)).await;
    }
    function.update(&with(&base, json!({"architectures": ["x86_64"]}))).await;
    function.assert_replaces(&with(&base, json!({"function_name": "other"})), &["function_name"]);
    function.assert_replaces(&with(&base, json!({"durable_config": [{"execution_timeout": 60}]})), &["durable_config"]);
    function.delete().await;
}

#[tokio::test]
async fn a_function_with_everything_lives_on_ministack() {
    let emulator = Emulator::start(Kind::Ministack);
    let everything = json!({
        "description": "posts", "memory_size": 256, "timeout": 7, "architectures": ["arm64"], "publish": true,
        "reserved_concurrent_executions": 3, "tags": {"a": "1"},
        "environment": [{"variables": {"POST_TABLE": "posts"}}],
        "tracing_config": [{"mode": "Active"}], "ephemeral_storage": [{"size": 600}],
        "logging_config": [{"log_format": "JSON", "application_log_level": "INFO", "system_log_level": "WARN"}],
        "dead_letter_config": [{"target_arn": "arn:aws:sqs:us-east-1:123456789012:dead"}],
        "vpc_config": [{"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}],
    });
    let wanted = with(&plain(&emulator).await, everything);
    let mut function = Subject::create(&emulator.registry(), FUNCTION, &wanted).await;
    assert_eq!(function.state.attr("version"), "1".into());
    source(emulator.folder(), "export const handler = (): number => 2;\n");
    function.update(&wanted).await;
    assert_eq!(function.state.attr("version"), "2".into());
    assert!(function.state.attr("qualified_arn").as_str().expect("an ARN").ends_with(":function:posts:2"));
    function.delete().await;
}

#[tokio::test]
async fn code_edited_elsewhere_is_drift_and_is_repaired() {
    let emulator = Emulator::start(Kind::Ministack);
    let base = with(&plain(&emulator).await, json!({"source_code_hash": "as given"}));
    let mut function = Subject::create(&emulator.registry(), FUNCTION, &base).await;
    let ours = function.state.attr("code_sha256");
    let lambda = emulator.aws().lambda(None).await.expect("a client");
    let other = tempfile::tempdir().expect("a folder");
    std::fs::write(other.path().join("main.mjs"), "export const handler = () => 'other';\n").expect("a file");
    let other = recon::aws::package::package(other.path(), Default::default()).expect("a package");
    let edit = lambda.update_function_code().function_name("posts").zip_file(other.zip.into());
    edit.send().await.expect("the code is edited");
    let drift = function.refresh().await;
    assert!(drift.contains(&"code_sha256".to_owned()), "{drift:?}");
    function.update(&base).await;
    assert_eq!(function.state.attr("code_sha256"), ours);
    assert_eq!(function.state.attr("source_code_hash"), "as given".into());
    let edit = lambda.update_function_configuration().function_name("posts").memory_size(999);
    edit.send().await.expect("the memory is edited");
    assert!(function.refresh().await.contains(&"memory_size".to_owned()));
    function.update(&base).await;
    function.delete().await;
}

#[tokio::test]
async fn a_name_that_is_taken_is_not_adopted() {
    let emulator = Emulator::start(Kind::Ministack);
    let base = plain(&emulator).await;
    let registry = emulator.registry();
    let function = Subject::create(&registry, FUNCTION, &base).await;
    let resource = registry.resource(FUNCTION).expect("the type");
    let planned = plan(resource.as_ref(), &base, None).planned;
    let run = recon::resource::Run::unrecorded();
    let error = resource.create(&planned, &run).await.expect_err("the name is taken");
    assert_eq!(error.kind, recon::resource::ErrorKind::Conflict);
    assert!(error.help.expect("a way out").contains("import"));
    assert_eq!(resource.recover(&planned, &run).await.expect("an answer"), None);
    function.delete().await;
}

#[tokio::test]
async fn one_token_makes_one_object() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let permission =
        json!({"function_name": "posts", "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com"});
    for (ty, wanted) in [(FUNCTION, plain(&emulator).await), (PERMISSION, permission)] {
        let resource = registry.resource(ty).expect("the type");
        let planned = plan(resource.as_ref(), &wanted, None).planned;
        let run = recon::resource::Run::unrecorded();
        let first = resource.create(&planned, &run).await.expect("it is made");
        let second = resource.create(&planned, &run).await.expect("it is found");
        assert_eq!((first.attr("id"), first.attr("arn")), (second.attr("id"), second.attr("arn")), "{ty}");
    }
}

#[tokio::test]
async fn a_statement_name_that_is_taken_is_not_adopted() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let function = Subject::create(&registry, FUNCTION, &plain(&emulator).await).await;
    let wanted = json!({
        "function_name": "posts", "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com", "statement_id": "s",
    });
    let permission = Subject::create(&registry, PERMISSION, &wanted).await;
    let resource = registry.resource(PERMISSION).expect("the type");
    let planned = plan(resource.as_ref(), &wanted, None).planned;
    let error = resource.create(&planned, &recon::resource::Run::unrecorded()).await.expect_err("the name is taken");
    assert_eq!(error.kind, recon::resource::ErrorKind::Conflict);
    permission.delete().await;
    function.delete().await;
}

#[tokio::test]
async fn code_in_s3_and_versions_follow_their_arguments() {
    let emulator = Emulator::start(Kind::Ministack);
    let role = role(&emulator.aws(), "java").await;
    let jar = recon::aws::package::package(Path::new(&source(emulator.folder(), MAIN)), Default::default());
    let jar = jar.expect("a package").zip;
    ureq::put(format!("{}/code", emulator.endpoint())).send_empty().expect("a bucket");
    for key in ["1.jar", "2.jar"] {
        ureq::put(format!("{}/code/{key}", emulator.endpoint())).send(&jar[..]).expect("an archive");
    }
    let base = json!({
        "function_name": "java", "role": role, "handler": "app.Main", "runtime": "java21", "s3_bucket": "code",
        "s3_key": "1.jar",
    });
    let mut function = Subject::create(&emulator.registry(), FUNCTION, &base).await;
    assert_eq!(function.state.attr("version"), "$LATEST".into());
    for change in [
        json!({"s3_key": "2.jar"}),
        json!({"s3_key": "2.jar", "source_code_hash": "2"}),
        json!({"s3_key": "2.jar", "source_code_hash": "3", "publish": true}),
        json!({"s3_key": "2.jar", "source_code_hash": "3", "publish": true, "memory_size": 512}),
        json!({"s3_key": "2.jar", "snap_start": [{"apply_on": "PublishedVersions"}], "publish": true}),
        json!({"s3_key": "2.jar", "snap_start": [{"apply_on": "None"}]}),
        json!({"s3_key": "2.jar", "file_system_config": [{
            "arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
            "local_mount_path": "/mnt/data",
        }]}),
    ] {
        function.update(&with(&base, change)).await;
    }
    function.delete().await;
}

#[tokio::test]
async fn an_image_is_code_too() {
    let emulator = Emulator::start(Kind::Ministack);
    let role = role(&emulator.aws(), "image").await;
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/posts";
    let base = json!({
        "function_name": "image", "role": role, "package_type": "Image", "image_uri": format!("{image}:1"),
        "image_config": [{"command": ["main.handler"]}],
    });
    let mut function = Subject::create(&emulator.registry(), FUNCTION, &base).await;
    function.update(&with(&base, json!({"image_uri": format!("{image}:2")}))).await;
    function.update(&with(&base, json!({"image_config": []}))).await;
    function.delete().await;
}

#[tokio::test]
async fn layers_keep_their_order() {
    let emulator = Emulator::start(Kind::Ministack);
    let base = plain(&emulator).await;
    let lambda = emulator.aws().lambda(None).await.expect("a client");
    let zip = recon::aws::package::package(&emulator.folder().join("fns"), Default::default()).expect("a package").zip;
    let mut arns = Vec::new();
    for name in ["a", "b"] {
        let content = aws_sdk_lambda::types::LayerVersionContentInput::builder().zip_file(zip.clone().into()).build();
        let layer = lambda.publish_layer_version().layer_name(name).content(content).send().await.expect("a layer");
        arns.push(layer.layer_version_arn.expect("an ARN"));
    }
    let mut function = Subject::create(&emulator.registry(), FUNCTION, &with(&base, json!({"layers": arns}))).await;
    arns.reverse();
    function.update(&with(&base, json!({"layers": arns}))).await;
    function.update(&base).await;
    function.delete().await;
}

#[tokio::test]
async fn a_function_is_imported_by_name() {
    let emulator = Emulator::start(Kind::Ministack);
    let base = plain(&emulator).await;
    let registry = emulator.registry();
    let function = Subject::create(&registry, FUNCTION, &base).await;
    let resource = registry.resource(FUNCTION).expect("the type");
    let bare = resource.import("posts").expect("an id");
    let run = recon::resource::Run::unrecorded();
    let read = resource.read(&bare, &run).await.expect("an answer").expect("the function is there");
    for name in ["arn", "role", "runtime", "code_sha256", "version", "invoke_arn"] {
        assert_eq!(read.attr(name), function.state.attr(name), "{name}");
    }
    function.delete().await;
}

#[tokio::test]
async fn a_permission_lives_on_ministack() {
    permission_lives(Kind::Ministack).await;
}

#[tokio::test]
async fn a_permission_lives_on_moto() {
    permission_lives(Kind::Moto).await;
}

async fn permission_lives(kind: Kind) {
    let emulator = Emulator::start(kind);
    let registry = emulator.registry();
    let function = Subject::create(&registry, FUNCTION, &plain(&emulator).await).await;
    let base = json!({
        "function_name": "posts", "action": "lambda:InvokeFunction", "principal": "cognito-idp.amazonaws.com",
    });
    let arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_1";
    let unnamed = Subject::create(&registry, PERMISSION, &base).await;
    let narrow = with(&base, json!({"statement_id": "pool", "source_arn": arn, "source_account": "123456789012"}));
    let named = Subject::create(&registry, PERMISSION, &narrow).await;
    assert_eq!(named.state.attr("id"), "pool".into());
    named.assert_replaces(&with(&narrow, json!({"source_account": "210987654321"})), &["source_account"]);
    let prefixed = with(&base, json!({"statement_id_prefix": "p-", "principal": "123456789012"}));
    let prefixed = Subject::create(&registry, PERMISSION, &prefixed).await;
    assert!(prefixed.state.attr("id").as_str().expect("a name").starts_with("p-"));
    for permission in [unnamed, named, prefixed] {
        permission.delete().await;
    }
    function.delete().await;
}

#[tokio::test]
async fn a_permission_of_a_deleted_function_is_gone() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let function = Subject::create(&registry, FUNCTION, &plain(&emulator).await).await;
    let wanted = json!({"function_name": "posts", "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com"});
    let permission = Subject::create(&registry, PERMISSION, &wanted).await;
    function.delete().await;
    permission.delete().await;
}

#[tokio::test]
async fn a_function_lives_on_moto() {
    let emulator = Emulator::start(Kind::Moto);
    let base = plain(&emulator).await;
    let mut function = Subject::create(&emulator.registry(), FUNCTION, &base).await;
    for change in [
        json!({"memory_size": 1024}),
        json!({"environment": [{"variables": {"POST_TABLE": "posts"}}]}),
        json!({"tags": {"a": "1"}}),
        json!({"reserved_concurrent_executions": 5}),
    ] {
        function.update(&with(&base, change)).await;
    }
    source(emulator.folder(), "export const handler = (): number => 2;\n");
    function.update(&base).await;
    function.delete().await;
}
