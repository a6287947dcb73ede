//! What became of the labels of an index, in numbers, and how the numbers of several add up.

use serde::{Deserialize, Serialize};

use super::fast::mismatch_text;
use super::label_index::{LabelIndex, MISMATCHED, Mismatch};
use super::label_status::LabelStatus;
use super::outcome::Outcome;
use super::settings::ModelRun;

/// Numbers of what became of labels; none is double when the labels are apart by key.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct LabelFate {
    matched: u64,
    duplicate: u64,
    superseded: u64,
    repeated_key: u64,
    crossing_keys: u64,
    crossing_example: Option<String>,
    mismatched: u64,
    mismatch: Option<Mismatch>,
}

impl LabelFate {
    /// All but the statuses, which are counted as they come ([`LabelFate::count`]).
    pub(crate) fn of(index: &LabelIndex) -> Self {
        let (repeated_key, crossing_keys, example) = index.repeated();
        let mismatched = index.labels().filter(|(_, flags)| flags & MISMATCHED != 0);
        Self {
            repeated_key,
            crossing_keys,
            crossing_example: example.map(str::to_owned),
            mismatched: mismatched.count() as u64,
            mismatch: index.mismatch(),
            ..Self::default()
        }
    }

    pub(crate) fn count(&mut self, status: LabelStatus) {
        match status {
            LabelStatus::Matched => self.matched += 1,
            LabelStatus::Duplicate => self.duplicate += 1,
            LabelStatus::Superseded => self.superseded += 1,
            // Where and when each was collected is counted with its row.
            LabelStatus::Unmatched(_) => {}
        }
    }

    /// Adds the fate of labels with other keys.
    pub(crate) fn add(&mut self, other: Self) {
        self.matched += other.matched;
        self.duplicate += other.duplicate;
        self.superseded += other.superseded;
        self.repeated_key += other.repeated_key;
        self.crossing_keys += other.crossing_keys;
        self.mismatched += other.mismatched;
        self.crossing_example = least(self.crossing_example.take(), other.crossing_example);
        self.mismatch = least(self.mismatch.take(), other.mismatch);
    }

    /// Into what the run reports.
    pub(crate) fn tell(self, run: &ModelRun, outcome: &mut Outcome) {
        outcome.label_ledger.matched = self.matched;
        outcome.label_ledger.duplicate = self.duplicate;
        outcome.label_ledger.superseded = self.superseded;
        outcome.repeated_key = self.repeated_key;
        outcome.crossing_keys = self.crossing_keys;
        outcome.crossing_example = self.crossing_example;
        outcome.mismatched = self.mismatched;
        outcome.mismatch_example = self.mismatch.map(|m| {
            let label = run.inputs.labels.get(m.label_file as usize);
            mismatch_text(
                label.map_or("", |input| input.object.key.as_str()),
                m.label_position,
                u64::from(m.label_records),
                &m.file,
                m.position,
                u64::from(m.record_count),
            )
        });
    }
}

fn least<T: Ord>(one: Option<T>, two: Option<T>) -> Option<T> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.min(two)),
        (one, two) => one.or(two),
    }
}
