//! What labels without a prediction came near to, noted as the predictions stream by.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::row::{EVENT_ID, FILTERED, HAS_CAPTURE, HAS_SPELLINGS, SPELLED, USABLE};
use super::{Event, LabelIndex, share_of};
use crate::merge::unmatched_reason::{Near, Sighting, UnmatchedReason};
use crate::normal_key::normal_key;

/// The nearest predictions of the first labels that have one. Of the others only the reason is known: so many are one
/// mistake, and need not be told one by one.
#[derive(Debug)]
pub(super) struct NearMisses {
    kept: Mutex<BTreeMap<u32, Near>>,
    /// Labels from this one on are not kept.
    end: AtomicU32,
}

/// Unmatched labels whose nearest prediction is named, in label order.
pub(crate) const MOST_NEAR: usize = 100_000;

impl Default for NearMisses {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            end: AtomicU32::new(u32::MAX),
        }
    }
}

impl NearMisses {
    pub(super) fn note(&self, label: u32, sighting: &Sighting<'_>) {
        if label >= self.end.load(Ordering::Relaxed) {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get_mut(&label) {
            Some(known) if *sighting < known.as_sighting() => *known = sighting.into(),
            Some(_) => {}
            None => {
                kept.insert(label, sighting.into());
                // The first labels stay, so that which they are hangs on the order of arrival as little as may be:
                // labels that match later than they are noted count too.
                if kept.len() > MOST_NEAR
                    && let Some((last, _)) = kept.pop_last()
                {
                    self.end.store(last, Ordering::Relaxed);
                }
            }
        }
    }

    pub(super) fn get(&self, label: u32) -> Option<Near> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&label).cloned()
    }
}

impl LabelIndex {
    /// Notes that a prediction came near to the labels whose first is `head`.
    pub(crate) fn came_near(&self, head: u32, sighting: &Sighting<'_>) {
        let flag = match sighting.reason {
            UnmatchedReason::PredictionFiltered => FILTERED,
            UnmatchedReason::EventIdGiven => EVENT_ID,
            UnmatchedReason::SpelledDifferently => SPELLED,
            _ => 0,
        };
        for label in self.members(head, &[head]) {
            self.flag(*label, flag);
            if self.flags(*label) & HAS_CAPTURE == 0 {
                self.near.note(*label, sighting);
            }
        }
    }

    /// Notes that a prediction has the label's key and cannot use it; another may.
    pub(super) fn note_unusable(&self, label: u32, event: &Event<'_>, reason: UnmatchedReason) {
        if self.flags(label) & USABLE == 0 {
            self.near.note(label, &event.sighted(reason));
        }
    }

    /// The prediction that the label came nearest to.
    pub(crate) fn nearest(&self, label: u32) -> Option<Near> {
        self.near.get(label)
    }

    /// Whether a label can have a key of so many bytes.
    pub(crate) fn may_have_length(&self, length: usize) -> bool {
        self.blocks.may_have_length(length)
    }

    /// First labels of the keys that differ from `key` in spelling only; `head` is the first of those that do not.
    pub(super) fn spelled_otherwise(&self, key: &str, hash: u32, head: Option<u32>) -> Vec<u32> {
        let alone = |head| self.flags(head) & HAS_SPELLINGS == 0;
        if head.is_some_and(alone) {
            return Vec::new();
        }
        let Some(share) = self.shares.get(share_of(hash, self.shares.len())) else {
            return Vec::new();
        };
        let normal = normal_key(key);
        let others = share.heads.with_hash(hash).filter(|label| {
            let other = self.key(*label);
            other != key && normal_key(other) == normal
        });
        others.collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use groundline_store::Hour;

    use super::*;

    fn sighting(file: &str) -> Sighting<'_> {
        Sighting {
            reason: UnmatchedReason::EventIdGiven,
            model: None,
            endpoint: "e",
            variant: "v",
            hour: Hour::from_micros(0),
            file,
            position: 0,
            line: None,
            key: "k",
        }
    }

    #[test]
    fn the_first_labels_are_kept_with_their_first_sighting_in_any_order() {
        let most = u32::try_from(MOST_NEAR).unwrap();
        let near = NearMisses::default();
        for label in (0..most + 10).rev() {
            near.note(label, &sighting("b"));
            near.note(label, &sighting("a"));
            near.note(label, &sighting("c"));
        }
        assert_eq!(near.get(0).unwrap().file, "a");
        assert_eq!(near.get(most - 1).unwrap().file, "a");
        assert_eq!(near.get(most), None);
    }
}
