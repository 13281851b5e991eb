//! Numbers as digits, rounded as Go rounds its floating-point numbers.

use crate::value::{Digits, Number};

/// The digits of a finite number, to be written behind its sign; an infinity has only its name.
fn written(number: &Number, write: impl FnOnce(Digits) -> String) -> String {
    match number.exact_digits() {
        Some(digits) => format!("{}{}", number.shown_sign(), write(digits)),
        None => number.to_string(),
    }
}

/// With a fixed count of digits behind the point.
pub(super) fn fixed(number: &Number, places: usize) -> String {
    written(number, |mut digits| {
        digits.round_to_places(places);
        digits.with_places(places)
    })
}

/// As `1.234e+05`, with a count of digits behind the point.
pub(super) fn exponential(number: &Number, places: usize) -> String {
    written(number, |mut digits| {
        digits.round(places + 1);
        with_exponent(&digits, places)
    })
}

/// The shorter of the two forms; without a precision, with as many digits as the number has.
pub(super) fn general(number: &Number, precision: Option<usize>) -> String {
    written(number, |mut digits| {
        // Without a precision the exponent decides as if it were 6, unless the number is whole and has more digits.
        let limit = match precision {
            Some(precision) => {
                let precision = precision.max(1);
                digits.round(precision);
                let length = digits.digits().len();
                let whole = usize::try_from(digits.point()).is_ok_and(|point| length >= point);
                if precision > length && whole { length } else { precision }
            }
            None => {
                digits = number.shown_digits().unwrap_or_default();
                GENERAL
            }
        };
        let exponent = digits.point() - 1;
        let nothing = digits.digits().is_empty();
        if !nothing && (exponent < -4 || exponent >= i64::try_from(limit).unwrap_or(i64::MAX)) {
            with_exponent(&digits, digits.digits().len().saturating_sub(1))
        } else {
            digits.plain()
        }
    })
}

/// The precision that decides on the form where none is given.
const GENERAL: usize = 6;

fn with_exponent(digits: &Digits, places: usize) -> String {
    let exponent = if digits.digits().is_empty() { 0 } else { digits.point() - 1 };
    let (first, rest) = digits.digits().split_at_checked(1).unwrap_or(("0", ""));
    let dot = if places > 0 { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{dot}{rest:0<places$}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn halves_are_rounded_by_what_the_number_holds() {
        assert_eq!(fixed(&number("0.05"), 1), "0.1");
        assert_eq!(fixed(&number("0.25"), 1), "0.2");
        assert_eq!(fixed(&number("0.0004"), 1), "0.0");
        assert_eq!(fixed(&number("-2.5"), 0), "-2");
        assert_eq!(fixed(&number("999.96"), 1), "1000.0");
        assert_eq!(exponential(&number("12345.678"), 3), "1.235e+04");
        assert_eq!(exponential(&number("0"), 2), "0.00e+00");
        assert_eq!(exponential(&number("-0"), 0), "-0e+00");
        assert_eq!(fixed(&number("inf"), 3), "+Inf");
    }

    #[test]
    fn the_general_form_changes_with_the_size() {
        assert_eq!(general(&number("100000"), None), "100000");
        assert_eq!(general(&number("1000000"), None), "1e+06");
        assert_eq!(general(&number("0.00001"), None), "1e-05");
        assert_eq!(general(&number("-2.25"), Some(3)), "-2.25");
        assert_eq!(general(&number("12345678901234567890"), Some(3)), "1.23e+19");
        assert_eq!(general(&number("0"), None), "0");
    }
}
