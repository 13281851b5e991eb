//! Numbers as digits, rounded as Go rounds its floating-point numbers of 512 bits.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, Zero};

use crate::value::Number;

/// The bits of a number of the original.
const BITS: u64 = 512;

/// The exact value of the 512-bit number nearest to a decimal one: it decides what looks halfway.
fn nearest(number: &Number) -> BigDecimal {
    let (mantissa, scale) = number.decimal().normalized().into_bigint_and_exponent();
    let Ok(scale) = u32::try_from(scale) else {
        return number.decimal().clone();
    };
    if scale == 0 || mantissa.is_zero() {
        return number.decimal().clone();
    }
    // mantissa / 10^scale = (mantissa / 5^scale) / 2^scale
    let divisor = BigInt::from(5).pow(scale);
    let shift = (BITS + 1 + divisor.bits()).saturating_sub(mantissa.bits());
    let shifted = mantissa << shift;
    let quotient = &shifted / &divisor;
    let inexact = !(&shifted % &divisor).is_zero();
    let excess = quotient.bits().saturating_sub(BITS);
    let kept = &quotient >> excess;
    let rest = &quotient - (&kept << excess);
    // The shift of a negative number rounds down, so the rest is never negative.
    let half = BigInt::from(1) << excess.saturating_sub(1);
    let even = !kept.bit(0);
    let up = rest > half || (rest == half && (inexact || !even));
    let rounded = if up { kept + 1 } else { kept };
    let down = shift + u64::from(scale);
    let down = down.saturating_sub(excess);
    let power = u32::try_from(down).unwrap_or(u32::MAX);
    BigDecimal::new(rounded * BigInt::from(5).pow(power), i64::from(power))
}

/// The significant digits without trailing noughts, and the place of the decimal point counted from their start.
fn significant(number: &BigDecimal) -> (String, i64) {
    let (mantissa, scale) = number.normalized().into_bigint_and_exponent();
    if mantissa.is_zero() {
        return (String::new(), 0);
    }
    let digits = mantissa.magnitude().to_string();
    let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - scale;
    (digits, point)
}

fn sign(number: &Number) -> &'static str {
    if number.is_negative() { "-" } else { "" }
}

/// With a fixed count of digits behind the point.
pub(super) fn fixed(number: &Number, places: usize) -> String {
    let scale = i64::try_from(places).unwrap_or(i64::MAX);
    let rounded = nearest(number).abs().with_scale_round(scale, RoundingMode::HalfEven);
    format!("{}{}", sign(number), rounded.to_plain_string())
}

/// As `1.234e+05`, with a count of digits behind the point.
pub(super) fn exponential(number: &Number, places: usize) -> String {
    let (digits, point) = significant(&rounded(number, places + 1));
    format!("{}{}", sign(number), with_exponent(&digits, point, places))
}

fn rounded(number: &Number, digits: usize) -> BigDecimal {
    let exact = nearest(number).abs();
    let (all, point) = significant(&exact);
    if all.len() <= digits {
        return exact;
    }
    let scale = i64::try_from(digits).unwrap_or(i64::MAX) - point;
    exact.with_scale_round(scale, RoundingMode::HalfEven)
}

fn with_exponent(digits: &str, point: i64, places: usize) -> String {
    let exponent = if digits.is_empty() { 0 } else { point - 1 };
    let (first, rest) = if digits.is_empty() { ("0", "") } else { digits.split_at(1) };
    let dot = if places > 0 { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{dot}{rest:0<places$}e{sign}{:02}", exponent.abs())
}

/// In the shorter of both forms; without a precision with as many digits as the number has.
pub(super) fn general(number: &Number, precision: Option<usize>) -> String {
    let precision = precision.map(|digits| digits.max(1));
    let value = precision.map_or_else(|| number.decimal().abs(), |digits| rounded(number, digits));
    let (digits, point) = significant(&value);
    let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let limit = match precision.map(|digits| i64::try_from(digits).unwrap_or(i64::MAX)) {
        None => 6,
        Some(wanted) if wanted > count && count >= point => count,
        Some(wanted) => wanted,
    };
    let exponent = if digits.is_empty() { -1 } else { point - 1 };
    let text = if exponent < -4 || (!digits.is_empty() && exponent >= limit) {
        with_exponent(&digits, point, digits.len().saturating_sub(1))
    } else if digits.is_empty() {
        "0".to_owned()
    } else {
        value.normalized().to_plain_string()
    };
    format!("{}{text}", sign(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn halves_are_rounded_by_what_the_original_holds() {
        assert_eq!(fixed(&number("0.05"), 1), "0.1");
        assert_eq!(fixed(&number("0.25"), 1), "0.2");
        assert_eq!(fixed(&number("-2.5"), 0), "-2");
        assert_eq!(exponential(&number("12345.678"), 3), "1.235e+04");
        assert_eq!(exponential(&number("0"), 2), "0.00e+00");
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
