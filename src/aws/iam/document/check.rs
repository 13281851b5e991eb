//! What IAM would refuse in a policy document, told at plan time with line and column.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use crate::diagnostic::Diagnostics;
use crate::value::{Path, Value};

/// What a document is for; it decides which members a statement may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws::iam) enum Usage {
    /// Who may take on a role.
    Trust,
    /// What a role may do, written into the role.
    Inline,
    /// What a role may do, as an object of its own.
    Managed,
}

impl Usage {
    /// How many characters IAM takes, white space aside; `None` where an account can raise it.
    fn limit(self) -> Option<usize> {
        match self {
            Self::Trust => None,
            Self::Inline => Some(10_240),
            Self::Managed => Some(6_144),
        }
    }
}

/// Checks the document at a path of what is wanted, if it is known.
pub(in crate::aws::iam) fn check_at(wanted: &Value, path: &str, usage: Usage, problems: &mut Diagnostics) {
    let path = Path::from(path);
    let Some(value) = path.find(wanted) else {
        return;
    };
    let Some(text) = value.as_str() else {
        return;
    };
    for problem in check(text, usage) {
        let mut detail = problem.detail;
        if let Some((line, column)) = problem.place {
            detail = format!("Line {line}, column {column} of the document: {detail}");
            // The text may hold what must not be shown.
            if !value.is_sensitive()
                && let Some(shown) = text.lines().nth(line - 1).filter(|shown| shown.chars().count() <= 160)
            {
                detail = format!("{detail}\n\n{shown}\n{}^", " ".repeat(column.saturating_sub(1)));
            }
        }
        problems.error("Invalid policy document").on(path.clone()).detail(detail).help(problem.help);
    }
}

/// One thing that IAM would refuse.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Line and column from 1, where it is a matter of writing and not of meaning.
    pub(super) place: Option<(usize, usize)>,
    pub(super) detail: String,
    pub(super) help: String,
}

/// Everything that IAM would refuse in a document. A text that is no JSON has one problem.
pub(super) fn check(text: &str, usage: Usage) -> Vec<Problem> {
    if let Some(problem) = not_json(text).or_else(|| not_latin(text)) {
        return vec![problem];
    }
    let Ok(Json::Object(document)) = serde_json::from_str(text) else {
        return vec![Problem {
            place: None,
            detail: "A policy document is a JSON object.".into(),
            help: "Write it with `jsonencode({ Version = \"2012-10-17\", Statement = [ … ] })`.".into(),
        }];
    };
    let mut problems = Vec::new();
    let mut say = |detail: String, help: &str| problems.push(Problem { place: None, detail, help: help.into() });
    if let Some(version) = document.get("Version")
        && !matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))
    {
        say(format!("There is no policy language version {version}."), "Write `\"Version\": \"2012-10-17\"`.");
    }
    match document.get("Statement") {
        None => say("The document has no `Statement`.".into(), "Add a list of statements."),
        Some(statements) => {
            let mut sids = BTreeSet::new();
            for (i, statement) in super::one_or_many(statements).iter().enumerate() {
                let name = format!("Statement {}", i + 1);
                match statement {
                    Json::Object(statement) => check_statement(&name, statement, usage, &mut sids, &mut say),
                    _ => say(format!("{name} is not an object."), ""),
                }
            }
        }
    }
    let size = text.chars().filter(|c| !c.is_whitespace()).count();
    if let Some(limit) = usage.limit().filter(|limit| size > *limit) {
        say(
            format!("The document has {size} characters besides white space; IAM takes {limit}."),
            "Split it into several policies, or name actions and resources with wildcards.",
        );
    }
    problems
}

fn check_statement<'a>(
    name: &str,
    statement: &'a Map<String, Json>,
    usage: Usage,
    sids: &mut BTreeSet<&'a str>,
    say: &mut impl FnMut(String, &str),
) {
    let has = |member: &str| statement.contains_key(member);
    match statement.get("Effect").and_then(Json::as_str) {
        Some("Allow" | "Deny") => {}
        _ => say(format!("{name} has no `Effect` of `Allow` or `Deny`."), "Add `\"Effect\": \"Allow\"`."),
    }
    if has("Action") == has("NotAction") {
        say(format!("{name} needs either `Action` or `NotAction`, and not both."), "");
    }
    if let Some(sid) = statement.get("Sid").and_then(Json::as_str).filter(|sid| !sid.is_empty()) {
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            say(format!("{name} has the `Sid` {sid:?}."), "Use only letters and digits in a `Sid`.");
        }
        if !sids.insert(sid) {
            say(format!("{name} has the `Sid` {sid:?} of an earlier statement."), "Give each statement its own `Sid`.");
        }
    }
    let (has_principal, has_resource) =
        (has("Principal") || has("NotPrincipal"), has("Resource") || has("NotResource"));
    match usage {
        Usage::Trust => {
            if has_resource {
                say(
                    format!("{name} names resources, but a trust policy is about its own role only."),
                    "Remove `Resource`; grant access to resources in a policy of the role.",
                );
            }
            if !has_principal {
                say(
                    format!("{name} does not say who may take on the role."),
                    "Add a `Principal`, such as `{ \"Service\": \"lambda.amazonaws.com\" }`.",
                );
            }
        }
        Usage::Inline | Usage::Managed => {
            if has_principal {
                say(
                    format!("{name} names a principal, but this policy is always about the role that has it."),
                    "Remove `Principal`; who may take on a role stands in its `assume_role_policy`.",
                );
            }
            if !has_resource {
                say(format!("{name} names no resources."), "Add a `Resource`, such as the ARN of the table.");
            }
        }
    }
}

/// Why a text is not JSON, or is ambiguous: IAM refuses a member written twice.
fn not_json(text: &str) -> Option<Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let error = Unique.deserialize(&mut deserializer).and_then(|()| deserializer.end()).err()?;
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    Some(Problem {
        place: Some((error.line().max(1), error.column().max(1))),
        detail: format!("{message}."),
        help: "Write the document with `jsonencode` or `data \"aws_iam_policy_document\"`, which cannot go wrong here."
            .into(),
    })
}

/// The first character that IAM does not take in a document.
fn not_latin(text: &str) -> Option<Problem> {
    let taken = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    let offset = text.char_indices().find(|(_, c)| !taken(*c)).map(|(offset, _)| offset)?;
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let wrong = text[offset..].chars().next().unwrap_or_default();
    Some(Problem {
        place: Some((line, column)),
        detail: format!("IAM does not take the character {wrong:?} in a policy."),
        help: "Use characters of Latin-1 only, or a wildcard in its place.".into(),
    })
}

/// Reads any JSON and refuses objects in which a member stands twice.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if seen.contains(&name) {
                return Err(A::Error::custom(format!("the member `{name}` stands twice in one object")));
            }
            members.next_value_seed(Self)?;
            seen.insert(name);
        }
        Ok(())
    }
}
