//! One window of one model: measured, held against its constraints, and written in SageMaker's layout.

use groundline_engine::{
    BATCH, Every, ProblemType, QualityGroup, QualityOptions, QualityReport, QualitySource,
    RunRecord, WindowAccounts, measure, write_metrics,
};
use groundline_quality::{Check, Constraints, Figure, LEAST_ROWS, Margin, Outcome, check, suggest};
use groundline_report::{constraints_json, statistics_json, violations_json};
use groundline_store::{Hour, Stores, Window, encoded_name, put_if_changed};

use crate::error::MonitorError;
use crate::record;
use crate::target::LabelTarget;

/// Names of SageMaker's files of an execution (formats.md 7.3).
pub const STATISTICS: &str = "statistics.json";
pub const CONSTRAINTS: &str = "constraints.json";
pub const VIOLATIONS: &str = "constraint_violations.json";

/// What is measured, and what it is held against.
#[derive(Clone, Debug)]
pub struct Subject {
    pub model: String,
    /// How the model's hour files are measured; an execution puts its window in.
    pub measuring: QualityOptions,
    pub constraints: Option<Constraints>,
    /// The interval decides whether a constraint is violated, and not the value.
    pub honest: bool,
}

impl Subject {
    /// The endpoint that the model names, if it names one and no glob.
    pub(crate) fn only_endpoint(&self) -> Option<&str> {
        match &self.measuring.source {
            QualitySource::Merged { endpoints, .. } => match endpoints.as_slice() {
                [one] if !one.contains(['*', '?']) && one != BATCH => Some(one),
                _ => None,
            },
            QualitySource::Dataset(_) => None,
        }
    }
}

/// One window, measured and checked.
#[derive(Clone, Debug)]
pub struct Execution {
    pub model: String,
    pub window: Window,
    /// Up to when labels were seen, microseconds since the epoch.
    pub as_of: i64,
    pub problem_type: ProblemType,
    pub group: QualityGroup,
    pub checks: Vec<Check>,
    pub honest: bool,
}

impl Execution {
    /// Measures the hour files of a window below `out`, and writes its metrics to `OUT/metrics`.
    pub async fn measure(
        subject: &Subject,
        out: &str,
        window: Window,
        as_of: i64,
    ) -> Result<Self, MonitorError> {
        let measured = measure(&QualityOptions {
            window: Some(window),
            every: Every::Window,
            ..subject.measuring.clone()
        })
        .await?;
        let stores = &subject.measuring.resources.stores;
        write_metrics(stores, out, &measured, Every::Window, as_of).await?;
        let QualityReport {
            problem_type,
            groups,
            ..
        } = measured;
        let group = groups
            .into_iter()
            .find(|group| group.segment.is_none())
            .ok_or_else(|| MonitorError::NothingMeasured {
                model: subject.model.clone(),
            })?;
        let checks = match &subject.constraints {
            None => Vec::new(),
            Some(constraints) => {
                let figures: Vec<Figure> = group.figures().cloned().collect();
                refuse_unmeasured(constraints, &figures)?;
                check(constraints, &figures, LEAST_ROWS)
            }
        };
        Ok(Self {
            model: subject.model.clone(),
            window,
            as_of,
            problem_type,
            group,
            checks,
            honest: subject.honest,
        })
    }

    /// Whether a check counts as a violation.
    pub fn violates(&self, check: &Check) -> bool {
        match self.honest {
            true => check.outcome == Outcome::Violated,
            false => check.violated,
        }
    }

    pub fn violations(&self) -> usize {
        let checks = self.checks.iter();
        checks.filter(|check| self.violates(check)).count()
    }

    /// Writes SageMaker's files to a folder below `out`; each appears whole.
    pub async fn write(
        &self,
        stores: &Stores,
        out: &str,
        folder: &str,
    ) -> Result<(), MonitorError> {
        let all = self.group.all_measured();
        let checks = self.checks.iter();
        let violations: Vec<Check> = checks.filter(|c| self.violates(c)).cloned().collect();
        let suggested = suggest(self.problem_type, &all.figures, Margin::None);
        let root = stores.create(out).await?;
        for (name, text) in [
            (STATISTICS, statistics_json(&all, self.problem_type)),
            (CONSTRAINTS, constraints_json(&suggested)),
            (VIOLATIONS, violations_json(&violations)),
        ] {
            put_if_changed(&root, &format!("{folder}/{name}"), text.into()).await?;
        }
        Ok(())
    }
}

/// The schedule of runs without one, in paths and records.
pub const UNSCHEDULED: &str = "monitor";

/// How a run without a schedule is recorded: as if it had been scheduled at the end of its window.
#[derive(Clone, Debug)]
pub struct Unscheduled<'a> {
    pub model: &'a str,
    pub window: Window,
    /// Up to when labels were seen, microseconds since the epoch.
    pub as_of: i64,
    pub accounts: &'a WindowAccounts,
    /// The endpoint, or the model's name; `None` for batch transforms.
    pub endpoint: Option<String>,
    pub target: &'a LabelTarget,
    /// What is missing from the window, in words.
    pub missing: Option<String>,
}

impl Unscheduled<'_> {
    /// The record of what was measured, or of why nothing was.
    pub fn record(&self, measured: Result<(&Execution, &str), &MonitorError>) -> RunRecord {
        let run_time = self.window.to.micros();
        let mut record = record::blank(self.model, UNSCHEDULED, run_time, self.window);
        record.as_of = self.as_of;
        record.endpoint.clone_from(&self.endpoint);
        record::count(&mut record, self.accounts);
        let seen = Hour::from_micros(self.as_of);
        let waits = self.target.waits(self.window, self.accounts, seen);
        record.provisional = waits || self.missing.is_some();
        match measured {
            Ok((run, folder)) => {
                record::say(&mut record, run, &self.accounts.hash, folder);
                record.failure.clone_from(&self.missing);
            }
            Err(error) => record::fail(&mut record, &error.told()),
        }
        record
    }
}

/// Where SageMaker puts what an execution leaves behind: `{endpoint}/{schedule}/yyyy/mm/dd/hh` (formats.md 7.3), below
/// `OUT/runs`.
pub fn execution_folder(endpoint: &str, schedule: &str, scheduled: Hour) -> String {
    format!(
        "runs/{}/{}/{}",
        encoded_name(endpoint),
        encoded_name(schedule),
        scheduled.path()
    )
}

/// A constraint on what nobody measures is a mistake.
pub(crate) fn refuse_unmeasured(
    constraints: &Constraints,
    figures: &[Figure],
) -> Result<(), MonitorError> {
    match constraints.unmeasured(figures) {
        None => Ok(()),
        Some(constraint) => Err(MonitorError::Unmeasured {
            metric: constraint.metric.clone(),
            measured: figures.iter().map(|f| f.metric.to_string()).collect(),
        }),
    }
}
