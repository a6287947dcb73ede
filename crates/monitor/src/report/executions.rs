//! The executions that a report is about.

use std::collections::BTreeMap;

use groundline_engine::RunRecord;
use groundline_report::page::Run;
use groundline_store::Window;

use super::span::{span, told};
use crate::error::MonitorError;

/// Executions whose window ends in a period: what they say is about it, wherever the window begins.
pub(super) fn ending_in(runs: &[RunRecord], period: Window) -> Vec<&RunRecord> {
    let ends_in = |run: &&RunRecord| period.from < run.window.to && run.window.to <= period.to;
    runs.iter().filter(ends_in).collect()
}

/// The schedule that is asked for, or else the one that has most executions; of equals the first by name.
pub(super) fn schedule(
    asked: Option<&str>,
    runs: &[RunRecord],
    period: Window,
    said: &mut Vec<String>,
) -> Result<Option<String>, MonitorError> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for run in ending_in(runs, period) {
        *counts.entry(&run.schedule).or_default() += 1;
    }
    if let Some(asked) = asked {
        return match counts.contains_key(asked) {
            true => Ok(Some(asked.to_owned())),
            false => Err(MonitorError::NoExecutions {
                schedule: asked.to_owned(),
                window: told(period),
                known: counts.into_keys().map(str::to_owned).collect(),
            }),
        };
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| **count);
    let chosen = most.map(|(name, _)| (*name).to_owned());
    if let (Some(chosen), 2..) = (&chosen, counts.len()) {
        let all: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        said.push(format!(
            "executions of `{chosen}`, which has most of them; there are {}",
            all.join(", ")
        ));
    }
    Ok(chosen)
}

/// Of each window the last execution, in order of windows.
pub(super) fn by_window<'a>(runs: &[&'a RunRecord]) -> Vec<&'a RunRecord> {
    let mut last: BTreeMap<_, &RunRecord> = BTreeMap::new();
    let mut ordered = runs.to_vec();
    ordered.sort_by_key(|run| run.run_time);
    for run in ordered {
        last.insert((run.window.to, run.window.from), run);
    }
    last.into_values().collect()
}

/// As the page lists it.
pub(super) fn shown(run: &RunRecord) -> Run {
    let failed = !run.state.is_completed();
    Run {
        schedule: run.schedule.clone(),
        scheduled: run.run_time,
        window: span(run.window),
        state: run.state,
        violations: run.violations,
        coverage: run.label_coverage(),
        provisional: run.provisional,
        revision: run.restatements,
        message: run
            .failure
            .clone()
            .or_else(|| failed.then(|| run.message.clone())),
    }
}
