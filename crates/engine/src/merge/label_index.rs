//! The compact build side of the fast plan: every label of the run, found by key, in the order of design.md
//! (hour, file, position). It also remembers what became of each label.

mod block;
mod blocks;
mod build;
mod choice_memory;
mod chunk;
mod key_filter;
mod near;
mod row;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};

use groundline_capture::{LabelLayout, LabelShape};
use groundline_store::Hour;
use hashbrown::DefaultHashBuilder;
use serde::{Deserialize, Serialize};

use super::sighting::Sighting;
use super::unmatched_reason::UnmatchedReason;
use crate::key_table::{KeyTable, hash_key, share_of};
use crate::model::{DuplicateLabels, Policy};
use crate::tables::Input;

pub(crate) use block::length_bit;
use blocks::Blocks;
pub(crate) use build::LabelIndexBuilder;
pub(crate) use choice_memory::ChoiceMemory;
pub(crate) use chunk::{LABEL_COLUMNS, Label, LabelChunk};
use key_filter::KeyFilter;
use near::NearMisses;
pub(crate) use near::reason_of;
pub(crate) use row::{DUPLICATE, MATCHED, MISMATCHED, PackedShape, USABLE};
use row::{HAS_CAPTURE, HAS_OTHERS, IN_WINDOW, LABELLED, LabelRow, NO_SHAPE};

/// Groups larger than this remember which (hour, record count) they have been marked for.
const SMALL_GROUP: usize = 16;

/// Hour and key of each label object of the run, by number.
#[derive(Debug)]
pub(crate) struct LabelFiles(Vec<(Hour, String)>);

impl LabelFiles {
    pub(crate) fn new(labels: &[Input]) -> Self {
        Self(
            labels
                .iter()
                .map(|input| (input.hour, input.object.key.clone()))
                .collect(),
        )
    }

    pub(crate) fn get(&self, file: u32) -> (Hour, &str) {
        let file = self.0.get(file as usize);
        file.map_or((Hour::from_micros(0), ""), |(hour, key)| {
            (*hour, key.as_str())
        })
    }
}

/// Labels by key.
///
/// A look-up touches a slot of the table, a row and its text: with millions of labels the misses are what it costs.
/// What a block and its object are is the same for thousands of them.
#[derive(Debug)]
pub(crate) struct LabelIndex {
    files: Arc<LabelFiles>,
    blocks: Arc<Blocks>,
    encoding_names: Vec<Option<String>>,
    layout: LabelLayout,
    hasher: DefaultHashBuilder,
    /// The keys, shared out by their hash.
    shares: Vec<KeyShare>,
    /// Captures that got a label, beyond the first of each key.
    repeated: AtomicU64,
    /// There are keys that differ in spelling only.
    has_spellings: bool,
    mismatch: Mutex<Option<Mismatch>>,
    near: NearMisses,
    /// Of the keys that are as long as event ids, once one was asked for.
    event_ids: OnceLock<KeyFilter>,
    /// Which of identical labels stands for them is marked.
    settled: Once,
}

/// The keys of one share of all hashes.
#[derive(Debug, Default)]
struct KeyShare {
    /// The first label of each key.
    heads: KeyTable,
    /// All labels of the keys that have several, by the first of them, in order.
    several: HashMap<u32, Vec<u32>>,
    /// There are keys that differ in spelling only.
    has_spellings: bool,
}

/// Place of a key: captures of several (endpoint, variant) share it.
const SEVERAL: u32 = u32::MAX;

/// A capture (or transform record) that asks for its label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event<'a> {
    pub(crate) key: &'a str,
    pub(crate) endpoint: &'a str,
    pub(crate) variant: &'a str,
    pub(crate) hour: Hour,
    pub(crate) record_count: u32,
    pub(crate) file: &'a str,
    pub(crate) position: i64,
    /// Index of the record where each has an id of its own, else 0.
    pub(crate) unit: i32,
    /// Number of the (endpoint, variant), from 1.
    pub(crate) place: u32,
}

impl<'a> Event<'a> {
    /// The event as what a label came near to.
    pub(crate) fn sighted(&self, reason: UnmatchedReason) -> Sighting<'a> {
        let place = (self.endpoint, self.variant);
        Sighting::new(reason, place, self.hour, self.file, self.position, self.key)
    }
}

/// The first label of an event's key, and of its event id where that may match too.
pub(crate) type Heads = (Option<u32>, Option<u32>);

/// The first label that has another number of records than its prediction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Mismatch {
    pub(crate) label_file: u32,
    pub(crate) label_position: i64,
    pub(crate) label_records: u32,
    pub(crate) place: u32,
    pub(crate) hour: Hour,
    pub(crate) file: String,
    pub(crate) position: i64,
    pub(crate) record_count: u32,
}

impl LabelIndex {
    /// Does what is to be done once all predictions have chosen; once, however often it is asked.
    pub(crate) fn settle_once(&self, work: impl FnOnce()) {
        self.settled.call_once(work);
    }

    /// Numbers of all labels with their flags, in label order.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (u32, u16)> {
        self.blocks.rows().map(|(label, row)| (label, row.flags()))
    }

    /// The first label of each key, or none. Looked up for a whole batch at once, so that misses overlap.
    /// `spelled` takes those that differ from a key in spelling only: number of the key, first label.
    pub(crate) fn find<'k>(
        &self,
        keys: impl Iterator<Item = &'k str> + Clone,
        found: &mut Vec<Option<u32>>,
        spelled: &mut Vec<(usize, u32)>,
    ) {
        spelled.clear();
        let hashes: Vec<u32> = keys
            .clone()
            .map(|key| hash_key(&self.hasher, key))
            .collect();
        found.clear();
        found.extend(
            hashes
                .iter()
                .map(|hash| self.heads(*hash)?.find(*hash, |_| true)),
        );
        // Step by step for all of them: each step waits for memory, but not for the other keys.
        let known: Vec<&str> = found
            .iter()
            .map(|head| head.map_or("", |label| self.key(label)))
            .collect();
        let all = keys.zip(&hashes).zip(known).zip(found.iter_mut());
        for (number, (((key, hash), known), head)) in all.enumerate() {
            if head.is_none() || (known == key && !self.has_spellings) {
                continue;
            }
            if known != key {
                // Another key with the same hash: ask again, comparing the keys.
                let same = |label| self.key(label) == key;
                *head = self.heads(*hash).and_then(|heads| heads.find(*hash, same));
            }
            let others = self.spelled_otherwise(key, *hash, *head);
            spelled.extend(others.into_iter().map(|label| (number, label)));
        }
    }

    fn heads(&self, hash: u32) -> Option<&KeyTable> {
        let share = self.shares.get(share_of(hash, self.shares.len()))?;
        Some(&share.heads)
    }

    /// Labels for `event`, whose ids have `heads` as their first, by `policy`, in label order, into `chosen`;
    /// marks what became of each candidate.
    /// True when `error` refuses the event: it has several different usable labels.
    pub(crate) fn choose(
        &self,
        heads: Heads,
        event: &Event<'_>,
        policy: &Policy,
        memory: &mut ChoiceMemory,
        chosen: &mut Vec<u32>,
    ) -> bool {
        chosen.clear();
        let Some(head) = heads.0.or(heads.1) else {
            return false;
        };
        let from = event.hour.plus(-policy.label_lead_hours);
        let to = policy.label_horizon_hours;
        let to = to.map(|horizon| event.hour.plus(horizon));
        let too_late = |hour: Hour| to.is_some_and(|to| hour >= to);
        let only = [head];
        let both: Vec<u32>;
        let members = match heads {
            (Some(one), Some(two)) if one != two => {
                both = self.of_both(one, two);
                &both
            }
            _ => self.members(head, &only),
        };
        if members.len() == 1 {
            // Of one label every policy makes the same, and most keys have one.
            let hour = self.hour(head);
            if hour >= from && !too_late(hour) && self.fits(head, event) {
                chosen.push(head);
                let matched = if memory.decides { MATCHED } else { 0 };
                let flags = HAS_CAPTURE | IN_WINDOW | USABLE | matched;
                if memory.counts {
                    self.note_capture(head, event.place, flags);
                } else {
                    self.flag(head, flags);
                }
                return false;
            }
        }
        let low = members.partition_point(|label| self.hour(*label) < from);
        let high = members.partition_point(|label| !too_late(self.hour(*label)));
        let seen = members.get(low..high).unwrap_or_default();
        if members.len() <= SMALL_GROUP
            || memory
                .marked
                .insert((heads, event.hour, event.record_count))
        {
            self.mark(members, low..high, event);
        }
        let fits = |label: &&u32| self.fits(**label, event);
        let mut conflict = false;
        match policy.duplicate_labels {
            DuplicateLabels::Latest => chosen.extend(seen.iter().rev().find(fits)),
            DuplicateLabels::First => chosen.extend(seen.iter().find(fits)),
            DuplicateLabels::All => self.distinct(seen.iter().filter(fits), chosen),
            DuplicateLabels::Error => {
                self.distinct(seen.iter().filter(fits), chosen);
                conflict = chosen.len() > 1;
            }
        }
        if memory.decides {
            for label in chosen.iter() {
                self.flag(*label, MATCHED);
            }
        }
        if memory.counts {
            // Of each id whose label was chosen: two at most.
            for head in [heads.0, heads.1.filter(|_| heads.0 != heads.1)]
                .into_iter()
                .flatten()
            {
                let key = self.key(head);
                if chosen.iter().any(|label| self.key(*label) == key) {
                    self.note_capture(head, event.place, 0);
                }
            }
        }
        conflict
    }

    /// Marks the label of the key of `head` that stands at `source` (number of its object, position) as matched; with
    /// a place also that a capture of it got a label of the key.
    pub(crate) fn took(&self, head: u32, source: (u32, i64), place: Option<u32>) {
        let only = [head];
        let taken = self.members(head, &only).iter();
        let mut taken =
            taken.filter(|label| (self.file_number(**label), self.position(**label)) == source);
        if let Some(label) = taken.next() {
            self.flag(*label, MATCHED);
        }
        if let Some(place) = place {
            self.note_capture(head, place, 0);
        }
    }

    pub(crate) fn hour(&self, label: u32) -> Hour {
        self.file(label).0
    }

    /// Hour and key of the label's object.
    pub(crate) fn file(&self, label: u32) -> (Hour, &str) {
        self.files.get(self.file_number(label))
    }

    /// Number of the label's object in the run.
    pub(crate) fn file_number(&self, label: u32) -> u32 {
        let found = self.blocks.find(label);
        found.map_or(u32::MAX, |(block, row)| block.file(row))
    }

    pub(crate) fn position(&self, label: u32) -> i64 {
        let found = self.blocks.find(label);
        found.map_or(0, |(block, row)| block.position(row))
    }

    pub(crate) fn key(&self, label: u32) -> &str {
        self.blocks.key(label)
    }

    pub(crate) fn label(&self, label: u32) -> Option<&str> {
        let (block, row) = self.blocks.find(label)?;
        block.label(row)
    }

    pub(crate) fn encoding(&self, label: u32) -> Option<&str> {
        self.encoding_names
            .get(usize::from(self.row(label)?.encoding))?
            .as_deref()
    }

    fn shape(&self, label: u32) -> LabelShape {
        self.row(label).map_or(NO_SHAPE, |row| row.shape).unpack()
    }

    fn fits(&self, label: u32, event: &Event<'_>) -> bool {
        self.shape(label).fits(event.record_count, self.layout)
    }

    pub(crate) fn flags(&self, label: u32) -> u16 {
        self.row(label).map_or(0, LabelRow::flags)
    }

    /// Labels of each key that has several.
    pub(crate) fn repeated_labels(&self) -> impl Iterator<Item = &[u32]> {
        self.shares
            .iter()
            .flat_map(|share| share.several.values().map(Vec::as_slice))
    }

    /// Captures beyond the first of each key that got a label, and keys whose captures are in several places
    /// with the least such key.
    pub(crate) fn repeated(&self) -> (u64, u64, Option<&str>) {
        let (mut crossing, mut example) = (0, None);
        for (label, _) in self.blocks.rows() {
            let Some((block, row)) = self.blocks.find(label) else {
                continue;
            };
            match block.place(row) {
                Some(place) if place.load(Ordering::Relaxed) == SEVERAL => {
                    crossing += 1;
                    let key = block.key(row);
                    example = Some(example.map_or(key, |known: &str| known.min(key)));
                }
                Some(_) => {}
                // Nor has any other: the run is of one place.
                None => break,
            }
        }
        (self.repeated.load(Ordering::Relaxed), crossing, example)
    }

    pub(crate) fn mismatch(&self) -> Option<Mismatch> {
        self.mismatch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Text and encoding: what makes two labels say the same.
    pub(crate) fn content(&self, label: u32) -> (Option<&str>, Option<&str>) {
        (self.label(label), self.encoding(label))
    }

    fn row(&self, label: u32) -> Option<&LabelRow> {
        self.blocks.row(label)
    }

    /// The labels of two keys, in label order.
    fn of_both(&self, one: u32, two: u32) -> Vec<u32> {
        let mut labels = self.members(one, &[one]).to_vec();
        labels.extend_from_slice(self.members(two, &[two]));
        labels.sort_unstable();
        labels
    }

    fn members<'a>(&'a self, head: u32, only: &'a [u32]) -> &'a [u32] {
        match self.row(head) {
            Some(row) if row.flags() & HAS_OTHERS != 0 => self
                .shares
                .get(share_of(row.hash, self.shares.len()))
                .and_then(|share| share.several.get(&head))
                .map_or(only, Vec::as_slice),
            _ => only,
        }
    }

    fn mark(&self, members: &[u32], seen: Range<usize>, event: &Event<'_>) {
        for (number, label) in members.iter().enumerate() {
            self.flag(*label, HAS_CAPTURE);
            if !seen.contains(&number) {
                self.note_unusable(*label, event, UnmatchedReason::OutsideLabelWindow);
            }
        }
        for label in members.get(seen).unwrap_or_default() {
            if self.fits(*label, event) {
                self.flag(*label, IN_WINDOW | USABLE);
            } else {
                self.flag(*label, IN_WINDOW | MISMATCHED);
                self.note_unusable(*label, event, UnmatchedReason::RecordCountDiffers);
                let shape = self.shape(*label);
                let found = Mismatch {
                    label_file: self.file_number(*label),
                    label_position: self.position(*label),
                    label_records: match shape.rows {
                        1 => shape.columns.max(1),
                        rows => rows,
                    },
                    place: event.place,
                    hour: event.hour,
                    file: event.file.to_owned(),
                    position: event.position,
                    record_count: event.record_count,
                };
                let mut first = self.mismatch.lock().unwrap_or_else(PoisonError::into_inner);
                if first.as_ref().is_none_or(|known| found < *known) {
                    *first = Some(found);
                }
            }
        }
    }

    /// Notes what became of a label.
    pub(crate) fn flag(&self, label: u32, flags: u16) {
        if let Some(row) = self.row(label) {
            row.set(flags);
        }
    }

    /// The first of each set of identical labels.
    fn distinct<'a>(&self, labels: impl Iterator<Item = &'a u32>, chosen: &mut Vec<u32>) {
        let mut known = HashSet::new();
        for label in labels {
            if known.insert(self.content(*label)) {
                chosen.push(*label);
            }
        }
    }

    /// Notes that a capture at `place` got a label of the key, and `flags` of its first label.
    fn note_capture(&self, head: u32, place: u32, flags: u16) {
        let Some((block, row)) = self.blocks.find(head) else {
            return;
        };
        let Some(label) = block.rows().get(row) else {
            return;
        };
        if label.set(flags | LABELLED) & LABELLED != 0 {
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(known) = block.place(row)
            && known.load(Ordering::Relaxed) != place
            && let Err(other) =
                known.compare_exchange(0, place, Ordering::Relaxed, Ordering::Relaxed)
            && other != place
        {
            known.store(SEVERAL, Ordering::Relaxed);
        }
    }
}
