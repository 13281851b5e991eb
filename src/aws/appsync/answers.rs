//! What is wrong with a request or an answer by itself: it lacks something.

use aws_smithy_types::error::operation::BuildError;

use crate::resource::{ErrorKind, OpError};

/// A request that lacks a member it must have: for `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "map_err gives the error away")]
pub(super) fn incomplete(error: BuildError) -> OpError {
    OpError::new(ErrorKind::Invalid, "appsync", error.to_string())
}

/// An answer without the object that it is about.
pub(super) fn empty(operation: &str) -> OpError {
    OpError::new(ErrorKind::Unreachable, operation, "the answer does not hold the object")
}
