//! Ratios of exact numbers, rounded once.

use std::ops::{Add, Mul, Sub};

use num_bigint::{BigInt, BigUint, Sign};

use crate::exact_sum::ExactSum;

/// Integers up to here are doubles, and so the quotient of two is rounded once by the machine.
const EXACT: u128 = 1 << 53;

/// Bits of a quotient before it is rounded: more than the 53 of a double and one for the half.
const QUOTIENT_BITS: i64 = 66;

/// The double next to `numerator / denominator`, to even when two are; `None` where the denominator is 0.
pub fn ratio(numerator: u128, denominator: u128) -> Option<f64> {
    if denominator == 0 {
        None
    } else if numerator <= EXACT && denominator <= EXACT {
        Some(numerator as f64 / denominator as f64)
    } else {
        quotient(&Dyadic::from(numerator), &Dyadic::from(denominator))
    }
}

/// An exact number: an integer of any size times a power of two.
#[derive(Clone, Debug)]
pub(crate) struct Dyadic {
    mantissa: BigInt,
    exponent: i64,
}

impl Dyadic {
    /// A sum before it is rounded; `None` where it is infinite.
    pub(crate) fn of_sum(sum: &ExactSum) -> Option<Self> {
        if sum.is_infinite() {
            return None;
        }
        let (negative, lowest, digits) = sum.magnitude();
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        Some(Self {
            mantissa: BigInt::from_slice(sign, &digits),
            exponent: 32 * i64::from(lowest),
        })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.mantissa.sign() == Sign::NoSign
    }

    pub(crate) fn squared(&self) -> Self {
        self * self
    }

    /// The mantissa with the point moved down to a lower exponent.
    fn at(&self, exponent: i64) -> BigInt {
        &self.mantissa << (self.exponent - exponent).unsigned_abs()
    }
}

impl From<u128> for Dyadic {
    fn from(integer: u128) -> Self {
        Self {
            mantissa: integer.into(),
            exponent: 0,
        }
    }
}

impl From<u64> for Dyadic {
    fn from(integer: u64) -> Self {
        Self::from(u128::from(integer))
    }
}

impl Add for &Dyadic {
    type Output = Dyadic;

    fn add(self, other: Self) -> Dyadic {
        // A zero has no place of its own, and must not make the other longer.
        if self.is_zero() {
            return other.clone();
        }
        if other.is_zero() {
            return self.clone();
        }
        let exponent = self.exponent.min(other.exponent);
        Dyadic {
            mantissa: self.at(exponent) + other.at(exponent),
            exponent,
        }
    }
}

impl Sub for &Dyadic {
    type Output = Dyadic;

    fn sub(self, other: Self) -> Dyadic {
        self + &Dyadic {
            mantissa: -&other.mantissa,
            exponent: other.exponent,
        }
    }
}

impl Mul for &Dyadic {
    type Output = Dyadic;

    fn mul(self, other: Self) -> Dyadic {
        Dyadic {
            mantissa: &self.mantissa * &other.mantissa,
            exponent: self.exponent + other.exponent,
        }
    }
}

/// The double next to the quotient, to even when two are, subnormal or infinite where it has to be; `None` where the
/// denominator is 0.
pub(crate) fn quotient(numerator: &Dyadic, denominator: &Dyadic) -> Option<f64> {
    if denominator.is_zero() {
        return None;
    }
    let negative =
        (numerator.mantissa.sign() == Sign::Minus) != (denominator.mantissa.sign() == Sign::Minus);
    let (above, below) = (
        numerator.mantissa.magnitude(),
        denominator.mantissa.magnitude(),
    );
    let shift = QUOTIENT_BITS - (above.bits() as i64 - below.bits() as i64);
    let (above, below) = if shift > 0 {
        (above << shift.unsigned_abs(), below.clone())
    } else {
        (above.clone(), below << shift.unsigned_abs())
    };
    let whole = &above / &below;
    let rest = above - &whole * below;
    let mantissa = whole
        .iter_u64_digits()
        .rev()
        .fold(0, |sum, word| sum << 64 | u128::from(word));
    let sticky = u128::from(rest != BigUint::ZERO);
    Some(rounded(
        negative,
        mantissa | sticky,
        numerator.exponent - denominator.exponent - shift,
    ))
}

/// The double next to `mantissa * 2^exponent`, to even when two are; infinite beyond the largest.
///
/// Where the lowest bit of the mantissa stands for lower ones that were cut, it must have 55 bits or more.
pub(crate) fn rounded(negative: bool, mantissa: u128, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let highest = exponent.saturating_add(127 - i64::from(mantissa.leading_zeros()));
    let magnitude = if highest > 1023 {
        f64::INFINITY
    } else if highest < -1075 {
        0.0
    } else {
        let lowest = (highest - 52).max(-1074);
        // Both differences are within what 128 bits and the range of doubles allow.
        let kept = match lowest - exponent {
            cut @ 1..=128 => {
                let half = mantissa >> (cut - 1) & 1 == 1;
                let rest = mantissa & ((1 << (cut - 1)) - 1) != 0;
                let kept = mantissa.checked_shr(cut as u32).unwrap_or(0);
                kept + u128::from(half && (rest || kept & 1 == 1))
            }
            spare => mantissa << spare.unsigned_abs(),
        };
        // At most 2^53, and the result is a double: nothing is rounded here.
        libm::ldexp(kept as f64, lowest as i32)
    };
    // Never -0.0, which reads as another result.
    if negative && magnitude != 0.0 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dyadic(mantissa: i64, exponent: i64) -> Dyadic {
        Dyadic {
            mantissa: mantissa.into(),
            exponent,
        }
    }

    #[test]
    fn sums_and_products_keep_every_bit() {
        let large = dyadic(3, 900);
        let small = dyadic(-5, -900);
        let sum = &large + &small;
        assert_eq!(quotient(&(&sum - &large), &dyadic(1, -900)), Some(-5.0));
        assert_eq!(quotient(&(&large * &small), &dyadic(1, 0)), Some(-15.0));
        assert_eq!(quotient(&small.squared(), &dyadic(25, -1800)), Some(1.0));
        assert!((&sum - &sum).is_zero());
    }

    #[test]
    fn quotient_has_the_sign_of_its_parts() {
        let of = |a, b| quotient(&dyadic(a, 0), &dyadic(b, 0));
        assert_eq!(of(-1, 4), Some(-0.25));
        assert_eq!(of(1, -4), Some(-0.25));
        assert_eq!(of(-1, -4), Some(0.25));
        assert_eq!(of(0, -4).map(f64::to_bits), Some(0));
        assert_eq!(of(1, 0), None);
    }

    #[test]
    fn quotient_is_subnormal_or_infinite_where_it_has_to_be() {
        let of = |mantissa, exponent| quotient(&dyadic(mantissa, exponent), &dyadic(1, 0));
        let least = f64::from_bits(1);
        assert_eq!(of(1, -1074), Some(least));
        // Half of the least goes to even, which is 0; a bit more goes up.
        assert_eq!(of(1, -1075), Some(0.0));
        assert_eq!(of(3, -1076), Some(least));
        assert_eq!(of(-3, -1076), Some(-least));
        assert_eq!(of(3, -1075), Some(2.0 * least));
        assert_eq!(of(-1, -90_000).map(f64::to_bits), Some(0));
        // Rounded once: by way of 53 bits this would be a half, and go to even.
        assert_eq!(of((1 << 60) + 1, -1135), Some(least));
        assert_eq!(of((1 << 53) - 1, 971), Some(f64::MAX));
        assert_eq!(of((1 << 54) - 1, 970), Some(f64::INFINITY));
        assert_eq!(of((1 << 55) - 3, 969), Some(f64::MAX));
        assert_eq!(of(-1, 90_000), Some(f64::NEG_INFINITY));
    }

    /// A third has no end in bits: what is cut must still tell that it is there.
    #[test]
    fn quotient_without_end_is_rounded_once() {
        assert_eq!(quotient(&dyadic(1, 0), &dyadic(3, 0)), Some(1.0 / 3.0));
        let half_way = quotient(&dyadic((1 << 54) + 2, 40), &dyadic(1, 94));
        assert_eq!(half_way, Some(1.0));
        let third_more = &dyadic((1 << 54) + 2, 3000) + &dyadic(1, 0);
        assert_eq!(
            quotient(&third_more, &dyadic(1, 3054)),
            Some(1.0 + f64::EPSILON)
        );
    }
}
