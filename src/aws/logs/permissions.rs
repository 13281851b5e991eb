//! What log groups need leave for.
//!
//! CloudWatch Logs takes the ARN of a log group with `:*` behind it for most actions, and without it for those on tags. The
//! listing of log groups takes no resource.

use crate::aws::permissions::{Here, differ, given, is_given, named, retag};
use crate::resource::{Grant, Need};
use crate::value::Value;

/// What Lambda calls the log groups that it makes itself.
const LAMBDA_PREFIX: &str = "/aws/lambda/";

/// The ARN without the `:*` that stands for the log group's streams.
pub(super) fn arn(here: &Here, name: &str) -> String {
    here.arn("logs", &format!("log-group:{name}"))
}

fn read(tagged: &str) -> Vec<Grant> {
    vec![Grant::new("logs:DescribeLogGroups", "*"), Grant::new("logs:ListTagsForResource", tagged)]
}

/// What a log group needs.
pub(super) fn log_group(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let name = |it: &Value| given(&it.attr("id")).unwrap_or_else(|| named(it, "name", "name_prefix"));
    match need {
        Need::Read(it) | Need::List(it) | Need::Recover(it) => read(&arn(here, &name(it))),
        Need::Create(it) => create(here, &name(it), it),
        Need::Update(prior, wanted) => {
            let tagged = arn(here, &name(prior));
            let mut found = Grant::all(&changes(prior, wanted), &format!("{tagged}:*"));
            found.extend(retag((prior, wanted), ("logs:TagResource", "logs:UntagResource"), &tagged));
            found
        }
        Need::Delete(it) if it.attr("skip_destroy").as_bool() == Some(true) => Vec::new(),
        Need::Delete(it) => {
            let name = name(it);
            let mut found = vec![Grant::new("logs:DeleteLogGroup", format!("{}:*", arn(here, &name)))];
            if may_be_of_lambda(&name) {
                found.push(Grant::new("logs:DescribeLogGroups", "*"));
            }
            found
        }
    }
}

fn create(here: &Here, name: &str, wanted: &Value) -> Vec<Grant> {
    let tagged = arn(here, name);
    // A log group is made with a tag of recon's, and looked at where its name is taken.
    let mut found = vec![Grant::new("logs:TagResource", &*tagged)];
    found.extend(read(&tagged));
    let mut actions = vec!["logs:CreateLogGroup"];
    let retention = wanted.attr("retention_in_days");
    let retains = !retention.is_known() || retention.as_i64().is_some_and(|days| days > 0);
    if retains {
        actions.push("logs:PutRetentionPolicy");
    }
    // One that Lambda has made in the meantime is taken over, and gets what a creation would have given it.
    if may_be_of_lambda(name) {
        if is_given(&wanted.attr("kms_key_id")) {
            actions.push("logs:AssociateKmsKey");
        }
        if wanted.attr("deletion_protection_enabled").as_bool() == Some(true) {
            actions.push("logs:PutLogGroupDeletionProtection");
        }
        if !retains {
            actions.push("logs:DeleteRetentionPolicy");
        }
    }
    found.extend(Grant::all(&actions, &format!("{tagged}:*")));
    found
}

fn may_be_of_lambda(name: &str) -> bool {
    name.starts_with(LAMBDA_PREFIX) || name.strip_suffix('*').is_some_and(|start| LAMBDA_PREFIX.starts_with(start))
}

fn changes(prior: &Value, wanted: &Value) -> Vec<&'static str> {
    let mut actions = Vec::new();
    if differ(prior, wanted, &["retention_in_days"]) {
        let days = wanted.attr("retention_in_days");
        let some = days.as_i64().is_some_and(|days| days > 0);
        if some || !days.is_known() {
            actions.push("logs:PutRetentionPolicy");
        }
        if !some {
            actions.push("logs:DeleteRetentionPolicy");
        }
    }
    if differ(prior, wanted, &["kms_key_id"]) {
        let key = wanted.attr("kms_key_id");
        if is_given(&key) {
            actions.push("logs:AssociateKmsKey");
        }
        if !is_given(&key) || !key.is_known() {
            actions.push("logs:DisassociateKmsKey");
        }
    }
    if differ(prior, wanted, &["deletion_protection_enabled"]) {
        actions.push("logs:PutLogGroupDeletionProtection");
    }
    actions
}
