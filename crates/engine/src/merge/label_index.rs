//! The compact build side of the fast plan: every label of the run, found by key, in the order of design.md
//! (hour, file, position). It also remembers what became of each label.

mod build;
mod chunk;
mod row;

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use groundline_capture::LabelShape;
use groundline_store::Hour;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::model::{DuplicateLabels, Policy};
use crate::tables::Input;

pub(crate) use build::LabelIndexBuilder;
pub(crate) use chunk::{LABEL_COLUMNS, Label, LabelChunk};
pub(crate) use row::PackedShape;
use row::{LabelRow, LabelRows, NO_SHAPE};

/// A prediction of the run has the label's key.
pub(crate) const HAS_CAPTURE: u8 = 1;
/// … and sees the label.
pub(crate) const IN_WINDOW: u8 = 2;
/// … and has as many records.
pub(crate) const USABLE: u8 = 4;
/// It was chosen.
pub(crate) const MATCHED: u8 = 8;
/// A prediction that sees it has another number of records.
pub(crate) const MISMATCHED: u8 = 16;
/// It is the first label of its key.
const IS_HEAD: u8 = 32;
/// … and there are others of that key.
const HAS_OTHERS: u8 = 64;

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
/// A look-up touches the table, one row and its text, four cache lines in all: with millions of labels
/// the misses are what it costs.
#[derive(Debug)]
pub(crate) struct LabelIndex {
    files: Arc<LabelFiles>,
    rows: Arc<LabelRows>,
    /// Key and label of each row, one behind the other, as they were decoded.
    texts: Arc<Vec<String>>,
    encoding_names: Vec<Option<String>>,
    hasher: DefaultHashBuilder,
    /// The keys, shared out by their hash.
    shares: Vec<KeyShare>,
    mismatch: Mutex<Option<Mismatch>>,
}

/// The keys of one share of all hashes.
#[derive(Debug, Default)]
struct KeyShare {
    /// A key's hash and the first label that has it.
    heads: HashTable<(u32, u32)>,
    /// All labels of the keys that have several, by the first of them, in order.
    several: HashMap<u32, Vec<u32>>,
}

/// The part of a hash that is kept beside a label.
pub(crate) fn narrow_hash(hash: u64) -> u32 {
    (hash >> 32) as u32 ^ hash as u32
}

/// A hash for the tables, every bit of it from every bit that is kept.
fn table_hash(hash: u32) -> u64 {
    let product = u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ (product >> 32)
}

/// Which of `shares` (a power of two, 256 at most) a hash is in.
/// The bits are not those by which labels are spilled (`merge/spill`), so that a spilled part is shared out too.
fn share_of(hash: u32, shares: usize) -> usize {
    (hash >> 24) as usize & (shares - 1)
}

/// Place of a key: captures of several (endpoint, variant) share it.
const SEVERAL: u32 = u32::MAX;

/// A capture (or transform record) that asks for its label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event<'a> {
    pub(crate) key: &'a str,
    pub(crate) hour: Hour,
    pub(crate) record_count: u32,
    pub(crate) file: &'a str,
    pub(crate) position: i64,
    /// Number of the (endpoint, variant), from 1.
    pub(crate) place: u32,
}

/// The first label that has another number of records than its prediction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// What a worker keeps between choices.
#[derive(Debug, Default)]
pub(crate) struct ChoiceMemory {
    /// Whether captures are counted: once per hour, however often its rows are asked for.
    counts: bool,
    marked: HashSet<(u32, Hour, u32)>,
}

impl ChoiceMemory {
    pub(crate) fn new(counts: bool) -> Self {
        Self {
            counts,
            marked: HashSet::new(),
        }
    }
}

impl LabelIndex {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// The first label of each key, or none. Looked up for a whole batch at once, so that misses overlap.
    pub(crate) fn find<'k>(
        &self,
        keys: impl Iterator<Item = &'k str> + Clone,
        found: &mut Vec<Option<u32>>,
    ) {
        let hashes: Vec<u32> = keys
            .clone()
            .map(|key| narrow_hash(self.hasher.hash_one(key.as_bytes())))
            .collect();
        found.clear();
        found.extend(hashes.iter().map(|hash| {
            self.share(*hash)?
                .find(table_hash(*hash), |(known, _)| known == hash)
                .map(|(_, head)| *head)
        }));
        for ((key, hash), head) in keys.zip(&hashes).zip(found.iter_mut()) {
            if let Some(label) = *head
                && self.key(label) != key
            {
                // Another key with the same hash: ask again, comparing the keys.
                let same = |(known, head): &(u32, u32)| known == hash && self.key(*head) == key;
                *head = self
                    .share(*hash)
                    .and_then(|heads| heads.find(table_hash(*hash), same))
                    .map(|(_, head)| *head);
            }
        }
    }

    fn share(&self, hash: u32) -> Option<&HashTable<(u32, u32)>> {
        let share = self.shares.get(share_of(hash, self.shares.len()))?;
        Some(&share.heads)
    }

    /// Labels for `event`, whose key has `head` as its first, by `policy`, in label order, into `chosen`;
    /// marks what became of each candidate.
    /// True when `error` refuses the event: it has several different usable labels.
    pub(crate) fn choose(
        &self,
        head: Option<u32>,
        event: &Event<'_>,
        policy: &Policy,
        memory: &mut ChoiceMemory,
        chosen: &mut Vec<u32>,
    ) -> bool {
        chosen.clear();
        let Some(head) = head else { return false };
        let only = [head];
        let members = self.members(head, &only);
        let from = event.hour.plus(-policy.label_lead_hours);
        let low = members.partition_point(|label| self.hour(*label) < from);
        let high = match policy.label_horizon_hours {
            Some(horizon) => {
                let to = event.hour.plus(horizon);
                members.partition_point(|label| self.hour(*label) < to)
            }
            None => members.len(),
        };
        let seen = members.get(low..high).unwrap_or_default();
        if members.len() <= SMALL_GROUP
            || memory.marked.insert((head, event.hour, event.record_count))
        {
            self.mark(members, seen, event);
        }
        let fits = |label: &&u32| self.shape(**label).fits(event.record_count);
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
        for label in chosen.iter() {
            self.flag(*label, MATCHED);
        }
        if !chosen.is_empty() && memory.counts {
            self.note_capture(head, event.place);
        }
        conflict
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
        self.row(label).map_or(u32::MAX, |row| row.file)
    }

    pub(crate) fn position(&self, label: u32) -> i64 {
        self.row(label).map_or(0, |row| row.position)
    }

    pub(crate) fn key(&self, label: u32) -> &str {
        self.row(label).map_or("", |row| row.key(&self.texts))
    }

    pub(crate) fn label(&self, label: u32) -> Option<&str> {
        self.row(label)?.label(&self.texts)
    }

    pub(crate) fn encoding(&self, label: u32) -> Option<&str> {
        self.encoding_names
            .get(usize::from(self.row(label)?.encoding))?
            .as_deref()
    }

    fn shape(&self, label: u32) -> LabelShape {
        self.row(label).map_or(NO_SHAPE, |row| row.shape).unpack()
    }

    pub(crate) fn flags(&self, label: u32) -> u8 {
        self.row(label)
            .map_or(0, |row| row.flags.load(Ordering::Relaxed))
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
        let (mut repeated, mut crossing, mut example) = (0, 0, None);
        for row in self.rows.iter() {
            if row.flags.load(Ordering::Relaxed) & IS_HEAD == 0 {
                continue;
            }
            repeated += u64::from(row.captures.load(Ordering::Relaxed).saturating_sub(1));
            if row.place.load(Ordering::Relaxed) == SEVERAL {
                crossing += 1;
                let key = row.key(&self.texts);
                example = Some(example.map_or(key, |known: &str| known.min(key)));
            }
        }
        (repeated, crossing, example)
    }

    pub(crate) fn mismatch(&self) -> Option<Mismatch> {
        self.mismatch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Same text and encoding.
    pub(crate) fn content(&self, label: u32) -> (Option<&str>, Option<&str>) {
        (self.label(label), self.encoding(label))
    }

    fn row(&self, label: u32) -> Option<&LabelRow> {
        self.rows.get(label)
    }

    fn members<'a>(&'a self, head: u32, only: &'a [u32]) -> &'a [u32] {
        match self.row(head) {
            Some(row) if row.flags.load(Ordering::Relaxed) & HAS_OTHERS != 0 => self
                .shares
                .get(share_of(row.hash, self.shares.len()))
                .and_then(|share| share.several.get(&head))
                .map_or(only, Vec::as_slice),
            _ => only,
        }
    }

    fn mark(&self, members: &[u32], seen: &[u32], event: &Event<'_>) {
        for label in members {
            self.flag(*label, HAS_CAPTURE);
        }
        for label in seen {
            if self.shape(*label).fits(event.record_count) {
                self.flag(*label, IN_WINDOW | USABLE);
            } else {
                self.flag(*label, IN_WINDOW | MISMATCHED);
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

    fn flag(&self, label: u32, bits: u8) {
        if let Some(row) = self.row(label)
            && row.flags.load(Ordering::Relaxed) & bits != bits
        {
            row.flags.fetch_or(bits, Ordering::Relaxed);
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

    fn note_capture(&self, head: u32, place: u32) {
        let Some(row) = self.row(head) else { return };
        row.captures.fetch_add(1, Ordering::Relaxed);
        if row.place.load(Ordering::Relaxed) != place
            && let Err(known) =
                row.place
                    .compare_exchange(0, place, Ordering::Relaxed, Ordering::Relaxed)
            && known != place
        {
            row.place.store(SEVERAL, Ordering::Relaxed);
        }
    }
}
