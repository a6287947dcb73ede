//! Why a file is no constraints.

use groundline_quality::{BadMargin, Comparison, ProblemType};
use thiserror::Error;

use super::{MOST_BYTES, MOST_CONSTRAINTS, key};

/// Why a file is no constraints. The caller adds which file.
#[derive(Debug, Error)]
pub enum ConstraintsError {
    #[error(
        "constraints of {bytes} bytes are more than the {MOST_BYTES} that are read; is this the right file?"
    )]
    TooLarge { bytes: usize },
    /// With line and column.
    #[error("the constraints are not JSON: {0}")]
    NotJson(String),
    #[error("the constraints are JSON, but no object")]
    NotAnObject,
    #[error(
        "none of the keys {} is there, but {found}; is this another file, such as statistics.json?",
        keys()
    )]
    NoConstraints { found: String },
    #[error(
        "both `{}` and `{}` are there, but a model is of one problem type; keep one of them",
        key(*.first),
        key(*.second)
    )]
    SeveralTypes {
        first: ProblemType,
        second: ProblemType,
    },
    #[error(
        "`{}` are constraints of {}, but the model is of {}; give the constraints of a baseline of this model, \
         or change its problem_type",
        key(*.found),
        .found.as_str(),
        .expected.as_str()
    )]
    OtherType {
        found: ProblemType,
        expected: ProblemType,
    },
    #[error("`{key}` must be a JSON object")]
    MemberNotAnObject { key: String },
    #[error(
        "the constraint on `{metric}` has {found} as comparison_operator; it must be \"{}\" or \"{}\"",
        Comparison::LessThan.as_str(),
        Comparison::GreaterThan.as_str()
    )]
    UnknownComparison { metric: String, found: String },
    #[error("the constraint on `{metric}` has {found} as threshold; it must be a number")]
    NoThreshold { metric: String, found: String },
    #[error(
        "the constraint on `{metric}` has the threshold {threshold}, but the metric is always {range}"
    )]
    ThresholdOutOfRange {
        metric: String,
        threshold: f64,
        range: String,
    },
    #[error("`{metric}` is constrained twice; keep one of them")]
    Twice { metric: String },
    #[error("{count} constraints are more than {MOST_CONSTRAINTS}")]
    TooMany { count: usize },
    #[error("`groundline.margin`: {0}")]
    Margin(BadMargin),
    #[error(
        "`groundline.baseline` has {found} of `{metric}`; it must be {{\"value\": number, \"interval\": {{\"low\": number, \"high\": number}}}}"
    )]
    Baseline { metric: String, found: String },
}

/// The three keys, for messages.
fn keys() -> String {
    ProblemType::ALL
        .map(|problem_type| format!("`{}`", key(problem_type)))
        .join(", ")
}
