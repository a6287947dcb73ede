//! What regression metrics need to know of the rows: exact sums that merge.

use arrow::array::{Array, Float64Array};
use serde::{Deserialize, Serialize};

use crate::exact_sum::{ExactSum, Pair};
use crate::figure::Measured;
use crate::samples::{SAMPLES, SampleMask, Tally};

mod figures;
mod quantiles;

pub use quantiles::ResidualQuantiles;

/// Sums over rows with a label and a prediction, both numbers. Merges exactly: any order, batching or merging gives the
/// same figures, to the last bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RegressionState {
    rows: Tally,
    all: Errors,
    /// Over the rows that sample `k` does not hold: a fifth of the work of the rows it holds, and exactly as good.
    left_out: [Errors; SAMPLES],
    moments: Moments,
}

/// What SageMaker's mae, mse, rmse and r2 need.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Errors {
    absolute: ExactSum,
    squared: ExactSum,
    label: ExactSum,
    label_squared: ExactSum,
}

impl Errors {
    #[inline]
    fn add(&mut self, label: f64, error: f64) {
        self.absolute.add(error.abs());
        self.squared.add_square(error);
        self.label.add(label);
        self.label_squared.add_square(label);
    }

    fn heap_size(&self) -> usize {
        let sums = [
            &self.absolute,
            &self.squared,
            &self.label,
            &self.label_squared,
        ];
        sums.into_iter().map(ExactSum::heap_size).sum()
    }

    fn merge(&mut self, other: &Self) {
        self.absolute.merge(&other.absolute);
        self.squared.merge(&other.squared);
        self.label.merge(&other.label);
        self.label_squared.merge(&other.label_squared);
    }
}

/// What our own metrics and the intervals need besides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Moments {
    error: ExactSum,
    error_4: ExactSum,
    error_2_label: ExactSum,
    error_2_label_2: ExactSum,
    label_3: ExactSum,
    label_4: ExactSum,
    /// |error / label| of the labels that are not 0.
    relative: ExactSum,
    relative_squared: ExactSum,
    zero_labels: u64,
}

impl Moments {
    fn heap_size(&self) -> usize {
        let sums = [
            &self.error,
            &self.error_4,
            &self.error_2_label,
            &self.error_2_label_2,
            &self.label_3,
            &self.label_4,
            &self.relative,
            &self.relative_squared,
        ];
        sums.into_iter().map(ExactSum::heap_size).sum()
    }

    #[inline]
    fn add(&mut self, label: f64, error: f64) {
        self.error.add(error);
        let error_2 = Pair::of(error, error);
        let label_1 = Pair::of(label, 1.0);
        let label_2 = Pair::of(label, label);
        self.error_4.add_pairs(&error_2, &error_2);
        self.error_2_label.add_pairs(&error_2, &label_1);
        self.error_2_label_2.add_pairs(&error_2, &label_2);
        self.label_3.add_pairs(&label_2, &label_1);
        self.label_4.add_pairs(&label_2, &label_2);
        if label == 0.0 {
            self.zero_labels += 1;
        } else {
            let relative = (error / label).abs();
            self.relative.add(relative);
            self.relative_squared.add_square(relative);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.error.merge(&other.error);
        self.error_4.merge(&other.error_4);
        self.error_2_label.merge(&other.error_2_label);
        self.error_2_label_2.merge(&other.error_2_label_2);
        self.label_3.merge(&other.label_3);
        self.label_4.merge(&other.label_4);
        self.relative.merge(&other.relative);
        self.relative_squared.merge(&other.relative_squared);
        self.zero_labels = self.zero_labels.saturating_add(other.zero_labels);
    }
}

impl RegressionState {
    /// Adds a row. Both are finite; what is not makes the figures that rest on it undefined with `Overflow`.
    #[inline]
    pub fn add(&mut self, actual: f64, predicted: f64, mask: SampleMask) {
        let error = predicted - actual;
        self.rows.add(mask);
        self.all.add(actual, error);
        for (sample, left_out) in self.left_out.iter_mut().enumerate() {
            if !mask.holds(sample) {
                left_out.add(actual, error);
            }
        }
        self.moments.add(actual, error);
    }

    /// Adds the rows of arrays of one length that have both numbers; rows where either is null are skipped.
    pub fn update(
        &mut self,
        actual: &Float64Array,
        predicted: &Float64Array,
        masks: &[SampleMask],
    ) {
        debug_assert!(actual.len() == predicted.len() && actual.len() == masks.len());
        if actual.null_count() == 0 && predicted.null_count() == 0 {
            for ((&actual, &predicted), &mask) in
                actual.values().iter().zip(predicted.values()).zip(masks)
            {
                self.add(actual, predicted, mask);
            }
        } else {
            for ((actual, predicted), &mask) in actual.iter().zip(predicted).zip(masks) {
                if let (Some(actual), Some(predicted)) = (actual, predicted) {
                    self.add(actual, predicted, mask);
                }
            }
        }
    }

    /// Adds all rows of another state.
    pub fn merge(&mut self, other: &Self) {
        self.rows.merge(&other.rows);
        self.all.merge(&other.all);
        for (left_out, more) in self.left_out.iter_mut().zip(&other.left_out) {
            left_out.merge(more);
        }
        self.moments.merge(&other.moments);
    }

    /// Rows with both numbers.
    pub fn rows(&self) -> u64 {
        self.rows.all
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        let left_out: usize = self.left_out.iter().map(Errors::heap_size).sum();
        self.all.heap_size() + left_out + self.moments.heap_size()
    }

    /// SageMaker's mae, mse, rmse and r2 (formats.md 6.1), then bias, mape and, where quantiles were taken, those.
    ///
    /// mae, rmse, bias (mean of predicted - actual) and the residual's quantiles are in the label's unit, mse in its
    /// square; r2 and mape are shares, mape not percent. Means have Student's interval, rmse the roots of mse's, and r2
    /// that of the delta method as a ratio of moments (Agresti, "Categorical Data Analysis", 3rd ed., 16.1).
    ///
    /// Undefined with a reason: everything without rows, mape where a label is 0, what overflows. r2 of constant labels is
    /// 0.0 as SageMaker's 0/0. One row has no intervals. Quantiles that were not pushed as said there are left out.
    pub fn finish(&self, quantiles: Option<&ResidualQuantiles>) -> Measured {
        Measured {
            rows: self.rows(),
            figures: figures::figures(self, quantiles),
            ..Measured::default()
        }
    }
}
