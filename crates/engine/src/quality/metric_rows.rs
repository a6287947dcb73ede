//! `OUT/metrics/`: every metric of every window and segment, one row each.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use groundline_quality::Figure;
use groundline_store::{Stores, Window, encoded_name, put_if_changed};

use super::options::Every;
use super::report::{QualityGroup, QualityReport};
use crate::error::EngineError;
use crate::merge::small_parquet;
use crate::run_table::RunTable;
use crate::tables::hour_type;

/// Of rows that have no hour; Hive's word for null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// Columns of the files.
pub(crate) fn metrics_schema() -> SchemaRef {
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        field("window", hour_type()),
        field("window_end", hour_type()),
        field("segment", DataType::Utf8),
        field("metric", DataType::Utf8),
        field("value", DataType::Float64),
        field("standard_deviation", DataType::Float64),
        field("ci_low", DataType::Float64),
        field("ci_high", DataType::Float64),
        field("n", DataType::Int64),
        field("reason", DataType::Utf8),
        field("as_of", hour_type()),
    ]))
}

/// Writes the metrics of a measurement; it replaces an earlier one of the same model, window and cuts. Returns the key
/// of the file below `out`.
///
/// `as_of` is in microseconds since the epoch.
pub async fn write_metrics(
    stores: &Stores,
    out: &str,
    report: &QualityReport,
    every: Every,
    as_of: i64,
) -> Result<String, EngineError> {
    let root = stores.create(out).await?;
    let by = match report.by.as_slice() {
        [] => "none".to_owned(),
        by => by.join(","),
    };
    let key = format!(
        "{}/{}/every={}/by={}/part-0.parquet",
        RunTable::Metrics.folder(),
        window_folder(&report.name, report.window),
        every.as_str(),
        encoded_name(&by),
    );
    let rows: Vec<(&QualityGroup, &Figure)> = report
        .groups
        .iter()
        .flat_map(|group| group.figures().map(move |figure| (group, figure)))
        .collect();
    let batch = batch(&rows, as_of)?;
    let bytes = small_parquet(&key, RunTable::Metrics, &batch)?;
    put_if_changed(&root, &key, bytes).await?;
    Ok(key)
}

/// `model=churn/window_from=2026-11-01T00/window_to=2026-11-02T00`
fn window_folder(model: &str, window: Option<Window>) -> String {
    let (from, to) = match window {
        Some(window) => (window.from.to_string(), window.to.to_string()),
        None => (NULL.to_owned(), NULL.to_owned()),
    };
    format!(
        "model={}/window_from={from}/window_to={to}",
        encoded_name(model)
    )
}

fn batch(rows: &[(&QualityGroup, &Figure)], as_of: i64) -> Result<RecordBatch, EngineError> {
    let times = |time: &dyn Fn(&QualityGroup) -> Option<i64>| -> ArrayRef {
        let times: TimestampMicrosecondArray = rows.iter().map(|(group, _)| time(group)).collect();
        Arc::new(times.with_timezone("UTC"))
    };
    let texts = |text: &dyn Fn(&QualityGroup, &Figure) -> Option<String>| -> ArrayRef {
        let texts = rows.iter().map(|(group, figure)| text(group, figure));
        Arc::new(texts.collect::<StringArray>())
    };
    let numbers = |number: &dyn Fn(&Figure) -> Option<f64>| -> ArrayRef {
        let numbers = rows.iter().map(|(_, figure)| number(figure));
        Arc::new(numbers.collect::<Float64Array>())
    };
    let counts = rows.iter().map(|(_, figure)| i64::try_from(figure.n).ok());
    let columns: Vec<ArrayRef> = vec![
        times(&|group| group.window.map(|window| window.from.micros())),
        times(&|group| group.window.map(|window| window.to.micros())),
        texts(&|group, _| group.segment.clone()),
        texts(&|_, figure| Some(figure.metric.to_string())),
        numbers(&|figure| figure.value),
        numbers(&|figure| figure.standard_deviation),
        numbers(&|figure| figure.interval.map(|interval| interval.low)),
        numbers(&|figure| figure.interval.map(|interval| interval.high)),
        Arc::new(counts.collect::<Int64Array>()),
        texts(&|_, figure| figure.reason.map(|reason| reason.as_str().to_owned())),
        times(&|_| Some(as_of)),
    ];
    Ok(RecordBatch::try_new(metrics_schema(), columns)?)
}
