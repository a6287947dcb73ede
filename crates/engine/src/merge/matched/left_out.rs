//! Records that the model's `where` leaves out: counted, and noted for the labels of their keys.

use std::sync::atomic::Ordering;

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use groundline_capture::Column;

use super::batch::{Ids, number_column};
use super::{HourLabels, Matcher};
use crate::error::EngineError;
use crate::merge::label_index::LabelIndex;
use crate::merge::sighting::Sighting;
use crate::merge::unmatched_reason::UnmatchedReason;
use crate::tables::Input;

impl Matcher {
    /// The records that the model's `where` keeps.
    pub(super) fn keep(&self, batch: RecordBatch) -> Result<RecordBatch, EngineError> {
        let run = &self.hour.run;
        let (Some(filter), Some(input)) = (&run.filter, self.hour.partition.inputs.get(self.input))
        else {
            return Ok(batch);
        };
        let keeps = filter.keeps(&batch, input)?;
        let dropped = keeps.false_count();
        if dropped == 0 {
            return Ok(batch);
        }
        if self.counts {
            self.hour
                .filtered
                .fetch_add(dropped as u64, Ordering::Relaxed);
        }
        if let (true, HourLabels::Indexed(index)) = (self.notes, &self.hour.labels) {
            note_filtered(index, input, &batch, &keeps)?;
        }
        Ok(filter_record_batch(&batch, &keeps)?)
    }
}

/// Labels of the records that the model's `where` leaves out.
fn note_filtered(
    index: &LabelIndex,
    input: &Input,
    batch: &RecordBatch,
    keeps: &BooleanArray,
) -> Result<(), EngineError> {
    let ids = Ids::of(batch)?;
    let positions = number_column::<Int64Type>(batch, Column::Position)?;
    let rows: Vec<usize> = (0..batch.num_rows())
        .filter(|row| !keeps.value(*row))
        .collect();
    let (mut heads, mut spelled) = (Vec::new(), Vec::new());
    index.find(
        rows.iter().map(|row| ids.key(*row)),
        &mut heads,
        &mut spelled,
    );
    for (row, head) in rows.iter().zip(&heads) {
        if let Some(head) = head {
            let reason = UnmatchedReason::PredictionFiltered;
            let (position, key) = (positions.value(*row), ids.key(*row));
            index.came_near(*head, &Sighting::in_input(reason, input, position, key));
        }
    }
    Ok(())
}
