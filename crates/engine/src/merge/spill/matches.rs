//! The labels that were chosen, in order of their predictions, picked up by the hours as they stream by.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    BooleanBuilder, Int32Builder, Int64Builder, RecordBatch, StringBuilder, UInt32Builder,
};
use groundline_capture::LabelLayout;
use hashbrown::DefaultHashBuilder;
use std::collections::BTreeMap;
use std::ops::Range;

use super::super::label_index::{
    Label, LabelChunk, LabelFiles, LabelIndex, LabelIndexBuilder, PackedShape,
};
use super::super::outcome::HourFailure;
use super::cursor::{Candidate, Cursor, Match, choose};
use super::events::PredictionFiles;
use super::parts::{PartWriter, SpillRows, part_of};
use super::verdicts::{Verdict, Verdicts};
use crate::error::EngineError;
use crate::key_table::hash_key;
use crate::model::DuplicateLabels;
use crate::spill_file::{SpillFile, SpillStore};

/// Matches of one part being written, in order of (object, position) of their predictions.
pub(crate) struct MatchWriter(PartWriter<Rows>);

impl MatchWriter {
    pub(crate) fn new(store: &Arc<SpillStore>) -> Self {
        Self(PartWriter::new(store))
    }

    /// Labels of the prediction at (`file`, `place`: position and unit), which is in `partition`, and whether they have
    /// its event id where that is not its key.
    pub(crate) fn add(
        &mut self,
        partition: u32,
        file: u32,
        place: (i64, i32, bool),
        labels: &LabelIndex,
        chosen: &[u32],
    ) -> Result<(), EngineError> {
        for label in chosen {
            self.0.add(partition, |rows| {
                rows.file.append_value(file);
                rows.position.append_value(place.0);
                rows.unit.append_value(place.1);
                rows.label.append_option(labels.label(*label));
                rows.encoding.append_option(labels.encoding(*label));
                rows.label_file.append_value(labels.file_number(*label));
                rows.label_position.append_value(labels.position(*label));
                rows.by_event_id.append_value(place.2);
                rows.bytes += 32
                    + labels.label(*label).map_or(0, str::len)
                    + labels.encoding(*label).map_or(0, str::len);
            })?;
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<SpillFile, EngineError> {
        self.0.finish()
    }
}

#[derive(Default)]
struct Rows {
    file: UInt32Builder,
    position: Int64Builder,
    unit: Int32Builder,
    label: StringBuilder,
    encoding: StringBuilder,
    label_file: UInt32Builder,
    label_position: Int64Builder,
    by_event_id: BooleanBuilder,
    bytes: usize,
}

impl SpillRows for Rows {
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        self.bytes = 0;
        Ok(RecordBatch::try_from_iter_with_nullable([
            ("file", Arc::new(self.file.finish()) as _, false),
            ("position", Arc::new(self.position.finish()) as _, false),
            ("label", Arc::new(self.label.finish()) as _, true),
            ("encoding", Arc::new(self.encoding.finish()) as _, true),
            ("label_file", Arc::new(self.label_file.finish()) as _, false),
            (
                "label_position",
                Arc::new(self.label_position.finish()) as _,
                false,
            ),
            ("unit", Arc::new(self.unit.finish()) as _, false),
            (
                "by_event_id",
                Arc::new(self.by_event_id.finish()) as _,
                false,
            ),
        ])?)
    }
}

/// Matches of all parts.
pub(crate) struct SpilledMatches {
    pub(super) parts: Vec<SpillFile>,
    pub(super) hasher: DefaultHashBuilder,
    pub(super) labels: Arc<LabelFiles>,
    pub(super) predictions: Arc<PredictionFiles>,
    /// Partitions whose predictions were not all read, and why.
    pub(super) unread: BTreeMap<u32, HourFailure>,
    pub(super) policy: DuplicateLabels,
    /// Where a prediction may take labels of two parts: which it took.
    pub(super) verdicts: Option<Mutex<Verdicts>>,
}

impl SpilledMatches {
    /// Matches of one partition, in the order of its predictions, that were chosen by somebody else.
    pub(crate) fn of_partition(
        (number, file): (u32, SpillFile),
        unread: Option<HourFailure>,
        labels: &Arc<LabelFiles>,
        predictions: &Arc<PredictionFiles>,
        policy: DuplicateLabels,
    ) -> Self {
        Self {
            parts: vec![file],
            hasher: DefaultHashBuilder::default(),
            labels: Arc::clone(labels),
            predictions: Arc::clone(predictions),
            unread: unread.map(|unread| (number, unread)).into_iter().collect(),
            policy,
            verdicts: None,
        }
    }

    /// Number of the part that has a key's labels.
    fn part_of(&self, key: &str) -> usize {
        part_of(hash_key(&self.hasher, key), self.parts.len())
    }

    /// Tells the parts which of their labels a prediction took.
    fn tell(
        &self,
        partition: u32,
        asking: &Asking<'_>,
        chosen: &[Candidate],
    ) -> Result<(), EngineError> {
        let Some(verdicts) = self.verdicts.as_ref().filter(|_| !chosen.is_empty()) else {
            return Ok(());
        };
        let mut verdicts = verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        let place = self.predictions.place(partition);
        let mut told = [false; 2];
        for label in chosen {
            let id = asking.event_id.filter(|_| label.by_event_id);
            let key = id.unwrap_or(asking.key);
            let known = told.get_mut(usize::from(label.by_event_id));
            verdicts.add(&Verdict {
                key,
                hash: hash_key(&self.hasher, key),
                file: label.file,
                position: label.position,
                place,
                is_first: known.is_some_and(|told| !std::mem::replace(told, true)),
            })?;
        }
        Ok(())
    }

    /// The verdicts so far, part by part.
    pub(super) fn take_verdicts(&self) -> Result<Vec<SpillFile>, EngineError> {
        let Some(verdicts) = &self.verdicts else {
            return Ok(Vec::new());
        };
        let mut verdicts = verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        verdicts.take()
    }
}

/// A prediction that asks for its labels.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) position: i64,
    pub(crate) unit: i32,
    pub(crate) key: &'a str,
    /// The event id where it is another one, and labels may have either.
    pub(crate) event_id: Option<&'a str>,
}

/// One partition's reading of the matches.
pub(crate) struct MatchCursors {
    matches: Arc<SpilledMatches>,
    partition: u32,
    cursors: Vec<Cursor>,
}

impl MatchCursors {
    pub(crate) fn new(matches: &Arc<SpilledMatches>, partition: u32) -> Self {
        let parts = matches.parts.iter();
        let cursors = parts.map(|part| Cursor::new(part, partition));
        Self {
            cursors: cursors.collect(),
            matches: Arc::clone(matches),
            partition,
        }
    }

    /// An error if not all predictions of the partition were read when labels were chosen.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        match self.matches.unread.get(&self.partition) {
            Some(HourFailure { why, hint, .. }) => Err(EngineError::Unread {
                reason: why.clone(),
                hint: hint.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The labels of some predictions of the partition's `input`-th object, which come in their order; for each which
    /// of the labels are its own. `counts` is false where they were asked before.
    pub(crate) fn take<'a>(
        &mut self,
        input: usize,
        predictions: impl Iterator<Item = Asking<'a>>,
        counts: bool,
    ) -> Result<(LabelIndex, Vec<Range<u32>>), EngineError> {
        let matches = Arc::clone(&self.matches);
        let file = matches.predictions.number(self.partition, input);
        let mut chunk = LabelChunk::default();
        let mut ranges = Vec::new();
        let mut labels = 0;
        for asking in predictions {
            let first = labels;
            let place = (file, asking.position, asking.unit);
            let part = matches.part_of(asking.key);
            let mut push = |found: Match<'_>| {
                labels += 1;
                chunk.push(Label {
                    key: "",
                    hash: 0,
                    label: found.label,
                    encoding: found.encoding,
                    file: found.file,
                    position: found.position,
                    shape: PackedShape::from_bits(0),
                })
            };
            if matches.verdicts.is_none() {
                self.read(part, place, push)?;
            } else {
                let mut candidates = Vec::new();
                let mut gather = |found: Match<'_>| {
                    candidates.push(found.to_candidate());
                    Ok(())
                };
                self.read(part, place, &mut gather)?;
                let other = asking.event_id.map(|id| matches.part_of(id));
                if let Some(other) = other.filter(|other| *other != part) {
                    self.read(other, place, &mut gather)?;
                }
                let chosen = choose(candidates, matches.policy);
                for candidate in &chosen {
                    push(candidate.as_match())?;
                }
                if counts {
                    matches.tell(self.partition, &asking, &chosen)?;
                }
            }
            ranges.push(first..labels);
        }
        let mut builder = LabelIndexBuilder::new(
            Arc::clone(&matches.labels),
            matches.hasher.clone(),
            LabelLayout::Auto,
            false,
        );
        builder.add(chunk)?;
        Ok((builder.unsearchable()?, ranges))
    }

    /// What a part has for the prediction at `place`.
    fn read(
        &mut self,
        part: usize,
        place: (u32, i64, i32),
        give: impl FnMut(Match<'_>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        match (self.cursors.get_mut(part), self.matches.parts.get(part)) {
            (Some(cursor), Some(spilled)) => cursor.take(spilled, self.partition, place, give),
            _ => Ok(()),
        }
    }
}
