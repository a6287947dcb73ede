//! What each column means: meaning, unit, and the field of which format it comes from.
//! A change here changes the bytes of the files (`OUTPUT_REVISION` in `merge/output.rs`).

use super::{PartitionColumn, PartitionKind, RunTable};

/// Levels of what belongs to one hour.
pub(super) const OF_AN_HOUR: &[PartitionColumn] = &[
    MODEL,
    text(
        "endpoint",
        "Endpoint of the capture; _batch for transforms, _labels for rejects of labels",
    ),
    text(
        "variant",
        "Production variant of the capture; _batch for transforms, _labels for rejects of labels",
    ),
    PartitionColumn {
        name: "date",
        kind: PartitionKind::Date,
        comment: "UTC date of hour",
    },
    PartitionColumn {
        name: "hh",
        kind: PartitionKind::HourOfDay,
        comment: "UTC hour of the day of hour, 0 to 23 (00 to 23 in the path)",
    },
];

/// Levels of what belongs to a whole run.
pub(super) const OF_A_WINDOW: &[PartitionColumn] = &[
    MODEL,
    text(
        "window_from",
        "First hour of predictions of the run, UTC, as in 2026-11-01T00",
    ),
    text(
        "window_to",
        "First hour after the window of the run, UTC, as in 2026-11-02T00",
    ),
];

/// Levels of what was measured at once.
pub(super) const OF_A_MEASUREMENT: &[PartitionColumn] = &[
    MODEL,
    text(
        "window_from",
        "First hour of predictions that was measured, UTC, as in 2026-11-01T00",
    ),
    text(
        "window_to",
        "First hour after those that were measured, UTC, as in 2026-11-02T00",
    ),
    text(
        "every",
        "How the window was cut: window (not at all), hour, day or week",
    ),
    text(
        "by",
        "What cut the rows into segments: names of --by, with commas between them, or none",
    ),
];

/// Levels of one execution of a schedule.
pub(super) const OF_AN_EXECUTION: &[PartitionColumn] = &[
    MODEL,
    text(
        "schedule",
        "Name of the schedule; monitor for runs without one",
    ),
    text(
        "scheduled",
        "Hour in which the execution was scheduled, UTC, as in 2026-11-01T13",
    ),
];

const MODEL: PartitionColumn = text("model", "Name of the model");

const fn text(name: &'static str, comment: &'static str) -> PartitionColumn {
    PartitionColumn {
        name,
        kind: PartitionKind::Text,
        comment,
    }
}

type Comments = &'static [(&'static str, &'static str)];

const MERGED: Comments = &[
    (
        "key",
        "Id of the prediction: inference_id, or event_id where there is none",
    ),
    (
        "event_id",
        "eventMetadata.eventId of the capture; null for transforms",
    ),
    (
        "inference_id",
        "eventMetadata.inferenceId of the capture, or SageMakerInferenceId of the transform record; or id_attribute in it",
    ),
    (
        "inference_time",
        "When the prediction was made, UTC: eventMetadata.inferenceTime or SageMakerInferenceTime; null if unreadable",
    ),
    (
        "hour",
        "First instant of the hour of the capture folder, UTC; for transforms the hour in which the job started",
    ),
    (
        "record_index",
        "Place of the record in its payload, from 0; one request may hold several records",
    ),
    (
        "input",
        "This record of the request, as text: endpointInput.data, or the input of the transform",
    ),
    ("input_encoding", "Encoding of input: CSV, JSON or BASE64"),
    (
        "output",
        "This record of the response, as text: endpointOutput.data, or the output of the transform",
    ),
    ("output_encoding", "Encoding of output: CSV, JSON or BASE64"),
    (
        "prediction",
        "Predicted class or value: inference_attribute of output, else the class that the probability decides",
    ),
    (
        "prediction_value",
        "prediction as a number; null where it is none",
    ),
    (
        "probability",
        "Probability of the positive class, as a rule 0 to 1: probability_attribute of output",
    ),
    (
        "label",
        "Ground truth: groundTruthData.data of the label, or ground_truth_attribute in it; null if unlabelled",
    ),
    ("label_value", "label as a number; null where it is none"),
    (
        "label_hour",
        "First instant of the hour of the label folder (when it was collected), UTC; null if no label was chosen",
    ),
    (
        "label_file",
        "Key of the file of the label, below the labels root; null if no label was chosen",
    ),
    (
        "label_position",
        "Byte offset of the label in its decompressed file",
    ),
    (
        "file",
        "Key of the file of the prediction, below the captures or transforms root",
    ),
    (
        "position",
        "Byte offset of the capture or transform record in its decompressed file",
    ),
];

const REJECTS: Comments = &[
    (
        "source",
        "predictions (captures or transform records) or labels",
    ),
    ("hour", "First instant of the hour of the folder, UTC"),
    ("file", "Key of the file, below its root"),
    (
        "position",
        "Byte offset of the record in the decompressed file",
    ),
    ("line", "Line of the record, from 1"),
    ("reason", "Why it was rejected: a word of a closed list"),
    ("detail", "Why it was rejected, in words"),
    (
        "first_bytes",
        "First bytes of the record; null with --no-reject-bytes",
    ),
];

const LEDGER: Comments = &[
    (
        "side",
        "predictions, labels, observations (rows written) or notes (counts that are in no sum)",
    ),
    (
        "bucket",
        "What the records were: the buckets of a side sum up to its bucket read",
    ),
    ("count", "Number of records; of observations, rows"),
];

const UNMATCHED_LABELS: Comments = &[
    (
        "key",
        "Id of the label: eventMetadata.eventId, or label_id_field",
    ),
    ("label", "groundTruthData.data of the label, as it stands"),
    (
        "label_encoding",
        "groundTruthData.encoding of the label: CSV, JSON or BASE64",
    ),
    (
        "hour",
        "First instant of the hour of the label folder (when it was collected), UTC",
    ),
    (
        "file",
        "Key of the file of the label, below the labels root",
    ),
    (
        "position",
        "Byte offset of the label in its decompressed file",
    ),
    (
        "collected",
        "Whether hour is before, inside or after the window of the run",
    ),
    (
        "reason",
        "Why no prediction took it: the first that applies of a closed list, from record_count_differs to unknown_id",
    ),
    (
        "nearest_key",
        "Key of the prediction that the label came nearest to; null for unknown_id, and after the first 100000 labels that have one",
    ),
    (
        "nearest_model",
        "Model of that prediction, where it is another one",
    ),
    ("nearest_endpoint", "Endpoint of that prediction"),
    ("nearest_variant", "Production variant of that prediction"),
    (
        "nearest_hour",
        "First instant of the hour of the folder of that prediction, UTC",
    ),
    (
        "nearest_file",
        "Key of the file of that prediction, below the captures or transforms root",
    ),
    (
        "nearest_position",
        "Byte offset of that prediction in its decompressed file",
    ),
    (
        "nearest_line",
        "Line of that prediction in its file, from 1, where it was rejected",
    ),
];

const METRICS: Comments = &[
    (
        "window",
        "First instant of the hours that the metric is about, UTC; null where the rows have no hour",
    ),
    ("window_end", "First instant after those hours, UTC"),
    ("segment", "Segment, as in plan=basic; null for all rows"),
    (
        "metric",
        "Name of the metric: those of SageMaker as SageMaker has them",
    ),
    (
        "value",
        "Value of the metric; null where it is undefined, with a reason",
    ),
    (
        "standard_deviation",
        "Standard deviation of the metric on five samples of 80 % of the rows; null below 200 rows",
    ),
    ("ci_low", "Lower end of the 95 % confidence interval"),
    ("ci_high", "Upper end of the 95 % confidence interval"),
    (
        "n",
        "What the value rests on: the denominator of a proportion, else rows",
    ),
    (
        "reason",
        "Why the value is undefined, or 0 divided by 0: a word of a closed list",
    ),
    ("as_of", "Time up to which labels were seen, UTC"),
];

const RUNS: Comments = &[
    ("run_time", "Scheduled time of the execution, UTC"),
    (
        "window",
        "First instant of the hours of predictions that were measured, UTC",
    ),
    ("window_end", "First instant after those hours, UTC"),
    (
        "as_of",
        "Time up to which labels were seen, UTC; a restatement moves it",
    ),
    (
        "state",
        "State in the words of SageMaker: Completed, CompletedWithViolations, Failed or Stopped",
    ),
    (
        "problem_type",
        "BinaryClassification, MulticlassClassification or Regression; null if nothing was measured",
    ),
    (
        "endpoint",
        "Endpoint of the predictions, or the name of the model if there are several; null for batch transforms",
    ),
    ("message", "Exit message in the words of SageMaker"),
    (
        "failure",
        "Why the execution failed, or what is missing from it; null if nothing is",
    ),
    ("constraints", "Number of constraints that were checked"),
    ("violations", "Number of those that were violated"),
    (
        "predictions",
        "Predictions of the window that have an output: each may get a label",
    ),
    ("labelled", "Those of them that had a label"),
    ("label_coverage", "labelled divided by predictions"),
    (
        "provisional",
        "Whether labels were still expected: below min_coverage, and younger than max_age",
    ),
    (
        "restatements",
        "How often the window was measured again because labels had arrived",
    ),
    (
        "folder",
        "Folder of statistics.json, constraints.json and constraint_violations.json, below the output",
    ),
    (
        "hour_files",
        "Hash over the sha256 of the hour files that were measured",
    ),
    (
        "figures",
        "JSON: of each metric value, interval, n and reason, and as first what it was before restatements",
    ),
    (
        "checks",
        "JSON: of each constraint threshold, baseline, violated and outcome",
    ),
];

/// Name and comment of each column of the files, in order.
pub(super) fn of(table: RunTable) -> Comments {
    match table {
        RunTable::Merged => MERGED,
        RunTable::Rejects => REJECTS,
        RunTable::Ledger => LEDGER,
        RunTable::UnmatchedLabels => UNMATCHED_LABELS,
        RunTable::Metrics => METRICS,
        RunTable::Runs => RUNS,
    }
}

/// The comment of a column; `None` for one that is a model's own.
pub(super) fn comment(table: RunTable, column: &str) -> Option<&'static str> {
    of(table)
        .iter()
        .find(|(name, _)| *name == column)
        .map(|(_, comment)| *comment)
}

/// What a row of the table is.
pub(super) fn row(table: RunTable) -> &'static str {
    match table {
        RunTable::Merged => {
            "Observations: one row per prediction record and the label chosen for it, or none"
        }
        RunTable::Rejects => "Records that could not be read: one row each",
        RunTable::Ledger => "Accounts of runs: one row per bucket of records",
        RunTable::UnmatchedLabels => "Labels that no prediction took: one row each",
        RunTable::Metrics => "Metrics: one row per model, window, segment and metric",
        RunTable::Runs => "Executions of schedules: one row each, the last word on its window",
    }
}
