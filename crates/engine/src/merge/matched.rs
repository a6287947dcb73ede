//! The fast plan's operator: streams one hour's predictions past the label index.
//! Registered as `matched`, it gives the rows of `sql/merge/matched.sql` for that hour, in file order.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, StringArray, StringBuilder, TimestampMicrosecondArray,
    UInt32Array,
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
use groundline_capture::{Column, Encoding, Grain, label_value, label_values};

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
    /// First label of each event's key, for the batch at hand.
    heads: Vec<Option<u32>>,
}

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
            heads: Vec::new(),
        }
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        let hour = Arc::clone(&self.hour);
        loop {
            let Some(reader) = &mut self.reader else {
                let Some(input) = hour.partition.inputs.get(self.next_input) else {
                    return Ok(None);
                };
                self.reader = Some(RecordReader::open(input, None, &self.options).await?);
                continue;
            };
            let Some(batch) = reader.next().await? else {
                self.reader = None;
                self.next_input += 1;
                continue;
            };
            if let Some(input) = hour.partition.inputs.get(self.next_input) {
                return self.join(input, &batch).map(Some);
            }
        }
    }

    fn join(&mut self, input: &Input, batch: &RecordBatch) -> Result<RecordBatch, EngineError> {
        let matches = self.choose(input, batch)?;
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
                        Some(rows) => take(column, rows, None)?,
                        None => Arc::clone(column),
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

    fn choose(&mut self, input: &Input, batch: &RecordBatch) -> Result<Matches, EngineError> {
        let column = |c: Column| -> Result<&ArrayRef, EngineError> {
            Ok(batch.column(batch.schema().index_of(c.name())?))
        };
        let event_ids = column(Column::EventId)?.as_string::<i32>();
        let inference_ids = column(Column::InferenceId)?.as_string::<i32>();
        let positions = column(Column::Position)?.as_primitive::<Int64Type>();
        let indices = column(Column::RecordIndex)?.as_primitive::<Int32Type>();
        let counts = column(Column::RecordCount)?.as_primitive::<Int32Type>();
        let hour = &self.hour;
        let mut labels: Vec<Option<u32>> = Vec::with_capacity(batch.num_rows());
        let mut firsts: Vec<bool> = Vec::with_capacity(batch.num_rows());
        let mut record_labels =
            StringBuilder::with_capacity(batch.num_rows(), batch.num_rows() * 4);
        // Only needed once a record has several labels.
        let mut rows: Option<Vec<u32>> = None;
        let key = |row: usize| {
            let inference_id = inference_ids
                .is_valid(row)
                .then(|| inference_ids.value(row));
            inference_id.unwrap_or_else(|| event_ids.value(row))
        };
        let events = (0..batch.num_rows()).filter(|row| indices.value(*row) == 0);
        hour.index.find(events.map(key), &mut self.heads);
        let mut heads = self.heads.iter().copied();
        for row in 0..batch.num_rows() {
            let record = u32::try_from(indices.value(row)).unwrap_or(0);
            let count = u32::try_from(counts.value(row)).unwrap_or(0);
            if record == 0 {
                let event = Event {
                    key: key(row),
                    hour: input.hour,
                    record_count: count,
                    file: &input.object.key,
                    position: positions.value(row),
                    place: hour.place,
                };
                let (policy, head) = (&hour.run.model.policy, heads.next().flatten());
                if hour
                    .index
                    .choose(head, &event, policy, &mut self.memory, &mut self.chosen)
                {
                    note_conflict(hour, &event, self.chosen.len());
                }
                self.values.cut(hour, &self.chosen, count);
            }
            let number = u32::try_from(row).unwrap_or(u32::MAX);
            if self.chosen.len() > 1 {
                rows.get_or_insert_with(|| (0..number).collect());
            }
            if self.chosen.is_empty() {
                labels.push(None);
                record_labels.append_null();
            }
            for (at, label) in self.chosen.iter().enumerate() {
                labels.push(Some(*label));
                record_labels.append_option(self.values.get(hour, at, *label, record, count));
            }
            let copies = self.chosen.len().max(1);
            firsts.extend(std::iter::repeat_n(record == 0, copies));
            if let Some(rows) = &mut rows {
                rows.extend(std::iter::repeat_n(number, copies));
            }
        }
        Ok(Matches {
            labels,
            firsts,
            record_labels: Arc::new(record_labels.finish()),
            rows: rows.map(UInt32Array::from),
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

/// Labels of an event of several records, cut once for all of them.
#[derive(Debug, Default)]
struct CutLabels {
    /// For each chosen label, the value of each record.
    values: Vec<Vec<Option<String>>>,
}

impl CutLabels {
    fn cut(&mut self, hour: &MatchedHour, chosen: &[u32], count: u32) {
        self.values.clear();
        if count <= 1 {
            return;
        }
        for label in chosen {
            let mut values = Vec::new();
            if let Some(text) = hour.index.label(*label) {
                let encoding = Encoding::parse(hour.index.encoding(*label));
                let attribute = hour.run.ground_truth.as_ref();
                label_values(text, encoding, count, attribute, |_, value| {
                    values.push(value.map(Cow::into_owned))
                });
            }
            self.values.push(values);
        }
    }

    /// The value of record `record` in the `at`-th chosen label.
    fn get<'a>(
        &'a self,
        hour: &'a MatchedHour,
        at: usize,
        label: u32,
        record: u32,
        count: u32,
    ) -> Option<Cow<'a, str>> {
        if count > 1 {
            return self
                .values
                .get(at)?
                .get(record as usize)?
                .as_deref()
                .map(Cow::Borrowed);
        }
        let encoding = Encoding::parse(hour.index.encoding(label));
        label_value(
            hour.index.label(label)?,
            encoding,
            0,
            1,
            hour.run.ground_truth.as_ref(),
        )
    }
}

/// The label of each output row, and the batch row it repeats if any record has several.
struct Matches {
    labels: Vec<Option<u32>>,
    /// Which rows are the first record of their event.
    firsts: Vec<bool>,
    record_labels: ArrayRef,
    rows: Option<UInt32Array>,
}

impl Matches {
    fn texts<'a>(&self, text: impl Fn(u32) -> Option<&'a str>) -> ArrayRef {
        let mut out = StringBuilder::with_capacity(self.labels.len(), self.labels.len() * 8);
        for label in &self.labels {
            out.append_option(label.and_then(&text));
        }
        Arc::new(out.finish())
    }

    /// The whole label, which stands on the first record only.
    fn texts_on_first<'a>(&self, text: impl Fn(u32) -> Option<&'a str>) -> ArrayRef {
        let mut out = StringBuilder::new();
        for (label, first) in self.labels.iter().zip(&self.firsts) {
            out.append_option(label.filter(|_| *first).and_then(&text));
        }
        Arc::new(out.finish())
    }
}

fn repeated(value: &str, rows: usize) -> StringArray {
    let mut out = StringBuilder::with_capacity(rows, rows * value.len());
    for _ in 0..rows {
        out.append_value(value);
    }
    out.finish()
}
