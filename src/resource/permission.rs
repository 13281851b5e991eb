//! What operations need leave for, in the words of IAM. Each type declares it beside its calls.

use std::collections::BTreeSet;

use crate::value::Value;

/// What is done to an object. Any part of what is wanted may be unknown.
#[derive(Clone, Copy, Debug)]
pub enum Need<'a> {
    /// The object is read.
    Read(&'a Value),
    /// The object is read together with others, by a listing.
    List(&'a Value),
    /// The object is made.
    Create(&'a Value),
    /// The object is changed in place, from what there is to what is wanted.
    Update(&'a Value, &'a Value),
    /// The object is deleted.
    Delete(&'a Value),
    /// The object is looked for after a creation whose answer was lost.
    Recover(&'a Value),
}

/// Leave for one action on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The action, such as `iam:GetRole`. Not every action is a call: `iam:PassRole` is needed beside one.
    pub action: &'static str,
    /// An ARN, in which `*` stands for what is not known yet; `*` alone where AWS takes nothing else.
    pub resource: String,
    /// What must be true as well.
    pub condition: Option<Condition>,
}

/// A condition of a grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The operator, such as `StringEquals`.
    pub operator: &'static str,
    /// The key, such as `iam:PassedToService`.
    pub key: &'static str,
    /// The value.
    pub value: String,
}

/// Any path, of which only the last part is known. `settled` knows more, or writes it as IAM does.
pub const ANY_PATH: &str = "/**/";

impl Grant {
    /// Leave without a condition.
    pub fn new(action: &'static str, resource: impl Into<String>) -> Self {
        Self { action, resource: resource.into(), condition: None }
    }

    /// The same leave, if something else is true.
    #[must_use]
    pub fn only_if(self, operator: &'static str, key: &'static str, value: impl Into<String>) -> Self {
        Self { condition: Some(Condition { operator, key, value: value.into() }), ..self }
    }

    /// Leave for several actions on one resource.
    pub fn all(actions: &[&'static str], resource: &str) -> Vec<Self> {
        actions.iter().map(|action| Self::new(action, resource)).collect()
    }
}

/// The text, or the pattern of all texts that it may turn out to be.
pub fn pattern(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => format!("{}*", value.known_start()),
    }
}

/// Grants in their order, each once. A resource of any path is one that is known to exist or to be made, or is written in
/// both forms that it may have.
pub fn settled(grants: impl IntoIterator<Item = Grant>, known: &BTreeSet<String>) -> Vec<Grant> {
    let mut found = BTreeSet::new();
    for grant in grants {
        let Some((start, name)) = grant.resource.split_once(ANY_PATH) else {
            found.insert(grant);
            continue;
        };
        let (start, name) = (format!("{start}/"), format!("/{name}"));
        let is_it = |arn: &&String| arn.starts_with(&start) && arn.ends_with(&name);
        let mut resources: Vec<String> = known.iter().filter(is_it).cloned().collect();
        if resources.is_empty() {
            resources.push(format!("{start}{}", &name[1..]));
            if name != "/*" {
                resources.push(format!("{start}*{name}"));
            }
        }
        found.extend(resources.into_iter().map(|resource| Grant { resource, ..grant.clone() }));
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Refinement, Type};

    #[test]
    fn what_is_not_known_is_a_pattern() {
        assert_eq!(pattern(&"posts".into()), "posts");
        assert_eq!(pattern(&Value::unknown(Type::String)), "*");
        assert_eq!(pattern(&Value::refined(Type::String, Refinement::starting_with("blog-"))), "blog-*");
        assert_eq!(pattern(&Value::null(Type::String)), "*");
    }

    #[test]
    fn a_role_of_any_path_is_the_one_that_is_known() {
        let of = |name: &str, known: &[&str]| {
            let known = known.iter().map(|arn| (*arn).to_owned()).collect();
            let grant = Grant::new("iam:PutRolePolicy", format!("arn:aws:iam::1:role{ANY_PATH}{name}"));
            settled([grant.clone(), grant], &known).into_iter().map(|grant| grant.resource).collect::<Vec<_>>()
        };
        let known = ["arn:aws:iam::1:role/app/fn", "arn:aws:iam::1:role/other"];
        assert_eq!(of("fn", &known), ["arn:aws:iam::1:role/app/fn"]);
        assert_eq!(of("fn", &[]), ["arn:aws:iam::1:role/*/fn", "arn:aws:iam::1:role/fn"]);
        assert_eq!(of("*", &[]), ["arn:aws:iam::1:role/*"]);
    }
}
