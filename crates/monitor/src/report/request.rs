//! What is asked for, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use groundline_engine::{Every, LeftBehind, QualityOptions, RunTable};
use groundline_quality::Constraints;
use groundline_report::page::Report;
use groundline_store::{Stores, Window, decoded_name};

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
    let mut models = BTreeSet::new();
    for table in [RunTable::Merged, RunTable::Runs, RunTable::Ledger] {
        let found = LeftBehind::look(stores, out, table, None).await?;
        let encoded = found.values.into_iter().next().unwrap_or_default();
        models.extend(encoded.iter().map(|name| decoded_name(name)));
    }
    Ok(models)
}
