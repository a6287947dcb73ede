//! The fast plan's operator: streams one hour's predictions past the label index.
//! Registered as `matched`, it gives the rows of `sql/merge/matched.sql` for that hour, in file order.

mod batch;
mod cut_labels;
mod matches;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, Int64Array, StringArray, StringBuilder, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use groundline_capture::{Column, Grain};

use batch::{Ids, number_column, row_bytes};
use cut_labels::CutLabels;
use matches::{Matches, Rows};

use super::conflicts::Conflict;
use super::inputs::PartitionInputs;
use super::label_index::{ChoiceMemory, Event, LabelIndex};
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::read::{ReadOptions, RecordReader, ScanLog};
use crate::tables::{Input, hour_type};

/// One hour of `matched`.
#[derive(Debug)]
pub(crate) struct MatchedTable {
    hour: Arc<MatchedHour>,
    schema: SchemaRef,
}

/// What the operator reads and where it says what it saw.
pub(crate) struct MatchedHour {
    pub(crate) run: Arc<ModelRun>,
    pub(crate) partition: PartitionInputs,
    pub(crate) index: Arc<LabelIndex>,
    pub(crate) log: Arc<ScanLog>,
    /// Number of the (endpoint, variant), from 1.
    pub(crate) place: u32,
    /// The first capture that `--duplicate-labels error` refuses.
    pub(crate) conflict: Mutex<Option<Conflict>>,
    /// The rows have been asked for before: merged JSONL reads the hour a second time.
    pub(crate) streamed: AtomicBool,
}

impl std::fmt::Debug for MatchedHour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MatchedHour")
            .field("hour", &self.partition.hour)
            .finish_non_exhaustive()
    }
}

impl MatchedTable {
    pub(crate) fn new(hour: Arc<MatchedHour>) -> Self {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let mut fields = vec![
            text("endpoint"),
            text("variant"),
            Field::new("hour", hour_type(), true),
        ];
        for column in DECODED {
            fields.push(column.field());
        }
        fields.push(text("file"));
        fields.push(text("label"));
        fields.push(text("label_encoding"));
        fields.push(text("record_label"));
        fields.push(Field::new("label_hour", hour_type(), true));
        fields.push(text("label_file"));
        fields.push(Field::new("label_position", DataType::Int64, true));
        Self {
            hour,
            schema: Arc::new(Schema::new(fields)),
        }
    }
}

/// Columns of `matched` that the decoder makes.
const DECODED: &[Column] = &[
    Column::EventId,
    Column::InferenceId,
    Column::InferenceTime,
    Column::Input,
    Column::InputEncoding,
    Column::Output,
    Column::OutputEncoding,
    Column::Position,
    Column::RecordIndex,
    Column::RecordCount,
];

/// Columns that choosing needs, whether they are asked for or not.
const NEEDED: &[Column] = &[
    Column::EventId,
    Column::InferenceId,
    Column::Position,
    Column::RecordIndex,
    Column::RecordCount,
];

#[async_trait]
impl TableProvider for MatchedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(indices) => Arc::new(self.schema.project(indices)?),
            None => Arc::clone(&self.schema),
        };
        let stream = MatchedStream {
            hour: Arc::clone(&self.hour),
            schema: Arc::clone(&schema),
        };
        Ok(Arc::new(StreamingTableExec::try_new(
            schema,
            vec![Arc::new(stream)],
            None,
            None,
            false,
            limit,
        )?))
    }
}

#[derive(Debug)]
struct MatchedStream {
    hour: Arc<MatchedHour>,
    schema: SchemaRef,
}

impl PartitionStream for MatchedStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let matcher = Matcher::new(Arc::clone(&self.hour), Arc::clone(&self.schema));
        let batches = futures::stream::try_unfold(matcher, |mut matcher| async move {
            let batch = matcher.next().await?;
            Ok(batch.map(|batch| (batch, matcher)))
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        ))
    }
}

/// Reads the hour's objects one after the other and matches batch by batch.
struct Matcher {
    hour: Arc<MatchedHour>,
    schema: SchemaRef,
    options: ReadOptions,
    next_input: usize,
    reader: Option<RecordReader>,
    memory: ChoiceMemory,
    /// Labels of the record's event.
    chosen: Vec<u32>,
    values: CutLabels,
    pending: Option<Pending>,
}

/// A batch of predictions that is being matched, and how far.
struct Pending {
    batch: RecordBatch,
    /// Number of its object in the hour.
    input: usize,
    /// First label of each event's key, and the next event.
    heads: Vec<Option<u32>>,
    next_head: usize,
    /// The next record, and the next of its labels.
    row: usize,
    label: usize,
}

/// Text bytes after which an output batch ends: a label can be long and serve many predictions.
const OUTPUT_BYTES: usize = 64 << 20;

impl Matcher {
    fn new(hour: Arc<MatchedHour>, schema: SchemaRef) -> Self {
        let first = !hour.streamed.swap(true, Ordering::Relaxed);
        let columns = DECODED
            .iter()
            .filter(|c| NEEDED.contains(c) || schema.index_of(c.name()).is_ok())
            .copied()
            .collect();
        let options = ReadOptions {
            grain: Grain::Record,
            columns,
            batch_rows: hour.run.resources.batch_size,
            limits: hour.run.resources.limits,
            log: Arc::clone(&hour.log),
            progress: first.then(|| Arc::clone(&hour.run.progress)),
        };
        Self {
            hour,
            schema,
            options,
            next_input: 0,
            reader: None,
            memory: ChoiceMemory::new(first),
            chosen: Vec::new(),
            values: CutLabels::default(),
            pending: None,
        }
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        let hour = Arc::clone(&self.hour);
        loop {
            if let Some(mut pending) = self.pending.take()
                && let Some(input) = hour.partition.inputs.get(pending.input)
            {
                let matches = self.choose(input, &mut pending)?;
                let joined = self.join(input, &pending.batch, &matches)?;
                if pending.row < pending.batch.num_rows() {
                    self.pending = Some(pending);
                }
                return Ok(Some(joined));
            }
            let Some(reader) = &mut self.reader else {
                let Some(input) = hour.partition.inputs.get(self.next_input) else {
                    return Ok(None);
                };
                self.reader = Some(RecordReader::open(input, None, &self.options).await?);
                continue;
            };
            match reader.next().await? {
                Some(batch) if batch.num_rows() > 0 => {
                    self.pending = Some(Pending::new(batch, self.next_input, &hour.index)?);
                }
                Some(_) => {}
                None => {
                    self.reader = None;
                    self.next_input += 1;
                }
            }
        }
    }

    fn join(
        &self,
        input: &Input,
        batch: &RecordBatch,
        matches: &Matches,
    ) -> Result<RecordBatch, EngineError> {
        let rows = matches.labels.len();
        let index = &self.hour.index;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            let text = |value: &str| -> ArrayRef { Arc::new(repeated(value, rows)) };
            let array: ArrayRef = match field.name().as_str() {
                "endpoint" => text(&input.endpoint),
                "variant" => text(&input.variant),
                "file" => text(&input.object.key),
                "hour" => {
                    let hour = TimestampMicrosecondArray::from_value(input.hour.micros(), rows);
                    Arc::new(hour.with_timezone("UTC"))
                }
                "label" => matches.texts_on_first(|label| index.label(label)),
                "label_encoding" => matches.texts_on_first(|label| index.encoding(label)),
                "record_label" => Arc::clone(&matches.record_labels),
                "label_file" => matches.texts(|label| Some(index.file(label).1)),
                "label_hour" => {
                    let hours = matches
                        .labels
                        .iter()
                        .map(|label| label.map(|l| index.hour(l).micros()));
                    Arc::new(
                        hours
                            .collect::<TimestampMicrosecondArray>()
                            .with_timezone("UTC"),
                    )
                }
                "label_position" => {
                    let positions = matches
                        .labels
                        .iter()
                        .map(|label| label.map(|l| index.position(l)));
                    Arc::new(positions.collect::<Int64Array>())
                }
                decoded => {
                    let column = batch.column(batch.schema().index_of(decoded)?);
                    match &matches.rows {
                        Rows::Range(start) => column.slice(*start, rows),
                        Rows::Picked(picked) => take(column, picked, None)?,
                    }
                }
            };
            arrays.push(array);
        }
        let options = arrow::record_batch::RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            arrays,
            &options,
        )?)
    }

    /// Labels of the records from where `pending` stands, as many as fit an output batch.
    fn choose(&mut self, input: &Input, pending: &mut Pending) -> Result<Matches, EngineError> {
        let batch = pending.batch.clone();
        let ids = Ids::of(&batch)?;
        let positions = number_column::<Int64Type>(&batch, Column::Position)?;
        let indices = number_column::<Int32Type>(&batch, Column::RecordIndex)?;
        let counts = number_column::<Int32Type>(&batch, Column::RecordCount)?;
        let hour = Arc::clone(&self.hour);
        let start = pending.row;
        let mut labels: Vec<Option<u32>> = Vec::with_capacity(batch.num_rows());
        let mut firsts: Vec<bool> = Vec::with_capacity(batch.num_rows());
        let mut picked: Vec<u32> = Vec::with_capacity(batch.num_rows());
        let mut record_labels =
            StringBuilder::with_capacity(batch.num_rows(), batch.num_rows() * 4);
        let mut several = false;
        let mut bytes = 0;
        while pending.row < batch.num_rows() && bytes < OUTPUT_BYTES {
            let row = pending.row;
            let record = u32::try_from(indices.value(row)).unwrap_or(0);
            let count = u32::try_from(counts.value(row)).unwrap_or(0);
            if record == 0 && pending.label == 0 {
                let event = Event {
                    key: ids.key(row),
                    hour: input.hour,
                    record_count: count,
                    file: &input.object.key,
                    position: positions.value(row),
                    place: hour.place,
                };
                let head = pending.heads.get(pending.next_head).copied().flatten();
                pending.next_head += 1;
                let policy = &hour.run.model.policy;
                if hour
                    .index
                    .choose(head, &event, policy, &mut self.memory, &mut self.chosen)
                {
                    note_conflict(&hour, &event, self.chosen.len());
                }
                self.values.cut(&hour, &self.chosen, count);
            }
            let number = u32::try_from(row).unwrap_or(u32::MAX);
            // Only a record with several labels is copied, its payload too.
            let weight = if self.chosen.len() > 1 {
                row_bytes(&batch, row)
            } else {
                0
            };
            several |= self.chosen.len() > 1;
            if self.chosen.is_empty() {
                labels.push(None);
                firsts.push(record == 0);
                picked.push(number);
                record_labels.append_null();
            }
            while let Some(label) = self.chosen.get(pending.label)
                && bytes < OUTPUT_BYTES
            {
                let value = self.values.get(&hour, pending.label, *label, record, count);
                let whole = if record == 0 {
                    hour.index.label(*label).map_or(0, str::len)
                } else {
                    0
                };
                bytes += weight + whole + value.as_deref().map_or(0, str::len);
                record_labels.append_option(value);
                labels.push(Some(*label));
                firsts.push(record == 0);
                picked.push(number);
                pending.label += 1;
            }
            if pending.label >= self.chosen.len() {
                pending.row += 1;
                pending.label = 0;
            }
        }
        Ok(Matches {
            labels,
            firsts,
            record_labels: Arc::new(record_labels.finish()),
            rows: if several {
                Rows::Picked(UInt32Array::from(picked))
            } else {
                Rows::Range(start)
            },
        })
    }
}

impl Pending {
    fn new(batch: RecordBatch, input: usize, index: &LabelIndex) -> Result<Self, EngineError> {
        let mut heads = Vec::new();
        {
            let ids = Ids::of(&batch)?;
            let indices = number_column::<Int32Type>(&batch, Column::RecordIndex)?;
            let events = (0..batch.num_rows()).filter(|row| indices.value(*row) == 0);
            index.find(events.map(|row| ids.key(row)), &mut heads);
        }
        Ok(Self {
            batch,
            input,
            heads,
            next_head: 0,
            row: 0,
            label: 0,
        })
    }
}

fn note_conflict(hour: &MatchedHour, event: &Event<'_>, labels: usize) {
    let mut first = hour.conflict.lock().unwrap_or_else(PoisonError::into_inner);
    first.get_or_insert_with(|| Conflict {
        key: event.key.to_owned(),
        file: event.file.to_owned(),
        position: event.position,
        labels: labels as u64,
    });
}

fn repeated(value: &str, rows: usize) -> StringArray {
    let mut out = StringBuilder::with_capacity(rows, rows * value.len());
    for _ in 0..rows {
        out.append_value(value);
    }
    out.finish()
}
