//! One execution, as it is recorded.

use groundline_quality::{Check, Figure, Interval, Outcome, ProblemType, Reason, RunState};
use groundline_store::{Hour, Window};
use serde::{Deserialize, Serialize};

/// One execution of a schedule. A repeat of the same scheduled hour replaces it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    pub model: String,
    pub schedule: String,
    /// The hour it was scheduled in; with the schedule's name it identifies the execution.
    pub scheduled: Hour,
    /// The scheduled time itself, microseconds since the epoch.
    pub run_time: i64,
    /// Hours of predictions.
    pub window: Window,
    /// Labels of folders that began later are not in it; microseconds since the epoch.
    pub as_of: i64,
    pub state: RunState,
    /// What the window was measured as; `None` if it was not.
    pub problem_type: Option<ProblemType>,
    /// The endpoint that it is about, or the model's name if there are several; `None` for batch transforms.
    pub endpoint: Option<String>,
    /// SageMaker's exit message (formats.md 7.3).
    pub message: String,
    /// Why it failed, or what is missing from it.
    pub failure: Option<String>,
    pub violations: u64,
    /// Predictions that a label is waited for, and those that have one.
    pub predictions: u64,
    pub labelled: u64,
    /// Labels are still expected: what it says is not the last word.
    pub provisional: bool,
    /// How often it was measured again because labels had arrived.
    pub restatements: u64,
    /// Folder of SageMaker's files below the output; empty if there are none.
    pub folder: String,
    /// Hash over the hour files that it was measured from; empty if it was not.
    pub hour_files: String,
    pub figures: Vec<RunFigure>,
    pub checks: Vec<RunCheck>,
}

impl RunRecord {
    /// `churn-hourly@2026-11-01T13`, as `groundline runs` names it.
    pub fn id(&self) -> String {
        format!("{}@{}", self.schedule, self.scheduled)
    }

    /// Share of the predictions that have a label; `None` without predictions.
    pub fn label_coverage(&self) -> Option<f64> {
        (self.predictions > 0).then(|| self.labelled as f64 / self.predictions as f64)
    }
}

/// One metric of an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFigure {
    pub metric: String,
    pub value: Option<f64>,
    pub standard_deviation: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub n: u64,
    pub reason: Option<String>,
    /// What the execution said of it at first, where labels that came later have changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<f64>,
}

impl From<&Figure> for RunFigure {
    fn from(figure: &Figure) -> Self {
        Self {
            metric: figure.metric.to_string(),
            value: figure.value,
            standard_deviation: figure.standard_deviation,
            ci_low: figure.interval.map(|interval| interval.low),
            ci_high: figure.interval.map(|interval| interval.high),
            n: figure.n,
            reason: figure.reason.map(|reason| reason.as_str().to_owned()),
            first: None,
        }
    }
}

impl From<&RunFigure> for Figure {
    fn from(recorded: &RunFigure) -> Self {
        let ends = recorded.ci_low.zip(recorded.ci_high);
        Self {
            metric: recorded.metric.clone().into(),
            value: recorded.value,
            standard_deviation: recorded.standard_deviation,
            interval: ends.map(|(low, high)| Interval { low, high }),
            n: recorded.n,
            reason: recorded.reason.as_deref().and_then(Reason::parse),
        }
    }
}

/// One constraint of an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunCheck {
    pub metric: String,
    /// SageMaker's name of the comparison (formats.md 7.1).
    pub comparison_operator: String,
    pub threshold: f64,
    pub baseline: Option<f64>,
    /// Whether it counts as a violation.
    pub violated: bool,
    /// What the interval says: satisfied, violated, insufficient_evidence.
    pub outcome: String,
    /// Whether the execution said at first that it was violated, where that has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_violated: Option<bool>,
}

impl RunCheck {
    /// `honest`: the interval decides whether it counts as a violation, and not the value.
    pub fn new(check: &Check, honest: bool) -> Self {
        Self {
            metric: check.constraint.metric.clone(),
            comparison_operator: check.constraint.comparison.as_str().to_owned(),
            threshold: check.constraint.threshold,
            baseline: check.constraint.baseline,
            violated: match honest {
                true => check.outcome == Outcome::Violated,
                false => check.violated,
            },
            outcome: check.outcome.as_str().to_owned(),
            first_violated: None,
        }
    }
}
