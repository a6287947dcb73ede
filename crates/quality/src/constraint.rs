//! What a metric is held against.

use crate::figure::Figure;
use crate::interval::Interval;
use crate::problem::ProblemType;
use crate::suggest::Margin;

/// Share of a threshold by which rounding may move a metric. SageMaker sums its AUC in doubles and so prints
/// 0.9395127993393898 where the exact value is 0.9395127993393889 (formats.md 6.2): the same rows must keep that baseline.
const ROUNDING: f64 = 1e-12;

/// Which side of the threshold violates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// A value below the threshold violates.
    LessThan,
    /// A value above the threshold violates.
    GreaterThan,
}

impl Comparison {
    /// Both.
    pub const ALL: [Self; 2] = [Self::LessThan, Self::GreaterThan];

    /// SageMaker's name (formats.md 7.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LessThan => "LessThanThreshold",
            Self::GreaterThan => "GreaterThanThreshold",
        }
    }

    /// The comparison of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|comparison| comparison.as_str() == name)
    }

    /// What SageMaker suggests for one of its metrics (formats.md 7.1): errors and rates of errors may not rise, all
    /// others may not fall.
    pub fn suggested(metric: &str) -> Self {
        match metric {
            "false_positive_rate" | "false_negative_rate" | "mae" | "mse" | "rmse" => {
                Self::GreaterThan
            }
            _ => Self::LessThan,
        }
    }

    /// Whether the value violates. Equal to the threshold passes (formats.md 7.1), and what is closer to it than
    /// [`ROUNDING`] of it is equal.
    pub fn violates(self, value: f64, threshold: f64) -> bool {
        let beyond = match self {
            Self::LessThan => threshold - value,
            Self::GreaterThan => value - threshold,
        };
        beyond > threshold.abs() * ROUNDING
    }
}

/// One metric's threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// In snake_case.
    pub metric: String,
    /// Finite, in the unit of the metric.
    pub threshold: f64,
    pub comparison: Comparison,
    /// What the metric was in the baseline, where known.
    pub baseline: Option<f64>,
    /// The baseline's 95 % confidence interval, where known.
    pub baseline_interval: Option<Interval>,
}

/// The constraints of one kind of model.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraints {
    pub problem_type: ProblemType,
    /// How much was allowed beside the baseline; [`Margin::None`] where not known.
    pub margin: Margin,
    /// Each metric once.
    pub constraints: Vec<Constraint>,
}

impl Constraints {
    /// The first constraint on a metric that is not among the figures: nobody would ever violate it.
    pub fn unmeasured(&self, figures: &[Figure]) -> Option<&Constraint> {
        let is_measured = |metric: &str| figures.iter().any(|figure| figure.metric == metric);
        let mut constraints = self.constraints.iter();
        constraints.find(|constraint| !is_measured(&constraint.metric))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_to_the_threshold_passes() {
        for comparison in Comparison::ALL {
            assert!(!comparison.violates(0.5, 0.5));
            assert!(!comparison.violates(f64::NAN, 0.5));
        }
        // The exact AUC of the churn sample, and SageMaker's.
        assert!(!Comparison::LessThan.violates(0.939_512_799_339_388_9, 0.939_512_799_339_389_8));
        assert!(Comparison::GreaterThan.violates(1e-15, 0.0));
        assert!(Comparison::LessThan.violates(0.499, 0.5));
        assert!(Comparison::GreaterThan.violates(0.501, 0.5));
    }

    #[test]
    fn comparisons_are_known_by_sagemakers_names_alone() {
        for comparison in Comparison::ALL {
            assert_eq!(Comparison::parse(comparison.as_str()), Some(comparison));
        }
        assert_eq!(Comparison::parse("lessthanthreshold"), None);
    }
}
