//! Labels of a table, sorted and kept for as long as a run lasts: in memory while they are few, in a temporary file
//! else. A block can be read at any time, by any thread.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, StringArray, new_null_array};
use arrow::datatypes::Schema;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use groundline_capture::{Column, Counts};

use crate::error::EngineError;
use crate::read::{FileLog, LogKey, ReadOptions, Side};
use crate::spill_file::{SpillFile, SpillStore};
use crate::tables::Input;

/// Bytes of labels that stay in memory.
const IN_MEMORY: usize = 8 << 20;

/// Blocks of the file that are kept: one for each of a few threads.
const RECENT: usize = 8;

/// Encoding of labels that are no JSON list or object: as a label of ground truth that says so.
const CSV: &str = "CSV";
const JSON: &str = "JSON";

/// Sorted labels: columns `position`, `key`, `label`, `json`.
#[derive(Debug)]
pub(crate) struct StagedLabels {
    /// Number of the first row of each block.
    starts: Vec<u64>,
    rows: u64,
    blocks: Blocks,
    /// Blocks that were read from the file last, by number: the labels of many hours and files share one.
    recent: Mutex<VecDeque<(usize, RecordBatch)>>,
}

#[derive(Debug)]
enum Blocks {
    Memory(Vec<RecordBatch>),
    File(SpillFile),
}

/// The rows of one hour and file.
#[derive(Clone, Debug)]
pub(crate) struct StagedRows {
    pub(super) labels: Arc<StagedLabels>,
    pub(super) from: u64,
    pub(super) to: u64,
    /// About what they take.
    pub(super) bytes: u64,
}

impl StagedRows {
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Collects sorted labels.
pub(super) struct Staging<'a> {
    temp_dir: &'a Path,
    labels: StagedLabels,
    bytes: usize,
}

impl<'a> Staging<'a> {
    pub(super) fn new(temp_dir: &'a Path) -> Self {
        Self {
            temp_dir,
            labels: StagedLabels {
                starts: Vec::new(),
                rows: 0,
                blocks: Blocks::Memory(Vec::new()),
                recent: Mutex::default(),
            },
            bytes: 0,
        }
    }

    /// Number of the next row.
    pub(super) fn next(&self) -> u64 {
        self.labels.rows
    }

    pub(super) fn add(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.labels.starts.push(self.labels.rows);
        self.labels.rows += batch.num_rows() as u64;
        self.bytes += batch.get_array_memory_size();
        match &mut self.labels.blocks {
            Blocks::File(file) => file.append(&batch, 0)?,
            Blocks::Memory(batches) => {
                batches.push(batch);
                if self.bytes > IN_MEMORY {
                    let mut file = SpillFile::new(&SpillStore::create(self.temp_dir)?);
                    for batch in std::mem::take(batches) {
                        file.append(&batch, 0)?;
                    }
                    self.labels.blocks = Blocks::File(file);
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Arc<StagedLabels> {
        Arc::new(self.labels)
    }
}

impl StagedLabels {
    /// The block that holds row `row`, and its first row.
    fn block_of(&self, row: u64) -> Result<Option<(RecordBatch, u64)>, EngineError> {
        let after = self.starts.partition_point(|start| *start <= row);
        let Some((number, start)) = after
            .checked_sub(1)
            .and_then(|at| Some((at, *self.starts.get(at)?)))
        else {
            return Ok(None);
        };
        let batch = match &self.blocks {
            Blocks::Memory(batches) => batches.get(number).cloned(),
            Blocks::File(file) => self.recent(number, file)?,
        };
        Ok(batch.map(|batch| (batch, start)))
    }

    /// Block `number` of the file, which is not read again where it was read just now.
    fn recent(&self, number: usize, file: &SpillFile) -> Result<Option<RecordBatch>, EngineError> {
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recent().iter().find(|(at, _)| *at == number).cloned();
        if let Some((_, batch)) = known {
            return Ok(Some(batch));
        }
        let read = file.read(number)?;
        if let Some(batch) = &read {
            let mut recent = recent();
            recent.truncate(RECENT - 1);
            recent.push_front((number, batch.clone()));
        }
        Ok(read)
    }
}

/// Gives the labels of one hour and file as decoded ground truth comes.
pub(crate) struct StagedReader {
    input: Input,
    options: ReadOptions,
    rows: StagedRows,
    /// Number of the next row.
    at: u64,
    block: Option<(RecordBatch, u64)>,
}

impl StagedReader {
    pub(crate) fn new(input: &Input, rows: &StagedRows, options: &ReadOptions) -> Self {
        Self {
            input: input.clone(),
            options: options.clone(),
            rows: rows.clone(),
            at: rows.from,
            block: None,
        }
    }

    /// The next batch of the asked columns, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        if self.at >= self.rows.to {
            self.close();
            return Ok(None);
        }
        let holds = |(batch, start): &(RecordBatch, u64)| self.at < start + batch.num_rows() as u64;
        if !self.block.as_ref().is_some_and(holds) {
            self.block = self.rows.labels.block_of(self.at)?;
        }
        let Some((block, start)) = &self.block else {
            return Ok(None);
        };
        let end = (start + block.num_rows() as u64).min(self.rows.to);
        let count = (end - self.at).min(self.options.batch_rows.max(1) as u64);
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let batch = block.slice(number(self.at - start), number(count));
        self.at += count;
        if let Some(progress) = &self.options.progress {
            let all = (self.rows.to - self.rows.from).max(1);
            progress.advance(self.rows.bytes.saturating_mul(count) / all, count);
        }
        self.columns(&batch).map(Some)
    }

    fn columns(&self, batch: &RecordBatch) -> Result<RecordBatch, EngineError> {
        let mut fields = Vec::with_capacity(self.options.columns.len());
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.options.columns.len());
        for column in &self.options.columns {
            let field = column.field();
            arrays.push(match column {
                Column::Position => Arc::clone(batch.column(0)),
                Column::Key => Arc::clone(batch.column(1)),
                Column::Label => Arc::clone(batch.column(2)),
                Column::LabelEncoding => {
                    let json = batch.column(3).as_boolean();
                    let names = json
                        .iter()
                        .map(|json| Some(if json == Some(true) { JSON } else { CSV }));
                    Arc::new(names.collect::<StringArray>())
                }
                // A label has no other columns.
                _ => new_null_array(field.data_type(), batch.num_rows()),
            });
            fields.push(field);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema = Arc::new(Schema::new(fields));
        Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
    }

    /// Says how many labels there were.
    fn close(&self) {
        let key = LogKey {
            side: Side::Labels,
            endpoint: String::new(),
            variant: String::new(),
            hour: Some(self.input.hour),
            file: self.input.object.key.clone(),
            start: 0,
        };
        let records = self.rows.to - self.rows.from;
        let counts = Counts {
            records,
            captures: records,
            ..Counts::default()
        };
        self.options.log.record(
            key,
            FileLog {
                counts,
                ..FileLog::default()
            },
        );
    }
}
