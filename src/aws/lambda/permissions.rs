//! What Lambda's types need leave for.

use super::names::FunctionName;
use crate::aws::permissions::Here;
use crate::resource::permission::pattern;
use crate::resource::{Grant, Need};
use crate::value::Value;

/// The ARN of the function that an attribute names, without a version.
pub(super) fn arn(here: &Here, name: &Value) -> String {
    let Some(text) = name.as_str() else {
        let start = name.known_start();
        return if start.starts_with("arn:") {
            format!("{start}*")
        } else {
            here.arn("lambda", &format!("function:{start}*"))
        };
    };
    if text.starts_with("arn:") {
        return text.split(':').take(7).collect::<Vec<_>>().join(":");
    }
    here.arn("lambda", &format!("function:{}", FunctionName::parse(text).name))
}

/// The ARNs of a function and of the version or alias that is named beside it.
fn qualified(here: &Here, value: &Value) -> Vec<String> {
    let arn = arn(here, &value.attr("function_name"));
    let qualifier = value.attr("qualifier");
    match qualifier.is_empty_or_null() && qualifier.is_known() {
        true => vec![arn],
        false => vec![format!("{arn}:{}", pattern(&qualifier)), arn],
    }
}

/// What a statement of a function's policy needs.
pub(super) fn permission(here: &Here, need: Need<'_>) -> Vec<Grant> {
    let (it, actions): (_, &[&str]) = match need {
        Need::Read(it) | Need::List(it) | Need::Recover(it) => (it, &["lambda:GetPolicy"]),
        // A statement of that name that is there is looked at.
        Need::Create(it) => (it, &["lambda:AddPermission", "lambda:GetPolicy"]),
        Need::Delete(it) => (it, &["lambda:RemovePermission"]),
        // There is nothing to change in place.
        Need::Update(..) => return Vec::new(),
    };
    qualified(here, it).iter().flat_map(|arn| Grant::all(actions, arn)).collect()
}

/// What a call of a function needs.
pub(super) fn invocation(here: &Here, wanted: &Value) -> Vec<Grant> {
    qualified(here, wanted).into_iter().map(|arn| Grant::new("lambda:InvokeFunction", arn)).collect()
}
