//! Between SDK types and models: texts that are empty, numbers that are zero, requests that lack something.

use aws_smithy_types::error::operation::BuildError;

use crate::resource::{ErrorKind, OpError};

/// A text that says something. AppSync answers an empty one for some members that nobody set.
pub(super) fn text(answer: Option<String>) -> Option<String> {
    answer.filter(|text| !text.is_empty())
}

/// A number that says something: zero is what AppSync answers where nobody gave one.
pub(super) fn number(answer: impl Into<i64>) -> Option<i64> {
    Some(answer.into()).filter(|number| *number != 0)
}

/// A number as narrow as the API has it.
pub(super) fn narrow(wanted: i64) -> i32 {
    i32::try_from(wanted).unwrap_or(if wanted < 0 { i32::MIN } else { i32::MAX })
}

/// A request that lacks a member it must have: for `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "map_err gives the error away")]
pub(super) fn incomplete(error: BuildError) -> OpError {
    OpError::new(ErrorKind::Invalid, "appsync", error.to_string())
}

/// An answer without the object that it is about.
pub(super) fn empty(operation: &str) -> OpError {
    OpError::new(ErrorKind::Unreachable, operation, "the answer does not hold the object")
}
