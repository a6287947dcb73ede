//! Predictions that the join has not seen and that labels may have been meant for: rejected records, and those of
//! other endpoints, variants and models. Looked for only where labels are left whose id nothing else explains.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::Int64Type;
use groundline_capture::{Column, Grain};
use groundline_store::{Stores, Window};

use super::label_index::LabelIndex;
use super::label_status::{LabelStatus, statuses};
use super::matched::{Ids, NEEDED, number_column};
use super::outcome::HourOutcome;
use super::settings::ModelRun;
use super::sighting::{Near, Sighting};
use super::unmatched_reason::UnmatchedReason;
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::model::{Model, Source};
use crate::read::{ReadOptions, RecordReader, ScanLog, unpacked_bytes};
use crate::tables::{Globs, Input, Inputs};

/// Nearest predictions by the id that a label may have for them.
#[derive(Debug, Default)]
pub(crate) struct Known {
    rejected: HashMap<String, Near>,
    elsewhere: HashMap<String, Near>,
}

/// Bytes of other predictions that may be read at least, however few the run itself has.
const LEAST_BYTES: u64 = 256 << 20;

/// Ids that nothing in the run explains, of the first labels in label order that have such: these are looked for.
pub(crate) struct UnknownKeys {
    most: usize,
    keys: HashSet<String>,
}

impl UnknownKeys {
    pub(crate) fn new(run: &ModelRun) -> Self {
        Self {
            most: run.unmatched_limits.elsewhere,
            keys: HashSet::new(),
        }
    }

    /// Whether further keys are not looked for.
    pub(crate) fn is_full(&self) -> bool {
        self.keys.len() >= self.most
    }

    /// Adds the next label for whose key the join has no reason.
    pub(crate) fn add(&mut self, key: &str, known: &Known) {
        if !self.is_full() && !known.rejected.contains_key(key) && !self.keys.contains(key) {
            self.keys.insert(key.to_owned());
        }
    }
}

impl Known {
    /// The ids that stand in rejected records.
    pub(crate) fn of_rejects(hours: &[HourOutcome]) -> Self {
        let mut rejected = HashMap::new();
        for reject in hours.iter().flat_map(|hour| &hour.rejects) {
            let ids = &reject.reject.ids;
            let Some(hour) = reject.key.hour else {
                continue;
            };
            for id in [&ids.inference_id, &ids.event_id].into_iter().flatten() {
                let sighting = Sighting::new(
                    UnmatchedReason::PredictionRejected,
                    (&reject.key.endpoint, &reject.key.variant),
                    hour,
                    &reject.key.file,
                    i64::try_from(reject.reject.position).unwrap_or(i64::MAX),
                    id,
                );
                keep_first(&mut rejected, id, &sighting.on_line(reject.line));
            }
        }
        Self {
            rejected,
            elsewhere: HashMap::new(),
        }
    }

    /// What says more about a label than `reason` does.
    pub(crate) fn says_more(&self, key: &str, reason: UnmatchedReason) -> Option<&Near> {
        let rejected = self.rejected.get(key);
        let found = rejected.or_else(|| self.elsewhere.get(key))?;
        (found.reason < reason).then_some(found)
    }

    /// Looks for the labels of an index whose ids are unknown so far.
    pub(crate) async fn look_for_unknown(
        &mut self,
        run: &ModelRun,
        index: &LabelIndex,
    ) -> Result<(), EngineError> {
        if !has_others(run) {
            return Ok(());
        }
        let mut keys = UnknownKeys::new(run);
        for (label, status) in statuses(index) {
            if status == LabelStatus::Unmatched(UnmatchedReason::UnknownId) {
                keys.add(index.key(label), self);
            }
            if keys.is_full() {
                break;
            }
        }
        self.look_for(run, keys).await
    }

    /// Looks for ids among the predictions that are not the run's.
    pub(crate) async fn look_for(
        &mut self,
        run: &ModelRun,
        UnknownKeys { keys, .. }: UnknownKeys,
    ) -> Result<(), EngineError> {
        if keys.is_empty() || !has_others(run) {
            return Ok(());
        }
        // What may not even be listed explains nothing, and is not the run's to fail by.
        let others = bounded(run, others(run).await.unwrap_or_default());
        let keys = Arc::new(keys);
        let look = |(other, input): (Other, Input), found: Results<Vec<(String, Near)>>| {
            let keys = Arc::clone(&keys);
            let limits = run.resources.limits;
            async move {
                let options = ReadOptions {
                    grain: Grain::Record,
                    columns: NEEDED.to_vec(),
                    batch_rows: 8192,
                    batch_bytes: crate::read::BATCH_BYTES,
                    limits,
                    log: Arc::new(ScanLog::default()),
                    progress: None,
                };
                // What cannot be read explains nothing, and is not the run's to fail by.
                if let Ok(near) = sighted(&other, &input, &keys, &options).await {
                    let _ = found.send(near).await;
                }
                Ok(())
            }
        };
        let elsewhere = &mut self.elsewhere;
        in_order(others, run.resources.under_way(), look, |found| {
            for (id, near) in found {
                keep_first(elsewhere, &id, &near.as_sighting());
            }
            Ok(())
        })
        .await
    }

    /// Rejected ids as the table that `sql/merge/sightings.sql` reads.
    pub(crate) fn rejected_table(&self) -> Result<RecordBatch, EngineError> {
        table(&self.rejected)
    }

    /// Ids of other predictions as the table that `sql/merge/sightings.sql` reads.
    pub(crate) fn elsewhere_table(&self) -> Result<RecordBatch, EngineError> {
        table(&self.elsewhere)
    }
}

fn keep_first(known: &mut HashMap<String, Near>, id: &str, sighting: &Sighting<'_>) {
    match known.get_mut(id) {
        Some(near) if *sighting < near.as_sighting() => *near = sighting.into(),
        Some(_) => {}
        None => {
            known.insert(id.to_owned(), sighting.into());
        }
    }
}

/// Whose predictions an object holds.
#[derive(Clone, Debug)]
struct Other {
    reason: UnmatchedReason,
    model: Option<String>,
}

/// Whether there can be predictions that are not the run's.
pub(crate) fn has_others(run: &ModelRun) -> bool {
    if !run.conduct.tells_unmatched {
        return false;
    }
    let selects = !run.model.endpoints.is_empty() || !run.model.variants.is_empty();
    !run.inputs.others.is_empty()
        || (selects && matches!(run.model.source, Source::Captures { .. }))
}

/// Captures in a window that the model's globs leave out.
pub(crate) async fn unselected(
    stores: &Stores,
    model: &Model,
    window: Window,
) -> Result<Vec<Input>, EngineError> {
    let Source::Captures { uri } = &model.source else {
        return Ok(Vec::new());
    };
    if model.endpoints.is_empty() && model.variants.is_empty() {
        return Ok(Vec::new());
    }
    let (endpoints, variants) = (Globs::new(&model.endpoints)?, Globs::new(&model.variants)?);
    let all = Inputs::captures(stores, uri, &[], &[]).await?;
    let listed = all.list(Some(window)).await?;
    let left_out = listed
        .inputs
        .into_iter()
        .filter(|i| !(endpoints.matches(&i.endpoint) && variants.matches(&i.variant)));
    Ok(left_out.collect())
}

async fn others(run: &ModelRun) -> Result<Vec<(Other, Input)>, EngineError> {
    let left_out = unselected(&run.resources.stores, &run.model, run.inputs.window).await?;
    let other = Other {
        reason: UnmatchedReason::OtherEndpoint,
        model: None,
    };
    let mut found: Vec<_> = left_out
        .into_iter()
        .map(|input| (other.clone(), input))
        .collect();
    for (model, inputs) in &run.inputs.others {
        let other = Other {
            reason: UnmatchedReason::OtherModel,
            model: Some(model.clone()),
        };
        found.extend(inputs.iter().map(|input| (other.clone(), input.clone())));
    }
    Ok(found)
}

/// As many of the objects as are worth reading: explaining takes no more than the run itself.
fn bounded(run: &ModelRun, others: Vec<(Other, Input)>) -> Vec<(Other, Input)> {
    let own: u64 = run
        .inputs
        .partitions
        .iter()
        .map(|partition| unpacked_bytes(&partition.inputs))
        .sum();
    let mut room = own.max(LEAST_BYTES);
    let mut kept = Vec::new();
    for (other, input) in others {
        let bytes = unpacked_bytes(std::slice::from_ref(&input));
        let Some(rest) = room.checked_sub(bytes) else {
            continue;
        };
        room = rest;
        kept.push((other, input));
    }
    kept
}

/// Predictions of an object whose ids are among `keys`.
async fn sighted(
    other: &Other,
    input: &Input,
    keys: &HashSet<String>,
    options: &ReadOptions,
) -> Result<Vec<(String, Near)>, EngineError> {
    let mut found = Vec::new();
    let mut reader = RecordReader::open(input, None, options).await?;
    while let Some(batch) = reader.next().await? {
        let ids = Ids::of(&batch)?;
        let positions = number_column::<Int64Type>(&batch, Column::Position)?;
        for row in 0..batch.num_rows() {
            for id in std::iter::once(ids.key(row)).chain(ids.other(row)) {
                if !keys.contains(id) {
                    continue;
                }
                let sighting = Sighting::in_input(other.reason, input, positions.value(row), id)
                    .of_model(other.model.as_deref());
                found.push((id.to_owned(), Near::from(&sighting)));
            }
        }
    }
    Ok(found)
}

fn table(known: &HashMap<String, Near>) -> Result<RecordBatch, EngineError> {
    let rows: Vec<(&String, &Near)> = known.iter().collect();
    let text = |f: &dyn Fn(&Near) -> Option<String>| -> ArrayRef {
        Arc::new(
            rows.iter()
                .map(|(_, near)| f(near))
                .collect::<StringArray>(),
        )
    };
    let number = |f: &dyn Fn(&Near) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, near)| f(near)).collect::<Int64Array>())
    };
    let ids: StringArray = rows.iter().map(|(id, _)| Some(id.as_str())).collect();
    let hours: TimestampMicrosecondArray = rows
        .iter()
        .map(|(_, near)| Some(near.hour.micros()))
        .collect();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(ids) as ArrayRef, true),
        ("rank", number(&|near| Some(near.reason.rank())), true),
        (
            "reason",
            text(&|near| Some(near.reason.as_str().to_owned())),
            true,
        ),
        ("model", text(&|near| near.model.clone()), true),
        ("endpoint", text(&|near| Some(near.endpoint.clone())), true),
        ("variant", text(&|near| Some(near.variant.clone())), true),
        ("hour", Arc::new(hours.with_timezone("UTC")), true),
        ("file", text(&|near| Some(near.file.clone())), true),
        ("position", number(&|near| Some(near.position)), true),
        ("line", number(&|near| i64::try_from(near.line?).ok()), true),
    ])?)
}
