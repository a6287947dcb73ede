//! What tasks say to whoever planned them: rows of a kind, a number, and text.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int32Array, Int64Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, UInt32Type};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    fn number(self) -> u32 {
        self as u32
    }

    fn parse(number: u32) -> Result<Self, ClusterError> {
        let known = Self::ALL.into_iter().find(|said| said.number() == number);
        known.ok_or_else(|| garbled(format!("kind {number} is unknown")))
    }
}

/// What tells one thing that is said from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Saying {
    pub(super) said: Said,
    pub(super) number: i64,
    /// Of several of the same number.
    pub(super) turn: i32,
}

/// Bytes of a row's body: what is longer is said in pieces, since messages are bounded.
const PIECE: usize = 4 << 20;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("kind", DataType::UInt32, false),
        Field::new("number", DataType::Int64, false),
        Field::new("turn", DataType::Int32, false),
        Field::new("piece", DataType::UInt32, false),
        Field::new("pieces", DataType::UInt32, false),
        Field::new("body", DataType::Binary, false),
    ]))
}

/// Says one thing; nobody listens any more where the job has ended.
pub(super) async fn say(rows: &Rows, what: Saying, body: &[u8]) -> Result<(), EngineError> {
    let too_long = |_| garbled("it is too long".to_owned());
    let pieces = u32::try_from(body.len().div_ceil(PIECE).max(1)).map_err(too_long)?;
    for piece in 0..pieces {
        let from = piece as usize * PIECE;
        let part = body.get(from..body.len().min(from + PIECE));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(vec![what.said.number()])),
            Arc::new(Int64Array::from(vec![what.number])),
            Arc::new(Int32Array::from(vec![what.turn])),
            Arc::new(UInt32Array::from(vec![piece])),
            Arc::new(UInt32Array::from(vec![pieces])),
            Arc::new(BinaryArray::from_vec(vec![part.unwrap_or_default()])),
        ];
        let batch = RecordBatch::try_new(schema(), columns)?;
        if rows.send(Ok(batch)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Puts together what several tasks say. Where a stage begins again, a thing is said again, and heard once.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// Pieces that are there, until all are: then there is nothing left to keep.
    heard: BTreeMap<Saying, BTreeMap<u32, Vec<u8>>>,
}

impl Hearing {
    /// Hands on each thing that the stream makes whole.
    pub(super) async fn hear(
        &mut self,
        mut stream: SendableRecordBatchStream,
        mut take: impl FnMut(Saying, &[u8]) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        while let Some(batch) = stream.next().await.transpose()? {
            let columns = ColumnReader(&batch);
            let (kinds, numbers) = (
                columns.number::<UInt32Type>(0)?,
                columns.number::<Int64Type>(1)?,
            );
            let turns = columns.number::<Int32Type>(2)?;
            let (piece, pieces) = (
                columns.number::<UInt32Type>(3)?,
                columns.number::<UInt32Type>(4)?,
            );
            let bodies = columns.bytes(5)?;
            for row in 0..batch.num_rows() {
                let what = Saying {
                    said: Said::parse(kinds.value(row))?,
                    number: numbers.value(row),
                    turn: turns.value(row),
                };
                let piece = (piece.value(row), pieces.value(row));
                if let Some(whole) = self.whole(what, piece, bodies.value(row)) {
                    take(what, &whole)?;
                }
            }
        }
        Ok(())
    }

    /// The whole of a thing, with its last piece.
    fn whole(&mut self, what: Saying, (piece, pieces): (u32, u32), body: &[u8]) -> Option<Vec<u8>> {
        let heard = match self.heard.entry(what) {
            Entry::Occupied(known) if known.get().is_empty() => return None,
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(BTreeMap::new()),
        };
        heard.insert(piece, body.to_vec());
        let all = heard.len() == pieces as usize;
        all.then(|| std::mem::take(heard).into_values().flatten().collect())
    }

    /// Nothing lacks a piece.
    pub(super) fn finish(&self) -> Result<(), ClusterError> {
        match self.heard.iter().find(|(_, pieces)| !pieces.is_empty()) {
            Some((what, _)) => Err(garbled(format!("a part of {what:?} did not come"))),
            None => Ok(()),
        }
    }
}

fn garbled(why: String) -> ClusterError {
    ClusterError::Garbled {
        what: "what a task says",
        why,
    }
}

/// What came of an hour.
#[derive(Serialize, Deserialize)]
pub(super) struct HourDone {
    pub(super) outcome: HourOutcome,
    /// Labels that it was given.
    pub(super) taken: u64,
}

/// What became of the labels of a part.
#[derive(Serialize, Deserialize)]
pub(super) struct PartFate {
    pub(super) fate: LabelFate,
    /// Labels that it gave to hours.
    pub(super) given: u64,
}

/// What the tasks of a merge said.
pub(super) struct Told<'a> {
    run: &'a ModelRun,
    hearing: Hearing,
    hours: BTreeMap<u32, HourOutcome>,
    fate: LabelFate,
    /// Labels that parts gave to hours, and that hours took.
    given: u64,
    taken: u64,
    store: Arc<SpillStore>,
    /// By part.
    unmatched: BTreeMap<i64, SpillFile>,
}

impl<'a> Told<'a> {
    pub(super) fn new(run: &'a ModelRun) -> Result<Self, EngineError> {
        Ok(Self {
            run,
            hearing: Hearing::default(),
            hours: BTreeMap::new(),
            fate: LabelFate::default(),
            given: 0,
            taken: 0,
            store: SpillStore::create(&run.resources.temp_dir)?,
            unmatched: BTreeMap::new(),
        })
    }

    pub(super) async fn take(
        &mut self,
        stream: SendableRecordBatchStream,
    ) -> Result<(), EngineError> {
        let mut hearing = std::mem::take(&mut self.hearing);
        let heard = hearing
            .hear(stream, |what, body| self.note(what, body))
            .await;
        self.hearing = hearing;
        heard
    }

    fn note(&mut self, what: Saying, body: &[u8]) -> Result<(), EngineError> {
        let number = what.number;
        match what.said {
            Said::Hour => {
                let hour = u32::try_from(number).unwrap_or(u32::MAX);
                let done: HourDone = read_body(body)?;
                self.taken += done.taken;
                self.hours.insert(hour, done.outcome);
                self.run.progress.hour_done();
            }
            Said::Fate => {
                let part: PartFate = read_body(body)?;
                self.given += part.given;
                self.fate.add(part.fate);
            }
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

    /// Every hour has said what came of it, and labels were neither lost nor doubled on their way to hours, or the run
    /// cannot be trusted.
    pub(super) fn finish(
        self,
    ) -> Result<(Vec<HourOutcome>, LabelFate, Vec<SpillFile>), EngineError> {
        self.hearing.finish()?;
        let wanted = self.run.inputs.partitions.len();
        if self.hours.len() != wanted {
            return Err(self.open(format!(
                "{} of {wanted} hours said what came of them",
                self.hours.len()
            )));
        }
        if self.given != self.taken {
            return Err(self.open(format!(
                "hours took {} labels of {} that were chosen for them",
                self.taken, self.given
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use tokio::sync::mpsc;

    use super::*;

    fn hour(number: i64) -> Saying {
        Saying {
            said: Said::Hour,
            number,
            turn: 0,
        }
    }

    /// The rows of `said`, each a batch.
    async fn rows(said: &[(Saying, Vec<u8>)]) -> Vec<RecordBatch> {
        let (rows, mut batches) = mpsc::channel(100);
        for (what, body) in said {
            say(&rows, *what, body).await.unwrap();
        }
        drop(rows);
        let mut all = Vec::new();
        while let Some(batch) = batches.recv().await {
            all.push(batch.unwrap());
        }
        all
    }

    async fn heard(batches: Vec<RecordBatch>) -> (Vec<(i64, Vec<u8>)>, Hearing) {
        let (mut hearing, mut heard) = (Hearing::default(), Vec::new());
        let batches = futures::stream::iter(batches.into_iter().map(Ok));
        let stream = Box::pin(RecordBatchStreamAdapter::new(schema(), batches));
        let noted = hearing.hear(stream, |what, body| {
            heard.push((what.number, body.to_vec()));
            Ok(())
        });
        noted.await.unwrap();
        (heard, hearing)
    }

    #[tokio::test]
    async fn what_is_long_comes_in_pieces_and_is_whole_again_in_any_order() {
        let long: Vec<u8> = (0..PIECE * 2 + 5).map(|at| at as u8).collect();
        let mut batches = rows(&[(hour(1), long.clone()), (hour(2), Vec::new())]).await;
        assert_eq!(batches.len(), 4);
        batches.reverse();
        let (heard, hearing) = heard(batches).await;
        assert_eq!(heard, [(2, Vec::new()), (1, long)]);
        hearing.finish().unwrap();
    }

    #[tokio::test]
    async fn what_is_said_again_is_heard_once() {
        let said = rows(&[(hour(1), vec![1; PIECE + 1]), (hour(2), vec![2])]).await;
        let again = said.iter().chain(&said).cloned().collect();
        let (heard, _) = heard(again).await;
        assert_eq!(heard, [(1, vec![1; PIECE + 1]), (2, vec![2])]);
    }

    #[tokio::test]
    async fn a_piece_that_does_not_come_is_told() {
        let mut said = rows(&[(hour(1), vec![1; PIECE + 1])]).await;
        said.pop();
        let (heard, hearing) = heard(said).await;
        assert!(heard.is_empty());
        let why = hearing.finish().unwrap_err().to_string();
        assert!(why.contains("did not come"), "{why}");
    }
}
