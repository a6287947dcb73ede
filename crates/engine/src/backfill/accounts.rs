//! The accounts of a backfilled window: summed from the receipts of its hours, whoever wrote them and when.
//!
//! What became of each label can only be said by a run that sees every hour of the window; that is a merge's to tell.

use std::collections::BTreeSet;

use groundline_store::{Found, Partition, Receipt, stored_hours};

use super::plan::ModelPlan;
use crate::error::EngineError;
use crate::merge::settings::ModelRun;
use crate::merge::settle::{has_window_ledger, write_window_ledger};
use crate::report::PredictionLedger;

/// Buckets of predictions and rows of hour files, from the receipts; how many hours have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct WindowAccounts {
    predictions: PredictionLedger,
    observations: u64,
    missing: u64,
}

/// Writes the ledger of the window anew, `touched` being the hours that this run did something about. A shard writes it
/// only once every hour of the window is there, so that the last one does.
pub(super) async fn write(
    plan: &ModelPlan,
    run: &ModelRun,
    is_shard: bool,
    touched: &BTreeSet<usize>,
    did_anything: bool,
) -> Result<(), EngineError> {
    let mut accounts = WindowAccounts::default();
    let mut known = BTreeSet::new();
    for hour in plan
        .hours
        .iter()
        .filter(|hour| !touched.contains(&hour.partition))
    {
        if let Some(receipt) = hour.receipt() {
            accounts.add(receipt);
            known.insert(hour.partition);
        }
    }
    // Of the others, those of other shards among them, only the store knows.
    let inputs = plan.run.inputs.partitions.iter().enumerate();
    let unknown = inputs.filter(|(number, _)| !known.contains(number));
    let unknown: Vec<Partition> = unknown.map(|(_, inputs)| run.partition(inputs)).collect();
    for stored in stored_hours(&run.out, &unknown, false).await? {
        match stored.found {
            Found::Both { receipt, .. } => accounts.add(&receipt),
            _ => accounts.missing += 1,
        }
    }
    let hours = plan.run.inputs.partitions.len() as u64;
    if is_shard && accounts.missing > 0 || hours == accounts.missing {
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

impl WindowAccounts {
    fn add(&mut self, receipt: &Receipt) {
        let count = |bucket: &str| receipt.ledger.get(bucket).copied().unwrap_or_default();
        self.predictions.add(&PredictionLedger {
            read: count("read"),
            rejected: count("rejected"),
            filtered: count("filtered"),
            no_output: count("no_output"),
            labelled: count("labelled"),
            unlabelled: count("unlabelled"),
            queried: count("queried"),
        });
        self.observations += receipt.rows;
    }
}
