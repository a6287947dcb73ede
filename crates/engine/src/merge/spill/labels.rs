//! Labels in temporary files, by parts of the keys.

use std::path::Path;

use arrow::array::{Array, AsArray, Int64Builder, RecordBatch, StringBuilder, UInt32Builder};
use arrow::datatypes::{Int64Type, UInt32Type};

use super::super::label_index::{Label, LabelChunk, PackedShape, length_bit};
use super::parts::{Parts, SpillRows};
use crate::error::EngineError;
use crate::spill_file::SpillFile;

/// Labels, shared out.
pub(crate) struct SpilledLabels {
    parts: Parts<LabelRows>,
    /// Which lengths their keys have ([`length_bit`]).
    lengths: u128,
}

impl SpilledLabels {
    pub(crate) fn create(parts: usize, dir: &Path) -> Result<Self, EngineError> {
        Ok(Self {
            parts: Parts::create(parts, dir)?,
            lengths: 0,
        })
    }

    /// Adds the next labels in order of (hour, file, position).
    pub(crate) fn add<'a>(
        &mut self,
        labels: impl Iterator<Item = Label<'a>>,
    ) -> Result<(), EngineError> {
        for label in labels {
            self.lengths |= length_bit(label.key.len());
            self.parts.add(label.hash, |rows| rows.push(&label))?;
        }
        Ok(())
    }

    pub(super) fn lengths(&self) -> u128 {
        self.lengths
    }

    pub(super) fn finish(self) -> Result<Vec<SpillFile>, EngineError> {
        self.parts.finish()
    }
}

/// Labels on their way to a temporary file.
#[derive(Default)]
pub(crate) struct LabelRows {
    file: UInt32Builder,
    position: Int64Builder,
    hash: UInt32Builder,
    shape: UInt32Builder,
    key: StringBuilder,
    label: StringBuilder,
    encoding: StringBuilder,
    bytes: usize,
}

impl LabelRows {
    pub(crate) fn push(&mut self, label: &Label<'_>) {
        self.file.append_value(label.file);
        self.position.append_value(label.position);
        self.hash.append_value(label.hash);
        self.shape.append_value(label.shape.bits());
        self.key.append_value(label.key);
        self.label.append_option(label.label);
        self.encoding.append_option(label.encoding);
        self.bytes += 32
            + label.key.len()
            + label.label.map_or(0, str::len)
            + label.encoding.map_or(0, str::len);
    }
}

impl SpillRows for LabelRows {
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        self.bytes = 0;
        Ok(RecordBatch::try_from_iter_with_nullable([
            ("file", std::sync::Arc::new(self.file.finish()) as _, false),
            (
                "position",
                std::sync::Arc::new(self.position.finish()) as _,
                false,
            ),
            ("hash", std::sync::Arc::new(self.hash.finish()) as _, false),
            (
                "shape",
                std::sync::Arc::new(self.shape.finish()) as _,
                false,
            ),
            ("key", std::sync::Arc::new(self.key.finish()) as _, false),
            ("label", std::sync::Arc::new(self.label.finish()) as _, true),
            (
                "encoding",
                std::sync::Arc::new(self.encoding.finish()) as _,
                true,
            ),
        ])?)
    }
}

/// The labels of a block, as they were before.
pub(super) fn chunk(batch: &RecordBatch) -> Result<LabelChunk, EngineError> {
    let number = |column: usize| batch.column(column).as_primitive::<UInt32Type>();
    let (files, hashes, shapes) = (number(0), number(2), number(3));
    let positions = batch.column(1).as_primitive::<Int64Type>();
    let keys = batch.column(4).as_string::<i32>();
    let labels = batch.column(5).as_string::<i32>();
    let encodings = batch.column(6).as_string::<i32>();
    let mut chunk = LabelChunk::default();
    for row in 0..batch.num_rows() {
        chunk.push(Label {
            key: keys.value(row),
            hash: hashes.value(row),
            label: labels.is_valid(row).then(|| labels.value(row)),
            encoding: encodings.is_valid(row).then(|| encodings.value(row)),
            file: files.value(row),
            position: positions.value(row),
            shape: PackedShape::from_bits(shapes.value(row)),
        })?;
    }
    Ok(chunk)
}
