//! What the types of IAM need leave for.

use crate::aws::permissions::{Here, differ, given, is_given, is_written, named, retag};
use crate::resource::permission::{ANY_PATH, pattern};
use crate::resource::{Grant, Need};
use crate::value::Value;

/// The ARN of a role or policy with its path.
pub(super) fn arn(here: &Here, kind: &str, value: &Value) -> String {
    let name = given(&value.attr("name")).or_else(|| given(&value.attr("id")).filter(|id| !id.contains(':')));
    let name = name.unwrap_or_else(|| named(value, "name", "name_prefix"));
    let path = value.attr("path");
    match given(&path) {
        Some(path) => here.iam(&format!("{kind}{path}{name}")),
        None if path.is_known() => here.iam(&format!("{kind}/{name}")),
        None => here.iam(&format!("{kind}{ANY_PATH}{name}")),
    }
}

/// The ARN, if all of it is known.
pub(super) fn known_arn(here: &Here, kind: &str, value: &Value) -> Option<String> {
    let is_known = given(&value.attr("name")).is_some() && value.attr("path").is_known();
    is_known.then(|| arn(here, kind, value))
}

/// The lists of policies that a role owns, as they are read.
fn lists(value: &Value) -> Vec<&'static str> {
    let mut actions = Vec::new();
    if is_written(&value.attr("inline_policy")) {
        actions.extend(["iam:ListRolePolicies", "iam:GetRolePolicy"]);
    }
    let attached = value.attr("managed_policy_arns");
    if attached.is_known() && !attached.is_null() {
        actions.push("iam:ListAttachedRolePolicies");
    }
    actions
}

/// What a role needs.
pub(super) fn role(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let mut actions = Vec::new();
    let of = match need {
        Need::Read(it) | Need::List(it) | Need::Recover(it) => {
            actions.push("iam:GetRole");
            actions.extend(lists(it));
            it
        }
        Need::Create(it) => {
            // A role is made with a tag of recon's, and looked at where its name is taken.
            actions.extend(["iam:CreateRole", "iam:TagRole", "iam:GetRole"]);
            actions.extend(put_lists(&Value::null(it.ty()), it));
            it
        }
        Need::Update(prior, wanted) => {
            return update_role(here, prior, wanted);
        }
        Need::Delete(it) => {
            // What hangs on the role is asked for where IAM refuses.
            actions.extend(["iam:DeleteRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"]);
            actions.push("iam:ListInstanceProfilesForRole");
            let forces = it.attr("force_detach_policies").as_bool() == Some(true);
            if forces || is_written(&it.attr("inline_policy")) {
                actions.push("iam:DeleteRolePolicy");
            }
            if forces || is_written(&it.attr("managed_policy_arns")) {
                actions.push("iam:DetachRolePolicy");
            }
            let mut found = Grant::all(&actions, &arn(here, "role", it));
            if forces {
                found.push(Grant::new("iam:RemoveRoleFromInstanceProfile", here.iam("instance-profile/*")));
            }
            return found;
        }
    };
    Grant::all(&actions, &arn(here, "role", of))
}

fn update_role(here: &Here, prior: &Value, wanted: &Value) -> Vec<Grant> {
    let mut actions = Vec::new();
    if differ(prior, wanted, &["assume_role_policy"]) {
        actions.push("iam:UpdateAssumeRolePolicy");
    }
    if differ(prior, wanted, &["max_session_duration"]) {
        actions.push("iam:UpdateRole");
    }
    if differ(prior, wanted, &["description"]) {
        actions.push("iam:UpdateRoleDescription");
    }
    if differ(prior, wanted, &["permissions_boundary"]) {
        let boundary = wanted.attr("permissions_boundary");
        if is_given(&boundary) {
            actions.push("iam:PutRolePermissionsBoundary");
        }
        if !boundary.is_known() || !is_given(&boundary) {
            actions.push("iam:DeleteRolePermissionsBoundary");
        }
    }
    actions.extend(put_lists(prior, wanted));
    let arn = arn(here, "role", prior);
    let mut found = Grant::all(&actions, &arn);
    found.extend(retag((prior, wanted), ("iam:TagRole", "iam:UntagRole"), &arn));
    found
}

/// What makes the lists of policies that a role owns the wanted ones.
fn put_lists(prior: &Value, wanted: &Value) -> Vec<&'static str> {
    let is_new = prior.is_null();
    let mut actions = Vec::new();
    if is_written(&wanted.attr("inline_policy")) && (is_new || differ(prior, wanted, &["inline_policy"])) {
        actions.extend(["iam:ListRolePolicies", "iam:PutRolePolicy"]);
        actions.extend((!is_new).then_some("iam:DeleteRolePolicy"));
    }
    let attached = wanted.attr("managed_policy_arns");
    let owns = attached.is_known() && !attached.is_null();
    if owns && (is_new || differ(prior, wanted, &["managed_policy_arns"])) {
        actions.extend(["iam:ListAttachedRolePolicies", "iam:AttachRolePolicy"]);
        actions.extend((!is_new).then_some("iam:DetachRolePolicy"));
    }
    actions
}

/// What a managed policy needs.
pub(super) fn policy(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let who = || Grant::new("sts:GetCallerIdentity", "*");
    let of = |it: &Value, actions: &[&'static str]| {
        let arn = given(&it.attr("arn")).or_else(|| given(&it.attr("id")));
        Grant::all(actions, &arn.unwrap_or_else(|| arn_of_policy(here, it)))
    };
    match need {
        Need::Read(it) | Need::List(it) => of(it, &["iam:GetPolicy", "iam:GetPolicyVersion"]),
        Need::Recover(it) => {
            let mut found = of(it, &["iam:GetPolicy", "iam:GetPolicyVersion"]);
            found.push(who());
            found
        }
        Need::Create(it) => {
            // A policy is made with a tag of recon's, and looked at where its name is taken.
            let mut found = of(it, &["iam:CreatePolicy", "iam:TagPolicy", "iam:GetPolicy"]);
            found.push(who());
            found
        }
        Need::Update(prior, wanted) => {
            let mut actions = Vec::new();
            if differ(prior, wanted, &["policy"]) {
                actions.extend(["iam:CreatePolicyVersion", "iam:ListPolicyVersions", "iam:DeletePolicyVersion"]);
                // What a new version whose answer was lost became is looked at.
                actions.extend(["iam:GetPolicy", "iam:GetPolicyVersion"]);
            }
            let mut found = of(prior, &actions);
            let arn = given(&prior.attr("arn")).unwrap_or_else(|| arn_of_policy(here, prior));
            found.extend(retag((prior, wanted), ("iam:TagPolicy", "iam:UntagPolicy"), &arn));
            found
        }
        // Holders and versions are asked for where IAM refuses.
        Need::Delete(it) => of(
            it,
            &["iam:DeletePolicy", "iam:ListEntitiesForPolicy", "iam:ListPolicyVersions", "iam:DeletePolicyVersion"],
        ),
    }
}

fn arn_of_policy(here: &Here, value: &Value) -> String {
    arn(here, "policy", value)
}

/// A role that is named without its path.
fn role_named(here: &Here, value: &Value) -> String {
    here.iam(&format!("role{ANY_PATH}{}", pattern(&value.attr("role"))))
}

/// What a policy written into a role needs.
pub(super) fn role_policy(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let (it, actions): (_, &[&str]) = match need {
        Need::Read(it) | Need::List(it) | Need::Recover(it) => (it, &["iam:GetRolePolicy"]),
        // A policy of that name that is there is not overwritten.
        Need::Create(it) => (it, &["iam:PutRolePolicy", "iam:GetRolePolicy"]),
        Need::Update(it, _) => (it, &["iam:PutRolePolicy"]),
        Need::Delete(it) => (it, &["iam:DeleteRolePolicy"]),
    };
    Grant::all(actions, &role_named(here, it))
}

/// What an attachment needs. It may be made and removed with this policy only.
pub(super) fn attachment(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let of_policy = |it: &Value, action| {
        let policy = it.attr("policy_arn");
        let policy = given(&policy).unwrap_or_else(|| format!("{}*", policy.known_start()));
        vec![Grant::new(action, role_named(here, it)).only_if("ArnLike", "iam:PolicyARN", policy)]
    };
    match need {
        Need::Read(it) | Need::List(it) | Need::Recover(it) => {
            Grant::all(&["iam:ListAttachedRolePolicies"], &role_named(here, it))
        }
        Need::Create(it) => of_policy(it, "iam:AttachRolePolicy"),
        // There is nothing to change in place.
        Need::Update(..) => Vec::new(),
        Need::Delete(it) => of_policy(it, "iam:DetachRolePolicy"),
    }
}
