//! Executions of schedules.

use groundline_quality::RunState;

use super::Span;

/// One execution of a schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub schedule: String,
    /// Microseconds since the epoch, UTC.
    pub scheduled: i64,
    /// Hours of predictions that were measured.
    pub window: Span,
    pub state: RunState,
    /// Constraints that were violated by their value.
    pub violations: u64,
    /// Share of the window's predictions that had a label, 0 to 1.
    pub coverage: Option<f64>,
    /// Labels of the window were not in yet.
    pub provisional: bool,
    /// 0 for the first time, one more each time the window was measured again.
    pub revision: u64,
    /// Why it failed or was stopped.
    pub message: Option<String>,
}
