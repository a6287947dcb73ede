//! When a window's labels count as in.

use groundline_engine::{RunRecord, RunState, WindowAccounts};
use groundline_store::{Hour, Window};

/// How complete the labels of a window must be, and how long they are waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelTarget {
    /// Share of the predictions that must have a label, 0 to 1.
    pub min_coverage: f64,
    /// Hours after the end of a window in which labels are waited for.
    pub max_age: i64,
    /// Rise of the coverage from which a window that is still waiting is measured again.
    pub restate_step: f64,
}

impl Default for LabelTarget {
    fn default() -> Self {
        Self {
            min_coverage: 0.95,
            max_age: 7 * 24,
            restate_step: 0.05,
        }
    }
}

/// What is to be done about an earlier execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// It stays as it is.
    Keep,
    /// Nothing has changed, and nothing is waited for any more.
    Settle,
    /// It is measured again.
    Restate,
}

impl LabelTarget {
    /// Whether labels of a window are still waited for at an hour.
    pub(crate) fn waits(&self, window: Window, accounts: &WindowAccounts, at: Hour) -> bool {
        // Captures may be on their way too.
        let nothing = accounts.predictions == 0;
        let coverage = coverage(accounts.labelled, accounts.predictions);
        self.is_young(window, at) && (nothing || coverage < self.min_coverage)
    }

    /// Whether a window ended so lately that anything is waited for.
    pub(crate) fn is_young(&self, window: Window, at: Hour) -> bool {
        at.since(window.to) < self.max_age
    }

    /// What has become of an earlier execution's window at an hour; `missing`: hours of it could not be written.
    pub(crate) fn revision(
        &self,
        run: &RunRecord,
        accounts: &WindowAccounts,
        missing: bool,
        at: Hour,
    ) -> Revision {
        let waits =
            self.waits(run.window, accounts, at) || (missing && self.is_young(run.window, at));
        // An execution that failed without any hour file has an empty hash, and is measured once there is one.
        if accounts.hash == run.hour_files || accounts.files == 0 {
            return match waits {
                true => Revision::Keep,
                false => Revision::Settle,
            };
        }
        let now = coverage(accounts.labelled, accounts.predictions);
        let grown = now - coverage(run.labelled, run.predictions) >= self.restate_step;
        let failed = matches!(run.state, RunState::Failed | RunState::Stopped);
        match !waits || grown || failed {
            true => Revision::Restate,
            false => Revision::Keep,
        }
    }
}

/// Without predictions nothing is covered: their captures may be on their way.
fn coverage(labelled: u64, predictions: u64) -> f64 {
    match predictions {
        0 => 0.0,
        predictions => labelled as f64 / predictions as f64,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn run(labelled: u64, hash: &str) -> RunRecord {
        let from = Hour::parse("2026-11-01T00").unwrap();
        RunRecord {
            model: "churn".into(),
            schedule: "hourly".into(),
            scheduled: from.plus(1),
            run_time: from.plus(1).micros(),
            window: Window::new(from, from.plus(1)).unwrap(),
            as_of: 0,
            state: RunState::Completed,
            problem_type: None,
            endpoint: None,
            message: String::new(),
            failure: None,
            violations: 0,
            predictions: 100,
            labelled,
            provisional: true,
            restatements: 0,
            folder: String::new(),
            hour_files: hash.into(),
            figures: Vec::new(),
            checks: Vec::new(),
        }
    }

    fn now(labelled: u64, hash: &str) -> WindowAccounts {
        WindowAccounts {
            files: 1,
            predictions: 100,
            labelled,
            hash: hash.into(),
        }
    }

    const TARGET: LabelTarget = LabelTarget {
        min_coverage: 0.9,
        max_age: 48,
        restate_step: 0.2,
    };

    fn at(age: i64, run: &RunRecord, now: &WindowAccounts) -> Revision {
        TARGET.revision(run, now, false, run.window.to.plus(age))
    }

    #[test]
    fn a_window_is_restated_when_its_coverage_has_grown_by_a_step() {
        let run = run(30, "a");
        assert_eq!(at(5, &run, &now(40, "b")), Revision::Keep);
        assert_eq!(at(5, &run, &now(50, "b")), Revision::Restate);
    }

    #[test]
    fn a_window_is_restated_when_nothing_is_waited_for_any_more() {
        let run = run(85, "a");
        assert_eq!(at(5, &run, &now(89, "b")), Revision::Keep);
        assert_eq!(at(5, &run, &now(90, "b")), Revision::Restate);
        assert_eq!(at(48, &run, &now(89, "b")), Revision::Restate);
    }

    #[test]
    fn a_window_that_did_not_change_is_settled_at_its_age() {
        let run = run(30, "a");
        assert_eq!(at(47, &run, &now(30, "a")), Revision::Keep);
        assert_eq!(at(48, &run, &now(30, "a")), Revision::Settle);
    }

    #[test]
    fn a_window_with_a_missing_hour_waits_for_it() {
        let run = run(95, "a");
        let at = |age: i64, missing: bool| {
            TARGET.revision(&run, &now(95, "a"), missing, run.window.to.plus(age))
        };
        assert_eq!(at(5, false), Revision::Settle);
        assert_eq!(at(5, true), Revision::Keep);
        assert_eq!(at(48, true), Revision::Settle);
    }

    #[test]
    fn a_failed_window_is_measured_once_it_has_hours() {
        let mut run = run(0, "");
        run.state = RunState::Failed;
        run.predictions = 0;
        let nothing = WindowAccounts::default();
        assert_eq!(at(5, &run, &nothing), Revision::Keep);
        assert_eq!(at(5, &run, &now(1, "b")), Revision::Restate);
        assert_eq!(at(48, &run, &nothing), Revision::Settle);
    }
}
