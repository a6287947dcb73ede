//! Executions over time: a row for each way to end.

use maud::{Markup, html};

use crate::page::data::{Run, RunState, Span};
use crate::page::number::grouped;
use crate::page::scale::Scale;
use crate::page::svg::{Path, image, path, place};
use crate::page::time;
use crate::page::words::state;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = WIDTH - 10.0;
const ROW: f64 = 18.0;

/// A block for each run at its scheduled time, as wide as runs are apart; neighbours that ended alike are one block.
pub(in crate::page) fn strip(id: &str, runs: &[&Run]) -> Option<Markup> {
    let (first, last) = (runs.first()?, runs.last()?);
    let mut apart: Vec<i64> = runs
        .windows(2)
        .map(|pair| pair[1].scheduled.saturating_sub(pair[0].scheduled))
        .filter(|&step| step > 0)
        .collect();
    apart.sort_unstable();
    let step = apart.get(apart.len() / 2).copied().unwrap_or(time::HOUR);
    let times = Span {
        from: first.scheduled,
        to: last.scheduled.saturating_add(step),
    };
    let across = Scale::new(times.from as f64, times.to as f64, LEFT, RIGHT);
    let rows: Vec<(RunState, usize)> = RunState::ALL
        .into_iter()
        .map(|state| (state, runs.iter().filter(|run| run.state == state).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let foot = rows.len() as f64 * ROW + 4.0;
    let mut axis = Path::default();
    axis.move_to(LEFT, foot);
    axis.line_to(RIGHT, foot);
    let ticks = time::ticks(times, 9);
    for (tick, _) in &ticks {
        axis.move_to(across.at(*tick as f64), foot);
        axis.line_to(across.at(*tick as f64), foot + 4.0);
    }
    let inner = html! {
        @for (index, (state_of, count)) in rows.iter().enumerate() {
            text class="tick" x="0" y=(place(index as f64 * ROW + 13.0)) {
                (state(*state_of)) " · " (grouped(*count as u64))
            }
            (path(class(*state_of), &blocks(runs, *state_of, step, &across, index as f64 * ROW + 4.0)))
        }
        (path("axis", &axis))
        @for (tick, label) in ticks {
            text class="tick mid" x=(place(across.at(tick as f64))) y=(place(foot + 16.0)) { (label) }
        }
    };
    let counts: Vec<String> = rows
        .iter()
        .map(|(of, count)| format!("{} {}", grouped(*count as u64), state(*of)))
        .collect();
    let description = format!("{}: {}.", time::span(times), counts.join(", "));
    Some(image(
        id,
        (WIDTH, foot + 20.0),
        "Runs over time",
        &description,
        &inner,
    ))
}

fn class(state: RunState) -> &'static str {
    match state {
        RunState::Completed => "good",
        RunState::CompletedWithViolations | RunState::Failed => "bad",
        RunState::Stopped => "re",
    }
}

fn blocks(runs: &[&Run], state: RunState, step: i64, across: &Scale, y: f64) -> Path {
    let mut path = Path::default();
    let mut open: Option<(f64, f64)> = None;
    for run in runs.iter().filter(|run| run.state == state) {
        let from = across.at(run.scheduled as f64);
        let to = across
            .at(run.scheduled.saturating_add(step) as f64)
            .max(from + 1.5);
        open = match open {
            Some((start, end)) if from <= end + 0.2 => Some((start, to.max(end))),
            other => {
                if let Some((start, end)) = other {
                    path.block(start, y, end - start, 11.0);
                }
                Some((from, to))
            }
        };
    }
    if let Some((start, end)) = open {
        path.block(start, y, end - start, 11.0);
    }
    path
}
