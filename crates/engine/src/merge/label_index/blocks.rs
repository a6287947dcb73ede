//! All blocks of an index, and the numbers of their labels.

use super::block::{Block, length_bit, narrow};
use super::row::LabelRow;
use crate::error::EngineError;

/// Blocks in label order.
///
/// A label's number is its block's number, then its row's in as many bits as the longest block needs: ascending in
/// label order, with gaps. So a label is found by a shift, and blocks stay where they were decoded.
#[derive(Debug)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
    row_bits: u32,
    lengths: u128,
}

impl Blocks {
    pub(super) fn new(blocks: Vec<Block>) -> Result<Self, EngineError> {
        let longest = blocks.iter().map(Block::len).max().unwrap_or(0);
        let row_bits = longest.next_power_of_two().trailing_zeros();
        narrow(blocks.len() << row_bits)?;
        let lengths = blocks.iter().fold(0, |all, block| all | block.lengths());
        Ok(Self {
            blocks,
            row_bits,
            lengths,
        })
    }

    /// Every label with its number, in label order.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u32, &LabelRow)> + Clone {
        (0_u32..).zip(&self.blocks).flat_map(|(number, block)| {
            let first = number << self.row_bits;
            (first..).zip(block.rows())
        })
    }

    pub(super) fn may_have_length(&self, length: usize) -> bool {
        self.lengths & length_bit(length) != 0
    }

    pub(super) fn row(&self, label: u32) -> Option<&LabelRow> {
        let (block, row) = self.find(label)?;
        block.rows().get(row)
    }

    pub(super) fn key(&self, label: u32) -> &str {
        self.find(label).map_or("", |(block, row)| block.key(row))
    }

    /// The label's block, and its row there.
    pub(super) fn find(&self, label: u32) -> Option<(&Block, usize)> {
        let block = self.blocks.get((label >> self.row_bits) as usize)?;
        Some((block, (label & ((1 << self.row_bits) - 1)) as usize))
    }
}
