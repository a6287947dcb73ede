//! The curves of a probability.

use groundline_quality::Curves;
use serde_json::Value;

use crate::json::object;

/// SageMaker's keys (formats.md 6.2).
const ROC: &str = "receiver_operating_characteristic_curve";
const PR: &str = "precision_recall_curve";

/// The curves as SageMaker has them: columns of coordinates.
pub(super) fn sagemakers(curves: &Curves) -> [(&'static str, Value); 2] {
    let (roc, pr) = (&curves.roc, &curves.pr);
    [
        (
            ROC,
            object([
                (
                    "false_positive_rates",
                    roc.iter().map(|point| point.false_positive_rate).collect(),
                ),
                (
                    "true_positive_rates",
                    roc.iter().map(|point| point.true_positive_rate).collect(),
                ),
            ]),
        ),
        (
            PR,
            object([
                (
                    "precisions",
                    pr.iter().map(|point| point.precision).collect(),
                ),
                ("recalls", pr.iter().map(|point| point.recall).collect()),
            ]),
        ),
    ]
}

/// What SageMaker leaves out of the same points: the threshold of each, null where there is none, and whether every
/// distinct score has one.
pub(super) fn own(curves: &Curves) -> Value {
    let thresholds = object([
        (
            ROC,
            curves.roc.iter().map(|point| point.threshold).collect(),
        ),
        (PR, curves.pr.iter().map(|point| point.threshold).collect()),
    ]);
    object([
        ("distinct_scores", Value::from(curves.distinct_scores)),
        ("complete", Value::from(curves.complete)),
        ("thresholds", thresholds),
    ])
}
