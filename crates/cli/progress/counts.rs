//! What the workers count.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use groundline_engine::Progress;

/// What was read and written so far, and what there is in all.
#[derive(Debug, Default)]
pub(super) struct Counts {
    hours: AtomicU64,
    hours_in_all: AtomicU64,
    bytes: AtomicU64,
    bytes_in_all: AtomicU64,
    records: AtomicU64,
    tasks: AtomicU64,
    tasks_known: AtomicU64,
}

/// The counts of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) hours: u64,
    pub(super) hours_in_all: u64,
    pub(super) bytes: u64,
    pub(super) bytes_in_all: u64,
    /// Predictions and labels.
    pub(super) records: u64,
    /// Of the job that runs on a cluster.
    pub(super) tasks: u64,
    pub(super) tasks_known: u64,
}

impl Counts {
    pub(super) fn now(&self) -> Snapshot {
        Snapshot {
            hours: self.hours.load(Relaxed),
            hours_in_all: self.hours_in_all.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            bytes_in_all: self.bytes_in_all.load(Relaxed),
            records: self.records.load(Relaxed),
            tasks: self.tasks.load(Relaxed),
            tasks_known: self.tasks_known.load(Relaxed),
        }
    }
}

impl Progress for Counts {
    fn plan(&self, bytes: u64, hours: u64) {
        self.bytes_in_all.fetch_add(bytes, Relaxed);
        self.hours_in_all.fetch_add(hours, Relaxed);
    }

    fn advance(&self, bytes: u64, records: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.records.fetch_add(records, Relaxed);
    }

    fn tasks(&self, done: u64, known: u64) {
        self.tasks.store(done, Relaxed);
        self.tasks_known.store(known, Relaxed);
    }

    fn hour_done(&self) {
        self.hours.fetch_add(1, Relaxed);
    }
}
