//! Labels that no prediction took, part by part into temporary files, then all of them in label order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Builder, RecordBatch, StringBuilder, UInt32Builder,
};
use arrow::datatypes::{Int64Type, UInt32Type};

use super::super::elsewhere::{Known, UnknownKeys, has_others};
use super::super::label_index::{LabelFiles, LabelIndex};
use super::super::label_status::StatusAccounts;
use super::super::outcome::HourOutcome;
use super::super::settings::ModelRun;
use super::super::unmatched_reason::UnmatchedReason;
use super::super::unmatched_rows::{NearRows, UnmatchedLabel, near_of};
use super::parts::{PartWriter, SpillRows};
use crate::error::EngineError;
use crate::report::{LabelLedger, UnmatchedGroup};
use crate::spill_file::{SpillFile, SpillStore};

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
        reason: UnmatchedReason,
    ) -> Result<(), EngineError> {
        self.0.add(0, |rows| {
            rows.file.append_value(index.file_number(label));
            rows.position.append_value(index.position(label));
            rows.key.append_value(index.key(label));
            rows.label.append_option(index.label(label));
            rows.encoding.append_option(index.encoding(label));
            rows.reason.append_value(reason.as_str());
            let near = index.nearest(label).filter(|near| near.reason == reason);
            rows.near.push(near.as_ref());
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
    near: NearRows,
    bytes: usize,
}

impl SpillRows for Rows {
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        self.bytes = 0;
        let columns: [(&str, ArrayRef, bool); 6] = [
            ("file", Arc::new(self.file.finish()), false),
            ("position", Arc::new(self.position.finish()), false),
            ("key", Arc::new(self.key.finish()), false),
            ("label", Arc::new(self.label.finish()), true),
            ("encoding", Arc::new(self.encoding.finish()), true),
            ("reason", Arc::new(self.reason.finish()), false),
        ];
        let columns = columns
            .into_iter()
            .map(|(name, array, nullable)| (name.to_owned(), array, nullable));
        Ok(RecordBatch::try_from_iter_with_nullable(
            columns.chain(self.near.named()),
        )?)
    }
}

/// Says why the unmatched labels of all parts match nothing, once every hour is written.
pub(crate) async fn tell_unmatched(
    run: &ModelRun,
    hours: &[HourOutcome],
    parts: &[SpillFile],
    files: &LabelFiles,
) -> Result<(LabelLedger, Vec<UnmatchedGroup>), EngineError> {
    let mut known = Known::of_rejects(hours);
    if has_others(run) {
        let unknown = unknown_keys(parts, files, run, &known)?;
        known.look_for(run, unknown).await?;
    }
    let mut statuses = StatusAccounts::new(run, known);
    take_unmatched(parts, files, &mut statuses).await?;
    statuses.finish().await
}

/// Hands the unmatched labels of all parts to `accounts`, in label order.
async fn take_unmatched(
    parts: &[SpillFile],
    files: &LabelFiles,
    accounts: &mut StatusAccounts<'_>,
) -> Result<(), EngineError> {
    let mut labels = in_order(parts)?;
    while let Some(number) = labels.peek() {
        if let Some(cursor) = labels.cursors.get(number)
            && let Some(label) = cursor.label(files)?
        {
            accounts.push(label).await?;
        }
        labels.advance()?;
    }
    Ok(())
}

/// Keys of the unmatched labels whose ids are unknown so far.
fn unknown_keys(
    parts: &[SpillFile],
    files: &LabelFiles,
    run: &ModelRun,
    known: &Known,
) -> Result<UnknownKeys, EngineError> {
    let mut keys = UnknownKeys::new(run);
    let mut labels = in_order(parts)?;
    while let Some(number) = labels.peek()
        && !keys.is_full()
    {
        if let Some(cursor) = labels.cursors.get(number)
            && let Some(label) = cursor.label(files)?
            && label.reason == UnmatchedReason::UnknownId
        {
            keys.add(label.key, known);
        }
        labels.advance()?;
    }
    Ok(keys)
}

fn in_order(parts: &[SpillFile]) -> Result<InOrder<'_>, EngineError> {
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
    Ok(InOrder { cursors, next })
}

/// All parts' labels, the next in label order first.
struct InOrder<'a> {
    cursors: Vec<Cursor<'a>>,
    next: BinaryHeap<Reverse<((u32, i64), usize)>>,
}

impl InOrder<'_> {
    /// Number of the cursor that is at the next label.
    fn peek(&self) -> Option<usize> {
        self.next.peek().map(|Reverse((_, number))| *number)
    }

    fn advance(&mut self) -> Result<(), EngineError> {
        let Some(Reverse((_, number))) = self.next.pop() else {
            return Ok(());
        };
        let Some(cursor) = self.cursors.get_mut(number) else {
            return Ok(());
        };
        cursor.row += 1;
        if let Some(place) = cursor.place()? {
            self.next.push(Reverse((place, number)));
        }
        Ok(())
    }
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

    /// The label that the cursor is at.
    fn label<'a>(
        &'a self,
        files: &'a LabelFiles,
    ) -> Result<Option<UnmatchedLabel<'a>>, EngineError> {
        let Some(batch) = &self.batch else {
            return Ok(None);
        };
        let row = self.row;
        let text = |column: usize| {
            let texts = batch.column(column).as_string::<i32>();
            texts.is_valid(row).then(|| texts.value(row))
        };
        let file = batch.column(0).as_primitive::<UInt32Type>().value(row);
        let position = batch.column(1).as_primitive::<Int64Type>().value(row);
        let (hour, file) = files.get(file);
        let reason = UnmatchedReason::parse(text(5).unwrap_or_default());
        Ok(Some(UnmatchedLabel {
            hour,
            key: text(2).unwrap_or_default(),
            label: text(3),
            encoding: text(4),
            file,
            position,
            reason,
            near: near_of(batch, row, reason)?,
        }))
    }
}
