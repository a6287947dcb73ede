//! What became of every record.

/// The accounts of the period (design.md "The merge": the ledger closes).
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// As the table `ledger` has them, the bucket `read` included.
    pub rows: Vec<LedgerRow>,
    /// Whether the buckets of each side sum up to its `read`; `None` where nobody can say.
    pub closes: Option<bool>,
}

/// One bucket of records.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    /// `predictions`, `labels`, `observations` or `notes`.
    pub side: String,
    /// Of predictions `read`, `rejected`, `filtered`, `no_output`, `labelled`, `unlabelled`; of labels `read`, `rejected`,
    /// `matched`, `duplicate`, `superseded`, `unmatched…`. Others are shown as they are.
    pub bucket: String,
    pub count: u64,
}

/// Labels that matched nothing for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct UnmatchedReason {
    /// A word of a closed list, such as `unknown_id`.
    pub reason: String,
    pub count: u64,
    /// The key of one of them.
    pub example: Option<String>,
    /// What to do about it, in words.
    pub fix: Option<String>,
}

/// An hour that was not written, or could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedHour {
    /// First instant of the hour, in microseconds since the epoch, UTC.
    pub hour: i64,
    /// Endpoint and variant, or whatever else says where; may be empty.
    pub place: String,
    /// In words.
    pub reason: String,
}
