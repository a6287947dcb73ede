//! Model quality of hour files, and of anybody's Parquet, CSV and JSON Lines (design.md "Quality").
//!
//! Rows go to workers that update the states of crate `quality`; what rank metrics need is sorted by value, in memory or
//! by DataFusion's sort, and read once more in order. The statements of `sql/quality/` say what of a row is measured.

mod collect;
mod error;
mod groups;
mod key_ranges;
mod measure;
mod metric_rows;
mod options;
mod own_metric;
mod ranks;
mod report;
mod segments;
mod sort_key;
mod sorter;
mod source;
mod states;

pub use error::QualityError;
pub use measure::measure;
pub(crate) use metric_rows::metrics_schema;
pub use metric_rows::write_metrics;
pub use options::{Dataset, Every, OwnMetric, QualityOptions, QualitySource, QualityValues};
pub use own_metric::own_metrics;
pub use report::{Misfit, MisfitKind, QualityGroup, QualityReport, RowCounts};

use groundline_store::Stores;

use crate::error::EngineError;
use crate::run_table::{LeftBehind, RunTable};

/// Models that have hour files below an output.
pub async fn models_of(stores: &Stores, out: &str) -> Result<Vec<String>, EngineError> {
    let found = LeftBehind::look(stores, out, RunTable::Merged, None).await?;
    let encoded = found.values.into_iter().next().unwrap_or_default();
    Ok(encoded
        .iter()
        .map(|name| groundline_store::decoded_name(name))
        .collect())
}
