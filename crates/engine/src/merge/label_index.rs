//! The compact build side of the fast plan: every label of the run, found by key, in the order of design.md
//! (hour, file, position). It also remembers what became of each label.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use groundline_capture::{Column, Encoding, LabelShape, Selector, label_shape};
use groundline_store::Hour;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::error::EngineError;
use crate::model::{DuplicateLabels, Policy};

/// Columns that the index is built from, in this order.
pub(crate) const LABEL_COLUMNS: &[Column] = &[
    Column::Key,
    Column::Label,
    Column::LabelEncoding,
    Column::Position,
];

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

/// Labels by key.
#[derive(Debug)]
pub(crate) struct LabelIndex {
    /// Label objects in order: hour and key.
    files: Vec<(Hour, String)>,
    file_of: Vec<u32>,
    positions: Vec<i64>,
    keys: Texts,
    labels: Texts,
    /// Index into `encoding_names`.
    encodings: Vec<u8>,
    encoding_names: Vec<Option<String>>,
    shapes: Vec<LabelShape>,
    flags: Vec<AtomicU8>,
    hasher: DefaultHashBuilder,
    groups: HashTable<u32>,
    /// Members of group `g`: `members[starts[g]..starts[g + 1]]`, label numbers in order.
    starts: Vec<u32>,
    members: Vec<u32>,
    /// Labelled captures of each group, and the place they are in (0 none, `SEVERAL` more than one).
    captures: Vec<AtomicU32>,
    places: Vec<AtomicU32>,
    mismatch: Mutex<Option<Mismatch>>,
}

/// Group place: captures of several (endpoint, variant) share the key.
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
    marked: HashSet<(u32, Hour, u32)>,
}

/// Builds the index; labels are added in order of (hour, file, position).
#[derive(Debug)]
pub(crate) struct LabelIndexBuilder {
    index: LabelIndex,
    group_of: Vec<u32>,
    first_of: Vec<u32>,
    attribute: Option<Selector>,
}

impl LabelIndexBuilder {
    pub(crate) fn new(attribute: Option<Selector>) -> Self {
        Self {
            index: LabelIndex {
                files: Vec::new(),
                file_of: Vec::new(),
                positions: Vec::new(),
                keys: Texts::default(),
                labels: Texts::default(),
                encodings: Vec::new(),
                encoding_names: Vec::new(),
                shapes: Vec::new(),
                flags: Vec::new(),
                hasher: DefaultHashBuilder::default(),
                groups: HashTable::new(),
                starts: Vec::new(),
                members: Vec::new(),
                captures: Vec::new(),
                places: Vec::new(),
                mismatch: Mutex::new(None),
            },
            group_of: Vec::new(),
            first_of: Vec::new(),
            attribute,
        }
    }

    /// Labels of the next object; batches hold [`LABEL_COLUMNS`].
    pub(crate) fn add_file(
        &mut self,
        hour: Hour,
        file: &str,
        batches: &[RecordBatch],
    ) -> Result<(), EngineError> {
        let number = narrow(self.index.files.len())?;
        self.index.files.push((hour, file.to_owned()));
        for batch in batches {
            let keys = batch.column(0).as_string::<i32>();
            let labels = batch.column(1).as_string::<i32>();
            let encodings = batch.column(2).as_string::<i32>();
            let positions = batch.column(3).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let label = labels.is_valid(row).then(|| labels.value(row));
                let encoding = encodings.is_valid(row).then(|| encodings.value(row));
                self.add(
                    number,
                    keys.value(row),
                    label,
                    encoding,
                    positions.value(row),
                )?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        file: u32,
        key: &str,
        label: Option<&str>,
        encoding: Option<&str>,
        position: i64,
    ) -> Result<(), EngineError> {
        let index = &mut self.index;
        let number = narrow(index.positions.len())?;
        index.file_of.push(file);
        index.positions.push(position);
        index.keys.push(Some(key));
        index.labels.push(label);
        index
            .encodings
            .push(encoding_number(&mut index.encoding_names, encoding)?);
        index.shapes.push(label_shape(
            label,
            Encoding::parse(encoding),
            self.attribute.as_ref(),
        ));
        index.flags.push(AtomicU8::new(0));
        let hash = index.hasher.hash_one(key.as_bytes());
        let (keys, first_of, hasher) = (&index.keys, &self.first_of, &index.hasher);
        let first_key = |group: &u32| {
            first_of
                .get(*group as usize)
                .and_then(|first| keys.get(*first))
                .unwrap_or("")
        };
        let next_group = narrow(first_of.len())?;
        let entry = index.groups.entry(
            hash,
            |group| first_key(group) == key,
            |group| hasher.hash_one(first_key(group).as_bytes()),
        );
        let group = *entry.or_insert(next_group).get();
        if group == next_group {
            self.first_of.push(number);
        }
        self.group_of.push(group);
        Ok(())
    }

    pub(crate) fn finish(self) -> LabelIndex {
        let Self {
            mut index,
            group_of,
            first_of,
            ..
        } = self;
        let groups = first_of.len();
        let mut starts = vec![0_u32; groups + 1];
        for group in &group_of {
            if let Some(count) = starts.get_mut(*group as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut next = starts.clone();
        let mut members = vec![0_u32; group_of.len()];
        for (label, group) in (0_u32..).zip(&group_of) {
            if let Some(at) = next.get_mut(*group as usize) {
                if let Some(member) = members.get_mut(*at as usize) {
                    *member = label;
                }
                *at += 1;
            }
        }
        index.starts = starts;
        index.members = members;
        index.captures = (0..groups).map(|_| AtomicU32::new(0)).collect();
        index.places = (0..groups).map(|_| AtomicU32::new(0)).collect();
        index
    }
}

impl LabelIndex {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.positions.len()).unwrap_or(u32::MAX)
    }

    /// Labels for `event` by `policy`, in label order, into `chosen`; marks what became of each candidate.
    /// True when `error` refuses the event: it has several different usable labels.
    pub(crate) fn choose(
        &self,
        event: &Event<'_>,
        policy: &Policy,
        memory: &mut ChoiceMemory,
        chosen: &mut Vec<u32>,
    ) -> bool {
        chosen.clear();
        let Some(group) = self.group(event.key) else {
            return false;
        };
        let members = self.members_of(group);
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
            || memory
                .marked
                .insert((group, event.hour, event.record_count))
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
        if !chosen.is_empty() {
            self.note_capture(group, event.place);
        }
        conflict
    }

    pub(crate) fn hour(&self, label: u32) -> Hour {
        self.file(label).0
    }

    /// Hour and key of the label's object.
    pub(crate) fn file(&self, label: u32) -> (Hour, &str) {
        let file = self
            .file_of
            .get(label as usize)
            .and_then(|file| self.files.get(*file as usize));
        file.map_or((Hour::from_micros(0), ""), |(hour, file)| {
            (*hour, file.as_str())
        })
    }

    pub(crate) fn position(&self, label: u32) -> i64 {
        self.positions.get(label as usize).copied().unwrap_or(0)
    }

    pub(crate) fn key(&self, label: u32) -> &str {
        self.keys.get(label).unwrap_or("")
    }

    pub(crate) fn label(&self, label: u32) -> Option<&str> {
        self.labels.get(label)
    }

    pub(crate) fn encoding(&self, label: u32) -> Option<&str> {
        let number = self.encodings.get(label as usize)?;
        self.encoding_names.get(usize::from(*number))?.as_deref()
    }

    pub(crate) fn shape(&self, label: u32) -> LabelShape {
        self.shapes
            .get(label as usize)
            .copied()
            .unwrap_or(LabelShape {
                rows: 0,
                columns: 0,
                empty: true,
            })
    }

    pub(crate) fn flags(&self, label: u32) -> u8 {
        self.flags
            .get(label as usize)
            .map_or(0, |flags| flags.load(Ordering::Relaxed))
    }

    /// Groups of labels with one key.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.captures.len())
            .map(|group| self.members_of(u32::try_from(group).unwrap_or(u32::MAX)))
    }

    /// Captures beyond the first of each key that got a label, and keys whose captures are in several places
    /// with the first such key.
    pub(crate) fn repeated(&self) -> (u64, u64, Option<&str>) {
        let (mut repeated, mut crossing, mut example) = (0, 0, None);
        for (group, captures) in self.captures.iter().enumerate() {
            repeated += u64::from(captures.load(Ordering::Relaxed).saturating_sub(1));
            let several = self
                .places
                .get(group)
                .is_some_and(|p| p.load(Ordering::Relaxed) == SEVERAL);
            if several {
                crossing += 1;
                let first = self
                    .members_of(u32::try_from(group).unwrap_or(u32::MAX))
                    .first();
                let key = first.map(|label| self.key(*label));
                example = match (example, key) {
                    (Some(known), Some(key)) if known <= key => Some(known),
                    (_, key) => key,
                };
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

    fn group(&self, key: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(key.as_bytes());
        let same = |group: &u32| {
            self.members_of(*group)
                .first()
                .is_some_and(|label| self.key(*label) == key)
        };
        self.groups.find(hash, same).copied()
    }

    fn members_of(&self, group: u32) -> &[u32] {
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        self.members
            .get(bound(group as usize)..bound(group as usize + 1))
            .unwrap_or_default()
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
        if let Some(flags) = self.flags.get(label as usize)
            && flags.load(Ordering::Relaxed) & bits != bits
        {
            flags.fetch_or(bits, Ordering::Relaxed);
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

    fn note_capture(&self, group: u32, place: u32) {
        let (Some(captures), Some(at)) = (
            self.captures.get(group as usize),
            self.places.get(group as usize),
        ) else {
            return;
        };
        captures.fetch_add(1, Ordering::Relaxed);
        if at.load(Ordering::Relaxed) != place
            && let Err(known) = at.compare_exchange(0, place, Ordering::Relaxed, Ordering::Relaxed)
            && known != place
        {
            at.store(SEVERAL, Ordering::Relaxed);
        }
    }
}

fn narrow(number: usize) -> Result<u32, EngineError> {
    match u32::try_from(number) {
        Ok(narrow) if narrow < u32::MAX => Ok(narrow),
        _ => Err(EngineError::TooManyLabels),
    }
}

fn encoding_number(names: &mut Vec<Option<String>>, name: Option<&str>) -> Result<u8, EngineError> {
    if let Some(known) = names.iter().position(|n| n.as_deref() == name) {
        return u8::try_from(known).map_err(|_| EngineError::TooManyEncodings);
    }
    names.push(name.map(str::to_owned));
    u8::try_from(names.len() - 1).map_err(|_| EngineError::TooManyEncodings)
}

/// Many texts in one allocation; the offset's top bit marks null.
#[derive(Debug, Default)]
struct Texts {
    bytes: String,
    ends: Vec<u64>,
}

const NULL: u64 = 1 << 63;

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        self.bytes.push_str(text.unwrap_or(""));
        let end = self.bytes.len() as u64;
        self.ends
            .push(if text.is_none() { end | NULL } else { end });
    }

    fn get(&self, number: u32) -> Option<&str> {
        let at = number as usize;
        let end = *self.ends.get(at)?;
        if end & NULL != 0 {
            return None;
        }
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |end| end & !NULL);
        self.bytes
            .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }
}
