//! What can go wrong when hours are written by plan.

use crate::error::EngineError;

/// An error of a backfill.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackfillError {
    #[error(
        "the plan is not that of now: {count} inputs changed since it was made, such as {changes}"
    )]
    PlanChanged { count: usize, changes: String },

    #[error("the plan is for the output `{pinned}`, and --out is `{out}`")]
    OtherOutput { out: String, pinned: String },

    #[error("another run replaced `{key}` while it was written here")]
    WrittenByAnother { key: String },
}

impl BackfillError {
    /// What to do next.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::OtherOutput { .. } => "write it as it was when the plan was made",
            Self::PlanChanged { .. } => "make a plan anew with --dry-run --plan-out FILE",
            Self::WrittenByAnother { .. } => "run the backfill again when the other has ended",
        }
    }
}

impl From<BackfillError> for EngineError {
    fn from(error: BackfillError) -> Self {
        Self::Backfill(Box::new(error))
    }
}
