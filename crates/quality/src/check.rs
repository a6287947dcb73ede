//! Whether metrics keep their constraints, and whether the rows suffice to say so.

use std::collections::HashMap;

use crate::constraint::{Comparison, Constraint, Constraints};
use crate::figure::Figure;
use crate::java_double::java_double;
use crate::metric_name::violation_name;

/// Rows below which a metric is no evidence, unless the caller says otherwise.
pub const LEAST_ROWS: u64 = 30;

/// What the interval of a metric says of its constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The interval is on the good side of the threshold, or touches it.
    Satisfied,
    /// The whole interval is on the bad side.
    Violated,
    /// The threshold is inside the interval, the rows are too few, or the metric has no value.
    InsufficientEvidence,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Satisfied, Self::Violated, Self::InsufficientEvidence];

    /// The outcome of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }

    /// As files and messages say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Violated => "violated",
            Self::InsufficientEvidence => "insufficient_evidence",
        }
    }
}

/// One constraint and the metric it was held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub constraint: Constraint,
    /// `None` where the metric was not measured.
    pub figure: Option<Figure>,
    /// The value alone, as SageMaker decides: beyond the threshold. Never without a value.
    pub violated: bool,
    pub outcome: Outcome,
}

impl Check {
    /// SageMaker's text of a violation (formats.md 7.2), with `NaN` for a value or deviation that there is none of.
    pub fn description(&self) -> String {
        let figure = self.figure.as_ref();
        let or_nan = |value: Option<f64>| java_double(value.unwrap_or(f64::NAN));
        format!(
            "Metric {} with {} +/- {} was {} '{}'",
            violation_name(&self.constraint.metric),
            or_nan(figure.and_then(|figure| figure.value)),
            or_nan(figure.and_then(|figure| figure.standard_deviation)),
            self.constraint.comparison.as_str(),
            java_double(self.constraint.threshold),
        )
    }
}

/// Holds figures against constraints, in the order of the constraints. Every constraint is evaluated, that of f0_5 too,
/// which SageMaker leaves out (formats.md 7.2).
pub fn check(constraints: &Constraints, figures: &[Figure], least_rows: u64) -> Vec<Check> {
    let mut by_metric: HashMap<&str, &Figure> = HashMap::with_capacity(figures.len());
    for figure in figures {
        by_metric.entry(&figure.metric).or_insert(figure);
    }
    constraints
        .constraints
        .iter()
        .map(|constraint| {
            let figure = by_metric.get(constraint.metric.as_str()).copied();
            let violated = figure
                .and_then(|figure| figure.value)
                .is_some_and(|value| constraint.comparison.violates(value, constraint.threshold));
            Check {
                outcome: outcome(constraint, figure, violated, least_rows),
                constraint: constraint.clone(),
                figure: figure.cloned(),
                violated,
            }
        })
        .collect()
}

fn outcome(
    constraint: &Constraint,
    figure: Option<&Figure>,
    violated: bool,
    least_rows: u64,
) -> Outcome {
    let Some(figure) = figure.filter(|figure| figure.value.is_some() && figure.n >= least_rows)
    else {
        return Outcome::InsufficientEvidence;
    };
    let by_value = if violated {
        Outcome::Violated
    } else {
        Outcome::Satisfied
    };
    let Some(interval) = figure.interval else {
        return by_value;
    };
    // From the end of the interval that is furthest on the good side to the one furthest on the bad side.
    let (good, bad) = match constraint.comparison {
        Comparison::LessThan => (interval.high, interval.low),
        Comparison::GreaterThan => (interval.low, interval.high),
    };
    let violates = |end: f64| constraint.comparison.violates(end, constraint.threshold);
    match (violates(good), violates(bad)) {
        (true, _) => Outcome::Violated,
        (false, false) => Outcome::Satisfied,
        // Touching with the good end: an interval cut at the metric's range must not outvote a value that violates.
        (false, true) if good == constraint.threshold && !violated => Outcome::Satisfied,
        (false, true) => Outcome::InsufficientEvidence,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::figure::Reason;
    use crate::interval::Interval;
    use crate::problem::ProblemType;
    use crate::suggest::Margin;

    fn checked(metric: &str, comparison: Comparison, threshold: f64, figures: &[Figure]) -> Check {
        let constraints = Constraints {
            problem_type: ProblemType::BinaryClassification,
            margin: Margin::None,
            constraints: vec![Constraint {
                metric: metric.to_owned(),
                threshold,
                comparison,
                baseline: None,
                baseline_interval: None,
            }],
        };
        check(&constraints, figures, LEAST_ROWS).pop().unwrap()
    }

    fn ends(low: f64, high: f64) -> Option<Interval> {
        Some(Interval { low, high })
    }

    #[test]
    fn the_interval_decides_what_the_evidence_is() {
        use Comparison::{GreaterThan, LessThan};
        use Outcome::{InsufficientEvidence, Satisfied, Violated};
        // (low, value, high), comparison, threshold: violated by value, outcome by interval.
        for (low, value, high, comparison, threshold, violated, outcome) in [
            (0.4, 0.5, 0.6, LessThan, 0.7, true, Violated),
            (0.4, 0.5, 0.6, LessThan, 0.55, true, InsufficientEvidence),
            (0.4, 0.5, 0.6, LessThan, 0.45, false, InsufficientEvidence),
            (0.4, 0.5, 0.6, LessThan, 0.4, false, Satisfied),
            (0.4, 0.5, 0.6, LessThan, 0.3, false, Satisfied),
            (0.9, 0.95, 1.0, LessThan, 1.0, true, InsufficientEvidence),
            (0.9, 1.0, 1.0, LessThan, 1.0, false, Satisfied),
            (0.4, 0.5, 0.6, GreaterThan, 0.3, true, Violated),
            (
                0.4,
                0.5,
                0.6,
                GreaterThan,
                0.55,
                false,
                InsufficientEvidence,
            ),
            (0.4, 0.5, 0.6, GreaterThan, 0.6, false, Satisfied),
            (0.0, 0.0, 0.1, GreaterThan, 0.0, false, Satisfied),
            (0.0, 0.01, 0.1, GreaterThan, 0.0, true, InsufficientEvidence),
        ] {
            let figure = Figure::new("recall", value, 100).within(ends(low, high));
            let check = checked("recall", comparison, threshold, &[figure]);
            assert_eq!(
                (check.violated, check.outcome),
                (violated, outcome),
                "{low} {value} {high} {comparison:?} {threshold}"
            );
        }
    }

    #[test]
    fn without_an_interval_the_value_decides() {
        let figure = [Figure::new("f1", 0.5, 30)];
        let below = checked("f1", Comparison::LessThan, 0.6, &figure);
        assert_eq!((below.violated, below.outcome), (true, Outcome::Violated));
        let equal = checked("f1", Comparison::LessThan, 0.5, &figure);
        assert_eq!((equal.violated, equal.outcome), (false, Outcome::Satisfied));
    }

    #[test]
    fn few_rows_and_missing_metrics_are_no_evidence() {
        let few = Figure::new("recall", 0.1, LEAST_ROWS - 1).within(ends(0.0, 0.2));
        let check = checked("recall", Comparison::LessThan, 0.6, &[few]);
        assert_eq!(
            (check.violated, check.outcome),
            (true, Outcome::InsufficientEvidence)
        );
        let undefined = Figure::undefined("auc", 100, Reason::NoProbability);
        let check = checked("auc", Comparison::LessThan, 0.6, &[undefined]);
        assert_eq!(
            (check.violated, check.outcome),
            (false, Outcome::InsufficientEvidence)
        );
        let check = checked("profit", Comparison::LessThan, 0.6, &[]);
        assert_eq!(
            (check.violated, check.outcome),
            (false, Outcome::InsufficientEvidence)
        );
        assert_eq!(check.figure, None);
    }

    #[test]
    fn a_violation_of_f0_5_is_reported() {
        let figure = Figure::new("f0_5", 0.343, 100).deviating(Some(0.004));
        let check = checked("f0_5", Comparison::LessThan, 0.8695652173913042, &[figure]);
        assert!(check.violated);
        let expected =
            "Metric f0_5 with 0.343 +/- 0.004 was LessThanThreshold '0.8695652173913042'";
        assert_eq!(check.description(), expected);
    }

    #[test]
    fn texts_print_numbers_as_java() {
        let rate = Figure::new("false_positive_rate", 0.00042, 100).deviating(Some(1e-5));
        let check = checked("false_positive_rate", Comparison::GreaterThan, 0.0, &[rate]);
        let expected =
            "Metric falsePositiveRate with 4.2E-4 +/- 1.0E-5 was GreaterThanThreshold '0.0'";
        assert_eq!(check.description(), expected);
        let mse = Figure::new("mse", 12_345_678.0, 100);
        let check = checked("mse", Comparison::GreaterThan, 1e7, &[mse]);
        let expected = "Metric mse with 1.2345678E7 +/- NaN was GreaterThanThreshold '1.0E7'";
        assert_eq!(check.description(), expected);
    }
}
