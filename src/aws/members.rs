//! Between models and the members of requests and answers: empty texts, zeros, times.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A text of an answer, unless it is empty: several services answer an empty one for what nobody set.
pub(super) fn text<S: AsRef<str> + Into<String>>(found: Option<S>) -> Option<String> {
    found.filter(|text| !text.as_ref().is_empty()).map(Into::into)
}

/// An argument that is neither absent nor empty.
pub(super) fn given(argument: &Option<String>) -> Option<String> {
    text(argument.as_deref())
}

/// A number of an answer, unless it is zero. Where a member without a value reads as zero, zero says nothing.
pub(super) fn number(found: impl Into<i64>) -> Option<i64> {
    Some(found.into()).filter(|number| *number != 0)
}

/// A number as narrow as requests have it. The schemas' limits are far inside the type's.
pub(super) fn narrow(wanted: i64) -> i32 {
    i32::try_from(wanted).unwrap_or(if wanted < 0 { i32::MIN } else { i32::MAX })
}

/// A time of an answer in RFC 3339 form, to the second.
pub(super) fn date(found: &DateTime) -> Option<String> {
    DateTime::from_secs(found.secs()).fmt(Format::DateTime).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_absent() {
        assert_eq!((text(Some("")), text(None::<String>), text(Some("a"))), (None, None, Some("a".to_owned())));
        assert_eq!((given(&Some(String::new())), given(&Some("a".into()))), (None, Some("a".to_owned())));
        assert_eq!((number(0), number(7)), (None, Some(7)));
    }

    #[test]
    fn a_number_out_of_bounds_stays_at_the_bound() {
        assert_eq!((narrow(-1), narrow(i64::MAX), narrow(i64::MIN)), (-1, i32::MAX, i32::MIN));
    }

    #[test]
    fn dates_are_whole_seconds() {
        let time = DateTime::from_secs_and_nanos(1_700_000_000, 250_000_000);
        assert_eq!(date(&time).as_deref(), Some("2023-11-14T22:13:20Z"));
    }
}
