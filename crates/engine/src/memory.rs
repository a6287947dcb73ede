//! How a run shares out its memory limit.

use crate::options::Resources;

/// What one hour under way takes: buffers, batches and a Parquet row group.
const HOUR: usize = 64 << 20;
/// The rest of the process: listings, code, buffers of label decoding.
const REST: usize = 32 << 20;

/// Shares of the memory limit of a run, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// For the label index; labels beyond it are spilled.
    pub(crate) labels: usize,
    /// Hours under way at once.
    pub(crate) hours: usize,
}

impl Budget {
    pub(crate) fn of(resources: &Resources) -> Self {
        let limit = usize::try_from(resources.memory_limit).unwrap_or(usize::MAX);
        let hours = (limit / 2 / HOUR).clamp(1, resources.under_way());
        let labels = limit.saturating_sub(hours * HOUR + REST).max(limit / 4);
        Self { labels, hours }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(limit: u64, threads: usize) -> Budget {
        Budget::of(&Resources {
            memory_limit: limit,
            threads,
            ..Resources::default()
        })
    }

    #[test]
    fn shares_stay_within_the_limit() {
        for limit in [128_u64 << 20, 512 << 20, 16 << 30] {
            for threads in [1, 2, 64] {
                let budget = budget(limit, threads);
                assert!(budget.hours >= 1);
                assert!((budget.labels + budget.hours * HOUR) as u64 <= limit);
            }
        }
    }

    #[test]
    fn hours_give_way_to_labels_under_a_small_limit() {
        assert_eq!(budget(128 << 20, 8).hours, 1);
        assert_eq!(budget(16 << 30, 8).hours, 9);
    }
}
