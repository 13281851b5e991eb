//! Policy documents of IAM: what a plan needs leave for, as short as it can be said without saying more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::resource::Grant;
use crate::resource::permission::Condition;

/// How many characters a managed policy may have. IAM does not count white space.
pub const LIMIT: usize = 6144;

/// Statements before they are documents: what makes them one, and their actions.
type Statements = BTreeMap<(String, Option<Condition>, Vec<String>), BTreeSet<&'static str>>;

/// The documents that grant exactly this: one, unless it would be longer than a managed policy may be.
pub fn documents(grants: &[Grant]) -> Vec<Json> {
    let mut documents: Vec<Vec<Json>> = vec![Vec::new()];
    for statement in named(statements(grants)).into_iter().flat_map(cut) {
        let last = documents.last_mut().filter(|document| {
            let with = document.iter().chain([&statement]).cloned().collect::<Vec<_>>();
            length(&document_of(&with)) <= LIMIT
        });
        match last {
            Some(document) => document.push(statement),
            None => documents.push(vec![statement]),
        }
    }
    documents.iter().map(|document| document_of(document)).collect()
}

/// A document as text.
pub fn text(document: &Json) -> String {
    format!("{document:#}\n")
}

fn document_of(statements: &[Json]) -> Json {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// How many characters IAM counts.
fn length(document: &Json) -> usize {
    document.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

/// One statement for all actions of a service on the same resources under the same condition.
fn statements(grants: &[Grant]) -> Statements {
    let mut resources: BTreeMap<(&'static str, Option<Condition>), BTreeSet<&str>> = BTreeMap::new();
    for grant in grants {
        resources.entry((grant.action, grant.condition.clone())).or_default().insert(&grant.resource);
    }
    let mut found = Statements::new();
    for ((action, condition), resources) in resources {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        let resources = narrowed(&resources);
        found.entry((service, condition, resources)).or_default().insert(action);
    }
    found
}

/// Resources without those that another one takes in.
fn narrowed(resources: &BTreeSet<&str>) -> Vec<String> {
    let is_taken_in = |resource: &&&str| resources.iter().any(|other| other != *resource && takes_in(other, resource));
    resources.iter().filter(|resource| !is_taken_in(resource)).map(|resource| (*resource).to_owned()).collect()
}

/// Whether a pattern matches a text, and any pattern that is no wider.
fn takes_in(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    rest.is_empty() || (0..=text.len()).filter_map(|at| text.get(at..)).any(|text| takes_in(rest, text))
}

/// Statements as JSON, each with a name that says what it is about.
fn named(statements: Statements) -> Vec<Json> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let named = statements.into_iter().map(|((service, condition, resources), actions)| {
        let name = name(&service, &condition, &resources, &actions);
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name}{count}") };
        statement(&name, &actions, &resources, condition.as_ref())
    });
    named.collect()
}

fn statement(name: &str, actions: &BTreeSet<&str>, resources: &[String], condition: Option<&Condition>) -> Json {
    let mut statement = Map::new();
    statement.insert("Sid".into(), name.into());
    statement.insert("Effect".into(), "Allow".into());
    statement.insert("Action".into(), one_or_more(actions.iter().map(|action| Json::from(*action)).collect()));
    statement.insert("Resource".into(), one_or_more(resources.iter().map(|it| Json::from(it.as_str())).collect()));
    if let Some(Condition { operator, key, value }) = condition {
        statement.insert("Condition".into(), json!({*operator: {*key: value}}));
    }
    Json::Object(statement)
}

fn one_or_more(mut items: Vec<Json>) -> Json {
    if items.len() == 1 { items.remove(0) } else { Json::Array(items) }
}

/// Such as `IamRole`, `LogsLogGroup`, `IamPassRoleLambda`. IAM takes letters and digits.
fn name(service: &str, condition: &Option<Condition>, resources: &[String], actions: &BTreeSet<&str>) -> String {
    let mut words = vec![service];
    match (condition, actions.first().and_then(|action| action.split(':').nth(1))) {
        (Some(condition), Some(action)) if actions.len() == 1 => {
            words.push(action);
            let is_service = condition.value.ends_with(".amazonaws.com");
            words.extend(condition.value.split('.').next().filter(|_| is_service));
        }
        _ => words.push(kind(resources)),
    }
    let letters = |word: &str| -> String {
        let parts = word.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        parts.map(|part| format!("{}{}", part[..1].to_ascii_uppercase(), &part[1..])).collect()
    };
    words.into_iter().map(letters).collect()
}

/// What kind of object resources are, as their ARNs have it.
fn kind(resources: &[String]) -> &str {
    let Some(resource) = resources.first().filter(|resource| *resource != "*") else {
        return "Any";
    };
    let object = resource.splitn(6, ':').nth(5).unwrap_or_default().trim_start_matches("/v1/");
    let kind = object.split([':', '/']).next().unwrap_or_default();
    // A bucket has nothing in front of its name.
    if resource.contains(":s3:::") { "Bucket" } else { kind }
}

/// A statement that is too long for a document, in parts.
fn cut(statement: Json) -> Vec<Json> {
    if length(&document_of(std::slice::from_ref(&statement))) <= LIMIT {
        return vec![statement];
    }
    let resources = match &statement["Resource"] {
        Json::Array(resources) if resources.len() > 1 => resources.clone(),
        _ => return vec![statement],
    };
    let name = statement["Sid"].as_str().unwrap_or_default().to_owned();
    let (first, second) = resources.split_at(resources.len() / 2);
    let part = |resources: &[Json], letter: &str| {
        let mut part = statement.clone();
        part["Sid"] = format!("{name}{letter}").into();
        part["Resource"] = one_or_more(resources.to_vec());
        part
    };
    [part(first, "A"), part(second, "B")].into_iter().flat_map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> String {
        format!("arn:aws:iam::123456789012:role/{name}")
    }

    #[test]
    fn what_is_granted_on_the_same_resources_is_said_once() {
        let mut grants = Vec::new();
        for name in ["api", "posts"] {
            grants.extend(Grant::all(&["iam:GetRole", "iam:CreateRole"], &role(name)));
        }
        grants.push(Grant::new("iam:DeleteRole", role("api")));
        let pass = Grant::new("iam:PassRole", role("posts"));
        grants.push(pass.only_if("StringEquals", "iam:PassedToService", "lambda.amazonaws.com"));
        grants.extend(
            ["abc", "*", "def"]
                .map(|id| Grant::new("appsync:GetResolver", format!("arn:aws:appsync:eu-west-1:1:/v1/apis/{id}/*"))),
        );
        grants.push(Grant::new("logs:DescribeLogGroups", "*"));
        let documents = documents(&grants);
        assert_eq!(documents.len(), 1);
        insta::assert_snapshot!(text(&documents[0]), @r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "AppsyncApis",
              "Effect": "Allow",
              "Action": "appsync:GetResolver",
              "Resource": "arn:aws:appsync:eu-west-1:1:/v1/apis/*/*"
            },
            {
              "Sid": "IamRole",
              "Effect": "Allow",
              "Action": "iam:DeleteRole",
              "Resource": "arn:aws:iam::123456789012:role/api"
            },
            {
              "Sid": "IamRole2",
              "Effect": "Allow",
              "Action": [
                "iam:CreateRole",
                "iam:GetRole"
              ],
              "Resource": [
                "arn:aws:iam::123456789012:role/api",
                "arn:aws:iam::123456789012:role/posts"
              ]
            },
            {
              "Sid": "IamPassRoleLambda",
              "Effect": "Allow",
              "Action": "iam:PassRole",
              "Resource": "arn:aws:iam::123456789012:role/posts",
              "Condition": {
                "StringEquals": {
                  "iam:PassedToService": "lambda.amazonaws.com"
                }
              }
            },
            {
              "Sid": "LogsAny",
              "Effect": "Allow",
              "Action": "logs:DescribeLogGroups",
              "Resource": "*"
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_document_is_no_longer_than_a_managed_policy_may_be() {
        let names: Vec<String> = (0..400).map(|number| role(&format!("role-of-the-function-{number:03}"))).collect();
        let grants: Vec<Grant> = names.iter().map(|name| Grant::new("iam:GetRole", name)).collect();
        let documents = documents(&grants);
        assert!(documents.len() > 3 && documents.iter().all(|document| length(document) <= LIMIT));
        let granted: Vec<&str> = documents
            .iter()
            .flat_map(|document| document["Statement"].as_array().unwrap())
            .flat_map(|statement| statement["Resource"].as_array().unwrap())
            .filter_map(Json::as_str)
            .collect();
        assert_eq!(granted, names, "nothing is lost and nothing is there twice");
    }

    #[test]
    fn a_wider_resource_takes_in_a_narrower_one() {
        for (pattern, text, answer) in [
            ("*", "arn:x", true),
            ("a/*", "a/b", true),
            ("a/*", "a/*", true),
            ("a/*/c", "a/b/c", true),
            ("a/*/c", "a/b/d", false),
            ("a/b", "a/*", false),
            ("a/*", "b/a", false),
        ] {
            assert_eq!(takes_in(pattern, text), answer, "{pattern} {text}");
        }
    }
}
