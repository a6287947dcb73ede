//! Executions below an output: written one by one, read back by model, schedule and time.

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use groundline_store::{
    Hour, Root, Stores, decoded_name, encoded_name, list_flat, put_if_changed, read,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::record::RunRecord;
use super::rows;
use crate::error::EngineError;
use crate::merge::small_parquet;
use crate::run_table::RunTable;

const FILE: &str = "part-0.parquet";
/// Files that are read at once.
const CONCURRENT: usize = 32;
/// A row of ours has some tens of kilobytes.
const LARGEST: u64 = 16 << 20;

/// Writes an execution; it replaces the one of the same schedule and hour.
pub async fn write_run(stores: &Stores, out: &str, run: &RunRecord) -> Result<(), EngineError> {
    let root = stores.create(out).await?;
    let key = key(run);
    let bytes = small_parquet(&key, RunTable::Runs, &rows::batch(run)?)?;
    put_if_changed(&root, &key, bytes).await?;
    Ok(())
}

/// `runs/model=churn/schedule=churn-hourly/scheduled=2026-11-01T13/part-0.parquet`
fn key(run: &RunRecord) -> String {
    format!(
        "{}/model={}/schedule={}/scheduled={}/{FILE}",
        RunTable::Runs.folder(),
        encoded_name(&run.model),
        encoded_name(&run.schedule),
        run.scheduled,
    )
}

/// Executions that were scheduled from `since` on, in order of (model, schedule, scheduled hour): of one model or all, of
/// one schedule or all.
pub async fn read_runs(
    stores: &Stores,
    out: &str,
    model: Option<&str>,
    schedule: Option<&str>,
    since: Option<Hour>,
) -> Result<Vec<RunRecord>, EngineError> {
    let root = stores.open(out).await?;
    let folder = RunTable::Runs.folder();
    let below = match (model, schedule) {
        (None, _) => folder.to_owned(),
        (Some(model), None) => format!("{folder}/model={}", encoded_name(model)),
        (Some(model), Some(schedule)) => format!(
            "{folder}/model={}/schedule={}",
            encoded_name(model),
            encoded_name(schedule)
        ),
    };
    let (objects, _) = list_flat(&root, &root.child(&below)?).await?;
    let mut places: Vec<(String, String, Hour, String)> = objects
        .iter()
        .filter_map(|object| {
            let key = root.key(&object.path);
            let (model, schedule, scheduled) = place(&key)?;
            (object.size <= LARGEST).then_some((model, schedule, scheduled, key))
        })
        .filter(|(_, of, scheduled, _)| {
            schedule.is_none_or(|schedule| of == schedule)
                && since.is_none_or(|since| *scheduled >= since)
        })
        .collect();
    places.sort();
    futures::stream::iter(places)
        .map(|(model, schedule, scheduled, key)| one(&root, model, schedule, scheduled, key))
        .buffered(CONCURRENT)
        .try_collect()
        .await
}

async fn one(
    root: &Root,
    model: String,
    schedule: String,
    scheduled: Hour,
    key: String,
) -> Result<RunRecord, EngineError> {
    let bytes = read(root, &root.child(&key)?).await?;
    let batch = only_batch(bytes).map_err(|source| EngineError::Parquet {
        file: key.clone(),
        source,
    })?;
    batch
        .and_then(|batch| rows::record(model, schedule, scheduled, &batch))
        .ok_or_else(|| EngineError::ForeignRun { file: key })
}

fn only_batch(bytes: Bytes) -> Result<Option<RecordBatch>, parquet::errors::ParquetError> {
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()?;
    let batch = reader.next().transpose()?;
    // Comments of columns are in the schema of files; nobody asks for them here.
    Ok(batch
        .and_then(|batch| RecordBatch::try_new(rows::runs_schema(), batch.columns().to_vec()).ok()))
}

/// Model, schedule and scheduled hour of a key, if it is one of ours.
fn place(key: &str) -> Option<(String, String, Hour)> {
    let mut levels = key.split('/');
    if levels.next()? != RunTable::Runs.folder() {
        return None;
    }
    let mut value = |name: &str| levels.next()?.strip_prefix(name)?.strip_prefix('=');
    let model = decoded_name(value("model")?);
    let schedule = decoded_name(value("schedule")?);
    let scheduled = Hour::parse(value("scheduled")?).ok()?;
    (levels.next() == Some(FILE) && levels.next().is_none()).then_some((model, schedule, scheduled))
}
