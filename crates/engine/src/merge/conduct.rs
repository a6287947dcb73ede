//! How a run goes on, beside what it makes: a merge writes every hour of its window at one go, a backfill some hours
//! of a longer plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use groundline_store::LabelSnapshot;
use tokio::sync::Notify;

/// Asks a run to begin nothing more. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    by_user: AtomicBool,
    by_failure: AtomicBool,
    waiting: Notify,
}

impl Stop {
    /// Hours under way are finished, others are not begun.
    pub fn ask(&self) {
        self.0.by_user.store(true, Ordering::SeqCst);
        self.0.waiting.notify_waiters();
    }

    /// The same, because an hour failed.
    pub(crate) fn ask_after_failure(&self) {
        self.0.by_failure.store(true, Ordering::SeqCst);
        self.0.waiting.notify_waiters();
    }

    /// Whether anybody asked.
    pub fn is_asked(&self) -> bool {
        self.is_interrupted() || self.0.by_failure.load(Ordering::SeqCst)
    }

    /// Whether it was somebody outside of the run.
    pub fn is_interrupted(&self) -> bool {
        self.0.by_user.load(Ordering::SeqCst)
    }

    /// Waits until somebody asks.
    pub async fn asked(&self) {
        let waiting = self.0.waiting.notified();
        tokio::pin!(waiting);
        // Listening first, so that no question falls between.
        waiting.as_mut().enable();
        if !self.is_asked() {
            waiting.await;
        }
    }
}

/// What a backfill does otherwise than a merge.
#[derive(Clone, Debug)]
pub(crate) struct Conduct {
    /// The listing of labels that receipts point to, where it is that of a longer plan; else what the run reads.
    pub(crate) snapshot: Option<LabelSnapshot>,
    pub(crate) stop: Stop,
    /// An hour that cannot be written fails alone; else it ends the run.
    pub(crate) keeps_going: bool,
    /// The first hour that fails stops the others.
    pub(crate) fails_fast: bool,
    /// Most hours under way at once, where that is less than the memory allows.
    pub(crate) most_hours: usize,
    /// The output holds merged JSON Lines of an earlier run.
    pub(crate) has_jsonl: bool,
    /// Labels that match nothing are told one by one: that is for runs that see every hour of their window.
    pub(crate) tells_unmatched: bool,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            snapshot: None,
            stop: Stop::default(),
            keeps_going: false,
            fails_fast: false,
            most_hours: usize::MAX,
            has_jsonl: false,
            tells_unmatched: true,
        }
    }
}
