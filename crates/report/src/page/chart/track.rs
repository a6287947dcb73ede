//! Windows in order of time, which of them are drawn, and where a line through them breaks.

use crate::page::data::{SeriesPoint, Span};
use crate::page::thin::{Candidate, thin};

/// The windows of one series.
#[derive(Debug)]
pub(in crate::page) struct Track<'a> {
    /// Those that are drawn, in order of time.
    pub(in crate::page) drawn: Vec<Drawn<'a>>,
    /// Times of violated windows and of restated ones, all of them.
    pub(in crate::page) lanes: [Vec<Span>; 2],
    /// Whether windows overlap, as those of an hourly run over a week do; then points stand at their ends.
    pub(in crate::page) overlap: bool,
    /// How long the windows are, where they are equally long.
    pub(in crate::page) length: Option<i64>,
    pub(in crate::page) windows: usize,
    pub(in crate::page) violated: usize,
    pub(in crate::page) provisional: usize,
    pub(in crate::page) restated: usize,
    pub(in crate::page) without_value: usize,
}

/// One window that is drawn.
#[derive(Debug)]
pub(in crate::page) struct Drawn<'a> {
    /// Where it stands.
    pub(in crate::page) time: i64,
    pub(in crate::page) point: &'a SeriesPoint,
    /// A window is missing, or has no value, between the one drawn before and this.
    pub(in crate::page) breaks: bool,
}

/// Puts windows in order and keeps at most so many.
pub(in crate::page) fn in_order(points: &[SeriesPoint], most: usize) -> Track<'_> {
    let mut ordered: Vec<&SeriesPoint> = points.iter().collect();
    ordered.sort_by_key(|point| (point.window.from, point.window.to));
    let overlap = ordered.windows(2).any(|pair| match pair {
        [one, two] => two.window.from < one.window.to,
        _ => false,
    });
    let time = |point: &SeriesPoint| match overlap {
        true => point.window.to,
        false => middle(point.window),
    };
    let step = usual_step(&ordered.iter().map(|point| time(point)).collect::<Vec<_>>());
    let candidates: Vec<Candidate> = ordered
        .iter()
        .map(|point| Candidate {
            value: value(point),
            violated: point.violated,
        })
        .collect();
    let kept = thin(&candidates, most);
    let mut drawn = Vec::with_capacity(kept.len());
    let mut before = 0;
    for index in kept {
        let breaks = (before..index).any(|gap| {
            let late = time(ordered[gap + 1]).saturating_sub(time(ordered[gap]));
            late > step.saturating_add(step / 2) || candidates[gap].value.is_none()
        });
        drawn.push(Drawn {
            time: time(ordered[index]),
            point: ordered[index],
            breaks,
        });
        before = index;
    }
    let lane = |wanted: fn(&SeriesPoint) -> bool| -> Vec<Span> {
        let half = if overlap { step / 2 } else { 0 };
        ordered
            .iter()
            .filter(|point| wanted(point))
            .map(|point| match overlap {
                true => Span {
                    from: time(point) - half,
                    to: time(point) + half,
                },
                false => point.window,
            })
            .collect()
    };
    let count =
        |wanted: fn(&SeriesPoint) -> bool| points.iter().filter(|point| wanted(point)).count();
    Track {
        lanes: [lane(|point| point.violated), lane(|point| point.restated)],
        overlap,
        length: usual_length(&ordered),
        windows: points.len(),
        violated: count(|point| point.violated),
        provisional: count(|point| point.provisional),
        restated: count(|point| point.restated),
        without_value: count(|point| value(point).is_none()),
        drawn,
    }
}

/// The value that can be drawn.
pub(in crate::page) fn value(point: &SeriesPoint) -> Option<f64> {
    point.value.filter(|value| value.is_finite())
}

fn middle(window: Span) -> i64 {
    window.from / 2 + window.to / 2
}

/// The median distance; of one window none.
fn usual_step(times: &[i64]) -> i64 {
    let mut steps: Vec<i64> = times
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(i64::MAX)
}

fn usual_length(ordered: &[&SeriesPoint]) -> Option<i64> {
    let length = |point: &SeriesPoint| point.window.to.saturating_sub(point.window.from);
    let first = ordered.first().map(|point| length(point))?;
    ordered
        .iter()
        .all(|point| length(point) == first)
        .then_some(first)
}
