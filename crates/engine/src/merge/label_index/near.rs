//! What labels without a prediction came near to, noted as the predictions stream by.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::key_filter::KeyFilter;
use super::row::{
    EVENT_ID, FILTERED, HAS_CAPTURE, HAS_SPELLINGS, IN_WINDOW, MATCHED, SPELLED, USABLE,
};
use super::{Event, LabelIndex, LabelRow, share_of};
use crate::merge::sighting::{Near, Sighting};
use crate::merge::unmatched_reason::UnmatchedReason;
use crate::normal_key::normal_key;

/// The nearest predictions of the first labels that have one. Of the others only the reason is known: so many are one
/// mistake, and need not be told one by one.
///
/// Which labels stay unmatched is not known before all predictions were seen, so labels that match later take room
/// from others for a while. What was forgotten for want of room and is wanted in the end is looked for again
/// ([`LabelIndex::look_again`]): which labels are told is a rule of the rows alone.
#[derive(Debug)]
pub(super) struct NearMisses {
    /// Labels that are told.
    most: usize,
    kept: Mutex<BTreeMap<u32, Near>>,
    /// Labels from this one on are not kept; it only falls.
    end: AtomicU32,
    /// At the second look, the only labels that are noted.
    only: OnceLock<HashSet<u32>>,
}

impl NearMisses {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
            end: AtomicU32::new(u32::MAX),
            only: OnceLock::new(),
        }
    }

    /// `is_settled` says which labels are known not to be unmatched, whatever follows.
    fn note(&self, label: u32, sighting: &Sighting<'_>, is_settled: impl Fn(u32) -> bool) {
        match self.only.get() {
            Some(only) if !only.contains(&label) => return,
            Some(_) => {}
            None if label >= self.end.load(Ordering::Relaxed) => return,
            None => {}
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get_mut(&label) {
            Some(known) if *sighting < known.as_sighting() => *known = sighting.into(),
            Some(_) => {}
            None => {
                // It may have fallen meanwhile: a label that was forgotten must not come back with half of what it met.
                let is_late = label >= self.end.load(Ordering::Relaxed);
                if is_late && self.only.get().is_none() {
                    return;
                }
                kept.insert(label, sighting.into());
                self.shorten(&mut kept, is_settled);
            }
        }
    }

    /// Forgets what need not be kept; now and then, so that each label costs little.
    fn shorten(&self, kept: &mut BTreeMap<u32, Near>, is_settled: impl Fn(u32) -> bool) {
        let room = self.most.saturating_add(self.most / 4 + 1);
        if kept.len() <= room || self.only.get().is_some() {
            return;
        }
        kept.retain(|label, _| !is_settled(*label));
        while kept.len() > self.most
            && let Some((last, _)) = kept.pop_last()
        {
            self.end.store(last, Ordering::Relaxed);
        }
    }

    fn get(&self, label: u32) -> Option<Near> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&label).cloned()
    }
}

/// The flag that a label has for a reason; of the reasons that the join cannot tell it is none.
fn flag_of(reason: UnmatchedReason) -> u16 {
    match reason {
        UnmatchedReason::RecordCountDiffers => IN_WINDOW,
        UnmatchedReason::OutsideLabelWindow => HAS_CAPTURE,
        UnmatchedReason::PredictionFiltered => FILTERED,
        UnmatchedReason::EventIdGiven => EVENT_ID,
        UnmatchedReason::SpelledDifferently => SPELLED,
        UnmatchedReason::PredictionRejected
        | UnmatchedReason::OtherEndpoint
        | UnmatchedReason::OtherModel
        | UnmatchedReason::UnknownId => 0,
    }
}

/// Why a label with these flags is unmatched, as far as the join can tell.
pub(crate) fn reason_of(flags: u16) -> UnmatchedReason {
    UnmatchedReason::ALL
        .into_iter()
        .find(|reason| flags & flag_of(*reason) != 0)
        .unwrap_or(UnmatchedReason::UnknownId)
}

impl LabelIndex {
    /// Notes that a prediction came near to the labels whose first is `head`.
    pub(crate) fn came_near(&self, head: u32, sighting: &Sighting<'_>) {
        for label in self.members(head, &[head]) {
            self.flag(*label, flag_of(sighting.reason));
            if self.flags(*label) & HAS_CAPTURE == 0 {
                self.note(*label, sighting);
            }
        }
    }

    /// Notes that a prediction has the label's key and cannot use it; another may.
    pub(super) fn note_unusable(&self, label: u32, event: &Event<'_>, reason: UnmatchedReason) {
        if self.flags(label) & USABLE == 0 {
            self.note(label, &event.sighted(reason));
        }
    }

    fn note(&self, label: u32, sighting: &Sighting<'_>) {
        let is_settled = |label| self.flags(label) & (USABLE | MATCHED) != 0;
        self.near.note(label, sighting, is_settled);
    }

    /// The prediction that the label came nearest to.
    pub(crate) fn nearest(&self, label: u32) -> Option<Near> {
        self.near.get(label)
    }

    /// Whether the nearest predictions of some labels that are told have been forgotten, after all predictions were
    /// seen; `unmatched` are the labels for which the join has a reason, in order. If so, the predictions are to be
    /// seen a second time, and of these labels alone what they come near to is noted.
    pub(crate) fn look_again(&self, unmatched: impl Iterator<Item = u32>) -> bool {
        let end = self.near.end.load(Ordering::Relaxed);
        if end == u32::MAX {
            return false;
        }
        let told: HashSet<u32> = unmatched.take(self.near.most).collect();
        if told.iter().all(|label| *label < end) {
            return false;
        }
        let mut kept = self
            .near
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        kept.retain(|label, _| told.contains(label));
        self.near.only.set(told).is_ok()
    }

    /// False only if no label has `id` as its key.
    pub(crate) fn may_have(&self, id: &str) -> bool {
        if !self.blocks.may_have_length(id.len()) {
            return false;
        }
        let as_long = |row: &LabelRow| row.key_length as usize == id.len();
        let labels = self.blocks.rows().filter(|(_, row)| as_long(row));
        let keys = labels.map(|(label, _)| self.key(label));
        let filter = self
            .event_ids
            .get_or_init(|| KeyFilter::of_length(id.len(), keys));
        filter.may_have(id)
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
        let hour = Hour::from_micros(0);
        Sighting::new(
            UnmatchedReason::EventIdGiven,
            ("e", "v"),
            hour,
            file,
            0,
            "k",
        )
    }

    #[test]
    fn the_first_labels_are_kept_with_their_first_sighting_in_any_order() {
        let near = NearMisses::new(1000);
        for label in (0..2000).rev() {
            for file in ["b", "a", "c"] {
                near.note(label, &sighting(file), |_| false);
            }
        }
        for label in [0, 999] {
            assert_eq!(near.get(label).unwrap().file, "a");
        }
        assert!(near.kept.lock().unwrap().len() <= 1251);
        assert_eq!(near.get(1251), None);
    }

    #[test]
    fn labels_that_match_give_their_room_back() {
        let near = NearMisses::new(8);
        // All but every tenth match before the next is noted.
        for label in 0..80 {
            near.note(label, &sighting("a"), |label| label % 10 != 0);
        }
        assert!((0..80).step_by(10).all(|label| near.get(label).is_some()));
        assert_eq!(near.end.load(Ordering::Relaxed), u32::MAX);
    }

    #[test]
    fn every_reason_but_those_of_other_records_has_a_flag_of_its_own() {
        let mut known = 0;
        for reason in UnmatchedReason::ALL {
            let flag = flag_of(reason);
            assert_eq!(known & flag, 0, "{reason:?}");
            known |= flag;
            if flag != 0 {
                assert_eq!(reason_of(flag), reason);
            }
        }
        assert_eq!(reason_of(0), UnmatchedReason::UnknownId);
        assert_eq!(reason_of(known), UnmatchedReason::RecordCountDiffers);
    }
}
