//! Labels that were decoded one after the other: their rows, one text for all, and the objects that they are from.

use std::ops::Range;
use std::sync::atomic::{AtomicU16, AtomicU32};

use super::chunk::Label;
use super::row::{LabelRow, NULL};
use crate::error::EngineError;

/// Labels in order of (file, position).
#[derive(Debug, Default)]
pub(super) struct Block {
    rows: Vec<LabelRow>,
    /// Key and label of each row, one behind the other.
    text: String,
    runs: Vec<Run>,
    /// Where the captures of each key are that has its first label here; empty in a run of one place.
    places: Vec<AtomicU32>,
    /// Which lengths the keys have: a bit each, the last for all longer ones.
    lengths: u128,
}

/// Bit of a key's length.
pub(crate) fn length_bit(length: usize) -> u128 {
    1 << length.min(127)
}

/// Rows of one object, from one of them on.
#[derive(Clone, Copy, Debug)]
struct Run {
    first_row: u32,
    /// Number of the label object in the run.
    file: u32,
    /// Position of the first row.
    position: i64,
}

impl Block {
    /// `encoding` is the number of the label's encoding name.
    pub(super) fn push(&mut self, label: &Label<'_>, encoding: u16) -> Result<(), EngineError> {
        let ahead = |run: &&Run| run.file == label.file;
        let position = self.runs.last().filter(ahead).and_then(|run| {
            let ahead = label.position.checked_sub(run.position)?;
            u32::try_from(ahead).ok()
        });
        if position.is_none() {
            self.runs.push(Run {
                first_row: narrow(self.rows.len())?,
                file: label.file,
                position: label.position,
            });
        }
        self.rows.push(LabelRow {
            position: position.unwrap_or(0),
            start: narrow(self.text.len())?,
            key_length: narrow(label.key.len())?,
            shape: label.shape,
            hash: label.hash,
            encoding,
            flags: AtomicU16::new(if label.label.is_none() { NULL } else { 0 }),
        });
        self.lengths |= length_bit(label.key.len());
        self.text.push_str(label.key);
        self.text.push_str(label.label.unwrap_or(""));
        narrow(self.text.len())?;
        Ok(())
    }

    pub(super) fn reserve(&mut self, rows: usize, text: usize) {
        self.rows.reserve_exact(rows);
        self.text.reserve(text);
    }

    /// Gives back what was reserved beyond need.
    pub(super) fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.text.shrink_to_fit();
        self.runs.shrink_to_fit();
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<LabelRow>()
            + self.text.capacity()
            + self.runs.capacity() * size_of::<Run>()
    }

    pub(super) fn lengths(&self) -> u128 {
        self.lengths
    }

    pub(super) fn rows(&self) -> &[LabelRow] {
        &self.rows
    }

    pub(super) fn rows_mut(&mut self) -> &mut [LabelRow] {
        &mut self.rows
    }

    pub(super) fn key(&self, row: usize) -> &str {
        self.rows
            .get(row)
            .and_then(|row| self.text.get(key_range(row)))
            .unwrap_or("")
    }

    pub(super) fn label(&self, row: usize) -> Option<&str> {
        let start = self.rows.get(row).filter(|row| !row.is_null())?;
        let start = key_range(start).end;
        let end = self.rows.get(row + 1);
        let end = end.map_or(self.text.len(), |next| next.start as usize);
        self.text.get(start..end)
    }

    /// Number of the label's object.
    pub(super) fn file(&self, row: usize) -> u32 {
        self.run(row).map_or(u32::MAX, |run| run.file)
    }

    pub(super) fn position(&self, row: usize) -> i64 {
        let ahead = self.rows.get(row).map_or(0, |row| row.position);
        self.run(row).map_or(0, |run| run.position) + i64::from(ahead)
    }

    /// From now on there are places to be remembered.
    pub(super) fn remember_places(&mut self) {
        self.places = self.rows.iter().map(|_| AtomicU32::new(0)).collect();
    }

    /// Where the captures are that have the row's key.
    pub(super) fn place(&self, row: usize) -> Option<&AtomicU32> {
        self.places.get(row)
    }

    fn run(&self, row: usize) -> Option<&Run> {
        let after = match self.runs.as_slice() {
            [only] => return Some(only),
            runs => runs.partition_point(|run| run.first_row as usize <= row),
        };
        self.runs.get(after.checked_sub(1)?)
    }
}

fn key_range(row: &LabelRow) -> Range<usize> {
    let start = row.start as usize;
    start..start + row.key_length as usize
}

pub(super) fn narrow(number: usize) -> Result<u32, EngineError> {
    match u32::try_from(number) {
        Ok(narrow) if narrow < u32::MAX => Ok(narrow),
        _ => Err(EngineError::TooManyLabels),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::super::row::NO_SHAPE;
    use super::*;

    fn label(
        file: u32,
        position: i64,
        key: &'static str,
        label: Option<&'static str>,
    ) -> Label<'static> {
        Label {
            key,
            hash: 7,
            label,
            encoding: None,
            file,
            position,
            shape: NO_SHAPE,
        }
    }

    #[test]
    fn a_block_gives_back_its_labels() {
        let far = i64::from(u32::MAX) + 10;
        let labels = [
            label(3, 5, "a", Some("one")),
            label(3, 9, "", None),
            label(3, far + 5, "far", Some("")),
            label(4, 0, "b", Some("two")),
            label(9, far, "c", None),
        ];
        let mut block = Block::default();
        for label in &labels {
            block.push(label, 0).unwrap();
        }
        block.shrink();
        for (row, label) in labels.iter().enumerate() {
            assert_eq!(block.key(row), label.key);
            assert_eq!(block.label(row), label.label);
            assert_eq!(block.file(row), label.file);
            assert_eq!(block.position(row), label.position);
        }
        assert_eq!(block.label(labels.len()), None);
    }
}
