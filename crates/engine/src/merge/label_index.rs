//! The compact build side of the fast plan: every label of the run, found by key, in the order of design.md
//! (hour, file, position). It also remembers what became of each label.

mod build;

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use groundline_capture::LabelShape;
use groundline_store::Hour;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::model::{DuplicateLabels, Policy};

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

/// Groups larger than this remember which (hour, record count) they have been marked for.
const SMALL_GROUP: usize = 16;

pub(crate) use build::{LABEL_COLUMNS, LabelIndexBuilder};

/// Labels by key.
///
/// A look-up touches the table, one row and its text, four cache lines in all: with millions of labels
/// the misses are what it costs.
#[derive(Debug)]
pub(crate) struct LabelIndex {
    /// Label objects in order: hour and key.
    files: Vec<(Hour, String)>,
    rows: Vec<LabelRow>,
    /// Key and label of each row, one behind the other.
    texts: String,
    encoding_names: Vec<Option<String>>,
    hasher: DefaultHashBuilder,
    /// Part of the key's hash and the first label that has it.
    heads: HashTable<(u32, u32)>,
    /// All labels of the keys that have several, by the first of them, in order.
    several: HashMap<u32, Vec<u32>>,
    mismatch: Mutex<Option<Mismatch>>,
}

/// One label.
#[derive(Debug)]
struct LabelRow {
    /// Where the key begins in `texts`; the label follows it.
    start: u64,
    position: i64,
    key_length: u32,
    /// `NULL` for a null label.
    label_length: u32,
    /// Index into `files`.
    file: u32,
    shape: PackedShape,
    /// Of a head: labelled captures of the key, and the place they are in (0 none, `SEVERAL` more than one).
    captures: AtomicU32,
    place: AtomicU32,
    /// Index into `encoding_names`.
    encoding: u32,
    flags: AtomicU8,
    /// It is the first label of its key; there are others of that key.
    is_head: bool,
    has_others: bool,
}

/// A label's shape in four bytes: no rows (empty), one row of so many columns, or so many rows.
#[derive(Clone, Copy, Debug)]
struct PackedShape(u32);

const ONE_ROW: u32 = 1 << 31;

impl PackedShape {
    fn new(shape: LabelShape) -> Self {
        match shape {
            LabelShape { empty: true, .. } => Self(0),
            LabelShape {
                rows: 1, columns, ..
            } => Self(ONE_ROW | columns.min(ONE_ROW - 1)),
            LabelShape { rows, .. } => Self(rows.min(ONE_ROW - 1)),
        }
    }

    fn unpack(self) -> LabelShape {
        if self.0 & ONE_ROW != 0 {
            LabelShape {
                rows: 1,
                columns: self.0 & !ONE_ROW,
                empty: false,
            }
        } else {
            LabelShape {
                rows: self.0,
                columns: 0,
                empty: self.0 == 0,
            }
        }
    }
}

/// The part of a hash that is kept beside a label.
fn tag(hash: u64) -> u32 {
    (hash >> 16) as u32
}

/// Length of a null label.
const NULL: u32 = u32::MAX;

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
    pub(crate) label: u32,
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

fn key_of<'a>(rows: &[LabelRow], texts: &'a str, label: u32) -> &'a str {
    rows.get(label as usize).map_or("", |row| row.key(texts))
}

impl LabelRow {
    fn key<'a>(&self, texts: &'a str) -> &'a str {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        texts
            .get(start..start.saturating_add(self.key_length as usize))
            .unwrap_or("")
    }

    fn label<'a>(&self, texts: &'a str) -> Option<&'a str> {
        if self.label_length == NULL {
            return None;
        }
        let start = usize::try_from(self.start)
            .ok()?
            .checked_add(self.key_length as usize)?;
        texts.get(start..start.checked_add(self.label_length as usize)?)
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
        let hashes: Vec<u64> = keys
            .clone()
            .map(|key| self.hasher.hash_one(key.as_bytes()))
            .collect();
        found.clear();
        found.extend(hashes.iter().map(|hash| {
            self.heads
                .find(*hash, |(known, _)| *known == tag(*hash))
                .map(|(_, head)| *head)
        }));
        for ((key, hash), head) in keys.zip(&hashes).zip(found.iter_mut()) {
            if let Some(label) = *head
                && self.key(label) != key
            {
                // Another key with the same tag: ask again, comparing the keys.
                let same =
                    |(known, head): &(u32, u32)| *known == tag(*hash) && self.key(*head) == key;
                *head = self.heads.find(*hash, same).map(|(_, head)| *head);
            }
        }
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
        let file = self
            .row(label)
            .and_then(|row| self.files.get(row.file as usize));
        file.map_or((Hour::from_micros(0), ""), |(hour, file)| {
            (*hour, file.as_str())
        })
    }

    pub(crate) fn position(&self, label: u32) -> i64 {
        self.row(label).map_or(0, |row| row.position)
    }

    pub(crate) fn key(&self, label: u32) -> &str {
        key_of(&self.rows, &self.texts, label)
    }

    pub(crate) fn label(&self, label: u32) -> Option<&str> {
        self.row(label)?.label(&self.texts)
    }

    pub(crate) fn encoding(&self, label: u32) -> Option<&str> {
        self.encoding_names
            .get(self.row(label)?.encoding as usize)?
            .as_deref()
    }

    pub(crate) fn shape(&self, label: u32) -> LabelShape {
        self.row(label).map_or(
            LabelShape {
                rows: 0,
                columns: 0,
                empty: true,
            },
            |row| row.shape.unpack(),
        )
    }

    pub(crate) fn flags(&self, label: u32) -> u8 {
        self.row(label)
            .map_or(0, |row| row.flags.load(Ordering::Relaxed))
    }

    /// Labels of each key that has several.
    pub(crate) fn repeated_labels(&self) -> impl Iterator<Item = &[u32]> {
        self.several.values().map(Vec::as_slice)
    }

    /// Captures beyond the first of each key that got a label, and keys whose captures are in several places
    /// with the least such key.
    pub(crate) fn repeated(&self) -> (u64, u64, Option<&str>) {
        let (mut repeated, mut crossing, mut example) = (0, 0, None);
        for row in &self.rows {
            if !row.is_head {
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
        self.rows.get(label as usize)
    }

    fn members<'a>(&'a self, head: u32, only: &'a [u32]) -> &'a [u32] {
        match self.row(head) {
            Some(row) if row.has_others => self.several.get(&head).map_or(only, Vec::as_slice),
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
                let found = Mismatch {
                    label: *label,
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
