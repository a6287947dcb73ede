//! The merge: predictions meet labels, one Parquet file per hour, every record accounted for.
//!
//! The definition is SQL (`sql/merge/`). `reference` runs it as it stands; `fast` replaces the join by an
//! operator and goes hour by hour. Both hand observations to the same writer and the same accounts.

mod accounts;
mod by_place;
pub(crate) mod conduct;
mod conflicts;
mod diagnose;
pub(crate) mod distributed;
mod elsewhere;
mod explain;
mod fast;
mod filter;
pub(crate) mod hour_file;
pub(crate) mod inputs;
mod jsonl;
mod label_fate;
pub(crate) mod label_index;
pub(crate) mod label_status;
pub(crate) mod matched;
mod observations;
pub(crate) mod outcome;
pub(crate) mod output;
mod own_columns;
mod own_sql;
pub(crate) mod read_labels;
mod recut;
mod reference;
pub(crate) mod rejects;
mod row_expression;
pub(crate) mod settings;
pub(crate) mod settle;
mod sighting;
mod spill;
mod unmatched_reason;
mod unmatched_rows;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use groundline_store::{Root, list_flat};

use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::model::Model;
use crate::options::{MergeOptions, Plan};
use crate::progress::Progress;
use crate::report::MergeReport;
use crate::run_table::RunTable;
use crate::tables::Input;
use outcome::Outcome;

pub(crate) use conduct::Conduct;
pub use conduct::Stop;
pub use explain::{Explanation, ModelExplanation, Nearest, Occurrence, explain};
pub(crate) use hour_file::small_parquet;
pub(crate) use inputs::ModelInputs;
pub(crate) use jsonl::key as jsonl_key;
pub(crate) use output::OUTPUT_REVISION;
pub use output::hour_file_columns;
pub(crate) use own_columns::{over_predictions, own_columns_see_labels, with_own_columns};
pub(crate) use row_expression::row_expression;
pub use unmatched_reason::{unmatched_fix, unmatched_reasons};

/// Columns of what runs leave behind, without those that the path holds.
pub(crate) fn run_table_schema(table: RunTable) -> SchemaRef {
    match table {
        RunTable::Rejects => rejects::schema(),
        RunTable::UnmatchedLabels => unmatched_rows::unmatched_schema(),
        RunTable::Ledger => settle::ledger_schema(),
        RunTable::Metrics => crate::quality::metrics_schema(),
        RunTable::Runs => crate::runs::runs_schema(),
        RunTable::Merged => output::schema(
            &output::COLUMNS
                .iter()
                .map(|c| (*c).to_owned())
                .collect::<Vec<_>>(),
            &[],
        ),
    }
}

pub(crate) use settings::ModelRun;

/// Merges every model of `options` over its window and writes hour files, receipts and accounts below `out`.
///
/// Hours that fail (too many rejects, an attribute that no record has) are in the report; other hours go on.
pub async fn merge(
    options: &MergeOptions,
    progress: Arc<dyn Progress>,
) -> Result<MergeReport, EngineError> {
    let catalog = Arc::new(Catalog::open(options.sql_dir.as_deref())?);
    Root::check_output(&options.out)?;
    // Look at every input before the output is touched.
    let mut planned: Vec<(&Model, ModelInputs)> = Vec::with_capacity(options.models.len());
    let mut left_out = None;
    for model in &options.models {
        match ModelInputs::list(model, options).await {
            Ok(inputs) => planned.push((model, inputs)),
            // With several models, a glob selects among them; only one that selects nothing at all is an error.
            Err(error @ EngineError::NothingSelected { .. }) => {
                left_out.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    if let (true, Some(error)) = (planned.is_empty(), left_out) {
        return Err(error);
    }
    for (model, inputs) in &planned {
        inputs.refuse_output_inside(model, options).await?;
    }
    if options.jsonl {
        refuse_shared_jsonl(&planned)?;
    }
    let bytes = planned.iter().map(|(_, inputs)| inputs.bytes()).sum();
    let hours = planned
        .iter()
        .map(|(_, inputs)| inputs.partitions.len() as u64)
        .sum();
    progress.plan(bytes, hours);

    let mut report = MergeReport {
        out: options.out.clone(),
        models: Vec::new(),
    };
    let mut out: Option<Root> = None;
    let predictions: Vec<(String, Arc<Vec<Input>>)> = planned
        .iter()
        .map(|(model, inputs)| (model.name.clone(), Arc::new(inputs.predictions())))
        .collect();
    for (number, (model, mut inputs)) in planned.into_iter().enumerate() {
        if inputs.partitions.is_empty() {
            report.models.push(inputs.empty_report(model));
            continue;
        }
        let root = match &out {
            Some(root) => root.clone(),
            None => out
                .insert(options.resources.stores.create(&options.out).await?)
                .clone(),
        };
        let (earlier, _) = list_flat(&root, &root.child("merge")?).await?;
        let has_jsonl = !earlier.is_empty();
        let others = predictions.iter().enumerate();
        let others = others.filter(|(other, _)| *other != number);
        inputs.others = others.map(|(_, other)| other.clone()).collect();
        let run = Arc::new(ModelRun::new(
            model,
            inputs,
            options,
            &catalog,
            root,
            &progress,
            Conduct {
                has_jsonl,
                ..Conduct::default()
            },
        )?);
        let outcome = by_plan(&run).await?;
        report.models.push(settle::settle(&run, outcome).await?);
    }
    Ok(report)
}

/// Writes the hours of a run by its plan.
pub(crate) async fn by_plan(run: &Arc<ModelRun>) -> Result<Outcome, EngineError> {
    if let Some(cluster) = &run.resources.cluster {
        return distributed::run(run, cluster).await;
    }
    match (&run.model.sql, run.plan) {
        (Some(sql), _) => own_sql::run(run, sql).await,
        (None, Plan::Fast | Plan::Spilled) if run.catalog.replaces_the_join() => {
            reference::run(run).await
        }
        (None, Plan::Fast | Plan::Spilled) => fast::run(run).await,
        (None, Plan::Reference) => reference::run(run).await,
    }
}

/// Merged JSON Lines have no model in their path, so two models of one endpoint would overwrite each other's.
pub(crate) fn refuse_shared_jsonl(planned: &[(&Model, ModelInputs)]) -> Result<(), EngineError> {
    let mut owners: HashMap<String, &str> = HashMap::new();
    for (model, inputs) in planned {
        for partition in &inputs.partitions {
            let key = jsonl::key(&model.name, partition);
            if let Some(other) = owners.insert(key.clone(), &model.name) {
                return Err(EngineError::SharedJsonl {
                    one: other.to_owned(),
                    two: model.name.clone(),
                    key,
                });
            }
        }
    }
    Ok(())
}
