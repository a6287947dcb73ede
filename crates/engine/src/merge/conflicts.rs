//! Captures that `--duplicate-labels error` refuses.

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use groundline_store::Hour;
use std::collections::BTreeMap;

use super::settings::ModelRun;
use crate::error::EngineError;
use crate::session::statement;

/// The first capture of an hour with several different usable labels.
#[derive(Clone, Debug)]
pub(crate) struct Conflict {
    pub(crate) key: String,
    pub(crate) file: String,
    pub(crate) position: i64,
    pub(crate) labels: u64,
}

impl Conflict {
    /// Why the hour is not written, and what would.
    pub(crate) fn message(&self) -> String {
        format!(
            "key `{}` at {}:{} has {} different labels; mend the labels, or choose with --duplicate-labels latest, first or all",
            self.key, self.file, self.position, self.labels
        )
    }
}

/// First conflict of each (endpoint, variant, hour), by `sql/merge/conflicts.sql`.
pub(crate) async fn find_conflicts(
    context: &SessionContext,
    run: &ModelRun,
) -> Result<BTreeMap<(String, String, Hour), Conflict>, EngineError> {
    let mut found = BTreeMap::new();
    let frame = statement(context, &run.catalog, "merge/conflicts", &run.parameters()).await?;
    let mut batches = frame.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let text = |name: &str| -> Result<&arrow::array::StringArray, EngineError> {
            Ok(batch
                .column(batch.schema().index_of(name)?)
                .as_string::<i32>())
        };
        let number = |name: &str| -> Result<&arrow::array::Int64Array, EngineError> {
            Ok(batch
                .column(batch.schema().index_of(name)?)
                .as_primitive::<Int64Type>())
        };
        let (endpoints, variants, files, keys) = (
            text("endpoint")?,
            text("variant")?,
            text("file")?,
            text("key")?,
        );
        let (positions, labels) = (number("position")?, number("labels")?);
        let hours = batch
            .column(batch.schema().index_of("hour")?)
            .as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let place = (
                endpoints.value(row).to_owned(),
                variants.value(row).to_owned(),
                Hour::from_micros(hours.value(row)),
            );
            found.entry(place).or_insert_with(|| Conflict {
                key: keys.value(row).to_owned(),
                file: files.value(row).to_owned(),
                position: positions.value(row),
                labels: labels.value(row).unsigned_abs(),
            });
        }
    }
    Ok(found)
}
