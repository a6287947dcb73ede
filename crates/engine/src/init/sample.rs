//! A few hundred captures or transform records, spread over hours and files.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use groundline_capture::{Column, Encoding, Grain, Reject, Splitter};
use groundline_store::Hour;

use super::bounds::{Bounds, Meter, spread};
use super::places::Place;
use super::rejects::Tally;
use crate::error::EngineError;
use crate::options::Resources;
use crate::read::{ReadOptions, RecordReader, ScanLog};
use crate::tables::Input;

/// Hours of one place that are looked into.
const HOURS: usize = 8;

/// Records of one payload whose fields are looked at.
const RECORDS: usize = 8;

/// One capture line or transform record.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) hour: Hour,
    pub(super) file: String,
    pub(super) position: i64,
    pub(super) event_id: Option<String>,
    pub(super) inference_id: Option<String>,
    pub(super) input: Option<Side>,
    pub(super) output: Option<Side>,
}

/// One side's payload.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) text: String,
    /// As the capture says it.
    pub(super) encoding_name: String,
    pub(super) content_type: Option<String>,
    /// How many records the payload holds.
    pub(super) records: usize,
    /// The first of them, and what they are.
    pub(super) pieces: Vec<String>,
    pub(super) piece_encoding: Encoding,
}

impl Event {
    /// How many records the event has.
    pub(super) fn records(&self) -> usize {
        let side = self.output.as_ref().or(self.input.as_ref());
        side.map_or(1, |side| side.records)
    }

    /// `file:byte`
    pub(super) fn place(&self) -> String {
        format!("{} at byte {}", self.file, self.position)
    }
}

/// What was sampled of one place.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// In order of hour, file and position.
    pub(super) events: Vec<Event>,
    pub(super) tally: Tally,
    /// What the records were by SageMaker's ids alone, where they have none and are looked at all the same.
    pub(super) without_ids: Option<Tally>,
}

/// Reads a few records of each of a few hours.
pub(super) struct Sampler<'a> {
    pub(super) bounds: &'a Bounds,
    pub(super) meter: &'a Arc<Meter>,
    /// Records of one place.
    pub(super) share: usize,
    pub(super) places: usize,
}

impl Sampler<'_> {
    /// The hours that are looked into, evenly spaced, first and last among them.
    pub(super) fn hours(&self, place: &Place) -> Vec<Hour> {
        let known: Vec<Hour> = place.hours.keys().copied().collect();
        let most = (96 / self.places.max(1)).clamp(2, HOURS);
        spread(known.len(), most)
            .into_iter()
            .filter_map(|hour| known.get(hour).copied())
            .collect()
    }

    pub(super) async fn place(&self, place: &Place) -> Result<Sample, EngineError> {
        let hours = self.hours(place);
        let of_hour = (self.share / hours.len().max(1)).max(1);
        let mut sample = Sample::default();
        for hour in hours {
            self.hour(place.inputs(hour), of_hour, &mut sample).await?;
        }
        Ok(sample)
    }

    /// About `most` records from the first and the last object of an hour.
    pub(super) async fn hour(
        &self,
        inputs: &[Input],
        most: usize,
        sample: &mut Sample,
    ) -> Result<(), EngineError> {
        let files = if self.places > 8 { 1 } else { 2 };
        let chosen = spread(inputs.len(), files);
        let of_file = (most / chosen.len().max(1)).max(1);
        for input in chosen.into_iter().filter_map(|index| inputs.get(index)) {
            if self.meter.objects() >= self.bounds.objects
                || self.meter.bytes() >= self.bounds.bytes
            {
                return Ok(());
            }
            self.meter.opened(input);
            let options = read_options(&COLUMNS, Grain::Capture, of_file, self.meter);
            let mut reader = RecordReader::open(input, None, &options).await?;
            let before = sample.events.len();
            let mut whole = true;
            while let Some(batch) = reader.next().await? {
                events(input, &batch, &mut sample.events);
                if sample.events.len() >= before + of_file {
                    whole = false;
                    break;
                }
            }
            let read = (sample.events.len() - before) as u64;
            let rejects = rejects(&reader, &options);
            sample.tally.add(input, read, &rejects, whole);
            sample.events.truncate(before + of_file);
        }
        Ok(())
    }
}

/// How `init` reads: small batches, the bytes counted.
pub(super) fn read_options(
    columns: &[Column],
    grain: Grain,
    rows: usize,
    meter: &Arc<Meter>,
) -> ReadOptions {
    ReadOptions {
        grain,
        columns: columns.to_vec(),
        batch_rows: rows.max(1),
        batch_bytes: crate::read::BATCH_BYTES,
        limits: Resources::default().limits,
        log: Arc::new(ScanLog::default()),
        progress: Some(Arc::clone(meter) as Arc<dyn crate::progress::Progress>),
    }
}

/// What a reader rejected, whether it came to the end of its object or not.
pub(super) fn rejects(reader: &RecordReader, options: &ReadOptions) -> Vec<Reject> {
    let mut rejects = reader.rejects().to_vec();
    for log in options.log.take().into_values() {
        rejects.extend(log.rejects);
    }
    rejects
}

const COLUMNS: [Column; 9] = [
    Column::EventId,
    Column::InferenceId,
    Column::Input,
    Column::InputEncoding,
    Column::InputContentType,
    Column::Output,
    Column::OutputEncoding,
    Column::OutputContentType,
    Column::Position,
];

fn events(input: &Input, batch: &RecordBatch, into: &mut Vec<Event>) {
    let mut splitter = Splitter::new();
    for row in 0..batch.num_rows() {
        let text = |column: usize| text_at(batch, column, row);
        let mut side = |first: usize| {
            let payload = text(first)?;
            let name = text(first + 1).unwrap_or_default();
            let encoding = Encoding::parse(Some(&name));
            let (records, pieces, piece_encoding) = match splitter.split(&payload, encoding) {
                Ok(pieces) => (
                    pieces.len(),
                    pieces.iter().take(RECORDS).map(str::to_owned).collect(),
                    pieces.encoding(),
                ),
                Err(_) => (1, vec![payload.clone()], encoding),
            };
            Some(Side {
                text: payload,
                encoding_name: name,
                content_type: text(first + 2),
                records,
                pieces,
                piece_encoding,
            })
        };
        into.push(Event {
            hour: input.hour,
            file: input.object.key.clone(),
            position: batch.column(8).as_primitive::<Int64Type>().value(row),
            event_id: text(0),
            inference_id: text(1).filter(|id| !id.is_empty()),
            input: side(2),
            output: side(5),
        });
    }
}

/// Text of a cell; `None` is null.
pub(super) fn text_at(batch: &RecordBatch, column: usize, row: usize) -> Option<String> {
    let column = batch.column(column).as_string::<i32>();
    column.is_valid(row).then(|| column.value(row).to_owned())
}
