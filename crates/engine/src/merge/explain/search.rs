//! Ids that are looked for, and how the inputs are read for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use groundline_capture::{Column, Grain, Reject};

use super::predictions::FoundPrediction;
use crate::error::EngineError;
use crate::normal_key::normal_key;
use crate::options::Resources;
use crate::read::{BATCH_BYTES, ReadOptions, ScanLog, lines_of};
use crate::tables::Input;

/// Ids that mean one of those that are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ids {
    /// In their normal form.
    normal: BTreeSet<String>,
}

impl Ids {
    pub(super) fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let normal = ids.into_iter().map(|id| normal_key(id).into_owned());
        Self {
            normal: normal.collect(),
        }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.normal.contains(normal_key(id).as_ref())
    }

    pub(super) fn extend(&mut self, others: &Self) {
        self.normal.extend(others.normal.iter().cloned());
    }

    /// These, and all ids of the predictions.
    pub(super) fn with(&self, predictions: &[FoundPrediction]) -> Self {
        let mut ids = Self::of(predictions.iter().flat_map(FoundPrediction::ids));
        ids.extend(self);
        ids
    }
}

/// Looks for records that have one of some ids.
pub(super) struct Search<'a> {
    pub(super) resources: &'a Resources,
    pub(super) ids: Arc<Ids>,
}

impl<'a> Search<'a> {
    /// Records that are looked at, of predictions and of labels: an id of more is none.
    pub(super) const MOST: usize = 100_000;

    pub(super) fn new(resources: &'a Resources, ids: &Ids) -> Self {
        Self {
            resources,
            ids: Arc::new(ids.clone()),
        }
    }

    /// Whether there may be more than the `found` records.
    pub(super) fn is_cut(&self, found: usize) -> bool {
        found >= Self::MOST
    }

    pub(super) fn options(
        &self,
        grain: Grain,
        columns: Vec<Column>,
        log: &Arc<ScanLog>,
    ) -> ReadOptions {
        ReadOptions {
            grain,
            columns,
            batch_rows: self.resources.batch_size,
            batch_bytes: BATCH_BYTES,
            limits: self.resources.limits,
            log: Arc::clone(log),
            progress: None,
        }
    }
}

/// What was rejected in what was read.
pub(super) fn rejects(log: &ScanLog) -> Vec<Reject> {
    log.take()
        .into_values()
        .flat_map(|log| log.rejects)
        .collect()
}

/// Why, in words.
pub(super) fn why(reject: &Reject) -> String {
    format!("{}: {}", reject.reason, reject.detail)
}

/// Line of each position of an object; of a table's labels the number of the row, from 1.
pub(super) async fn lines(
    input: &Input,
    positions: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, u64>, EngineError> {
    if input.staged.is_some() {
        return Ok(positions.map(|p| (p, p.unsigned_abs() + 1)).collect());
    }
    let mut wanted: Vec<i64> = positions.collect();
    wanted.sort_unstable();
    wanted.dedup();
    let unsigned: Vec<u64> = wanted.iter().map(|p| p.unsigned_abs()).collect();
    let lines = lines_of(&input.root, &input.object, &unsigned).await?;
    Ok(wanted.into_iter().zip(lines).collect())
}
