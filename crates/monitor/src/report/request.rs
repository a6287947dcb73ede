//! What is asked for, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use groundline_engine::{Every, QualityOptions, RunTable};
use groundline_quality::Constraints;
use groundline_report::page::Report;
use groundline_store::{ObjectStore, Stores, Window, decoded_name, read_error};

use crate::error::MonitorError;

/// A report of one model.
#[derive(Clone, Debug)]
pub struct ReportRequest {
    pub model: String,
    /// Output folder of the runs.
    pub out: String,
    /// How the model's hour files are measured; window and cuts are put in.
    pub measuring: QualityOptions,
    /// Hours of predictions; `None` is what is there, of that the last 31 days.
    pub window: Option<Window>,
    /// What is there, however much it is.
    pub everything: bool,
    /// Whose executions it is about; `None` is the schedule that has most of them.
    pub schedule: Option<String>,
    /// Measure the series from hour files, whether there are executions or not.
    pub every: Option<Every>,
    pub compare: Option<Comparing>,
    /// Columns or SQL expressions; each gives a ranking of segments.
    pub by: Vec<String>,
    /// What the whole period is held against, whatever executions were held against.
    pub constraints: Option<Constraints>,
    /// What it is held against where no execution was held against anything.
    pub configured: Option<Constraints>,
    /// `min_coverage` by schedule.
    pub targets: BTreeMap<String, f64>,
}

/// The period beside the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparing {
    /// As long, and just before.
    Previous,
    Window(Window),
}

/// The page's data, and what to tell whoever asked for it.
#[derive(Clone, Debug)]
pub struct Gathered {
    pub report: Report,
    /// What was chosen where nothing was said, a sentence each.
    pub said: Vec<String>,
}

impl Gathered {
    /// Constraints that are violated.
    pub fn violations(&self) -> usize {
        let checks = self.report.verdict.checks.iter();
        checks.filter(|check| check.violated).count()
    }
}

/// Models that an output holds anything of.
pub async fn reported_models(stores: &Stores, out: &str) -> Result<BTreeSet<String>, MonitorError> {
    let root = stores.open(out).await?;
    let mut models = BTreeSet::new();
    for table in [RunTable::Merged, RunTable::Runs, RunTable::Ledger] {
        // Names of folders alone: a long history costs no more than a short one.
        let folder = root.child(table.folder())?;
        let listed = root.store().list_with_delimiter(Some(&folder)).await;
        let listed = listed.map_err(|error| read_error(&root, &folder, error))?;
        let keys = listed.common_prefixes.iter().map(|path| root.key(path));
        models.extend(keys.filter_map(|key| {
            let level = key.rsplit('/').next()?;
            level.strip_prefix("model=").map(decoded_name)
        }));
    }
    Ok(models)
}
