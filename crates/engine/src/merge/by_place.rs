//! Sorted rows, handed out partition by partition.

use arrow::array::{AsArray, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use groundline_store::Hour;

use super::inputs::PartitionInputs;
use crate::error::EngineError;

/// Where an observation goes: endpoint, variant, hour.
pub(super) type Place = (String, String, Hour);

pub(super) fn place_of(inputs: &PartitionInputs) -> Place {
    (inputs.endpoint.clone(), inputs.variant.clone(), inputs.hour)
}

/// Rows sorted by endpoint, variant and hour, which are columns of theirs.
pub(super) struct ByPlace {
    batches: SendableRecordBatchStream,
    rest: Option<RecordBatch>,
}

impl ByPlace {
    pub(super) fn new(batches: SendableRecordBatchStream) -> Self {
        Self {
            batches,
            rest: None,
        }
    }

    /// The next rows of `place`, or `None` when they have all been given.
    pub(super) async fn next_of(
        &mut self,
        place: &Place,
    ) -> Result<Option<RecordBatch>, EngineError> {
        let Some(batch) = self.next_batch().await? else {
            return Ok(None);
        };
        let places = Places::of(&batch)?;
        let wanted = (place.0.as_str(), place.1.as_str(), place.2);
        let end = (0..batch.num_rows())
            .find(|row| places.get(*row) != wanted)
            .unwrap_or(batch.num_rows());
        if end < batch.num_rows() {
            self.rest = Some(batch.slice(end, batch.num_rows() - end));
        }
        Ok((end > 0).then(|| batch.slice(0, end)))
    }

    /// The place of the next row, if there is one.
    pub(super) async fn next_place(&mut self) -> Result<Option<Place>, EngineError> {
        let Some(batch) = self.next_batch().await? else {
            return Ok(None);
        };
        let places = Places::of(&batch)?;
        let (endpoint, variant, hour) = places.get(0);
        let place = (endpoint.to_owned(), variant.to_owned(), hour);
        self.rest = Some(batch);
        Ok(Some(place))
    }

    /// What is left of the last batch, or the next that has rows.
    async fn next_batch(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        if let Some(rest) = self.rest.take() {
            return Ok(Some(rest));
        }
        while let Some(batch) = self.batches.next().await {
            let batch = batch?;
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

/// The columns that say where a row goes.
struct Places<'a> {
    endpoints: &'a StringArray,
    variants: &'a StringArray,
    hours: &'a TimestampMicrosecondArray,
}

impl<'a> Places<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, EngineError> {
        let schema = batch.schema();
        let text = |name: &str| -> Result<&'a StringArray, EngineError> {
            Ok(batch.column(schema.index_of(name)?).as_string::<i32>())
        };
        Ok(Self {
            endpoints: text("endpoint")?,
            variants: text("variant")?,
            hours: batch
                .column(schema.index_of("hour")?)
                .as_primitive::<TimestampMicrosecondType>(),
        })
    }

    fn get(&self, row: usize) -> (&str, &str, Hour) {
        (
            self.endpoints.value(row),
            self.variants.value(row),
            Hour::from_micros(self.hours.value(row)),
        )
    }
}
