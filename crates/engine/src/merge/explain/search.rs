//! Finds the records that have one of some ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::{Int32Type, Int64Type};
use groundline_capture::{Column, Grain, Reject};

use super::Ids;
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::merge::filter::RecordFilter;
use crate::merge::label_index::LABEL_COLUMNS;
use crate::merge::matched::{NEEDED, number_column};
use crate::options::Resources;
use crate::read::{ReadOptions, RecordReader, ScanLog, lines_of};
use crate::tables::Input;

/// Occurrences beyond this are no longer told one by one: the id is none.
const MOST: usize = 10_000;

/// A prediction record with one of the ids.
#[derive(Clone, Debug)]
pub(super) struct FoundPrediction {
    pub(super) input: Input,
    pub(super) position: i64,
    pub(super) line: u64,
    pub(super) event_id: Option<String>,
    pub(super) inference_id: Option<String>,
    pub(super) record_index: i32,
    pub(super) record_count: u32,
    /// The model's `where` leaves it out.
    pub(super) filtered: bool,
    /// Of an endpoint or variant that the model leaves out.
    pub(super) unselected: bool,
    /// Why it was rejected.
    pub(super) rejected: Option<String>,
}

impl FoundPrediction {
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        [&self.inference_id, &self.event_id]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// `coalesce(inference_id, event_id)`.
    pub(super) fn key(&self) -> &str {
        self.ids().next().unwrap_or_default()
    }
}

/// A label with one of the ids.
#[derive(Clone, Debug)]
pub(super) struct FoundLabel {
    /// Number of its object among the labels.
    pub(super) number: u32,
    pub(super) input: Input,
    pub(super) position: i64,
    pub(super) line: u64,
    pub(super) key: String,
    pub(super) label: Option<String>,
    pub(super) encoding: Option<String>,
    /// Why it was rejected.
    pub(super) rejected: Option<String>,
}

/// How the inputs are read.
pub(super) struct Search<'a> {
    pub(super) resources: &'a Resources,
    pub(super) filter: Option<Arc<RecordFilter>>,
}

impl Search<'_> {
    fn options(&self, grain: Grain, columns: Vec<Column>, log: &Arc<ScanLog>) -> ReadOptions {
        ReadOptions {
            grain,
            columns,
            batch_rows: self.resources.batch_size,
            batch_bytes: crate::read::BATCH_BYTES,
            limits: self.resources.limits,
            log: Arc::clone(log),
            progress: None,
        }
    }

    /// Predictions with one of `ids`; those behind the first `selected` inputs are none of the model's.
    pub(super) async fn predictions(
        &self,
        inputs: &[Input],
        selected: usize,
        ids: &Ids,
    ) -> Result<Vec<FoundPrediction>, EngineError> {
        let mut columns = NEEDED.to_vec();
        let filtered = self
            .filter
            .as_deref()
            .map_or(&[][..], RecordFilter::columns);
        columns.extend(filtered.iter().filter(|c| !NEEDED.contains(c)));
        let mut found = Vec::new();
        let units = inputs.iter().cloned().enumerate();
        let read = |(number, input): (usize, Input), results: Results<Vec<FoundPrediction>>| {
            let log = Arc::new(ScanLog::default());
            let options = self.options(Grain::Record, columns.clone(), &log);
            let filter = self.filter.clone();
            let wanted = ids.normal.clone();
            async move {
                let ids = Ids { normal: wanted };
                let mut found = Vec::new();
                let mut reader = RecordReader::open(&input, None, &options).await?;
                while let Some(batch) = reader.next().await? {
                    let keeps = match &filter {
                        Some(filter) => Some(filter.keeps(&batch, &input)?),
                        None => None,
                    };
                    let text = |column: Column| -> Result<&StringArray, EngineError> {
                        let column = batch.schema().index_of(column.name())?;
                        Ok(batch.column(column).as_string::<i32>())
                    };
                    let (events, inferences) = (text(Column::EventId)?, text(Column::InferenceId)?);
                    let positions = number_column::<Int64Type>(&batch, Column::Position)?;
                    let indices = number_column::<Int32Type>(&batch, Column::RecordIndex)?;
                    let counts = number_column::<Int32Type>(&batch, Column::RecordCount)?;
                    for row in 0..batch.num_rows() {
                        let id = |ids: &StringArray| {
                            ids.is_valid(row).then(|| ids.value(row).to_owned())
                        };
                        let prediction = FoundPrediction {
                            input: input.clone(),
                            position: positions.value(row),
                            line: 0,
                            event_id: id(events),
                            inference_id: id(inferences),
                            record_index: indices.value(row),
                            record_count: counts.value(row).unsigned_abs(),
                            filtered: keeps.as_ref().is_some_and(|keeps| !keeps.value(row)),
                            unselected: number >= selected,
                            rejected: None,
                        };
                        if found.len() < MOST && prediction.ids().any(|id| ids.has(id)) {
                            found.push(prediction);
                        }
                    }
                }
                for reject in rejects(&log) {
                    let prediction = FoundPrediction {
                        input: input.clone(),
                        position: i64::try_from(reject.position).unwrap_or(i64::MAX),
                        line: 0,
                        event_id: reject.ids.event_id.clone(),
                        inference_id: reject.ids.inference_id.clone(),
                        record_index: 0,
                        record_count: 1,
                        filtered: false,
                        unselected: number >= selected,
                        rejected: Some(format!("{}: {}", reject.reason, reject.detail)),
                    };
                    if found.len() < MOST && prediction.ids().any(|id| ids.has(id)) {
                        found.push(prediction);
                    }
                }
                found.sort_by_key(|prediction| (prediction.position, prediction.record_index));
                let positions = found.iter().map(|prediction| prediction.position);
                let lines = lines(&input, positions).await?;
                for prediction in &mut found {
                    prediction.line = lines.get(&prediction.position).copied().unwrap_or(0);
                }
                let _ = results.send(found).await;
                Ok(())
            }
        };
        in_order(units, self.resources.under_way(), read, |more| {
            found.extend(more.into_iter().take(MOST.saturating_sub(found.len())));
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// Labels with one of `ids`, in label order.
    pub(super) async fn labels(
        &self,
        inputs: &[Input],
        ids: &Ids,
    ) -> Result<Vec<FoundLabel>, EngineError> {
        let mut found = Vec::new();
        let read = |(number, input): (u32, Input), results: Results<Vec<FoundLabel>>| {
            let log = Arc::new(ScanLog::default());
            let options = self.options(Grain::Capture, LABEL_COLUMNS.to_vec(), &log);
            let wanted = ids.normal.clone();
            async move {
                let ids = Ids { normal: wanted };
                let mut found = Vec::new();
                let mut reader = RecordReader::open(&input, None, &options).await?;
                while let Some(batch) = reader.next().await? {
                    let text = |column: usize| batch.column(column).as_string::<i32>();
                    let (keys, labels, encodings) = (text(0), text(1), text(2));
                    let positions = batch.column(3).as_primitive::<Int64Type>();
                    for row in (0..batch.num_rows()).filter(|row| ids.has(keys.value(*row))) {
                        if found.len() == MOST {
                            break;
                        }
                        let some = |texts: &StringArray| {
                            texts.is_valid(row).then(|| texts.value(row).to_owned())
                        };
                        found.push(FoundLabel {
                            number,
                            input: input.clone(),
                            position: positions.value(row),
                            line: 0,
                            key: keys.value(row).to_owned(),
                            label: some(labels),
                            encoding: some(encodings),
                            rejected: None,
                        });
                    }
                }
                for reject in rejects(&log) {
                    let named = [&reject.ids.event_id, &reject.ids.inference_id];
                    let named = named.into_iter().flatten().find(|id| ids.has(id));
                    if let (Some(id), true) = (named, found.len() < MOST) {
                        found.push(FoundLabel {
                            number,
                            input: input.clone(),
                            position: i64::try_from(reject.position).unwrap_or(i64::MAX),
                            line: 0,
                            key: id.clone(),
                            label: None,
                            encoding: None,
                            rejected: Some(format!("{}: {}", reject.reason, reject.detail)),
                        });
                    }
                }
                found.sort_by_key(|label| label.position);
                let lines = lines(&input, found.iter().map(|label| label.position)).await?;
                for label in &mut found {
                    label.line = lines.get(&label.position).copied().unwrap_or(0);
                }
                let _ = results.send(found).await;
                Ok(())
            }
        };
        let units = (0_u32..).zip(inputs.iter().cloned());
        in_order(units, self.resources.under_way(), read, |more| {
            found.extend(more.into_iter().take(MOST.saturating_sub(found.len())));
            Ok(())
        })
        .await?;
        Ok(found)
    }
}

fn rejects(log: &ScanLog) -> Vec<Reject> {
    log.take()
        .into_values()
        .flat_map(|log| log.rejects)
        .collect()
}

/// Line of each position of an object; of a table's labels the number of the row, from 1.
async fn lines(
    input: &Input,
    positions: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, u64>, EngineError> {
    if input.staged.is_some() {
        return Ok(positions.map(|p| (p, p.unsigned_abs() + 1)).collect());
    }
    let mut wanted: Vec<i64> = positions.collect();
    wanted.sort_unstable();
    wanted.dedup();
    let unsigned: Vec<u64> = wanted.iter().map(|p| p.unsigned_abs()).collect();
    let lines = lines_of(&input.root, &input.object, &unsigned).await?;
    Ok(wanted.into_iter().zip(lines).collect())
}
