//! Labels on a cluster: counted first, then read as rows that are shuffled by key.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Builder, StringBuilder, UInt32Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use groundline_capture::{Encoding, Grain, label_shape};
use serde::{Deserialize, Serialize};

use super::super::label_index::{LABEL_COLUMNS, PackedShape, length_bit};
use super::opened::OpenedMerge;
use super::told::{Hearing, Said, Saying, say};
use crate::cluster::{ClusterError, Rows, body_of, read_body, unit_rows};
use crate::error::EngineError;
use crate::key_table::shard_of;
use crate::read::{FileLog, LogKey, ReadOptions, RecordReader, ScanLog, Side};
use crate::tables::Input;

/// Rows of a batch that is shuffled, and bytes of its texts.
const ROWS: usize = 8192;
const TEXT: usize = 4 << 20;
/// Objects, and rejects, of which a task speaks at once.
const SPOKEN: usize = 512;

/// Rows of labels on their way to the part that their key is in.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("shard", DataType::UInt64, false),
        Field::new("file", DataType::UInt32, false),
        Field::new("position", DataType::Int64, false),
        Field::new("shape", DataType::UInt32, false),
        Field::new("key", DataType::Utf8, false),
        Field::new("label", DataType::Utf8, true),
        Field::new("encoding", DataType::Utf8, true),
    ]))
}

fn options(merge: &OpenedMerge, log: &Arc<ScanLog>) -> ReadOptions {
    ReadOptions {
        grain: Grain::Capture,
        columns: LABEL_COLUMNS.to_vec(),
        batch_rows: merge.run.resources.batch_size,
        batch_bytes: TEXT,
        limits: merge.run.resources.limits,
        log: Arc::clone(log),
        progress: None,
    }
}

/// Counts the labels of some units, and says what was rejected of them.
pub(super) async fn count(
    merge: &OpenedMerge,
    mut units: SendableRecordBatchStream,
    rows: &Rows,
) -> Result<(), EngineError> {
    let log = Arc::new(ScanLog::default());
    let options = options(merge, &log);
    let mut read = LabelsRead::default();
    let (mut first, mut spoken) = (None, 0);
    while let Some(batch) = units.next().await.transpose()? {
        for (file, range) in unit_rows(&batch)? {
            let what = *first.get_or_insert(counted(file, range));
            let input = merge.label_file(file)?;
            let mut reader = RecordReader::open(input, range, &options).await?;
            while let Some(batch) = reader.next().await? {
                let keys = batch.column(0).as_string::<i32>();
                let labels = batch.column(1).as_string::<i32>();
                for row in 0..batch.num_rows() {
                    read.lengths |= length_bit(keys.value(row).len());
                    read.bytes += 32 + keys.value(row).len() as u64;
                    if labels.is_valid(row) {
                        read.bytes += labels.value(row).len() as u64;
                    }
                }
            }
            for (key, log) in log.take() {
                spoken += 1 + log.rejects.len();
                read.logs.push(LabelLog {
                    file,
                    start: key.start,
                    counts: log.counts,
                    rejects: log.rejects,
                });
            }
            if spoken >= SPOKEN {
                say(rows, what, &body_of(&std::mem::take(&mut read))?).await?;
                (first, spoken) = (None, 0);
            }
        }
    }
    match first {
        Some(what) => say(rows, what, &body_of(&read)?).await,
        None => Ok(()),
    }
}

/// Tells what is said of some units from what is said of others: the first one's object, and where it begins in MiB.
fn counted(file: u32, range: Option<(u64, u64)>) -> Saying {
    let start = range.map_or(0, |(from, _)| from >> 20);
    Saying {
        said: Said::Labels,
        number: i64::from(file),
        turn: i32::try_from(start).unwrap_or(i32::MAX),
    }
}

/// What was noticed of a label object or a part of it.
#[derive(Serialize, Deserialize)]
struct LabelLog {
    /// Number of the object.
    file: u32,
    start: u64,
    counts: groundline_capture::Counts,
    rejects: Vec<groundline_capture::Reject>,
}

/// What a task that counts labels says at a time.
#[derive(Default, Serialize, Deserialize)]
struct LabelsRead {
    logs: Vec<LabelLog>,
    /// A bit for each length that a key has.
    lengths: u128,
    /// Bytes of keys and labels.
    bytes: u64,
}

/// What all tasks counted.
#[derive(Default)]
pub(super) struct LabelCount {
    pub(super) logs: BTreeMap<LogKey, FileLog>,
    /// Which lengths keys have.
    pub(super) lengths: u128,
    pub(super) bytes: u64,
    hearing: Hearing,
}

impl LabelCount {
    pub(super) async fn take(
        &mut self,
        stream: SendableRecordBatchStream,
        labels: &[Input],
    ) -> Result<(), EngineError> {
        let mut hearing = std::mem::take(&mut self.hearing);
        let heard = hearing.hear(stream, |_, body| self.note(read_body(body)?, labels));
        let heard = heard.await;
        self.hearing = hearing;
        heard
    }

    fn note(&mut self, read: LabelsRead, labels: &[Input]) -> Result<(), EngineError> {
        self.lengths |= read.lengths;
        self.bytes += read.bytes;
        for log in read.logs {
            let input = labels
                .get(log.file as usize)
                .ok_or_else(|| ClusterError::Garbled {
                    what: "what a task says of labels",
                    why: format!("the job has no object of number {}", log.file),
                })?;
            let key = LogKey {
                side: Side::Labels,
                endpoint: input.endpoint.clone(),
                variant: input.variant.clone(),
                hour: Some(input.hour),
                file: input.object.key.clone(),
                start: log.start,
            };
            let log = FileLog {
                counts: log.counts,
                rejects: log.rejects,
                unpaired: false,
                object: Some((input.root.clone(), input.object.clone())),
            };
            self.logs.insert(key, log);
        }
        Ok(())
    }

    /// Every task's words are whole.
    pub(super) fn finish(self) -> Result<Self, ClusterError> {
        self.hearing.finish()?;
        Ok(self)
    }
}

/// Reads the labels of some units.
pub(super) async fn read(
    merge: &OpenedMerge,
    mut units: SendableRecordBatchStream,
    rows: &Rows,
) -> Result<(), EngineError> {
    // They were counted before.
    let log = Arc::new(ScanLog::default());
    let options = options(merge, &log);
    let mut labels = LabelRows::default();
    while let Some(batch) = units.next().await.transpose()? {
        for (file, range) in unit_rows(&batch)? {
            let input = merge.label_file(file)?;
            let mut reader = RecordReader::open(input, range, &options).await?;
            while let Some(batch) = reader.next().await? {
                for row in 0..batch.num_rows() {
                    labels.push(merge, file, &batch, row);
                    if labels.is_full() && rows.send(Ok(labels.finish()?)).await.is_err() {
                        return Ok(());
                    }
                }
            }
            log.take();
        }
    }
    if labels.rows > 0 {
        let _ = rows.send(Ok(labels.finish()?)).await;
    }
    Ok(())
}

#[derive(Default)]
struct LabelRows {
    shard: UInt64Builder,
    file: UInt32Builder,
    position: Int64Builder,
    shape: UInt32Builder,
    key: StringBuilder,
    label: StringBuilder,
    encoding: StringBuilder,
    rows: usize,
    bytes: usize,
}

impl LabelRows {
    /// A row of a batch that has [`LABEL_COLUMNS`].
    fn push(&mut self, merge: &OpenedMerge, file: u32, batch: &RecordBatch, row: usize) {
        let text = |column: usize| {
            let texts = batch.column(column).as_string::<i32>();
            texts.is_valid(row).then(|| texts.value(row))
        };
        let (key, label, encoding) = (text(0).unwrap_or_default(), text(1), text(2));
        let attribute = merge.run.ground_truth.as_ref();
        let shape = label_shape(label, Encoding::parse(encoding), attribute);
        let position = batch.column(3).as_primitive::<Int64Type>().value(row);
        self.shard.append_value(shard_of(key));
        self.file.append_value(file);
        self.position.append_value(position);
        self.shape.append_value(PackedShape::new(shape).bits());
        self.key.append_value(key);
        self.label.append_option(label);
        self.encoding.append_option(encoding);
        self.rows += 1;
        self.bytes += key.len() + label.map_or(0, str::len);
    }

    fn is_full(&self) -> bool {
        self.rows >= ROWS || self.bytes >= TEXT
    }

    fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        (self.rows, self.bytes) = (0, 0);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.shard.finish()),
            Arc::new(self.file.finish()),
            Arc::new(self.position.finish()),
            Arc::new(self.shape.finish()),
            Arc::new(self.key.finish()),
            Arc::new(self.label.finish()),
            Arc::new(self.encoding.finish()),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}
