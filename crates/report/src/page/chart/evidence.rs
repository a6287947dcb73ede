//! A value and its interval beside the threshold: how far, and how sure.

use groundline_quality::{Check, Comparison, metric_range};
use maud::{Markup, html};

use crate::page::scale::{Scale, extent};
use crate::page::svg::{Path, image, path, place};
use crate::page::{text, words};

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 26.0;
const MIDDLE: f64 = 13.0;

/// The side beyond the threshold is shaded; the bar is the interval; a diamond violates, a dot does not.
pub(in crate::page) fn evidence(id: &str, check: &Check) -> Markup {
    let constraint = &check.constraint;
    let figure = check.figure.as_ref();
    let interval = figure.and_then(|figure| figure.interval);
    let Some(value) = figure.and_then(|figure| figure.value) else {
        return html! { span.none { "no value" } };
    };
    let shown = [
        Some(value),
        Some(constraint.threshold),
        constraint.baseline,
        interval.map(|interval| interval.low),
        interval.map(|interval| interval.high),
    ];
    let range = metric_range(&constraint.metric);
    let Some((low, high)) = extent(shown.into_iter().flatten(), range) else {
        return html! {};
    };
    let scale = Scale::new(low, high, 6.0, WIDTH - 6.0);
    let limit = scale.at(constraint.threshold);
    let mut shade = Path::default();
    match constraint.comparison {
        Comparison::LessThan => shade.block(0.0, 3.0, limit, HEIGHT - 6.0),
        Comparison::GreaterThan => shade.block(limit, 3.0, WIDTH - limit, HEIGHT - 6.0),
    }
    let mut level = Path::default();
    level.move_to(limit, 1.0);
    level.line_to(limit, HEIGHT - 1.0);
    let mut base = Path::default();
    if let Some(baseline) = constraint.baseline {
        base.move_to(scale.at(baseline), 4.0);
        base.line_to(scale.at(baseline), HEIGHT - 4.0);
    }
    let mut bar = Path::default();
    if let Some(interval) = interval {
        let (from, to) = (scale.at(interval.low), scale.at(interval.high));
        bar.block(from, MIDDLE - 3.5, (to - from).max(1.0), 7.0);
    }
    let x = scale.at(value);
    let inner = html! {
        (path("shade", &shade))
        (path("base", &base))
        (path("range", &bar))
        (path("limit", &level))
        @if check.violated {
            path class="bad halo" d=(format!("M{},{}l5.5,5.5l-5.5,5.5l-5.5,-5.5Z", place(x), place(MIDDLE - 5.5))) {}
        } @else {
            circle class="dot halo" cx=(place(x)) cy=(place(MIDDLE)) r="4" {}
        }
    };
    let title = format!("{} against its threshold", text::metric(&constraint.metric));
    image(id, (WIDTH, HEIGHT), &title, &words::finding(check), &inner)
}
