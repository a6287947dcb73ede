//! The accounts of a backfilled window: summed from the receipts of its hours, whoever wrote them and when.
//!
//! What became of each label can only be said by a run that sees every hour of the window; that is a merge's to tell.

use groundline_store::{Found, Partition, stored_hours};

use super::plan::ModelPlan;
use crate::error::EngineError;
use crate::merge::settings::ModelRun;
use crate::merge::settle::{has_window_ledger, write_window_ledger};
use crate::report::PredictionLedger;

/// Buckets of predictions and rows of hour files, from the receipts; `None` if an hour that has ended has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct WindowAccounts {
    predictions: PredictionLedger,
    observations: u64,
    missing: u64,
}

/// Writes the ledger of the window anew. A shard writes it only once every hour of the window is there, so that the
/// last one does.
pub(super) async fn write(
    plan: &ModelPlan,
    run: &ModelRun,
    is_shard: bool,
    did_anything: bool,
) -> Result<(), EngineError> {
    let inputs = &plan.run.inputs.partitions;
    let partitions: Vec<Partition> = inputs.iter().map(|inputs| run.partition(inputs)).collect();
    let accounts = of_window(run, &partitions).await?;
    if is_shard && accounts.missing > 0 || partitions.len() as u64 == accounts.missing {
        return Ok(());
    }
    if !accounts.predictions.closes() {
        return Err(EngineError::LedgerOpen {
            model: run.model.name.clone(),
            detail: format!("receipts of the window: {accounts:?}"),
        });
    }
    // A merge of the window may have told more, of its labels too: that stays as long as nothing was done.
    if !did_anything && has_window_ledger(run, &accounts.predictions).await? {
        return Ok(());
    }
    write_window_ledger(run, &accounts.predictions, accounts.observations).await
}

async fn of_window(
    run: &ModelRun,
    partitions: &[Partition],
) -> Result<WindowAccounts, EngineError> {
    let mut accounts = WindowAccounts::default();
    for stored in stored_hours(&run.out, partitions, false).await? {
        let Found::Both { receipt, .. } = stored.found else {
            accounts.missing += 1;
            continue;
        };
        let count = |bucket: &str| receipt.ledger.get(bucket).copied().unwrap_or_default();
        accounts.predictions.add(&PredictionLedger {
            read: count("read"),
            rejected: count("rejected"),
            filtered: count("filtered"),
            no_output: count("no_output"),
            labelled: count("labelled"),
            unlabelled: count("unlabelled"),
            queried: count("queried"),
        });
        accounts.observations += receipt.rows;
    }
    Ok(accounts)
}
