//! The merge: predictions meet labels, one Parquet file per hour, every record accounted for.
//!
//! The definition is SQL (`sql/merge/`). `reference` runs it as it stands; `fast` replaces the join by an
//! operator and goes hour by hour. Both hand observations to the same writer and the same accounts.

mod accounts;
mod conflicts;
mod diagnose;
mod fast;
mod hour_file;
mod inputs;
mod jsonl;
mod label_index;
mod label_status;
mod matched;
mod outcome;
mod output;
mod recut;
mod reference;
mod rejects;
mod settings;
mod settle;

use std::sync::Arc;

use groundline_store::Root;

use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::options::{MergeOptions, Plan};
use crate::progress::Progress;
use crate::report::MergeReport;

pub(crate) use inputs::ModelInputs;
pub use output::hour_file_columns;
pub(crate) use settings::ModelRun;

/// Merges every model of `options` over its window and writes hour files, receipts and accounts below `out`.
///
/// Hours that fail (too many rejects, an attribute that no record has) are in the report; other hours go on.
pub async fn merge(
    options: &MergeOptions,
    progress: Arc<dyn Progress>,
) -> Result<MergeReport, EngineError> {
    let catalog = Arc::new(Catalog::open(options.sql_dir.as_deref())?);
    // Look at every input before the output is touched.
    let mut planned = Vec::with_capacity(options.models.len());
    for model in &options.models {
        planned.push(ModelInputs::list(model, options).await?);
    }
    for (model, inputs) in options.models.iter().zip(&planned) {
        inputs.refuse_output_inside(model, &options.out)?;
    }
    let bytes = planned.iter().map(ModelInputs::bytes).sum();
    let hours = planned.iter().map(|p| p.partitions.len() as u64).sum();
    progress.plan(bytes, hours);

    let mut report = MergeReport {
        out: options.out.clone(),
        models: Vec::new(),
    };
    let mut out: Option<Root> = None;
    for (model, inputs) in options.models.iter().zip(planned) {
        if inputs.partitions.is_empty() {
            report.models.push(inputs.empty_report(model));
            continue;
        }
        let root = match &out {
            Some(root) => root.clone(),
            None => out.insert(Root::create(&options.out)?).clone(),
        };
        let run = Arc::new(ModelRun::new(
            model, inputs, options, &catalog, root, &progress,
        )?);
        let outcome = match options.plan {
            Plan::Fast => fast::run(&run).await?,
            Plan::Reference => reference::run(&run).await?,
        };
        report.models.push(settle::settle(&run, outcome).await?);
    }
    Ok(report)
}
