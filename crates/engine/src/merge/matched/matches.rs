//! Which label each output row has.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder, UInt32Array};

/// The label of each output row, and the record that it is about.
pub(super) struct Matches {
    pub(super) labels: Vec<Option<u32>>,
    /// Which rows are the first record of their event.
    pub(super) firsts: Vec<bool>,
    pub(super) record_labels: ArrayRef,
    pub(super) rows: Rows,
}

/// Which records of the batch the output rows are.
pub(super) enum Rows {
    /// As many as there are, one after the other, from this one on.
    Range(usize),
    /// These; some several times.
    Picked(UInt32Array),
}

impl Matches {
    pub(super) fn texts<'a>(&self, text: impl Fn(u32) -> Option<&'a str>) -> ArrayRef {
        let mut out = StringBuilder::with_capacity(self.labels.len(), self.labels.len() * 8);
        for label in &self.labels {
            out.append_option(label.and_then(&text));
        }
        Arc::new(out.finish())
    }

    /// The whole label, which stands on the first record only.
    pub(super) fn texts_on_first<'a>(&self, text: impl Fn(u32) -> Option<&'a str>) -> ArrayRef {
        let mut out = StringBuilder::new();
        for (label, first) in self.labels.iter().zip(&self.firsts) {
            out.append_option(label.filter(|_| *first).and_then(&text));
        }
        Arc::new(out.finish())
    }
}
