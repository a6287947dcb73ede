//! Hours that executions found not written. Receipts do not know of them: such an hour has none.

use std::collections::BTreeMap;

use groundline_engine::RunRecord;
use groundline_report::page::FailedHour;

use crate::hours::not_written;

/// Each hour and place once, as the last execution that missed it tells; what a later one with the same hours no longer
/// misses has been written since.
pub(super) fn failed_hours(runs: &[&RunRecord]) -> Vec<FailedHour> {
    let mut found: BTreeMap<(i64, &str), &str> = BTreeMap::new();
    let mut ordered = runs.to_vec();
    ordered.sort_by_key(|run| run.run_time);
    for run in ordered {
        let missing = run.failure.as_deref().and_then(not_written);
        if missing.is_none() && run.failure.is_some() {
            continue;
        }
        // A failure names its first hour only: what comes before that was there.
        let until = missing.map_or(run.window.to, |(hour, _, _)| hour);
        let there = run.window.from.micros()..until.micros();
        found.retain(|(hour, _), _| !there.contains(hour));
        if let Some((hour, place, why)) = missing {
            found.insert((hour.micros(), place), why);
        }
    }
    let found = found.into_iter();
    found
        .map(|((hour, place), reason)| FailedHour {
            hour,
            place: place.to_owned(),
            reason: reason.to_owned(),
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use groundline_engine::RunState;
    use groundline_store::{Hour, Window};

    use super::*;

    fn run(to: i64, failure: Option<&str>) -> RunRecord {
        let start = Hour::parse("2026-11-01T00").unwrap();
        RunRecord {
            model: "m".into(),
            schedule: "s".into(),
            scheduled: start.plus(to),
            run_time: start.plus(to).micros(),
            window: Window::new(start, start.plus(to)).unwrap(),
            as_of: 0,
            state: RunState::Completed,
            problem_type: None,
            endpoint: None,
            message: String::new(),
            failure: failure.map(str::to_owned),
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

    #[test]
    fn an_hour_is_told_once_until_a_later_execution_has_it() {
        let missing = "an hour was not written: shop/blue 2026-11-01T01: no gzip";
        let (a, b) = (run(2, Some(missing)), run(3, Some(missing)));
        let told = failed_hours(&[&a, &b]);
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].place.as_str(), told[0].reason.as_str()),
            ("shop/blue", "no gzip")
        );
        let (broken, whole) = (run(4, Some("out of memory")), run(4, None));
        assert_eq!(failed_hours(&[&a, &broken]), told);
        assert_eq!(failed_hours(&[&a, &whole]), []);
    }
}
