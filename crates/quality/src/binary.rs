//! What is kept of the rows of a binary classifier.

use arrow::array::{Array, BooleanArray, Float64Array};
use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::exact_sum::ExactSum;
use crate::figure::Measured;
use crate::fixed_sum::FixedSum;
use crate::rank::{RankTotals, Ranks};
use crate::samples::{MaskCounts, SampleMask, Tally};

mod figures;

/// Rows of a binary classifier, summed up: merges exactly, whatever the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BinaryState {
    /// By actual, then by predicted class.
    cells: [[MaskCounts; 2]; 2],
    /// By actual class, the rows without a probability: as a rule there are none.
    unscored: RankTotals,
    /// Boxed and made late, for there may be thousands of segments and none with a probability.
    probabilities: Option<Box<Probabilities>>,
}

/// The rows that have a probability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Probabilities {
    squared_error: ExactSum,
    square_of_squared_error: FixedSum,
    log_loss: ExactSum,
    square_of_log_loss: FixedSum,
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
        match probability {
            Some(probability) if (0.0..=1.0).contains(&probability) => {
                let probabilities = self.probabilities.get_or_insert_default();
                probabilities.add(actual, probability);
            }
            outside => {
                debug_assert!(outside.is_none(), "{outside:?} is no probability");
                self.unscored.add(actual, mask);
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
        self.unscored.merge(&other.unscored);
        if let Some(more) = &other.probabilities {
            self.probabilities.get_or_insert_default().merge(more);
        }
    }

    /// Rows with a label and a prediction.
    pub fn rows(&self) -> u64 {
        self.tallies().iter().flatten().map(|cell| cell.all).sum()
    }

    /// The rows that have a probability, by class: what [`crate::RankState`] wants to know beforehand.
    pub fn totals(&self) -> RankTotals {
        let [negatives, positives] = self.tallies().map(|[one, other]| one.and(&other));
        let all = RankTotals {
            positives,
            negatives,
        };
        all.without(&self.unscored)
    }

    fn tallies(&self) -> [[Tally; 2]; 2] {
        let of = |cells: &[MaskCounts; 2]| [cells[0].tally(), cells[1].tally()];
        [of(&self.cells[0]), of(&self.cells[1])]
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        let known = self.probabilities.as_deref();
        known.map_or(0, |known| size_of::<Probabilities>() + known.heap_size())
    }

    /// All metrics. `classes` are the names of the negative and the positive class. `ranks` are those of the same rows;
    /// without, their metrics are undefined as if no row had a probability.
    pub fn finish(&self, ranks: Option<&Ranks>, classes: [&str; 2]) -> Measured {
        figures::measure(self, ranks, classes)
    }
}

impl Probabilities {
    #[inline]
    fn add(&mut self, actual: bool, probability: f64) {
        let of_actual = if actual {
            probability
        } else {
            1.0 - probability
        };
        let error = probability - f64::from(u8::from(actual));
        let squared_error = error * error;
        self.squared_error.add(squared_error);
        self.square_of_squared_error
            .add(squared_error * squared_error);
        // As scikit-learn 1.9 does: both a probability and its complement are kept this far from 0 and 1.
        let log_loss = -libm::log(of_actual.clamp(f64::EPSILON, 1.0 - f64::EPSILON));
        self.log_loss.add(log_loss);
        self.square_of_log_loss.add(log_loss * log_loss);
        self.calibration.add(actual, probability);
    }

    fn heap_size(&self) -> usize {
        self.squared_error.heap_size() + self.log_loss.heap_size() + self.calibration.heap_size()
    }

    fn merge(&mut self, other: &Self) {
        self.squared_error.merge(&other.squared_error);
        self.square_of_squared_error
            .merge(other.square_of_squared_error);
        self.log_loss.merge(&other.log_loss);
        self.square_of_log_loss.merge(other.square_of_log_loss);
        self.calibration.merge(&other.calibration);
    }
}
