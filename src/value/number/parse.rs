//! Numbers from text, as the original reads them.

use std::str::FromStr;

use num_bigint::BigUint;

use super::binary::{Binary, Rounded};
use super::{Number, Repr, WRITTEN};

/// The largest exponent that a text may have, so that a short text cannot ask for gigabytes.
const MAX_EXPONENT: i64 = 100_000;
/// The most digits that a text may have.
const MAX_DIGITS: usize = 100_000;

/// A text that is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct NotANumber;

impl FromStr for Number {
    type Err = NotANumber;

    /// Reads a decimal number with an optional sign, point and exponent, of ten (`e`) or of two (`p`), or an infinity.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        if let Some(small) = small(text) {
            return Ok(Self(Repr::Small(small, WRITTEN)));
        }
        let (negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if matches!(magnitude, "inf" | "Inf") {
            return Ok(Self(Repr::Infinite { negative }));
        }
        let (mantissa, ten, two) = split_exponent(magnitude)?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotANumber);
        }
        let places = i64::try_from(fraction.len()).map_err(|_| NotANumber)?;
        let digits = BigUint::parse_bytes(digits.as_bytes(), 10).ok_or(NotANumber)?;
        let exponent = ten - places;
        // A power of ten is one of five times one of two.
        let power = BigUint::from(5_u32).pow(u32::try_from(exponent.unsigned_abs()).map_err(|_| NotANumber)?);
        let part = |mantissa: BigUint| Binary { negative, mantissa, exponent: 0, precision: WRITTEN };
        let rounded = match exponent < 0 {
            _ if digits == BigUint::ZERO => Rounded::Zero,
            true => match part(digits).divide(&part(power), WRITTEN) {
                Rounded::Finite(quotient) => {
                    Binary::round(false, quotient.mantissa, quotient.exponent + exponent + two, false, WRITTEN)
                }
                other => other,
            },
            false => Binary::round(false, digits * power, exponent + two, false, WRITTEN),
        };
        let rounded = match rounded {
            Rounded::Finite(number) => Rounded::Finite(Binary { negative, ..number }),
            other => other,
        };
        Ok(Self::of_rounded(rounded, negative, WRITTEN))
    }
}

/// The number of a text of few digits.
fn small(text: &str) -> Option<i64> {
    let plain = text.len() <= 18 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The text before the exponent, and the exponents of ten and of two.
fn split_exponent(text: &str) -> Result<(&str, i64, i64), NotANumber> {
    let Some(at) = text.find(['e', 'E', 'p', 'P']) else {
        return Ok((text, 0, 0));
    };
    let exponent: &str = &text[at + 1..];
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotANumber);
    }
    let exponent: i64 = exponent.parse().map_err(|_| NotANumber)?;
    if exponent.abs() > MAX_EXPONENT {
        return Err(NotANumber);
    }
    let ten = matches!(text.as_bytes()[at], b'e' | b'E');
    Ok((&text[..at], if ten { exponent } else { 0 }, if ten { 0 } else { exponent }))
}
