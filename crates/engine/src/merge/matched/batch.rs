//! What choosing reads of a batch of predictions.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, StringArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use groundline_capture::Column;

use crate::error::EngineError;

/// Which records of a batch begin a unit: what one label is for (`sql/merge/candidates.sql`).
pub(crate) fn unit_starts(
    batch: &RecordBatch,
    each_record: bool,
    last: &mut Option<i64>,
) -> Result<Vec<bool>, EngineError> {
    let positions = number_column::<Int64Type>(batch, Column::Position)?;
    let starts = positions.values().iter().map(|position| {
        let is_start = each_record || *last != Some(*position);
        *last = Some(*position);
        is_start
    });
    Ok(starts.collect())
}

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

    /// The event id where it is another one than the key.
    pub(crate) fn other(&self, row: usize) -> Option<&'a str> {
        let has_other = self.inference.is_valid(row) && self.event.is_valid(row);
        let other = has_other.then(|| self.event.value(row))?;
        (other != self.key(row)).then_some(other)
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
