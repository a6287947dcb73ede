//! Rows of two classes, with a prediction or with a probability.

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array};
use datafusion::common::{Result, exec_err};
use groundline_quality::{BinaryState, SampleMask};
use serde::{Deserialize, Serialize};

use super::accumulator::Kept;
use super::call::{Call, both};
use crate::functions::measured::finite_numbers;

/// SQL shows no standard deviations, so no row is in a sample.
const NO_SAMPLE: SampleMask = SampleMask(0);

/// Labels and predictions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Predicted(BinaryState);

/// Labels and probabilities of the positive class.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Probable(BinaryState);

impl Kept for Predicted {
    fn update(&mut self, call: &Call, label: &ArrayRef, prediction: &ArrayRef) -> Result<()> {
        let (actual, predicted) = (classes(call, label)?, classes(call, prediction)?);
        for row in both(label, prediction) {
            if actual.is_null(row) {
                return Err(call.neither("label", label, row));
            }
            if predicted.is_null(row) {
                return Err(call.neither("prediction", prediction, row));
            }
            self.0
                .add(actual.value(row), predicted.value(row), None, NO_SAMPLE);
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
        value(&self.0, metric)
    }
}

impl Kept for Probable {
    fn update(&mut self, call: &Call, label: &ArrayRef, probability: &ArrayRef) -> Result<()> {
        probable(call, label, probability, |positive, probability| {
            // What is predicted is in none of these metrics.
            self.0.add(positive, positive, Some(probability), NO_SAMPLE);
            Ok(())
        })
    }

    fn merge(&mut self, _call: &Call, other: Self) -> Result<()> {
        self.0.merge(&other.0);
        Ok(())
    }

    fn heap_size(&self) -> usize {
        self.0.heap_size()
    }

    fn value(&self, metric: &str) -> Option<f64> {
        value(&self.0, metric)
    }
}

fn value(state: &BinaryState, metric: &str) -> Option<f64> {
    state.finish(None, ["", ""]).figure(metric)?.value
}

/// Hands on the class and the probability of each row that has both.
pub(super) fn probable(
    call: &Call,
    label: &ArrayRef,
    probability: &ArrayRef,
    mut take: impl FnMut(bool, f64) -> Result<()>,
) -> Result<()> {
    let actual = classes(call, label)?;
    let probabilities: Float64Array = finite_numbers(probability)?;
    for row in both(label, probability) {
        if actual.is_null(row) {
            return Err(call.neither("label", label, row));
        }
        let number = probabilities
            .is_valid(row)
            .then(|| probabilities.value(row));
        let Some(number) = number.filter(|number| (0.0..=1.0).contains(number)) else {
            return Err(call.misfit(
                "probability",
                probability,
                row,
                "no number from 0 to 1",
                "leave such rows out with WHERE, or give the probability of the positive class",
            ));
        };
        take(actual.value(row), number)?;
    }
    Ok(())
}

fn classes(call: &Call, values: &ArrayRef) -> Result<BooleanArray> {
    match &call.classes {
        Some(classes) => classes.of(values),
        None => exec_err!("{}: the classes are missing", call.metric),
    }
}
