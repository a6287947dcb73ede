//! Why a job of a container fails.

use groundline_engine::{EngineError, ErrorKind};
use groundline_report::ConstraintsError;
use groundline_store::StoreError;

use super::environment::VariableError;

/// A failure of a job: what, where, and [what to do](ContainerError::hints).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    #[error(transparent)]
    Variable(#[from] VariableError),

    #[error(transparent)]
    Engine(Box<EngineError>),

    #[error(transparent)]
    Store(Box<StoreError>),

    #[error("cannot use {what}")]
    Io {
        what: String,
        source: std::io::Error,
    },

    /// Nothing to join or to measure below a folder.
    #[error("no {what}: `{folder}` ({variable}) {found}")]
    Nothing {
        what: &'static str,
        variable: &'static str,
        folder: String,
        /// `has 3 files in 2 hours from … to …`
        found: String,
        hints: Vec<String>,
    },

    /// Captures and labels, and none of them belong together.
    #[error("no matches: {told}")]
    NoMatches { told: String, hints: Vec<String> },

    #[error("hour {hour} of `{place}`{others} was not written: {why}")]
    Hour {
        hour: String,
        place: String,
        /// ` and 2 others`, or nothing.
        others: String,
        why: String,
        hint: Option<String>,
    },

    #[error("`output_path` is `{output}`, which lies in `{variable}` (`{folder}`)")]
    OutputInside {
        output: String,
        variable: &'static str,
        folder: String,
    },

    #[error("{count} lines are no merged records; `{file}:{line}` {why}")]
    Lines {
        count: u64,
        file: String,
        line: u64,
        why: String,
    },

    #[error("{count} records have a label for another number of records, for example {example}")]
    Lengths {
        count: u64,
        example: String,
        hint: String,
    },

    #[error("`{file}` is compressed; merged records are read as plain JSON Lines")]
    Compressed { file: String },

    #[error("the constraints `{file}` (baseline_constraints)")]
    Constraints {
        file: String,
        source: ConstraintsError,
    },

    #[error("`{file}` (baseline_constraints) constrains `{metric}`, which nothing measures")]
    Unmeasured { file: String, metric: String },

    #[error("no row has both a label and a prediction, of {read} in `{folder}` (dataset_source)")]
    NothingMeasured { read: u64, folder: String },
}

impl From<EngineError> for ContainerError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl From<StoreError> for ContainerError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl ContainerError {
    /// Which exit status it asks for.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Variable(_) | Self::OutputInside { .. } | Self::Constraints { .. } => {
                ErrorKind::Usage
            }
            Self::Unmeasured { .. } => ErrorKind::Usage,
            Self::Engine(error) => error.kind(),
            Self::Nothing { .. } => ErrorKind::NoInput,
            _ => ErrorKind::Failed,
        }
    }

    /// What to do about it.
    pub fn hints(&self) -> Vec<String> {
        let hint = |text: &str| vec![text.to_owned()];
        match self {
            Self::Variable(error) => vec![error.hint.clone()],
            Self::Engine(error) => error.hint().into_iter().collect(),
            Self::Nothing { hints, .. } | Self::NoMatches { hints, .. } => hints.clone(),
            Self::Hour { hint, .. } => hint.iter().cloned().collect(),
            Self::OutputInside { .. } => {
                hint("give it a folder of its own, such as /opt/ml/processing/output")
            }
            Self::Lines { .. } => hint(
                "a merged record is a line of JSON with groundTruthData and captureData, as the merge job writes it; accept \
                 some with the variable GROUNDLINE_MAX_REJECTS",
            ),
            Self::Lengths { hint, .. } => vec![hint.clone()],
            Self::Compressed { .. } => {
                hint("decompress it, or merge again with `groundline container merge`")
            }
            Self::Constraints { .. } => hint(
                "it is the constraints.json of a baseline job, which SageMaker puts below /opt/ml/processing/baseline/constraints",
            ),
            Self::Unmeasured { .. } => hint(
                "a metric of your own is a statement in the folder of the variable GROUNDLINE_METRICS_DIR; else take the \
                 constraint away",
            ),
            Self::NothingMeasured { .. } => hint(
                "check inference_attribute, probability_attribute and ground_truth_attribute against one of the lines",
            ),
            Self::Store(_) | Self::Io { .. } => Vec::new(),
        }
    }
}
