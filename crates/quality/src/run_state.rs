//! How an execution of a monitoring schedule ended.

use std::fmt;

use serde::Serialize;

/// SageMaker's states of an execution that has ended (formats.md 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum RunState {
    Completed,
    CompletedWithViolations,
    Failed,
    Stopped,
}

impl RunState {
    /// From the best to the worst.
    pub const ALL: [Self; 4] = [
        Self::Completed,
        Self::CompletedWithViolations,
        Self::Failed,
        Self::Stopped,
    ];

    /// SageMaker's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "Completed",
            Self::CompletedWithViolations => "CompletedWithViolations",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
        }
    }

    /// The state of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether something was measured.
    pub fn is_completed(self) -> bool {
        matches!(self, Self::Completed | Self::CompletedWithViolations)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
