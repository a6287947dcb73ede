//! What a merge run says of itself. Serialised as it stands by `--output json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Result of a merge run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MergeReport {
    /// Output folder as the user wrote it.
    pub out: String,
    pub models: Vec<ModelReport>,
}

impl MergeReport {
    /// Hours that were not written.
    pub fn failed_hours(&self) -> impl Iterator<Item = &HourReport> {
        self.models
            .iter()
            .flat_map(|m| &m.hours)
            .filter(|h| h.failure.is_some())
    }

    /// True when no model had an hour with objects in the window.
    pub fn is_empty(&self) -> bool {
        self.models.iter().all(|m| m.hours.is_empty())
    }
}

/// One model of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelReport {
    pub model: String,
    /// First hour of the window, `yyyy-mm-ddThh`; empty without any hour.
    pub from: String,
    /// End of the window, exclusive.
    pub to: String,
    pub ledger: Ledger,
    pub hours: Vec<HourReport>,
    /// Things the user should know, one sentence each, with the fix where there is one.
    pub warnings: Vec<String>,
    /// Counts per reject reason, `predictions` and `labels` apart, with one example each.
    pub rejects: Vec<RejectGroup>,
    /// Counts per reason of unmatched labels, with one example each.
    pub unmatched: Vec<UnmatchedGroup>,
    /// Set when the window had no input at all: what was looked at and the nearest hours.
    pub no_input: Option<String>,
}

/// One hour file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HourReport {
    pub endpoint: String,
    pub variant: String,
    /// `yyyy-mm-ddThh`.
    pub hour: String,
    /// Key of the hour file below the output; empty when it was not written.
    pub file: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    /// Prediction buckets of this hour.
    pub predictions: PredictionLedger,
    /// Why the hour was not written, and the flag that would accept it.
    pub failure: Option<String>,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

/// The accounts of a run: every input record in exactly one bucket.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    pub predictions: PredictionLedger,
    pub labels: LabelLedger,
    /// Rows of the hour files.
    pub observations: u64,
    /// Counts that are no buckets: outside_hour, repeated_key, input_whole, unreadable_time, skipped objects,
    /// `misfit:COLUMN` …
    pub notes: BTreeMap<String, u64>,
}

/// Buckets of prediction records; the first that applies, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PredictionLedger {
    pub read: u64,
    pub rejected: u64,
    pub filtered: u64,
    pub no_output: u64,
    pub labelled: u64,
    pub unlabelled: u64,
    /// Handed to a statement of the user's own, which alone knows what becomes of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub queried: u64,
}

impl PredictionLedger {
    pub fn closes(&self) -> bool {
        self.read
            == self.rejected
                + self.filtered
                + self.no_output
                + self.labelled
                + self.unlabelled
                + self.queried
    }

    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.rejected += other.rejected;
        self.filtered += other.filtered;
        self.no_output += other.no_output;
        self.labelled += other.labelled;
        self.unlabelled += other.unlabelled;
        self.queried += other.queried;
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Buckets of labels; the first that applies, in this order. `unmatched` is split by when it was collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabelLedger {
    pub read: u64,
    pub rejected: u64,
    pub matched: u64,
    pub duplicate: u64,
    pub superseded: u64,
    pub unmatched_before: u64,
    pub unmatched_inside: u64,
    pub unmatched_after: u64,
    /// Handed to a statement of the user's own.
    #[serde(skip_serializing_if = "is_zero")]
    pub queried: u64,
}

impl LabelLedger {
    pub fn unmatched(&self) -> u64 {
        self.unmatched_before + self.unmatched_inside + self.unmatched_after
    }

    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.rejected += other.rejected;
        self.matched += other.matched;
        self.duplicate += other.duplicate;
        self.superseded += other.superseded;
        self.unmatched_before += other.unmatched_before;
        self.unmatched_inside += other.unmatched_inside;
        self.unmatched_after += other.unmatched_after;
        self.queried += other.queried;
    }

    pub fn closes(&self) -> bool {
        self.read
            == self.rejected
                + self.matched
                + self.duplicate
                + self.superseded
                + self.unmatched()
                + self.queried
    }
}

/// Rejects of one reason.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RejectGroup {
    /// `predictions` or `labels`.
    pub table: String,
    pub reason: String,
    pub count: u64,
    /// `file:line: detail` of the first.
    pub example: String,
    /// What to do next.
    pub hint: String,
}

/// Unmatched labels of one reason.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UnmatchedGroup {
    pub reason: String,
    pub count: u64,
    /// `key at file:position` of the first.
    pub example: String,
    /// The prediction that it came nearest to, in the same form; `file:line` where that one was rejected.
    pub nearest: Option<String>,
    /// What to do next.
    pub hint: String,
}
