//! Constraints out of a baseline.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::constraint::{Comparison, Constraint, Constraints};
use crate::figure::Figure;
use crate::metric_name::metric_range;
use crate::problem::ProblemType;

/// How much worse than the baseline is still allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Margin {
    /// Nothing: SageMaker's way, where a baseline of 1.0 alarms at the first mistake.
    #[default]
    None,
    /// This share of the baseline's magnitude: 0.05 of 0.8 allows 0.76.
    Relative(f64),
    /// The worse end of the baseline's 95 % confidence interval; nothing where it has none.
    Interval,
}

/// Per cent beyond which a margin is taken for a mistake.
const MOST_PER_CENT: f64 = 1000.0;

/// Text that is no margin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no margin: give a percentage from 0% to 1000% such as `5%`, or `ci` for the baseline's 95 % confidence interval"
)]
pub struct BadMargin {
    text: String,
}

impl FromStr for Margin {
    type Err = BadMargin;

    /// `none`, `ci`, or a percentage.
    fn from_str(text: &str) -> Result<Self, BadMargin> {
        let trimmed = text.trim();
        match trimmed {
            "none" => return Ok(Self::None),
            "ci" => return Ok(Self::Interval),
            _ => {}
        }
        let per_cent: Option<f64> = trimmed
            .strip_suffix('%')
            .and_then(|number| number.trim_end().parse().ok());
        match per_cent {
            Some(per_cent) if (0.0..=MOST_PER_CENT).contains(&per_cent) => {
                Ok(Self::Relative(per_cent / 100.0))
            }
            _ => Err(BadMargin {
                text: text.chars().take(40).collect(),
            }),
        }
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Relative(share) => {
                let per_cent = share * 100.0;
                // 0.07 * 100 is 7.000000000000001: fewer digits where they are read as the same share.
                let short = (per_cent * 1e9).round() / 1e9;
                let told = if short / 100.0 == *share {
                    short
                } else {
                    per_cent
                };
                write!(f, "{told}%")
            }
            Self::Interval => f.write_str("ci"),
        }
    }
}

impl Margin {
    /// The threshold for a baseline, inside the range of the metric.
    fn threshold(self, value: f64, comparison: Comparison, figure: &Figure) -> f64 {
        let loosened = match (self, comparison, figure.interval) {
            (Self::None, ..) | (Self::Interval, _, None) => return value,
            (Self::Relative(share), Comparison::LessThan, _) if value >= 0.0 => {
                value * (1.0 - share)
            }
            (Self::Relative(share), Comparison::GreaterThan, _) if value >= 0.0 => {
                value * (1.0 + share)
            }
            (Self::Relative(share), Comparison::LessThan, _) => value * (1.0 + share),
            (Self::Relative(share), Comparison::GreaterThan, _) => value * (1.0 - share),
            (Self::Interval, Comparison::LessThan, Some(interval)) => interval.low,
            (Self::Interval, Comparison::GreaterThan, Some(interval)) => interval.high,
        };
        let (least, most) = metric_range(&figure.metric);
        // Finite even where the margin takes the largest numbers out of range.
        loosened.max(least).min(most).clamp(f64::MIN, f64::MAX)
    }
}

/// Constraints for SageMaker's metrics in its order (formats.md 7.1), each at the baseline's value or by the margin away
/// from it. A metric without a value gets none.
pub fn suggest(problem_type: ProblemType, baseline: &[Figure], margin: Margin) -> Constraints {
    let constraints = problem_type
        .constrained_metrics()
        .iter()
        .filter_map(|metric| {
            let figure = baseline.iter().find(|figure| figure.metric == *metric)?;
            // 0 divided by 0 says nothing about the model, and as a threshold it would alarm at anything.
            let value = figure.value.filter(|_| figure.reason.is_none())?;
            let comparison = Comparison::suggested(metric);
            Some(Constraint {
                metric: (*metric).to_owned(),
                threshold: margin.threshold(value, comparison, figure),
                comparison,
                baseline: Some(value),
                baseline_interval: figure.interval,
            })
        })
        .collect();
    Constraints {
        problem_type,
        margin,
        constraints,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::figure::Reason;
    use crate::interval::Interval;

    fn threshold(metric: &'static str, value: f64, margin: &str) -> f64 {
        let figure = Figure::new(metric, value, 100).within(Some(Interval {
            low: value - 0.25,
            high: value + 0.25,
        }));
        let problem_type = ProblemType::ALL
            .into_iter()
            .find(|problem_type| problem_type.is_sagemakers(metric))
            .unwrap();
        let margin = margin.parse().unwrap();
        suggest(problem_type, &[figure], margin).constraints[0].threshold
    }

    #[test]
    fn without_margin_the_threshold_is_the_value() {
        assert_eq!(
            threshold("auc", 0.9395127993393898, "none"),
            0.9395127993393898
        );
        assert_eq!(threshold("rmse", 1e300, "none"), 1e300);
    }

    #[test]
    fn a_relative_margin_loosens_by_a_share_of_the_magnitude() {
        assert_eq!(threshold("recall", 0.5, "50%"), 0.25);
        assert_eq!(threshold("false_positive_rate", 0.5, "50%"), 0.75);
        assert_eq!(threshold("r2", -2.0, "50%"), -3.0);
        assert_eq!(threshold("mse", 8.0, "25%"), 10.0);
    }

    #[test]
    fn a_margin_stays_inside_the_range_of_the_metric() {
        assert_eq!(threshold("false_negative_rate", 0.9, "50%"), 1.0);
        assert_eq!(threshold("recall", 0.5, "500%"), 0.0);
        assert_eq!(threshold("recall", 0.125, "ci"), 0.0);
        assert_eq!(threshold("mse", f64::MAX, "50%"), f64::MAX);
    }

    #[test]
    fn the_interval_gives_its_worse_end() {
        assert_eq!(threshold("recall", 0.5, "ci"), 0.25);
        assert_eq!(threshold("false_positive_rate", 0.5, "ci"), 0.75);
        assert_eq!(threshold("r2", 0.5, "ci"), 0.25);
    }

    #[test]
    fn a_metric_without_value_gets_no_constraint() {
        let baseline = [
            Figure::undefined("auc", 9, Reason::NoProbability),
            Figure::new("mcc", 0.5, 9),
            Figure::new("recall", 0.5, 9),
        ];
        let suggested = suggest(ProblemType::BinaryClassification, &baseline, Margin::None);
        let metrics: Vec<&str> = suggested
            .constraints
            .iter()
            .map(|c| c.metric.as_str())
            .collect();
        assert_eq!(metrics, ["recall"]);
    }

    #[test]
    fn margins_are_read_and_written() {
        for text in ["none", "ci", "5%", "0%", "12.5%", "7%", "1000%"] {
            let margin: Margin = text.parse().unwrap();
            assert_eq!(margin.to_string().parse(), Ok(margin), "{text}");
        }
        for text in ["", "5", "0.05", "-1%", "nan%", "inf%", "1001%", "%", "5%%"] {
            let message = text.parse::<Margin>().map_err(|error| error.to_string());
            assert!(
                message.is_err_and(|message| message.contains(&format!("`{text}` is no margin")))
            );
        }
    }
}
