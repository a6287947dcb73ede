//! Why labels matched nothing, as a merge told it.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use groundline_engine::{SqlSession, unmatched_fix};
use groundline_report::page::UnmatchedReason;
use groundline_store::{Hour, Window};

use crate::error::MonitorError;

/// The reasons of one run.
pub(super) async fn unmatched(
    session: &SqlSession,
    model: &str,
    run: Window,
) -> Result<Vec<UnmatchedReason>, MonitorError> {
    let batches = session
        .shipped("unmatched", &[("model", Some(model))])
        .await?;
    Ok(batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).filter_map(|row| reason(batch, row, run)))
        .collect())
}

/// A row of the statement, if it is of the run.
fn reason(batch: &RecordBatch, row: usize, run: Window) -> Option<UnmatchedReason> {
    let text = |name: &str| {
        let column = cast(batch.column_by_name(name)?, &DataType::Utf8).ok()?;
        let value = column.as_string_opt::<i32>()?.iter().nth(row).flatten()?;
        Some(value.to_owned())
    };
    let hour = |name: &str| Hour::parse(&text(name)?).ok();
    if (hour("window_from")?, hour("window_to")?) != (run.from, run.to) {
        return None;
    }
    let labels = batch.column_by_name("labels")?;
    let labels = labels
        .as_primitive_opt::<Int64Type>()?
        .iter()
        .nth(row)
        .flatten()?;
    let reason = text("reason")?;
    Some(UnmatchedReason {
        count: u64::try_from(labels).ok()?,
        example: text("example"),
        fix: Some(unmatched_fix(&reason).to_owned()),
        reason,
    })
}
