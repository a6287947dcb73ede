//! One label of each key, found by the key's hash.
//!
//! Not hashbrown: it asks for its control byte, its element and the label's row, one miss after the other, where a
//! slot that holds the hash itself asks for one. Look-ups are the merge's only random memory access.

use std::hash::BuildHasher;

use datafusion::common::runtime::SpawnedTask;
use hashbrown::DefaultHashBuilder;
use twox_hash::XxHash3_64;

use crate::error::EngineError;
use crate::normal_key::{is_normal, normal_key};

/// The hash of a key's normal form, as it is kept beside the key: keys that differ in spelling only are found together.
pub(crate) fn hash_key(hasher: &DefaultHashBuilder, key: &str) -> u32 {
    let hash = match is_normal(key) {
        true => hasher.hash_one(key.as_bytes()),
        false => hasher.hash_one(normal_key(key).as_bytes()),
    };
    (hash >> 32) as u32 ^ hash as u32
}

/// The hash of a key's normal form that is the same in every process.
pub(crate) fn shard_of(key: &str) -> u64 {
    XxHash3_64::oneshot(normal_key(key).as_bytes())
}

/// Shares of the keys for so many threads, each of them with a table of its own.
fn shares(threads: usize) -> usize {
    const MOST: usize = 64;
    threads.max(1).next_power_of_two().min(MOST)
}

/// Which of `shares` (a power of two) a hash is in.
/// The bits are not those by which labels are spilled (`merge/spill`), so that a spilled part is shared out too.
pub(crate) fn share_of(hash: u32, shares: usize) -> usize {
    (hash >> 24) as usize & (shares.max(1) - 1)
}

/// Runs `work` for each share of the keys, on as many threads as there are shares.
pub(crate) async fn by_share<T: Send + 'static>(
    threads: usize,
    work: impl Fn(usize, usize) -> T + Clone + Send + 'static,
) -> Result<Vec<T>, EngineError> {
    let count = shares(threads);
    let tasks: Vec<_> = (0..count)
        .map(|share| {
            let work = work.clone();
            SpawnedTask::spawn_blocking(move || work(share, count))
        })
        .collect();
    let mut done = Vec::with_capacity(count);
    for task in tasks {
        done.push(task.join().await.map_err(|e| EngineError::Worker {
            reason: e.to_string(),
        })?);
    }
    Ok(done)
}

/// Keys of one share of all hashes, in slots with linear probing.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    /// `EMPTY` for none.
    label: u32,
}

/// No label has this number.
const EMPTY: u32 = u32::MAX;

/// Slots for each five keys: probes are short when three in eight are empty.
const SLOTS: usize = 8;
const KEYS: usize = 5;

impl KeyTable {
    /// Bytes for `keys` keys.
    pub(crate) const fn bytes(keys: usize) -> usize {
        (keys * SLOTS / KEYS + 1) * size_of::<Slot>()
    }

    /// Room for `keys` keys: more would fill it.
    pub(crate) fn with_room(keys: usize) -> Self {
        let empty = Slot {
            hash: 0,
            label: EMPTY,
        };
        Self {
            slots: vec![empty; keys * SLOTS / KEYS + 1],
        }
    }

    /// The first label with this hash that `is_it`.
    #[inline]
    pub(crate) fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let from = self.home(hash);
        let (before, after) = self.slots.split_at_checked(from)?;
        for slot in after.iter().chain(before) {
            if slot.label == EMPTY {
                return None;
            }
            if slot.hash == hash && is_it(slot.label) {
                return Some(slot.label);
            }
        }
        None
    }

    /// Every label with this hash.
    pub(crate) fn with_hash(&self, hash: u32) -> impl Iterator<Item = u32> {
        let (before, after) = self
            .slots
            .split_at_checked(self.home(hash))
            .unwrap_or_default();
        after
            .iter()
            .chain(before)
            .take_while(|slot| slot.label != EMPTY)
            .filter(move |slot| slot.hash == hash)
            .map(|slot| slot.label)
    }

    /// The label that has the key already, or none, and then `label` is its first.
    pub(crate) fn insert(
        &mut self,
        hash: u32,
        label: u32,
        has_key: impl FnMut(u32) -> bool,
    ) -> Option<u32> {
        let slot = self.slot(hash, has_key)?;
        if slot.label != EMPTY {
            return Some(slot.label);
        }
        *slot = Slot { hash, label };
        None
    }

    /// The slot of a key, or the one where it belongs.
    fn slot(&mut self, hash: u32, mut has_key: impl FnMut(u32) -> bool) -> Option<&mut Slot> {
        let from = self.home(hash);
        let (before, after) = self.slots.split_at_mut_checked(from)?;
        after
            .iter_mut()
            .chain(before)
            .find(|slot| slot.label == EMPTY || (slot.hash == hash && has_key(slot.label)))
    }

    /// Makes `label` the one of its key; the label that it stands for from now on, if there was one.
    pub(crate) fn replace(
        &mut self,
        hash: u32,
        label: u32,
        has_key: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let slot = self.slot(hash, has_key)?;
        let known = slot.label;
        *slot = Slot { hash, label };
        (known != EMPTY).then_some(known)
    }

    /// Where the search for a hash begins. Every bit of the hash counts: its top bits are alike in a share.
    fn home(&self, hash: u32) -> usize {
        let product = u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (product ^ (product >> 32)) & u64::from(u32::MAX);
        ((mixed * self.slots.len() as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few hashes for many keys, so that most keys share theirs.
        #[test]
        fn each_key_has_its_first_label_or_its_last(keys in prop::collection::vec(0..60_u32, 0..200)) {
            let hash = |key: u32| (key % 7) << 29;
            let mut table = KeyTable::with_room(keys.len());
            let mut firsts = HashMap::new();
            for (label, key) in (0_u32..).zip(&keys) {
                let same = |other: u32| keys.get(other as usize) == Some(key);
                let first = *firsts.entry(*key).or_insert(label);
                let found = table.insert(hash(*key), label, same);
                prop_assert_eq!(found, (first != label).then_some(first));
            }
            let mut lasts = HashMap::new();
            let mut latest = KeyTable::with_room(keys.len());
            for (label, key) in (0_u32..).zip(&keys) {
                let same = |other: u32| keys.get(other as usize) == Some(key);
                prop_assert_eq!(latest.replace(hash(*key), label, same), lasts.insert(*key, label));
            }
            for key in 0..80 {
                let same = |other: u32| keys.get(other as usize) == Some(&key);
                prop_assert_eq!(table.find(hash(key), same), firsts.get(&key).copied());
            }
        }
    }
}
