//! A part of the join: labels and ids of the same keys, sorted, through the index of the other plans.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, UInt32Type, UInt64Type};
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use hashbrown::DefaultHashBuilder;

use super::super::label_index::{ChoiceMemory, Label, PackedShape};
use super::super::spill::{Id, LabelRows, MatchWriter, Part, PartWriter, settle};
use super::found::{self, Found, NO_HOUR};
use super::opened::OpenedMerge;
use super::told::PartFate;
use crate::cluster::{ColumnReader, Rows, body_of};
use crate::error::EngineError;
use crate::key_table::hash_key;
use crate::spill_file::{SpillFile, SpillStore};

/// Joins a part: `labels` in label order, `events` in the order of the predictions.
pub(super) async fn join(
    merge: &OpenedMerge,
    labels: SendableRecordBatchStream,
    events: SendableRecordBatchStream,
    rows: &Rows,
) -> Result<(), EngineError> {
    let run = &merge.run;
    let store = SpillStore::create(&run.resources.temp_dir)?;
    let hasher = DefaultHashBuilder::default();
    let mut any = None;
    let labels = spill_labels(labels, &store, &hasher, &mut any).await?;
    let events = spill_events(merge, events, &store, rows, &mut any).await?;
    let Some(any) = any else {
        // Nothing has a key of this part.
        return Ok(());
    };
    let part = Part {
        labels,
        events,
        files: Arc::clone(&merge.labels),
        hasher,
    };
    let index = part.index(run).await?;
    let mut matches = MatchWriter::new(&store);
    let memory = ChoiceMemory::new();
    part.see(&index, run, &merge.predictions, memory, Some(&mut matches))
        .await?;
    let given = give_matches(merge, &matches.finish()?, rows).await?;

    let settled = settle(&part, &index, run, &merge.predictions, &store).await?;
    // Parts have no number of their own; of the same rows each try gives the same.
    let (slot, number) = (merge.any_slot(any), any.cast_signed());
    let fate = settled.fate;
    let body = body_of(&PartFate { fate, given })?;
    let row = found::row(slot, NO_HOUR, Found::Fate, (number, 0), Some(&body))?;
    let _ = rows.send(Ok(row)).await;
    for (turn, batch) in (0_i32..).zip(settled.unmatched.batches()) {
        let bytes = stream_of(&batch?)?;
        let turn = (number, turn);
        let row = found::row(slot, NO_HOUR, Found::Unmatched, turn, Some(&bytes))?;
        let _ = rows.send(Ok(row)).await;
    }
    Ok(())
}

/// A batch in Arrow's stream format.
fn stream_of(batch: &RecordBatch) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

async fn spill_labels(
    mut stream: SendableRecordBatchStream,
    store: &Arc<SpillStore>,
    hasher: &DefaultHashBuilder,
    any: &mut Option<u64>,
) -> Result<SpillFile, EngineError> {
    let mut labels: PartWriter<LabelRows> = PartWriter::new(store);
    while let Some(batch) = stream.next().await.transpose()? {
        let columns = ColumnReader(&batch);
        let (shards, files) = (
            columns.number::<UInt64Type>(0)?,
            columns.number::<UInt32Type>(1)?,
        );
        let (positions, shapes) = (
            columns.number::<Int64Type>(2)?,
            columns.number::<UInt32Type>(3)?,
        );
        let (keys, texts, encodings) = (columns.text(4)?, columns.text(5)?, columns.text(6)?);
        for row in 0..batch.num_rows() {
            any.get_or_insert(shards.value(row));
            let key = keys.value(row);
            let label = Label {
                key,
                hash: hash_key(hasher, key),
                label: texts.is_valid(row).then(|| texts.value(row)),
                encoding: encodings.is_valid(row).then(|| encodings.value(row)),
                file: files.value(row),
                position: positions.value(row),
                shape: PackedShape::from_bits(shapes.value(row)),
            };
            labels.add(0, |rows| rows.push(&label))?;
        }
    }
    labels.finish()
}

/// Keeps the ids, and hands on what is said of hours.
async fn spill_events(
    merge: &OpenedMerge,
    mut stream: SendableRecordBatchStream,
    store: &Arc<SpillStore>,
    rows: &Rows,
    any: &mut Option<u64>,
) -> Result<SpillFile, EngineError> {
    let mut events = SpillFile::new(store);
    while let Some(batch) = stream.next().await.transpose()? {
        let columns = ColumnReader(&batch);
        let (files, kinds) = (
            columns.number::<UInt32Type>(0)?,
            columns.number::<UInt32Type>(5)?,
        );
        let keys = columns.text(3)?;
        let shards = columns.number::<UInt64Type>(7)?;
        let told = Id::Hour.number();
        if kinds.values().iter().all(|kind| *kind < told) {
            if !shards.is_empty() {
                any.get_or_insert(shards.value(0));
            }
            events.append(&batch, 0)?;
            continue;
        }
        let ids = arrow::array::BooleanArray::from_unary(kinds, |kind| kind < told);
        let ids = arrow::compute::filter_record_batch(&batch, &ids)?;
        if ids.num_rows() > 0 {
            let shards = ids.column(7).as_primitive::<UInt64Type>();
            any.get_or_insert(shards.value(0));
            events.append(&ids, 0)?;
        }
        for row in (0..batch.num_rows()).filter(|row| kinds.value(*row) >= told) {
            let partition = merge.predictions.partition(files.value(row));
            let slot = merge.slot(partition)?;
            let told = match kinds.value(row) == told {
                true => found::row(slot, partition, Found::Hour, (0, 0), None)?,
                false => {
                    let why = Some(keys.value(row).as_bytes());
                    let file = i64::from(files.value(row));
                    found::row(slot, partition, Found::Unread, (file, 0), why)?
                }
            };
            let _ = rows.send(Ok(told)).await;
        }
    }
    Ok(events)
}

/// How many labels it gave to hours.
async fn give_matches(
    merge: &OpenedMerge,
    matches: &SpillFile,
    rows: &Rows,
) -> Result<u64, EngineError> {
    let mut given = 0;
    for (block, batch) in matches.batches().enumerate() {
        let batch = batch?;
        given += batch.num_rows() as u64;
        let Some(partition) = matches.mark(block) else {
            break;
        };
        let batch = found::matches(merge.slot(partition)?, partition, &batch)?;
        if rows.send(Ok(batch)).await.is_err() {
            break;
        }
    }
    Ok(given)
}
