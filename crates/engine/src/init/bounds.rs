//! What a look at a bucket may cost: it must not grow with the bucket.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::progress::Progress;
use crate::tables::Input;

/// Limits of one look. Listings of days are apart: at most [`Bounds::days`] LIST calls of a side.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Captures and transform records whose payloads are looked at.
    pub events: usize,
    /// Bytes of records that are decoded, of payloads and of ids together.
    pub bytes: u64,
    /// Objects that are opened.
    pub objects: u64,
    /// Days that are listed on each side to count files and bytes.
    pub days: usize,
    /// Objects of one day that are listed.
    pub objects_of_day: usize,
    /// Ids that are held on each side.
    pub ids: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            events: 400,
            bytes: 64 << 20,
            objects: 200,
            days: 62,
            objects_of_day: 20_000,
            ids: 200_000,
        }
    }
}

/// What was spent so far.
#[derive(Debug, Default)]
pub(super) struct Meter {
    bytes: AtomicU64,
    objects: AtomicU64,
    /// The objects themselves: one that is opened twice costs twice and is one.
    names: Mutex<BTreeSet<String>>,
}

impl Meter {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn objects(&self) -> u64 {
        self.objects.load(Ordering::Relaxed)
    }

    pub(super) fn opened(&self, input: &Input) {
        // Rows of a table were read before.
        if input.staged.is_none() {
            self.objects.fetch_add(1, Ordering::Relaxed);
        }
        let name = format!("{}\0{}", input.root.display(), input.object.path);
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(name);
    }

    /// Every object that was opened, once.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.clone()
    }
}

/// Readers tell how far they decoded.
impl Progress for Meter {
    fn advance(&self, bytes: u64, _records: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// At most `most` of the numbers below `count`, evenly spaced, the first and the last among them.
pub(super) fn spread(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    match most {
        0 => Vec::new(),
        1 => vec![count - 1],
        _ => (0..most).map(|n| n * (count - 1) / (most - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_both_ends_and_no_repeats() {
        assert_eq!(spread(3, 5), [0, 1, 2]);
        assert_eq!(spread(10, 4), [0, 3, 6, 9]);
        assert_eq!(spread(10, 1), [9]);
        assert_eq!(spread(0, 4), [0; 0]);
        for (count, most) in [(1_000, 62), (63, 62), (7, 2)] {
            let found = spread(count, most);
            assert_eq!((found.len(), found.last()), (most, Some(&(count - 1))));
            assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
