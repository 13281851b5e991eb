use aws_sdk_cognitoidentityprovider::types::{
    InboundFederationLambdaType, InboundFederationLambdaVersionType, KeyConfigurationType,
    WebAuthnFactorConfigurationType,
};

use super::super::schema::{PreTokenGeneration, SoftwareToken};
use super::*;

fn pool() -> Pool {
    Pool {
        name: "p".into(),
        mfa_configuration: "OFF".into(),
        deletion_protection: "INACTIVE".into(),
        ..Pool::default()
    }
}

fn found() -> UserPoolType {
    UserPoolType::builder().id("r_a").name("p").build()
}

fn update(found: &UserPoolType, prior: &Pool, wanted: &Pool) -> Settings {
    Settings::of_update(found, prior, wanted, UserPoolMfaType::Off).unwrap()
}

#[test]
fn a_new_pool_starts_without_mfa_and_says_each_message_once() {
    let messages = VerificationMessages { email_message: Some("m".into()), ..VerificationMessages::default() };
    let wanted = Pool {
        mfa_configuration: "ON".into(),
        email_verification_message: Some("m".into()),
        email_verification_subject: Some("s".into()),
        verification_message_template: Some(messages),
        ..pool()
    };
    let settings = Settings::of_new(&wanted, HashMap::new()).unwrap();
    assert_eq!(settings.mfa_configuration, Some(UserPoolMfaType::Off));
    assert_eq!(settings.email_verification_message, None);
    assert_eq!(settings.email_verification_subject.as_deref(), Some("s"));
}

#[test]
fn a_partial_password_policy_is_sent_whole() {
    let policy = PasswordPolicy { minimum_length: 10, require_numbers: Some(true), ..PasswordPolicy::default() };
    let sent = password_policy(&policy);
    assert_eq!((sent.minimum_length(), sent.require_numbers(), sent.require_symbols()), (Some(10), true, false));
    assert_eq!((sent.temporary_password_validity_days(), sent.password_history_size()), (7, None));
}

#[test]
fn what_was_never_declared_stays_as_it_is() {
    let federation = InboundFederationLambdaType::builder()
        .lambda_arn("arn")
        .lambda_version(InboundFederationLambdaVersionType::V10)
        .build()
        .unwrap();
    let devices = DeviceConfigurationType::builder().challenge_required_on_new_device(true).build();
    let password = PasswordPolicyType::builder().minimum_length(20).build();
    let found = UserPoolType::builder()
        .lambda_config(LambdaConfigType::builder().inbound_federation(federation.clone()).build())
        .key_configuration(KeyConfigurationType::builder().kms_key_arn("k").build())
        .device_configuration(devices.clone())
        .policies(UserPoolPolicyType::builder().password_policy(password.clone()).build())
        .user_pool_tier(UserPoolTierType::Plus)
        .user_pool_tags("recon:token", "t")
        .user_pool_tags("aws:x", "y")
        .user_pool_tags("stale", "z")
        .build();
    let wanted = Pool { tags_all: [("a".to_owned(), "1".to_owned())].into(), ..pool() };
    let sent = update(&found, &pool(), &wanted);
    assert_eq!(sent.lambda_config.unwrap().inbound_federation(), Some(&federation));
    assert_eq!(sent.key_configuration.unwrap().kms_key_arn(), Some("k"));
    assert_eq!(sent.device_configuration, Some(devices));
    assert_eq!(sent.policies.unwrap().password_policy(), Some(&password));
    assert_eq!(sent.user_pool_tier, Some(UserPoolTierType::Plus));
    let tags = [("a".to_owned(), "1".to_owned()), ("recon:token".to_owned(), "t".to_owned())];
    assert_eq!(sent.user_pool_tags, Some(tags.into()));
}

#[test]
fn what_is_no_longer_declared_is_set_back() {
    let prior = Pool {
        auto_verified_attributes: vec!["email".into()],
        device_configuration: Some(Devices::default()),
        email_configuration: Some(Email { email_sending_account: "DEVELOPER".into(), ..Email::default() }),
        lambda_config: Some(Lambdas { pre_sign_up: Some("arn".into()), ..Lambdas::default() }),
        user_attribute_update_settings: Some(super::super::schema::AttributeUpdates::default()),
        user_pool_add_ons: Some(AddOns { advanced_security_mode: "ENFORCED".into(), ..AddOns::default() }),
        ..pool()
    };
    let sent = update(&found(), &prior, &pool());
    assert_eq!(sent.auto_verified_attributes, Some(Vec::new()));
    assert_eq!(sent.device_configuration, None);
    let account = sent.email_configuration.unwrap().email_sending_account().cloned();
    assert_eq!(account, Some(EmailSendingAccountType::CognitoDefault));
    assert_eq!(sent.lambda_config, Some(LambdaConfigType::builder().build()));
    let waiting = sent.user_attribute_update_settings.unwrap();
    assert_eq!(waiting.attributes_require_verification_before_update, Some(Vec::new()));
    assert_eq!(sent.user_pool_add_ons.unwrap().advanced_security_mode(), &AdvancedSecurityModeType::Off);
}

#[test]
fn the_token_trigger_is_written_in_both_its_members() {
    let config = PreTokenGeneration { lambda_arn: "arn".into(), lambda_version: "V2_0".into() };
    let sent = lambda_config(&Lambdas { pre_token_generation_config: Some(config), ..Lambdas::default() }).unwrap();
    assert_eq!(sent.pre_token_generation(), Some("arn"));
    let first = Lambdas { pre_token_generation: Some("arn".into()), ..Lambdas::default() };
    let sent = lambda_config(&first).unwrap().pre_token_generation_config.unwrap();
    assert_eq!(sent.lambda_version(), &PreTokenGenerationLambdaVersionType::V10);
}

#[test]
fn off_goes_without_factors_and_on_with_all_of_them() {
    let factor = WebAuthnFactorConfigurationType::SingleFactor;
    let found = GetUserPoolMfaConfigOutput::builder()
        .web_authn_configuration(WebAuthnConfigurationType::builder().factor_configuration(factor.clone()).build())
        .build();
    let declared = Pool {
        sms_configuration: Some(Sms { external_id: "x".into(), sns_caller_arn: "arn".into(), sns_region: None }),
        software_token_mfa_configuration: Some(SoftwareToken { enabled: false }),
        web_authn_configuration: Some(WebAuthn::default()),
        ..pool()
    };
    let sent = mfa(&declared, Some(&found)).build().unwrap();
    assert_eq!(sent.mfa_configuration(), Some(&UserPoolMfaType::Off));
    assert!(sent.sms_mfa_configuration().is_none() && sent.software_token_mfa_configuration().is_none());
    assert_eq!(sent.web_authn_configuration().unwrap().factor_configuration(), Some(&factor));
    let on = Pool { mfa_configuration: "ON".into(), ..declared.clone() };
    let sent = mfa(&on, None).build().unwrap();
    assert!(sent.sms_mfa_configuration().is_some_and(|sms| sms.sms_configuration().is_some()));
    assert!(!sent.software_token_mfa_configuration().unwrap().enabled());
    assert!(mfa_changes(&declared, &on) && !mfa_changes(&on, &Pool { name: "q".into(), ..on.clone() }));
}
