//! Policy documents: decoding what IAM answers, and telling whether two documents mean the same.
//!
//! IAM gives documents back percent-encoded, with lists of one element as texts, in another order, or with an empty
//! `Sid`. The author's text is what is sent and kept; only comparisons use the canonical form.

mod check;
#[cfg(test)]
mod tests;

pub(super) use check::{Usage, check_at};

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json};

use crate::schema::same_json;
use crate::value::Value;

/// The text of a document as IAM answers it: percent-encoded by RFC 3986, where a plus sign is a plus sign.
pub(crate) fn decode(answer: &str) -> String {
    // Some servers answer plain text; a JSON object starts with a brace, which an encoded one never does.
    if answer.trim_start().starts_with('{') {
        return answer.to_owned();
    }
    percent_decode_str(answer).decode_utf8_lossy().into_owned()
}

/// The text as it is sent: IAM refuses white space before the document.
pub(super) fn to_send(text: &str) -> &str {
    text.trim()
}

/// The text to keep for a document that IAM answered: the author's where it means the same, else what was found.
pub(crate) fn kept(author: &str, answer: &str) -> String {
    let found = decode(answer);
    if same_text(author, &found) { author.to_owned() } else { found }
}

/// Whether two attribute values are documents of the same meaning: for `#[attr(same = …)]`.
pub(crate) fn same_policy(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a_text), Some(b_text)) => same_text(a_text, b_text) || same_json(a, b),
        _ => a.same(b),
    }
}

/// Whether two texts are documents of the same meaning. Texts that are no documents are compared as they are.
pub(crate) fn same_text(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (Document::parse(a), Document::parse(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// The principals of a document that name nobody any more: IAM puts the unique id of a deleted role or user in place of
/// its ARN, and a new one of the same name does not heal that.
pub(crate) fn dangling_principals(text: &str) -> Vec<String> {
    let Some(document) = Document::parse(text) else {
        return Vec::new();
    };
    let principals = document.statements.iter().flat_map(|statement| statement.principals.values());
    let aws = principals.filter_map(|kinds| kinds.get("AWS")).flatten();
    let dangling: BTreeSet<&String> = aws.filter(|principal| is_unique_id(principal)).collect();
    dangling.into_iter().cloned().collect()
}

fn is_unique_id(principal: &str) -> bool {
    (principal.starts_with("AROA") || principal.starts_with("AIDA"))
        && principal.len() >= 16
        && principal.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

type Names = BTreeSet<String>;

/// A document without the differences that have no meaning.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Document {
    version: String,
    id: String,
    statements: BTreeSet<Statement>,
    other: BTreeMap<String, String>,
}

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    sid: String,
    effect: String,
    /// `Action`, `NotAction`, `Resource`, `NotResource`.
    lists: BTreeMap<String, Names>,
    /// `Principal` and `NotPrincipal`, by kind of principal.
    principals: BTreeMap<String, BTreeMap<String, Names>>,
    /// Operator, key, values.
    conditions: BTreeMap<String, BTreeMap<String, Names>>,
    other: BTreeMap<String, String>,
}

impl Document {
    /// The document of a text, or nothing where the text is not built like one.
    fn parse(text: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        // Without a version IAM reads a document by the rules of the oldest one.
        let mut document = Self {
            version: "2008-10-17".into(),
            id: String::new(),
            statements: BTreeSet::new(),
            other: BTreeMap::new(),
        };
        for (name, value) in json.as_object()? {
            match name.as_str() {
                "Version" => value.as_str()?.clone_into(&mut document.version),
                "Id" => value.as_str()?.clone_into(&mut document.id),
                "Statement" => {
                    for statement in one_or_many(value) {
                        document.statements.insert(Statement::parse(statement.as_object()?)?);
                    }
                }
                _ => {
                    document.other.insert(name.clone(), value.to_string());
                }
            }
        }
        Some(document)
    }
}

impl Statement {
    fn parse(json: &Map<String, Json>) -> Option<Self> {
        let mut statement = Self::default();
        for (name, value) in json {
            match name.as_str() {
                "Sid" => value.as_str()?.clone_into(&mut statement.sid),
                "Effect" => value.as_str()?.clone_into(&mut statement.effect),
                "Action" | "NotAction" | "Resource" | "NotResource" => {
                    statement.lists.insert(name.clone(), names(value)?);
                }
                "Principal" | "NotPrincipal" => {
                    let principals = principals(value)?;
                    if !principals.is_empty() {
                        statement.principals.insert(name.clone(), principals);
                    }
                }
                "Condition" => statement.conditions = conditions(value.as_object()?)?,
                _ => {
                    statement.other.insert(name.clone(), value.to_string());
                }
            }
        }
        Some(statement)
    }
}

fn one_or_many(value: &Json) -> &[Json] {
    match value {
        Json::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// A text or a list of texts as a set; IAM gives truth values and numbers back as texts.
fn names(value: &Json) -> Option<Names> {
    one_or_many(value)
        .iter()
        .map(|item| match item {
            Json::String(text) => Some(text.clone()),
            Json::Bool(value) => Some(value.to_string()),
            Json::Number(number) => Some(number.to_string()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        })
        .collect()
}

fn principals(value: &Json) -> Option<BTreeMap<String, Names>> {
    let everyone = || BTreeMap::from([("AWS".to_owned(), Names::from(["*".to_owned()]))]);
    let kinds = match value {
        Json::String(text) if text == "*" => return Some(everyone()),
        Json::Object(kinds) => kinds,
        _ => return None,
    };
    let mut found: BTreeMap<String, Names> = BTreeMap::new();
    for (kind, listed) in kinds {
        let kind = if kind == "*" { "AWS" } else { kind.as_str() };
        let listed = names(listed)?;
        if !listed.is_empty() {
            let listed = listed.into_iter().map(|name| if kind == "AWS" { account_of_root(name) } else { name });
            found.entry(kind.to_owned()).or_default().extend(listed);
        }
    }
    Some(found)
}

/// The account of `arn:PARTITION:iam::ACCOUNT:root`; any other principal as it is. IAM writes an account as that ARN.
fn account_of_root(principal: String) -> String {
    let parts: Vec<&str> = principal.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, "root"] => (*account).to_owned(),
        _ => principal,
    }
}

fn conditions(operators: &Map<String, Json>) -> Option<BTreeMap<String, BTreeMap<String, Names>>> {
    let mut found = BTreeMap::new();
    for (operator, keys) in operators {
        let keys: BTreeMap<String, Names> =
            keys.as_object()?.iter().map(|(key, values)| Some((key.clone(), names(values)?))).collect::<Option<_>>()?;
        if !keys.is_empty() {
            found.insert(operator.clone(), keys);
        }
    }
    Some(found)
}
