//! Lists of names in answers, and parts of requests.

use aws_smithy_types::error::operation::BuildError;

use crate::resource::{ErrorKind, OpError, OpResult};

/// Names in sorted order.
pub(super) fn names<'a>(found: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = found.into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

/// A part of a request that is complete by construction.
pub(super) fn built<T>(part: Result<T, BuildError>) -> OpResult<T> {
    part.map_err(|error| OpError::new(ErrorKind::Local, "cognito-idp", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_sorted() {
        assert_eq!(names(["b", "a"]), ["a", "b"]);
    }
}
