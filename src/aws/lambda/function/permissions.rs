//! What a function needs leave for: its calls, and what Lambda does with other services in the name of its caller.

use super::CONFIGURATION;
use crate::aws::lambda::permissions::arn;
use crate::aws::permissions::{Here, at, differ, is_given, is_written, retag};
use crate::resource::permission::pattern;
use crate::resource::{Grant, Need};
use crate::value::Value;

/// `GetFunction` tells the tags of a function only to those who may list them.
const READ: [&str; 2] = ["lambda:GetFunction", "lambda:ListTags"];

/// What changes the code of a function.
const CODE: &[&str] = &[
    "code_sha256",
    "source_code_hash",
    "s3_bucket",
    "s3_key",
    "s3_object_version",
    "image_uri",
    "architectures",
    "source_kms_key_arn",
];

/// What a function needs.
pub(super) fn function(here: &Here, need: Need<'_>) -> Vec<Grant> {
    match need {
        Need::Read(it) | Need::List(it) => read(here, it, false),
        Need::Recover(it) => read(here, it, true),
        Need::Create(it) => create(here, it),
        Need::Update(prior, wanted) => update(here, prior, wanted),
        Need::Delete(it) => delete(here, it),
    }
}

/// Versions and signing are asked about for functions that use them, and for those of which nothing is known yet.
fn read(here: &Here, it: &Value, is_new: bool) -> Vec<Grant> {
    let arn = arn(here, &it.attr("function_name"));
    let mut actions = READ.to_vec();
    let version = it.attr("version");
    let is_numbered = version.as_str().is_some_and(|version| !version.is_empty() && version != "$LATEST");
    if is_new || publishes(it) || is_numbered {
        actions.push("lambda:ListVersionsByFunction");
    }
    let is_image = it.attr("package_type").as_str() == Some("Image");
    if !is_image && (is_new || is_given(&it.attr("code_signing_config_arn"))) {
        actions.push("lambda:GetFunctionCodeSigningConfig");
    }
    let mut found = Grant::all(&actions, &arn);
    // Environment variables are told to those who may use their key.
    found.extend(here.use_key(&it.attr("kms_key_arn"), "lambda", &["kms:Decrypt"]));
    found
}

fn publishes(it: &Value) -> bool {
    let publish = it.attr("publish");
    !publish.is_known() || publish.as_bool() == Some(true)
}

fn create(here: &Here, it: &Value) -> Vec<Grant> {
    let arn = arn(here, &it.attr("function_name"));
    // A function is made with a tag of recon's, and looked at until it is ready.
    let mut actions = vec!["lambda:CreateFunction", "lambda:TagResource"];
    actions.extend(READ);
    let reserved = it.attr("reserved_concurrent_executions");
    if !reserved.is_known() || reserved.as_i64().is_some_and(|most| most >= 0) {
        actions.push("lambda:PutFunctionConcurrency");
    }
    let mut found = Grant::all(&actions, &arn);
    found.extend(here.pass_role(&it.attr("role"), "lambda.amazonaws.com"));
    found.extend(code(here, it));
    found.extend(configuration(here, it));
    found
}

fn update(here: &Here, prior: &Value, wanted: &Value) -> Vec<Grant> {
    let arn = arn(here, &prior.attr("function_name"));
    let mut found = read(here, wanted, false);
    let mut actions = Vec::new();
    if differ(prior, wanted, &["code_signing_config_arn"]) {
        let config = wanted.attr("code_signing_config_arn");
        if is_given(&config) {
            let config =
                if config.as_str().is_some() { pattern(&config) } else { here.arn("lambda", "code-signing-config:*") };
            found.push(Grant::new("lambda:PutFunctionCodeSigningConfig", config));
            actions.push("lambda:PutFunctionCodeSigningConfig");
        }
        if !is_given(&config) || !config.is_known() {
            actions.push("lambda:DeleteFunctionCodeSigningConfig");
        }
    }
    let (configures, uploads) = (differ(prior, wanted, CONFIGURATION), differ(prior, wanted, CODE));
    if configures {
        actions.push("lambda:UpdateFunctionConfiguration");
        found.extend(configuration(here, wanted));
    }
    if differ(prior, wanted, &["role"]) {
        found.extend(here.pass_role(&wanted.attr("role"), "lambda.amazonaws.com"));
    }
    if uploads {
        actions.push("lambda:UpdateFunctionCode");
        found.extend(code(here, wanted));
    }
    if differ(prior, wanted, &["reserved_concurrent_executions"]) {
        let reserved = wanted.attr("reserved_concurrent_executions");
        let is_limited = reserved.as_i64().is_some_and(|most| most >= 0);
        if is_limited || !reserved.is_known() {
            actions.push("lambda:PutFunctionConcurrency");
        }
        if !is_limited {
            actions.push("lambda:DeleteFunctionConcurrency");
        }
    }
    if publishes(wanted) && (configures || uploads || differ(prior, wanted, &["publish", "publish_to"])) {
        actions.push("lambda:PublishVersion");
        // The new version is waited for.
        found.extend(Grant::all(&READ, &format!("{arn}:*")));
    }
    found.extend(Grant::all(&actions, &arn));
    found.extend(retag((prior, wanted), ("lambda:TagResource", "lambda:UntagResource"), &arn));
    found
}

fn delete(here: &Here, it: &Value) -> Vec<Grant> {
    if it.attr("skip_destroy").as_bool() == Some(true) {
        return Vec::new();
    }
    let arn = arn(here, &it.attr("function_name"));
    let mut actions = vec!["lambda:DeleteFunction"];
    let mut found = Vec::new();
    if is_given(&it.attr("durable_config")) {
        actions.push("lambda:ListDurableExecutionsByFunction");
        found.push(Grant::new("lambda:StopDurableExecution", format!("{arn}:*/durable-execution/*")));
    }
    if is_given(&at(it, "vpc_config.0.subnet_ids")) {
        // It leaves its network first.
        actions.push("lambda:UpdateFunctionConfiguration");
        actions.extend(READ);
        found.extend(network());
    }
    found.extend(Grant::all(&actions, &arn));
    found
}

/// What Lambda reads the code with.
fn code(here: &Here, it: &Value) -> Vec<Grant> {
    let mut found = Vec::new();
    let bucket = it.attr("s3_bucket");
    if is_given(&bucket) {
        let is_versioned = is_given(&it.attr("s3_object_version"));
        let action = if is_versioned { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let object = format!("{}/{}", pattern(&bucket), pattern(&it.attr("s3_key")));
        found.push(Grant::new(action, here.s3(&object)));
    }
    if is_given(&it.attr("image_uri")) {
        // The image is `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG`.
        let image = it.attr("image_uri");
        let repository = image.as_str().and_then(|uri| uri.split_once('/')).map(|(_, path)| path);
        let repository = repository.map_or("*", |path| path.split([':', '@']).next().unwrap_or("*"));
        let repository = here.arn("ecr", &format!("repository/{repository}"));
        let actions =
            ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"];
        found.extend(Grant::all(&actions, &repository));
    }
    found.extend(here.use_key(&it.attr("source_kms_key_arn"), "lambda", &["kms:Decrypt", "kms:GenerateDataKey"]));
    found
}

/// What Lambda checks a configuration with.
fn configuration(here: &Here, it: &Value) -> Vec<Grant> {
    let mut found = Vec::new();
    let layers = it.attr("layers");
    match layers.items() {
        Some(layers) => found.extend(layers.iter().map(|layer| {
            let arn = if layer.as_str().is_some() { pattern(layer) } else { here.arn("lambda", "layer:*") };
            Grant::new("lambda:GetLayerVersion", arn)
        })),
        None if !layers.is_known() => {
            found.push(Grant::new("lambda:GetLayerVersion", here.arn("lambda", "layer:*")));
        }
        None => {}
    }
    if is_given(&it.attr("vpc_config")) {
        found.extend(network());
    }
    if is_given(&it.attr("file_system_config")) {
        found.push(Grant::new("elasticfilesystem:DescribeAccessPoints", "*"));
    }
    if is_written(&it.attr("capacity_provider_config")) {
        let path =
            "capacity_provider_config.0.lambda_managed_instances_capacity_provider_config.0.capacity_provider_arn";
        let provider = at(it, path);
        let provider =
            if provider.as_str().is_some() { pattern(&provider) } else { here.arn("lambda", "capacity-provider:*") };
        found.push(Grant::new("lambda:PassCapacityProvider", provider));
    }
    let on_key = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"];
    found.extend(here.use_key(&it.attr("kms_key_arn"), "lambda", &on_key));
    found
}

/// What Lambda looks at in a network. These actions take no resource.
fn network() -> Vec<Grant> {
    Grant::all(&["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"], "*")
}
