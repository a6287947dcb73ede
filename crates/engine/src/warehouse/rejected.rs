//! Rows that could not become labels, each once, however often its file is scanned.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use groundline_capture::{Reason, Reject};
use groundline_store::Hour;

/// A reject, the number of its file (none where rows have no place), and the hour of its time, if it has one.
type Found = (Option<u32>, Option<Hour>, Reject);

/// Rejects of a table.
#[derive(Debug, Default)]
pub(super) struct Rejected {
    /// Rows of a file that cannot be read, by place: number of the file, number of the row. A query may scan a file
    /// several times, and they are the same rows.
    scanned: Mutex<BTreeMap<(u32, u64), Reject>>,
    /// Rows of the query that are no labels: any number may have come from one row of a file.
    computed: Mutex<Vec<Found>>,
}

/// A reject of row `row`; `text` is what its first bytes show.
pub(super) fn reject(row: i64, reason: Reason, detail: String, text: &[u8]) -> Reject {
    Reject::new(row.unsigned_abs(), reason, detail, text)
}

impl Rejected {
    /// A row of file `file` that cannot be read.
    pub(super) fn scanned(&self, file: u32, reject: Reject) {
        let mut scanned = self.scanned.lock().unwrap_or_else(PoisonError::into_inner);
        scanned.insert((file, reject.position), reject);
    }

    /// A row of the query that is no label.
    pub(super) fn computed(&self, file: Option<u32>, hour: Option<Hour>, reject: Reject) {
        let mut computed = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
        computed.push((file, hour, reject));
    }

    /// All rejects in an order that a repeat keeps; those without a place are numbered in it.
    pub(super) fn take(&self) -> Vec<Found> {
        let scanned =
            std::mem::take(&mut *self.scanned.lock().unwrap_or_else(PoisonError::into_inner));
        let mut all =
            std::mem::take(&mut *self.computed.lock().unwrap_or_else(PoisonError::into_inner));
        let scanned = scanned.into_iter();
        all.extend(scanned.map(|((file, _), reject)| (Some(file), None, reject)));
        all.sort_by(|(file, hour, one), (other_file, other_hour, other)| {
            (
                file,
                one.position,
                hour,
                one.reason,
                &one.detail,
                &one.bytes,
            )
                .cmp(&(
                    other_file,
                    other.position,
                    other_hour,
                    other.reason,
                    &other.detail,
                    &other.bytes,
                ))
        });
        let unplaced = all.iter_mut().filter(|(file, ..)| file.is_none());
        for (number, (_, _, reject)) in (0..).zip(unplaced) {
            reject.position = number;
        }
        all
    }
}
