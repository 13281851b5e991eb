//! Cognito user pools and their clients.

use aws_sdk_cognitoidentityprovider::types::{PasswordPolicyType, UserPoolPolicyType, VerifiedAttributeType};
use recon::plan::change::Action;
use recon::resource::{ErrorKind, OpResult, Registry, Run};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::{self, Subject};
use recon::value::Value;
use serde_json::{Value as Json, json};

const POOL: &str = "aws_cognito_user_pool";
const CLIENT: &str = "aws_cognito_user_pool_client";
const ROLE: &str = "arn:aws:iam::123456789012:role/sms";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:hook";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// A configuration with some arguments in place of others; null takes one away.
fn with(base: &Json, changes: &Json) -> Json {
    let mut result = base.clone();
    let entries = result.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            entries.remove(name);
        } else {
            entries.insert(name.clone(), value.clone());
        }
    }
    result
}

/// A pool with an argument or block of each kind, as far as the given emulator keeps it.
fn rich(kind: Kind) -> Json {
    let pool = json!({
        "name": "rich",
        "alias_attributes": ["preferred_username", "email"],
        "auto_verified_attributes": ["email"],
        "deletion_protection": "ACTIVE",
        "mfa_configuration": "OPTIONAL",
        "sms_authentication_message": "Sign in with {####}",
        "user_pool_tier": "PLUS",
        "tags": { "team": "blog", "stage": "test" },
        "account_recovery_setting": [{ "recovery_mechanism": [
            { "name": "verified_phone_number", "priority": 2 }, { "name": "verified_email", "priority": 1 }
        ] }],
        "admin_create_user_config": [{
            "allow_admin_create_user_only": true,
            "invite_message_template": [{
                "email_message": "{username} {####}", "email_subject": "Welcome", "sms_message": "{username} {####}"
            }]
        }],
        "device_configuration": [{
            "challenge_required_on_new_device": true, "device_only_remembered_on_user_prompt": false
        }],
        "email_configuration": [{ "reply_to_email_address": "help@example.com" }],
        "lambda_config": [{
            "pre_sign_up": FUNCTION, "kms_key_id": KEY,
            "custom_email_sender": [{ "lambda_arn": FUNCTION, "lambda_version": "V1_0" }],
            "pre_token_generation_config": [{ "lambda_arn": FUNCTION, "lambda_version": "V2_0" }]
        }],
        "password_policy": [{ "minimum_length": 12, "require_numbers": true, "password_history_size": 3 }],
        "schema": [
            { "name": "email", "attribute_data_type": "String", "mutable": true, "required": true,
              "string_attribute_constraints": [{ "min_length": "0", "max_length": "2048" }] },
            { "name": "team", "attribute_data_type": "String", "mutable": true,
              "string_attribute_constraints": [{ "min_length": "1", "max_length": "20" }] },
            { "name": "age", "attribute_data_type": "Number",
              "number_attribute_constraints": [{ "min_value": "0", "max_value": "200" }] },
            { "name": "plain", "attribute_data_type": "Boolean" }
        ],
        "sign_in_policy": [{ "allowed_first_auth_factors": ["WEB_AUTHN", "PASSWORD"] }],
        "sms_configuration": [{ "external_id": "x", "sns_caller_arn": ROLE, "sns_region": "us-east-1" }],
        "software_token_mfa_configuration": [{ "enabled": true }],
        "user_attribute_update_settings": [{ "attributes_require_verification_before_update": ["email"] }],
        "user_pool_add_ons": [{
            "advanced_security_mode": "AUDIT",
            "advanced_security_additional_flows": [{ "custom_auth_mode": "ENFORCED" }]
        }],
        "username_configuration": [{ "case_sensitive": false }],
        "verification_message_template": [{
            "default_email_option": "CONFIRM_WITH_LINK", "email_message": "Your code is {####}",
            "email_message_by_link": "Follow {##this##}", "email_subject": "Code", "email_subject_by_link": "Link",
            "sms_message": "Code {####}"
        }]
    });
    if kind == Kind::Moto {
        return pool;
    }
    let changes = json!({
        "email_mfa_configuration": [{ "message": "Code {####}", "subject": "Code" }],
        "web_authn_configuration": [{ "relying_party_id": "example.com", "user_verification": "required" }]
    });
    with(&pool, &changes)
}

/// Each updatable setting in turn, as changes of the rich pool. Neither emulator renames a pool.
fn updates(kind: Kind) -> Vec<Json> {
    let mut updates = vec![
        json!({ "auto_verified_attributes": ["email", "phone_number"] }),
        json!({ "deletion_protection": null }),
        json!({ "sms_authentication_message": "Your code: {####}" }),
        json!({ "tags": { "team": "shop", "owner": "me" } }),
        json!({ "account_recovery_setting": [{ "recovery_mechanism": [{ "name": "admin_only", "priority": 1 }] }] }),
        json!({ "admin_create_user_config": [{ "allow_admin_create_user_only": false }] }),
        json!({ "device_configuration": [{ "device_only_remembered_on_user_prompt": true }] }),
        json!({ "email_configuration": [{
            "email_sending_account": "DEVELOPER", "configuration_set": "set", "from_email_address": "a@example.com",
            "source_arn": "arn:aws:ses:us-east-1:123456789012:identity/example.com"
        }] }),
        json!({ "lambda_config": [{ "pre_token_generation": FUNCTION, "post_confirmation": FUNCTION }] }),
        json!({ "lambda_config": null }),
        json!({ "password_policy": [{ "minimum_length": 9, "temporary_password_validity_days": 3 }] }),
        json!({ "sign_in_policy": [{ "allowed_first_auth_factors": ["PASSWORD"] }] }),
        json!({ "user_pool_add_ons": null }),
        json!({ "user_attribute_update_settings": null }),
        json!({ "user_pool_tier": "ESSENTIALS" }),
        json!({ "verification_message_template": [{ "email_message": "Now it is {####}" }] }),
        json!({ "verification_message_template": null, "email_verification_message": "And now {####}" }),
        json!({ "sms_configuration": [{ "external_id": "y", "sns_caller_arn": ROLE }] }),
        json!({ "mfa_configuration": "ON" }),
        json!({ "email_configuration": null }),
        json!({ "tags": null }),
    ];
    if kind != Kind::Moto {
        updates.push(json!({ "email_mfa_configuration": [{ "message": "Other {####}" }] }));
        updates.push(json!({ "web_authn_configuration": [{ "user_verification": "preferred" }] }));
    }
    updates
}

fn grown(pool: &Json) -> Json {
    let mut attributes = pool["schema"].as_array().expect("attributes").clone();
    attributes.extend((0..30).map(|i| json!({ "name": format!("more{i}"), "attribute_data_type": "String" })));
    with(pool, &json!({ "schema": attributes }))
}

async fn pools(kind: Kind) {
    let emulator = Emulator::start(kind);
    let registry = emulator.registry();
    plain_pool(&registry).await;
    let mut config = rich(kind);
    let mut pool = Subject::create(&registry, POOL, &config).await;
    assert_imports(&registry, POOL, text(&pool.state, "id"), &config).await;
    if kind == Kind::Ministack {
        assert_leaves_out_account_validity(&emulator, text(&pool.state, "id"));
    }
    let protected =
        registry.resource(POOL).expect("pools are registered").delete(&pool.state, &Run::unrecorded()).await;
    assert_eq!(protected.expect_err("the pool is protected").kind, ErrorKind::Invalid);
    pool.assert_replaces(&with(&config, &json!({ "alias_attributes": ["email"] })), &["alias_attributes"]);
    for update in updates(kind) {
        config = with(&config, &update);
        pool.update(&config).await;
    }
    pool.update(&grown(&config)).await;
    if kind == Kind::Ministack {
        repair(&emulator, &mut pool, &grown(&config)).await;
    }
    pool.delete().await;
}

/// AWS refuses the old setting for the validity of accounts beside the one of passwords.
fn assert_leaves_out_account_validity(emulator: &Emulator, id: &str) {
    let answer = ureq::post(emulator.endpoint())
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.DescribeUserPool")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request")
        .send(json!({ "UserPoolId": id }).to_string());
    let text = answer.expect("the pool can be read").body_mut().read_to_string().expect("an answer");
    let pool: Json = serde_json::from_str(&text).expect("JSON");
    let config = pool["UserPool"]["AdminCreateUserConfig"].as_object().expect("the settings were sent");
    assert!(config.contains_key("AllowAdminCreateUserOnly") && !config.contains_key("UnusedAccountValidityDays"));
}

/// A change behind our back is named, and taken back by an update.
async fn repair(emulator: &Emulator, pool: &mut Subject, config: &Json) {
    let client = emulator.aws().cognitoidp(None).await.expect("a client");
    let weak = PasswordPolicyType::builder().minimum_length(6).temporary_password_validity_days(3).build();
    let policies = UserPoolPolicyType::builder().password_policy(weak).build();
    let call = client.update_user_pool().user_pool_id(text(&pool.state, "id")).policies(policies);
    call.auto_verified_attributes(VerifiedAttributeType::Email).send().await.expect("the pool is changed");
    let drift = pool.refresh().await;
    assert!(drift.iter().any(|path| path.starts_with("password_policy")), "{drift:?}");
    assert!(drift.iter().any(|path| path.starts_with("auto_verified_attributes")), "{drift:?}");
    pool.update(config).await;
}

/// What is imported needs no change where the configuration says what there is.
async fn assert_imports(registry: &Registry, ty: &str, id: &str, config: &Json) {
    let resource = registry.resource(ty).expect("the type is registered");
    let known = resource.import(id).expect("the id can be imported");
    let read = resource.read(&known, &Run::unrecorded()).await.expect("the object can be read").expect("it is there");
    let change = suite::plan(resource.as_ref(), config, Some(&read));
    assert_eq!(change.action, Action::NoOp, "{ty}: {:#?}", change.differences);
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} is a text"))
}

async fn plain_pool(registry: &Registry) {
    let pool = Subject::create(registry, POOL, &json!({ "name": "plain" })).await;
    let id = text(&pool.state, "id").to_owned();
    let endpoint = format!("cognito-idp.us-east-1.amazonaws.com/{id}");
    assert_eq!(pool.state.attr("endpoint").as_str(), Some(endpoint.as_str()));
    let read = data(registry, POOL, &json!({ "user_pool_id": id })).await.expect("the pool is there");
    assert_eq!(read.attr("arn"), pool.state.attr("arn"));
    assert_eq!(read.attr("name").as_str(), Some("plain"));
    let found = data(registry, "aws_cognito_user_pools", &json!({ "name": "plain" })).await.expect("pools are listed");
    assert_eq!(found.attr("ids").items(), Some(&[Value::string(&id)][..]));
    assert_eq!(found.attr("arns").items(), Some(&[pool.state.attr("arn")][..]));
    pool.delete().await;
    let none = data(registry, "aws_cognito_user_pools", &json!({ "name": "plain" })).await.expect("pools are listed");
    assert!(none.attr("ids").is_empty_or_null());
    let gone = data(registry, POOL, &json!({ "user_pool_id": id })).await.expect_err("the pool is gone");
    assert_eq!(gone.kind, ErrorKind::Gone);
}

async fn data(registry: &Registry, name: &str, wanted: &Json) -> OpResult<Value> {
    let source = registry.data(name).expect("the data source is registered");
    let wanted = suite::config(&source.schema().block, wanted);
    let read = source.read(&wanted, &Run::unrecorded()).await?;
    assert_eq!(&read.ty(), source.schema().ty(), "{name}: the model is the schema");
    Ok(read)
}

async fn clients(kind: Kind) {
    let emulator = Emulator::start(kind);
    let registry = emulator.registry();
    let pool = Subject::create(&registry, POOL, &json!({ "name": "for-clients" })).await;
    let id = text(&pool.state, "id").to_owned();
    let plain = json!({ "name": "plain", "user_pool_id": id });
    let client = Subject::create(&registry, CLIENT, &plain).await;
    client.assert_replaces(&with(&plain, &json!({ "generate_secret": true })), &["generate_secret"]);
    client.delete().await;
    let mut config = json!({
        "name": "web",
        "user_pool_id": id,
        "access_token_validity": 30,
        "allowed_oauth_flows": ["implicit", "code"],
        "allowed_oauth_flows_user_pool_client": true,
        "allowed_oauth_scopes": ["openid", "email"],
        "auth_session_validity": 5,
        "callback_urls": ["https://b.example.com", "https://a.example.com"],
        "default_redirect_uri": "https://a.example.com",
        "enable_propagate_additional_user_context_data": true,
        "enable_token_revocation": true,
        "explicit_auth_flows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "generate_secret": true,
        "id_token_validity": 30,
        "logout_urls": ["https://a.example.com/out"],
        "prevent_user_existence_errors": "ENABLED",
        "read_attributes": ["name", "email"],
        "refresh_token_validity": 10,
        "supported_identity_providers": ["COGNITO"],
        "write_attributes": ["name"],
        "analytics_configuration": [{ "application_id": "ab12", "external_id": "x", "role_arn": ROLE }],
        "token_validity_units": [{ "access_token": "minutes", "id_token": "minutes" }]
    });
    let mut client = Subject::create(&registry, CLIENT, &config).await;
    assert!(!text(&client.state, "client_secret").is_empty());
    assert_imports(&registry, CLIENT, &format!("{id}/{}", text(&client.state, "id")), &config).await;
    let mut updates = vec![
        json!({ "name": "renamed" }),
        json!({ "access_token_validity": 45, "id_token_validity": 60 }),
        json!({ "allowed_oauth_flows": ["code"], "allowed_oauth_scopes": ["openid"] }),
        json!({ "auth_session_validity": null }),
        json!({ "default_redirect_uri": "https://b.example.com" }),
        json!({ "callback_urls": ["https://b.example.com"] }),
        json!({ "enable_propagate_additional_user_context_data": false, "enable_token_revocation": false }),
        json!({ "explicit_auth_flows": ["ALLOW_USER_PASSWORD_AUTH"] }),
        json!({ "logout_urls": [] }),
        json!({ "prevent_user_existence_errors": "LEGACY" }),
        json!({ "read_attributes": ["email"], "write_attributes": ["email"] }),
        json!({ "refresh_token_validity": 20 }),
        json!({ "supported_identity_providers": ["COGNITO", "Google"] }),
        json!({ "analytics_configuration": [{ "application_id": "cd34", "external_id": "y", "role_arn": ROLE, "user_data_shared": true }] }),
        json!({ "id_token_validity": null, "access_token_validity": 1, "token_validity_units": null }),
    ];
    if kind == Kind::Moto {
        updates.push(json!({ "refresh_token_rotation": [{ "feature": "ENABLED", "retry_grace_period_seconds": 9 }] }));
        let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
        updates.push(json!({ "refresh_token_rotation": null, "explicit_auth_flows": flows }));
    }
    for update in updates {
        config = with(&config, &update);
        client.update(&config).await;
    }
    assert_eq!(client.state.attr("id_token_validity").as_i64(), Some(1), "60 minutes are one hour");
    client.delete().await;
    pool.delete().await;
}

#[tokio::test]
async fn pools_on_ministack() {
    pools(Kind::Ministack).await;
}

#[tokio::test]
async fn pools_on_moto() {
    pools(Kind::Moto).await;
}

#[tokio::test]
async fn clients_on_ministack() {
    clients(Kind::Ministack).await;
}

#[tokio::test]
async fn clients_on_moto() {
    clients(Kind::Moto).await;
}
