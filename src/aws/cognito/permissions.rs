//! What Cognito's types need leave for.

use super::user_pool::MFA;
use crate::aws::permissions::{Here, at, differ, given, is_given, retag};
use crate::resource::permission::pattern;
use crate::resource::{Grant, Need};
use crate::value::Value;

const READ: [&str; 2] = ["cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig"];

/// The ARN of the pool whose id is known, or of any.
fn arn(here: &Here, id: &str) -> String {
    here.arn("cognito-idp", &format!("userpool/{id}"))
}

/// What a user pool needs.
pub(super) fn pool(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let own = |it: &Value| arn(here, &given(&it.attr("id")).unwrap_or_else(|| "*".to_owned()));
    match need {
        Need::Read(it) | Need::List(it) => Grant::all(&READ, &own(it)),
        Need::Create(it) => {
            let mut found = vec![Grant::new("cognito-idp:CreateUserPool", "*")];
            // A pool is made with a tag of recon's, and looked at until it appears.
            let mut actions = vec!["cognito-idp:TagResource"];
            actions.extend(READ);
            let has_mfa = it.attr("mfa_configuration").as_str() != Some("OFF");
            if has_mfa || is_given(&it.attr("web_authn_configuration")) {
                actions.push("cognito-idp:SetUserPoolMfaConfig");
            }
            found.extend(Grant::all(&actions, &arn(here, "*")));
            found.extend(besides(here, it));
            found
        }
        Need::Update(prior, wanted) => {
            let arn = own(prior);
            let mut actions = vec!["cognito-idp:UpdateUserPool"];
            actions.extend(READ);
            if differ(prior, wanted, MFA) {
                actions.push("cognito-idp:SetUserPoolMfaConfig");
            }
            if differ(prior, wanted, &["schema"]) {
                actions.push("cognito-idp:AddCustomAttributes");
            }
            let mut found = Grant::all(&actions, &arn);
            found.extend(retag((prior, wanted), ("cognito-idp:TagResource", "cognito-idp:UntagResource"), &arn));
            found.extend(besides(here, wanted));
            found
        }
        Need::Delete(it) => vec![Grant::new("cognito-idp:DeleteUserPool", own(it))],
        Need::Recover(_) => {
            let mut found = Grant::all(&READ, &arn(here, "*"));
            found.push(Grant::new("cognito-idp:ListUserPools", "*"));
            found
        }
    }
}

/// What Cognito does with other services in the name of its caller.
fn besides(here: &Here, it: &Value) -> Vec<Grant> {
    let mut found = here.pass_role(&at(it, "sms_configuration.0.sns_caller_arn"), "cognito-idp.amazonaws.com");
    let sender = at(it, "email_configuration.0.email_sending_account");
    if is_given(&sender) && sender.as_str() != Some("COGNITO_DEFAULT") {
        found.push(here.service_role("email.cognito-idp.amazonaws.com"));
    }
    let key = at(it, "lambda_config.0.kms_key_id");
    found.extend(here.use_key(&key, "cognito-idp", &["kms:CreateGrant"]));
    found
}

/// What a client needs. AWS goes by the pool that it belongs to.
pub(super) fn client(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let describe = "cognito-idp:DescribeUserPoolClient";
    let (it, actions): (_, &[&str]) = match need {
        Need::Read(it) | Need::List(it) => (it, &[describe]),
        Need::Create(it) => (it, &["cognito-idp:CreateUserPoolClient", describe]),
        Need::Update(it, _) => (it, &["cognito-idp:UpdateUserPoolClient", describe]),
        Need::Delete(it) => (it, &["cognito-idp:DeleteUserPoolClient"]),
        Need::Recover(it) => (it, &["cognito-idp:ListUserPoolClients", describe]),
    };
    Grant::all(actions, &arn(here, &pattern(&it.attr("user_pool_id"))))
}

/// What a read of a pool that something else manages needs.
pub(super) fn pool_data(here: &Here, wanted: &Value) -> Vec<Grant> {
    Grant::all(&READ[..1], &arn(here, &pattern(&wanted.attr("user_pool_id"))))
}

/// What a search for pools by name needs.
pub(super) fn pools_data() -> Vec<Grant> {
    Grant::all(&["cognito-idp:ListUserPools", "sts:GetCallerIdentity"], "*")
}
