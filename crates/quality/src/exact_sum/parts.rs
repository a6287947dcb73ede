//! Doubles, and products of two of them, taken apart into integers.

/// A finite double: `mantissa * 2^exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) negative: bool,
    pub(super) mantissa: u64,
    pub(super) exponent: i32,
}

impl Part {
    #[inline]
    pub(super) fn of(value: f64) -> Option<Self> {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let exponent = (bits >> 52 & 0x7ff) as i32;
        if exponent == 0x7ff {
            return None;
        }
        let normal = exponent != 0;
        Some(Self {
            negative: bits >> 63 == 1,
            mantissa: fraction | u64::from(normal) << 52,
            exponent: exponent + i32::from(!normal) - 1075,
        })
    }

    /// The same number with the smallest mantissa, so that a factor of 1.0 adds no digits.
    #[inline]
    fn without_trailing_zeros(self) -> Self {
        let zeros = self.mantissa.trailing_zeros() & 63;
        Self {
            mantissa: self.mantissa >> zeros,
            exponent: self.exponent + zeros as i32,
            ..self
        }
    }
}

/// The product of two finite doubles, not rounded: `mantissa * 2^exponent`, with 106 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    negative: bool,
    mantissa: u128,
    exponent: i32,
}

impl Pair {
    /// `None` where either is not finite.
    #[inline]
    pub(crate) fn of(a: f64, b: f64) -> Option<Self> {
        let a = Part::of(a)?.without_trailing_zeros();
        let b = Part::of(b)?.without_trailing_zeros();
        Some(Self {
            negative: a.negative ^ b.negative,
            mantissa: u128::from(a.mantissa) * u128::from(b.mantissa),
            exponent: a.exponent + b.exponent,
        })
    }

    /// Whether negative, the mantissa's words from the lowest, and the exponent of the product of two pairs.
    #[inline]
    pub(super) fn times(&self, other: &Self) -> (bool, [u64; 4], i32) {
        (
            self.negative ^ other.negative,
            product_words(self.mantissa, other.mantissa),
            self.exponent + other.exponent,
        )
    }
}

/// The product of two numbers of 106 bits.
#[inline]
fn product_words(first: u128, second: u128) -> [u64; 4] {
    const WORD: u128 = u64::MAX as u128;
    let (low, high) = (first & WORD, first >> 64);
    let (other_low, other_high) = (second & WORD, second >> 64);
    let lowest = low * other_low;
    let middle = (lowest >> 64) + low * other_high + high * other_low;
    let highest = (middle >> 64) + high * other_high;
    [
        lowest as u64,
        middle as u64,
        highest as u64,
        (highest >> 64) as u64,
    ]
}
