//! Which labels were chosen, where the parts could not decide: told by the hours, to the parts that the labels are in.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder, UInt32Builder,
};
use arrow::datatypes::{Int64Type, UInt32Type};

use super::super::label_index::LabelIndex;
use super::parts::{Parts, SpillRows};
use crate::error::EngineError;
use crate::spill_file::SpillFile;

/// That a prediction took a label.
pub(super) struct Verdict<'a> {
    /// The label's.
    pub(super) key: &'a str,
    pub(super) hash: u32,
    pub(super) file: u32,
    pub(super) position: i64,
    /// Number of the prediction's (endpoint, variant).
    pub(super) place: u32,
    /// It is the first that the prediction took of this key.
    pub(super) is_first: bool,
}

/// Verdicts, shared out as the labels are.
pub(super) struct Verdicts(Parts<Rows>);

impl Verdicts {
    pub(super) fn create(parts: usize, dir: &Path) -> Result<Self, EngineError> {
        Ok(Self(Parts::create(parts, dir)?))
    }

    pub(super) fn add(&mut self, verdict: &Verdict<'_>) -> Result<(), EngineError> {
        self.0.add(verdict.hash, |rows| rows.push(verdict))
    }

    /// What was said so far, part by part.
    pub(super) fn take(&mut self) -> Result<Vec<SpillFile>, EngineError> {
        std::mem::take(&mut self.0).finish()
    }
}

/// Tells the labels of a part. The verdicts come in no order, and need none.
pub(super) fn judge(index: &LabelIndex, verdicts: &SpillFile) -> Result<(), EngineError> {
    let (mut heads, mut spelled) = (Vec::new(), Vec::new());
    for batch in verdicts.batches() {
        let batch = batch?;
        let keys = batch.column(0).as_string::<i32>();
        let number = |column: usize| batch.column(column).as_primitive::<UInt32Type>();
        let (files, places) = (number(1), number(3));
        let positions = batch.column(2).as_primitive::<Int64Type>();
        let firsts = batch.column(4).as_boolean();
        let all = (0..keys.len()).map(|row| keys.value(row));
        index.find(all, &mut heads, &mut spelled);
        for (row, head) in heads.iter().enumerate() {
            if let Some(head) = head {
                let place = firsts.value(row).then(|| places.value(row));
                index.took(*head, (files.value(row), positions.value(row)), place);
            }
        }
    }
    Ok(())
}

#[derive(Default)]
struct Rows {
    key: StringBuilder,
    file: UInt32Builder,
    position: Int64Builder,
    place: UInt32Builder,
    is_first: BooleanBuilder,
    bytes: usize,
}

impl Rows {
    fn push(&mut self, verdict: &Verdict<'_>) {
        self.key.append_value(verdict.key);
        self.file.append_value(verdict.file);
        self.position.append_value(verdict.position);
        self.place.append_value(verdict.place);
        self.is_first.append_value(verdict.is_first);
        self.bytes += 24 + verdict.key.len();
    }
}

impl SpillRows for Rows {
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        self.bytes = 0;
        Ok(RecordBatch::try_from_iter_with_nullable([
            ("key", Arc::new(self.key.finish()) as _, false),
            ("file", Arc::new(self.file.finish()) as _, false),
            ("position", Arc::new(self.position.finish()) as _, false),
            ("place", Arc::new(self.place.finish()) as _, false),
            ("is_first", Arc::new(self.is_first.finish()) as _, false),
        ])?)
    }
}
