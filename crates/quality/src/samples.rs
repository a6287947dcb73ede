//! SageMaker's standard deviation (formats.md 6.4): the metric on five samples of 80 % of the rows.
//!
//! Which rows a sample holds is decided by a hash of the row's key, so that it repeats, whatever the order of the rows.

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

/// Samples beside the whole.
pub const SAMPLES: usize = 5;

/// Rows below which SageMaker says "NaN".
const LEAST_ROWS: u64 = 200;

/// Seed of the hash; another one would choose other rows.
const SEED: u64 = 0x6772_6f75_6e64;

/// Bits of the hash for each sample, and the share of their values that is inside: 80 % of 4096, rounded.
const BITS: u32 = 12;
const INSIDE: u64 = 3277;

/// Which of the five samples hold a row: bit `k` for sample `k`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleMask(pub u8);

impl SampleMask {
    /// The samples of a row with this key; `index` tells rows of one key apart.
    pub fn of(key: &[u8], index: u64) -> Self {
        Self::of_hash(XxHash3_64::oneshot_with_seed(SEED ^ index, key))
    }

    /// The samples of a row that is known by a number only.
    pub fn of_row(number: u64) -> Self {
        Self::of(&number.to_le_bytes(), 0)
    }

    fn of_hash(hash: u64) -> Self {
        let mut mask = 0;
        for sample in 0..SAMPLES {
            let drawn = hash >> (BITS * sample as u32) & ((1 << BITS) - 1);
            mask |= u8::from(drawn < INSIDE) << sample;
        }
        Self(mask)
    }

    /// Whether sample `k` holds the row.
    pub fn holds(self, sample: usize) -> bool {
        self.0 >> sample & 1 == 1
    }
}

/// A count over all rows, and over each sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub all: u64,
    pub samples: [u64; SAMPLES],
}

impl Tally {
    /// Counts a row.
    #[inline]
    pub fn add(&mut self, mask: SampleMask) {
        self.all += 1;
        for (sample, count) in self.samples.iter_mut().enumerate() {
            *count += u64::from(mask.0 >> sample & 1);
        }
    }

    /// Both together.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.merge(other);
        self
    }

    /// What is left without the other.
    pub(crate) fn without(mut self, other: &Self) -> Self {
        self.all = self.all.saturating_sub(other.all);
        for (count, less) in self.samples.iter_mut().zip(&other.samples) {
            *count = count.saturating_sub(*less);
        }
        self
    }

    /// Adds another count.
    pub fn merge(&mut self, other: &Self) {
        self.all += other.all;
        for (count, more) in self.samples.iter_mut().zip(&other.samples) {
            *count += more;
        }
    }
}

/// A count for each combination of samples: one addition a row, where a [`Tally`] has six.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MaskCounts([u64; 1 << SAMPLES]);

impl MaskCounts {
    /// Counts a row.
    #[inline]
    pub(crate) fn add(&mut self, mask: SampleMask) {
        // As many masks as counts, so that nothing has to be checked.
        self.0[usize::from(mask.0) % (1 << SAMPLES)] += 1;
    }

    /// Adds another count.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(&other.0) {
            *count += more;
        }
    }

    /// The rows, all together and of each sample.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (mask, count) in self.0.iter().enumerate() {
            tally.all += count;
            for (sample, held) in tally.samples.iter_mut().enumerate() {
                *held += count * (mask >> sample & 1) as u64;
            }
        }
        tally
    }
}

/// The standard deviation of a metric's values on the samples: divisor 4, as Spark's `stddev`. `None` where the rows are
/// too few, or the metric is undefined on a sample.
pub fn standard_deviation(rows: u64, values: [Option<f64>; SAMPLES]) -> Option<f64> {
    if rows < LEAST_ROWS {
        return None;
    }
    let mut known = [0.0; SAMPLES];
    for (known, value) in known.iter_mut().zip(values) {
        *known = value?;
    }
    let mean = known.iter().sum::<f64>() / SAMPLES as f64;
    let squares: f64 = known.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (SAMPLES - 1) as f64).sqrt();
    deviation.is_finite().then_some(deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_holds_four_fifths_of_the_rows() {
        let mut tally = Tally::default();
        for row in 0..100_000 {
            tally.add(SampleMask::of_row(row));
        }
        assert_eq!(tally.all, 100_000);
        for held in tally.samples {
            assert!((79_500..80_500).contains(&held), "{held}");
        }
    }

    #[test]
    fn counts_by_mask_are_the_tally() {
        let (mut tally, mut counts) = (Tally::default(), MaskCounts::default());
        for row in 0..1_000 {
            tally.add(SampleMask::of_row(row));
            counts.add(SampleMask::of_row(row));
        }
        assert_eq!(counts.tally(), tally);
    }

    #[test]
    fn samples_of_two_hundred_rows_deviate_and_of_fewer_do_not() {
        let values = [0.5, 0.6, 0.7, 0.8, 0.9].map(Some);
        // Sum of squares 0.1, divisor 4.
        let expected = 0.025_f64.sqrt();
        assert_eq!(standard_deviation(199, values), None);
        let deviation = standard_deviation(200, values).unwrap_or_default();
        assert!((deviation - expected).abs() < 1e-15);
        let mut undefined = values;
        undefined[3] = None;
        assert_eq!(standard_deviation(200, undefined), None);
    }
}
