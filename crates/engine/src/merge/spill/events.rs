//! The ids of all predictions in temporary files, by parts of the keys: what choosing labels needs, no payload.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, Int32Builder, Int64Builder, RecordBatch, StringBuilder, UInt32Builder,
};
use arrow::compute::{filter_record_batch, not};
use arrow::datatypes::{Int32Type, Int64Type, UInt32Type};
use groundline_capture::Grain;
use groundline_store::Hour;
use hashbrown::DefaultHashBuilder;

use super::super::filter::RecordFilter;
use super::super::inputs::PartitionInputs;
use super::super::label_index::{Event, length_bit};
use super::super::matched::{Ids, NEEDED, number_column, unit_starts};
use super::super::outcome::HourFailure;
use super::super::settings::ModelRun;
use super::parts::{Parts, SpillRows};
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::key_table::hash_key;
use crate::read::{ReadOptions, RecordReader, ScanLog, ranges};
use crate::spill_file::SpillFile;
use crate::tables::Input;

/// Objects of predictions, numbered in order of (endpoint, variant, hour, key).
pub(crate) struct PredictionFiles {
    /// Hour, key, number of the (endpoint, variant), number of the partition.
    files: Vec<(Hour, String, u32, u32)>,
    /// Number of each partition's first object.
    first: Vec<u32>,
    /// Endpoint and variant of each partition.
    places: Vec<(String, String)>,
}

impl PredictionFiles {
    pub(crate) fn new(partitions: &[PartitionInputs]) -> Self {
        let (mut files, mut first) = (Vec::new(), Vec::new());
        let places = partitions
            .iter()
            .map(|partition| (partition.endpoint.clone(), partition.variant.clone()))
            .collect();
        for (number, partition) in (0_u32..).zip(partitions) {
            first.push(u32::try_from(files.len()).unwrap_or(u32::MAX));
            for input in &partition.inputs {
                let key = input.object.key.clone();
                files.push((input.hour, key, partition.place, number));
            }
        }
        Self {
            files,
            first,
            places,
        }
    }

    /// Number of the partition's `input`-th object.
    pub(crate) fn number(&self, partition: u32, input: usize) -> u32 {
        let first = self.first.get(partition as usize).copied().unwrap_or(0);
        first + u32::try_from(input).unwrap_or(0)
    }

    /// Number of the partition's (endpoint, variant).
    pub(super) fn place(&self, partition: u32) -> u32 {
        let first = self.first.get(partition as usize);
        let file = first.and_then(|first| self.files.get(*first as usize));
        file.map_or(0, |(_, _, place, _)| *place)
    }

    /// Partition of an object.
    pub(crate) fn partition(&self, file: u32) -> u32 {
        self.files.get(file as usize).map_or(0, |file| file.3)
    }
}

/// The ids of the predictions.
pub(super) struct SpilledEvents {
    pub(super) parts: Vec<SpillFile>,
    /// Partitions of which an object could not be read, and why. They fail even if a second reading succeeds: the
    /// labels of what was not read have not been chosen.
    pub(super) unread: BTreeMap<u32, HourFailure>,
}

/// Columns that choosing labels needs of predictions.
pub(crate) fn event_options(run: &ModelRun) -> ReadOptions {
    let mut columns = NEEDED.to_vec();
    let filtered = run.filter.as_deref().map_or(&[][..], RecordFilter::columns);
    columns.extend(filtered.iter().filter(|c| !NEEDED.contains(c)));
    ReadOptions {
        grain: Grain::Record,
        columns,
        batch_rows: run.resources.batch_size,
        batch_bytes: crate::read::BATCH_BYTES,
        limits: run.resources.limits,
        // The hours' second reading counts rejects and bytes.
        log: Arc::new(ScanLog::default()),
        progress: None,
    }
}

/// Records of a batch: those that the model's `where` keeps, and those that it leaves out.
pub(crate) struct EventBatch {
    kept: RecordBatch,
    left_out: Option<RecordBatch>,
}

impl EventBatch {
    pub(crate) fn of(
        batch: RecordBatch,
        filter: Option<&RecordFilter>,
        input: &Input,
    ) -> Result<Self, EngineError> {
        let Some(filter) = filter else {
            return Ok(Self {
                kept: batch,
                left_out: None,
            });
        };
        let keeps = filter.keeps(&batch, input)?;
        Ok(Self {
            kept: filter_record_batch(&batch, &keeps)?,
            left_out: Some(filter_record_batch(&batch, &not(&keeps)?)?),
        })
    }

    /// Hands on the ids by which labels may mean the records: with the record's place (position and unit) and how many
    /// records its unit has. Of event ids those whose lengths are among `lengths`. `last` is the position of the
    /// object's last record before.
    pub(crate) fn each_id(
        &self,
        each_record: bool,
        lengths: u128,
        last: &mut Option<i64>,
        mut give: impl FnMut((i64, i32), u32, Id<'_>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        if let Some(left_out) = &self.left_out {
            let ids = Ids::of(left_out)?;
            let positions =
                number_column::<Int64Type>(left_out, groundline_capture::Column::Position)?;
            for row in 0..left_out.num_rows() {
                give((positions.value(row), 0), 0, Id::LeftOut(ids.key(row)))?;
            }
        }
        let batch = &self.kept;
        let ids = Ids::of(batch)?;
        let positions = number_column::<Int64Type>(batch, groundline_capture::Column::Position)?;
        let indices = number_column::<Int32Type>(batch, groundline_capture::Column::RecordIndex)?;
        let counts = number_column::<Int32Type>(batch, groundline_capture::Column::RecordCount)?;
        let starts = unit_starts(batch, each_record, last)?;
        for row in (0..batch.num_rows()).filter(|row| starts.get(*row) == Some(&true)) {
            let key = ids.key(row);
            let count = u32::try_from(counts.value(row)).unwrap_or(0);
            let unit = if each_record { indices.value(row) } else { 0 };
            let place = (positions.value(row), unit);
            give(place, count, Id::Key(key))?;
            if let Some(id) = ids.other(row)
                && lengths & length_bit(id.len()) != 0
            {
                give(place, count, Id::Event { id, key })?;
            }
        }
        Ok(())
    }
}

/// An id by which a label may mean a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Id<'a> {
    /// The prediction's key: a label of it is a candidate.
    Key(&'a str),
    /// The event id of a capture whose key is its inference id: a candidate too where labels may match by either.
    Event { id: &'a str, key: &'a str },
    /// The key of a prediction that the model's `where` leaves out.
    LeftOut(&'a str),
    /// No id: that there is an hour, for whoever writes it elsewhere.
    Hour,
    /// No id: why the object could not be read.
    Unread(&'a str),
}

impl<'a> Id<'a> {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Key(_) => 0,
            Self::Event { .. } => 1,
            Self::LeftOut(_) => 2,
            Self::Hour => 3,
            Self::Unread(_) => 4,
        }
    }

    /// What a label would have as its key.
    pub(crate) fn id(self) -> &'a str {
        match self {
            Self::Key(id) | Self::LeftOut(id) | Self::Event { id, .. } | Self::Unread(id) => id,
            Self::Hour => "",
        }
    }
}

/// Reads the ids of every prediction into parts; of event ids those whose lengths the labels' keys have.
pub(super) async fn spill_events(
    run: &Arc<ModelRun>,
    files: &PredictionFiles,
    hasher: &DefaultHashBuilder,
    parts: usize,
    lengths: u128,
) -> Result<SpilledEvents, EngineError> {
    let mut rows: Parts<EventRows> = Parts::create(parts, &run.resources.temp_dir)?;
    let mut units = Vec::new();
    for (number, partition) in (0_u32..).zip(&run.inputs.partitions) {
        for (at, input) in partition.inputs.iter().enumerate() {
            let file = files.number(number, at);
            let ranges = ranges(input, run.resources.split_size);
            units.extend(ranges.into_iter().map(|range| (file, input.clone(), range)));
        }
    }
    let each_record = run.model.id_attribute.is_some();
    let mut last: (u32, Option<i64>) = (0, None);
    let options = event_options(run);
    let decode = |(file, input, range): (u32, Input, Option<(u64, u64)>),
                  results: Results<(u32, Result<EventBatch, EngineError>)>| {
        let (options, filter) = (options.clone(), run.filter.clone());
        async move {
            let read = async {
                let mut reader = RecordReader::open(&input, range, &options).await?;
                while let Some(batch) = reader.next().await? {
                    let read = EventBatch::of(batch, filter.as_deref(), &input)?;
                    if results.send((file, Ok(read))).await.is_err() {
                        break;
                    }
                }
                Ok(())
            };
            // It is its hour that fails, not the run.
            if let Err(error) = read.await {
                let _ = results.send((file, Err(error))).await;
            }
            Ok(())
        }
    };
    let mut unread = BTreeMap::new();
    let sink = |(file, read): (u32, Result<EventBatch, EngineError>)| {
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                unread
                    .entry(files.partition(file))
                    .or_insert_with(|| HourFailure::of(&error));
                return Ok(());
            }
        };
        if last.0 != file {
            last = (file, None);
        }
        read.each_id(each_record, lengths, &mut last.1, |place, count, id| {
            rows.add(hash_key(hasher, id.id()), |rows| {
                rows.push(file, place, count, id)
            })
        })
    };
    in_order(units, run.resources.under_way(), decode, sink).await?;
    Ok(SpilledEvents {
        parts: rows.finish()?,
        unread,
    })
}

#[derive(Default)]
pub(crate) struct EventRows {
    file: UInt32Builder,
    position: Int64Builder,
    record_count: UInt32Builder,
    key: StringBuilder,
    unit: Int32Builder,
    kind: UInt32Builder,
    own: StringBuilder,
    bytes: usize,
}

impl EventRows {
    pub(crate) fn push(&mut self, file: u32, place: (i64, i32), record_count: u32, id: Id<'_>) {
        let key = id.id();
        self.kind.append_value(id.number());
        let own = match id {
            Id::Event { key, .. } => Some(key),
            _ => None,
        };
        self.own.append_option(own);
        self.bytes += own.map_or(0, str::len);
        self.file.append_value(file);
        self.position.append_value(place.0);
        self.unit.append_value(place.1);
        self.record_count.append_value(record_count);
        self.key.append_value(key);
        self.bytes += 28 + key.len();
    }
}

impl SpillRows for EventRows {
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        self.bytes = 0;
        Ok(RecordBatch::try_from_iter_with_nullable([
            ("file", Arc::new(self.file.finish()) as _, false),
            ("position", Arc::new(self.position.finish()) as _, false),
            (
                "record_count",
                Arc::new(self.record_count.finish()) as _,
                false,
            ),
            ("key", Arc::new(self.key.finish()) as _, false),
            ("unit", Arc::new(self.unit.finish()) as _, false),
            ("kind", Arc::new(self.kind.finish()) as _, false),
            ("own", Arc::new(self.own.finish()) as _, true),
        ])?)
    }
}

/// A block of events.
pub(super) struct EventBlock(RecordBatch);

impl EventBlock {
    pub(super) fn new(batch: RecordBatch) -> Self {
        Self(batch)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        let keys = self.0.column(3).as_string::<i32>();
        (0..keys.len()).map(move |row| keys.value(row))
    }

    /// Each event with the number of its object, and which of its ids is asked for.
    pub(super) fn events<'a>(
        &'a self,
        files: &'a PredictionFiles,
    ) -> impl Iterator<Item = (u32, Event<'a>, Id<'a>)> {
        let numbers = self.0.column(0).as_primitive::<UInt32Type>();
        let positions = self.0.column(1).as_primitive::<Int64Type>();
        let counts = self.0.column(2).as_primitive::<UInt32Type>();
        let units = self.0.column(4).as_primitive::<Int32Type>();
        let kinds = self.0.column(5).as_primitive::<UInt32Type>();
        let owns = self.0.column(6).as_string::<i32>();
        self.keys().enumerate().filter_map(move |(row, key)| {
            let number = numbers.value(row);
            let (hour, file, place, partition) = files.files.get(number as usize)?;
            let (endpoint, variant) = files.places.get(*partition as usize)?;
            let id = match kinds.value(row) {
                0 => Id::Key(key),
                1 => Id::Event {
                    id: key,
                    key: owns.value(row),
                },
                _ => Id::LeftOut(key),
            };
            let event = Event {
                key: match id {
                    Id::Event { key, .. } => key,
                    _ => key,
                },
                endpoint,
                variant,
                hour: *hour,
                record_count: counts.value(row),
                file,
                position: positions.value(row),
                unit: units.value(row),
                place: *place,
            };
            Some((number, event, id))
        })
    }
}
