//! The labels that were chosen, in order of their predictions, picked up by the hours as they stream by.

use std::sync::Arc;

use arrow::array::{
    Array, AsArray, Int32Builder, Int64Builder, RecordBatch, StringBuilder, UInt32Builder,
};
use arrow::datatypes::{Int32Type, Int64Type, UInt32Type};
use groundline_capture::LabelLayout;
use hashbrown::DefaultHashBuilder;
use std::collections::BTreeMap;
use std::ops::Range;

use super::super::label_index::{
    Label, LabelChunk, LabelFiles, LabelIndex, LabelIndexBuilder, PackedShape,
};
use super::events::PredictionFiles;
use super::parts::{PartWriter, SpillRows, part_of};
use crate::error::EngineError;
use crate::key_table::hash_key;
use crate::spill_file::{SpillFile, SpillStore};

/// Matches of one part being written, in order of (object, position) of their predictions.
pub(super) struct MatchWriter(PartWriter<Rows>);

impl MatchWriter {
    pub(super) fn new(store: &Arc<SpillStore>) -> Self {
        Self(PartWriter::new(store))
    }

    /// Labels of the prediction at (`file`, `place`: position and unit), which is in `partition`.
    pub(super) fn add(
        &mut self,
        partition: u32,
        file: u32,
        place: (i64, i32),
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
                rows.bytes += 32
                    + labels.label(*label).map_or(0, str::len)
                    + labels.encoding(*label).map_or(0, str::len);
            })?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<SpillFile, EngineError> {
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
    pub(super) unread: BTreeMap<u32, String>,
}

/// One partition's reading of the matches.
pub(crate) struct MatchCursors {
    matches: Arc<SpilledMatches>,
    partition: u32,
    cursors: Vec<Cursor>,
}

struct Cursor {
    block: usize,
    batch: Option<RecordBatch>,
    row: usize,
}

impl MatchCursors {
    pub(crate) fn new(matches: &Arc<SpilledMatches>, partition: u32) -> Self {
        let cursors = matches.parts.iter().map(|part| Cursor {
            block: part.first_block(partition),
            batch: None,
            row: 0,
        });
        Self {
            cursors: cursors.collect(),
            matches: Arc::clone(matches),
            partition,
        }
    }

    /// An error if not all predictions of the partition were read when labels were chosen.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        match self.matches.unread.get(&self.partition) {
            Some(reason) => Err(EngineError::Unread {
                reason: reason.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The labels of some events of the partition's `input`-th object, which come in the order of the predictions;
    /// for each event which of the labels are its own.
    pub(crate) fn take<'a>(
        &mut self,
        input: usize,
        events: impl Iterator<Item = (i64, i32, &'a str)>,
    ) -> Result<(LabelIndex, Vec<Range<u32>>), EngineError> {
        let matches = Arc::clone(&self.matches);
        let file = matches.predictions.number(self.partition, input);
        let mut chunk = LabelChunk::default();
        let mut ranges = Vec::new();
        let mut labels = 0;
        for (position, unit, key) in events {
            let hash = hash_key(&matches.hasher, key);
            let part = part_of(hash, matches.parts.len());
            let first = labels;
            if let (Some(cursor), Some(spilled)) =
                (self.cursors.get_mut(part), matches.parts.get(part))
            {
                labels +=
                    cursor.take(spilled, self.partition, (file, position, unit), &mut chunk)?;
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
}

impl Cursor {
    /// Moves the labels of the prediction at `place` into `chunk`; gives how many there were.
    fn take(
        &mut self,
        part: &SpillFile,
        partition: u32,
        place: (u32, i64, i32),
        chunk: &mut LabelChunk,
    ) -> Result<u32, EngineError> {
        let mut taken = 0;
        loop {
            let Some(batch) = &self.batch else {
                // A block holds matches of one partition only.
                if part.mark(self.block) != Some(partition) {
                    return Ok(taken);
                }
                self.batch = part.read(self.block)?;
                self.block += 1;
                self.row = 0;
                continue;
            };
            if self.row == batch.num_rows() {
                self.batch = None;
                continue;
            }
            let row = self.row;
            let here = (
                batch.column(0).as_primitive::<UInt32Type>().value(row),
                batch.column(1).as_primitive::<Int64Type>().value(row),
                batch.column(6).as_primitive::<Int32Type>().value(row),
            );
            if here > place {
                return Ok(taken);
            }
            self.row += 1;
            if here < place {
                continue;
            }
            let labels = batch.column(2).as_string::<i32>();
            let encodings = batch.column(3).as_string::<i32>();
            chunk.push(Label {
                key: "",
                hash: 0,
                label: labels.is_valid(row).then(|| labels.value(row)),
                encoding: encodings.is_valid(row).then(|| encodings.value(row)),
                file: batch.column(4).as_primitive::<UInt32Type>().value(row),
                position: batch.column(5).as_primitive::<Int64Type>().value(row),
                shape: PackedShape::from_bits(0),
            })?;
            taken += 1;
        }
    }
}
