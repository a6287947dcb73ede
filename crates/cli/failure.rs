//! Why a command stops: what failed, the causes below it, and what to do next.

use std::error::Error;

use groundline_engine::{EngineError, ErrorKind};
use groundline_monitor::MonitorError;

use crate::exit::ExitStatus;
use crate::suggest::did_you_mean;

/// A failure as the user reads it: `error: message`, its causes, then `hint:` lines.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: ExitStatus,
    pub(crate) message: String,
    pub(crate) causes: Vec<String>,
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// Arguments, environment or configuration are wrong (status 2).
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::Usage, message.into())
    }

    /// The work failed (status 1).
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::Failed, message.into())
    }

    fn new(status: ExitStatus, message: String) -> Self {
        Self {
            status,
            message,
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Says what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds an error and everything below it as causes.
    pub(crate) fn because(mut self, cause: &dyn Error) -> Self {
        self.add_cause(cause);
        self
    }

    /// Puts this failure under a message that says what was being done.
    pub(crate) fn while_doing(mut self, message: impl Into<String>) -> Self {
        let what = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, what);
        self
    }

    fn add_cause(&mut self, cause: &dyn Error) {
        let mut next = Some(cause);
        while let Some(error) = next {
            let text = error.to_string();
            // A transparent wrapper and its source say the same words.
            let said = self.causes.last().unwrap_or(&self.message);
            if !text.is_empty() && !said.contains(&text) {
                self.causes.push(text);
            }
            next = error.source();
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let status = match error.kind() {
            ErrorKind::Usage => ExitStatus::Usage,
            ErrorKind::NoInput => ExitStatus::NoInput,
            ErrorKind::Failed => ExitStatus::Failed,
        };
        let mut failure = Self::new(status, error.to_string());
        if let Some(source) = error.source() {
            failure.add_cause(source);
        }
        failure.hints.extend(error.hint());
        failure
    }
}

impl From<MonitorError> for Failure {
    fn from(error: MonitorError) -> Self {
        match error {
            MonitorError::Engine(error) => error.into(),
            MonitorError::Unmeasured {
                ref metric,
                ref measured,
            } => {
                let near = did_you_mean(metric, measured.iter().map(String::as_str));
                Self::usage(format!("{error}{near}")).hint(
                    "a metric of your own is a statement in --metrics-dir, and has no segment here",
                )
            }
            MonitorError::NothingToReport { ref nearest, .. } => {
                let mut failure = Self::failed(error.to_string());
                failure.status = ExitStatus::NoInput;
                let hours: Vec<String> = nearest.iter().map(ToString::to_string).collect();
                match hours.is_empty() {
                    true => failure,
                    false => failure.hint(format!(
                        "the nearest hours that are there: {}",
                        hours.join(", ")
                    )),
                }
            }
            MonitorError::NoExecutions {
                ref schedule,
                ref known,
                ..
            } => {
                let near = did_you_mean(schedule, known.iter().map(String::as_str));
                Self::usage(format!("{error}{near}")).hint(match known.is_empty() {
                    true => "no schedule has executions there: leave out --schedule".to_owned(),
                    false => format!("there are executions of {}", known.join(", ")),
                })
            }
            error => Self::failed(error.to_string()).because(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read `a.jsonl`")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("permission denied")]
    struct Inner;

    #[test]
    fn causes_are_listed_outermost_first_and_once() {
        let failure = Failure::failed("statement 2 of 3 failed").because(&Outer(Inner));
        assert_eq!(
            failure.causes,
            ["cannot read `a.jsonl`", "permission denied"]
        );

        let repeated = Failure::failed("cannot open: permission denied").because(&Inner);
        assert!(repeated.causes.is_empty());
    }

    #[test]
    fn what_was_being_done_comes_first() {
        let failure = Failure::usage("no such table")
            .because(&Inner)
            .while_doing("statement 1 failed");
        assert_eq!(failure.message, "statement 1 failed");
        assert_eq!(failure.causes, ["no such table", "permission denied"]);
        assert_eq!(failure.status, ExitStatus::Usage);
    }
}
