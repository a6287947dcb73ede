//! One label of the index, in 48 bytes: with millions of them their size is the memory of a run.

use std::sync::atomic::{AtomicU8, AtomicU32};

use groundline_capture::LabelShape;

/// One label.
#[derive(Debug)]
pub(super) struct LabelRow {
    pub(super) position: i64,
    /// Which text, and where in it the key begins; the label follows the key.
    pub(super) text: u32,
    pub(super) start: u32,
    pub(super) key_length: u32,
    /// `NULL` for a null label.
    pub(super) label_length: u32,
    /// Number of the label object in the run.
    pub(super) file: u32,
    pub(super) shape: PackedShape,
    /// Of the key.
    pub(super) hash: u32,
    /// Of a head: labelled captures of the key, and the place they are in (0 none, `SEVERAL` more than one).
    pub(super) captures: AtomicU32,
    pub(super) place: AtomicU32,
    /// Number of the encoding's name.
    pub(super) encoding: u16,
    pub(super) flags: AtomicU8,
}

/// Length of a null label.
pub(super) const NULL: u32 = u32::MAX;

impl LabelRow {
    pub(super) fn key<'a>(&self, texts: &'a [String]) -> &'a str {
        let start = self.start as usize;
        texts
            .get(self.text as usize)
            .and_then(|text| text.get(start..start + self.key_length as usize))
            .unwrap_or("")
    }

    pub(super) fn label<'a>(&self, texts: &'a [String]) -> Option<&'a str> {
        if self.label_length == NULL {
            return None;
        }
        let start = self.start as usize + self.key_length as usize;
        texts
            .get(self.text as usize)?
            .get(start..start + self.label_length as usize)
    }
}

/// Rows in blocks of one size, so that adding to them never moves them.
#[derive(Debug, Default)]
pub(super) struct LabelRows {
    blocks: Vec<Vec<LabelRow>>,
    length: usize,
}

/// Rows of a block, as a power of two.
const BLOCK: u32 = 14;

impl LabelRows {
    pub(super) fn push(&mut self, row: LabelRow) {
        let full = 1 << BLOCK;
        match self.blocks.last_mut() {
            Some(block) if block.len() < full => block.push(row),
            _ => {
                // A small run has a small first block.
                let mut block = Vec::with_capacity(if self.blocks.is_empty() { 0 } else { full });
                block.push(row);
                self.blocks.push(block);
            }
        }
        self.length += 1;
    }

    pub(super) fn get(&self, number: u32) -> Option<&LabelRow> {
        self.blocks
            .get((number >> BLOCK) as usize)?
            .get((number & ((1 << BLOCK) - 1)) as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &LabelRow> {
        self.blocks.iter().flatten()
    }
}

/// A label's shape in four bytes: no rows (empty), one row of so many columns, or so many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedShape(u32);

const ONE_ROW: u32 = 1 << 31;

/// Of a label that is not there.
pub(super) const NO_SHAPE: PackedShape = PackedShape(0);

impl PackedShape {
    pub(super) fn new(shape: LabelShape) -> Self {
        match shape {
            LabelShape { empty: true, .. } => NO_SHAPE,
            LabelShape {
                rows: 1, columns, ..
            } => Self(ONE_ROW | columns.min(ONE_ROW - 1)),
            LabelShape { rows, .. } => Self(rows.min(ONE_ROW - 1)),
        }
    }

    /// As the number that it is.
    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    /// From [`PackedShape::bits`].
    pub(crate) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(super) fn unpack(self) -> LabelShape {
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
