//! SageMaker's metrics by name, and the ranges that metrics live in.

use std::borrow::Cow;

use crate::problem::ProblemType;

/// The four names that violations spell otherwise than every other file (formats.md 7.2).
const CAMEL_CASE: [(&str, &str); 4] = [
    ("true_positive_rate", "truePositiveRate"),
    ("true_negative_rate", "trueNegativeRate"),
    ("false_positive_rate", "falsePositiveRate"),
    ("false_negative_rate", "falseNegativeRate"),
];

/// A metric as files other than violations name it: snake_case.
pub fn snake_case(metric: &str) -> &str {
    CAMEL_CASE
        .iter()
        .find(|(_, camel)| *camel == metric)
        .map_or(metric, |(snake, _)| snake)
}

/// A metric as `constraint_violations.json` names it: the four rates in camelCase, any other unchanged.
pub fn violation_name(metric: &str) -> &str {
    CAMEL_CASE
        .iter()
        .find(|(snake, _)| *snake == metric)
        .map_or(metric, |(_, camel)| camel)
}

impl ProblemType {
    /// The metrics that SageMaker suggests constraints for, in its order (formats.md 7.1).
    pub fn constrained_metrics(self) -> &'static [&'static str] {
        match self {
            Self::BinaryClassification => &[
                "recall",
                "precision",
                "accuracy",
                "true_positive_rate",
                "true_negative_rate",
                "false_positive_rate",
                "false_negative_rate",
                "auc",
                "f0_5",
                "f1",
                "f2",
            ],
            Self::MulticlassClassification => &[
                "accuracy",
                "weighted_recall",
                "weighted_precision",
                "weighted_f0_5",
                "weighted_f1",
                "weighted_f2",
            ],
            Self::Regression => &["mae", "mse", "rmse", "r2"],
        }
    }

    /// Whether `statistics.json` of SageMaker has this scalar (formats.md 6): the above, and what of them the best
    /// constant classifier has.
    pub fn is_sagemakers(self, metric: &str) -> bool {
        let constant = metric.strip_suffix("_best_constant_classifier");
        match (self, constant) {
            (_, None) => self.constrained_metrics().contains(&metric),
            (Self::BinaryClassification, Some(of)) => {
                ["recall", "precision", "accuracy", "f0_5", "f1", "f2"].contains(&of)
            }
            (Self::MulticlassClassification, Some(of)) => self.constrained_metrics().contains(&of),
            (Self::Regression, Some(_)) => false,
        }
    }
}

/// The least and the largest value a metric can have; infinite where there is none, as for users' own.
pub fn metric_range(metric: &str) -> (f64, f64) {
    let of_classes: Cow<'_, str> = match metric.split_once('(') {
        Some((name, rest)) if rest.ends_with(')') => Cow::Owned(format!("{name}()")),
        _ => Cow::Borrowed(metric),
    };
    let share = ProblemType::ALL
        .iter()
        .filter(|problem_type| **problem_type != ProblemType::Regression)
        .any(|problem_type| problem_type.is_sagemakers(metric));
    if share {
        return (0.0, 1.0);
    }
    match of_classes.as_ref() {
        "recall()"
        | "precision()"
        | "f1()"
        | "macro_recall"
        | "macro_precision"
        | "macro_f1"
        | "pr_auc"
        | "brier_score"
        | "balanced_accuracy"
        | "expected_calibration_error"
        | "base_rate"
        | "label_coverage" => (0.0, 1.0),
        "mcc" => (-1.0, 1.0),
        "r2" => (f64::NEG_INFINITY, 1.0),
        "mae" | "mse" | "rmse" | "mape" | "median_absolute_error" | "log_loss" | "support()" => {
            (0.0, f64::INFINITY)
        }
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_rates_change_their_spelling() {
        for (snake, camel) in CAMEL_CASE {
            assert_eq!(violation_name(snake), camel);
            assert_eq!(snake_case(camel), snake);
            assert_eq!(snake_case(snake), snake);
        }
        for plain in ["auc", "f0_5", "weighted_recall", "churnPrecision"] {
            assert_eq!(violation_name(plain), plain);
            assert_eq!(snake_case(plain), plain);
        }
    }

    #[test]
    fn a_metric_of_a_class_has_the_range_of_its_name() {
        assert_eq!(metric_range("recall(a(b))"), (0.0, 1.0));
        assert_eq!(metric_range("support(1)"), (0.0, f64::INFINITY));
        assert_eq!(metric_range("recall(a"), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(metric_range("auc"), (0.0, 1.0));
        assert_eq!(
            metric_range("mse_best_constant_classifier").1,
            f64::INFINITY
        );
    }

    #[test]
    fn sagemakers_scalars_of_a_kind_are_its_own() {
        let binary = ProblemType::BinaryClassification;
        assert!(binary.is_sagemakers("f2_best_constant_classifier"));
        assert!(!binary.is_sagemakers("auc_best_constant_classifier"));
        assert!(!binary.is_sagemakers("weighted_f1"));
        assert!(!ProblemType::Regression.is_sagemakers("mae_best_constant_classifier"));
    }
}
