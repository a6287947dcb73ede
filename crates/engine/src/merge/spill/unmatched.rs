//! Labels that no prediction took, part by part into temporary files, then all of them in label order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Builder, RecordBatch, StringBuilder, UInt32Builder};
use arrow::datatypes::{Int64Type, UInt32Type};

use super::super::label_index::{LabelFiles, LabelIndex};
use super::super::label_status::{StatusAccounts, UnmatchedRows};
use super::file::{SpillFile, SpillStore};
use super::parts::{PartWriter, SpillRows};
use crate::error::EngineError;

/// Unmatched labels of one part being written, in label order.
pub(super) struct UnmatchedWriter(PartWriter<Rows>);

impl UnmatchedWriter {
    pub(super) fn new(store: &Arc<SpillStore>) -> Self {
        Self(PartWriter::new(store))
    }

    pub(super) fn add(
        &mut self,
        index: &LabelIndex,
        label: u32,
        reason: &str,
    ) -> Result<(), EngineError> {
        self.0.add(0, |rows| {
            rows.file.append_value(index.file_number(label));
            rows.position.append_value(index.position(label));
            rows.key.append_value(index.key(label));
            rows.label.append_option(index.label(label));
            rows.encoding.append_option(index.encoding(label));
            rows.reason.append_value(reason);
            rows.bytes += 40
                + index.key(label).len()
                + index.label(label).map_or(0, str::len)
                + index.encoding(label).map_or(0, str::len);
        })
    }

    pub(super) fn finish(self) -> Result<SpillFile, EngineError> {
        self.0.finish()
    }
}

#[derive(Default)]
struct Rows {
    file: UInt32Builder,
    position: Int64Builder,
    key: StringBuilder,
    label: StringBuilder,
    encoding: StringBuilder,
    reason: StringBuilder,
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
            ("key", Arc::new(self.key.finish()) as _, false),
            ("label", Arc::new(self.label.finish()) as _, true),
            ("encoding", Arc::new(self.encoding.finish()) as _, true),
            ("reason", Arc::new(self.reason.finish()) as _, false),
        ])?)
    }
}

/// Hands the unmatched labels of all parts to `accounts`, in label order.
pub(crate) async fn take_unmatched(
    parts: &[SpillFile],
    files: &LabelFiles,
    accounts: &mut StatusAccounts<'_>,
) -> Result<(), EngineError> {
    let mut cursors = Vec::with_capacity(parts.len());
    let mut next = BinaryHeap::new();
    for (number, part) in parts.iter().enumerate() {
        let mut cursor = Cursor {
            part,
            block: 0,
            batch: None,
            row: 0,
        };
        if let Some(place) = cursor.place()? {
            next.push(Reverse((place, number)));
        }
        cursors.push(cursor);
    }
    let mut rows = UnmatchedRows::default();
    while let Some(Reverse((_, number))) = next.pop() {
        let Some(cursor) = cursors.get_mut(number) else {
            continue;
        };
        cursor.add_to(&mut rows, files);
        cursor.row += 1;
        if let Some(place) = cursor.place()? {
            next.push(Reverse((place, number)));
        }
        if rows.is_full() {
            accounts.take(&rows.finish()?).await?;
        }
    }
    accounts.take(&rows.finish()?).await
}

struct Cursor<'a> {
    part: &'a SpillFile,
    block: usize,
    batch: Option<RecordBatch>,
    row: usize,
}

impl Cursor<'_> {
    /// Object and position of the label that the cursor is at.
    fn place(&mut self) -> Result<Option<(u32, i64)>, EngineError> {
        loop {
            match &self.batch {
                Some(batch) if self.row < batch.num_rows() => {
                    return Ok(Some((
                        batch.column(0).as_primitive::<UInt32Type>().value(self.row),
                        batch.column(1).as_primitive::<Int64Type>().value(self.row),
                    )));
                }
                _ => {
                    self.batch = self.part.read(self.block)?;
                    self.block += 1;
                    self.row = 0;
                    if self.batch.is_none() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn add_to(&self, rows: &mut UnmatchedRows, files: &LabelFiles) {
        let Some(batch) = &self.batch else { return };
        let row = self.row;
        let text = |column: usize| {
            let texts = batch.column(column).as_string::<i32>();
            texts.is_valid(row).then(|| texts.value(row))
        };
        let file = batch.column(0).as_primitive::<UInt32Type>().value(row);
        let position = batch.column(1).as_primitive::<Int64Type>().value(row);
        let (hour, file) = files.get(file);
        let reason = text(5).unwrap_or_default();
        rows.push(
            hour,
            text(2).unwrap_or_default(),
            text(3),
            text(4),
            file,
            position,
            reason,
        );
    }
}
