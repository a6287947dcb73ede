//! Notes the labels that predictions come near to without taking them.

use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use groundline_capture::Column;

use super::Matcher;
use super::batch::{Ids, number_column};
use crate::error::EngineError;
use crate::merge::label_index::LabelIndex;
use crate::merge::sighting::Sighting;
use crate::merge::unmatched_reason::UnmatchedReason;
use crate::model::Match;

impl Matcher {
    /// Labels that give the event id of a unit that has an inference id.
    pub(super) fn note_event_ids(
        &self,
        index: &LabelIndex,
        batch: &RecordBatch,
        ids: &Ids<'_>,
        units: impl Iterator<Item = usize>,
    ) -> Result<(), EngineError> {
        if self.hour.run.model.policy.matching == Match::Either {
            return Ok(());
        }
        let asked = units.filter_map(|row| Some((row, ids.other(row)?)));
        let asked: Vec<(usize, &str)> = asked.filter(|(_, id)| index.may_have(id)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let (mut heads, mut spelled) = (Vec::new(), Vec::new());
        index.find(asked.iter().map(|(_, id)| *id), &mut heads, &mut spelled);
        let found = asked.iter().zip(&heads);
        let found = found.filter_map(|((row, _), head)| Some((*row, (*head)?)));
        self.note(index, batch, ids, UnmatchedReason::EventIdGiven, found)
    }

    /// Labels that spell a unit's key differently, as they were found with it.
    pub(super) fn note_spelled(
        &self,
        index: &LabelIndex,
        batch: &RecordBatch,
        ids: &Ids<'_>,
        units: impl Iterator<Item = usize>,
    ) -> Result<(), EngineError> {
        if self.spelled.is_empty() {
            return Ok(());
        }
        let rows: Vec<usize> = units.collect();
        let spelled = self.spelled.iter();
        let found = spelled.filter_map(|(unit, label)| Some((*rows.get(*unit)?, *label)));
        self.note(
            index,
            batch,
            ids,
            UnmatchedReason::SpelledDifferently,
            found,
        )
    }

    fn note(
        &self,
        index: &LabelIndex,
        batch: &RecordBatch,
        ids: &Ids<'_>,
        reason: UnmatchedReason,
        found: impl Iterator<Item = (usize, u32)>,
    ) -> Result<(), EngineError> {
        let Some(input) = self.hour.partition.inputs.get(self.input) else {
            return Ok(());
        };
        let positions = number_column::<Int64Type>(batch, Column::Position)?;
        for (row, label) in found {
            let sighting = Sighting::in_input(reason, input, positions.value(row), ids.key(row));
            index.came_near(label, &sighting);
        }
        Ok(())
    }
}
