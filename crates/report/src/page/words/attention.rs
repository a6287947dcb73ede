//! What somebody should look at, most urgent first.

use std::collections::HashMap;

use crate::page::data::{Report, Run, RunState};
use crate::page::number::{self, grouped, percent, points};
use crate::page::{text, time};

/// Notes that are listed.
const MOST_NOTES: usize = 20;

/// One matter, and the section with more of it.
#[derive(Debug)]
pub(in crate::page) struct Attention {
    pub(in crate::page) said: String,
    pub(in crate::page) section: Option<&'static str>,
}

/// Everything that the data says is wrong beside the constraints.
pub(in crate::page) fn attention(report: &Report) -> Vec<Attention> {
    let mut all = Vec::new();
    let mut say = |said: String, section| all.push(Attention { said, section });
    runs(report, &mut say);
    records(report, &mut say);
    labels(report, &mut say);
    windows(report, &mut say);
    segments(report, &mut say);
    for note in report.notes.iter().take(MOST_NOTES) {
        say(text::sentence(note), None);
    }
    if let Some(more @ 1..) = report.notes.len().checked_sub(MOST_NOTES) {
        say(
            format!(
                "… and {}.",
                text::count(more as u64, "more note", "more notes")
            ),
            None,
        );
    }
    all
}

type Say<'a> = &'a mut dyn FnMut(String, Option<&'static str>);

fn runs(report: &Report, say: Say<'_>) {
    for (state, ended) in [
        (RunState::Failed, [" failed", " failed"]),
        (RunState::Stopped, [" was stopped", " were stopped"]),
    ] {
        let those = || report.runs.iter().filter(|run| run.state == state);
        let Some(last) = those().max_by_key(|run| run.scheduled) else {
            continue;
        };
        let count = those().count() as u64;
        let why = last.message.as_deref().map_or_else(String::new, |message| {
            format!(": {}", text::sentence(message))
        });
        say(
            match count {
                1 => format!(
                    "The run of {}{}{why}",
                    time::instant(last.scheduled),
                    ended[0]
                ),
                _ => format!(
                    "{} of {} runs{}, last that of {}{why}",
                    grouped(count),
                    grouped(report.runs.len() as u64),
                    ended[1],
                    time::instant(last.scheduled)
                ),
            },
            Some("runs"),
        );
    }
}

fn records(report: &Report, say: Say<'_>) {
    if report
        .ledger
        .as_ref()
        .is_some_and(|ledger| ledger.closes == Some(false))
    {
        say(
            "The ledger does not close: some records are unaccounted for.".to_owned(),
            Some("records"),
        );
    }
    if let Some(first) = report.failed_hours.first() {
        let count = report.failed_hours.len() as u64;
        say(
            format!(
                "{} not merged, first {}: {}",
                text::count(count, "hour was", "hours were"),
                time::instant(first.hour),
                text::sentence(&first.reason)
            ),
            Some("records"),
        );
    }
    let unmatched: u64 = report.unmatched.iter().map(|reason| reason.count).sum();
    if let Some(top) = report.unmatched.iter().max_by_key(|reason| reason.count)
        && unmatched > 0
    {
        let fix = top.fix.as_deref().map_or_else(String::new, |fix| {
            format!(". To do: {}", text::sentence(fix))
        });
        say(
            format!(
                "{} matched no prediction; {} of them for {}{fix}",
                text::count(unmatched, "label", "labels"),
                grouped(top.count),
                text::name(&top.reason).replace('_', " "),
            ),
            Some("records"),
        );
    }
}

fn labels(report: &Report, say: Say<'_>) {
    let coverage = share(report.period.labelled, report.period.predictions);
    if let (Some(coverage), Some(target)) = (coverage, report.labels.target)
        && coverage < target
    {
        say(
            format!(
                "{} of the predictions have a label; the target is {}.",
                percent(coverage),
                percent(target)
            ),
            Some("labels"),
        );
    }
    let (count, section) = match provisional_runs(&report.runs) {
        0 => (provisional_points(report), "time"),
        count => (count, "runs"),
    };
    if count > 0 {
        say(
            format!(
                "{} provisional: their labels are not in yet, their numbers will be restated.",
                text::count(count, "window is", "windows are")
            ),
            Some(section),
        );
    }
}

/// Windows whose last run was provisional.
fn provisional_runs(runs: &[Run]) -> u64 {
    let mut last: HashMap<(&str, i64, i64), &Run> = HashMap::new();
    for run in runs {
        let window = (run.schedule.as_str(), run.window.from, run.window.to);
        let known = last.entry(window).or_insert(run);
        if (run.revision, run.scheduled) > (known.revision, known.scheduled) {
            *known = run;
        }
    }
    last.values().filter(|run| run.provisional).count() as u64
}

/// Provisional windows of the metric that has the most.
fn provisional_points(report: &Report) -> u64 {
    let counts = report.period.series.iter().map(|series| {
        series
            .points
            .iter()
            .filter(|point| point.provisional)
            .count() as u64
    });
    counts.max().unwrap_or_default()
}

/// Metrics that violated in windows, beyond what the verdict says.
fn windows(report: &Report, say: Say<'_>) {
    let mut metrics: Vec<(usize, usize, String)> = report
        .period
        .series
        .iter()
        .map(|series| {
            let violated = series.points.iter().filter(|point| point.violated).count();
            (
                violated,
                series.points.len(),
                text::metric(&series.metric).into_owned(),
            )
        })
        .filter(|(violated, _, _)| *violated > 0)
        .collect();
    metrics.sort_by_key(|(violated, _, _)| std::cmp::Reverse(*violated));
    let said: Vec<String> = metrics
        .iter()
        .take(3)
        .map(|(violated, all, metric)| {
            format!(
                "{metric} in {} of {}",
                grouped(*violated as u64),
                grouped(*all as u64)
            )
        })
        .collect();
    let more = match metrics.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(
            ", and {} in some",
            text::count(more as u64, "more metric", "more metrics")
        ),
    };
    if !said.is_empty() {
        say(
            format!("Windows beyond a threshold: {}{more}.", said.join(", ")),
            Some("time"),
        );
    }
}

/// The worst segment of each cut, where it does more than a twentieth of the damage.
fn segments(report: &Report, say: Say<'_>) {
    for cut in &report.segmentations {
        let worst = cut
            .segments
            .iter()
            .filter_map(|segment| Some((cut.damage(segment)?, segment)))
            .max_by(|one, two| one.0.total_cmp(&two.0));
        if let Some((damage, segment)) = worst
            && damage > 0.05
        {
            say(
                format!(
                    "{} has {} of the rows and {} of the error: damage {} points.",
                    text::name(&segment.name),
                    percent(segment.n as f64 / cut.rows as f64),
                    percent(segment.error / cut.error),
                    points(damage)
                ),
                Some("segments"),
            );
        }
    }
}

/// Part of whole, where both are known and there is a whole.
pub(in crate::page) fn share(part: Option<u64>, whole: Option<u64>) -> Option<f64> {
    let (part, whole) = (part?, whole.filter(|&whole| whole > 0)?);
    Some(part as f64 / whole as f64)
}

/// `14.5 h`: within which so many of the labels come.
pub(in crate::page) fn typical_delay(report: &Report) -> Option<String> {
    let delay = report.labels.delay.as_ref()?;
    let (_, hours) = delay.quantiles.iter().find(|(share, _)| *share >= 0.5)?;
    Some(number::hours(*hours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::data::Span;

    #[test]
    fn window_that_was_restated_is_no_longer_provisional() {
        let run = |from: i64, revision: u64, provisional: bool| Run {
            schedule: "hourly".to_owned(),
            scheduled: from,
            window: Span { from, to: from + 1 },
            state: RunState::Completed,
            violations: 0,
            coverage: None,
            provisional,
            revision,
            message: None,
        };
        let runs = [
            run(1, 0, true),
            run(1, 1, false),
            run(2, 1, true),
            run(2, 0, true),
        ];
        assert_eq!(provisional_runs(&runs), 1);
    }
}
