use std::path::Path;

use super::*;
use crate::diagnostic::{Diagnostic, SourceMap};
use crate::language::parse_expression;
use crate::language::references::Subject;
use crate::value::Value;

/// `var.secret`, `var.passing`, `var.later` and `var.no`.
struct Around;

impl Scope for Around {
    fn subject(&self, subject: &Subject, _: Span) -> Result<Value, Box<Diagnostic>> {
        Ok(match subject {
            Subject::Variable(name) => match &**name {
                "secret" => Value::string("hush").marked(Marks::SENSITIVE),
                "passing" => Value::string("gone").marked(Marks::EPHEMERAL),
                "later" => Value::unknown(Type::Bool),
                _ => Value::bool(false),
            },
            _ => Value::null(Type::Dynamic),
        })
    }

    fn folder(&self) -> &Path {
        Path::new(".")
    }
}

fn rule(condition: &str, message: &str) -> Condition {
    let mut sources = SourceMap::new();
    let mut problems = Diagnostics::new();
    let mut parse = |text: &str| {
        let id = sources.add("x", text.to_owned());
        parse_expression(id, text, &mut problems).unwrap()
    };
    let (condition, error_message) = (parse(condition), parse(message));
    let around = condition.span;
    Condition { condition, error_message, around }
}

fn found(kind: Kind, condition: &str, message: &str) -> (Found, Vec<String>) {
    let mut problems = Diagnostics::new();
    let found = evaluate(&[rule(condition, message)], kind, &Around, &mut problems);
    (found, problems.iter().map(|p| format!("{} {}: {}", p.severity, p.summary, p.detail)).collect())
}

#[test]
fn a_condition_passes_fails_waits_or_is_no_condition() {
    let kind = Kind::Precondition;
    assert_eq!(found(kind, "!var.no", "\"no\""), (Found::default(), Vec::new()));
    assert_eq!(found(kind, "\"true\"", "\"no\"").0.status, Status::Pass);
    assert_eq!(found(kind, "var.later", "\"no\"").0.status, Status::Unknown);
    let (it, told) = found(kind, "var.no", "\"It is ${1 + 1}.\"");
    assert_eq!((it.status, it.failures), (Status::Fail, vec!["It is 2.".to_owned()]));
    assert_eq!(told, ["Error Resource precondition failed: It is 2."]);
    for condition in ["null", "[1]"] {
        let (it, told) = found(kind, condition, "\"no\"");
        assert_eq!((it.status, told.len()), (Status::Error, 1));
        assert!(told[0].starts_with("Error Invalid condition result: "), "{told:?}");
    }
    let (_, told) = found(Kind::Validation(rule("1", "1").around), "[1]", "\"no\"");
    assert!(told[0].starts_with("Error Invalid variable validation result: "), "{told:?}");
}

#[test]
fn a_message_that_must_not_be_shown_is_not_and_one_that_is_no_text_is_an_error() {
    for name in ["secret", "passing"] {
        let (it, told) = found(Kind::Output, "var.no", &format!("\"It is ${{var.{name}}}.\""));
        assert_eq!((it.status, it.failures.len(), told.len()), (Status::Fail, 0, 2));
        assert!(told[0].starts_with("Warning Error message refers to "), "{told:?}");
        assert!(told[1].starts_with("Error Module output value precondition failed"), "{told:?}");
        assert!(!told.concat().contains("hush") && !told.concat().contains("gone"), "{told:?}");
    }
    for message in ["[1]", "null"] {
        let (it, told) = found(Kind::Output, "var.no", message);
        assert_eq!(it.status, Status::Error);
        assert!(told[0].starts_with("Error Invalid error message: "), "{told:?}");
    }
}

#[test]
fn an_assertion_warns() {
    let kind = Kind::Assertion { lost_data: false };
    assert_eq!(found(kind, "var.no", "\"It is off.\"").1, ["Warning Check block assertion failed: It is off."]);
    assert!(found(kind, "var.later", "\"no\"").1[0].starts_with("Warning Check block assertion known after apply"));
    assert!(found(Kind::Assertion { lost_data: true }, "var.later", "\"no\"").1.is_empty());
}
