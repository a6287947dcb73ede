//! Which class is taken for which, and how well each is met.

use std::collections::HashMap;

use groundline_quality::{Figure, Measured};
use maud::{Markup, html};

use super::{part, scroll};
use crate::page::chart::matrix::matrix;
use crate::page::data::Report;
use crate::page::number::{grouped, measured};
use crate::page::{text, time};

/// Classes that have a row of metrics.
const MOST: usize = 20;

pub(in crate::page) fn classes(report: &Report) -> Markup {
    let Some(now) = &report.period.measured else {
        return html! {};
    };
    let Some(confusion) = matrix(now) else {
        return html! {};
    };
    let before = report
        .compared
        .as_ref()
        .and_then(|period| Some((matrix(period.measured.as_ref()?)?, period.span)));
    let caption = match before {
        Some(_) => time::span(report.period.span),
        None => "Rows by actual and predicted class".to_owned(),
    };
    let inner = html! {
        @if confusion.is_small() {
            div.pair {
                div { (confusion.table(&caption)) }
                @if let Some((before, span)) = &before { div { (before.table(&time::span(*span))) } }
            }
        } @else {
            (confusion.table(&caption))
            @if let Some((before, span)) = &before { (before.table(&time::span(*span))) }
        }
        div.pair {
            div { (each(now)) }
            div { (confusion.most_confused()) }
        }
    };
    part(
        "confusion",
        "Confusion",
        "Shade: share of the row; off the diagonal are errors. The share that is right stands at the end of the row.",
        &inner,
    )
}

/// Metrics of each class, the worst F1 first.
fn each(measured: &Measured) -> Markup {
    let mut by_class: HashMap<&str, [Option<&Figure>; 4]> = HashMap::new();
    let mut order: Vec<&str> = Vec::new();
    for figure in &measured.figures {
        let Some((of, class)) = text::of_class(&figure.metric) else {
            continue;
        };
        let Some(place) = ["support", "recall", "precision", "f1"]
            .iter()
            .position(|known| *known == of)
        else {
            continue;
        };
        let row = by_class.entry(class).or_insert_with(|| {
            order.push(class);
            [None; 4]
        });
        row[place] = Some(figure);
    }
    let value = |class: &str, place: usize| by_class[class][place].and_then(|figure| figure.value);
    let key = |class: &str| value(class, 3).unwrap_or(f64::INFINITY);
    order.sort_by(|one, two| key(one).total_cmp(&key(two)));
    if order.is_empty() {
        return html! {};
    }
    let table = html! {
        table {
            caption { "Each class, the lowest F1 first" }
            thead { tr { th scope="col" { "class" } th.n scope="col" { "labels" } th.n scope="col" { "recall" } th.n scope="col" { "precision" } th.n scope="col" { "F1" } } }
            tbody {
                @for class in order.iter().take(MOST) {
                    tr {
                        th scope="row" { bdi { (text::name(class)) } }
                        td.n { @if let Some(labels) = value(class, 0) { (grouped(labels as u64)) } }
                        @for place in 1..4 {
                            td.n { @if let Some(figure) = by_class[class][place] { (shown(figure)) } }
                        }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Metrics of each class", &table))
        @if order.len() > MOST {
            p.aside { "… and " (text::count((order.len() - MOST) as u64, "more class", "more classes")) " with a higher F1, or none." }
        }
    }
}

fn shown(figure: &Figure) -> String {
    figure
        .value
        .map_or_else(|| "–".to_owned(), |value| measured(value, figure.interval))
}
