//! Decimal digits of binary numbers: all of them, or as few as tell a number from its neighbours.

use num_bigint::BigUint;

use super::binary::{Binary, signed, unsigned};

/// A magnitude as `0.digits` times a power of ten. There are no noughts at the end, and no digits at all in nought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digits {
    digits: String,
    point: i64,
}

impl Digits {
    /// Those of a text of digits, the point standing at its end.
    pub(super) fn of_whole(text: &str) -> Self {
        Self::new(text.to_owned(), 0)
    }

    /// Every digit of a number.
    pub(super) fn exact(number: &Binary) -> Self {
        Self::of(&number.mantissa, number.exponent)
    }

    /// The fewest digits from which a number of the same precision is read again, as Go chooses them.
    pub(super) fn shortest(number: &Binary) -> Self {
        let mut all = Self::exact(number);
        if number.is_whole() && number.top() <= i64::from(number.precision) {
            return all;
        }
        // One more bit than the precision has: its last bit is half a step.
        let shift = u64::from(number.precision) + 1 - number.mantissa.bits().min(u64::from(number.precision));
        let middle = &number.mantissa << shift;
        let exponent = number.exponent - signed(shift);
        let lower = Self::of(&(&middle - 1_u32), exponent);
        let upper = Self::of(&(&middle + 1_u32), exponent);
        // The bounds themselves round to an even number only.
        let inclusive = !middle.bit(1);
        for place in 0..all.digits.len() {
            let (digit, low, high) = (all.at(place), lower.at(place), upper.at(place));
            let down = low != digit || (inclusive && place + 1 == lower.digits.len());
            let up = digit != high && (inclusive || digit + 1 < high || place + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => all.round(place + 1),
                (true, false) => all.round_down(place + 1),
                (false, true) => all.round_up(place + 1),
                (false, false) => continue,
            }
            break;
        }
        all
    }

    fn of(mantissa: &BigUint, exponent: i64) -> Self {
        if exponent >= 0 {
            return Self::of_whole(&(mantissa << unsigned(exponent)).to_string());
        }
        let places = u32::try_from(-exponent).unwrap_or(u32::MAX);
        let scaled = mantissa * BigUint::from(5_u32).pow(places);
        Self::new(scaled.to_string(), i64::from(places))
    }

    fn new(mut digits: String, places: i64) -> Self {
        let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - places;
        digits.truncate(digits.trim_end_matches('0').len());
        if digits.is_empty() { Self::default() } else { Self { digits, point } }
    }

    /// The digits.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Where the point stands, counted from before the first digit.
    pub fn point(&self) -> i64 {
        self.point
    }

    fn at(&self, place: usize) -> u8 {
        self.digits.as_bytes().get(place).copied().unwrap_or(b'0')
    }

    /// Keeps a count of digits; what is exactly half goes to the even one.
    pub fn round(&mut self, count: usize) {
        if count >= self.digits.len() {
            return;
        }
        let half = self.at(count) == b'5' && count + 1 == self.digits.len();
        let up = if half { count > 0 && self.at(count - 1) % 2 == 1 } else { self.at(count) >= b'5' };
        if up { self.round_up(count) } else { self.round_down(count) }
    }

    /// Keeps a count of digits behind the point.
    pub fn round_to_places(&mut self, places: usize) {
        let count = self.point.saturating_add(i64::try_from(places).unwrap_or(i64::MAX));
        match usize::try_from(count) {
            Ok(count) => self.round(count),
            Err(_) => *self = Self::default(),
        }
    }

    fn round_down(&mut self, count: usize) {
        let kept = &self.digits[..count.min(self.digits.len())];
        let kept = kept.trim_end_matches('0').len();
        self.digits.truncate(kept);
        if kept == 0 {
            self.point = 0;
        }
    }

    fn round_up(&mut self, count: usize) {
        let kept = self.digits[..count.min(self.digits.len())].trim_end_matches('9').len();
        let last = self.digits[..kept].bytes().last();
        self.digits.truncate(kept.saturating_sub(1));
        match last {
            Some(digit) => self.digits.push(char::from(digit + 1)),
            None => {
                self.digits.push('1');
                self.point += 1;
            }
        }
    }

    /// As plain decimal notation, with as many places behind the point as there are digits.
    pub fn plain(&self) -> String {
        let places = i64::try_from(self.digits.len()).unwrap_or(i64::MAX) - self.point;
        self.with_places(usize::try_from(places).unwrap_or_default())
    }

    /// As plain decimal notation with a count of places behind the point; digits beyond are left out.
    pub fn with_places(&self, places: usize) -> String {
        let digit = |place: i64| usize::try_from(place).map_or('0', |place| char::from(self.at(place)));
        let mut out: String = (0..self.point).map(digit).collect();
        if out.is_empty() {
            out.push('0');
        }
        if places > 0 {
            out.push('.');
            out.extend((self.point..).take(places).map(digit));
        }
        out
    }
}
