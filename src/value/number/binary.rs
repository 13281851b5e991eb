//! Finite binary floating-point numbers of any precision: a whole mantissa times a power of two.

use num_bigint::BigUint;

/// The greatest distance of a number's first bit from the point, so that no few characters can ask for gigabytes of digits.
pub(super) const MAX_EXPONENT: i64 = 400_000;

/// A finite number other than nought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binary {
    /// Whether it is below nought.
    pub(super) negative: bool,
    /// Odd, so that equal numbers have equal parts.
    pub(super) mantissa: BigUint,
    /// The power of two that the mantissa is multiplied with.
    pub(super) exponent: i64,
    /// The most bits that the mantissa may have.
    pub(super) precision: u32,
}

/// What is left of a number when it is rounded to a precision.
pub(super) enum Rounded {
    /// A number.
    Finite(Binary),
    /// Too small, or nought to begin with.
    Zero,
    /// Too large.
    Infinite,
}

impl Binary {
    /// Rounds to the nearest number of a precision, halves to the even one. `inexact` says that a little more was cut off
    /// from the mantissa, which has at least two bits more than the precision then.
    pub(super) fn round(negative: bool, mantissa: BigUint, exponent: i64, inexact: bool, precision: u32) -> Rounded {
        let bits = mantissa.bits();
        let Some(lowest) = mantissa.trailing_zeros() else {
            return Rounded::Zero;
        };
        let excess = bits.saturating_sub(u64::from(precision));
        let (mut kept, mut exponent) = (mantissa, exponent);
        if excess > 0 {
            let half = kept.bit(excess - 1);
            let more = inexact || lowest < excess - 1;
            kept >>= excess;
            if half && (more || kept.bit(0)) {
                kept += 1_u32;
            }
            exponent += signed(excess);
        }
        let lowest = kept.trailing_zeros().unwrap_or_default();
        if lowest > 0 {
            kept >>= lowest;
            exponent += signed(lowest);
        }
        let top = signed(kept.bits()) + exponent;
        if top > MAX_EXPONENT {
            return Rounded::Infinite;
        }
        if top < -MAX_EXPONENT {
            return Rounded::Zero;
        }
        Rounded::Finite(Self { negative, mantissa: kept, exponent, precision })
    }

    /// Where the first bit stands, counted from the point.
    pub(super) fn top(&self) -> i64 {
        signed(self.mantissa.bits()) + self.exponent
    }

    /// Whether it has no fraction.
    pub(super) fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// The order of the magnitudes.
    pub(super) fn magnitude_order(&self, other: &Self) -> std::cmp::Ordering {
        self.top().cmp(&other.top()).then_with(|| {
            let (a, b, _) = aligned(self, other);
            a.cmp(&b)
        })
    }

    /// The sum of two numbers, or nothing where they cancel out.
    pub(super) fn add(&self, other: &Self, precision: u32) -> Rounded {
        // A number far below the last bit of the other one only decides what is just beside a half.
        let reach = i64::from(precision) + 2 + signed(self.mantissa.bits().max(other.mantissa.bits()));
        for (large, small) in [(self, other), (other, self)] {
            if large.top() - small.top() > reach {
                let shift = unsigned(reach);
                let moved = (&large.mantissa << shift) * 2_u32;
                let nudged = if large.negative == small.negative { moved + 1_u32 } else { moved - 1_u32 };
                return Self::round(large.negative, nudged, large.exponent - reach - 1, true, precision);
            }
        }
        let (a, b, exponent) = aligned(self, other);
        if self.negative == other.negative {
            return Self::round(self.negative, a + b, exponent, false, precision);
        }
        let (negative, difference) = if a >= b { (self.negative, a - b) } else { (other.negative, b - a) };
        Self::round(negative, difference, exponent, false, precision)
    }

    /// The product.
    pub(super) fn multiply(&self, other: &Self, precision: u32) -> Rounded {
        let product = &self.mantissa * &other.mantissa;
        Self::round(self.negative != other.negative, product, self.exponent + other.exponent, false, precision)
    }

    /// The quotient.
    pub(super) fn divide(&self, other: &Self, precision: u32) -> Rounded {
        let wanted = u64::from(precision) + 2 + other.mantissa.bits();
        let shift = wanted.saturating_sub(self.mantissa.bits());
        let dividend = &self.mantissa << shift;
        let quotient = &dividend / &other.mantissa;
        let inexact = &quotient * &other.mantissa != dividend;
        let exponent = self.exponent - other.exponent - signed(shift);
        Self::round(self.negative != other.negative, quotient, exponent, inexact, precision)
    }

    /// The whole part of the magnitude.
    pub(super) fn truncated(&self) -> BigUint {
        match self.exponent >= 0 {
            true => &self.mantissa << unsigned(self.exponent),
            false => &self.mantissa >> unsigned(-self.exponent),
        }
    }
}

/// Both mantissas as multiples of the same power of two.
fn aligned(a: &Binary, b: &Binary) -> (BigUint, BigUint, i64) {
    let exponent = a.exponent.min(b.exponent);
    let shifted = |x: &Binary| &x.mantissa << unsigned(x.exponent - exponent);
    (shifted(a), shifted(b), exponent)
}

pub(super) fn signed(bits: u64) -> i64 {
    i64::try_from(bits).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(bits: i64) -> u64 {
    u64::try_from(bits).unwrap_or_default()
}
