//! The fast plan's operator: streams one hour's predictions past the label index.
//! Registered as `matched`, it gives the rows of `sql/merge/matched.sql` for that hour, in file order.

mod again;
mod batch;
mod cut_labels;
mod left_out;
mod matches;
mod near;
mod table;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, Int64Array, StringArray, StringBuilder, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{Int32Type, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use futures::StreamExt;
use futures::stream::BoxStream;
use groundline_capture::{Column, Grain};

pub(crate) use again::see_again;
use batch::row_bytes;
pub(crate) use batch::{Ids, number_column, unit_starts};
pub(crate) use cut_labels::CutLabels;
use matches::{Matches, Rows};
pub(crate) use table::MatchedTable;

use super::conflicts::Conflict;
use super::filter::RecordFilter;
use super::inputs::PartitionInputs;
use super::label_index::{ChoiceMemory, Event, LabelIndex};
use super::settings::ModelRun;
use super::spill::{Asking, MatchCursors, SpilledMatches};
use crate::error::EngineError;
use crate::model::{DuplicateLabels, Match};
use crate::read::{ReadOptions, RecordReader, ScanLog, open_ahead};
use crate::tables::Input;

/// Where the labels of an hour's predictions come from.
#[derive(Clone)]
pub(crate) enum HourLabels {
    /// All labels of the run, to choose from.
    Indexed(Arc<LabelIndex>),
    /// Chosen before, in temporary files, with the number of the hour's partition.
    Spilled(Arc<SpilledMatches>, u32),
}

/// What the operator reads and where it says what it saw.
pub(crate) struct MatchedHour {
    pub(crate) run: Arc<ModelRun>,
    pub(crate) partition: PartitionInputs,
    pub(crate) labels: HourLabels,
    pub(crate) log: Arc<ScanLog>,
    /// The first capture that `--duplicate-labels error` refuses.
    pub(crate) conflict: Mutex<Option<Conflict>>,
    /// The rows have been asked for before: merged JSONL reads the hour a second time.
    pub(crate) streamed: AtomicBool,
    /// Records that the model's `where` left out.
    pub(crate) filtered: AtomicU64,
}

impl std::fmt::Debug for MatchedHour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MatchedHour")
            .field("hour", &self.partition.hour)
            .finish_non_exhaustive()
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
pub(crate) const NEEDED: &[Column] = &[
    Column::EventId,
    Column::InferenceId,
    Column::Position,
    Column::RecordIndex,
    Column::RecordCount,
];

/// Reads the hour's objects one after the other and matches batch by batch.
struct Matcher {
    hour: Arc<MatchedHour>,
    schema: SchemaRef,
    /// The objects, opened in order.
    readers: BoxStream<'static, Result<(usize, RecordReader), EngineError>>,
    /// Number of the object being read.
    input: usize,
    reader: Option<RecordReader>,
    /// Position of the object's last record.
    last: Option<i64>,
    /// These are the hour's first rows: what is met is counted.
    counts: bool,
    /// What labels come near to is noted.
    notes: bool,
    memory: ChoiceMemory,
    /// Where the spilled labels are picked up.
    cursors: Option<MatchCursors>,
    /// Labels of the record's event.
    chosen: Vec<u32>,
    /// Of the batch's units those that a label spells differently, and the label.
    spelled: Vec<(usize, u32)>,
    values: CutLabels,
    pending: Option<Pending>,
}

/// A batch of predictions that is being matched, and how far.
struct Pending {
    batch: RecordBatch,
    /// Number of its object in the hour.
    input: usize,
    labels: Arc<LabelIndex>,
    /// Which records begin a unit.
    starts: Vec<bool>,
    /// Of each unit, and the next of them.
    candidates: Candidates,
    next_event: usize,
    /// The next record, and the next of its labels.
    row: usize,
    label: usize,
}

/// What is known of the labels of a batch's events.
enum Candidates {
    /// The first label of each event's key, and of its event id where that may match too.
    Heads(Vec<Option<u32>>, Vec<Option<u32>>),
    /// The labels that were chosen for each event.
    Chosen(Vec<Range<u32>>),
}

/// Text bytes after which an output batch ends: a label can be long and serve many predictions.
const OUTPUT_BYTES: usize = 64 << 20;

impl Matcher {
    fn new(hour: Arc<MatchedHour>, schema: SchemaRef) -> Self {
        let first = !hour.streamed.swap(true, Ordering::Relaxed);
        let filter = hour.run.filter.as_deref();
        let filtered = filter.map_or(&[][..], RecordFilter::columns);
        let mut columns: Vec<Column> = DECODED
            .iter()
            .filter(|c| NEEDED.contains(c) || schema.index_of(c.name()).is_ok())
            .copied()
            .collect();
        columns.extend(filtered.iter().filter(|c| !DECODED.contains(c)));
        columns.extend(filtered.iter().filter(|c| {
            DECODED.contains(c) && !NEEDED.contains(c) && schema.index_of(c.name()).is_err()
        }));
        let options = ReadOptions {
            grain: Grain::Record,
            columns,
            batch_rows: hour.run.resources.batch_size,
            batch_bytes: crate::read::BATCH_BYTES,
            limits: hour.run.resources.limits,
            log: Arc::clone(&hour.log),
            progress: first.then(|| Arc::clone(&hour.run.progress)),
        };
        let cursors = match &hour.labels {
            HourLabels::Indexed(_) => None,
            HourLabels::Spilled(matches, partition) => Some(MatchCursors::new(matches, *partition)),
        };
        let inputs = hour.partition.inputs.iter().cloned().enumerate().collect();
        Self {
            hour,
            schema,
            readers: open_ahead(inputs, None, &options),
            cursors,
            input: 0,
            reader: None,
            last: None,
            counts: first,
            notes: first,
            memory: match first {
                true => ChoiceMemory::new(),
                false => ChoiceMemory::undecided(),
            },
            chosen: Vec::new(),
            spelled: Vec::new(),
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
                let joined = self.join(input, &pending, &matches)?;
                if pending.row < pending.batch.num_rows() {
                    self.pending = Some(pending);
                }
                return Ok(Some(joined));
            }
            let Some(reader) = &mut self.reader else {
                let Some(opened) = self.readers.next().await else {
                    // What this reading met was said first, as without spilling.
                    if let Some(cursors) = &self.cursors {
                        cursors.check()?;
                    }
                    return Ok(None);
                };
                let (input, reader) = opened?;
                (self.input, self.reader) = (input, Some(reader));
                self.last = None;
                continue;
            };
            match reader.next().await? {
                Some(batch) => {
                    let batch = self.keep(batch)?;
                    if batch.num_rows() > 0 {
                        self.pending = Some(self.look_up(batch)?);
                    }
                }
                None => self.reader = None,
            }
        }
    }

    fn join(
        &self,
        input: &Input,
        pending: &Pending,
        matches: &Matches,
    ) -> Result<RecordBatch, EngineError> {
        let rows = matches.labels.len();
        let (batch, index) = (&pending.batch, &pending.labels);
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

    /// The labels of one event into `chosen`; true when the policy refuses them.
    fn choose_for(&mut self, event: &Event<'_>, pending: &Pending) -> bool {
        let policy = &self.hour.run.model.policy;
        match &pending.candidates {
            Candidates::Heads(heads, others) => {
                let of = |heads: &[Option<u32>]| heads.get(pending.next_event).copied().flatten();
                let heads = (of(heads), of(others));
                pending
                    .labels
                    .choose(heads, event, policy, &mut self.memory, &mut self.chosen)
            }
            Candidates::Chosen(ranges) => {
                self.chosen.clear();
                let range = ranges.get(pending.next_event).cloned();
                self.chosen.extend(range.into_iter().flatten());
                policy.duplicate_labels == DuplicateLabels::Error && self.chosen.len() > 1
            }
        }
    }

    /// Finds the labels of a batch of the object that is being read.
    fn look_up(&mut self, batch: RecordBatch) -> Result<Pending, EngineError> {
        let model = &self.hour.run.model;
        let each_record = model.id_attribute.is_some();
        let starts = unit_starts(&batch, each_record, &mut self.last)?;
        let (labels, candidates) = {
            let ids = Ids::of(&batch)?;
            let events = (0..batch.num_rows()).filter(|row| starts.get(*row) == Some(&true));
            match (&self.hour.labels, &mut self.cursors) {
                (HourLabels::Spilled(..), Some(cursors)) => {
                    let positions = number_column::<Int64Type>(&batch, Column::Position)?;
                    let indices = number_column::<Int32Type>(&batch, Column::RecordIndex)?;
                    let unit = |row| if each_record { indices.value(row) } else { 0 };
                    let is_either = model.policy.matching == Match::Either;
                    let asking = events.map(|row| Asking {
                        position: positions.value(row),
                        unit: unit(row),
                        key: ids.key(row),
                        event_id: ids.other(row).filter(|_| is_either),
                    });
                    let (labels, ranges) = cursors.take(self.input, asking, self.counts)?;
                    (Arc::new(labels), Candidates::Chosen(ranges))
                }
                (HourLabels::Indexed(index), _) => {
                    let mut heads = Vec::new();
                    // Before the keys, whose labels are then still in the cache when one is chosen.
                    if self.notes {
                        self.note_event_ids(index, &batch, &ids, events.clone())?;
                    }
                    let keys = events.clone().map(|row| ids.key(row));
                    index.find(keys, &mut heads, &mut self.spelled);
                    if self.notes {
                        self.note_spelled(index, &batch, &ids, events.clone())?;
                    }
                    let mut others = Vec::new();
                    if model.policy.matching == Match::Either {
                        let other = |row| ids.other(row).unwrap_or_default();
                        index.find(events.map(other), &mut others, &mut self.spelled);
                    }
                    (Arc::clone(index), Candidates::Heads(heads, others))
                }
                (HourLabels::Spilled(..), None) => {
                    return Err(EngineError::Worker {
                        reason: "spilled labels without cursors".to_owned(),
                    });
                }
            }
        };
        Ok(Pending {
            batch,
            input: self.input,
            labels,
            starts,
            candidates,
            next_event: 0,
            row: 0,
            label: 0,
        })
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
            let each_record = hour.run.model.id_attribute.is_some();
            // A record with an id of its own is the only one of its unit.
            let record = match each_record {
                true => 0,
                false => u32::try_from(indices.value(row)).unwrap_or(0),
            };
            let is_start = pending.starts.get(row) == Some(&true);
            let count = u32::try_from(counts.value(row)).unwrap_or(0);
            if is_start && pending.label == 0 {
                let event = Event {
                    key: ids.key(row),
                    endpoint: &input.endpoint,
                    variant: &input.variant,
                    hour: input.hour,
                    record_count: count,
                    file: &input.object.key,
                    position: positions.value(row),
                    unit: if each_record { indices.value(row) } else { 0 },
                    place: hour.partition.place,
                };
                let refused = self.choose_for(&event, pending);
                pending.next_event += 1;
                if refused {
                    note_conflict(&hour, &event, self.chosen.len());
                }
                self.values
                    .cut(&hour.run, &pending.labels, &self.chosen, count);
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
                firsts.push(is_start);
                picked.push(number);
                record_labels.append_null();
            }
            while let Some(label) = self.chosen.get(pending.label)
                && bytes < OUTPUT_BYTES
            {
                let at = pending.label;
                let value = self
                    .values
                    .get(&hour.run, &pending.labels, at, *label, record, count);
                let whole = if is_start {
                    pending.labels.label(*label).map_or(0, str::len)
                } else {
                    0
                };
                bytes += weight + whole + value.as_deref().map_or(0, str::len);
                record_labels.append_option(value);
                labels.push(Some(*label));
                firsts.push(is_start);
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
