//! Reads the matches of a part in the order of their predictions.

use std::collections::HashSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, UInt32Type};

use crate::error::EngineError;
use crate::model::DuplicateLabels;
use crate::spill_file::SpillFile;

/// A label that a part would give a prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) label: Option<String>,
    pub(super) encoding: Option<String>,
    /// Number of its object.
    pub(super) file: u32,
    pub(super) position: i64,
    /// It has the prediction's event id, which is not its key.
    pub(super) by_event_id: bool,
}

impl Candidate {
    pub(super) fn as_match(&self) -> Match<'_> {
        Match {
            label: self.label.as_deref(),
            encoding: self.encoding.as_deref(),
            file: self.file,
            position: self.position,
            by_event_id: self.by_event_id,
        }
    }
}

/// Of what the parts would give one prediction, what the policy chooses: in label order.
pub(super) fn choose(mut candidates: Vec<Candidate>, policy: DuplicateLabels) -> Vec<Candidate> {
    candidates.sort_by_key(|candidate| (candidate.file, candidate.position));
    match policy {
        DuplicateLabels::Latest => {
            candidates.drain(..candidates.len().saturating_sub(1));
        }
        DuplicateLabels::First => candidates.truncate(1),
        DuplicateLabels::All | DuplicateLabels::Error => {
            let mut known = HashSet::new();
            candidates.retain(|label| known.insert((label.label.clone(), label.encoding.clone())));
        }
    }
    candidates
}

/// One reading of a part's matches.
pub(super) struct Cursor {
    block: usize,
    batch: Option<RecordBatch>,
    row: usize,
}

impl Cursor {
    /// From the first match of a partition.
    pub(super) fn new(part: &SpillFile, partition: u32) -> Self {
        Self {
            block: part.first_block(partition),
            batch: None,
            row: 0,
        }
    }

    /// Gives the labels of the prediction at `place`: object, position, unit.
    pub(super) fn take(
        &mut self,
        part: &SpillFile,
        partition: u32,
        place: (u32, i64, i32),
        mut give: impl FnMut(Match<'_>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        loop {
            let Some(batch) = &self.batch else {
                // A block holds matches of one partition only.
                if part.mark(self.block) != Some(partition) {
                    return Ok(());
                }
                self.batch = part.read(self.block)?;
                self.block += 1;
                self.row = 0;
                continue;
            };
            if self.row == batch.num_rows() {
                self.batch = None;
                continue;
            }
            let row = self.row;
            let here = (
                batch.column(0).as_primitive::<UInt32Type>().value(row),
                batch.column(1).as_primitive::<Int64Type>().value(row),
                batch.column(6).as_primitive::<Int32Type>().value(row),
            );
            if here > place {
                return Ok(());
            }
            self.row += 1;
            if here < place {
                continue;
            }
            let labels = batch.column(2).as_string::<i32>();
            let encodings = batch.column(3).as_string::<i32>();
            give(Match {
                label: labels.is_valid(row).then(|| labels.value(row)),
                encoding: encodings.is_valid(row).then(|| encodings.value(row)),
                file: batch.column(4).as_primitive::<UInt32Type>().value(row),
                position: batch.column(5).as_primitive::<Int64Type>().value(row),
                by_event_id: batch.column(7).as_boolean().value(row),
            })?;
        }
    }
}

/// A match as it stands in the file.
#[derive(Clone, Copy)]
pub(super) struct Match<'a> {
    pub(super) label: Option<&'a str>,
    pub(super) encoding: Option<&'a str>,
    pub(super) file: u32,
    pub(super) position: i64,
    pub(super) by_event_id: bool,
}

impl Match<'_> {
    pub(super) fn to_candidate(self) -> Candidate {
        Candidate {
            label: self.label.map(str::to_owned),
            encoding: self.encoding.map(str::to_owned),
            file: self.file,
            position: self.position,
            by_event_id: self.by_event_id,
        }
    }
}
