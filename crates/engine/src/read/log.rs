//! What the readers of a run noticed: records read, rejects, oddities. Keyed by object and range,
//! so that reading the same bytes twice (a self-join) does not count them twice.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use groundline_capture::{Counts, Reject};
use groundline_store::{Hour, Object, Root};
use serde::{Deserialize, Serialize};

/// Which side of the merge an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Side {
    Predictions,
    Labels,
}

impl Side {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Predictions => "predictions",
            Self::Labels => "labels",
        }
    }
}

/// Where a piece of the log belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct LogKey {
    pub(crate) side: Side,
    pub(crate) endpoint: String,
    pub(crate) variant: String,
    /// `None` where nothing says which.
    pub(crate) hour: Option<Hour>,
    pub(crate) file: String,
    pub(crate) start: u64,
}

/// What one reader noticed in one object or range.
#[derive(Debug, Default)]
pub(crate) struct FileLog {
    pub(crate) counts: Counts,
    pub(crate) rejects: Vec<Reject>,
    /// The object had a paired input file that could not be paired by line.
    pub(crate) unpaired: bool,
    /// Where to read again for line numbers.
    pub(crate) object: Option<(Root, Object)>,
}

/// Collects the logs of a run's readers.
#[derive(Debug, Default)]
pub(crate) struct ScanLog {
    /// As they came; put in order when they are taken, which costs least where there are many.
    files: Mutex<Vec<(LogKey, FileLog)>>,
}

/// A reject with the place it was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoggedReject {
    pub(crate) key: LogKey,
    pub(crate) reject: Reject,
    /// 1-based; 0 until counted.
    pub(crate) line: u64,
}

impl ScanLog {
    /// Takes the log of one object or range; a repeat replaces.
    pub(crate) fn record(&self, key: LogKey, log: FileLog) {
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((key, log));
    }

    /// Everything so far, in order of place; the log is empty after.
    pub(crate) fn take(&self) -> BTreeMap<LogKey, FileLog> {
        let logs = std::mem::take(&mut *self.files.lock().unwrap_or_else(PoisonError::into_inner));
        // Of equal keys the last is kept.
        logs.into_iter().collect()
    }
}
