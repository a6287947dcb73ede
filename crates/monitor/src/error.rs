//! What keeps an execution from being measured, in words that a user can act on.

use groundline_engine::EngineError;
use groundline_store::{StoreError, Window};

use crate::period::PeriodError;

/// Why an execution could not be measured, published or recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    #[error(transparent)]
    Engine(#[from] EngineError),

    /// A constraint on a metric that nobody measures would be kept for ever.
    #[error("a constraint is on `{metric}`, which nothing measures")]
    Unmeasured {
        metric: String,
        /// Names of what was measured.
        measured: Vec<String>,
    },

    #[error(transparent)]
    Period(#[from] PeriodError),

    #[error(
        "another run wrote hours of {} to {} while they were measured; the next run measures them again",
        window.from,
        window.to
    )]
    Overlapped { window: Window },

    #[error("there is no such schedule")]
    NoSchedule,

    /// No hour file and no execution.
    #[error("`{out}` has no hour file and no execution of `{model}`{}", .window.as_ref().map_or_else(String::new, |window| format!(" in {window}")))]
    NothingToReport {
        model: String,
        out: String,
        window: Option<String>,
        /// Hours before and after the window that have a file.
        nearest: Vec<groundline_store::Hour>,
    },

    #[error("no execution of the schedule `{schedule}` ends in {window}")]
    NoExecutions {
        schedule: String,
        window: String,
        /// Schedules that have some.
        known: Vec<String>,
    },

    #[error("nothing of `{model}` was measured")]
    NothingMeasured { model: String },
}

impl MonitorError {
    /// The error and what is below it, in one line.
    pub fn told(&self) -> String {
        let mut told = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(error) = next {
            let text = error.to_string();
            if !told.contains(&text) {
                told = format!("{told}: {text}");
            }
            next = error.source();
        }
        told
    }
}

impl From<StoreError> for MonitorError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}
