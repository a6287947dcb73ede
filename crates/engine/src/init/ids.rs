//! The ids of both sides, of as many hours as the bounds allow.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use groundline_capture::{Column, Encoding, Grain};
use groundline_store::Hour;

use super::bounds::{Bounds, Meter};
use super::places::Place;
use super::rejects::Tally;
use super::sample::{read_options, rejects, text_at};
use crate::error::EngineError;
use crate::read::{ReadOptions, RecordReader};
use crate::tables::Input;

/// Rows of a batch of ids.
const BATCH: usize = 4_096;
/// Label texts whose values are looked at, of one object and in all.
const TEXTS_OF_OBJECT: usize = 200;
const TEXTS: usize = 4_000;
/// Longer labels are not kept for looking at.
const MOST_TEXT: usize = 256 << 10;

/// The ids of one prediction.
#[derive(Clone, Debug)]
pub(super) struct PredictionId {
    pub(super) hour: Hour,
    /// Number of its place.
    pub(super) place: usize,
    pub(super) event_id: Option<Box<str>>,
    pub(super) inference_id: Option<Box<str>>,
}

impl PredictionId {
    pub(super) fn key(&self) -> Option<&str> {
        self.inference_id.as_deref().or(self.event_id.as_deref())
    }
}

/// One label's key.
#[derive(Clone, Debug)]
pub(super) struct LabelId {
    pub(super) hour: Hour,
    pub(super) key: Box<str>,
}

/// A label as it stands.
#[derive(Clone, Debug)]
pub(super) struct LabelText {
    pub(super) text: Option<String>,
    pub(super) encoding: Encoding,
    pub(super) encoding_name: String,
}

/// What was read of labels.
#[derive(Debug, Default)]
pub(super) struct Labels {
    pub(super) ids: Vec<LabelId>,
    pub(super) texts: Vec<LabelText>,
    /// The last label of each key that was asked for.
    pub(super) by_key: HashMap<String, LabelText>,
    pub(super) tally: Tally,
    pub(super) read: Reading,
}

/// What was read of predictions.
#[derive(Debug, Default)]
pub(super) struct Predictions {
    pub(super) ids: Vec<PredictionId>,
    /// By number of place.
    pub(super) tallies: BTreeMap<usize, Tally>,
    pub(super) read: Reading,
}

/// Which hours were read, and whether any object in them was left out.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) hours: BTreeSet<Hour>,
    /// Not every object of these hours was read to its end.
    pub(super) cut: bool,
}

/// How far ids may be read.
pub(super) struct Reader<'a> {
    pub(super) bounds: &'a Bounds,
    pub(super) meter: &'a Arc<Meter>,
}

impl Reader<'_> {
    fn spent(&self, bytes: u64, objects: u64) -> bool {
        self.meter.bytes() >= bytes || self.meter.objects() >= objects
    }

    /// Reads the labels of an hour, while less than `bytes` bytes and `objects` objects were read in all.
    pub(super) async fn labels(
        &self,
        place: &Place,
        hour: Hour,
        wanted: &BTreeSet<String>,
        (bytes, objects): (u64, u64),
        into: &mut Labels,
    ) -> Result<(), EngineError> {
        if !into.read.hours.insert(hour) {
            return Ok(());
        }
        let columns = [Column::Key, Column::Label, Column::LabelEncoding];
        for input in place.inputs(hour) {
            if self.spent(bytes, objects) || into.ids.len() >= self.bounds.ids {
                into.read.cut = true;
                return Ok(());
            }
            let (mut reader, options) = self.open(input, &columns).await?;
            let (mut texts, mut events, mut whole) = (0, 0, true);
            while let Some(batch) = reader.next().await? {
                events += batch.num_rows() as u64;
                for row in 0..batch.num_rows() {
                    let key = text_at(&batch, 0, row).unwrap_or_default();
                    let looked = texts < TEXTS_OF_OBJECT && into.texts.len() < TEXTS;
                    let is_wanted = wanted.contains(&key);
                    if looked || is_wanted {
                        let name = text_at(&batch, 2, row).unwrap_or_default();
                        let label = LabelText {
                            text: text_at(&batch, 1, row).filter(|text| text.len() <= MOST_TEXT),
                            encoding: Encoding::parse(Some(&name)),
                            encoding_name: name,
                        };
                        if is_wanted {
                            into.by_key.insert(key.clone(), label.clone());
                        }
                        if looked {
                            texts += 1;
                            into.texts.push(label);
                        }
                    }
                    into.ids.push(LabelId {
                        hour,
                        key: key.into_boxed_str(),
                    });
                }
                if self.spent(bytes, u64::MAX) || into.ids.len() >= self.bounds.ids {
                    into.read.cut = true;
                    whole = false;
                    break;
                }
            }
            let rejects = rejects(&reader, &options);
            into.tally.add(input, events, &rejects, whole);
        }
        Ok(())
    }

    /// Reads the ids of all places' predictions of an hour.
    pub(super) async fn predictions(
        &self,
        places: &[Place],
        hour: Hour,
        (bytes, objects): (u64, u64),
        into: &mut Predictions,
    ) -> Result<(), EngineError> {
        let is_there = places.iter().any(|place| !place.inputs(hour).is_empty());
        if !is_there || !into.read.hours.insert(hour) {
            return Ok(());
        }
        let columns = [Column::EventId, Column::InferenceId];
        for (number, place) in places.iter().enumerate() {
            for input in place.inputs(hour) {
                if self.spent(bytes, objects) || into.ids.len() >= self.bounds.ids {
                    into.read.cut = true;
                    return Ok(());
                }
                let (mut reader, options) = self.open(input, &columns).await?;
                let (mut events, mut whole) = (0, true);
                while let Some(batch) = reader.next().await? {
                    events += batch.num_rows() as u64;
                    let id = |column, row| text_at(&batch, column, row).filter(|id| !id.is_empty());
                    into.ids
                        .extend((0..batch.num_rows()).map(|row| PredictionId {
                            hour,
                            place: number,
                            event_id: id(0, row).map(String::into_boxed_str),
                            inference_id: id(1, row).map(String::into_boxed_str),
                        }));
                    if self.spent(bytes, u64::MAX) || into.ids.len() >= self.bounds.ids {
                        into.read.cut = true;
                        whole = false;
                        break;
                    }
                }
                let tally = into.tallies.entry(number).or_default();
                tally.add(input, events, &rejects(&reader, &options), whole);
            }
        }
        Ok(())
    }

    async fn open(
        &self,
        input: &Input,
        columns: &[Column],
    ) -> Result<(RecordReader, ReadOptions), EngineError> {
        self.meter.opened(input);
        let options = read_options(columns, Grain::Capture, BATCH, self.meter);
        let reader = RecordReader::open(input, None, &options).await?;
        Ok((reader, options))
    }
}

/// The hours to read of each side: all where that is little, else a few hours of predictions, and for each the label
/// hours after and before it, near ones first.
pub(super) fn plan(predictions: &[Hour], labels: &[Hour], whole: bool) -> (Vec<Hour>, Vec<Hour>) {
    if whole || labels.is_empty() || predictions.is_empty() {
        return (predictions.to_vec(), labels.to_vec());
    }
    let last_label = labels.last().copied();
    // Predictions after the last labels cannot have any yet.
    let labelled: Vec<Hour> = predictions
        .iter()
        .copied()
        .filter(|hour| last_label.is_some_and(|last| *hour <= last))
        .collect();
    let from = if labelled.is_empty() {
        predictions
    } else {
        &labelled
    };
    let anchors: Vec<Hour> = [2, 1, 3]
        .into_iter()
        .filter_map(|quarter| from.get(from.len() * quarter / 4).copied())
        .collect();
    // By rank of nearness, so that each anchor has its nearest hours before any has a far one.
    let mut ranked: BTreeMap<usize, BTreeSet<Hour>> = BTreeMap::new();
    for anchor in &anchors {
        let next = labels.partition_point(|hour| hour < anchor);
        for (rank, offset) in OFFSETS.iter().enumerate() {
            let at = next.checked_add_signed(*offset);
            if let Some(hour) = at.and_then(|at| labels.get(at)) {
                ranked.entry(rank).or_default().insert(*hour);
            }
        }
    }
    let mut chosen = Vec::new();
    for hour in ranked.into_values().flatten() {
        if !chosen.contains(&hour) {
            chosen.push(hour);
        }
    }
    (anchors, chosen)
}

/// Label hours by their place after an hour of predictions.
const OFFSETS: [isize; 16] = [0, 1, 2, 3, -1, 4, 6, 12, 24, 48, -2, 72, 168, -6, 336, 720];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_are_read_lie_around_a_few_hours_of_predictions() {
        let hours = |count: i64| -> Vec<Hour> {
            (0..count).map(|n| Hour::from_micros(0).plus(n)).collect()
        };
        let (predictions, labels) = plan(&hours(1_000), &hours(800), false);
        let numbers = |hours: &[Hour]| -> Vec<i64> {
            let zero = Hour::from_micros(0);
            hours.iter().map(|hour| hour.since(zero)).collect()
        };
        assert_eq!(numbers(&predictions), [400, 200, 600]);
        assert_eq!(numbers(&labels)[..6], [200, 400, 600, 201, 401, 601]);
        assert!(labels.len() < 48);
        assert_eq!(plan(&hours(3), &hours(4), true), (hours(3), hours(4)));
    }
}
