//! Numbers of the language: binary floating-point numbers that carry their precision, as those of the original.
//!
//! What is written in a file or read as text has 512 bits; what is counted has 64, what comes from a double 53. An operation
//! has the precision of its more precise operand. There is a negative nought, and there are infinities.

mod binary;
mod digits;
mod parse;

pub use digits::Digits;
pub use parse::NotANumber;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};

use binary::{Binary, Rounded};

/// The bits of a number that is written in a file.
const WRITTEN: u32 = 512;
/// The bits of a number that is counted.
const COUNTED: u32 = 64;
/// The bits of a double.
const DOUBLE: u32 = 53;

/// A number.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// A whole number of at most as many bits as its precision has.
    Small(i64, u32),
    /// Any other finite number.
    Large(Arc<Binary>),
    NegativeZero(u32),
    Infinite {
        negative: bool,
    },
}

impl Number {
    /// The number nought.
    pub fn zero() -> Self {
        Self(Repr::Small(0, COUNTED))
    }

    /// Whether it is nought.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small(0, _) | Repr::NegativeZero(_))
    }

    /// Whether it is below nought.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(number, _) => *number < 0,
            Repr::Large(number) => number.negative,
            Repr::NegativeZero(_) => false,
            Repr::Infinite { negative } => *negative,
        }
    }

    /// Whether it is no infinity.
    pub fn is_finite(&self) -> bool {
        !matches!(self.0, Repr::Infinite { .. })
    }

    /// Whether it is finite and has no fraction.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Small(..) | Repr::NegativeZero(_) => true,
            Repr::Large(number) => number.is_whole(),
            Repr::Infinite { .. } => false,
        }
    }

    /// The number if it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(number, _) => Some(*number),
            Repr::NegativeZero(_) => Some(0),
            Repr::Large(_) => self.to_bigint()?.try_into().ok(),
            Repr::Infinite { .. } => None,
        }
    }

    /// The number if it is whole and fits.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|n| usize::try_from(n).ok())
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        let sign = |negative: bool, magnitude: f64| if negative { -magnitude } else { magnitude };
        let number = match &self.0 {
            Repr::Small(number, _) => return *number as f64,
            Repr::NegativeZero(_) => return -0.0,
            Repr::Infinite { negative } => return sign(*negative, f64::INFINITY),
            Repr::Large(number) => number,
        };
        // Below the least normal double there are fewer bits.
        let bits = u32::try_from((number.top() + 1074).clamp(0, i64::from(DOUBLE))).unwrap_or_default();
        if bits == 0 {
            let least = f64::from_bits(1);
            return sign(number.negative, if number.top() < -1074 { 0.0 } else { least });
        }
        match Binary::round(number.negative, number.mantissa.clone(), number.exponent, false, bits) {
            Rounded::Finite(rounded) => {
                let mantissa = u64::try_from(&rounded.mantissa).unwrap_or_default() as f64;
                let exponent =
                    i32::try_from(rounded.exponent).unwrap_or(if rounded.exponent < 0 { -5000 } else { 5000 });
                // In two steps, since the least doubles are no products of a mantissa and one power.
                let half = exponent / 2;
                sign(rounded.negative, mantissa * 2_f64.powi(half) * 2_f64.powi(exponent - half))
            }
            Rounded::Zero => sign(number.negative, 0.0),
            Rounded::Infinite => sign(number.negative, f64::INFINITY),
        }
    }

    /// The number as a big integer, if it is whole.
    pub fn to_bigint(&self) -> Option<BigInt> {
        self.is_whole().then(|| self.truncated())
    }

    /// The number without its fraction; nought for an infinity.
    fn truncated(&self) -> BigInt {
        match &self.0 {
            Repr::Small(number, _) => BigInt::from(*number),
            Repr::Large(number) => {
                BigInt::from_biguint(if number.negative { Sign::Minus } else { Sign::Plus }, number.truncated())
            }
            Repr::NegativeZero(_) | Repr::Infinite { .. } => BigInt::from(0),
        }
    }

    /// The number of a double; `None` for what is no number.
    pub fn from_f64(number: f64) -> Option<Self> {
        let negative = number.is_sign_negative();
        if number.is_nan() {
            return None;
        }
        if number.is_infinite() {
            return Some(Self(Repr::Infinite { negative }));
        }
        let bits = number.to_bits();
        let (fraction, power) = (bits & ((1 << 52) - 1), (bits >> 52) & 0x7ff);
        let (mantissa, exponent) =
            if power == 0 { (fraction, -1074) } else { (fraction | 1 << 52, power as i64 - 1075) };
        Some(Self::of_parts(negative, BigUint::from(mantissa), exponent, false, DOUBLE))
    }

    /// The number of parts, rounded to a precision.
    fn of_parts(negative: bool, mantissa: BigUint, exponent: i64, inexact: bool, precision: u32) -> Self {
        Self::of_rounded(Binary::round(negative, mantissa, exponent, inexact, precision), negative, precision)
    }

    fn of_rounded(rounded: Rounded, negative: bool, precision: u32) -> Self {
        Self(match rounded {
            Rounded::Zero if negative => Repr::NegativeZero(precision),
            Rounded::Zero => Repr::Small(0, precision),
            Rounded::Infinite => Repr::Infinite { negative },
            Rounded::Finite(number) => {
                let fits = number.is_whole() && number.top() <= 63.min(i64::from(number.precision));
                let small = if fits { i64::try_from(number.truncated()).ok() } else { None };
                match small {
                    Some(magnitude) => Repr::Small(if number.negative { -magnitude } else { magnitude }, precision),
                    None => Repr::Large(Arc::new(number)),
                }
            }
        })
    }

    /// A whole number, exactly.
    fn of_whole(number: BigInt) -> Self {
        let precision = u32::try_from(number.bits()).unwrap_or(u32::MAX).max(COUNTED);
        let (sign, magnitude) = number.into_parts();
        Self::of_parts(sign == Sign::Minus, magnitude, 0, false, precision)
    }

    fn precision(&self) -> u32 {
        match &self.0 {
            Repr::Small(_, precision) | Repr::NegativeZero(precision) => *precision,
            Repr::Large(number) => number.precision,
            Repr::Infinite { .. } => 0,
        }
    }

    fn sign_bit(&self) -> bool {
        matches!(self.0, Repr::NegativeZero(_)) || self.is_negative()
    }

    /// The parts of a finite number other than nought.
    fn parts(&self) -> Option<Arc<Binary>> {
        match &self.0 {
            Repr::Large(number) => Some(number.clone()),
            Repr::Small(0, _) | Repr::NegativeZero(_) | Repr::Infinite { .. } => None,
            Repr::Small(number, precision) => {
                let zeros = number.trailing_zeros();
                Some(Arc::new(Binary {
                    negative: *number < 0,
                    mantissa: BigUint::from(number.unsigned_abs() >> zeros),
                    exponent: i64::from(zeros),
                    precision: *precision,
                }))
            }
        }
    }

    /// The sum; `None` for that of opposite infinities.
    pub fn add(&self, other: &Self) -> Option<Self> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && precision >= COUNTED
            && let Some(sum) = a.checked_add(*b)
        {
            return Some(Self(Repr::Small(sum, precision)));
        }
        Some(match (self.is_finite(), other.is_finite()) {
            (true, true) => match (self.parts(), other.parts()) {
                (Some(a), Some(b)) => {
                    let sum = a.add(&b, precision);
                    let negative = match &sum {
                        Rounded::Finite(number) => number.negative,
                        Rounded::Infinite => a.negative,
                        Rounded::Zero => false,
                    };
                    Self::of_rounded(sum, negative, precision)
                }
                (Some(_), None) => self.with_precision(precision),
                (None, Some(_)) => other.with_precision(precision),
                (None, None) if self.sign_bit() && other.sign_bit() => Self(Repr::NegativeZero(precision)),
                (None, None) => Self(Repr::Small(0, precision)),
            },
            (false, false) if self.sign_bit() != other.sign_bit() => return None,
            (false, _) => self.clone(),
            (true, false) => other.clone(),
        })
    }

    /// The difference; `None` for that of equal infinities.
    pub fn subtract(&self, other: &Self) -> Option<Self> {
        self.add(&other.negate())
    }

    /// The product; `None` for that of nought and infinity. It gets the bits it needs, up to those of a written number.
    pub fn multiply(&self, other: &Self) -> Option<Self> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && precision >= COUNTED
            && let Some(product) = a.checked_mul(*b)
            && product != 0
        {
            return Some(Self(Repr::Small(product, precision)));
        }
        let negative = self.sign_bit() != other.sign_bit();
        match (self.parts(), other.parts()) {
            (Some(a), Some(b)) => {
                let product = match a.multiply(&b, WRITTEN) {
                    Rounded::Finite(product) => {
                        let needed = u32::try_from(product.mantissa.bits()).unwrap_or(WRITTEN);
                        Rounded::Finite(Binary { precision: precision.max(needed), ..product })
                    }
                    other => other,
                };
                let precision = match &product {
                    Rounded::Finite(product) => product.precision,
                    Rounded::Zero | Rounded::Infinite => precision,
                };
                Some(Self::of_rounded(product, negative, precision))
            }
            _ if self.is_finite() && other.is_finite() => Some(Self::signed_zero(negative, precision)),
            _ if self.is_zero() || other.is_zero() => None,
            _ => Some(Self(Repr::Infinite { negative })),
        }
    }

    fn signed_zero(negative: bool, precision: u32) -> Self {
        Self(if negative { Repr::NegativeZero(precision) } else { Repr::Small(0, precision) })
    }

    /// The quotient; `None` for nought by nought and infinity by infinity.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && precision >= COUNTED
            && *a != 0
            && a.checked_rem(*b) == Some(0)
        {
            return Some(Self(Repr::Small(a / b, precision)));
        }
        let negative = self.sign_bit() != other.sign_bit();
        match (self.parts(), other.parts()) {
            (Some(a), Some(b)) => Some(Self::of_rounded(a.divide(&b, precision), negative, precision)),
            _ if self.is_finite() && !other.is_finite() => Some(Self::signed_zero(negative, precision)),
            _ if !self.is_finite() && !other.is_finite() => None,
            _ if self.is_zero() && other.is_zero() => None,
            _ if self.is_zero() => Some(Self::signed_zero(negative, precision)),
            _ => Some(Self(Repr::Infinite { negative })),
        }
    }

    /// What is left of it beyond the whole multiples of another number, with its own sign. By nought it is the number
    /// itself, and of or by infinity an infinity, as in the original; `None` for nought and infinity.
    pub fn remainder(&self, other: &Self) -> Option<Self> {
        if !self.is_finite() || !other.is_finite() {
            return self.multiply(other);
        }
        if other.is_zero() {
            return Some(self.clone());
        }
        let precision = self.precision();
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && let Some(remainder) = a.checked_rem(*b)
        {
            return Some(Self(Repr::Small(remainder, precision)));
        }
        // Everything is rounded to the bits of the dividend.
        let times = Self::of_whole(self.divide(other)?.truncated()).with_precision(precision);
        let (Some(a), Some(b)) = (other.parts(), times.parts()) else {
            return Some(self.clone());
        };
        let multiple = Self::of_rounded(a.multiply(&b, precision), a.negative != b.negative, precision);
        self.subtract(&multiple)
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negate(&self) -> Self {
        Self(match &self.0 {
            Repr::Small(0, precision) => Repr::NegativeZero(*precision),
            Repr::NegativeZero(precision) => Repr::Small(0, *precision),
            Repr::Infinite { negative } => Repr::Infinite { negative: !negative },
            Repr::Small(number, precision) => match number.checked_neg() {
                Some(number) => Repr::Small(number, *precision),
                None => return Self::of_whole(-BigInt::from(*number)),
            },
            Repr::Large(number) => {
                Repr::Large(Arc::new(Binary { negative: !number.negative, ..Binary::clone(number) }))
            }
        })
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.sign_bit() { self.negate() } else { self.clone() }
    }

    /// The greatest whole number not above it.
    #[must_use]
    pub fn floor(&self) -> Self {
        if self.is_whole() || !self.is_finite() {
            return self.clone();
        }
        let down = if self.is_negative() { 1 } else { 0 };
        Self::of_whole(self.truncated() - down).with_precision(self.precision())
    }

    /// The least whole number not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.negate().floor().negate().positive_zero()
    }

    fn positive_zero(self) -> Self {
        match self.0 {
            Repr::NegativeZero(precision) => Self(Repr::Small(0, precision)),
            _ => self,
        }
    }

    fn with_precision(&self, precision: u32) -> Self {
        if precision == self.precision() {
            return self.clone();
        }
        match &self.0 {
            Repr::Small(number, _) if precision >= COUNTED => Self(Repr::Small(*number, precision)),
            Repr::NegativeZero(_) => Self(Repr::NegativeZero(precision)),
            Repr::Infinite { .. } => self.clone(),
            Repr::Small(..) | Repr::Large(_) => match self.parts() {
                Some(parts) => Self::of_parts(parts.negative, parts.mantissa.clone(), parts.exponent, false, precision),
                None => Self(Repr::Small(0, precision)),
            },
        }
    }

    /// The order by exact value, in which numbers of different precision that are written alike may differ.
    pub fn order(&self, other: &Self) -> Ordering {
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0) {
            return a.cmp(b);
        }
        let sign = |number: &Self| {
            if number.is_zero() {
                0
            } else if number.is_negative() {
                -1
            } else {
                1
            }
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            let magnitudes = match (self.parts(), other.parts()) {
                (Some(a), Some(b)) => a.magnitude_order(&b),
                _ => (!self.is_finite()).cmp(&!other.is_finite()),
            };
            if self.is_negative() { magnitudes.reverse() } else { magnitudes }
        })
    }

    /// Every digit of the magnitude; `None` for an infinity.
    pub fn exact_digits(&self) -> Option<Digits> {
        match &self.0 {
            Repr::Small(number, _) => Some(Digits::of_whole(&number.unsigned_abs().to_string())),
            Repr::NegativeZero(_) => Some(Digits::default()),
            Repr::Large(number) => Some(Digits::exact(number)),
            Repr::Infinite { .. } => None,
        }
    }

    /// The digits of the magnitude that are shown; `None` for an infinity.
    pub fn shown_digits(&self) -> Option<Digits> {
        match &self.0 {
            Repr::Large(number) => Some(Digits::shortest(number)),
            Repr::Small(..) | Repr::NegativeZero(_) | Repr::Infinite { .. } => self.exact_digits(),
        }
    }

    /// A minus sign where one is shown.
    pub fn shown_sign(&self) -> &'static str {
        if self.sign_bit() { "-" } else { "" }
    }
}

impl PartialEq for Number {
    /// Numbers are equal that are shown alike, whatever their precision.
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// The order of the numbers as they are shown.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = self.order(other);
        let exact = |number: &Self| !matches!(number.0, Repr::Large(_));
        if by_value.is_eq() && (exact(self) && exact(other) || self.precision() == other.precision()) {
            return by_value;
        }
        // What is shown differs from the value by less than the last bit, so numbers that are far apart keep their order.
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return by_value;
        };
        if self.precision() == other.precision() || a.negative != b.negative || (a.top() - b.top()).abs() > 1 {
            return by_value;
        }
        let (a, b) = (Digits::of_number(self), Digits::of_number(other));
        let magnitudes = a.point().cmp(&b.point()).then_with(|| a.digits().cmp(b.digits()));
        if self.is_negative() { magnitudes.reverse() } else { magnitudes }
    }
}

impl Digits {
    fn of_number(number: &Number) -> Self {
        number.shown_digits().unwrap_or_default()
    }
}

macro_rules! from_small {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Number {
            fn from(number: $ty) -> Self {
                Self(Repr::Small(i64::from(number), COUNTED))
            }
        }
    )*};
}
from_small!(i32, i64, u32);

impl From<BigInt> for Number {
    fn from(number: BigInt) -> Self {
        Self::of_whole(number)
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Self::of_whole(BigInt::from(number)), Self::from)
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl fmt::Display for Number {
    /// Plain decimal notation with as few digits as tell the number from others of its precision.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(number, _) => write!(f, "{number}"),
            Repr::NegativeZero(_) => f.write_str("-0"),
            Repr::Infinite { negative } => f.write_str(if *negative { "-Inf" } else { "+Inf" }),
            Repr::Large(number) => write!(f, "{}{}", self.shown_sign(), Digits::shortest(number).plain()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
