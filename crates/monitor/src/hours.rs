//! The hour files that executions rest on: brought up to date before anything is measured.

use std::collections::BTreeSet;
use std::sync::Arc;

use groundline_engine::{
    BackfillOptions, BackfillPlan, HourDone, MergeOptions, Progress, Silent, Stop, UnmatchedLimits,
    WindowAccounts, WindowHours,
};
use groundline_store::{Hour, Stores, Window};

use crate::error::MonitorError;

/// What came of bringing some windows up to date.
#[derive(Debug, Default)]
pub(crate) struct HoursDone {
    spans: Vec<Span>,
    /// Of those that were not written: the hour, where, and why.
    failed: Vec<(Hour, String)>,
    pub(crate) interrupted: bool,
}

/// Neighbouring hours that were brought up to date together.
#[derive(Debug)]
struct Span {
    window: Window,
    hours: WindowHours,
    /// What stopped the model as a whole.
    failure: Option<String>,
    /// Why there is no input: what was looked at, and the nearest hours.
    no_input: Option<String>,
}

/// Writes what is missing, stale or label-stale in the windows, and nothing between them.
pub(crate) async fn bring_up_to_date(
    merge: &MergeOptions,
    windows: &[Window],
    now_micros: i64,
    stop: &Stop,
    progress: &Arc<dyn Progress>,
) -> Result<HoursDone, MonitorError> {
    let mut done = HoursDone::default();
    for window in joined(windows) {
        let options = BackfillOptions {
            merge: MergeOptions {
                window: Some(window),
                // Why labels match nothing is a merge's to tell.
                unmatched: UnmatchedLimits {
                    nearest: 0,
                    elsewhere: 0,
                },
                ..merge.clone()
            },
            now_micros,
            settle_micros: 0,
            // Captures that come after the run make the hour stale, and its windows are measured again.
            include_open: true,
            shard: None,
            verify: false,
            jobs: None,
            fail_fast: false,
        };
        let mut plan = BackfillPlan::list(&options).await?;
        plan.look_up(Arc::new(Silent)).await?;
        let planned = plan.report();
        let report = plan.run(stop, Arc::clone(progress)).await?;
        let (mut failure, mut no_input) = (None, None);
        for model in &report.models {
            failure = failure.or_else(|| model.failure.clone());
            no_input = no_input.or_else(|| model.no_input.clone());
            for hour in &model.hours {
                done.note(hour)?;
            }
        }
        done.interrupted |= report.interrupted;
        let stores = &merge.resources.stores;
        let hours = match planned.models.first() {
            Some(states) => WindowHours::read(stores, &merge.out, states).await?,
            None => WindowHours::default(),
        };
        done.spans.push(Span {
            window,
            hours,
            failure,
            no_input,
        });
    }
    Ok(done)
}

impl HoursDone {
    fn note(&mut self, hour: &HourDone) -> Result<(), MonitorError> {
        if let Some(why) = &hour.failure {
            let place = format!("{}/{} {}: {why}", hour.endpoint, hour.variant, hour.hour);
            self.failed.push((Hour::parse(&hour.hour)?, place));
        }
        Ok(())
    }

    fn span(&self, window: Window) -> Option<&Span> {
        let around = |of: &Window| of.from <= window.from && window.to <= of.to;
        self.spans.iter().find(|span| around(&span.window))
    }

    /// What the hour files of a window come to.
    pub(crate) fn accounts(&self, window: Window) -> WindowAccounts {
        self.span(window)
            .map(|span| span.hours.accounts(window))
            .unwrap_or_default()
    }

    /// Whether the hour files of a window are still those of the accounts.
    pub(crate) async fn are_there(
        &self,
        stores: &Stores,
        out: &str,
        window: Window,
    ) -> Result<bool, MonitorError> {
        match self.span(window) {
            Some(span) => Ok(span.hours.are_there(stores, out, window).await?),
            None => Ok(true),
        }
    }

    /// Endpoints that have hour files in a window, or else in any.
    pub(crate) fn endpoints(&self, window: Window) -> BTreeSet<String> {
        let of = |window| self.span(window).map(|span| span.hours.endpoints(window));
        let own = of(window).filter(|own| !own.is_empty());
        own.unwrap_or_else(|| {
            let all = self.spans.iter();
            all.flat_map(|span| span.hours.endpoints(span.window))
                .collect()
        })
    }

    /// What stopped the model as a whole in the hours around a window.
    pub(crate) fn failure(&self, window: Window) -> Option<String> {
        self.span(window)?.failure.clone()
    }

    /// Where a window without input was looked for, with the nearest hours: for whoever sits at this machine.
    pub(crate) fn looked(&self, window: Window) -> String {
        let told = self.span(window).and_then(|span| span.no_input.clone());
        told.unwrap_or_else(|| self.nothing(window))
    }

    /// That a window has nothing to measure, and where there is something; no roots, for it is recorded.
    pub(crate) fn nothing(&self, window: Window) -> String {
        let empty = format!(
            "the hours {} to {} have no predictions",
            window.from, window.to
        );
        let known = self.spans.iter().flat_map(|span| span.hours.hours());
        let (before, after): (Vec<Hour>, Vec<Hour>) = known.partition(|hour| *hour < window.from);
        match (before.into_iter().max(), after.into_iter().min()) {
            (Some(last), _) => format!("{empty}; the last before them that has any is {last}"),
            (None, Some(next)) => format!("{empty}; the next after them that has any is {next}"),
            (None, None) => empty,
        }
    }

    /// What is missing from a window, in a sentence.
    pub(crate) fn missing(&self, window: Window) -> Option<String> {
        let mut failed = self
            .failed
            .iter()
            .filter(|(hour, _)| window.contains(*hour));
        let (_, first) = failed.next()?;
        Some(match failed.count() {
            0 => format!("{ONE_MISSING}{first}"),
            others => format!("{} {SOME_MISSING}{first}", others + 1),
        })
    }
}

/// How a record says that hours are missing from its window.
const ONE_MISSING: &str = "an hour was not written: ";
const SOME_MISSING: &str = "hours were not written; the first: ";

/// The hour that a record says was not written, where (endpoint/variant) and why; of several the first. `None` for any
/// other failure.
pub(crate) fn not_written(failure: &str) -> Option<(Hour, &str, &str)> {
    let (_, first) = failure
        .split_once(ONE_MISSING)
        .or_else(|| failure.split_once(SOME_MISSING))?;
    // Names may hold anything: the place ends where an hour and a colon follow.
    first.match_indices(' ').find_map(|(at, _)| {
        let (place, rest) = (first.get(..at)?, first.get(at + 1..)?);
        let (hour, why) = rest.split_once(": ")?;
        Some((Hour::parse(hour).ok()?, place, why))
    })
}

/// The same hours as windows that neither touch nor overlap, in order.
fn joined(windows: &[Window]) -> Vec<Window> {
    let mut sorted = windows.to_vec();
    sorted.sort_by_key(|window| (window.from, window.to));
    let mut joined: Vec<Window> = Vec::new();
    for window in sorted {
        match joined.last_mut() {
            Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
            _ => joined.push(window),
        }
    }
    joined
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn a_record_tells_which_hour_is_missing() {
        let hour = Hour::parse("2026-11-01T05").unwrap();
        let done = |hours: usize| HoursDone {
            failed: vec![(hour, "shop 2/blue 2026-11-01T05: gone: a.jsonl".to_owned()); hours],
            ..HoursDone::default()
        };
        let window = Window::new(hour, hour.plus(3)).unwrap();
        for hours in [1, 3] {
            let told = done(hours).missing(window).unwrap();
            let read = not_written(&told);
            assert_eq!(read, Some((hour, "shop 2/blue", "gone: a.jsonl")), "{told}");
        }
        assert_eq!(not_written("there are no captures"), None);
    }

    #[test]
    fn windows_that_touch_are_one_and_gaps_stay_gaps() {
        let start = Hour::parse("2026-11-01T00").unwrap();
        let window = |from: i64, to: i64| Window::new(start.plus(from), start.plus(to)).unwrap();
        let windows = [
            window(5, 6),
            window(0, 2),
            window(2, 3),
            window(10, 20),
            window(12, 14),
        ];
        assert_eq!(
            joined(&windows),
            [window(0, 3), window(5, 6), window(10, 20)]
        );
    }
}
