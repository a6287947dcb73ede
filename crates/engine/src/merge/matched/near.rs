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
    /// Labels that spell a unit's key differently, or give the event id of one that has an inference id.
    pub(super) fn note_near(
        &self,
        index: &LabelIndex,
        batch: &RecordBatch,
        ids: &Ids<'_>,
        units: impl Iterator<Item = usize> + Clone,
    ) -> Result<(), EngineError> {
        let Some(input) = self.hour.partition.inputs.get(self.input) else {
            return Ok(());
        };
        let positions = number_column::<Int64Type>(batch, Column::Position)?;
        let sighted = |reason, row: usize| {
            Sighting::in_input(reason, input, positions.value(row), ids.key(row))
        };
        if !self.spelled.is_empty() {
            let rows: Vec<usize> = units.clone().collect();
            for (unit, label) in &self.spelled {
                if let Some(row) = rows.get(*unit) {
                    let sighting = sighted(UnmatchedReason::SpelledDifferently, *row);
                    index.came_near(*label, &sighting);
                }
            }
        }
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
        for ((row, _), head) in asked.iter().zip(&heads) {
            if let Some(head) = head {
                index.came_near(*head, &sighted(UnmatchedReason::EventIdGiven, *row));
            }
        }
        Ok(())
    }
}
