//! One label of the index, in 24 bytes: with millions of them their size is the memory of a run.

use std::sync::atomic::{AtomicU16, Ordering};

use groundline_capture::LabelShape;

/// A prediction of the run has the label's key.
pub(crate) const HAS_CAPTURE: u16 = 1;
/// … and sees the label.
pub(crate) const IN_WINDOW: u16 = 1 << 1;
/// … and has as many records.
pub(crate) const USABLE: u16 = 1 << 2;
/// It was chosen.
pub(crate) const MATCHED: u16 = 1 << 3;
/// A prediction that sees it has another number of records.
pub(crate) const MISMATCHED: u16 = 1 << 4;
/// Another label says the same of its key, and stands for it.
pub(crate) const DUPLICATE: u16 = 1 << 5;
/// It is the first label of its key, and there are others.
pub(super) const HAS_OTHERS: u16 = 1 << 6;
/// It is the first label of its key, and a capture got one of them.
pub(super) const LABELLED: u16 = 1 << 7;
/// It is null.
pub(super) const NULL: u16 = 1 << 8;

/// A prediction that the model's `where` leaves out has the key.
pub(crate) const FILTERED: u16 = 1 << 9;
/// The key is the event id of a capture that has an inference id.
pub(crate) const EVENT_ID: u16 = 1 << 10;
/// A prediction's key differs from it in spelling only.
pub(crate) const SPELLED: u16 = 1 << 11;
/// There are labels whose keys differ from it in spelling only.
pub(super) const HAS_SPELLINGS: u16 = 1 << 12;

/// One label; its block knows the rest.
#[derive(Debug)]
pub(super) struct LabelRow {
    /// From the first position of its run.
    pub(super) position: u32,
    /// Where in the block's text the key begins; the label follows it, up to the next row.
    pub(super) start: u32,
    pub(super) key_length: u32,
    pub(super) shape: PackedShape,
    /// Of the key.
    pub(super) hash: u32,
    /// Number of the encoding's name.
    pub(super) encoding: u16,
    pub(super) flags: AtomicU16,
}

impl LabelRow {
    pub(super) fn flags(&self) -> u16 {
        self.flags.load(Ordering::Relaxed)
    }

    pub(super) fn is_null(&self) -> bool {
        self.flags() & NULL != 0
    }

    /// Sets some flags; those that were set before.
    pub(super) fn set(&self, flags: u16) -> u16 {
        match self.flags() {
            known if known & flags == flags => known,
            _ => self.flags.fetch_or(flags, Ordering::Relaxed),
        }
    }
}

/// A label's shape in four bytes: no rows (empty), one row of so many columns, or so many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedShape(u32);

const ONE_ROW: u32 = 1 << 31;

/// Of a label that is not there.
pub(super) const NO_SHAPE: PackedShape = PackedShape(0);

impl PackedShape {
    pub(crate) fn new(shape: LabelShape) -> Self {
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
