//! Powers and logarithms of doubles, to the last bit as the original computes them: the mathematics libraries of systems
//! differ in that bit, and a plan that says so on another machine would show a change.

/// A double as a mantissa from a half up to one, and a power of two.
fn split(x: f64) -> (f64, i32) {
    let exponent = |x: f64| i32::try_from((x.to_bits() >> 52) & 0x7ff).unwrap_or_default();
    // The least doubles have no exponent of their own.
    let (x, shifted) = if exponent(x) == 0 { (x * 2_f64.powi(64), 64) } else { (x, 0) };
    let mantissa = f64::from_bits((x.to_bits() & !(0x7ff << 52)) | (0x3fe << 52));
    (mantissa, exponent(x) - 0x3fe - shifted)
}

/// A mantissa times a power of two.
fn join(mantissa: f64, exponent: i32) -> f64 {
    let exponent = exponent.clamp(-2200, 2200);
    let half = exponent / 2;
    mantissa * 2_f64.powi(half) * 2_f64.powi(exponent - half)
}

/// The natural logarithm, by the polynomial of FreeBSD's library.
pub(super) fn ln(x: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const ODD: [f64; 4] =
        [0.666_666_666_666_673_5, 0.285_714_287_436_623_9, 0.181_835_721_616_180_5, 0.147_981_986_051_165_86];
    const EVEN: [f64; 3] = [0.399_999_999_994_094_2, 0.222_221_984_321_497_84, 0.153_138_376_992_093_73];
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_infinite() {
        return x;
    }
    let (mut mantissa, mut exponent) = split(x);
    if mantissa < std::f64::consts::FRAC_1_SQRT_2 {
        mantissa *= 2.0;
        exponent -= 1;
    }
    let (f, k) = (mantissa - 1.0, f64::from(exponent));
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (ODD[0] + s4 * (ODD[1] + s4 * (ODD[2] + s4 * ODD[3])));
    let even = s4 * (EVEN[0] + s4 * (EVEN[1] + s4 * EVEN[2]));
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + (odd + even)) + k * LN2_LOW)) - f)
}

/// The exponential, by a short series of a sixteenth of the argument, squared again four times.
fn exp(x: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_559_663;
    const LN2_LOW: f64 = 2.823_529_056_303_157_7e-13;
    /// One by the factorials from eight down to nought.
    const SERIES: [f64; 8] = [
        2.480_158_730_158_73e-5,
        0.000_198_412_698_412_698_4,
        0.001_388_888_888_888_889,
        0.008_333_333_333_333_333,
        0.041_666_666_666_666_664,
        0.166_666_666_666_666_66,
        0.5,
        1.0,
    ];
    let exponent = (x * std::f64::consts::LOG2_E).round_ties_even();
    let rest = (-LN2_LOW).mul_add(exponent, (-LN2_HIGH).mul_add(exponent, x)) * 0.062_5;
    let series = SERIES[1..].iter().fold(SERIES[0], |sum, term| sum.mul_add(rest, *term));
    let mut less_one = rest * series;
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    // Only called for small arguments, so that the exponent always fits.
    (less_one + 2.0).mul_add(less_one, 1.0) * 2_f64.powf(exponent)
}

/// `x` to the power of `y`: the whole part of the exponent by squaring, the rest by logarithm and exponential.
pub(super) fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    let ordinary = x.is_finite() && y.is_finite() && x != 0.0;
    if !ordinary || y.abs() >= 2_f64.powi(63) {
        return x.powf(y);
    }
    if y == 1.0 {
        return x;
    }
    if y.abs() == 0.5 {
        return if y > 0.0 { x.sqrt() } else { 1.0 / x.sqrt() };
    }
    let (mut whole, mut rest) = (y.abs().trunc(), y.abs().fract());
    if rest != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    let (mut mantissa, mut exponent) = (1.0, 0_i32);
    if rest != 0.0 {
        if rest > 0.5 {
            rest -= 1.0;
            whole += 1.0;
        }
        mantissa = exp(rest * ln(x));
    }
    let (mut square, mut power) = split(x);
    // Below 2^63, as was asked above.
    let mut left = whole as u64;
    while left != 0 {
        if power.abs() > 1 << 12 {
            // The result is beyond all doubles.
            exponent = exponent.saturating_add(power);
            break;
        }
        if left & 1 == 1 {
            mantissa *= square;
            exponent = exponent.saturating_add(power);
        }
        square *= square;
        power *= 2;
        if square < 0.5 {
            square += square;
            power -= 1;
        }
        left >>= 1;
    }
    if y < 0.0 { join(1.0 / mantissa, exponent.saturating_neg()) } else { join(mantissa, exponent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_last_bit_of_the_original() {
        assert_eq!(pow(9.0, 9.5), 1_162_261_467.000_000_2);
        assert_eq!(ln(23.0) / ln(3.0), 2.854_049_830_200_271_5);
        assert_eq!(ln(1_000.0) / ln(10.0), 2.999_999_999_999_999_6);
        assert_eq!(pow(2.0, 0.5), 2_f64.sqrt());
        assert_eq!(pow(10.0, -1.0), 0.1);
        assert_eq!(pow(-2.0, 3.0), -8.0);
    }

    #[test]
    fn powers_beyond_the_doubles_are_infinite_or_nought() {
        assert_eq!(pow(10.0, 400.0), f64::INFINITY);
        assert_eq!(pow(10.0, -400.0), 0.0);
        assert_eq!(pow(0.0, -1.0), f64::INFINITY);
        assert!(pow(-1.0, 0.5).is_nan() && ln(-1.0).is_nan());
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(pow(2.0, -1_074.0), f64::from_bits(1));
    }
}
