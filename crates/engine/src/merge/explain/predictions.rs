//! Prediction records that have one of the ids.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::{Int32Type, Int64Type};
use groundline_capture::{Column, Grain};

use super::search::{Search, lines, rejects, why};
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::merge::filter::RecordFilter;
use crate::merge::matched::{NEEDED, number_column};
use crate::merge::outcome::chain;
use crate::read::{RecordReader, ScanLog};
use crate::tables::Input;

/// A prediction record with one of the ids.
#[derive(Clone, Debug)]
pub(super) struct FoundPrediction {
    pub(super) input: Arc<Input>,
    pub(super) position: i64,
    pub(super) line: u64,
    pub(super) event_id: Option<String>,
    pub(super) inference_id: Option<String>,
    pub(super) record_index: i32,
    pub(super) record_count: u32,
    pub(super) has_output: bool,
    /// The model's `where` leaves it out.
    pub(super) filtered: bool,
    /// Of an endpoint or variant that the model leaves out.
    pub(super) unselected: bool,
    /// Why it was rejected.
    pub(super) rejected: Option<String>,
}

/// What a search finds.
#[derive(Debug, Default)]
pub(super) struct FoundPredictions {
    pub(super) records: Vec<FoundPrediction>,
    /// Objects that could not be read whole, and why the first of them could not.
    pub(super) unread: u64,
    pub(super) first_unread: Option<String>,
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

impl Search<'_> {
    /// Predictions with one of the ids; those behind the first `selected` inputs are none of the model's.
    pub(super) async fn predictions(
        &self,
        inputs: &[Input],
        selected: usize,
        filter: Option<RecordFilter>,
    ) -> Result<FoundPredictions, EngineError> {
        let filter = filter.map(Arc::new);
        let mut columns = NEEDED.to_vec();
        columns.push(Column::Output);
        for column in filter.as_deref().map_or(&[][..], RecordFilter::columns) {
            if !columns.contains(column) {
                columns.push(*column);
            }
        }
        let mut found = FoundPredictions::default();
        let units = inputs.iter().cloned().enumerate();
        let read = |(number, input): (usize, Input),
                    results: Results<Result<Vec<FoundPrediction>, String>>| {
            let log = Arc::new(ScanLog::default());
            let options = self.options(Grain::Record, columns.clone(), &log);
            let (filter, ids) = (filter.clone(), Arc::clone(&self.ids));
            let unselected = number >= selected;
            async move {
                let input = Arc::new(input);
                let read = async {
                    let mut found: Vec<FoundPrediction> = Vec::new();
                    let mut keep = |prediction: FoundPrediction| {
                        if found.len() < Self::MOST && prediction.ids().any(|id| ids.has(id)) {
                            found.push(prediction);
                        }
                    };
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
                        let (events, inferences) =
                            (text(Column::EventId)?, text(Column::InferenceId)?);
                        let outputs = text(Column::Output)?;
                        let positions = number_column::<Int64Type>(&batch, Column::Position)?;
                        let indices = number_column::<Int32Type>(&batch, Column::RecordIndex)?;
                        let counts = number_column::<Int32Type>(&batch, Column::RecordCount)?;
                        for row in 0..batch.num_rows() {
                            let has = |ids: &StringArray| ids.is_valid(row);
                            let wanted =
                                |texts: &StringArray| has(texts) && ids.has(texts.value(row));
                            if !wanted(events) && !wanted(inferences) {
                                continue;
                            }
                            let id =
                                |ids: &StringArray| has(ids).then(|| ids.value(row).to_owned());
                            keep(FoundPrediction {
                                input: Arc::clone(&input),
                                position: positions.value(row),
                                line: 0,
                                event_id: id(events),
                                inference_id: id(inferences),
                                record_index: indices.value(row),
                                record_count: counts.value(row).unsigned_abs(),
                                has_output: outputs.is_valid(row),
                                filtered: keeps.as_ref().is_some_and(|keeps| !keeps.value(row)),
                                unselected,
                                rejected: None,
                            });
                        }
                    }
                    for reject in rejects(&log) {
                        keep(FoundPrediction {
                            input: Arc::clone(&input),
                            position: i64::try_from(reject.position).unwrap_or(i64::MAX),
                            line: 0,
                            rejected: Some(why(&reject)),
                            event_id: reject.ids.event_id,
                            inference_id: reject.ids.inference_id,
                            record_index: 0,
                            record_count: 1,
                            has_output: false,
                            filtered: false,
                            unselected,
                        });
                    }
                    found.sort_by_key(|prediction| (prediction.position, prediction.record_index));
                    if !found.is_empty() {
                        let positions = found.iter().map(|prediction| prediction.position);
                        let lines = lines(&input, positions).await?;
                        for prediction in &mut found {
                            prediction.line = lines.get(&prediction.position).copied().unwrap_or(0);
                        }
                    }
                    Ok::<_, EngineError>(found)
                };
                // As in a merge it costs what is in the object, and the others are told.
                let read = read.await.map_err(|error| chain(&error));
                let _ = results.send(read).await;
                Ok(())
            }
        };
        in_order(units, self.resources.under_way(), read, |more| {
            match more {
                Ok(more) => {
                    let room = Self::MOST.saturating_sub(found.records.len());
                    found.records.extend(more.into_iter().take(room));
                }
                Err(why) => {
                    found.unread += 1;
                    found.first_unread.get_or_insert(why);
                }
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }
}
