//! One metric over time.

use groundline_quality::{Comparison, metric_range};
use maud::{Markup, html};

use super::marks;
use super::track::{Track, in_order};
use crate::page::data::{Series, Span};
use crate::page::number;
use crate::page::scale::{Scale, extent, round_ticks};
use crate::page::svg::{Path, image, path, place};
use crate::page::text;
use crate::page::time;

/// Size of a chart, and of the margins that hold its labels.
pub(super) const WIDTH: f64 = 360.0;
pub(super) const HEIGHT: f64 = 176.0;
pub(super) const LEFT: f64 = 40.0;
pub(super) const TOP: f64 = 10.0;
pub(super) const BOTTOM: f64 = HEIGHT - 42.0;

/// Where the line of the time axis is.
const FOOT: f64 = HEIGHT - 22.0;

/// Room for the names of baseline and threshold.
const NAMES: f64 = 82.0;

/// Room between labels one above the other.
const LINE: f64 = 12.0;

/// What a chart is drawn from.
#[derive(Debug)]
pub(in crate::page) struct LineChart<'a> {
    /// Unique in the page.
    pub(in crate::page) id: String,
    pub(in crate::page) series: &'a Series,
    /// Another series of the metric, drawn as if its period began where `span` does, and that period.
    pub(in crate::page) before: Option<(&'a Series, Span)>,
    /// The period.
    pub(in crate::page) span: Span,
    /// Points that are drawn at most.
    pub(in crate::page) most: usize,
}

impl LineChart<'_> {
    pub(in crate::page) fn track(&self) -> Track<'_> {
        in_order(&self.series.points, self.most)
    }

    /// The image; `track` is the chart's own.
    pub(in crate::page) fn draw(&self, track: &Track<'_>) -> Markup {
        let before = self.before.map(|(series, span)| {
            let shift = self.span.from.saturating_sub(span.from);
            (in_order(&series.points, self.most), shift)
        });
        let title = text::metric(&self.series.metric);
        let Some((low, high)) = self.range() else {
            return html! { p.none { "No window has a value." } };
        };
        let height = Scale::new(low, high, BOTTOM, TOP);
        let times = self.times(track);
        let right = match self.series.baseline.is_some() || self.series.threshold.is_some() {
            true => WIDTH - NAMES,
            // Half of the last label of the time axis.
            false => WIDTH - 20.0,
        };
        let across = Scale::new(times.from as f64, times.to as f64, LEFT, right);
        let inner = html! {
            (self.value_axis(&height, right))
            (marks::band(track, &across, &height))
            (time_axis(times, &across))
            @if let Some((before, shift)) = &before {
                (marks::ghost(before, *shift, times, &across, &height))
            }
            (self.levels(&height, right))
            (marks::draw(track, &across, &height))
        };
        image(
            &self.id,
            (WIDTH, HEIGHT),
            &title,
            &self.description(track),
            &inner,
        )
    }

    /// Lowest and highest that the chart must show.
    fn range(&self) -> Option<(f64, f64)> {
        let all = self
            .series
            .points
            .iter()
            .chain(self.before.iter().flat_map(|(series, _)| &series.points));
        let values = all.flat_map(|point| {
            let ends = point.interval.filter(|_| point.value.is_some());
            [
                point.value,
                point.was,
                ends.map(|interval| interval.low),
                ends.map(|interval| interval.high),
            ]
        });
        let has_value = self
            .series
            .points
            .iter()
            .any(|point| point.value.is_some_and(f64::is_finite));
        let levels = [
            self.series.baseline,
            self.series.threshold.map(|(_, value)| value),
        ];
        let range = metric_range(&self.series.metric);
        extent(values.chain(levels).flatten(), range).filter(|_| has_value)
    }

    /// The period, and what points lie outside of it.
    fn times(&self, track: &Track<'_>) -> Span {
        let places = || track.drawn.iter().map(|drawn| drawn.time);
        Span {
            from: places()
                .min()
                .map_or(self.span.from, |first| first.min(self.span.from)),
            to: places()
                .max()
                .map_or(self.span.to, |last| last.max(self.span.to)),
        }
    }

    fn value_axis(&self, height: &Scale, right: f64) -> Markup {
        let (ticks, decimals) = round_ticks(height.low, height.high, 4);
        let mut lines = Path::default();
        for &tick in &ticks {
            lines.move_to(LEFT, height.at(tick));
            lines.line_to(right, height.at(tick));
        }
        html! {
            (path("grid", &lines))
            @for tick in ticks {
                text class="tick end" x=(place(LEFT - 6.0)) y=(place(height.at(tick) + 3.5)) {
                    (number::tick(tick, decimals))
                }
            }
        }
    }

    /// Baseline and threshold, with what they are called beside them.
    fn levels(&self, height: &Scale, right: f64) -> Markup {
        let baseline = self.series.baseline.filter(|value| value.is_finite());
        let threshold = self.series.threshold.filter(|(_, value)| value.is_finite());
        let mut places = [
            threshold.map(|(_, value)| height.at(value)),
            baseline.map(|value| height.at(value)),
        ];
        // Neither label covers the other.
        if let [Some(one), Some(two)] = &mut places
            && (*one - *two).abs() < LINE
        {
            let middle = ((*one + *two) / 2.0).clamp(TOP + LINE / 2.0, BOTTOM - LINE / 2.0);
            let up = if *one <= *two { -0.5 } else { 0.5 };
            (*one, *two) = (middle + up * LINE, middle - up * LINE);
        }
        let line = |class: &str, value: f64, place_of: Option<f64>, label: String| {
            let mut level = Path::default();
            level.move_to(LEFT, height.at(value));
            level.line_to(right, height.at(value));
            html! {
                (path(class, &level))
                text class=(format!("{class} said")) x=(place(right + 7.0))
                    y=(place(place_of.unwrap_or_default() + 3.5)) { (label) }
            }
        };
        html! {
            @if let Some(value) = baseline {
                (line("base", value, places[1], format!("base {}", number::short(value))))
            }
            @if let Some((comparison, value)) = threshold {
                (line("limit", value, places[0], format!("{} {}", limit(comparison), number::short(value))))
            }
        }
    }

    fn description(&self, track: &Track<'_>) -> String {
        let mut words = format!(
            "{} from {}",
            text::count(track.windows as u64, "window", "windows"),
            time::span(self.span)
        );
        let values = || self.series.points.iter().filter_map(|point| point.value);
        if let (Some(low), Some(high)) = (values().reduce(f64::min), values().reduce(f64::max)) {
            words += &format!(
                ", values {} to {}",
                number::number(low),
                number::number(high)
            );
        }
        if let Some((comparison, value)) = self.series.threshold {
            words += &format!(", {} {}", limit_in_words(comparison), number::number(value));
        }
        if let Some(value) = self.series.baseline {
            words += &format!(", baseline {}", number::number(value));
        }
        for (count, what) in [
            (track.violated, "beyond the threshold"),
            (track.provisional, "provisional"),
            (track.restated, "restated"),
            (track.without_value, "without a value"),
        ] {
            if count > 0 {
                words += &format!(", {} {what}", number::grouped(count as u64));
            }
        }
        words + "."
    }
}

/// `min` or `max`, of what is allowed.
pub(in crate::page) fn limit(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::LessThan => "min",
        Comparison::GreaterThan => "max",
    }
}

pub(in crate::page) fn limit_in_words(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::LessThan => "minimum",
        Comparison::GreaterThan => "maximum",
    }
}

/// The line at the foot, ticks and their times.
pub(super) fn time_axis(times: Span, across: &Scale) -> Markup {
    let mut ticks = Path::default();
    ticks.move_to(LEFT, FOOT);
    ticks.line_to(across.to, FOOT);
    let labelled = time::ticks(times, 6);
    for (tick, _) in &labelled {
        let x = across.at(*tick as f64);
        ticks.move_to(x, FOOT);
        ticks.line_to(x, FOOT + 4.0);
    }
    html! {
        (path("axis", &ticks))
        @for (tick, label) in labelled {
            text class="tick mid" x=(place(across.at(tick as f64))) y=(place(HEIGHT - 7.0)) { (label) }
        }
    }
}
