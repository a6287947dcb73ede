//! Metrics of the user's own: statements over `merged` that return `metric, value[, segment]`.

use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::record_batch::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use groundline_quality::{Figure, Reason};

use super::error::QualityError;
use super::options::{Every, OwnMetric, QualityOptions};
use super::report::QualityGroup;
use super::source::{MERGED, Source};
use crate::error::EngineError;
use crate::session::{query, varying_function};

/// Longest statement, and most of them.
const LONGEST: u64 = 1 << 20;
const MOST: usize = 1_000;

/// Rows that a metric may return for one window.
const MOST_ROWS: usize = 100_000;

/// The statements of a folder, by name.
pub fn own_metrics(folder: &Path) -> Result<Vec<OwnMetric>, EngineError> {
    let failed = |path: &Path, source| EngineError::Read {
        file: path.display().to_string(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        let path = entry.map_err(|source| failed(folder, source))?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    if files.len() > MOST {
        let many = std::io::Error::other(format!("it holds more than {MOST} statements"));
        return Err(failed(folder, many));
    }
    let read = |path: std::path::PathBuf| {
        let length = std::fs::metadata(&path)
            .map_err(|source| failed(&path, source))?
            .len();
        if length > LONGEST {
            return Err(failed(&path, std::io::Error::other("larger than 1 MiB")));
        }
        Ok(OwnMetric {
            text: std::fs::read_to_string(&path).map_err(|source| failed(&path, source))?,
            file: path.display().to_string(),
        })
    };
    files.into_iter().map(read).collect()
}

/// Adds the user's metrics: each statement runs once for each window.
pub(crate) async fn add(
    context: &SessionContext,
    source: &Source,
    options: &QualityOptions,
    groups: &mut Vec<QualityGroup>,
) -> Result<(), EngineError> {
    if options.own.is_empty() {
        return Ok(());
    }
    let mut windows: Vec<_> = groups.iter().map(|group| group.window).collect();
    windows.dedup();
    for window in windows {
        let rows = match (window, options.every) {
            (Some(window), every) if every != Every::Window => source.in_window(window)?,
            _ => source.frame.clone(),
        };
        let rows = DataFrame::new(context.state(), rows.logical_plan().clone());
        context.deregister_table(MERGED)?;
        context.register_table(MERGED, rows.into_view())?;
        for metric in &options.own {
            let frame = plan(context, metric).await?;
            let failed = |source| QualityError::OwnMetricSql {
                file: metric.file.clone(),
                source: Box::new(source),
            };
            let some = frame.limit(0, Some(MOST_ROWS + 1)).map_err(failed)?;
            let batches = some.collect().await.map_err(failed)?;
            let mut found: Vec<(Option<String>, Figure)> = Vec::new();
            for batch in &batches {
                found.extend(figures(metric, batch)?);
            }
            if found.len() > MOST_ROWS {
                let why = format!("returns more than {MOST_ROWS} rows");
                return Err(refused(metric, why).into());
            }
            found.sort_by(|one, two| (&one.0, &one.1.metric).cmp(&(&two.0, &two.1.metric)));
            for (segment, figure) in found {
                place(groups, window, segment, figure, metric)?;
            }
        }
    }
    Ok(())
}

/// Plans a statement and checks its columns.
async fn plan(context: &SessionContext, metric: &OwnMetric) -> Result<DataFrame, EngineError> {
    let failed = |source: DataFusionError| QualityError::OwnMetricSql {
        file: metric.file.clone(),
        source: Box::new(source),
    };
    let frame = query(context, &metric.text).await.map_err(failed)?;
    if let Some(function) = varying_function(frame.logical_plan())? {
        let why = format!("calls {function}(), which gives another result each time");
        return Err(refused(metric, why).into());
    }
    let fields = frame.schema().fields();
    let has = |name: &str| fields.iter().find(|field| field.name() == name);
    let columns = || {
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        names.join(", ")
    };
    for name in ["metric", "value"] {
        if has(name).is_none() {
            let why = format!("returns no column `{name}`; it returns {}", columns());
            return Err(refused(metric, why).into());
        }
    }
    if let Some(other) = fields
        .iter()
        .find(|field| !["metric", "value", "segment"].contains(&field.name().as_str()))
    {
        let why = format!("returns a column `{}` that nothing knows", other.name());
        return Err(refused(metric, why).into());
    }
    if let Some(value) = has("value")
        && !value.data_type().is_numeric()
        && !value.data_type().is_null()
    {
        let why = format!(
            "returns values that are {} and no numbers",
            value.data_type()
        );
        return Err(refused(metric, why).into());
    }
    Ok(frame)
}

fn refused(metric: &OwnMetric, why: String) -> QualityError {
    QualityError::OwnMetric {
        file: metric.file.clone(),
        why,
    }
}

/// Segment and figure of each row.
fn figures(
    metric: &OwnMetric,
    batch: &RecordBatch,
) -> Result<Vec<(Option<String>, Figure)>, EngineError> {
    let text = |name: &str| {
        let column = batch.column_by_name(name);
        column
            .map(|column| cast(column, &DataType::Utf8))
            .transpose()
    };
    let (metrics, segments) = (text("metric")?, text("segment")?);
    let values = batch.column_by_name("value");
    let (Some(metrics), Some(values)) = (metrics, values) else {
        return Ok(Vec::new());
    };
    let values = cast(values, &DataType::Float64)?;
    let (metrics, values) = (
        metrics.as_string::<i32>(),
        values.as_primitive::<Float64Type>(),
    );
    let mut found = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        if metrics.is_null(row) || metrics.value(row).trim().is_empty() {
            return Err(refused(metric, "returns a metric without a name".to_owned()).into());
        }
        let name = metrics.value(row).to_owned();
        let value = values.is_valid(row).then(|| values.value(row));
        let segment = segments.as_ref().and_then(|segments| {
            let segments = segments.as_string::<i32>();
            segments
                .is_valid(row)
                .then(|| segments.value(row).to_owned())
        });
        let figure = match value {
            Some(value) if value.is_finite() => Figure::new(name, value, 0),
            Some(value) if value.is_infinite() => Figure::undefined(name, 0, Reason::Overflow),
            _ => Figure::undefined(name, 0, Reason::NoValue),
        };
        found.push((segment, figure));
    }
    Ok(found)
}

/// Puts a figure where its window and segment are.
fn place(
    groups: &mut Vec<QualityGroup>,
    window: Option<groundline_store::Window>,
    segment: Option<String>,
    mut figure: Figure,
    metric: &OwnMetric,
) -> Result<(), EngineError> {
    let of_window = groups.iter().filter(|group| group.window == window);
    let rows_of_window = of_window.map(|group| group.rows.measured).sum();
    let at = groups
        .iter()
        .position(|group| group.window == window && group.segment == segment);
    let group = match at.and_then(|at| groups.get_mut(at)) {
        Some(group) => group,
        None => {
            // A segment of the user's own, after those of its window.
            let after = groups
                .iter()
                .rposition(|group| group.window == window)
                .map_or(groups.len(), |last| last + 1);
            groups.insert(after, QualityGroup::of_own(window, segment));
            match groups.get_mut(after) {
                Some(group) => group,
                None => return Ok(()),
            }
        }
    };
    if group.figures().any(|known| known.metric == figure.metric) {
        let why = format!("returns `{}`, which is there already", figure.metric);
        return Err(refused(metric, why).into());
    }
    // Of a segment that only the statement knows, nobody else knows the rows.
    figure.n = match group.segment {
        None => rows_of_window,
        Some(_) => group.rows.measured,
    };
    group.own.push(figure);
    Ok(())
}
