//! Logarithms and powers of two that are the same on every machine.
//!
//! Those of the standard library come from the platform and may differ in their last bit, and a
//! score that is rounded from them in a millibit. These are sums and products alone, which IEEE 754
//! settles to the bit.

use std::f64::consts::{LN_2, SQRT_2};

/// Bits of a number that are its fraction.
const FRACTION: u32 = 52;
/// What the exponent of 1 is stored as.
const BIAS: i32 = 1_023;

/// The base-2 logarithm of a number above 0.
///
/// Off by at most 1e-15, or the same share of the result: a thousand-billionth of a millibit.
pub(super) fn log2(x: f64) -> f64 {
    let bits = x.to_bits();
    let stored = i32::try_from(bits >> FRACTION & 0x7ff).expect("eleven bits");
    let mut exponent = f64::from(stored - BIAS);
    let fraction = bits & ((1 << FRACTION) - 1);
    let mut mantissa = f64::from_bits(fraction | u64::from(BIAS.unsigned_abs()) << FRACTION);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1.0;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)), and the quotient is below 0.172.
    let quotient = (mantissa - 1.0) / (mantissa + 1.0);
    let square = quotient * quotient;
    let mut sum = 0.0;
    for odd in (0..12_u8).rev() {
        sum = sum * square + 1.0 / f64::from(2 * odd + 1);
    }
    exponent + 2.0 * quotient * sum / LN_2
}

/// The natural logarithm of a number above 0.
pub(super) fn ln(x: f64) -> f64 {
    log2(x) * LN_2
}

/// Two to a power.
///
/// Off by at most 1e-15 of the result; beyond what a number can hold it is 0 or the largest power.
pub(super) fn exp2(x: f64) -> f64 {
    let x = x.clamp(-1_022.0, 1_023.0);
    let whole = x.round();
    let power = (x - whole) * LN_2;
    let mut sum = 1.0;
    for step in (1..=16_u8).rev() {
        sum = 1.0 + sum * power / f64::from(step);
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the exponents there are")]
    let exponent = u64::from((whole as i32 + BIAS).unsigned_abs());
    sum * f64::from_bits(exponent << FRACTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_and_powers_are_those_of_the_standard_library() {
        let mut x = 1e-12_f64;
        while x < 1e12 {
            let (found, expected) = (log2(x), x.log2());
            assert!((found - expected).abs() <= 1e-15 * expected.abs().max(1.0) * 2.0, "log2 {x}");
            x *= 1.000_37;
        }
        let mut x = -60.0_f64;
        while x < 60.0 {
            let (found, expected) = (exp2(x), x.exp2());
            assert!((found - expected).abs() <= 2e-15 * expected, "exp2 {x}");
            x += 0.003_7;
        }
    }

    #[test]
    fn powers_of_two_are_exact_and_nothing_overflows() {
        for power in -40..=40_i32 {
            let x = f64::from(power);
            assert_eq!(exp2(x).to_bits(), x.exp2().to_bits());
            assert_eq!(log2(exp2(x)).to_bits(), x.to_bits());
        }
        assert!(exp2(1e9).is_finite() && exp2(-1e9) > 0.0);
    }

    /// Bits that every machine must find: a change here changes scores.
    #[test]
    fn some_values_are_frozen_to_the_bit() {
        assert_eq!(log2(3.0).to_bits(), 0x3ff9_5c01_a39f_bd68);
        assert_eq!(exp2(0.5).to_bits(), 0x3ff6_a09e_667f_3bcc);
        assert_eq!(log2(0.1).to_bits(), 0xc00a_934f_0979_a371);
    }
}
