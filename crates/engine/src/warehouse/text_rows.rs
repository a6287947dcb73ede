//! Rows of text files on their way into batches: every column is text, as it is written there.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringBuilder};
use groundline_capture::{Reason, Reject};

use super::rejected::{Rejected, reject};

/// Columns of some rows of a file, and the numbers of the rows, from 0.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) columns: Vec<ArrayRef>,
    pub(super) numbers: Int64Array,
}

/// Collects rows, and rejects those that are none.
#[derive(Debug)]
pub(super) struct TextRows {
    /// Number of the file.
    file: u32,
    columns: Vec<StringBuilder>,
    numbers: Vec<i64>,
    bytes: usize,
    /// Number of the next row.
    next: i64,
}

impl TextRows {
    /// Rows and bytes after which a batch is worth handing on.
    const ROWS: usize = 4096;
    const BYTES: usize = 1 << 20;

    pub(super) fn new(file: u32, columns: usize) -> Self {
        Self {
            file,
            columns: (0..columns).map(|_| StringBuilder::new()).collect(),
            numbers: Vec::new(),
            bytes: 0,
            next: 0,
        }
    }

    /// Adds a row; `value` gives the text of each column.
    pub(super) fn push<'a>(&mut self, value: impl Fn(usize) -> Option<&'a str>) {
        for (at, column) in self.columns.iter_mut().enumerate() {
            let text = value(at);
            self.bytes += text.map_or(0, str::len);
            column.append_option(text);
        }
        self.numbers.push(self.next);
        self.next += 1;
    }

    /// Counts a row that is none.
    pub(super) fn reject(&mut self, to: &Rejected, reason: Reason, detail: String, text: &[u8]) {
        let found: Reject = reject(self.next, reason, detail, text);
        to.scanned(self.file, found);
        self.next += 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.numbers.len() >= Self::ROWS || self.bytes >= Self::BYTES
    }

    /// The rows so far; `None` if there are none.
    pub(super) fn take(&mut self) -> Option<Rows> {
        if self.numbers.is_empty() {
            return None;
        }
        self.bytes = 0;
        Some(Rows {
            columns: self
                .columns
                .iter_mut()
                .map(|column| Arc::new(column.finish()) as ArrayRef)
                .collect(),
            numbers: std::mem::take(&mut self.numbers).into(),
        })
    }
}
