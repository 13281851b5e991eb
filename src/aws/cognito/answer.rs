//! How answers are read: what is empty in them is absent, and lists of names are texts.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::operation::BuildError;

use crate::resource::{ErrorKind, OpError, OpResult};

/// A text, unless it is empty.
pub(super) fn text(found: Option<&str>) -> Option<String> {
    found.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A time in RFC 3339 form, to the second.
pub(super) fn date(found: Option<&DateTime>) -> Option<String> {
    found.and_then(|time| DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok())
}

/// Names in sorted order.
pub(super) fn names<'a>(found: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = found.into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

/// A number that is not zero. Where a member without a value reads as zero, zero says nothing.
pub(super) fn number(found: i32) -> Option<i64> {
    (found != 0).then(|| i64::from(found))
}

/// A number of ours as AWS takes it. The schema's limits leave no value that does not fit.
pub(super) fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A part of a request that is complete by construction.
pub(super) fn built<T>(part: Result<T, BuildError>) -> OpResult<T> {
    part.map_err(|error| OpError::new(ErrorKind::Local, "cognito-idp", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_absent() {
        assert_eq!((text(Some("")), text(None), text(Some("a"))), (None, None, Some("a".to_owned())));
        assert_eq!((number(0), number(7)), (None, Some(7)));
        assert_eq!(names(["b", "a"]), ["a", "b"]);
    }

    #[test]
    fn dates_are_whole_seconds() {
        let time = DateTime::from_secs_and_nanos(1_700_000_000, 250_000_000);
        assert_eq!(date(Some(&time)).as_deref(), Some("2023-11-14T22:13:20Z"));
    }
}
