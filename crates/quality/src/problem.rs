//! The three kinds of model quality.

use serde::{Deserialize, Serialize};

/// The three kinds of model quality (formats.md 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProblemType {
    BinaryClassification,
    MulticlassClassification,
    Regression,
}

impl ProblemType {
    /// Every type.
    pub const ALL: [Self; 3] = [
        Self::BinaryClassification,
        Self::MulticlassClassification,
        Self::Regression,
    ];

    /// SageMaker's name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BinaryClassification => "BinaryClassification",
            Self::MulticlassClassification => "MulticlassClassification",
            Self::Regression => "Regression",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::BinaryClassification,
            Self::MulticlassClassification,
            Self::Regression,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }

    /// The beginning of the keys `…_metrics` and `…_constraints` of SageMaker's files (formats.md 6, 7.1).
    pub fn key(self) -> &'static str {
        match self {
            Self::BinaryClassification => "binary_classification",
            Self::MulticlassClassification => "multiclass_classification",
            Self::Regression => "regression",
        }
    }
}
