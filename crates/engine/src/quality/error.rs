//! What can go wrong where quality is measured.

use groundline_quality::ProblemType;

use super::report::Misfit;
use crate::error::ErrorKind;

/// Why nothing is measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QualityError {
    #[error("{what}: `{name}` is no column of `{files}`, which has {columns}{near}")]
    NoColumn {
        what: &'static str,
        name: String,
        files: String,
        near: String,
        columns: String,
    },

    #[error("no row of `{files}` has a value at the {what} `{name}`")]
    NoValue {
        what: &'static str,
        name: String,
        files: String,
    },

    #[error("{0}")]
    Missing(String),

    #[error("`{name}` has no rows to measure")]
    Empty { name: String },

    #[error("--by makes more than {limit} segments")]
    Segments { limit: usize },

    #[error("{}", told(.misfits, *.read, .problem_type.as_str()))]
    Misfits {
        misfits: Vec<Misfit>,
        read: u64,
        problem_type: ProblemType,
    },

    #[error("the kind of problem of `{name}` is not given")]
    NoProblemType { name: String },

    #[error("`{files}` has no column `hour` of times, by which --every and a window cut")]
    NoHour { files: String },

    #[error("rows have no `hour`, by which --every cuts")]
    NullHour,

    #[error("--by: `{name}` is too long for a name")]
    LongName { name: String },

    #[error("the metric of `{file}` {why}")]
    OwnMetric { file: String, why: String },

    #[error("the metric of `{file}`")]
    OwnMetricSql {
        file: String,
        source: Box<datafusion::error::DataFusionError>,
    },

    #[error(transparent)]
    Classes(#[from] groundline_quality::TooManyClasses),

    #[error("rows do not add up: {0}")]
    Open(String),
}

/// `3 of 201 rows have a label that fits no class, such as `maybe``
fn told(misfits: &[Misfit], read: u64, problem_type: &str) -> String {
    let each = misfits.iter().map(|misfit| {
        let what = match (misfit.kind.as_str(), problem_type) {
            ("line", _) => "no JSON object",
            ("probability", _) => "a probability that is no number from 0 to 1",
            ("label", "Regression") => "a label that is no number",
            ("prediction", "Regression") => "a prediction that is no number",
            ("label", _) => "a label that is neither class",
            _ => "a prediction that is neither class",
        };
        format!(
            "{} of {read} rows have {what}, such as `{}`",
            misfit.count, misfit.example
        )
    });
    each.collect::<Vec<_>>().join("; ")
}

impl QualityError {
    /// Which exit status it asks for.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty { .. } => ErrorKind::NoInput,
            Self::Open(_) | Self::Misfits { .. } | Self::Classes(_) => ErrorKind::Failed,
            _ => ErrorKind::Usage,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoColumn { columns, .. } if columns.contains(';') => {
                "its fields are separated by semicolons: write them with commas".to_owned()
            }
            Self::NoColumn { .. } => {
                "an attribute is a column's name, or its number from 0; in JSON Lines a path such as predictions[0].score"
                    .to_owned()
            }
            Self::Misfits {
                misfits,
                problem_type,
                ..
            } => {
                let classes = misfits.iter().any(|misfit| misfit.kind.as_str() != "probability");
                match (problem_type, classes) {
                    (ProblemType::BinaryClassification, true) => {
                        "name the classes with --positive-class and --negative-class, say --problem-type \
                         MulticlassClassification if there are more, or accept some with --max-rejects"
                            .to_owned()
                    }
                    (ProblemType::Regression, true) => {
                        "say --problem-type MulticlassClassification if these are classes, or accept some with \
                         --max-rejects"
                            .to_owned()
                    }
                    _ => "--probability-attribute must point at the probability of the positive class; accept some with \
                          --max-rejects"
                        .to_owned(),
                }
            }
            Self::NoProblemType { .. } => {
                "say --problem-type BinaryClassification, MulticlassClassification or Regression".to_owned()
            }
            Self::NullHour => "leave these rows out, or leave out --every".to_owned(),
            Self::LongName { .. } => "give it one with AS, as in --by \"lower(plan) AS plan\"".to_owned(),
            Self::Segments { .. } => {
                "cut by something that few rows share, such as a variant or a plan; for more, GROUP BY in `groundline sql`"
                    .to_owned()
            }
            Self::OwnMetric { .. } => {
                "a metric is a query over `merged` that returns metric (text), value (a number) and, if it likes, segment \
                 (text)"
                    .to_owned()
            }
            Self::NoHour { .. } => "leave out --every, --from and --to, or give the hour files of a merge with --in".to_owned(),
            _ => return None,
        })
    }
}
