//! The verdict and what needs attention, in words; both forms of the report say them.

use groundline_quality::{Check, Comparison, Outcome};

use super::chart::line::limit_in_words;
use super::data::{Report, RunState, Verdict};
use super::number::{self, grouped, measured, number};
use super::text;

mod attention;

pub(super) use attention::{attention, share, typical_delay};

/// How a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    Unsure,
    Bad,
    Unknown,
}

impl Standing {
    /// What stands beside the words, for those who see no colour.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Unsure => "?",
            Self::Bad => "◆",
            Self::Unknown => "–",
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Unsure => "unsure",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }
}

/// The first sentence, for everyone.
pub(super) fn headline(report: &Report) -> (Standing, String) {
    let verdict = &report.verdict;
    let (all, violated) = (verdict.checks.len(), violated(verdict));
    match verdict.state {
        Some(RunState::Failed) => {
            return (
                Standing::Bad,
                "The run failed: nothing can be said.".to_owned(),
            );
        }
        Some(RunState::Stopped) => {
            return (
                Standing::Unknown,
                "The run was stopped: nothing can be said.".to_owned(),
            );
        }
        _ => {}
    }
    let are = |number: usize| if number == 1 { "is" } else { "are" };
    let of_all = match all {
        1 => "the only constraint".to_owned(),
        _ => format!(
            "{} of {} constraints",
            grouped(violated as u64),
            grouped(all as u64)
        ),
    };
    match (all, violated) {
        (0, _) => (Standing::Unknown, "No constraint was checked.".to_owned()),
        (1, 1) => (Standing::Bad, "The only constraint is violated.".to_owned()),
        (_, 0) if unmeasured(verdict) == all => (
            Standing::Unsure,
            format!(
                "No constraint could be checked: none of {} has a value.",
                text::count(all as u64, "metric", "metrics")
            ),
        ),
        (1, 0) => (Standing::Good, "The only constraint is kept.".to_owned()),
        (_, 0) if unmeasured(verdict) > 0 => (
            Standing::Unsure,
            format!(
                "No constraint is violated, but {} of {} could not be checked.",
                grouped(unmeasured(verdict) as u64),
                grouped(all as u64)
            ),
        ),
        (_, 0) => (
            Standing::Good,
            format!("All {} constraints are kept.", grouped(all as u64)),
        ),
        (_, _) => (
            Standing::Bad,
            format!("{of_all} {} violated.", are(violated)),
        ),
    }
}

/// The second sentence: how sure the first is.
pub(super) fn certainty(report: &Report) -> Option<String> {
    let verdict = &report.verdict;
    if let Some(message) = &verdict.message
        && matches!(verdict.state, Some(RunState::Failed | RunState::Stopped))
    {
        return Some(text::sentence(message));
    }
    let violated: Vec<&Check> = verdict
        .checks
        .iter()
        .filter(|check| check.violated)
        .collect();
    let sure = violated
        .iter()
        .filter(|check| check.outcome == Outcome::Violated)
        .count();
    let mut said = Vec::new();
    match (violated.len(), sure) {
        (0, _) => {}
        (1, 1) => said.push("More than chance explains it.".to_owned()),
        (1, _) => said.push("Chance could explain it.".to_owned()),
        (all, sure) if all == sure => {
            said.push("More than chance explains all of them.".to_owned())
        }
        (_, 0) => said.push("Chance could explain each of them.".to_owned()),
        (all, sure) => said.push(format!(
            "{} more than chance explains, {} chance could.",
            grouped(sure as u64),
            grouped((all - sure) as u64)
        )),
    }
    if verdict.provisional {
        said.push("Labels are still coming in: the numbers are provisional.".to_owned());
    }
    (!said.is_empty()).then(|| said.join(" "))
}

fn violated(verdict: &Verdict) -> usize {
    verdict.checks.iter().filter(|check| check.violated).count()
}

fn unmeasured(verdict: &Verdict) -> usize {
    verdict
        .checks
        .iter()
        .filter(|check| value(check).is_none())
        .count()
}

/// The value that a check is about.
pub(super) fn value(check: &Check) -> Option<f64> {
    check.figure.as_ref().and_then(|figure| figure.value)
}

/// Checks, the most urgent first: violated, then unsure, then kept; in each as they came.
pub(super) fn ranked(verdict: &Verdict) -> Vec<&Check> {
    let mut checks: Vec<&Check> = verdict.checks.iter().collect();
    checks.sort_by_key(|check| rank(check));
    checks
}

pub(super) fn rank(check: &Check) -> u8 {
    match (check.violated, check.outcome) {
        (true, Outcome::Violated) => 0,
        (true, _) => 1,
        (false, Outcome::InsufficientEvidence) => 2,
        _ => 3,
    }
}

/// A word for a check.
pub(super) fn state_of(check: &Check) -> (Standing, &'static str) {
    match rank(check) {
        0 => (Standing::Bad, "violated"),
        1 => (Standing::Bad, "violated, unsure"),
        2 if value(check).is_none() => (Standing::Unsure, "no value"),
        2 => (Standing::Unsure, "kept, unsure"),
        _ => (Standing::Good, "kept"),
    }
}

/// What was found of a constraint: `0.812 is 0.038 below the minimum of 0.85.`
pub(super) fn finding(check: &Check) -> String {
    let constraint = &check.constraint;
    let name = limit_in_words(constraint.comparison);
    let Some(value) = value(check) else {
        let reason = check.figure.as_ref().and_then(|figure| figure.reason);
        let why = reason.map_or_else(
            || "it was not measured".into(),
            |reason| text::reason(reason.as_str()),
        );
        return format!(
            "No value: {why}. The {name} is {}.",
            number(constraint.threshold)
        );
    };
    let interval = check.figure.as_ref().and_then(|figure| figure.interval);
    let distance = value - constraint.threshold;
    let side = match distance {
        0.0 => {
            return format!("{} is exactly the {name}.", measured(value, interval));
        }
        up if up > 0.0 => "above",
        _ => "below",
    };
    format!(
        "{} is {} {side} the {name} of {}.",
        measured(value, interval),
        number::distance(distance.abs(), interval),
        number(constraint.threshold)
    )
}

/// How much the finding is worth.
pub(super) fn worth(check: &Check) -> String {
    let Some(figure) = check
        .figure
        .as_ref()
        .filter(|figure| figure.value.is_some())
    else {
        return String::new();
    };
    let rows = format!("n\u{a0}=\u{a0}{}", grouped(figure.n));
    let Some(interval) = figure.interval else {
        return match check.outcome {
            Outcome::InsufficientEvidence => format!("Too few rows to be sure, {rows}."),
            _ => format!("No interval is known, {rows}."),
        };
    };
    let ends = number::ends(interval);
    let beyond = match check.constraint.comparison {
        Comparison::LessThan => "below",
        Comparison::GreaterThan => "above",
    };
    let inside =
        interval.low <= check.constraint.threshold && check.constraint.threshold <= interval.high;
    match check.outcome {
        Outcome::Violated => format!("The whole 95 % interval, {ends}, is {beyond} it; {rows}."),
        Outcome::InsufficientEvidence if inside => {
            format!("The 95 % interval, {ends}, reaches to both sides of it; {rows}.")
        }
        Outcome::InsufficientEvidence => {
            format!("Too few rows to be sure: 95 % interval {ends}; {rows}.")
        }
        Outcome::Satisfied => format!("95 % interval {ends}; {rows}."),
    }
}

/// How an execution ended, in words.
pub(super) fn state(state: RunState) -> &'static str {
    match state {
        RunState::Completed => "completed",
        RunState::CompletedWithViolations => "with violations",
        RunState::Failed => "failed",
        RunState::Stopped => "stopped",
    }
}
