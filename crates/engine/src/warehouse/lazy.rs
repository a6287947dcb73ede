//! A table of labels that SQL may ask for: read when it first does.

use std::sync::atomic::{AtomicBool, Ordering};

use groundline_capture::Reject;
use tokio::sync::OnceCell;

use super::stage::{Staged, stage};
use crate::error::EngineError;
use crate::label_source::LabelTable;
use crate::options::Resources;
use crate::read::LogKey;

/// Reads its table once, whatever asks first.
#[derive(Debug)]
pub(crate) struct LazyTable {
    table: LabelTable,
    resources: Resources,
    staged: OnceCell<Staged>,
    /// Its rejects were given out.
    told: AtomicBool,
}

impl LazyTable {
    pub(crate) fn new(table: &LabelTable, resources: &Resources) -> Self {
        Self {
            table: table.clone(),
            resources: resources.clone(),
            staged: OnceCell::new(),
            told: AtomicBool::new(false),
        }
    }

    /// All its labels.
    pub(crate) async fn staged(&self) -> Result<&Staged, EngineError> {
        let read = || stage(&self.table, None, &self.resources);
        self.staged.get_or_try_init(read).await
    }

    /// Rows that are no labels: once, after they were read.
    pub(crate) fn take_rejects(&self) -> Vec<(LogKey, Reject)> {
        let Some(staged) = self.staged.get() else {
            return Vec::new();
        };
        if self.told.swap(true, Ordering::Relaxed) {
            return Vec::new();
        }
        let rejects = staged.rejects.iter();
        rejects.map(|r| (r.key.clone(), r.reject.clone())).collect()
    }
}
