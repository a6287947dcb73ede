//! Writes late labels into an hour file, from the file itself and the labels: its captures are not read.
//!
//! The file was made by the same settings, so its rows are those of a rebuild but for the labels; each prediction
//! keeps the label it has or takes an added one, whichever the policy would have chosen of all.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray,
    UInt32Array,
};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;
use futures::TryStreamExt;
use groundline_store::{FileIdentity, Hour, Object, Receipt, seal};

use super::error::BackfillError;
use super::hour_reader::HourReader;
use super::lookup::Lookup;
use super::patchable::NEEDED;
use crate::error::EngineError;
use crate::merge::hour_file::HourFile;
use crate::merge::inputs::PartitionInputs;
use crate::merge::label_index::{ChoiceMemory, Event};
use crate::merge::matched::CutLabels;
use crate::merge::output;
use crate::merge::settings::ModelRun;
use crate::model::DuplicateLabels;
use crate::run_table::RunTable;
use crate::session::{new_context, statement};

/// What a patch did.
#[derive(Debug)]
pub(super) enum Patched {
    /// With so many bytes.
    Written { bytes: u64 },
    /// Every prediction keeps its label.
    Unchanged,
    /// The hour file is not the one of its receipt: it must be built.
    NotTheFile,
}

/// An hour that is patched.
pub(super) struct Patch<'a> {
    pub(super) run: &'a ModelRun,
    pub(super) lookup: &'a Lookup,
    pub(super) inputs: &'a PartitionInputs,
    pub(super) receipt: &'a Receipt,
    pub(super) file: &'a Object,
}

/// Rows whose label changes, in order, and what becomes of it.
#[derive(Default)]
struct Changes {
    rows: Vec<u64>,
    labels: Vec<u32>,
    record_labels: Vec<Option<String>>,
}

/// Labels of the changed rows, as arrays of their length.
struct NewLabels {
    /// By column of the hour file.
    columns: Vec<(&'static str, ArrayRef)>,
}

impl Patch<'_> {
    /// Rewrites the hour file if a label changes, and its receipt in any case.
    pub(super) async fn write(&self) -> Result<Patched, EngineError> {
        let out = &self.run.out;
        let reader = HourReader::open(out, self.file).await?;
        if reader.sha256().await? != self.receipt.sha256 {
            return Ok(Patched::NotTheFile);
        }
        let changes = self.choose(&reader).await?;
        if changes.rows.is_empty() {
            return match point(self.run, self.receipt, self.inputs.hour, self.file).await? {
                true => Ok(Patched::Unchanged),
                false => Ok(Patched::NotTheFile),
            };
        }
        let new = self.values(&changes).await?;
        let schema = output::schema(&self.run.columns, &self.run.own);
        let key = self.run.partition(self.inputs).hour_file();
        let mut file = HourFile::create(
            out,
            &key,
            RunTable::Merged,
            &schema,
            &self.run.columns,
            self.inputs.most_keys(),
        )
        .await?;
        let mut receipt = self.receipt.clone();
        let (mut first, mut at) = (0_u64, 0_usize);
        let mut rows = reader.rows(None).await?;
        while let Some(batch) = rows
            .try_next()
            .await
            .map_err(|source| reader.failed(source))?
        {
            let batch = RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())?;
            let end = first + batch.num_rows() as u64;
            let upto = changes.rows.partition_point(|row| *row < end);
            let batch = match upto > at {
                true => {
                    let of_batch = changes.rows.get(at..upto).unwrap_or_default();
                    let rows = of_batch.iter().map(|row| row - first);
                    let patched = patched(&batch, rows, at, &new)?;
                    recount(&mut receipt, &batch, &patched)?;
                    patched
                }
                false => batch,
            };
            file.write(&batch).await?;
            (first, at) = (end, upto);
        }
        let written = file.commit().await?;
        receipt.labels = self.run.labels_seen(self.inputs.hour);
        receipt.rows = written.rows;
        receipt.size = written.committed.size;
        receipt.sha256.clone_from(&written.committed.sha256);
        if !seal(out, &receipt, &(&written.committed).into()).await? {
            return Err(BackfillError::WrittenByAnother { key }.into());
        }
        Ok(Patched::Written {
            bytes: written.committed.size,
        })
    }

    /// Which rows take another label.
    async fn choose(&self, reader: &HourReader) -> Result<Changes, EngineError> {
        let mut changes = Changes::default();
        let mut choosing = Choosing {
            patch: self,
            memory: ChoiceMemory::new(),
            values: CutLabels::default(),
            chosen: Vec::new(),
            changes: &mut changes,
        };
        // The rows of the last event of a batch wait for the next one, where it may go on.
        let mut waiting: Option<RecordBatch> = None;
        let mut first = 0_u64;
        let mut rows = reader.rows(Some(&NEEDED)).await?;
        while let Some(batch) = rows
            .try_next()
            .await
            .map_err(|source| reader.failed(source))?
        {
            let batch = match waiting.take() {
                Some(waiting) => concat_batches(&waiting.schema(), [&waiting, &batch])?,
                None => batch,
            };
            let complete = Rows::of(&batch)?.last_event();
            choosing.take(&batch.slice(0, complete), first)?;
            first += complete as u64;
            waiting = Some(batch.slice(complete, batch.num_rows() - complete));
        }
        if let Some(waiting) = waiting {
            choosing.take(&waiting, first)?;
        }
        Ok(changes)
    }

    /// Values of the chosen labels, by the shipped SQL.
    async fn values(&self, changes: &Changes) -> Result<NewLabels, EngineError> {
        let context = new_context(&self.run.resources, 1)?;
        let record_labels: StringArray = changes.record_labels.iter().collect();
        let schema = Arc::new(Schema::new(vec![Field::new(
            "record_label",
            DataType::Utf8,
            true,
        )]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(record_labels)])?;
        let table = MemTable::try_new(schema, vec![vec![batch]])?;
        context.register_table("relabelled", Arc::new(table))?;
        let mapping = self.run.model.mapping_in(self.inputs.hour);
        let parameters = self.run.parameters_by(mapping);
        let name = "merge/relabelled";
        let frame = statement(&context, &self.run.catalog, name, &parameters).await?;
        let valued = frame.collect().await?;
        let Some(first) = valued.first() else {
            return Err(EngineError::Worker {
                reason: format!("{name} gave no rows"),
            });
        };
        let valued = concat_batches(&first.schema(), &valued)?;
        let index = &self.lookup.index;
        let labels = &changes.labels;
        let hours = labels.iter().map(|label| Some(index.hour(*label).micros()));
        let hours = hours.collect::<TimestampMicrosecondArray>();
        let files: StringArray = labels
            .iter()
            .map(|label| Some(index.file(*label).1))
            .collect();
        let positions: Int64Array = labels
            .iter()
            .map(|label| Some(index.position(*label)))
            .collect();
        Ok(NewLabels {
            columns: vec![
                ("label", Arc::clone(valued.column(0))),
                ("label_value", Arc::clone(valued.column(1))),
                ("label_hour", Arc::new(hours.with_timezone("UTC"))),
                ("label_file", Arc::new(files)),
                ("label_position", Arc::new(positions)),
            ],
        })
    }
}

/// Writes a receipt anew that names the labels of now; false if its hour file is another by now.
pub(super) async fn point(
    run: &ModelRun,
    receipt: &Receipt,
    hour: Hour,
    file: &Object,
) -> Result<bool, EngineError> {
    let mut receipt = receipt.clone();
    receipt.labels = run.labels_seen(hour);
    Ok(seal(&run.out, &receipt, &FileIdentity::from(file)).await?)
}

/// The columns that tell events and their labels.
struct Rows<'a> {
    keys: &'a StringArray,
    files: &'a StringArray,
    positions: &'a Int64Array,
    indices: &'a arrow::array::Int32Array,
    label_hours: &'a TimestampMicrosecondArray,
    label_files: &'a StringArray,
    label_positions: &'a Int64Array,
    len: usize,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, EngineError> {
        let column = |name: &str| -> Result<&'a ArrayRef, EngineError> {
            Ok(batch.column(batch.schema().index_of(name)?))
        };
        Ok(Self {
            keys: column("key")?.as_string(),
            files: column("file")?.as_string(),
            positions: column("position")?.as_primitive::<Int64Type>(),
            indices: column("record_index")?.as_primitive::<Int32Type>(),
            label_hours: column("label_hour")?.as_primitive::<TimestampMicrosecondType>(),
            label_files: column("label_file")?.as_string(),
            label_positions: column("label_position")?.as_primitive::<Int64Type>(),
            len: batch.num_rows(),
        })
    }

    fn is_same_event(&self, one: usize, other: usize) -> bool {
        self.positions.value(one) == self.positions.value(other)
            && self.files.value(one) == self.files.value(other)
    }

    /// Where the event of the last row begins.
    fn last_event(&self) -> usize {
        let Some(last) = self.len.checked_sub(1) else {
            return 0;
        };
        (0..last)
            .rev()
            .take_while(|row| self.is_same_event(*row, last))
            .last()
            .unwrap_or(last)
    }

    /// The label of a row as what orders labels.
    fn label(&self, row: usize) -> Option<(i64, &str, i64)> {
        self.label_positions.is_valid(row).then(|| {
            (
                self.label_hours.value(row),
                self.label_files.value(row),
                self.label_positions.value(row),
            )
        })
    }
}

struct Choosing<'a> {
    patch: &'a Patch<'a>,
    memory: ChoiceMemory,
    values: CutLabels,
    chosen: Vec<u32>,
    changes: &'a mut Changes,
}

impl Choosing<'_> {
    /// Takes whole events; `first` is the number of the batch's first row in the file.
    fn take(&mut self, batch: &RecordBatch, first: u64) -> Result<(), EngineError> {
        let rows = Rows::of(batch)?;
        let patch = self.patch;
        let (run, index) = (patch.run, &patch.lookup.index);
        let starts: Vec<usize> = (0..rows.len)
            .filter(|row| *row == 0 || !rows.is_same_event(row - 1, *row))
            .collect();
        let (mut heads, mut spelled) = (Vec::new(), Vec::new());
        let keys = starts.iter().map(|row| rows.keys.value(*row));
        index.find(keys, &mut heads, &mut spelled);
        for (number, start) in starts.iter().enumerate() {
            let Some(Some(head)) = heads.get(number) else {
                continue;
            };
            let end = starts.get(number + 1).copied().unwrap_or(rows.len);
            let count = u32::try_from(end - start).unwrap_or(u32::MAX);
            let event = Event {
                key: rows.keys.value(*start),
                endpoint: &patch.inputs.endpoint,
                variant: &patch.inputs.variant,
                hour: patch.inputs.hour,
                record_count: count,
                file: rows.files.value(*start),
                position: rows.positions.value(*start),
                unit: 0,
                place: patch.inputs.place,
            };
            let policy = &run.model.policy;
            let heads = (Some(*head), None);
            index.choose(heads, &event, policy, &mut self.memory, &mut self.chosen);
            let Some(label) = self.chosen.first().copied() else {
                continue;
            };
            let offered = (
                index.hour(label).micros(),
                index.file(label).1,
                index.position(label),
            );
            let takes = rows
                .label(*start)
                .is_none_or(|has| match policy.duplicate_labels {
                    DuplicateLabels::First => offered < has,
                    _ => offered > has,
                });
            if !takes {
                continue;
            }
            self.values.cut(run, index, &self.chosen, count);
            for row in *start..end {
                let record = u32::try_from(rows.indices.value(row)).unwrap_or(0);
                let value = self.values.get(run, index, 0, label, record, count);
                self.changes.rows.push(first + row as u64);
                self.changes.labels.push(label);
                self.changes
                    .record_labels
                    .push(value.map(|value| value.into_owned()));
            }
        }
        Ok(())
    }
}

/// The batch with new labels in some of its rows; `at` is the number of the first of them among all that change.
fn patched(
    batch: &RecordBatch,
    rows: impl Iterator<Item = u64>,
    at: usize,
    new: &NewLabels,
) -> Result<RecordBatch, EngineError> {
    let mut changes = vec![false; batch.num_rows()];
    let mut picks: Vec<Option<u32>> = vec![None; batch.num_rows()];
    for (number, row) in rows.enumerate() {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        if let (Some(change), Some(pick)) = (changes.get_mut(row), picks.get_mut(row)) {
            *change = true;
            *pick = u32::try_from(at + number).ok();
        }
    }
    let (changes, picks) = (BooleanArray::from(changes), UInt32Array::from(picks));
    let schema = batch.schema();
    let mut columns = batch.columns().to_vec();
    for (name, values) in &new.columns {
        let Ok(number) = schema.index_of(name) else {
            continue;
        };
        if let Some(column) = columns.get_mut(number) {
            let picked = take(values, &picks, None)?;
            *column = zip(&changes, &picked, column)?;
        }
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// Moves records that got a label, or lost its value, between the buckets of the receipt.
fn recount(
    receipt: &mut Receipt,
    before: &RecordBatch,
    after: &RecordBatch,
) -> Result<(), EngineError> {
    let outputs = before.column_by_name("output");
    let labelled = |batch: &RecordBatch| -> u64 {
        let labels = batch.column_by_name("label");
        let Some(labels) = labels else { return 0 };
        let has_output = |row: usize| outputs.is_none_or(|outputs| outputs.is_valid(row));
        let rows = (0..batch.num_rows()).filter(|row| labels.is_valid(*row) && has_output(*row));
        rows.count() as u64
    };
    let (was, is) = (labelled(before), labelled(after));
    let mut shift = |bucket: &str, plus: u64, minus: u64| {
        let count = receipt.ledger.entry(bucket.to_owned()).or_default();
        *count = count.saturating_add(plus).saturating_sub(minus);
    };
    shift("labelled", is, was);
    shift("unlabelled", was, is);
    Ok(())
}
