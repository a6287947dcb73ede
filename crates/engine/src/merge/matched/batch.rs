//! What choosing reads of a batch of predictions.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, StringArray};
use arrow::record_batch::RecordBatch;
use groundline_capture::Column;

use crate::error::EngineError;

/// The ids of a batch's records.
pub(crate) struct Ids<'a> {
    event: &'a StringArray,
    inference: &'a StringArray,
}

impl<'a> Ids<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self, EngineError> {
        let text = |c: Column| -> Result<&'a StringArray, EngineError> {
            Ok(batch
                .column(batch.schema().index_of(c.name())?)
                .as_string::<i32>())
        };
        Ok(Self {
            event: text(Column::EventId)?,
            inference: text(Column::InferenceId)?,
        })
    }

    /// `coalesce(inference_id, event_id)`.
    pub(crate) fn key(&self, row: usize) -> &'a str {
        if self.inference.is_valid(row) {
            self.inference.value(row)
        } else {
            self.event.value(row)
        }
    }
}

pub(crate) fn number_column<T: ArrowPrimitiveType>(
    batch: &RecordBatch,
    column: Column,
) -> Result<&PrimitiveArray<T>, EngineError> {
    Ok(batch
        .column(batch.schema().index_of(column.name())?)
        .as_primitive::<T>())
}

/// Text bytes of a record.
pub(super) fn row_bytes(batch: &RecordBatch, row: usize) -> usize {
    let texts = batch
        .columns()
        .iter()
        .filter_map(|c| c.as_string_opt::<i32>());
    texts
        .map(|text| usize::try_from(text.value_length(row)).unwrap_or(0))
        .sum()
}
