//! Hours on a cluster: each is read again in order, takes the labels that were chosen for it, and is written as any
//! plan writes it. A task that is tried again writes the same bytes under the same name.

use std::sync::Arc;

use arrow::array::Array;
use arrow::datatypes::{Int32Type, Int64Type, UInt32Type};
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::super::fast::merge_hour;
use super::super::matched::HourLabels;
use super::super::outcome::HourFailure;
use super::super::spill::SpilledMatches;
use super::found::{self, BODY, Found, MATCH_COLUMNS, MATCH_FROM};
use super::opened::OpenedMerge;
use super::told::{Said, Saying, say};
use super::work::MergeWork;
use crate::cluster::{ClusterError, ColumnReader, Once, Rows, body_of, read_body};
use crate::error::EngineError;
use crate::spill_file::{SpillFile, SpillStore};

/// Writes the hours that `found` tells of, one after the other.
pub(super) async fn write(
    merge: &OpenedMerge,
    mut found: SendableRecordBatchStream,
    rows: &Rows,
) -> Result<(), EngineError> {
    let mut hour: Option<Hour> = None;
    let mut once = Once::by(&MergeWork::FOUND_ORDER);
    while let Some(batch) = found.next().await.transpose()? {
        for piece in pieces(&once.new_rows(batch)?)? {
            match piece.found {
                Found::Hour => {
                    if hour
                        .as_ref()
                        .is_some_and(|hour| hour.number == piece.partition)
                    {
                        return Err(out_of_order("an hour begins twice"));
                    }
                    let next = Hour::new(merge, piece.partition)?;
                    if let Some(done) = hour.replace(next) {
                        done.write(merge, rows).await?;
                    }
                }
                Found::Unread | Found::Match => {
                    let open = hour.as_mut().filter(|hour| hour.number == piece.partition);
                    let open =
                        open.ok_or_else(|| out_of_order("rows of an hour that nobody began"))?;
                    open.take(&piece)?;
                }
                Found::Fate | Found::Unmatched => {
                    if let Some(done) = hour.take() {
                        done.write(merge, rows).await?;
                    }
                    piece.pass_on(rows).await?;
                }
            }
        }
    }
    match hour {
        Some(hour) => hour.write(merge, rows).await,
        None => Ok(()),
    }
}

fn out_of_order(why: &str) -> EngineError {
    ClusterError::Garbled {
        what: "the labels of an hour",
        why: why.to_owned(),
    }
    .into()
}

/// Rows of one hour and kind that follow one another.
struct Piece {
    partition: u32,
    found: Found,
    rows: RecordBatch,
}

fn pieces(batch: &RecordBatch) -> Result<Vec<Piece>, EngineError> {
    let columns = ColumnReader(batch);
    let (partitions, kinds) = (
        columns.number::<UInt32Type>(1)?,
        columns.number::<UInt32Type>(2)?,
    );
    let at = |row: usize| (partitions.value(row), kinds.value(row));
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < batch.num_rows() {
        let (partition, kind) = at(start);
        let end = (start..batch.num_rows())
            .find(|row| at(*row) != (partition, kind))
            .unwrap_or(batch.num_rows());
        let found = Found::parse(kind).ok_or_else(|| out_of_order("an unknown kind of row"))?;
        pieces.push(Piece {
            partition,
            found,
            rows: batch.slice(start, end - start),
        });
        start = end;
    }
    Ok(pieces)
}

impl Piece {
    /// What is not for this task goes through to whoever planned the job.
    async fn pass_on(&self, rows: &Rows) -> Result<(), EngineError> {
        let said = match self.found {
            Found::Fate => Said::Fate,
            _ => Said::Unmatched,
        };
        let columns = ColumnReader(&self.rows);
        let numbers = columns.number::<Int64Type>(found::NUMBER)?;
        let turns = columns.number::<Int32Type>(found::TURN)?;
        let bodies = columns.bytes(BODY)?;
        for row in 0..self.rows.num_rows() {
            let what = Saying {
                said,
                number: numbers.value(row),
                turn: turns.value(row),
            };
            say(rows, what, bodies.value(row)).await?;
        }
        Ok(())
    }
}

/// An hour whose labels are being gathered.
struct Hour {
    number: u32,
    labels: SpillFile,
    unread: Option<HourFailure>,
}

impl Hour {
    fn new(merge: &OpenedMerge, number: u32) -> Result<Self, EngineError> {
        let store = SpillStore::create(&merge.run.resources.temp_dir)?;
        Ok(Self {
            number,
            labels: SpillFile::new(&store),
            unread: None,
        })
    }

    fn take(&mut self, piece: &Piece) -> Result<(), EngineError> {
        if piece.found == Found::Match {
            let columns: Vec<usize> = (MATCH_FROM..MATCH_FROM + MATCH_COLUMNS).collect();
            return self
                .labels
                .append(&piece.rows.project(&columns)?, self.number);
        }
        let bodies = ColumnReader(&piece.rows).bytes(BODY)?;
        if self.unread.is_none() && !bodies.is_empty() {
            self.unread = Some(read_body(bodies.value(0))?);
        }
        Ok(())
    }

    /// Writes the hour file, and says what came of it.
    async fn write(self, merge: &OpenedMerge, rows: &Rows) -> Result<(), EngineError> {
        let run = &merge.run;
        let inputs = run.inputs.partitions.get(self.number as usize);
        let inputs = inputs.ok_or_else(|| out_of_order("the job has no such hour"))?;
        let matches = SpilledMatches::of_partition(
            (self.number, self.labels),
            self.unread,
            &merge.labels,
            &merge.predictions,
            run.model.policy.duplicate_labels,
        );
        let labels = HourLabels::Spilled(Arc::new(matches), self.number);
        let observations = merge.observations().await?;
        let outcome = merge_hour(&observations, run, inputs.clone(), labels).await?;
        let body = body_of(&outcome)?;
        let what = Saying {
            said: Said::Hour,
            number: i64::from(self.number),
            turn: 0,
        };
        say(rows, what, &body).await
    }
}
