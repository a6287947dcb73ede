//! What an execution's record says, from what was measured.

use groundline_engine::{RunCheck, RunFigure, RunRecord, RunState, WindowAccounts};

use groundline_store::{Hour, Window};

use crate::execution::Execution;
use crate::message::{MOST_CHARACTERS, completed};

/// The record of a run of which nothing is known yet; times are microseconds since the epoch.
pub(crate) fn blank(model: &str, schedule: &str, run_time: i64, window: Window) -> RunRecord {
    RunRecord {
        model: model.to_owned(),
        schedule: schedule.to_owned(),
        scheduled: Hour::from_micros(run_time),
        run_time,
        window,
        as_of: as_of(Hour::from_micros(run_time)),
        state: RunState::Failed,
        problem_type: None,
        endpoint: None,
        message: String::new(),
        failure: None,
        violations: 0,
        predictions: 0,
        labelled: 0,
        provisional: false,
        restatements: 0,
        folder: String::new(),
        hour_files: String::new(),
        figures: Vec::new(),
        checks: Vec::new(),
    }
}

/// Up to when a run of an hour sees labels: those of the folders that had begun before it, which no longer fill.
pub(crate) fn as_of(at: Hour) -> i64 {
    at.micros().saturating_sub(1)
}

/// Puts in what the hour files come to.
pub(crate) fn count(record: &mut RunRecord, accounts: &WindowAccounts) {
    record.predictions = accounts.predictions;
    record.labelled = accounts.labelled;
}

/// Puts in what was measured of the hour files of a hash; `folder` is where SageMaker's files were written.
pub(crate) fn say(record: &mut RunRecord, run: &Execution, hash: &str, folder: &str) {
    hash.clone_into(&mut record.hour_files);
    let violations = run.violations();
    record.state = match violations {
        0 => RunState::Completed,
        _ => RunState::CompletedWithViolations,
    };
    record.problem_type = Some(run.problem_type);
    record.message = completed(violations);
    record.violations = violations as u64;
    folder.clone_into(&mut record.folder);
    record.figures = run.group.figures().map(RunFigure::from).collect();
    let checks = run.checks.iter();
    record.checks = checks
        .map(|check| RunCheck::new(check, run.honest))
        .collect();
}

/// What it said at first is kept beside what it says now.
pub(crate) fn remember(record: &mut RunRecord, before: &RunRecord) {
    for figure in &mut record.figures {
        let old = before
            .figures
            .iter()
            .find(|old| old.metric == figure.metric);
        let first = old.and_then(|old| old.first.or(old.value));
        figure.first = first.filter(|first| Some(*first) != figure.value);
    }
    for check in &mut record.checks {
        let old = before.checks.iter().find(|old| old.metric == check.metric);
        let first = old.map(|old| old.first_violated.unwrap_or(old.violated));
        check.first_violated = first.filter(|first| *first != check.violated);
    }
}

/// Nothing could be measured. Without a hash of hour files the next run tries again.
pub(crate) fn fail(record: &mut RunRecord, why: &str) {
    record.hour_files.clear();
    record.state = RunState::Failed;
    record.message = shortened(&format!("Failed: {why}"));
    record.failure = Some(shortened(why));
    record.violations = 0;
    record.folder.clear();
    record.figures.clear();
    record.checks.clear();
}

/// Its first line or lines, as much as SageMaker keeps.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS - 1) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_no_longer_than_sagemaker_keeps() {
        let long = "é".repeat(5_000);
        assert_eq!(shortened(&long).chars().count(), MOST_CHARACTERS);
        assert_eq!(shortened("short"), "short");
    }
}
