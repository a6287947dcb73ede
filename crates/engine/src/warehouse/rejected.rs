//! Rows that could not become labels, each once, however often its file is scanned.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use groundline_capture::{Reason, Reject};
use groundline_store::Hour;

/// A reject and the hour of its time, if it has one.
type Found = (Option<Hour>, Reject);

/// Rejects by place: number of the file, number of the row.
#[derive(Debug, Default)]
pub(super) struct Rejected {
    placed: Mutex<BTreeMap<(u32, i64), Found>>,
    /// Of a query whose rows have no place.
    unplaced: Mutex<Vec<Found>>,
}

/// A reject of row `row`; `text` is what its first bytes show.
pub(super) fn reject(row: i64, reason: Reason, detail: String, text: &[u8]) -> Reject {
    Reject::new(row.unsigned_abs(), reason, detail, text)
}

impl Rejected {
    pub(super) fn add(&self, file: u32, hour: Option<Hour>, reject: Reject) {
        let row = i64::try_from(reject.position).unwrap_or(i64::MAX);
        let mut placed = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        placed.insert((file, row), (hour, reject));
    }

    pub(super) fn add_unplaced(&self, hour: Option<Hour>, reject: Reject) {
        let mut unplaced = self.unplaced.lock().unwrap_or_else(PoisonError::into_inner);
        unplaced.push((hour, reject));
    }

    /// All rejects with the number of their file, in order; `None` is the query itself.
    pub(super) fn take(&self) -> Vec<(Option<u32>, Option<Hour>, Reject)> {
        let placed =
            std::mem::take(&mut *self.placed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut unplaced =
            std::mem::take(&mut *self.unplaced.lock().unwrap_or_else(PoisonError::into_inner));
        // They came in no order that a repeat would keep.
        unplaced.sort_by(|(a, one), (b, two)| {
            (a, one.reason, &one.detail, &one.bytes).cmp(&(b, two.reason, &two.detail, &two.bytes))
        });
        let placed = placed
            .into_iter()
            .map(|((file, _), (hour, reject))| (Some(file), hour, reject));
        let unplaced = (0..).zip(unplaced).map(|(number, (hour, reject))| {
            let position = number;
            (None, hour, Reject { position, ..reject })
        });
        placed.chain(unplaced).collect()
    }
}
