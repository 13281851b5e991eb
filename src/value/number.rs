//! Numbers of the language: exact decimals, bounded to the precision of the original (512 bits of mantissa).

use std::fmt;
use std::str::FromStr;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};

/// Decimal digits kept where an operation has no exact result; 512 bits hold a little over 154.
const DIGITS: u64 = 154;
/// The largest exponent accepted in a literal, so that a short text cannot ask for gigabytes.
const MAX_EXPONENT: i64 = 100_000;

/// An arbitrary-precision number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

/// A text that is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct NotANumber;

impl Number {
    /// The number nought.
    pub fn zero() -> Self {
        Self(BigDecimal::zero())
    }

    /// Whether it is nought.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below nought.
    pub fn is_negative(&self) -> bool {
        self.0.sign() == bigdecimal::num_bigint::Sign::Minus
    }

    /// Whether it has no fraction.
    pub fn is_whole(&self) -> bool {
        self.0.is_integer()
    }

    /// The number if it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_whole() { self.0.to_i64() } else { None }
    }

    /// The number if it is whole and fits.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|n| usize::try_from(n).ok())
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }

    /// The number as a big integer, if it is whole.
    pub fn to_bigint(&self) -> Option<BigInt> {
        self.is_whole().then(|| self.0.with_scale(0).into_bigint_and_exponent().0)
    }

    /// The decimal inside.
    pub fn decimal(&self) -> &BigDecimal {
        &self.0
    }

    /// The number of a double; `None` if it is not finite.
    pub fn from_f64(number: f64) -> Option<Self> {
        // Through the shortest text, so that 0.1 is 0.1 and not the double nearest to it.
        number.is_finite().then(|| Self::from_str(&number.to_string()).unwrap_or_else(|_| Self::zero()))
    }

    /// The sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        Self::bounded(&self.0 + &other.0)
    }

    /// The difference.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        Self::bounded(&self.0 - &other.0)
    }

    /// The product.
    #[must_use]
    pub fn multiply(&self, other: &Self) -> Self {
        Self::bounded(&self.0 * &other.0)
    }

    /// The quotient; `None` where the divisor is nought.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let (mantissa_a, scale_a) = self.0.normalized().into_bigint_and_exponent();
        let (mantissa_b, scale_b) = other.0.normalized().into_bigint_and_exponent();
        // Enough extra digits that the integer quotient has all those kept, and one more to round by.
        let up = DIGITS + BigDecimal::new(mantissa_b.clone(), 0).digits() + 1;
        let quotient = mantissa_a * BigInt::from(10).pow(u32::try_from(up).ok()?) / mantissa_b;
        let scale = scale_a - scale_b + i64::try_from(up).ok()?;
        Some(Self(BigDecimal::new(quotient, scale).with_prec(DIGITS).normalized()))
    }

    /// The remainder, with the sign of the dividend; `None` where the divisor is nought.
    pub fn remainder(&self, other: &Self) -> Option<Self> {
        (!other.is_zero()).then(|| Self::bounded(&self.0 % &other.0))
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negate(&self) -> Self {
        Self(-&self.0)
    }

    /// The greatest whole number not above it.
    #[must_use]
    pub fn floor(&self) -> Self {
        Self(self.0.with_scale_round(0, RoundingMode::Floor))
    }

    /// The least whole number not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        Self(self.0.with_scale_round(0, RoundingMode::Ceiling))
    }

    fn bounded(number: BigDecimal) -> Self {
        if number.digits() > DIGITS * 2 { Self(number.with_prec(DIGITS)) } else { Self(number) }
    }
}

impl FromStr for Number {
    type Err = NotANumber;
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.contains('_') {
            return Err(NotANumber);
        }
        if let Some((_, exponent)) = text.split_once(['e', 'E'])
            && exponent.parse::<i64>().map_or(true, |e| e.abs() > MAX_EXPONENT)
        {
            return Err(NotANumber);
        }
        BigDecimal::from_str(text).map(Self).map_err(|_| NotANumber)
    }
}

macro_rules! from_integer {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Number {
            fn from(number: $ty) -> Self {
                Self(BigDecimal::from(number))
            }
        }
    )*};
}
from_integer!(i32, i64, u32, u64, BigInt);

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        Self(BigDecimal::from(number as u64))
    }
}

impl fmt::Display for Number {
    /// Plain decimal notation without trailing noughts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() {
            return f.write_str("0");
        }
        f.write_str(&self.0.normalized().to_plain_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_print_plainly() {
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("1.50").to_string(), "1.5");
        assert_eq!(number("-0.0").to_string(), "0");
        assert_eq!(number("1e-3").to_string(), "0.001");
    }

    #[test]
    fn division_is_exact_where_it_can_be_and_rounded_where_not() {
        assert_eq!(number("1").divide(&number("8")).unwrap().to_string(), "0.125");
        let third = number("1").divide(&number("3")).unwrap().to_string();
        assert_eq!(third.len(), 2 + 154, "{third}");
        assert_eq!(number("1").divide(&number("0")), None);
        assert_eq!(number("-7").remainder(&number("3")), Some(number("-1")));
    }

    #[test]
    fn whole_numbers_are_exact_beyond_64_bits() {
        let big = number("123456789012345678901234567890");
        assert_eq!(big.add(&number("1")).to_string(), "123456789012345678901234567891");
        assert_eq!(big.to_i64(), None);
        assert!("1e999999999999".parse::<Number>().is_err());
        assert!("x".parse::<Number>().is_err());
    }
}
