//! Aggregate functions over the metrics of `groundline quality`, for any GROUP BY. Each is a thin skin over a state of
//! `groundline-quality`: the same names, and the same values to the bit.
//!
//! Rows where either side is null are skipped; any other value that is none stops the query and is shown.

mod accumulator;
mod binary;
mod call;
mod classes;
mod function;
mod numbers;
mod scores;

#[cfg(test)]
mod one_value;
#[cfg(test)]
mod refusals;

use std::sync::Arc;

use datafusion::logical_expr::AggregateUDF;

use function::{Family, MetricFunction};

/// Metrics of labels and predictions of two classes.
const BINARY: [&str; 11] = [
    "recall",
    "precision",
    "true_positive_rate",
    "true_negative_rate",
    "false_positive_rate",
    "false_negative_rate",
    "f0_5",
    "f1",
    "f2",
    "balanced_accuracy",
    "mcc",
];

/// Metrics of labels of two classes and the probability of the positive one, from sums.
const PROBABILITY: [&str; 3] = ["log_loss", "brier_score", "expected_calibration_error"];

/// The same, from the order of the probabilities.
const RANKS: [&str; 2] = ["auc", "pr_auc"];

/// Metrics of labels and predictions of any classes.
const CLASSES: [&str; 9] = [
    "accuracy",
    "weighted_recall",
    "weighted_precision",
    "weighted_f0_5",
    "weighted_f1",
    "weighted_f2",
    "macro_recall",
    "macro_precision",
    "macro_f1",
];

/// Metrics of labels and predictions that are numbers.
const REGRESSION: [&str; 6] = ["mae", "mse", "rmse", "r2", "bias", "mape"];

/// Every aggregate function that a session knows beside DataFusion's own.
pub(crate) fn all() -> Vec<Arc<AggregateUDF>> {
    let families: [(&[&'static str], Family); 5] = [
        (&BINARY, Family::Binary),
        (&PROBABILITY, Family::Probability),
        (&RANKS, Family::Ranks),
        (&CLASSES, Family::Classes),
        (&REGRESSION, Family::Regression),
    ];
    let metrics = families
        .into_iter()
        .flat_map(|(names, family)| names.iter().map(move |name| (*name, family)));
    metrics
        .map(|(name, family)| Arc::new(AggregateUDF::from(MetricFunction::new(name, family))))
        .collect()
}
