//! Sums of squares for intervals: in fixed point, so that any order gives the same bits at the price of one addition.

use serde::{Deserialize, Serialize};

/// A sum of numbers from 0 to 4096, each cut to 2^-50: as good as an interval needs, and the same in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FixedSum(u128);

const SCALE: f64 = (1_u64 << 50) as f64;

impl FixedSum {
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        // A cast keeps what is out of range at the ends.
        self.0 += u128::from((value * SCALE) as u64);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }

    pub(crate) fn value(self) -> f64 {
        self.0 as f64 / SCALE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_within_its_grain() {
        let mut sum = FixedSum::default();
        for _ in 0..1_000 {
            sum.add(0.1);
            sum.add(1_299.04);
        }
        assert!((sum.value() - 1_299_140.0).abs() < 1e-9);
    }
}
