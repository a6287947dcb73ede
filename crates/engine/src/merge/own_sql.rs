//! `merge --sql`: a statement of the user's over `predictions` and `labels` makes the hour files (design.md, "Own SQL").
//!
//! It runs hour by hour, and sees the predictions of that hour and the labels of that hour's label window: so any way of
//! cutting a window into runs gives the same files, and memory is that of an hour.

mod plan;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionContext, col, lit, not};
use futures::StreamExt;
use groundline_store::{Hour, delete_if_present};

use super::accounts::HourAccounts;
use super::by_place::{ByPlace, Place, place_of};
use super::filter::filter_expression;
use super::hour_file::HourFile;
use super::inputs::PartitionInputs;
use super::outcome::{HourFailure, HourOutcome, Outcome, close_hour};
use super::own_columns::{over_predictions, with_own_columns};
use super::reference::{by_place, count_places, instant, read_through};
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::model::OwnSql;
use crate::read::{ScanLog, unpacked_bytes};
use crate::run_table::RunTable;
use crate::session::{new_context, statement};
use crate::tables::{HourTable, Input, Inputs, TableKind};

use shape::Shape;

/// Runs the model by its own statement.
pub(crate) async fn run(run: &Arc<ModelRun>, sql: &OwnSql) -> Result<Outcome, EngineError> {
    let log = Arc::new(ScanLog::default());
    let context = new_context(&run.resources, run.resources.threads)?;
    let labels = Labels::read(run, &context, &log).await?;
    let (mut outcome, read) = run.labels_read(log.take()).await?;
    outcome.label_ledger.read = read;
    outcome.label_ledger.queried = read - outcome.label_ledger.rejected;
    run.snapshot.save(&run.out).await?;

    let mut hours: BTreeMap<Hour, Vec<&PartitionInputs>> = BTreeMap::new();
    for inputs in &run.inputs.partitions {
        hours.entry(inputs.hour).or_default().push(inputs);
    }
    let mut shape: Option<Shape> = None;
    for (hour, partitions) in hours {
        if run.conduct.stop.is_asked() {
            let waiting = partitions
                .iter()
                .map(|inputs| HourOutcome::not_begun(inputs));
            outcome.hours.extend(waiting);
            continue;
        }
        labels.register(run, &context, hour).await?;
        let mut broken = BTreeMap::new();
        let mut whole = Vec::new();
        for inputs in &partitions {
            match read_through(run, inputs, &log).await {
                Ok(()) => whole.extend(inputs.inputs.iter().cloned()),
                Err(error) => {
                    broken.insert(place_of(inputs), HourFailure::of(&error));
                }
            }
        }
        let mut logs = by_place(log.take());
        let mut filtered = register_predictions(run, &context, whole).await?;
        let frame = plan::of(&context, sql).await?;
        let shape = match &shape {
            Some(shape) => shape,
            None => shape.insert(Shape::of(frame.schema(), sql)?),
        };
        let mut rows = ByPlace::new(plan::started(&context, sql, shape.sorted(frame)).await?);
        let places: BTreeSet<Place> = partitions.iter().map(|i| place_of(i)).collect();
        // Sorting gives the first row when the statement has run: mostly here it stops, if it does.
        let mut stopped = match refuse_stray(&mut rows, &places, hour, sql).await {
            Err(error @ EngineError::StrayRow { .. }) => return Err(error),
            other => other.err().map(|error| plan::stopped(sql, error)),
        };
        for inputs in partitions {
            let place = place_of(inputs);
            let mut accounts = HourAccounts::default();
            accounts.ledger.filtered = filtered.remove(&place).unwrap_or(0);
            let key = run.partition(inputs).hour_file();
            let columns = shape.columns();
            let table = RunTable::Merged;
            let mut file = HourFile::create(
                &run.out,
                &key,
                table,
                shape.schema(),
                &columns,
                inputs.most_keys(),
            )
            .await?;
            if stopped.is_none() {
                // Rows of a place that could not be read are passed over: those of the next come after them.
                let written = async {
                    while let Some(batch) = rows.next_of(&place).await? {
                        file.write(&shape.rows(&batch)?).await?;
                    }
                    // A row of another place means that the statement is wrong, and this file may lack rows.
                    refuse_stray(&mut rows, &places, hour, sql).await
                }
                .await;
                if let Err(error @ EngineError::StrayRow { .. }) = written {
                    file.abort().await;
                    return Err(error);
                }
                // What stops the statement stops all that it would have given after.
                stopped = written.err().map(|error| plan::stopped(sql, error));
            }
            let failure = broken.remove(&place).or_else(|| stopped.clone());
            let logs = logs.remove(&place).unwrap_or_default();
            let closed = close_hour(run, inputs, file, accounts, logs, None, failure).await?;
            outcome.hours.push(closed);
        }
    }
    // In order of partition, as every run tells them.
    outcome.hours.sort_by(|a, b| {
        let order = |hour: &HourOutcome| {
            let report = &hour.report;
            (
                report.endpoint.clone(),
                report.variant.clone(),
                report.hour.clone(),
            )
        };
        order(a).cmp(&order(b))
    });
    // Which labels match is the statement's affair.
    if run.conduct.tells_unmatched {
        let unmatched = format!("unmatched/{}/part-0.parquet", run.window_folder());
        delete_if_present(&run.out, &unmatched).await?;
    }
    Ok(outcome)
}

/// An error if the next row is of no place that was asked for.
async fn refuse_stray(
    rows: &mut ByPlace,
    places: &BTreeSet<Place>,
    hour: Hour,
    sql: &OwnSql,
) -> Result<(), EngineError> {
    match rows.next_place().await? {
        Some(place) if !places.contains(&place) => {
            let (endpoint, variant, stray) = place;
            Err(EngineError::StrayRow {
                file: sql.file.clone(),
                place: format!("{endpoint}/{variant} at {stray}"),
                hour: hour.to_string(),
            })
        }
        _ => Ok(()),
    }
}

/// `predictions` of an hour, less what the model's `where` leaves out; how many that were in each place.
async fn register_predictions(
    run: &ModelRun,
    context: &SessionContext,
    inputs: Vec<Input>,
) -> Result<BTreeMap<Place, u64>, EngineError> {
    context.deregister_table("predictions")?;
    let records = context.read_table(pinned(run, TableKind::Predictions, inputs))?;
    let (kept, filtered) = match &run.model.filter {
        None => (records, BTreeMap::new()),
        Some(text) => {
            let met = filter_expression(context, text)?.is_true();
            let left_out = records.clone().filter(not(met.clone()))?;
            (records.filter(met)?, count_places(left_out).await?)
        }
    };
    let (columns, fields) = over_predictions(&run.model.columns)?;
    let with_own = with_own_columns(context, kept, &columns, &fields, &[])?;
    context.register_table("predictions", with_own.into_view())?;
    Ok(filtered)
}

fn pinned(run: &ModelRun, kind: TableKind, inputs: Vec<Input>) -> Arc<HourTable> {
    Arc::new(HourTable::new(
        kind,
        Inputs::Pinned(Arc::new(inputs)),
        run.resources.limits,
        run.resources.split_size,
        Arc::new(ScanLog::default()),
    ))
}

/// All labels of the run: decoded once where they fit, else read again for each hour.
struct Labels {
    table: Option<DataFrame>,
}

impl Labels {
    async fn read(
        run: &ModelRun,
        context: &SessionContext,
        log: &Arc<ScanLog>,
    ) -> Result<Self, EngineError> {
        let table = Arc::new(HourTable::new(
            TableKind::Labels,
            Inputs::Pinned(Arc::new(run.inputs.labels.clone())),
            run.resources.limits,
            run.resources.split_size,
            Arc::clone(log),
        ));
        let labels = context.read_table(table)?;
        // Decoded they take about as many bytes as their lines.
        let fits = unpacked_bytes(&run.inputs.labels) <= run.resources.memory_limit / 4;
        if fits {
            let schema = Arc::clone(labels.schema().inner());
            let batches = labels.collect_partitioned().await?;
            let table = MemTable::try_new(schema, batches)?;
            return Ok(Self {
                table: Some(context.read_table(Arc::new(table))?),
            });
        }
        // Every object is read through once: rejects and counts, whatever the statement reads later.
        let mut batches = labels
            .select(vec![col("position")])?
            .execute_stream()
            .await?;
        while let Some(batch) = batches.next().await {
            batch?;
        }
        Ok(Self { table: None })
    }

    /// `labels` and `latest_labels` of the label window of an hour.
    async fn register(
        &self,
        run: &ModelRun,
        context: &SessionContext,
        hour: Hour,
    ) -> Result<(), EngineError> {
        let policy = &run.model.policy;
        let from = hour.plus(-policy.label_lead_hours);
        let to = policy.label_horizon_hours.map(|h| hour.plus(h));
        let seen = match &self.table {
            Some(labels) => {
                let mut seen = labels
                    .clone()
                    .filter(col("hour").gt_eq(lit(instant(from))))?;
                if let Some(to) = to {
                    seen = seen.filter(col("hour").lt(lit(instant(to))))?;
                }
                seen
            }
            None => {
                let inputs = run.inputs.labels.iter();
                let inputs = inputs.filter(|i| i.hour >= from && to.is_none_or(|to| i.hour < to));
                context.read_table(pinned(run, TableKind::Labels, inputs.cloned().collect()))?
            }
        };
        for name in ["labels", "latest_labels"] {
            context.deregister_table(name)?;
        }
        context.register_table("labels", seen.into_view())?;
        let latest = statement(context, &run.catalog, "latest_labels", &[]).await?;
        context.register_table("latest_labels", latest.into_view())?;
        Ok(())
    }
}
