//! What an output holds of the hours of a window: content and accounts, from receipts.

use std::collections::{BTreeMap, BTreeSet};

use groundline_store::{Found, Hour, Partition, Receipt, Stores, Window, stored_hours};
use sha2::{Digest, Sha256};

use crate::backfill::ModelStates;
use crate::error::EngineError;
use crate::report::{HourReport, ModelReport};

/// The hour files of one model, by hour.
#[derive(Clone, Debug, Default)]
pub struct WindowHours(BTreeMap<Hour, Vec<Receipt>>);

/// What the hour files of a window come to; the hash is the same whoever counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowAccounts {
    /// Hour files.
    pub files: u64,
    /// Prediction records with an output.
    pub predictions: u64,
    pub labelled: u64,
    /// Hash over partitions and sha256 of the hour files, lower-case hex; empty without any.
    pub hash: String,
}

impl WindowHours {
    /// Reads the receipts of the hours that a plan has, after its run.
    pub async fn read(
        stores: &Stores,
        out: &str,
        states: &ModelStates,
    ) -> Result<Self, EngineError> {
        let root = stores.open(out).await?;
        let partitions = states.hours.iter().map(|hour| {
            Ok(Partition {
                model: states.model.clone(),
                endpoint: hour.endpoint.clone(),
                variant: hour.variant.clone(),
                hour: Hour::parse(&hour.hour)?,
            })
        });
        let partitions: Vec<Partition> = partitions.collect::<Result<_, EngineError>>()?;
        let mut hours: BTreeMap<Hour, Vec<Receipt>> = BTreeMap::new();
        for stored in stored_hours(&root, &partitions, false).await? {
            if let Found::Both { receipt, .. } = stored.found {
                hours.entry(receipt.hour).or_default().push(*receipt);
            }
        }
        for receipts in hours.values_mut() {
            receipts.sort_by_key(Receipt::partition);
        }
        Ok(Self(hours))
    }

    /// The hours that have hour files, in order.
    pub fn hours(&self) -> impl Iterator<Item = Hour> {
        self.0.keys().copied()
    }

    /// Endpoints that have hour files in a window.
    pub fn endpoints(&self, window: Window) -> BTreeSet<String> {
        let receipts = self.0.range(window.from..window.to).flat_map(|(_, r)| r);
        receipts.map(|receipt| receipt.endpoint.clone()).collect()
    }

    /// Whether the hour files of a window are still those that were read: another run may write them at any time.
    pub async fn are_there(
        &self,
        stores: &Stores,
        out: &str,
        window: Window,
    ) -> Result<bool, EngineError> {
        let root = stores.open(out).await?;
        let ours = self.0.range(window.from..window.to).flat_map(|(_, r)| r);
        let ours: Vec<&Receipt> = ours.collect();
        let partitions: Vec<Partition> = ours.iter().map(|receipt| receipt.partition()).collect();
        let stored = stored_hours(&root, &partitions, false).await?;
        let same = stored.iter().zip(&ours).all(|(stored, ours)| {
            matches!(&stored.found, Found::Both { receipt, .. } if receipt.sha256 == ours.sha256)
        });
        Ok(same && stored.len() == ours.len())
    }

    /// The accounts of a window.
    pub fn accounts(&self, window: Window) -> WindowAccounts {
        let receipts = self.0.range(window.from..window.to).flat_map(|(_, r)| r);
        summed(receipts.map(|receipt| {
            let count = |bucket: &str| receipt.ledger.get(bucket).copied().unwrap_or_default();
            (
                receipt.partition().hour_file(),
                receipt.sha256.clone(),
                count("labelled"),
                count("unlabelled"),
            )
        }))
    }
}

impl WindowAccounts {
    /// Of the hours that a merge has written.
    pub fn merged(report: &ModelReport) -> Self {
        let mut hours: Vec<&HourReport> = report.hours.iter().collect();
        hours.retain(|hour| hour.failure.is_none());
        hours.sort_by(|a, b| (&a.hour, &a.file).cmp(&(&b.hour, &b.file)));
        summed(hours.into_iter().map(|hour| {
            let of = &hour.predictions;
            (
                hour.file.clone(),
                hour.sha256.clone(),
                of.labelled,
                of.unlabelled,
            )
        }))
    }
}

/// Sums hour files in order of hour and name: name, sha256, records with a label and without.
fn summed(hours: impl Iterator<Item = (String, String, u64, u64)>) -> WindowAccounts {
    let mut accounts = WindowAccounts::default();
    let mut hash = Sha256::new();
    for (file, sha256, labelled, unlabelled) in hours {
        accounts.files += 1;
        accounts.labelled += labelled;
        accounts.predictions += labelled + unlabelled;
        hash.update(&file);
        hash.update([0]);
        hash.update(&sha256);
    }
    if accounts.files > 0 {
        let digest = hash.finalize();
        accounts.hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    }
    accounts
}
