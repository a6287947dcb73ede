//! An execution as a row of Parquet, there and back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use groundline_quality::{ProblemType, RunState};
use groundline_store::{Hour, StoreError, Window};

use super::record::RunRecord;
use crate::error::EngineError;
use crate::tables::hour_type;

/// Columns of the files.
pub(crate) fn runs_schema() -> SchemaRef {
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        field("run_time", hour_type()),
        field("window", hour_type()),
        field("window_end", hour_type()),
        field("as_of", hour_type()),
        field("state", DataType::Utf8),
        field("problem_type", DataType::Utf8),
        field("endpoint", DataType::Utf8),
        field("message", DataType::Utf8),
        field("failure", DataType::Utf8),
        field("constraints", DataType::Int64),
        field("violations", DataType::Int64),
        field("predictions", DataType::Int64),
        field("labelled", DataType::Int64),
        field("label_coverage", DataType::Float64),
        field("provisional", DataType::Boolean),
        field("restatements", DataType::Int64),
        field("folder", DataType::Utf8),
        field("hour_files", DataType::Utf8),
        field("figures", DataType::Utf8),
        field("checks", DataType::Utf8),
    ]))
}

pub(super) fn batch(run: &RunRecord) -> Result<RecordBatch, EngineError> {
    let time = |micros: i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC"))
    };
    let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
    let count =
        |count: u64| -> ArrayRef { Arc::new(Int64Array::from(vec![i64::try_from(count).ok()])) };
    let json = |list: Result<String, serde_json::Error>| {
        list.map_err(|source| {
            EngineError::from(StoreError::ToJson {
                what: "an execution",
                source,
            })
        })
    };
    let figures = json(serde_json::to_string(&run.figures))?;
    let checks = json(serde_json::to_string(&run.checks))?;
    let columns: Vec<ArrayRef> = vec![
        time(run.run_time),
        time(run.window.from.micros()),
        time(run.window.to.micros()),
        time(run.as_of),
        text(run.state.as_str()),
        Arc::new(StringArray::from(vec![
            run.problem_type.map(|kind| kind.as_str()),
        ])),
        Arc::new(StringArray::from(vec![run.endpoint.as_deref()])),
        text(&run.message),
        Arc::new(StringArray::from(vec![run.failure.as_deref()])),
        count(run.checks.len() as u64),
        count(run.violations),
        count(run.predictions),
        count(run.labelled),
        Arc::new(Float64Array::from(vec![run.label_coverage()])),
        Arc::new(BooleanArray::from(vec![run.provisional])),
        count(run.restatements),
        text(&run.folder),
        text(&run.hour_files),
        text(&figures),
        text(&checks),
    ];
    Ok(RecordBatch::try_new(runs_schema(), columns)?)
}

/// The execution of a file's only row; `None` if it is none of ours.
pub(super) fn record(
    model: String,
    schedule: String,
    scheduled: Hour,
    batch: &RecordBatch,
) -> Option<RunRecord> {
    if batch.num_rows() != 1 || batch.schema().fields() != runs_schema().fields() {
        return None;
    }
    let row = Row(batch);
    let hour = |column: &str| Some(Hour::from_micros(row.time(column)?));
    Some(RunRecord {
        model,
        schedule,
        scheduled,
        run_time: row.time("run_time")?,
        window: Window::new(hour("window")?, hour("window_end")?).ok()?,
        as_of: row.time("as_of")?,
        state: RunState::parse(&row.text("state")?)?,
        problem_type: row
            .text("problem_type")
            .and_then(|kind| ProblemType::parse(&kind)),
        endpoint: row.text("endpoint"),
        message: row.text("message")?,
        failure: row.text("failure"),
        violations: row.count("violations")?,
        predictions: row.count("predictions")?,
        labelled: row.count("labelled")?,
        provisional: {
            let column = batch.column_by_name("provisional")?;
            column.as_boolean_opt()?.value(0)
        },
        restatements: row.count("restatements")?,
        folder: row.text("folder")?,
        hour_files: row.text("hour_files")?,
        figures: serde_json::from_str(&row.text("figures")?).ok()?,
        checks: serde_json::from_str(&row.text("checks")?).ok()?,
    })
}

/// The first row of a batch.
struct Row<'a>(&'a RecordBatch);

impl Row<'_> {
    fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.0
            .column_by_name(name)
            .filter(|column| column.is_valid(0))
    }

    fn time(&self, name: &str) -> Option<i64> {
        let column = self.column(name)?;
        let times = column.as_primitive_opt::<TimestampMicrosecondType>()?;
        Some(times.value(0))
    }

    fn text(&self, name: &str) -> Option<String> {
        let column = self.column(name)?;
        Some(column.as_string_opt::<i32>()?.value(0).to_owned())
    }

    fn count(&self, name: &str) -> Option<u64> {
        let column = self.column(name)?;
        u64::try_from(column.as_primitive_opt::<Int64Type>()?.value(0)).ok()
    }
}
