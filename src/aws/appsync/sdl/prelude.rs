//! What AppSync knows without being told: its scalars and directives, which a schema uses but does not define.

use std::collections::BTreeSet;

use apollo_compiler::ast::{Definition, Document};

/// AppSync's scalars besides those of GraphQL itself.
pub(super) const SCALARS: &[&str] = &[
    "AWSDate",
    "AWSDateTime",
    "AWSEmail",
    "AWSIPAddress",
    "AWSJSON",
    "AWSPhone",
    "AWSTime",
    "AWSTimestamp",
    "AWSURL",
    "BigInt",
    "Double",
    "Long",
];

/// AppSync's directives. Locations are generous: AppSync decides where each may stand.
const DIRECTIVES: &[(&str, &str)] = &[
    ("aws_api_key", ACCESS),
    ("aws_iam", ACCESS),
    ("aws_oidc", ACCESS),
    ("aws_lambda", ACCESS),
    ("aws_cognito_user_pools", "(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION | INTERFACE"),
    ("aws_auth", "(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION | INTERFACE"),
    ("aws_subscribe", "(mutations: [String]) on FIELD_DEFINITION"),
    ("aws_publish", "(subscriptions: [String]) on FIELD_DEFINITION"),
    ("canonical", ANYWHERE),
    ("hidden", ANYWHERE),
    ("renamed", "(to: String!) on SCALAR | OBJECT | FIELD_DEFINITION | INTERFACE | UNION | ENUM | INPUT_OBJECT"),
    ("defer", " on FIELD"),
];

const ACCESS: &str = " on OBJECT | FIELD_DEFINITION | INTERFACE";
const ANYWHERE: &str = " on SCALAR | OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | INTERFACE | UNION | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION";

/// The directives that decide who may read a field.
pub(super) fn is_access(directive: &str) -> bool {
    matches!(directive, "aws_api_key" | "aws_iam" | "aws_oidc" | "aws_lambda" | "aws_cognito_user_pools" | "aws_auth")
}

/// The definitions that the document leaves to AppSync, as SDL.
pub(super) fn missing_from(document: &Document) -> String {
    let mut scalars = BTreeSet::new();
    let mut directives = BTreeSet::new();
    for definition in &document.definitions {
        match definition {
            Definition::DirectiveDefinition(directive) => {
                directives.insert(directive.name.as_str());
            }
            other => {
                scalars.extend(other.name().map(apollo_compiler::Name::as_str));
            }
        }
    }
    let mut sdl = String::new();
    for name in SCALARS.iter().filter(|name| !scalars.contains(**name)) {
        sdl.push_str(&format!("scalar {name}\n"));
    }
    for (name, rest) in DIRECTIVES.iter().filter(|(name, _)| !directives.contains(name)) {
        sdl.push_str(&format!("directive @{name}{rest}\n"));
    }
    sdl
}
