//! Hours on a cluster: each is read again in order, takes the labels that were chosen for it, and is written as any
//! plan writes it. A task that is tried again writes the same bytes under the same name.

use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::super::fast::merge_hour;
use super::super::matched::HourLabels;
use super::super::outcome::HourFailure;
use super::super::spill::SpilledMatches;
use super::found::{self, Found, Piece};
use super::opened::OpenedMerge;
use super::told::{HourDone, Said, Saying, say};
use super::work::MergeWork;
use crate::cluster::{ClusterError, Once, Rows, body_of};
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
        for piece in found::pieces(&once.new_rows(batch)?)? {
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
                    for (what, body) in piece.sayings()? {
                        say(rows, what, body).await?;
                    }
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

/// An hour whose labels are being gathered.
struct Hour {
    number: u32,
    labels: SpillFile,
    taken: u64,
    unread: Option<HourFailure>,
}

impl Hour {
    fn new(merge: &OpenedMerge, number: u32) -> Result<Self, EngineError> {
        let store = SpillStore::create(&merge.run.resources.temp_dir)?;
        Ok(Self {
            number,
            labels: SpillFile::new(&store),
            taken: 0,
            unread: None,
        })
    }

    fn take(&mut self, piece: &Piece) -> Result<(), EngineError> {
        if piece.found == Found::Match {
            let matches = piece.matches()?;
            self.taken += matches.num_rows() as u64;
            return self.labels.append(&matches, self.number);
        }
        if self.unread.is_none() {
            self.unread = piece.unread()?;
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
        let body = body_of(&HourDone {
            outcome,
            taken: self.taken,
        })?;
        let what = Saying {
            said: Said::Hour,
            number: i64::from(self.number),
            turn: 0,
        };
        say(rows, what, &body).await
    }
}
