//! What a cluster does not do, or did not.

/// Why a job did not run on a cluster.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A setting for which there is no distributed plan.
    #[error("{what} is not done on a cluster")]
    NotThere {
        what: &'static str,
        hint: &'static str,
    },

    /// What tasks must reach is on this machine alone.
    #[error("no other process can reach {what}")]
    Unreachable { what: String },

    /// The scheduler, an executor, or a task said no.
    #[error("{message}")]
    Failed {
        message: String,
        hint: Option<String>,
    },

    /// Rows that a job gave, or that its tasks gave each other, lay on an executor that is gone.
    #[error("rows are lost with the executor that held them: {why}")]
    Lost { why: String },

    /// The two ends are of different builds, which may write different bytes.
    #[error("the plan is of groundline {theirs}, this executor is groundline {ours}")]
    OtherBuild { theirs: String, ours: String },

    /// What was shipped cannot be understood.
    #[error("cannot understand {what}: {why}")]
    Garbled { what: &'static str, why: String },
}

impl ClusterError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotThere { hint, .. } => Some((*hint).to_owned()),
            Self::Unreachable { .. } => Some(
                "name a bucket, or a folder that every executor sees under the same path"
                    .to_owned(),
            ),
            Self::Failed { hint, .. } => hint.clone(),
            Self::OtherBuild { .. } => Some(
                "run the same build of groundline and groundline-cluster everywhere".to_owned(),
            ),
            Self::Lost { .. } => Some("run again".to_owned()),
            Self::Garbled { .. } => None,
        }
    }

    /// Whether the same job may well succeed.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::NotThere { .. } | Self::Unreachable { .. })
    }
}
