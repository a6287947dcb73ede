//! Whether the model does what it should, from the last execution that can say so, or of the whole period.

use groundline_engine::RunRecord;
use groundline_quality::{Check, Constraints, Figure, LEAST_ROWS, Measured, Outcome, check};
use groundline_report::page::{RunState, Verdict};

use super::limits::constraint;
use super::span::{span, told};
use crate::error::MonitorError;
use crate::execution::refuse_unmeasured;

/// The whole period, held against constraints.
pub(super) fn of_period(
    constraints: &Constraints,
    measured: &Measured,
    provisional: bool,
) -> Result<Verdict, MonitorError> {
    refuse_unmeasured(constraints, &measured.figures)?;
    let checks = check(constraints, &measured.figures, LEAST_ROWS);
    let violated = checks.iter().any(|check| check.violated);
    Ok(Verdict {
        state: Some(match violated {
            true => RunState::CompletedWithViolations,
            false => RunState::Completed,
        }),
        window: None,
        provisional,
        message: None,
        checks,
    })
}

/// The last execution that completed and has a value for any of its constraints; where none has, the last that
/// completed; where none did, the last.
pub(super) fn of_runs(runs: &[&RunRecord], notes: &mut Vec<String>) -> Verdict {
    let completed = || runs.iter().rev().filter(|run| run.state.is_completed());
    let says = |run: &&&RunRecord| checks(run).iter().any(says_something);
    let Some(run) = completed().find(says).or_else(|| completed().next()) else {
        let last = runs.last();
        return last.map_or_else(Verdict::default, |run| Verdict {
            state: Some(run.state),
            window: Some(span(run.window)),
            provisional: run.provisional,
            message: Some(run.failure.clone().unwrap_or_else(|| run.message.clone())),
            checks: Vec::new(),
        });
    };
    let later = completed().take_while(|later| later.window != run.window);
    match later.count() {
        0 => {}
        1 => notes.push(
            "The verdict is of the last window but one: in the last no constraint has a value yet"
                .to_owned(),
        ),
        later => notes.push(format!(
            "The verdict is of the window {}: in the {later} windows after it no constraint has a value yet",
            told(run.window)
        )),
    }
    Verdict {
        state: Some(run.state),
        window: Some(span(run.window)),
        provisional: run.provisional,
        message: None,
        checks: checks(run),
    }
}

fn says_something(check: &Check) -> bool {
    check
        .figure
        .as_ref()
        .is_some_and(|figure| figure.value.is_some())
}

/// The checks of an execution, with the figures that they were of.
fn checks(run: &RunRecord) -> Vec<Check> {
    let checks = run.checks.iter().filter_map(|check| {
        let mut figures = run.figures.iter();
        let found = figures.find(|figure| figure.metric == check.metric);
        Some(Check {
            constraint: constraint(check)?,
            figure: found.map(Figure::from),
            violated: check.violated,
            outcome: Outcome::parse(&check.outcome).unwrap_or(Outcome::InsufficientEvidence),
        })
    });
    checks.collect()
}
