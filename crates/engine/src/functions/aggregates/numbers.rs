//! Rows whose label and prediction are numbers.

use arrow::array::{Array, ArrayRef};
use datafusion::common::{DataFusionError, Result};
use groundline_quality::{RegressionState, SAMPLES, SampleMask};
use serde::{Deserialize, Serialize};

use super::accumulator::Kept;
use super::call::{Call, both};
use crate::functions::measured::finite_numbers;

/// SQL shows no standard deviations. A regression sums up the rows that a sample leaves out, so every row is in all.
const ALL_SAMPLES: SampleMask = SampleMask((1 << SAMPLES) - 1);

/// Sums over labels and errors.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Numbers(RegressionState);

impl Kept for Numbers {
    fn update(&mut self, call: &Call, label: &ArrayRef, prediction: &ArrayRef) -> Result<()> {
        let (actual, predicted) = (finite_numbers(label)?, finite_numbers(prediction)?);
        for row in both(label, prediction) {
            if actual.is_null(row) {
                return Err(no_number(call, "label", label, row));
            }
            if predicted.is_null(row) {
                return Err(no_number(call, "prediction", prediction, row));
            }
            self.0
                .add(actual.value(row), predicted.value(row), ALL_SAMPLES);
        }
        Ok(())
    }

    fn merge(&mut self, _call: &Call, other: Self) -> Result<()> {
        self.0.merge(&other.0);
        Ok(())
    }

    fn heap_size(&self) -> usize {
        self.0.heap_size()
    }

    fn value(&self, metric: &str) -> Option<f64> {
        self.0.finish(None).figure(metric)?.value
    }
}

fn no_number(call: &Call, side: &str, column: &ArrayRef, row: usize) -> DataFusionError {
    let remedy = format!("leave such rows out with WHERE finite_number({side}) IS NOT NULL");
    call.misfit(side, column, row, "no finite number", &remedy)
}
