use std::path::Path as FilePath;

use jiff::Timestamp;

use super::super::schema::{
    AddOns, Email, EmailMfa, Lambdas, Pool, PreTokenGeneration, SignInPolicy, SoftwareToken, UserAttribute,
    VerificationMessages,
};
use super::*;
use crate::diagnostic::Diagnostics;
use crate::resource::{Model, Planning};

fn pool() -> Pool {
    Pool {
        name: "p".into(),
        mfa_configuration: "OFF".into(),
        deletion_protection: "INACTIVE".into(),
        ..Pool::default()
    }
}

fn attribute(name: &str) -> UserAttribute {
    UserAttribute { attribute_data_type: "String".into(), name: name.into(), ..UserAttribute::default() }
}

fn summaries(pool: &Pool) -> Vec<String> {
    let mut problems = Diagnostics::new();
    check(&pool.to_value(), &mut problems);
    problems.iter().map(|problem| problem.summary.clone()).collect()
}

fn planned(config: &Pool, prior: Option<&Pool>, proposed: &Pool) -> (Value, Vec<String>) {
    let (config, prior, mut problems) = (config.to_value(), prior.map(Model::to_value), Diagnostics::new());
    let proposed = proposed.to_value();
    let mut planning = Planning::new(&config, prior.as_ref(), proposed, Timestamp::UNIX_EPOCH, FilePath::new("."));
    plan(&mut planning, &mut problems);
    (planning.finish().0, problems.iter().map(|problem| problem.summary.clone()).collect())
}

#[test]
fn a_plain_pool_is_fine() {
    assert!(summaries(&pool()).is_empty());
    assert!(planned(&pool(), None, &pool()).1.is_empty());
}

#[test]
fn mfa_and_its_factors_go_together() {
    let token = Some(SoftwareToken { enabled: true });
    let off = Pool {
        software_token_mfa_configuration: token.clone(),
        email_mfa_configuration: Some(EmailMfa::default()),
        ..pool()
    };
    assert_eq!(summaries(&off), ["Second factor without MFA", "Second factor without MFA"]);
    let on = Pool { mfa_configuration: "ON".into(), ..pool() };
    assert_eq!(planned(&on, None, &on).1, ["MFA without a second factor"]);
    let with = Pool { software_token_mfa_configuration: token, ..on.clone() };
    assert!(planned(&with, None, &with).1.is_empty());
    let policy = SignInPolicy { allowed_first_auth_factors: vec!["PASSWORD".into(), "EMAIL_OTP".into()] };
    let code = Pool { sign_in_policy: Some(policy), ..with };
    assert_eq!(summaries(&code), ["First factor that excludes MFA"]);
}

#[test]
fn a_message_has_a_place_for_its_code() {
    let link = VerificationMessages { email_message_by_link: Some("Here".into()), ..VerificationMessages::default() };
    let wrong =
        Pool { sms_authentication_message: Some("Hello".into()), verification_message_template: Some(link), ..pool() };
    assert_eq!(summaries(&wrong), ["Message without its code", "Message without its code"]);
    assert!(summaries(&Pool { sms_authentication_message: Some("{####}!".into()), ..pool() }).is_empty());
}

#[test]
fn a_tier_has_its_features() {
    let add_ons = Some(AddOns { advanced_security_mode: "ENFORCED".into(), advanced_security_additional_flows: None });
    let of = |tier: &str| Pool { user_pool_tier: Some(tier.into()), user_pool_add_ons: add_ons.clone(), ..pool() };
    assert_eq!(summaries(&of("ESSENTIALS")), ["Feature not in the pool's tier"]);
    assert!(summaries(&of("PLUS")).is_empty());
}

#[test]
fn custom_attributes_have_rules() {
    let required = UserAttribute { required: Some(true), ..attribute("team") };
    let wrong = Pool { schema: vec![required, attribute("custom:x")], ..pool() };
    let mut found = summaries(&wrong);
    found.sort();
    assert_eq!(found, ["Required custom attribute", "User attribute with a prefix"]);
    let many = (0..51).map(|i| attribute(&format!("a{i}"))).collect();
    assert_eq!(summaries(&Pool { schema: many, ..pool() }), ["Too many custom attributes"]);
}

#[test]
fn attributes_of_a_pool_only_grow() {
    let prior = Pool { schema: vec![attribute("a")], ..pool() };
    let grown = Pool { schema: vec![attribute("a"), attribute("b")], ..pool() };
    assert!(planned(&grown, Some(&prior), &grown).1.is_empty());
    assert_eq!(planned(&pool(), Some(&prior), &pool()).1, ["Attributes of a user pool cannot be changed or removed"]);
    let replaced = Pool { username_attributes: vec!["email".into()], ..pool() };
    assert!(planned(&replaced, Some(&prior), &replaced).1.is_empty());
}

#[test]
fn a_message_changes_in_both_its_places() {
    let template =
        |text: &str| Some(VerificationMessages { email_message: Some(text.into()), ..VerificationMessages::default() });
    let prior = Pool {
        email_verification_message: Some("old {####}".into()),
        verification_message_template: template("old {####}"),
        ..pool()
    };
    let config = Pool { verification_message_template: template("new {####}"), ..pool() };
    let proposed = Pool { verification_message_template: template("new {####}"), ..prior.clone() };
    let (value, _) = planned(&config, Some(&prior), &proposed);
    assert_eq!(value.attr("email_verification_message").as_str(), Some("new {####}"));
    let config = Pool { email_verification_message: Some("newer {####}".into()), ..pool() };
    let (value, _) = planned(&config, Some(&prior), &prior);
    assert_eq!(text_in(&value, "verification_message_template", "email_message").as_deref(), Some("newer {####}"));
    let both = Pool { email_verification_message: Some("x {####}".into()), ..prior };
    assert_eq!(summaries(&both), ["Conflicting arguments"]);
}

#[test]
fn the_token_trigger_follows_its_block() {
    let config = |arn: &str| PreTokenGeneration { lambda_arn: arn.into(), lambda_version: "V2_0".into() };
    let declared = Pool {
        lambda_config: Some(Lambdas { pre_token_generation_config: Some(config("arn:new")), ..Lambdas::default() }),
        ..pool()
    };
    let stale = Lambdas {
        pre_token_generation: Some("arn:old".into()),
        pre_token_generation_config: Some(config("arn:new")),
        ..Lambdas::default()
    };
    let proposed = Pool { lambda_config: Some(stale.clone()), ..pool() };
    let (value, _) = planned(&declared, Some(&proposed), &proposed);
    assert_eq!(text_in(&value, "lambda_config", "pre_token_generation").as_deref(), Some("arn:new"));
    let none = Pool { lambda_config: Some(Lambdas::default()), ..pool() };
    let (value, _) = planned(&none, Some(&proposed), &proposed);
    assert_eq!(text_in(&value, "lambda_config", "pre_token_generation"), None);
    assert_eq!(summaries(&proposed), ["Two functions for one trigger"]);
}

#[test]
fn what_a_pool_has_by_itself_need_not_be_declared() {
    let email = Some(Email { email_sending_account: "COGNITO_DEFAULT".into(), ..Email::default() });
    let prior = Pool { email_configuration: email, last_modified_date: Some("then".into()), ..pool() };
    let proposed = Pool { email_configuration: None, ..prior.clone() };
    let (value, _) = planned(&pool(), Some(&prior), &proposed);
    assert_eq!(value, prior.to_value());
    let other = Pool { name: "q".into(), ..prior.clone() };
    assert!(!planned(&other, Some(&prior), &other).0.attr("last_modified_date").is_known());
}

#[test]
fn a_token_trigger_of_the_first_version_may_be_shown_twice() {
    let config = PreTokenGeneration { lambda_arn: "arn".into(), lambda_version: "V1_0".into() };
    let lambdas = Lambdas { pre_token_generation: Some("arn".into()), ..Lambdas::default() };
    let shown = Lambdas { pre_token_generation_config: Some(config), ..lambdas.clone() };
    let prior = Pool { lambda_config: Some(shown), ..pool() };
    let declared = Pool { lambda_config: Some(lambdas), ..pool() };
    assert_eq!(planned(&declared, Some(&prior), &declared).0, prior.to_value());
}
