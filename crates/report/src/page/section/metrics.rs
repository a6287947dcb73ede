//! Each metric over time: small multiples.

use maud::{Markup, html};

use super::{part, scroll};
use crate::page::chart::line::LineChart;
use crate::page::chart::track::{Track, value};
use crate::page::data::{Report, Series, SeriesPoint};
use crate::page::number::{ends, grouped, measured, number};
use crate::page::{text, time, words};

/// Metrics that have a chart.
const MOST_CHARTS: usize = 24;

/// Points and table rows of all charts together: what keeps the page small.
const MOST_POINTS: usize = 2_800;
const MOST_ROWS: usize = 1_000;

pub(in crate::page) fn over_time(report: &Report) -> Markup {
    let ordered = ordered(report);
    if ordered.is_empty() {
        return html! {};
    }
    let shown = ordered.len().min(MOST_CHARTS);
    let room = Room::of(shown);
    let constrained = ordered
        .iter()
        .take(shown)
        .filter(|series| urgency(report, series) < UNBOUND)
        .count();
    let charts = |range: std::ops::Range<usize>| {
        html! {
            div.multiples {
                @for index in range {
                    (chart(report, ordered[index], &format!("m{index}"), room))
                }
            }
        }
    };
    let inner = html! {
        (legend(report))
        @let most = ordered.iter().take(shown).map(|series| series.points.len()).max().unwrap_or_default();
        @if most > room.points {
            p.aside {
                "Of a metric with more than " (room.points) " windows not all are drawn: of each stretch of time the lowest and the highest. Counts, and the blocks below the charts, are of all windows."
            }
        }
        @if constrained > 0 && constrained < shown {
            h3 { "With a constraint" }
            (charts(0..constrained))
            h3 { "Others" }
            (charts(constrained..shown))
        } @else {
            (charts(0..shown))
        }
        @if ordered.len() > shown {
            p.aside {
                (text::count((ordered.len() - shown) as u64, "more metric has", "more metrics have"))
                " no chart here: "
                @for (index, series) in ordered.iter().skip(shown).take(40).enumerate() {
                    @if index > 0 { ", " }
                    (text::metric(&series.metric))
                }
                @if ordered.len() > shown + 40 { ", …" } @else { "." }
            }
        }
    };
    part("time", "Over time", "", &inner)
}

/// How much each chart may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    points: usize,
    rows: usize,
}

impl Room {
    pub(super) fn of(charts: usize) -> Self {
        let charts = charts.max(1);
        Self {
            points: (MOST_POINTS / charts).clamp(60, 240),
            rows: (MOST_ROWS / charts).clamp(40, 200),
        }
    }
}

/// What a metric without a check counts as.
const UNBOUND: u8 = 9;

/// Violated first, then unsure, then kept, then with a threshold only, then the others.
fn urgency(report: &Report, series: &Series) -> u8 {
    let check = report
        .verdict
        .checks
        .iter()
        .find(|check| check.constraint.metric == series.metric);
    match (check, series.threshold) {
        (Some(check), _) => words::rank(check),
        (None, Some(_)) => 4,
        (None, None) => UNBOUND,
    }
}

fn ordered(report: &Report) -> Vec<&Series> {
    let mut series: Vec<&Series> = report
        .period
        .series
        .iter()
        .filter(|series| series.metric != "label_coverage" && !series.points.is_empty())
        .collect();
    series.sort_by_key(|series| {
        let constant = series.metric.ends_with("_best_constant_classifier");
        let urgency = urgency(report, series);
        (urgency, constant, text::of_class(&series.metric).is_some())
    });
    series
}

fn legend(report: &Report) -> Markup {
    let any = |wanted: fn(&SeriesPoint) -> bool| {
        report
            .period
            .series
            .iter()
            .flat_map(|series| &series.points)
            .any(wanted)
    };
    let threshold = report
        .period
        .series
        .iter()
        .any(|series| series.threshold.is_some());
    let baseline = report
        .period
        .series
        .iter()
        .any(|series| series.baseline.is_some());
    html! {
        ul.legend aria-label="How to read the charts" {
            li { svg viewBox="0 0 26 12" aria-hidden="true" { path class="band" d="M0,1H26V11H0Z" {} path class="line" d="M0,6H26" {} } "value and 95 % interval" }
            @if threshold {
                li { svg viewBox="0 0 26 12" aria-hidden="true" { path class="limit" d="M0,6H26" {} } "threshold" }
            }
            @if baseline {
                li { svg viewBox="0 0 26 12" aria-hidden="true" { path class="base" d="M0,6H26" {} } "baseline" }
            }
            @if any(|point| point.violated) {
                li { svg viewBox="0 0 26 12" aria-hidden="true" { path class="bad" d="M8,2l4,4l-4,4l-4,-4Z" {} path class="bad" d="M16,4h9v5h-9Z" {} } "violated (upper blocks: all of them)" }
            }
            @if any(|point| point.provisional) {
                li { svg viewBox="0 0 26 12" aria-hidden="true" { path class="line maybe" d="M0,6H26" {} circle class="dot hollow" cx="13" cy="6" r="2.5" {} } "provisional: labels not in yet" }
            }
            @if any(|point| point.restated) {
                li { svg viewBox="0 0 26 12" aria-hidden="true" { path class="dot" d="M4,3.5h4.4v4.4h-4.4Z" {} path class="re" d="M14,5h11v2.5h-11Z" {} } "restated after more labels (lower blocks: all of them)" }
            }
            @if report.compared.is_some() {
                li { svg viewBox="0 0 26 12" aria-hidden="true" { path class="ghost" d="M0,6H26" {} } "the other period" }
            }
        }
    }
}

/// One metric: its name, where it stands, the chart, the table.
pub(super) fn chart(report: &Report, series: &Series, id: &str, room: Room) -> Markup {
    let before = report
        .compared
        .as_ref()
        .and_then(|period| Some((period.series_of(&series.metric)?, period.span)));
    let chart = LineChart {
        id: id.to_owned(),
        series,
        before,
        span: report.period.span,
        most: room.points,
    };
    let track = chart.track();
    let latest = series
        .points
        .iter()
        .filter(|point| value(point).is_some())
        .max_by_key(|point| (point.window.to, point.window.from));
    html! {
        figure.card {
            figcaption {
                span.name { (text::metric(&series.metric)) }
                @if let Some(latest) = latest { (now(latest)) }
            }
            (chart.draw(&track))
            p.sub { (what(&track)) }
            (table(series, &track, room))
        }
    }
}

/// The latest value.
fn now(point: &SeriesPoint) -> Markup {
    html! {
        span.now title=(format!("latest: {}", time::window(point.window))) {
            @if point.violated { span.mark { span aria-hidden="true" { "◆ " } span.away { "violated " } } }
            (measured(value(point).unwrap_or_default(), point.interval))
        }
    }
}

/// What a point is, and how many violate.
fn what(track: &Track<'_>) -> String {
    let mut words = match (track.length, track.overlap) {
        (Some(length), false) => format!(
            "{} windows",
            time::length(length).replace(' ', "-").trim_end_matches('s')
        ),
        (Some(length), true) => format!(
            "{} windows, each at its end",
            time::length(length).replace(' ', "-").trim_end_matches('s')
        ),
        (None, _) => "windows of different lengths".to_owned(),
    };
    if track.violated > 0 {
        words += &format!(
            " · {} of {} violated",
            grouped(track.violated as u64),
            grouped(track.windows as u64)
        );
    }
    words
}

/// The windows as a table: those that are drawn, as far as there is room, violated and extreme ones before others.
fn table(series: &Series, track: &Track<'_>, room: Room) -> Markup {
    let thinner = (track.drawn.len() > room.rows)
        .then(|| crate::page::chart::track::in_order(&series.points, room.rows));
    let rows = &thinner.as_ref().unwrap_or(track).drawn;
    let all = rows.len() == track.windows;
    let caption = match all {
        true => format!(
            "Table of {}",
            text::count(track.windows as u64, "window", "windows")
        ),
        false => format!(
            "Table, {} of {} windows",
            grouped(rows.len() as u64),
            grouped(track.windows as u64)
        ),
    };
    let inner = html! {
        table {
            thead { tr { th scope="col" { "window, UTC" } th.n scope="col" { "value" } th.n scope="col" { "95 % interval" } th.n scope="col" { "n" } th scope="col" {} } }
            tbody {
                @for drawn in rows {
                    @let point = drawn.point;
                    tr {
                        td.whole { (time::window(point.window)) }
                        @if let Some(value) = value(point) {
                            td.n { (measured(value, point.interval)) }
                            td.n { @if let Some(interval) = point.interval { (ends(interval)) } }
                        } @else {
                            td.n colspan="2" { @if let Some(reason) = &point.reason { (text::reason(reason)) } @else { "no value" } }
                        }
                        td.n { (grouped(point.n)) }
                        td { (marks(point)) }
                    }
                }
            }
        }
    };
    html! {
        details {
            summary { (caption) }
            (scroll(&format!("{}, table", text::metric(&series.metric)), &inner))
            @if !all { p.aside { "First, last, and of each stretch the lowest and the highest; groundline has them all in the table metrics." } }
        }
    }
}

fn marks(point: &SeriesPoint) -> String {
    let mut marks: Vec<String> = Vec::new();
    if point.violated {
        marks.push("violated".to_owned());
    }
    if point.provisional {
        marks.push("provisional".to_owned());
    }
    match (point.restated, point.was) {
        (true, Some(was)) => marks.push(format!("restated from {}", number(was))),
        (true, None) => marks.push("restated".to_owned()),
        _ => {}
    }
    marks.join(", ")
}
