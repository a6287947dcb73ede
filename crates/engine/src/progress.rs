//! What a run tells while it goes on. The command line draws it; tests count it.

/// Receives the progress of a run; called from worker threads.
pub trait Progress: Send + Sync {
    /// Bytes and hours that the run will read, known after listing.
    fn plan(&self, _bytes: u64, _hours: u64) {}
    /// So many bytes of input were decoded, so many records came out.
    fn advance(&self, _bytes: u64, _records: u64) {}
    /// On a cluster: so many tasks are done of those that are known so far.
    fn tasks(&self, _done: u64, _known: u64) {}
    /// An hour file was written, or its hour failed.
    fn hour_done(&self) {}
}

/// Says nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {}
