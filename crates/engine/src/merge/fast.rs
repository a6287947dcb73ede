//! The fast plan: labels once into a compact index, hours streamed past it, one worker per hour,
//! each hour's file written as it is decoded. No shuffle, so order and memory stay as they are.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::runtime::SpawnedTask;
use futures::{StreamExt, TryStreamExt};

use super::accounts::HourAccounts;
use super::elsewhere::Known;
use super::hour_file::HourFile;
use super::inputs::PartitionInputs;
use super::jsonl;
use super::label_status::StatusAccounts;
use super::matched::{HourLabels, MatchedHour, see_again};
use super::observations::Observations;
use super::outcome::{HourFailure, HourOutcome, Outcome, close_hour};
use super::output;
use super::read_labels::{Labels, read_labels};
use super::settings::ModelRun;
use super::spill::{PredictionFiles, join, tell_unmatched};
use crate::error::EngineError;
use crate::memory::Budget;
use crate::read::ScanLog;
use crate::run_table::RunTable;

/// Runs the model by the fast plan.
pub(crate) async fn run(run: &Arc<ModelRun>) -> Result<Outcome, EngineError> {
    let log = Arc::new(ScanLog::default());
    let labels = read_labels(run, &log).await?;
    let (mut outcome, read) = run.labels_read(log.take()).await?;
    outcome.label_ledger.read = read;

    run.snapshot.save(&run.out).await?;
    let (fate, (ledger, unmatched)) = match labels {
        Labels::Indexed(index) => {
            outcome.hours = merge_hours(run, |_| HourLabels::Indexed(Arc::clone(&index))).await?;
            if run.conduct.tells_unmatched {
                see_again(run, &index, &outcome.hours).await?;
            }
            let mut known = Known::of_rejects(&outcome.hours);
            known.look_for_unknown(run, &index).await?;
            let mut statuses = StatusAccounts::new(run, known);
            (statuses.take_index(&index).await?, statuses.finish().await?)
        }
        Labels::Spilled {
            labels,
            files,
            hasher,
        } => {
            let predictions = PredictionFiles::new(&run.inputs.partitions);
            let joined = join(run, labels, Arc::clone(&files), hasher, predictions).await?;
            let matches = |partition| HourLabels::Spilled(Arc::clone(&joined.matches), partition);
            outcome.hours = merge_hours(run, matches).await?;
            let (fate, unmatched) = joined.settle(run).await?;
            let told = tell_unmatched(run, &outcome.hours, &unmatched, &files);
            (fate, told.await?)
        }
    };
    outcome.add_statuses(ledger, unmatched);
    fate.tell(run, &mut outcome);
    Ok(outcome)
}

/// Merges every hour, with the labels that `labels` gives for the number of its partition.
async fn merge_hours(
    run: &Arc<ModelRun>,
    labels: impl Fn(u32) -> HourLabels,
) -> Result<Vec<HourOutcome>, EngineError> {
    let observations = Arc::new(Observations::plan(run).await?);
    let mut tasks = Vec::with_capacity(run.inputs.partitions.len());
    for (number, inputs) in (0_u32..).zip(&run.inputs.partitions) {
        tasks.push((number, Arc::clone(run), labels(number), inputs.clone()));
    }
    // A task ends with its handle: when an hour stops the run, no other commits behind its back.
    let hours = tasks.into_iter().map(|(number, run, labels, inputs)| {
        let observations = Arc::clone(&observations);
        async move {
            if run.conduct.stop.is_asked() {
                return Ok((number, HourOutcome::not_begun(&inputs)));
            }
            let task =
                SpawnedTask::spawn(
                    async move { merge_hour(&observations, &run, inputs, labels).await },
                );
            let outcome = task.join().await.map_err(|e| EngineError::Worker {
                reason: e.to_string(),
            })??;
            Ok::<_, EngineError>((number, outcome))
        }
    });
    let mut done: Vec<(u32, HourOutcome)> = futures::stream::iter(hours)
        .buffer_unordered(Budget::of(&run.resources).hours.min(run.conduct.most_hours))
        .try_collect()
        .await?;
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, hour)| hour).collect())
}

/// A label of the wrong length, with both lengths.
pub(crate) fn mismatch_text(
    label_file: &str,
    label_position: i64,
    label_records: u64,
    file: &str,
    position: i64,
    records: u64,
) -> String {
    format!(
        "the label at {label_file}:{label_position} is for {label_records} records, its prediction at {file}:{position} has {records}"
    )
}

pub(crate) async fn merge_hour(
    observations: &Observations,
    run: &Arc<ModelRun>,
    inputs: PartitionInputs,
    labels: HourLabels,
) -> Result<HourOutcome, EngineError> {
    let hour = Arc::new(MatchedHour {
        run: Arc::clone(run),
        partition: inputs.clone(),
        labels,
        log: Arc::new(ScanLog::default()),
        conflict: Mutex::new(None),
        streamed: AtomicBool::new(false),
        filtered: AtomicU64::new(0),
    });
    let schema = output::schema(&run.columns, &run.own);
    let mut accounts = HourAccounts::default();
    let mut file = HourFile::create(
        &run.out,
        &run.partition(&inputs).hour_file(),
        RunTable::Merged,
        &schema,
        &run.columns,
        inputs.most_keys(),
    )
    .await?;
    let streamed = async {
        let mut batches = observations.of(&hour)?;
        while let Some(batch) = batches.next().await {
            let rows = accounts.take(&batch?, run.model.policy.join, &run.columns, &schema)?;
            file.write(&rows).await?;
        }
        Ok::<_, EngineError>(())
    }
    .await;
    accounts.ledger.filtered = hour.filtered.load(Ordering::Relaxed);
    let failure = streamed.err().map(|error| HourFailure::of(&error));
    let conflict = hour
        .conflict
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let mut outcome = close_hour(
        run,
        &inputs,
        file,
        accounts,
        hour.log.take(),
        conflict,
        failure,
    )
    .await?;
    jsonl::write_if_asked(|| observations.session(&hour), run, &inputs, &mut outcome).await;
    Ok(outcome)
}
