//! Conditions evaluated: validations, preconditions, postconditions and assertions of checks.

use super::checks::{Found, Status};
use crate::diagnostic::{Diagnostics, Severity, Span};
use crate::language::config::Condition;
use crate::language::{Cause, Scope, eval, explain};
use crate::value::{Marks, Type, convert};

/// What conditions are for; it decides what is said of those that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `precondition` of a resource or data source.
    Precondition,
    /// `postcondition` of a resource or data source.
    Postcondition,
    /// `precondition` of an output.
    Output,
    /// `validation` of a variable, whose value stands at the place.
    Validation(Span),
    /// `assert` of a check: a failure is a warning.
    Assertion {
        /// The check's data source could not be read, which was told and is why an assertion may not be known.
        lost_data: bool,
    },
}

impl Kind {
    fn failed(self) -> &'static str {
        match self {
            Self::Precondition => "Resource precondition failed",
            Self::Postcondition => "Resource postcondition failed",
            Self::Output => "Module output value precondition failed",
            Self::Validation(_) => "Invalid value for variable",
            Self::Assertion { .. } => "Check block assertion failed",
        }
    }

    fn invalid(self) -> &'static str {
        match self {
            Self::Validation(_) => "Invalid variable validation result",
            Self::Precondition | Self::Postcondition | Self::Output | Self::Assertion { .. } => {
                "Invalid condition result"
            }
        }
    }

    fn severity(self) -> Severity {
        if matches!(self, Self::Assertion { .. }) { Severity::Warning } else { Severity::Error }
    }
}

/// Evaluates conditions. Those that are not known yet are left for apply.
pub fn evaluate(rules: &[Condition], kind: Kind, scope: &dyn Scope, problems: &mut Diagnostics) -> Found {
    let mut found = Found::default();
    for rule in rules {
        let (status, failure) = one(rule, kind, scope, problems);
        found.add(status, failure);
    }
    found
}

fn one(rule: &Condition, kind: Kind, scope: &dyn Scope, problems: &mut Diagnostics) -> (Status, Option<String>) {
    match holds(rule, kind, scope, problems) {
        Ok(Some(true)) => return (Status::Pass, None),
        Ok(Some(false)) => {}
        Ok(None) => {
            if kind == (Kind::Assertion { lost_data: false }) && scope.now().is_none() {
                problems
                    .warning("Check block assertion known after apply")
                    .at(rule.condition.span)
                    .within(rule.around)
                    .detail("The condition cannot be evaluated yet; apply will tell.");
            }
            return (Status::Unknown, None);
        }
        Err(()) => return (Status::Error, None),
    }
    match message(rule, kind, scope, problems) {
        Ok(Some(text)) => {
            failed(rule, kind, &text, scope, problems);
            (Status::Fail, Some(text))
        }
        Ok(None) => {
            failed(rule, kind, "The condition does not hold. Its error message cannot be shown.", scope, problems);
            (Status::Fail, None)
        }
        Err(()) => (Status::Error, None),
    }
}

/// Whether a condition holds; nothing where that is not known, an error where it was reported.
fn holds(rule: &Condition, kind: Kind, scope: &dyn Scope, problems: &mut Diagnostics) -> Result<Option<bool>, ()> {
    let before = problems.len();
    let value = eval(&rule.condition, scope, problems);
    if failed_since(problems, before) {
        return Err(());
    }
    let converted = convert(&value, &Type::Bool).ok();
    let detail = match converted.as_ref().map(|value| (value.is_known(), value.is_null(), value.as_bool())) {
        Some((false, ..)) => return Ok(None),
        Some((_, _, Some(holds))) => return Ok(Some(holds)),
        Some((_, true, _)) => "A condition is either `true` or `false`, and this one is null.".to_owned(),
        _ => format!("A condition is either `true` or `false`, and this one is a {}.", value.ty().friendly()),
    };
    let problem = problems.error(kind.invalid()).at(rule.condition.span).within(rule.around).detail(detail);
    explain(problem, &rule.condition, scope, Cause::Values);
    Err(())
}

/// The message of a condition that failed; nothing where it must not be shown or is not known.
fn message(rule: &Condition, kind: Kind, scope: &dyn Scope, problems: &mut Diagnostics) -> Result<Option<String>, ()> {
    let before = problems.len();
    let value = eval(&rule.error_message, scope, problems);
    if failed_since(problems, before) {
        return Err(());
    }
    let marks = value.marks_deep();
    let hidden = [(Marks::SENSITIVE, "sensitive", "nonsensitive"), (Marks::EPHEMERAL, "ephemeral", "ephemeralasnull")];
    let mut shown = true;
    for (_, word, function) in hidden.into_iter().filter(|(mark, ..)| marks.has(*mark)) {
        shown = false;
        let summary = format!("Error message refers to {word} values");
        let severity = if matches!(kind, Kind::Validation(_)) { Severity::Error } else { Severity::Warning };
        problems
            .push(crate::diagnostic::Diagnostic::new(severity, summary))
            .at(rule.error_message.span)
            .within(rule.around)
            .detail(format!("The message contains {word} values, so it is not shown."))
            .help(format!("Take them out of the message, or put `{function}(…)` around what may be shown."));
    }
    if !shown {
        return Ok(None);
    }
    let text = convert(&value, &Type::String);
    let detail = match text.as_ref().map(|text| (text.is_known(), text.is_null(), text.as_str())) {
        Ok((false, ..)) => return Ok(None),
        Ok((_, false, Some(""))) => return Ok(None),
        Ok((_, false, Some(text))) => return Ok(Some(text.to_owned())),
        Ok(_) => "An error message is a string; this one is null.".to_owned(),
        Err(_) => format!("An error message is a string; this one is a {}.", value.ty().friendly()),
    };
    problems.error("Invalid error message").at(rule.error_message.span).within(rule.around).detail(detail);
    Err(())
}

fn failed(rule: &Condition, kind: Kind, text: &str, scope: &dyn Scope, problems: &mut Diagnostics) {
    let problem = problems.push(crate::diagnostic::Diagnostic::new(kind.severity(), kind.failed()));
    problem.detail(text);
    match kind {
        // What is wrong is the value, wherever it was given.
        Kind::Validation(value) => problem.at(value),
        _ => problem.at(rule.condition.span).within(rule.around),
    };
    explain(problem, &rule.condition, scope, Cause::Values);
}

fn failed_since(problems: &Diagnostics, before: usize) -> bool {
    problems.iter().skip(before).any(|problem| problem.severity == Severity::Error)
}

#[cfg(test)]
#[path = "conditions/tests.rs"]
mod tests;
