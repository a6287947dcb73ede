//! The end of a model's run: sums that must close, the ledger and label rejects written last, the report.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use groundline_store::{put_if_changed, read_if_present};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::diagnose::refuse_absent_ground_truth;
use super::hour_file::small_parquet;
use super::outcome::Outcome;
use super::read_labels::read_labels;
use super::rejects;
use super::settings::ModelRun;
use super::unmatched_reason::UnmatchedReason;
use crate::error::EngineError;
use crate::label_source::LabelSource;
use crate::read::{FileLog, LogKey, LoggedReject, ScanLog};
use crate::report::{LabelLedger, Ledger, ModelReport, PredictionLedger, UnmatchedGroup};
use crate::run_table::RunTable;

impl ModelRun {
    /// Takes the log of the label objects before any hour is written: too many rejects stop the run here.
    pub(crate) async fn labels_read(
        &self,
        logs: BTreeMap<LogKey, FileLog>,
    ) -> Result<(Outcome, u64), EngineError> {
        // Of a table, rows that are no labels were found before.
        let mut label_rejects = self.inputs.label_rejects.clone();
        let found = label_rejects.len() as u64;
        let read = found + logs.values().map(|log| log.counts.records).sum::<u64>();
        let of_logs = logs.values().map(|log| log.rejects.len() as u64);
        let rejected = found + of_logs.sum::<u64>();
        label_rejects.extend(rejects::locate(logs).await?);
        if !self.accepts(rejected, read) {
            // All of them, so that they can be mended at once.
            rejects::write_labels(self, &label_rejects).await?;
            return Err(EngineError::LabelRejects {
                rejected,
                read,
                limit: self.limit_text(),
                example: label_rejects
                    .first()
                    .map(rejects::example)
                    .unwrap_or_default(),
            });
        }
        if read > rejected {
            refuse_absent_ground_truth(self, read - rejected).await?;
        }
        if self.conduct.keeps_going {
            // An hour whose receipt says that these labels were seen is not looked at again: what was found of them
            // lies there before it.
            rejects::replace_labels(self, &label_rejects, &rejects::label_hours(self)).await?;
        }
        let mut outcome = Outcome {
            label_rejects,
            ..Outcome::default()
        };
        outcome.label_ledger.rejected = rejected;
        Ok((outcome, read))
    }
}

impl ModelRun {
    /// Rejects of the run's labels, which are read for that alone.
    pub(crate) async fn read_label_rejects(
        self: &Arc<Self>,
    ) -> Result<Vec<LoggedReject>, EngineError> {
        let log = Arc::new(ScanLog::default());
        read_labels(self, &log).await?;
        let mut found = self.inputs.label_rejects.clone();
        found.extend(rejects::locate(log.take()).await?);
        Ok(found)
    }

    /// An error if more label records are rejected than are accepted; gives those rejected.
    pub(crate) async fn refuse_label_rejects(
        &self,
        logs: BTreeMap<LogKey, FileLog>,
    ) -> Result<Vec<LoggedReject>, EngineError> {
        let read: u64 = logs.values().map(|log| log.counts.records).sum();
        let found = rejects::locate(logs).await?;
        let rejected = found.len() as u64;
        if self.accepts(rejected, read) {
            return Ok(found);
        }
        Err(EngineError::LabelRejects {
            rejected,
            read,
            limit: self.limit_text(),
            example: found.first().map(rejects::example).unwrap_or_default(),
        })
    }
}

impl Outcome {
    /// Adds what became of the labels that were not rejected.
    pub(crate) fn add_statuses(&mut self, ledger: LabelLedger, unmatched: Vec<UnmatchedGroup>) {
        self.label_ledger = LabelLedger {
            read: self.label_ledger.read,
            rejected: self.label_ledger.rejected,
            ..ledger
        };
        self.unmatched = unmatched;
    }
}

/// Before the name of an own column in the notes: records whose value does not fit its type.
const MISFIT: &str = "misfit:";

/// Closes the ledger of a run, or fails; writes what is written last.
pub(crate) async fn settle(
    run: &Arc<ModelRun>,
    outcome: Outcome,
) -> Result<ModelReport, EngineError> {
    let mut ledger = Ledger {
        labels: outcome.label_ledger,
        ..Ledger::default()
    };
    let mut notes: BTreeMap<String, u64> = BTreeMap::new();
    for hour in &outcome.hours {
        ledger.predictions.add(&hour.report.predictions);
        ledger.observations += hour.report.rows;
        for (name, count) in &hour.notes {
            *notes.entry(name.clone().into_owned()).or_default() += count;
        }
        for (column, count) in &hour.misfits {
            *notes.entry(format!("{MISFIT}{column}")).or_default() += count;
        }
    }
    let skipped = run.inputs.skipped;
    for (name, count) in [
        ("repeated_key", outcome.repeated_key),
        ("label_record_count_differs", outcome.mismatched),
        ("skipped_hidden", skipped.hidden),
        ("skipped_empty", skipped.empty),
        ("skipped_folder_markers", skipped.folders),
        ("skipped_outside_root", skipped.outside),
        ("skipped_misplaced", skipped.misplaced),
    ] {
        notes.insert(name.to_owned(), count);
    }
    if let LabelSource::Table(_) = run.model.labels {
        notes.insert("labels_outside_window".into(), run.inputs.labels_outside);
    }
    ledger.notes = notes;

    if !ledger.labels.closes() || !ledger.predictions.closes() {
        return Err(EngineError::LedgerOpen {
            model: run.model.name.clone(),
            detail: format!("{ledger:?}"),
        });
    }

    let mut written = rejects::write_labels(run, &outcome.label_rejects).await?;
    for (inputs, hour) in run.inputs.partitions.iter().zip(&outcome.hours) {
        if !hour.rejects.is_empty() {
            written.push(run.partition(inputs).rejects());
        }
    }
    rejects::remove_stale(run, &written, &rejects::label_hours(run)).await?;
    write_ledger(run, &ledger).await?;

    let mut all_rejects = outcome.label_rejects;
    let mut unmatched = outcome.unmatched;
    if let Some(share) = run.model.capture_percentage {
        expect_sampling(&mut unmatched, &ledger.labels, share);
    }
    if let Some(attribute) = &run.model.id_attribute {
        doubt_attribute(&mut unmatched, &ledger.labels, attribute);
    }
    let warnings = warnings(
        run,
        &ledger,
        &outcome.crossing_example,
        outcome.crossing_keys,
        &outcome.mismatch_example,
    );
    let mut hours = Vec::with_capacity(outcome.hours.len());
    for hour in outcome.hours {
        all_rejects.extend(hour.rejects);
        hours.push(hour.report);
    }
    Ok(ModelReport {
        model: run.model.name.clone(),
        from: run.inputs.window.from.to_string(),
        to: run.inputs.window.to.to_string(),
        ledger,
        hours,
        warnings,
        rejects: rejects::groups(&all_rejects, &run.model.labels),
        unmatched,
        no_input: None,
    })
}

/// Where no label at all names a prediction, the attribute that should hold the ids is most likely another one.
fn doubt_attribute(unmatched: &mut [UnmatchedGroup], labels: &LabelLedger, attribute: &str) {
    let unknown = UnmatchedReason::UnknownId.as_str();
    let group = unmatched.iter_mut().find(|group| group.reason == unknown);
    if let Some(group) = group.filter(|_| labels.matched == 0) {
        group.hint = format!(
            "no label names a prediction, whose ids are at id_attribute `{attribute}`, or SageMaker's where nothing is \
             there: see what it finds with groundline sql -c \"select inference_id, event_id, output from predictions \
             limit 5\""
        );
    }
}

/// Says of unknown ids whether there are as many as `capture_percentage` lets expect: the requests of the others were
/// never captured, and nothing is wrong with their labels.
fn expect_sampling(unmatched: &mut [UnmatchedGroup], labels: &LabelLedger, share: f64) {
    let unknown = UnmatchedReason::UnknownId;
    let Some(group) = unmatched
        .iter_mut()
        .find(|group| group.reason == unknown.as_str())
    else {
        return;
    };
    let apart = labels.read - labels.rejected - labels.duplicate;
    let known = apart.saturating_sub(group.count);
    let found = known as f64 * 100.0 / apart.max(1) as f64;
    // Sampling is by chance, and windows cut labels off.
    const TOLERANCE: f64 = 0.75;
    group.hint = if found > share / TOLERANCE + 5.0 {
        format!(
            "{found:.1} % of the labels have a captured request, more than capture_percentage = {share} lets expect, \
             which is in percent: 20 where one request in five is captured"
        )
    } else if found >= share * TOLERANCE {
        format!(
            "{found:.1} % of the labels have a captured request, and capture_percentage = {share} lets expect about \
             {share} %: the others were not captured"
        )
    } else {
        format!(
            "{found:.1} % of the labels have a captured request, fewer than capture_percentage = {share} lets expect: {}",
            unknown.hint()
        )
    };
}

/// Columns of `ledger`.
pub(crate) fn ledger_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("side", DataType::Utf8, true),
        Field::new("bucket", DataType::Utf8, true),
        Field::new("count", DataType::Int64, true),
    ]))
}

/// The ledger as rows (side, bucket, count), one file per model and window.
async fn write_ledger(run: &ModelRun, ledger: &Ledger) -> Result<(), EngineError> {
    let mut rows = prediction_rows(&ledger.predictions);
    rows.extend([
        ("labels", "read", ledger.labels.read),
        ("labels", "rejected", ledger.labels.rejected),
        ("labels", "matched", ledger.labels.matched),
        ("labels", "duplicate", ledger.labels.duplicate),
        ("labels", "superseded", ledger.labels.superseded),
        ("labels", "unmatched_before", ledger.labels.unmatched_before),
        ("labels", "unmatched_inside", ledger.labels.unmatched_inside),
        ("labels", "unmatched_after", ledger.labels.unmatched_after),
        ("observations", "written", ledger.observations),
    ]);
    if run.model.sql.is_some() {
        rows.push(("predictions", "queried", ledger.predictions.queried));
        rows.push(("labels", "queried", ledger.labels.queried));
    }
    rows.extend(
        ledger
            .notes
            .iter()
            .map(|(name, count)| ("notes", name.as_str(), *count)),
    );
    write_rows(run, &rows).await
}

fn prediction_rows(predictions: &PredictionLedger) -> Vec<(&str, &str, u64)> {
    vec![
        ("predictions", "read", predictions.read),
        ("predictions", "rejected", predictions.rejected),
        ("predictions", "filtered", predictions.filtered),
        ("predictions", "no_output", predictions.no_output),
        ("predictions", "labelled", predictions.labelled),
        ("predictions", "unlabelled", predictions.unlabelled),
    ]
}

/// Whether the ledger of the window is there and says this of its predictions.
pub(crate) async fn has_window_ledger(
    run: &ModelRun,
    predictions: &PredictionLedger,
) -> Result<bool, EngineError> {
    let path = run.out.child(&ledger_key(run))?;
    let Some(bytes) = read_if_present(&run.out, &path).await? else {
        return Ok(false);
    };
    let wanted: HashMap<&str, u64> = prediction_rows(predictions)
        .into_iter()
        .map(|(_, bucket, count)| (bucket, count))
        .collect();
    let Ok(reader) = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|b| b.build()) else {
        return Ok(false);
    };
    let mut same = 0;
    for batch in reader {
        let Ok(batch) = batch else { return Ok(false) };
        let (Some(sides), Some(buckets), Some(counts)) = (
            batch
                .column_by_name("side")
                .and_then(|c| c.as_string_opt::<i32>()),
            batch
                .column_by_name("bucket")
                .and_then(|c| c.as_string_opt::<i32>()),
            batch
                .column_by_name("count")
                .and_then(|c| c.as_primitive_opt::<Int64Type>()),
        ) else {
            return Ok(false);
        };
        for row in (0..batch.num_rows()).filter(|row| sides.value(*row) == "predictions") {
            let count = wanted.get(buckets.value(row));
            same += usize::from(count.is_some_and(|c| i64::try_from(*c) == Ok(counts.value(row))));
        }
    }
    Ok(same == wanted.len())
}

fn ledger_key(run: &ModelRun) -> String {
    format!("ledger/{}/part-0.parquet", run.window_folder())
}

/// Writes the accounts of a window of which only the predictions are known, from the receipts of its hours.
pub(crate) async fn write_window_ledger(
    run: &ModelRun,
    predictions: &PredictionLedger,
    observations: u64,
) -> Result<(), EngineError> {
    let mut rows = prediction_rows(predictions);
    rows.push(("observations", "written", observations));
    if run.model.sql.is_some() {
        rows.push(("predictions", "queried", predictions.queried));
    }
    write_rows(run, &rows).await
}

async fn write_rows(run: &ModelRun, rows: &[(&str, &str, u64)]) -> Result<(), EngineError> {
    let text = |f: &dyn Fn(&(&str, &str, u64)) -> String| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(f(row))).collect::<StringArray>())
    };
    let counts: Int64Array = rows
        .iter()
        .map(|(_, _, count)| i64::try_from(*count).ok())
        .collect();
    let columns: Vec<ArrayRef> = vec![
        text(&|row| row.0.to_owned()),
        text(&|row| row.1.to_owned()),
        Arc::new(counts),
    ];
    let batch = RecordBatch::try_new(ledger_schema(), columns)?;
    let key = ledger_key(run);
    put_if_changed(
        &run.out,
        &key,
        small_parquet(&key, RunTable::Ledger, &batch)?,
    )
    .await?;
    Ok(())
}

fn warnings(
    run: &ModelRun,
    ledger: &Ledger,
    crossing_example: &Option<String>,
    crossing: u64,
    mismatch: &Option<String>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let noted = |name: &str| ledger.notes.get(name).copied().unwrap_or_default();
    if crossing > 0 {
        warnings.push(format!(
            "keys in several endpoints or variants: {crossing} (such as `{}`); each capture got the label, \
             so make one model per endpoint if their ids are not the same events",
            crossing_example.as_deref().unwrap_or_default()
        ));
    }
    if let Some(mismatch) = mismatch {
        warnings.push(format!(
            "labels with another number of records than their prediction, not used: {}; {mismatch}",
            noted("label_record_count_differs")
        ));
    }
    if ledger.labels.superseded > 0 {
        warnings.push(format!(
            "labels that gave way to another of the same key (--duplicate-labels {}): {}",
            run.model.policy.duplicate_labels.as_str(),
            ledger.labels.superseded
        ));
    }
    for (note, text) in [
        (
            "repeated_key",
            "captures that repeat the key of another; each got the label, as SageMaker does it",
        ),
        (
            "label_without_value",
            "records whose label has no value: it is null or empty, or --ground-truth-attribute finds nothing in it",
        ),
        (
            "outside_hour",
            "records with an inference time outside their folder's hour; they stay in the folder's hour",
        ),
        (
            "unreadable_time",
            "records with an inference time that cannot be read; it is null",
        ),
        (
            "input_whole",
            "inputs that do not split into as many records as their output; they stay whole on the first",
        ),
        (
            "input_unpaired",
            "transform outputs with another number of records than their input file; their input is null",
        ),
    ] {
        if noted(note) > 0 {
            warnings.push(format!("{text}: {}", noted(note)));
        }
    }
    for column in &run.model.columns {
        let (note, data_type) = (format!("{MISFIT}{}", column.name), column.data_type);
        if let (1.., Some(data_type)) = (noted(&note), data_type) {
            warnings.push(format!(
                "own column `{}`: values that do not fit {}, and are null: {}",
                column.name,
                data_type.as_str(),
                noted(&note)
            ));
        }
    }
    if run.inputs.labels.is_empty() {
        let what = match &run.model.labels {
            LabelSource::GroundTruth { .. } => "there are no label files in the label window",
            LabelSource::Table(_) => "no label of the table was collected in the label window",
        };
        warnings.push(format!("{what}; every prediction is unlabelled"));
    }
    let mapping = &run.model.mapping;
    let needs_attribute = run.model.sql.is_none();
    if needs_attribute
        && mapping.inference_attribute.is_none()
        && mapping.probability_attribute.is_none()
    {
        warnings.push(
            "neither an inference attribute nor a probability attribute was given; prediction and probability are null"
                .to_owned(),
        );
    }
    warnings
}
