//! A function's resource policy: its statements, and one read for many of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tokio::time::Instant;

use super::{PermissionModel, given, principals_agree};
use crate::resource::{ErrorKind, OpError, OpResult};

/// One statement, as far as AddPermission makes such.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) id: String,
    pub(super) action: String,
    pub(super) principal: String,
    pub(super) source_arn: Option<String>,
    pub(super) source_account: Option<String>,
    pub(super) principal_org_id: Option<String>,
    pub(super) event_source_token: Option<String>,
    pub(super) function_url_auth_type: Option<String>,
    pub(super) invoked_via_function_url: bool,
}

impl Statement {
    /// The statement of a name in a policy; an empty text is the policy of a function that has none.
    pub(super) fn find(policy: &str, id: &str) -> OpResult<Option<Self>> {
        if policy.trim().is_empty() {
            return Ok(None);
        }
        let policy: Json = serde_json::from_str(policy).map_err(|error| unreadable(&error))?;
        let statements = match &policy["Statement"] {
            Json::Array(statements) => statements.as_slice(),
            one @ Json::Object(_) => std::slice::from_ref(one),
            _ => &[],
        };
        Ok(statements.iter().map(Self::from_json).find(|statement| statement.id == id))
    }

    /// The statement of AddPermission's answer.
    pub(super) fn parse(text: &str) -> OpResult<Self> {
        serde_json::from_str(text).map(|json| Self::from_json(&json)).map_err(|error| unreadable(&error))
    }

    fn from_json(json: &Json) -> Self {
        let mut found = Self {
            id: one(&json["Sid"]).unwrap_or_default(),
            action: one(&json["Action"]).unwrap_or_default(),
            principal: principal(&json["Principal"]).unwrap_or_default(),
            ..Self::default()
        };
        let operators = json["Condition"].as_object().into_iter().flatten();
        for (key, value) in operators.filter_map(|(_, keys)| keys.as_object()).flatten() {
            let value = one(value);
            match key.to_ascii_lowercase().as_str() {
                "aws:sourcearn" => found.source_arn = value,
                "aws:sourceaccount" => found.source_account = value,
                "aws:principalorgid" => found.principal_org_id = value,
                "lambda:eventsourcetoken" => found.event_source_token = value,
                "lambda:functionurlauthtype" => found.function_url_auth_type = value,
                "lambda:invokedviafunctionurl" => {
                    found.invoked_via_function_url = value.is_some_and(|value| value.eq_ignore_ascii_case("true"));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether the statement is what a permission wishes.
    pub(super) fn grants(&self, wanted: &PermissionModel) -> bool {
        self.action == wanted.action
            && principals_agree(&self.principal, &wanted.principal)
            && self.source_arn == given(&wanted.source_arn)
            && self.source_account == given(&wanted.source_account)
            && self.principal_org_id == given(&wanted.principal_org_id)
            && self.event_source_token == given(&wanted.event_source_token)
            && self.function_url_auth_type == given(&wanted.function_url_auth_type)
            && self.invoked_via_function_url == wanted.invoked_via_function_url.unwrap_or_default()
    }
}

fn unreadable(error: &serde_json::Error) -> OpError {
    OpError::new(ErrorKind::Service, "lambda:GetPolicy", format!("the policy is not JSON: {error}"))
}

/// A text, or the only one of a list; policies are free to write either.
fn one(json: &Json) -> Option<String> {
    match json {
        Json::Array(items) => items.first().and_then(one),
        Json::Bool(value) => Some(value.to_string()),
        other => other.as_str().map(str::to_owned),
    }
}

fn principal(json: &Json) -> Option<String> {
    match json {
        Json::Object(kinds) => kinds.values().next().and_then(one),
        other => one(other),
    }
}

/// Which policy: region, function and qualifier.
type Key = (String, String, Option<String>);

/// Policies as they were last read, so that the statements of one function share a call: GetPolicy may be made 15 times a
/// second.
#[derive(Default)]
pub(super) struct Policies {
    // Held only to look a policy up, never across a call.
    known: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Option<Known>>>>>,
}

struct Known {
    asked: Instant,
    text: Arc<str>,
}

impl Policies {
    /// The text of a policy, from a call that began after this one: whoever waits for a call under way shares the next.
    pub(super) async fn read<F: Future<Output = OpResult<String>>>(
        &self,
        key: Key,
        call: impl FnOnce() -> F,
    ) -> OpResult<Arc<str>> {
        let arrived = Instant::now();
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            known.entry(key).or_default().clone()
        };
        let mut slot = slot.lock().await;
        if let Some(known) = slot.as_ref().filter(|known| known.asked > arrived) {
            return Ok(known.text.clone());
        }
        let asked = Instant::now();
        let text: Arc<str> = call().await?.into();
        *slot = Some(Known { asked, text: text.clone() });
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    const POLICY: &str = r#"{
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [
            {"Sid": "appsync", "Effect": "Allow", "Principal": {"Service": "appsync.amazonaws.com"},
             "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:posts",
             "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:appsync:us-east-1:123456789012:apis/*"},
                           "StringEquals": {"AWS:SourceAccount": "123456789012"}}},
            {"Sid": "url", "Effect": "Allow", "Principal": "*", "Action": ["lambda:InvokeFunctionUrl"],
             "Resource": "x", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"},
                                            "Bool": {"lambda:InvokedViaFunctionUrl": "true"}}}
        ]
    }"#;

    #[test]
    fn a_statement_is_found_by_its_name() {
        let found = Statement::find(POLICY, "appsync").unwrap().unwrap();
        assert_eq!(
            (found.action.as_str(), found.principal.as_str()),
            ("lambda:InvokeFunction", "appsync.amazonaws.com")
        );
        assert_eq!(found.source_arn.as_deref(), Some("arn:aws:appsync:us-east-1:123456789012:apis/*"));
        assert_eq!(found.source_account.as_deref(), Some("123456789012"));
        let found = Statement::find(POLICY, "url").unwrap().unwrap();
        assert_eq!((found.action.as_str(), found.principal.as_str()), ("lambda:InvokeFunctionUrl", "*"));
        assert_eq!(found.function_url_auth_type.as_deref(), Some("NONE"));
        assert!(found.invoked_via_function_url);
        assert_eq!(Statement::find(POLICY, "other").unwrap(), None);
    }

    #[test]
    fn no_policy_and_an_empty_one_have_no_statement() {
        for policy in ["", "{}", r#"{"Statement": []}"#] {
            assert_eq!(Statement::find(policy, "appsync").unwrap(), None, "{policy}");
        }
        assert!(Statement::find("{", "appsync").is_err());
    }

    #[test]
    fn a_statement_grants_a_wish_or_does_not() {
        let statement = Statement::find(POLICY, "appsync").unwrap().unwrap();
        let wanted = PermissionModel {
            action: "lambda:InvokeFunction".into(),
            principal: "appsync.amazonaws.com".into(),
            source_arn: Some("arn:aws:appsync:us-east-1:123456789012:apis/*".into()),
            source_account: Some("123456789012".into()),
            principal_org_id: Some(String::new()),
            ..PermissionModel::default()
        };
        assert!(statement.grants(&wanted));
        assert!(!statement.grants(&PermissionModel { source_account: None, ..wanted }));
    }

    #[tokio::test(start_paused = true)]
    async fn reads_that_wait_share_the_next_call() {
        let policies = Policies::default();
        let calls = AtomicU32::new(0);
        let read = || {
            policies.read(("r".into(), "f".into(), None), || async {
                calls.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok(POLICY.to_owned())
            })
        };
        let later = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            futures_util::future::join_all((0..20).map(|_| read())).await
        };
        let (first, others) = tokio::join!(read(), later);
        assert!(first.is_ok() && others.iter().all(Result::is_ok));
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        tokio::time::sleep(Duration::from_secs(1)).await;
        read().await.unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 3, "nothing is kept for later");
    }
}
