//! What tasks say to whoever planned them: rows of a kind, a number, and text.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, UInt32Type};
use arrow::ipc::reader::StreamReader;
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use super::super::label_fate::LabelFate;
use super::super::outcome::HourOutcome;
use super::super::settings::ModelRun;
use crate::cluster::{ClusterError, ColumnReader, Rows, read_body};
use crate::error::EngineError;
use crate::spill_file::{SpillFile, SpillStore};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// An hour by its number, with its outcome.
    Hour,
    /// What became of the labels of a part.
    Fate,
    /// Labels of a part that no prediction took, as Arrow's stream format; of a part in label order.
    Unmatched,
    /// What was noticed of label objects.
    Labels,
}

impl Said {
    const ALL: [Self; 4] = [Self::Hour, Self::Fate, Self::Unmatched, Self::Labels];

    pub(super) fn number(self) -> u32 {
        self as u32
    }

    fn parse(number: u32) -> Result<Self, ClusterError> {
        let known = Self::ALL.into_iter().find(|said| said.number() == number);
        known.ok_or_else(|| ClusterError::Garbled {
            what: "what a task says",
            why: format!("kind {number} is unknown"),
        })
    }
}

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("kind", DataType::UInt32, false),
        Field::new("number", DataType::Int64, false),
        Field::new("body", DataType::Binary, false),
    ]))
}

/// Says one thing; nobody listens any more where the job has ended.
pub(super) async fn say(
    rows: &Rows,
    said: Said,
    number: i64,
    body: &[u8],
) -> Result<(), EngineError> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(vec![said.number()])),
        Arc::new(Int64Array::from(vec![number])),
        Arc::new(BinaryArray::from_vec(vec![body])),
    ];
    let batch = RecordBatch::try_new(schema(), columns)?;
    let _ = rows.send(Ok(batch)).await;
    Ok(())
}

/// The rows of a stream, one after the other.
pub(super) async fn each(
    mut stream: SendableRecordBatchStream,
    mut take: impl FnMut(Said, i64, &[u8]) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    while let Some(batch) = stream.next().await.transpose()? {
        let columns = ColumnReader(&batch);
        let (kinds, numbers) = (
            columns.number::<UInt32Type>(0)?,
            columns.number::<Int64Type>(1)?,
        );
        let bodies = columns.bytes(2)?;
        for row in 0..batch.num_rows() {
            take(
                Said::parse(kinds.value(row))?,
                numbers.value(row),
                bodies.value(row),
            )?;
        }
    }
    Ok(())
}

/// What the tasks of a merge said.
pub(super) struct Told<'a> {
    run: &'a ModelRun,
    hours: BTreeMap<u32, HourOutcome>,
    fate: LabelFate,
    store: Arc<SpillStore>,
    /// By part.
    unmatched: BTreeMap<i64, SpillFile>,
}

impl<'a> Told<'a> {
    pub(super) fn new(run: &'a ModelRun) -> Result<Self, EngineError> {
        Ok(Self {
            run,
            hours: BTreeMap::new(),
            fate: LabelFate::default(),
            store: SpillStore::create(&run.resources.temp_dir)?,
            unmatched: BTreeMap::new(),
        })
    }

    pub(super) async fn take(
        &mut self,
        stream: SendableRecordBatchStream,
    ) -> Result<(), EngineError> {
        each(stream, |said, number, body| self.hear(said, number, body)).await
    }

    fn hear(&mut self, said: Said, number: i64, body: &[u8]) -> Result<(), EngineError> {
        match said {
            Said::Hour => {
                let hour = u32::try_from(number).unwrap_or(u32::MAX);
                if self.hours.insert(hour, read_body(body)?).is_some() {
                    return Err(self.open(format!("hour {hour} was written twice")));
                }
                self.run.progress.hour_done();
            }
            Said::Fate => self.fate.add(read_body(body)?),
            Said::Unmatched => {
                let of_part = self.unmatched.entry(number);
                let file = of_part.or_insert_with(|| SpillFile::new(&self.store));
                for batch in StreamReader::try_new(Cursor::new(body), None)? {
                    file.append(&batch?, 0)?;
                }
            }
            Said::Labels => return Err(self.open("labels were counted twice".to_owned())),
        }
        Ok(())
    }

    /// Every hour has said what came of it, or the run cannot be trusted.
    pub(super) fn finish(
        self,
    ) -> Result<(Vec<HourOutcome>, LabelFate, Vec<SpillFile>), EngineError> {
        let wanted = self.run.inputs.partitions.len();
        if self.hours.len() != wanted {
            return Err(self.open(format!(
                "{} of {wanted} hours said what came of them",
                self.hours.len()
            )));
        }
        Ok((
            self.hours.into_values().collect(),
            self.fate,
            self.unmatched.into_values().collect(),
        ))
    }

    fn open(&self, detail: String) -> EngineError {
        EngineError::LedgerOpen {
            model: self.run.model.name.clone(),
            detail,
        }
    }
}

/// What was noticed of a label object or a part of it.
#[derive(Serialize, Deserialize)]
pub(super) struct LabelLog {
    /// Number of the object.
    pub(super) file: u32,
    pub(super) start: u64,
    pub(super) counts: groundline_capture::Counts,
    pub(super) rejects: Vec<groundline_capture::Reject>,
}

/// What a task that counts labels says at a time.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct LabelsRead {
    pub(super) logs: Vec<LabelLog>,
    /// Lengths of keys, in two halves.
    pub(super) lengths: (u64, u64),
    /// Bytes of keys and labels.
    pub(super) bytes: u64,
}
