//! Labels of some consecutive objects as rows of the index, made where they are decoded.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use groundline_capture::{Column, Encoding, Selector, label_shape};
use hashbrown::DefaultHashBuilder;

use super::block::Block;
use super::row::PackedShape;
use crate::error::EngineError;
use crate::key_table::hash_key;

/// Columns that the index is built from, in this order.
pub(crate) const LABEL_COLUMNS: &[Column] = &[
    Column::Key,
    Column::Label,
    Column::LabelEncoding,
    Column::Position,
];

/// A label on its way into a chunk or out of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'a> {
    pub(crate) key: &'a str,
    /// Of the key.
    pub(crate) hash: u32,
    pub(crate) label: Option<&'a str>,
    pub(crate) encoding: Option<&'a str>,
    /// Number of the label object in the run.
    pub(crate) file: u32,
    pub(crate) position: i64,
    pub(crate) shape: PackedShape,
}

/// Labels in order of (file, position).
#[derive(Debug, Default)]
pub(crate) struct LabelChunk {
    pub(super) block: Block,
    pub(super) encodings: EncodingNames,
}

impl LabelChunk {
    /// Labels of object number `file`; `batch` holds [`LABEL_COLUMNS`], [`LabelChunk::ROWS`] at most.
    pub(crate) fn add(
        &mut self,
        file: u32,
        batch: &RecordBatch,
        attribute: Option<&Selector>,
        hasher: &DefaultHashBuilder,
    ) -> Result<(), EngineError> {
        let keys = batch.column(0).as_string::<i32>();
        let labels = batch.column(1).as_string::<i32>();
        let encodings = batch.column(2).as_string::<i32>();
        let positions = batch.column(3).as_primitive::<Int64Type>();
        self.block
            .reserve(batch.num_rows(), text_bytes(keys) + text_bytes(labels));
        for row in 0..batch.num_rows() {
            let label = labels.is_valid(row).then(|| labels.value(row));
            let encoding = encodings.is_valid(row).then(|| encodings.value(row));
            let shape = label_shape(label, Encoding::parse(encoding), attribute);
            let key = keys.value(row);
            self.push(Label {
                key,
                hash: hash_key(hasher, key),
                label,
                encoding,
                file,
                position: positions.value(row),
                shape: PackedShape::new(shape),
            })?;
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, label: Label<'_>) -> Result<(), EngineError> {
        let encoding = self.encodings.number(label.encoding)?;
        self.block.push(&label, encoding)
    }

    /// The labels, in order.
    pub(crate) fn labels(&self) -> impl Iterator<Item = Label<'_>> {
        labels(&self.block, &self.encodings)
    }

    /// Labels that make a chunk, and bytes of their text: few, so that what waits is little, and its memory comes from
    /// pages that the allocator has at hand.
    pub(crate) const ROWS: usize = 4096;
    pub(crate) const TEXT: usize = 256 << 10;

    /// Worth handing on before `more` labels are added.
    pub(crate) fn is_full(&self, more: usize) -> bool {
        !self.is_empty()
            && (self.block.text_bytes() >= Self::TEXT || self.block.len() + more > Self::ROWS)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.block.len() == 0
    }
}

/// Bytes of an array's own texts, which may be a slice of more.
fn text_bytes(array: &StringArray) -> usize {
    let offsets = array.value_offsets();
    match (offsets.first(), offsets.last()) {
        (Some(first), Some(last)) => usize::try_from(last - first).unwrap_or(0),
        _ => 0,
    }
}

/// Labels of a block, in order.
pub(super) fn labels<'a>(
    block: &'a Block,
    encodings: &'a EncodingNames,
) -> impl Iterator<Item = Label<'a>> {
    block.rows().iter().enumerate().map(|(at, row)| Label {
        key: block.key(at),
        hash: row.hash,
        label: block.label(at),
        encoding: encodings.name(row.encoding),
        file: block.file(at),
        position: block.position(at),
        shape: row.shape,
    })
}

/// Numbers of encoding names: few are usual, but a stranger's file may have many.
#[derive(Debug, Default)]
pub(super) struct EncodingNames {
    pub(super) names: Vec<Option<String>>,
    numbers: HashMap<Option<String>, u16>,
    last: Option<u16>,
}

impl EncodingNames {
    fn name(&self, number: u16) -> Option<&str> {
        self.names.get(usize::from(number))?.as_deref()
    }

    pub(super) fn number(&mut self, name: Option<&str>) -> Result<u16, EngineError> {
        if let Some(last) = self.last
            && let Some(known) = self.names.get(usize::from(last))
            && known.as_deref() == name
        {
            return Ok(last);
        }
        let name = name.map(str::to_owned);
        let number = match self.numbers.get(&name) {
            Some(number) => *number,
            None => {
                let number =
                    u16::try_from(self.names.len()).map_err(|_| EngineError::TooManyEncodings)?;
                self.names.push(name.clone());
                self.numbers.insert(name, number);
                number
            }
        };
        self.last = Some(number);
        Ok(number)
    }
}
