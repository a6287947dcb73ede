//! What stops a scheduler or an executor, and what jobs say when they fail.

use ballista_core::error::BallistaError;
use groundline_engine::ClusterError;

/// Why a node ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeError {
    #[error("cannot listen at {address}")]
    Listen {
        address: String,
        source: std::io::Error,
    },

    #[error("cannot use the folder `{folder}` for what is shuffled")]
    Folder {
        folder: String,
        source: std::io::Error,
    },

    #[error("the {node} ended: {why}")]
    Ended { node: &'static str, why: String },
}

impl NodeError {
    pub(crate) fn ended(node: &'static str, error: &BallistaError) -> Self {
        Self::Ended {
            node,
            why: error.to_string(),
        }
    }
}

/// An error in words, with what to do about it where that is known.
pub(crate) fn failed(message: impl Into<String>, hint: Option<&str>) -> ClusterError {
    ClusterError::Failed {
        message: message.into(),
        hint: hint.map(str::to_owned),
    }
}

/// What a job says that failed: of Ballista's text, which wraps the same error many times, what a person needs.
pub(crate) fn job_failed(text: &str) -> ClusterError {
    let cause = innermost(text);
    let hint = if cause.contains("executor is groundline") {
        Some("run the same build of groundline and groundline-cluster everywhere")
    } else if text.contains("no executor") || text.contains("No executors") {
        Some("start executors with groundline-cluster executor, or look at why they ended")
    } else if ["credential", "AccessDenied", "cannot reach", "is not there"]
        .iter()
        .any(|word| cause.contains(word))
    {
        Some("executors use their own credentials and settings: give them what this command has")
    } else {
        None
    };
    failed(format!("the cluster gave up the job: {cause}"), hint)
}

/// The text behind the wrappings that say nothing.
fn innermost(text: &str) -> String {
    let mut rest = text.trim();
    let known = [
        "Job failed due to stage ",
        "Task failed due to runtime execution error: ",
        "DataFusionError(",
        "DataFusion error: ",
        "Shared(",
        "Execution(\"",
        "External(",
        "External error: ",
        "General(\"",
        "Arrow error: ",
        "Execution error: ",
    ];
    // Each is looked for anywhere, because stage and task numbers stand between them.
    for wrapping in known {
        while let Some(at) = rest.find(wrapping) {
            rest = rest.get(at + wrapping.len()..).unwrap_or_default();
        }
    }
    let rest = rest.trim_end_matches(['"', ')', ' ', '\n']);
    const LONGEST: usize = 2000;
    let end = rest.floor_char_boundary(LONGEST);
    rest.get(..end)
        .unwrap_or_default()
        .replace("\\n", " ")
        .replace("\\\"", "\"")
}
