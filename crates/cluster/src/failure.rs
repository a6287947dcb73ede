//! What stops a scheduler or an executor, and errors on their way from a task to the client: Ballista makes text of
//! them, so ours travel in it as a few letters that nothing quotes or cuts.

use std::error::Error;

use ballista_core::error::BallistaError;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use datafusion::error::DataFusionError;
use groundline_engine::{ClusterError, EngineError};
use serde::{Deserialize, Serialize};

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

/// What a person cannot have done wrong.
pub(crate) fn unreadable(what: &str) -> ClusterError {
    ClusterError::Garbled {
        what: "the name of a task",
        why: format!("`{what}` says no attempt"),
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

/// An error of a task as the client tells it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shipped {
    message: String,
    hint: Option<String>,
    /// [`ClusterError::Lost`].
    lost: bool,
}

/// Around what is shipped. Neither these nor base64 have letters that a quoted text escapes.
const OPEN: &str = "<groundline-error ";
const CLOSE: char = '>';
/// Bytes of a message: more is told by nobody.
const LONGEST: usize = 4000;

/// An error of a task in a form that survives. Those that Ballista mends, such as rows that a lost executor held, stay
/// what they are; what a store refuses only for now becomes one that Ballista tries again.
pub(crate) fn shipped(error: DataFusionError) -> DataFusionError {
    let found = find(&error);
    let (message, ours) = match found {
        Found::Ballistas => return error,
        Found::Ours(ours) => (chain(ours), Some(ours)),
        Found::Other => (chain(error.find_root()), None),
    };
    let lost = matches!(ours, Some(EngineError::Cluster(error)) if error.is_lost());
    let transient = ours.is_some_and(EngineError::is_transient);
    let error = Shipped {
        hint: ours.and_then(EngineError::hint),
        message: cut(&message).to_owned(),
        lost,
    };
    let Ok(json) = serde_json::to_vec(&error) else {
        return DataFusionError::Execution(error.message);
    };
    let text = format!(
        "{} {OPEN}{}{CLOSE}",
        error.message,
        BASE64_URL_SAFE_NO_PAD.encode(json)
    );
    match transient {
        true => DataFusionError::IoError(std::io::Error::other(text)),
        false => DataFusionError::Execution(text),
    }
}

/// Not more than anybody reads.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST))
        .unwrap_or(text)
}

enum Found<'a> {
    /// Ballista knows what to do.
    Ballistas,
    Ours(&'a EngineError),
    Other,
}

fn find(error: &DataFusionError) -> Found<'_> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(ours) = error.downcast_ref::<EngineError>() {
            return Found::Ours(ours);
        }
        if matches!(error.downcast_ref(), Some(DataFusionError::IoError(_))) {
            return Found::Ballistas;
        }
        // Ballista's errors do not tell what is below them.
        next = match error.downcast_ref::<BallistaError>() {
            Some(BallistaError::DataFusionError(below)) => Some(below.as_ref()),
            Some(
                BallistaError::FetchFailed(..)
                | BallistaError::IoError(_)
                | BallistaError::Cancelled,
            ) => return Found::Ballistas,
            _ => error.source(),
        };
    }
    Found::Other
}

/// Why a job failed, of the text that Ballista made of it.
pub(crate) fn job_failed(text: &str) -> ClusterError {
    match arrived(text) {
        Some(error) if error.lost => ClusterError::Lost { why: error.message },
        Some(error) => ClusterError::Failed {
            hint: where_it_ran(&error.message, error.hint),
            message: format!("the cluster gave up the job: {}", error.message),
        },
        None => {
            let text = cut(text.trim());
            let hint = ["no executor", "No executors"]
                .iter()
                .any(|word| text.contains(word))
                .then_some(
                    "start executors with groundline-cluster executor, or look at why they ended",
                );
            failed(format!("the cluster gave up the job: {text}"), hint)
        }
    }
}

fn arrived(text: &str) -> Option<Shipped> {
    let (_, rest) = text.split_once(OPEN)?;
    let (letters, _) = rest.split_once(CLOSE)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(letters).ok()?;
    serde_json::from_slice(&json).ok()
}

/// A hint for the process that had the error: an executor may not reach what the client could list.
fn where_it_ran(message: &str, hint: Option<String>) -> Option<String> {
    let of_stores = ["credential", "AccessDenied", "cannot reach", "is not there"];
    if !of_stores.iter().any(|word| message.contains(word)) {
        return hint;
    }
    let executors =
        "executors use their own credentials and settings: give them what this command has";
    Some(match hint {
        Some(hint) => format!("{executors}, or, for them: {hint}"),
        None => executors.to_owned(),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use ballista_core::serde::protobuf::FailedTask;
    use ballista_core::serde::protobuf::failed_task::FailedReason;
    use groundline_engine::BackfillError;

    use super::*;

    /// What the scheduler makes of a task's error.
    fn failed_task(error: DataFusionError) -> FailedTask {
        FailedTask::from(BallistaError::from(shipped(error)))
    }

    #[test]
    fn an_error_of_ours_arrives_as_it_was() {
        let hint = "say \"hello\"\nand (go)".to_owned();
        let ours = EngineError::from(ClusterError::Failed {
            message: "a 'quoted' <name> (output 3)".to_owned(),
            hint: Some(hint.clone()),
        });
        let wrapped = DataFusionError::Shared(Arc::new(
            DataFusionError::from(ours).context("while it sorts"),
        ));
        let failure = job_failed(&format!("{:?}", failed_task(wrapped).error));
        let wanted = "the cluster gave up the job: a 'quoted' <name> (output 3)";
        assert_eq!(failure.to_string(), wanted);
        assert_eq!(failure.hint(), Some(hint));
    }

    #[test]
    fn a_lost_job_is_told_apart() {
        let why = "a second time".to_owned();
        let lost = EngineError::from(ClusterError::Lost { why });
        let failure = job_failed(&failed_task(lost.into()).error);
        assert!(matches!(failure, ClusterError::Lost { .. }), "{failure}");
    }

    #[test]
    fn what_a_store_refuses_for_now_is_tried_again_and_other_errors_are_not() {
        let refused = std::io::Error::from(std::io::ErrorKind::TimedOut);
        let again = failed_task(DataFusionError::IoError(refused));
        assert!(again.retryable && again.count_to_failures);
        let lasting = failed_task(EngineError::TooManyEncodings.into());
        assert!(!lasting.retryable);
        let backfill = EngineError::Backfill(Box::new(BackfillError::WrittenByAnother {
            key: "x".to_owned(),
        }));
        assert!(backfill.is_transient());
        let again = failed_task(backfill.into());
        assert!(again.retryable && again.count_to_failures);
        let failure = job_failed(&again.error).to_string();
        assert!(failure.contains("`x`"), "{failure}");
    }

    #[test]
    fn rows_that_a_lost_executor_held_are_ballistas_to_mend() {
        let lost = BallistaError::FetchFailed("executor".into(), 3, 4, "gone".into());
        let task = failed_task(DataFusionError::External(Box::new(lost)).context("join"));
        let reason = task.failed_reason.unwrap();
        assert!(
            matches!(reason, FailedReason::FetchPartitionError(_)),
            "{reason:?}"
        );
    }

    #[test]
    fn a_long_error_is_cut_between_letters() {
        let long = "ä".repeat(LONGEST);
        let failure = job_failed(&failed_task(DataFusionError::Execution(long)).error);
        assert!(failure.to_string().len() < LONGEST + 100);
        job_failed(&format!("{OPEN}no base64!{CLOSE}"));
    }
}
