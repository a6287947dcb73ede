//! What metrics are held against, whoever said so.

use std::collections::HashMap;

use groundline_engine::{RunCheck, RunRecord};
use groundline_quality::{Comparison, Constraint, Constraints};

/// Threshold and baseline of each metric.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits(HashMap<String, Constraint>);

impl Limits {
    pub(super) fn of(constraints: &Constraints) -> Self {
        let constraints = constraints.constraints.iter();
        Self(
            constraints
                .map(|one| (one.metric.clone(), one.clone()))
                .collect(),
        )
    }

    /// Those that executions were held against; of a metric the last.
    pub(super) fn of_runs<'a>(runs: impl Iterator<Item = &'a RunRecord>) -> Self {
        let checks = runs.flat_map(|run| &run.checks).filter_map(constraint);
        Self(checks.map(|one| (one.metric.clone(), one)).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, metric: &str) -> Option<&Constraint> {
        self.0.get(metric)
    }

    pub(super) fn violated(&self, metric: &str, value: Option<f64>) -> bool {
        let limit = self.get(metric);
        limit
            .zip(value)
            .is_some_and(|(limit, value)| limit.comparison.violates(value, limit.threshold))
    }
}

/// The constraint of a recorded check; `None` where its comparison is a word that we do not know.
pub(super) fn constraint(check: &RunCheck) -> Option<Constraint> {
    Some(Constraint {
        metric: check.metric.clone(),
        threshold: check.threshold,
        comparison: Comparison::parse(&check.comparison_operator)?,
        baseline: check.baseline,
        baseline_interval: None,
    })
}
