//! Whether a probability of 0.3 comes true three times in ten.

use serde::{Deserialize, Serialize};

use crate::exact_sum::ExactSum;
use crate::interval::Interval;

/// Bins of equal width.
pub(crate) const BINS: usize = 10;

/// `numpy.linspace(0, 1, 11)` to the bit, so that a probability on an edge falls where scikit-learn's
/// `calibration_curve` puts it.
const EDGES: [f64; BINS + 1] = [
    0.0,
    0.1,
    0.2,
    0.300_000_000_000_000_04,
    0.4,
    0.5,
    0.600_000_000_000_000_1,
    0.700_000_000_000_000_1,
    0.8,
    0.9,
    1.0,
];

/// The rows whose probability is in `(low, high]`; the first bin holds 0 too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    pub low: f64,
    pub high: f64,
    /// Rows.
    pub n: u64,
    /// `None` without rows.
    pub mean_probability: Option<f64>,
    /// Share of positive labels; `None` without rows.
    pub observed_rate: Option<f64>,
    /// Wilson's, of the observed rate.
    pub interval: Option<Interval>,
}

/// What a bin is computed from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bin {
    rows: u64,
    positives: u64,
    probability: ExactSum,
}

/// Ten bins of rows by their probability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    bins: [Bin; BINS],
}

impl Calibration {
    /// Adds a row; the probability is within 0 to 1.
    #[inline]
    pub(crate) fn add(&mut self, actual: bool, probability: f64) {
        // Right but for rounding at an edge.
        let near = ((probability * BINS as f64) as usize).min(BINS - 1);
        let at = if near > 0 && probability <= EDGES[near] {
            near - 1
        } else {
            near + usize::from(probability > EDGES[near + 1])
        };
        if let Some(bin) = self.bins.get_mut(at) {
            bin.rows += 1;
            bin.positives += u64::from(actual);
            bin.probability.add(probability);
        }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_size(&self) -> usize {
        self.bins
            .iter()
            .map(|bin| bin.probability.heap_size())
            .sum()
    }

    /// Adds all rows of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            bin.rows += more.rows;
            bin.positives += more.positives;
            bin.probability.merge(&more.probability);
        }
    }

    /// Expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015): the mean over the rows of how far their bin's
    /// mean probability is from its rate. `None` without rows.
    pub(crate) fn error(&self) -> Option<f64> {
        let rows: u64 = self.bins.iter().map(|bin| bin.rows).sum();
        let gaps = self.bins.iter();
        let gaps = gaps.map(|bin| (bin.probability.value() - bin.positives as f64).abs());
        (rows > 0).then(|| (gaps.sum::<f64>() / rows as f64).clamp(0.0, 1.0))
    }

    /// All ten bins, in ascending order.
    pub(crate) fn finish(&self) -> Vec<CalibrationBin> {
        let edges = EDGES.iter().zip(&EDGES[1..]);
        let bins = self.bins.iter().zip(edges);
        bins.map(|(bin, (&low, &high))| {
            let share = |sum: f64| (bin.rows > 0).then(|| sum / bin.rows as f64);
            CalibrationBin {
                low,
                high,
                n: bin.rows,
                mean_probability: share(bin.probability.value()),
                observed_rate: share(bin.positives as f64),
                interval: Interval::wilson(bin.positives, bin.rows),
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin_of(probability: f64) -> Option<usize> {
        let mut calibration = Calibration::default();
        calibration.add(true, probability);
        calibration.bins.iter().position(|bin| bin.rows == 1)
    }

    #[test]
    fn a_probability_on_an_edge_is_in_the_bin_below() {
        assert_eq!(bin_of(0.0), Some(0));
        assert_eq!(bin_of(0.1), Some(0));
        assert_eq!(bin_of(0.1_f64.next_up()), Some(1));
        assert_eq!(bin_of(0.3), Some(2));
        assert_eq!(bin_of(1.0), Some(9));
    }

    #[test]
    fn edges_are_those_of_numpy() {
        for (edge, number) in EDGES.iter().zip(0_u8..) {
            assert_eq!(*edge, f64::from(number) * 0.1);
        }
    }
}
