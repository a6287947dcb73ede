//! The ids of predictions as rows that are shuffled by key: what choosing labels needs, no payload.

use std::sync::Arc;

use arrow::array::{ArrayRef, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::super::outcome::HourFailure;
use super::super::spill::{EventBatch, EventRows, Id, SpillRows, event_options};
use super::opened::OpenedMerge;
use crate::cluster::{Rows, body_of, unit_rows};
use crate::error::EngineError;
use crate::key_table::shard_of;
use crate::read::{ReadOptions, RecordReader};

/// Bytes of a batch that is shuffled.
const BYTES: usize = 1 << 20;

/// Rows of ids: those that parts of the join spill, and what they are shuffled by.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::UInt32, false),
        Field::new("position", DataType::Int64, false),
        Field::new("record_count", DataType::UInt32, false),
        Field::new("key", DataType::Utf8, false),
        Field::new("unit", DataType::Int32, false),
        Field::new("kind", DataType::UInt32, false),
        Field::new("own", DataType::Utf8, true),
        Field::new("shard", DataType::UInt64, false),
    ]))
}

/// Reads the ids of some units. The task that begins an hour says that there is one; an object that cannot be read is
/// its hour's failure.
pub(super) async fn read(
    merge: &OpenedMerge,
    lengths: u128,
    mut units: SendableRecordBatchStream,
    rows: &Rows,
) -> Result<(), EngineError> {
    let options = event_options(&merge.run);
    let mut shuffled = Shuffled::default();
    while let Some(batch) = units.next().await.transpose()? {
        for (file, range) in unit_rows(&batch)? {
            let partition = merge.predictions.partition(file);
            let begins = range.is_none_or(|(from, _)| from == 0);
            if begins && merge.predictions.number(partition, 0) == file {
                shuffled.push(file, (0, 0), 0, Id::Hour);
            }
            let unit = (file, range);
            let ended = read_unit(merge, unit, lengths, &options, &mut shuffled, rows).await;
            if let Err(error) = ended {
                let why = body_of(&HourFailure::of(&error))?;
                let why = String::from_utf8_lossy(&why);
                shuffled.push(file, (0, 0), 0, Id::Unread(&why));
            }
            // Nobody counts here.
            options.log.take();
        }
    }
    shuffled.send(rows).await
}

async fn read_unit(
    merge: &OpenedMerge,
    (file, range): (u32, Option<(u64, u64)>),
    lengths: u128,
    options: &ReadOptions,
    shuffled: &mut Shuffled,
    rows: &Rows,
) -> Result<(), EngineError> {
    let run = &merge.run;
    let input = merge.prediction_file(file)?;
    let each_record = run.model.id_attribute.is_some();
    // A record lies in one unit, so each unit begins with a new one.
    let mut last = None;
    let mut reader = RecordReader::open(input, range, options).await?;
    while let Some(batch) = reader.next().await? {
        let batch = EventBatch::of(batch, run.filter.as_deref(), input)?;
        batch.each_id(each_record, lengths, &mut last, |place, count, id| {
            shuffled.push(file, place, count, id);
            Ok(())
        })?;
        if shuffled.rows.bytes() >= BYTES {
            shuffled.send(rows).await?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Shuffled {
    rows: EventRows,
    shards: UInt64Builder,
}

impl Shuffled {
    fn push(&mut self, file: u32, place: (i64, i32), count: u32, id: Id<'_>) {
        self.shards.append_value(match id {
            // All in one part, which hands them on.
            Id::Hour | Id::Unread(_) => 0,
            Id::Key(id) | Id::Event { id, .. } | Id::LeftOut(id) => shard_of(id),
        });
        self.rows.push(file, place, count, id);
    }

    async fn send(&mut self, rows: &Rows) -> Result<(), EngineError> {
        if self.rows.bytes() == 0 {
            return Ok(());
        }
        let batch = self.rows.finish()?;
        let mut columns = batch.columns().to_vec();
        let shards: ArrayRef = Arc::new(self.shards.finish());
        columns.push(shards);
        let batch = RecordBatch::try_new(schema(), columns)?;
        // Nobody listens any more where the job has ended.
        let _ = rows.send(Ok(batch)).await;
        Ok(())
    }
}
