//! The ids of all predictions in temporary files, by parts of the keys: what choosing labels needs, no payload.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, Int32Builder, Int64Builder, RecordBatch, StringBuilder, UInt32Builder,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int32Type, Int64Type, UInt32Type};
use groundline_capture::Grain;
use groundline_store::Hour;
use hashbrown::DefaultHashBuilder;

use super::super::filter::RecordFilter;
use super::super::inputs::PartitionInputs;
use super::super::label_index::Event;
use super::super::matched::{Ids, NEEDED, number_column, unit_starts};
use super::super::outcome::chain;
use super::super::settings::ModelRun;
use super::file::SpillFile;
use super::parts::{Parts, SpillRows};
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::key_table::hash_key;
use crate::read::{ReadOptions, RecordReader, ScanLog, ranges};
use crate::tables::Input;

/// Objects of predictions, numbered in order of (endpoint, variant, hour, key).
pub(crate) struct PredictionFiles {
    /// Hour, key, number of the (endpoint, variant), number of the partition.
    files: Vec<(Hour, String, u32, u32)>,
    /// Number of each partition's first object.
    first: Vec<u32>,
}

impl PredictionFiles {
    pub(crate) fn new(partitions: &[PartitionInputs]) -> Self {
        let (mut files, mut first) = (Vec::new(), Vec::new());
        for (number, partition) in (0_u32..).zip(partitions) {
            first.push(u32::try_from(files.len()).unwrap_or(u32::MAX));
            for input in &partition.inputs {
                let key = input.object.key.clone();
                files.push((input.hour, key, partition.place, number));
            }
        }
        Self { files, first }
    }

    /// Number of the partition's `input`-th object.
    pub(crate) fn number(&self, partition: u32, input: usize) -> u32 {
        let first = self.first.get(partition as usize).copied().unwrap_or(0);
        first + u32::try_from(input).unwrap_or(0)
    }

    /// Partition of an object.
    pub(super) fn partition(&self, file: u32) -> u32 {
        self.files.get(file as usize).map_or(0, |file| file.3)
    }
}

/// The ids of the predictions.
pub(super) struct SpilledEvents {
    pub(super) parts: Vec<SpillFile>,
    /// Partitions of which an object could not be read, and why. They fail even if a second reading succeeds: the
    /// labels of what was not read have not been chosen.
    pub(super) unread: BTreeMap<u32, String>,
}

/// Reads the ids of every prediction into parts.
pub(super) async fn spill_events(
    run: &Arc<ModelRun>,
    files: &PredictionFiles,
    hasher: &DefaultHashBuilder,
    parts: usize,
) -> Result<SpilledEvents, EngineError> {
    let mut rows: Parts<Rows> = Parts::create(parts, &run.resources.temp_dir)?;
    let mut units = Vec::new();
    for (number, partition) in (0_u32..).zip(&run.inputs.partitions) {
        for (at, input) in partition.inputs.iter().enumerate() {
            let file = files.number(number, at);
            let ranges = ranges(&input.object, run.resources.split_size);
            units.extend(ranges.into_iter().map(|range| (file, input.clone(), range)));
        }
    }
    let mut columns = NEEDED.to_vec();
    let filtered = run.filter.as_deref().map_or(&[][..], RecordFilter::columns);
    columns.extend(filtered.iter().filter(|c| !NEEDED.contains(c)));
    let each_record = run.model.id_attribute.is_some();
    let mut last: (u32, Option<i64>) = (0, None);
    let decode = |(file, input, range): (u32, Input, Option<(u64, u64)>),
                  results: Results<(u32, Result<RecordBatch, EngineError>)>| {
        let options = ReadOptions {
            grain: Grain::Record,
            columns: columns.clone(),
            batch_rows: run.resources.batch_size,
            batch_bytes: crate::read::BATCH_BYTES,
            limits: run.resources.limits,
            // The hours' second reading counts rejects and bytes.
            log: Arc::new(ScanLog::default()),
            progress: None,
        };
        let filter = run.filter.clone();
        async move {
            let read = async {
                let mut reader = RecordReader::open(&input, range, &options).await?;
                while let Some(batch) = reader.next().await? {
                    let batch = match &filter {
                        Some(filter) => {
                            filter_record_batch(&batch, &filter.keeps(&batch, &input)?)?
                        }
                        None => batch,
                    };
                    if results.send((file, Ok(batch))).await.is_err() {
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
    let sink = |(file, batch): (u32, Result<RecordBatch, EngineError>)| {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => {
                unread
                    .entry(files.partition(file))
                    .or_insert_with(|| chain(&error));
                return Ok(());
            }
        };
        let ids = Ids::of(&batch)?;
        let positions = number_column::<Int64Type>(&batch, groundline_capture::Column::Position)?;
        let indices = number_column::<Int32Type>(&batch, groundline_capture::Column::RecordIndex)?;
        let counts = number_column::<Int32Type>(&batch, groundline_capture::Column::RecordCount)?;
        if last.0 != file {
            last = (file, None);
        }
        let starts = unit_starts(&batch, each_record, &mut last.1)?;
        for row in (0..batch.num_rows()).filter(|row| starts.get(*row) == Some(&true)) {
            let key = ids.key(row);
            let hash = hash_key(hasher, key);
            let count = u32::try_from(counts.value(row)).unwrap_or(0);
            rows.add(hash, |rows| {
                let unit = if each_record { indices.value(row) } else { 0 };
                rows.push(file, (positions.value(row), unit), count, key)
            })?;
        }
        Ok(())
    };
    in_order(units, run.resources.under_way(), decode, sink).await?;
    Ok(SpilledEvents {
        parts: rows.finish()?,
        unread,
    })
}

#[derive(Default)]
struct Rows {
    file: UInt32Builder,
    position: Int64Builder,
    record_count: UInt32Builder,
    key: StringBuilder,
    unit: Int32Builder,
    bytes: usize,
}

impl Rows {
    fn push(&mut self, file: u32, place: (i64, i32), record_count: u32, key: &str) {
        self.file.append_value(file);
        self.position.append_value(place.0);
        self.unit.append_value(place.1);
        self.record_count.append_value(record_count);
        self.key.append_value(key);
        self.bytes += 24 + key.len();
    }
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
            (
                "record_count",
                Arc::new(self.record_count.finish()) as _,
                false,
            ),
            ("key", Arc::new(self.key.finish()) as _, false),
            ("unit", Arc::new(self.unit.finish()) as _, false),
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

    /// Each event with the number of its object.
    pub(super) fn events<'a>(
        &'a self,
        files: &'a PredictionFiles,
    ) -> impl Iterator<Item = (u32, Event<'a>)> {
        let numbers = self.0.column(0).as_primitive::<UInt32Type>();
        let positions = self.0.column(1).as_primitive::<Int64Type>();
        let counts = self.0.column(2).as_primitive::<UInt32Type>();
        let units = self.0.column(4).as_primitive::<Int32Type>();
        self.keys().enumerate().filter_map(move |(row, key)| {
            let number = numbers.value(row);
            let (hour, file, place, _) = files.files.get(number as usize)?;
            let event = Event {
                key,
                hour: *hour,
                record_count: counts.value(row),
                file,
                position: positions.value(row),
                unit: units.value(row),
                place: *place,
            };
            Some((number, event))
        })
    }
}
