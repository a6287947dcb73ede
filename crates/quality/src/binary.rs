//! What is kept of the rows of a binary classifier.

use arrow::array::{Array, BooleanArray, Float64Array};
use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::exact_sum::ExactSum;
use crate::figure::Measured;
use crate::rank::{RankTotals, Ranks};
use crate::samples::{SampleMask, Tally};

mod figures;

/// Rows of a binary classifier, summed up: merges exactly, whatever the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BinaryState {
    /// By actual, then by predicted class.
    cells: [[Tally; 2]; 2],
    /// Boxed and made late, for there may be thousands of segments and none with a probability.
    probabilities: Option<Box<Probabilities>>,
}

/// The rows that have a probability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Probabilities {
    totals: RankTotals,
    squared_error: ExactSum,
    square_of_squared_error: ExactSum,
    log_loss: ExactSum,
    square_of_log_loss: ExactSum,
    calibration: Calibration,
}

impl BinaryState {
    /// Adds a row; `true` is the positive class.
    ///
    /// The caller guarantees that a probability is within 0 to 1; one that is not is left out, as if there were none.
    #[inline]
    pub fn add(
        &mut self,
        actual: bool,
        predicted: bool,
        probability: Option<f64>,
        mask: SampleMask,
    ) {
        self.cells[usize::from(actual)][usize::from(predicted)].add(mask);
        if let Some(probability) = probability {
            debug_assert!(
                (0.0..=1.0).contains(&probability),
                "{probability} is no probability"
            );
            if (0.0..=1.0).contains(&probability) {
                let probabilities = self.probabilities.get_or_insert_default();
                probabilities.add(actual, probability, mask);
            }
        }
    }

    /// Adds the rows where neither `actual` nor `predicted` is null.
    ///
    /// The arrays and `masks` are of one length; rows beyond the shorter of the first two are left out, and a row beyond
    /// the others has no probability or is in no sample.
    pub fn update(
        &mut self,
        actual: &BooleanArray,
        predicted: &BooleanArray,
        probability: Option<&Float64Array>,
        masks: &[SampleMask],
    ) {
        debug_assert!(actual.len() == predicted.len() && actual.len() == masks.len());
        for (row, pair) in actual.iter().zip(predicted).enumerate() {
            if let (Some(actual), Some(predicted)) = pair {
                let probability = probability
                    .filter(|array| row < array.len() && array.is_valid(row))
                    .map(|array| array.value(row));
                let mask = masks.get(row).copied().unwrap_or_default();
                self.add(actual, predicted, probability, mask);
            }
        }
    }

    /// Adds all rows of another.
    pub fn merge(&mut self, other: &Self) {
        for (cell, more) in self
            .cells
            .iter_mut()
            .flatten()
            .zip(other.cells.iter().flatten())
        {
            cell.merge(more);
        }
        if let Some(more) = &other.probabilities {
            self.probabilities.get_or_insert_default().merge(more);
        }
    }

    /// Rows with a label and a prediction.
    pub fn rows(&self) -> u64 {
        self.cells.iter().flatten().map(|cell| cell.all).sum()
    }

    /// The rows that have a probability, by class: what [`crate::RankState`] wants to know beforehand.
    pub fn totals(&self) -> RankTotals {
        let known = self.probabilities.as_ref();
        known.map_or_else(RankTotals::default, |known| known.totals)
    }

    /// All metrics. `classes` are the names of the negative and the positive class. `ranks` are those of the same rows;
    /// without, their metrics are undefined as if no row had a probability.
    pub fn finish(&self, ranks: Option<&Ranks>, classes: [&str; 2]) -> Measured {
        figures::measure(self, ranks, classes)
    }
}

impl Probabilities {
    #[inline]
    fn add(&mut self, actual: bool, probability: f64, mask: SampleMask) {
        let (class, of_actual) = if actual {
            (&mut self.totals.positives, probability)
        } else {
            (&mut self.totals.negatives, 1.0 - probability)
        };
        class.add(mask);
        let squared_error = (probability - f64::from(u8::from(actual))).powi(2);
        self.squared_error.add(squared_error);
        self.square_of_squared_error
            .add(squared_error * squared_error);
        // As scikit-learn 1.9 does: both a probability and its complement are kept this far from 0 and 1.
        let log_loss = -libm::log(of_actual.clamp(f64::EPSILON, 1.0 - f64::EPSILON));
        self.log_loss.add(log_loss);
        self.square_of_log_loss.add(log_loss * log_loss);
        self.calibration.add(actual, probability);
    }

    fn merge(&mut self, other: &Self) {
        self.totals.positives.merge(&other.totals.positives);
        self.totals.negatives.merge(&other.totals.negatives);
        self.squared_error.merge(&other.squared_error);
        self.square_of_squared_error
            .merge(&other.square_of_squared_error);
        self.log_loss.merge(&other.log_loss);
        self.square_of_log_loss.merge(&other.square_of_log_loss);
        self.calibration.merge(&other.calibration);
    }
}
