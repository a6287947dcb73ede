//! Rows of any classes, compared by name.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use groundline_capture::{LabelType, class_text};
use groundline_quality::{MulticlassState, SampleMask, TooManyClasses};
use serde::{Deserialize, Serialize};

use super::accumulator::Kept;
use super::call::{Call, both};

/// Counts by label and prediction.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Named(MulticlassState);

impl Kept for Named {
    fn update(&mut self, call: &Call, label: &ArrayRef, prediction: &ArrayRef) -> Result<()> {
        let (labels, predictions) = (
            cast(label, &DataType::Utf8)?,
            cast(prediction, &DataType::Utf8)?,
        );
        let (labels, predictions) = (labels.as_string::<i32>(), predictions.as_string::<i32>());
        for row in both(label, prediction) {
            let empty = |side, column| {
                let remedy = "leave such rows out with WHERE";
                call.misfit(side, column, row, "no class", remedy)
            };
            let actual = labels.is_valid(row).then(|| labels.value(row));
            let predicted = predictions.is_valid(row).then(|| predictions.value(row));
            let of = |text| class_text(text, LabelType::Auto);
            let actual = actual.and_then(of).ok_or_else(|| empty("label", label))?;
            let predicted = predicted
                .and_then(of)
                .ok_or_else(|| empty("prediction", prediction))?;
            let added = self.0.add(&actual, &predicted, SampleMask(0));
            added.map_err(|error| too_many(call, &error))?;
        }
        Ok(())
    }

    fn merge(&mut self, call: &Call, other: Self) -> Result<()> {
        let merged = self.0.merge(&other.0);
        merged.map_err(|error| too_many(call, &error))
    }

    fn heap_size(&self) -> usize {
        self.0.heap_size()
    }

    fn value(&self, metric: &str) -> Option<f64> {
        self.0.finish().figure(metric)?.value
    }
}

fn too_many(call: &Call, error: &TooManyClasses) -> DataFusionError {
    exec_datafusion_err!("{}: {error}", call.metric)
}
