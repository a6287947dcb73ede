//! Metrics over time: from executions, or from hour files cut into pieces.

use std::collections::HashMap;

use groundline_engine::{QualityGroup, RunFigure, RunRecord};
use groundline_quality::Interval;
use groundline_report::page::{Series, SeriesPoint, Span};

use super::limits::Limits;
use super::span::span;

/// Series in the order in which metrics are first seen.
#[derive(Default)]
struct Gathering {
    series: Vec<Series>,
    places: HashMap<String, usize>,
}

impl Gathering {
    fn add(&mut self, metric: &str, limits: &Limits, point: SeriesPoint) {
        let next = self.series.len();
        let place = *self.places.entry(metric.to_owned()).or_insert(next);
        if place == next {
            let limit = limits.get(metric);
            self.series.push(Series {
                metric: metric.to_owned(),
                baseline: limit.and_then(|limit| limit.baseline),
                threshold: limit.map(|limit| (limit.comparison, limit.threshold)),
                points: Vec::new(),
            });
        }
        if let Some(series) = self.series.get_mut(place) {
            series.points.push(point);
        }
    }
}

/// What executions said, each window once. `held` are limits that go before those of the executions.
pub(super) fn of_runs(runs: &[&RunRecord], held: Option<&Limits>) -> Vec<Series> {
    let recorded = Limits::of_runs(runs.iter().copied());
    let limits = held.unwrap_or(&recorded);
    let mut all = Gathering::default();
    for run in runs.iter().filter(|run| run.state.is_completed()) {
        let violated: HashMap<&str, bool> = run
            .checks
            .iter()
            .map(|check| (check.metric.as_str(), check.violated))
            .collect();
        for figure in &run.figures {
            let metric = figure.metric.as_str();
            let point = SeriesPoint {
                window: span(run.window),
                value: figure.value,
                reason: figure.reason.clone(),
                interval: interval(figure),
                n: figure.n,
                provisional: run.provisional,
                restated: run.restatements > 0,
                was: figure.first,
                violated: match held {
                    Some(held) => held.violated(metric, figure.value),
                    None => violated.get(metric).copied().unwrap_or_default(),
                },
            };
            all.add(metric, limits, point);
        }
    }
    all.series
}

/// What was measured of each piece of a window.
pub(super) fn of_groups(groups: &[QualityGroup], limits: &Limits) -> Vec<Series> {
    let mut all = Gathering::default();
    for group in groups.iter().filter(|group| group.segment.is_none()) {
        let Some(window) = group.window.map(span) else {
            continue;
        };
        for figure in group.figures() {
            let point = SeriesPoint {
                violated: limits.violated(&figure.metric, figure.value),
                reason: figure.reason.map(|reason| reason.as_str().to_owned()),
                value: figure.value,
                ..blank(window, figure.interval, figure.n)
            };
            all.add(&figure.metric, limits, point);
        }
    }
    all.series
}

fn blank(window: Span, interval: Option<Interval>, n: u64) -> SeriesPoint {
    SeriesPoint {
        value: None,
        ..SeriesPoint::new(window, 0.0, interval, n)
    }
}

pub(super) fn interval(figure: &RunFigure) -> Option<Interval> {
    let (low, high) = (figure.ci_low?, figure.ci_high?);
    Some(Interval { low, high })
}
