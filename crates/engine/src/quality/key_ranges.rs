//! Sorted runs of keys cut into ranges, so that all threads can go over them at once.

use std::ops::Range;
use std::sync::Arc;

use super::sort_key::SortKey;

/// Keys of a range, about: it is sorted in a core's own cache.
const KEYS: usize = 1 << 16;

/// Keys of each run that are looked at to choose where to cut.
const LOOKED_AT: usize = 256;

/// The runs, and where each range begins.
#[derive(Debug)]
pub(crate) struct KeyRanges {
    runs: Arc<Vec<Vec<u128>>>,
    /// Ascending; the first range begins before the first cut.
    cuts: Vec<u128>,
}

impl KeyRanges {
    /// Ranges of runs that are sorted. Keys of one group and value are in one range, whatever is cut.
    pub(crate) fn new(runs: Vec<Vec<u128>>) -> Self {
        let keys: usize = runs.iter().map(Vec::len).sum();
        let ranges = keys.div_ceil(KEYS);
        let mut looked_at: Vec<u128> = Vec::new();
        for run in &runs {
            let step = (run.len() / LOOKED_AT).max(1);
            looked_at.extend(run.iter().step_by(step));
        }
        looked_at.sort_unstable();
        let cut = |range: usize| {
            let key = looked_at.get(range * looked_at.len() / ranges)?;
            Some(SortKey::first_of_its_value(*key))
        };
        let mut cuts: Vec<u128> = (1..ranges).filter_map(cut).collect();
        cuts.dedup();
        Self {
            runs: Arc::new(runs),
            cuts,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.cuts.len() + 1
    }

    /// The keys of a range: a part of each run, in ascending order.
    pub(crate) fn parts(&self, range: usize) -> impl Iterator<Item = &[u128]> {
        let bounds = self.bounds(range);
        self.runs.iter().map(move |run| {
            let from = run.partition_point(|key| *key < bounds.start);
            let to = match range + 1 == self.len() {
                true => run.len(),
                false => run.partition_point(|key| *key < bounds.end),
            };
            run.get(from..to).unwrap_or_default()
        })
    }

    /// The keys of a range in order.
    pub(crate) fn sorted(&self, range: usize) -> Vec<u128> {
        let mut keys: Vec<u128> = Vec::with_capacity(self.parts(range).map(<[u128]>::len).sum());
        for part in self.parts(range) {
            keys.extend_from_slice(part);
        }
        // A stable sort sees that these are a few sorted runs.
        keys.sort();
        keys
    }

    fn bounds(&self, range: usize) -> Range<u128> {
        let at = |cut: usize| self.cuts.get(cut).copied();
        let start = range.checked_sub(1).and_then(at).unwrap_or(0);
        start..at(range).unwrap_or(u128::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_hold_every_key_once_in_order(
            runs in prop::collection::vec(prop::collection::vec(0_u128..5_000, 0..2_000), 0..4),
        ) {
            let mut all: Vec<u128> = runs.iter().flatten().copied().collect();
            all.sort_unstable();
            let mut runs = runs;
            runs.iter_mut().for_each(|run| run.sort_unstable());
            let mut ranges = KeyRanges::new(runs);
            // So few keys are one range: cut them by hand.
            ranges.cuts = vec![256, 1_024, 4_096];
            let found: Vec<u128> = (0..ranges.len()).flat_map(|at| ranges.sorted(at)).collect();
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn many_keys_are_cut_into_even_ranges() {
        let run = |from: u128| (0..200_000).map(|at| (at * 2 + from) << 8).collect();
        let ranges = KeyRanges::new(vec![run(0), run(1)]);
        assert_eq!(ranges.len(), 7);
        for range in 0..ranges.len() {
            let keys = ranges.sorted(range).len();
            assert!((40_000..80_000).contains(&keys), "{keys}");
        }
    }
}
