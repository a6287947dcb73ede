//! The reference plan: the statements of `sql/merge/` as they stand, over the same pinned objects.
//! Slower than the fast plan and the measure of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{DataFrame, SessionContext, col, lit, not};
use datafusion::scalar::ScalarValue;
use futures::StreamExt;
use groundline_capture::{Column, Grain};
use groundline_store::Hour;

use super::accounts::HourAccounts;
use super::by_place::{ByPlace, Place, place_of};
use super::conflicts::find_conflicts;
use super::elsewhere::{Known, UnknownKeys, has_others};
use super::fast::mismatch_text;
use super::filter::filter_expression;
use super::hour_file::HourFile;
use super::inputs::PartitionInputs;
use super::jsonl;
use super::label_status::{StatusAccounts, StatusRows};
use super::observations::{observations, wanted_columns};
use super::outcome::{HourFailure, Outcome, close_hour};
use super::output;
use super::own_columns::named;
use super::settings::ModelRun;
use super::unmatched_reason::UnmatchedReason;
use crate::error::EngineError;
use crate::model::DuplicateLabels;
use crate::read::{FileLog, LogKey, ReadOptions, RecordReader, ScanLog};
use crate::run_table::RunTable;
use crate::session::{new_context, statement};
use crate::tables::{HourTable, Input, Inputs, TableKind};

/// Runs the model by its SQL.
pub(crate) async fn run(run: &Arc<ModelRun>) -> Result<Outcome, EngineError> {
    let log = Arc::new(ScanLog::default());
    let context = new_context(&run.resources, run.resources.threads)?;
    let table = |kind, inputs: Vec<Input>| {
        let (limits, split) = (run.resources.limits, run.resources.split_size);
        Arc::new(HourTable::new(
            kind,
            Inputs::Pinned(Arc::new(inputs)),
            limits,
            split,
            Arc::clone(&log),
        ))
    };
    context.register_table(
        "labels",
        table(TableKind::Labels, run.inputs.labels.clone()),
    )?;
    // Every object is read through once: rejects and counts, whatever the statements read later.
    let mut labels = context
        .table("labels")
        .await?
        .select(vec![col("position")])?
        .execute_stream()
        .await?;
    while let Some(batch) = labels.next().await {
        batch?;
    }
    let (mut outcome, read) = run.labels_read(log.take()).await?;
    outcome.label_ledger.read = read;
    let mut broken: BTreeMap<Place, HourFailure> = BTreeMap::new();
    let mut predictions = Vec::new();
    for inputs in &run.inputs.partitions {
        match read_through(run, inputs, &log).await {
            Ok(()) => predictions.extend(inputs.inputs.iter().cloned()),
            Err(error) => {
                broken.insert(place_of(inputs), HourFailure::of(&error));
            }
        }
    }
    let mut logs = by_place(log.take());
    let predictions = table(TableKind::Predictions, predictions);
    let mut filtered: BTreeMap<Place, u64> = BTreeMap::new();
    match &run.model.filter {
        None => {
            let none = context
                .read_table(Arc::clone(&predictions) as _)?
                .filter(lit(false))?;
            context.register_table("filtered", none.into_view())?;
            context.register_table("predictions", predictions)?;
        }
        Some(text) => {
            let records = context.read_table(predictions)?;
            let met = filter_expression(&context, text)?.is_true();
            let left_out = records.clone().filter(not(met.clone()))?;
            filtered = count_places(left_out.clone()).await?;
            context.register_table("filtered", left_out.into_view())?;
            context.register_table("predictions", records.filter(met)?.into_view())?;
        }
    }

    run.snapshot.save(&run.out).await?;
    let parameters = run.parameters();
    for (name, view) in [
        ("merge/candidates", "candidates"),
        ("merge/matched", "matched"),
    ] {
        let frame = statement(&context, &run.catalog, name, &parameters).await?;
        context.register_table(view, frame.into_view())?;
    }
    let mut conflicts = match run.model.policy.duplicate_labels {
        DuplicateLabels::Error => find_conflicts(&context, run).await?,
        _ => BTreeMap::new(),
    };

    let mut wanted = wanted_columns(run);
    for name in [
        "endpoint",
        "variant",
        "hour",
        "label_hour",
        "label_file",
        "label_position",
    ] {
        if !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    let order = [
        "endpoint",
        "variant",
        "hour",
        "file",
        "position",
        "record_index",
        "label_hour",
        "label_file",
        "label_position",
    ];
    // Each hour by the mapping in force.
    let mut frame: Option<DataFrame> = None;
    for number in 0..=run.model.later_mappings.len() {
        let mut own = observations(&context, run, number).await?;
        let from = number
            .checked_sub(1)
            .and_then(|at| run.model.later_mappings.get(at));
        if let Some((from, _)) = from {
            own = own.filter(col("hour").gt_eq(lit(instant(*from))))?;
        }
        if let Some((to, _)) = run.model.later_mappings.get(number) {
            own = own.filter(col("hour").lt(lit(instant(*to))))?;
        }
        frame = Some(match frame {
            Some(frame) => frame.union(own)?,
            None => own,
        });
    }
    let Some(frame) = frame else {
        return Ok(outcome);
    };
    let frame = frame
        .select(wanted.into_iter().map(col).collect::<Vec<_>>())?
        .sort(
            order
                .into_iter()
                .map(|name| col(name).sort(true, false))
                .collect(),
        )?;
    let task = Arc::new(frame.task_ctx());
    let plan = named(frame.create_physical_plan().await?, &run.model.columns)?;
    let mut sorted = ByPlace::new(execute_stream(plan, task)?);

    let schema = output::schema(&run.columns, &run.own);
    for inputs in &run.inputs.partitions {
        let place = place_of(inputs);
        let mut accounts = HourAccounts::default();
        let key = run.partition(inputs).hour_file();
        let mut file = HourFile::create(
            &run.out,
            &key,
            RunTable::Merged,
            &schema,
            &run.columns,
            inputs.most_keys(),
        )
        .await?;
        while let Some(rows) = sorted.next_of(&place).await? {
            let rows = accounts.take(&rows, run.model.policy.join, &run.columns, &schema)?;
            file.write(&rows).await?;
        }
        accounts.ledger.filtered = filtered.remove(&place).unwrap_or(0);
        let logs = logs.remove(&place).unwrap_or_default();
        let conflict = conflicts.remove(&place);
        let mut hour = close_hour(
            run,
            inputs,
            file,
            accounts,
            logs,
            conflict,
            broken.remove(&place),
        )
        .await?;
        jsonl::write_if_asked(|| Ok(context.clone()), run, inputs, &mut hour).await;
        outcome.hours.push(hour);
    }

    let mut known = Known::of_rejects(&outcome.hours);
    register_sightings(&context, run, &known).await?;
    if has_others(run) {
        let frame = statement(&context, &run.catalog, "merge/label_status", &parameters).await?;
        let mut batches = frame.execute_stream().await?;
        let mut unknown = UnknownKeys::new(run);
        while !unknown.is_full()
            && let Some(batch) = batches.next().await
        {
            let batch = batch?;
            let rows = StatusRows(&batch);
            let (keys, reasons) = (rows.text("key")?, rows.text("reason")?);
            for (key, reason) in keys.iter().zip(reasons) {
                let is_unknown = reason == Some(UnmatchedReason::UnknownId.as_str());
                if let (Some(key), true) = (key, is_unknown) {
                    unknown.add(key, &known);
                }
            }
        }
        drop(batches);
        known.look_for(run, unknown).await?;
        register_sightings(&context, run, &known).await?;
    }
    let mut statuses = StatusAccounts::new(run, Known::default());
    let frame = statement(&context, &run.catalog, "merge/label_status", &parameters).await?;
    let mut batches = frame.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        statuses.take(&batch?).await?;
    }
    let (ledger, unmatched) = statuses.finish().await?;
    outcome.add_statuses(ledger, unmatched);
    count_repeated(&context, run, &mut outcome).await?;
    count_mismatches(&context, run, &mut outcome).await?;
    Ok(outcome)
}

/// What `label_status` is told of predictions that the join has not seen.
async fn register_sightings(
    context: &SessionContext,
    run: &ModelRun,
    known: &Known,
) -> Result<(), EngineError> {
    for (name, rows) in [
        ("rejected", known.rejected_table()?),
        ("elsewhere", known.elsewhere_table()?),
    ] {
        context.deregister_table(name)?;
        context.register_batch(name, rows)?;
    }
    context.deregister_table("sightings")?;
    let frame = statement(context, &run.catalog, "merge/sightings", &run.parameters()).await?;
    context.register_table("sightings", frame.into_view())?;
    Ok(())
}

/// Rows of each hour.
pub(super) async fn count_places(rows: DataFrame) -> Result<BTreeMap<Place, u64>, EngineError> {
    let by = ["endpoint", "variant", "hour"].map(col).to_vec();
    let counted = rows.aggregate(by, vec![count(lit(1)).alias("records")])?;
    let mut places = BTreeMap::new();
    for batch in counted.collect().await? {
        let (endpoints, variants) = (
            batch.column(0).as_string::<i32>(),
            batch.column(1).as_string::<i32>(),
        );
        let hours = batch.column(2).as_primitive::<TimestampMicrosecondType>();
        let records = batch.column(3).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let place = (
                endpoints.value(row).to_owned(),
                variants.value(row).to_owned(),
                Hour::from_micros(hours.value(row)),
            );
            places.insert(place, records.value(row).unsigned_abs());
        }
    }
    Ok(places)
}

pub(super) fn instant(hour: Hour) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(hour.micros()), Some("UTC".into()))
}

/// Reads the objects of an hour for their log; the rows themselves are not kept.
pub(super) async fn read_through(
    run: &ModelRun,
    inputs: &PartitionInputs,
    log: &Arc<ScanLog>,
) -> Result<(), EngineError> {
    let mut columns = vec![Column::InferenceTime, Column::RecordIndex];
    if run.columns.iter().any(|name| name == Column::Input.name()) {
        columns.push(Column::Input);
    }
    let options = ReadOptions {
        grain: Grain::Record,
        columns,
        batch_rows: run.resources.batch_size,
        batch_bytes: crate::read::BATCH_BYTES,
        limits: run.resources.limits,
        log: Arc::clone(log),
        progress: Some(Arc::clone(&run.progress)),
    };
    for input in &inputs.inputs {
        let mut reader = RecordReader::open(input, None, &options).await?;
        while reader.next().await?.is_some() {}
    }
    Ok(())
}

pub(super) fn by_place(
    logs: BTreeMap<LogKey, FileLog>,
) -> BTreeMap<Place, BTreeMap<LogKey, FileLog>> {
    let mut places: BTreeMap<Place, BTreeMap<LogKey, FileLog>> = BTreeMap::new();
    for (key, log) in logs {
        let Some(hour) = key.hour else { continue };
        let place = (key.endpoint.clone(), key.variant.clone(), hour);
        places.entry(place).or_default().insert(key, log);
    }
    places
}

async fn count_repeated(
    context: &SessionContext,
    run: &ModelRun,
    outcome: &mut Outcome,
) -> Result<(), EngineError> {
    let frame = statement(
        context,
        &run.catalog,
        "merge/repeated_keys",
        &run.parameters(),
    )
    .await?;
    let mut batches = frame.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let number = |name: &str| -> Result<arrow::array::Int64Array, EngineError> {
            Ok(batch
                .column(batch.schema().index_of(name)?)
                .as_primitive::<Int64Type>()
                .clone())
        };
        let (captures, places) = (number("captures")?, number("places")?);
        let keys = batch
            .column(batch.schema().index_of("key")?)
            .as_string::<i32>();
        for row in 0..batch.num_rows() {
            outcome.repeated_key += captures.value(row).unsigned_abs().saturating_sub(1);
            if places.value(row) > 1 {
                outcome.crossing_keys += 1;
                outcome
                    .crossing_example
                    .get_or_insert_with(|| keys.value(row).to_owned());
            }
        }
    }
    Ok(())
}

async fn count_mismatches(
    context: &SessionContext,
    run: &ModelRun,
    outcome: &mut Outcome,
) -> Result<(), EngineError> {
    let frame = statement(context, &run.catalog, "merge/mismatches", &run.parameters()).await?;
    let mut batches = frame.execute_stream().await?;
    let mut last: Option<(i64, String, i64)> = None;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let number = |name: &str| -> Result<arrow::array::Int64Array, EngineError> {
            Ok(batch
                .column(batch.schema().index_of(name)?)
                .as_primitive::<Int64Type>()
                .clone())
        };
        let text = |name: &str| -> Result<arrow::array::StringArray, EngineError> {
            Ok(batch
                .column(batch.schema().index_of(name)?)
                .as_string::<i32>()
                .clone())
        };
        let (label_files, files) = (text("label_file")?, text("file")?);
        let (label_positions, positions) = (number("label_position")?, number("position")?);
        let lengths = number("label_records")?;
        let counts = batch
            .column(batch.schema().index_of("record_count")?)
            .as_primitive::<Int32Type>();
        let hours = batch
            .column(batch.schema().index_of("label_hour")?)
            .as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let label = (
                hours.value(row),
                label_files.value(row).to_owned(),
                label_positions.value(row),
            );
            // Sorted by label, so each is counted at its first prediction.
            if last.as_ref() != Some(&label) {
                outcome.mismatched += 1;
                last = Some(label);
            }
            outcome.mismatch_example.get_or_insert_with(|| {
                mismatch_text(
                    label_files.value(row),
                    label_positions.value(row),
                    lengths.value(row).unsigned_abs(),
                    files.value(row),
                    positions.value(row),
                    u64::from(counts.value(row).unsigned_abs()),
                )
            });
        }
    }
    Ok(())
}
