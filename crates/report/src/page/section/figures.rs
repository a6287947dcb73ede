//! What was measured over the whole period, and over another beside it.

use groundline_quality::{Figure, Measured};
use maud::{Markup, html};

use super::{part, scroll};
use crate::page::data::Report;
use crate::page::number::{ends, grouped, measured, signed};
use crate::page::{text, time};

/// Metrics that have a row; those of single classes have a table of their own.
const MOST: usize = 80;

pub(in crate::page) fn figures(report: &Report) -> Markup {
    let Some(now) = &report.period.measured else {
        return html! {};
    };
    let then = report
        .compared
        .as_ref()
        .and_then(|period| period.measured.as_ref());
    let whole: Vec<&Figure> = now
        .figures
        .iter()
        .filter(|figure| text::of_class(&figure.metric).is_none())
        .collect();
    if whole.is_empty() {
        return html! {};
    }
    let rows = match (then, &report.compared) {
        (Some(then), Some(period)) => scroll(
            "Metrics of both periods",
            &html! {
                table {
                    caption.away { "Metrics of both periods" }
                    thead { tr {
                        th scope="col" { "metric" }
                        th.n scope="col" { (time::span(report.period.span)) } th.n scope="col" { "95 % interval" }
                        th.n scope="col" { (time::span(period.span)) } th.n scope="col" { "95 % interval" }
                        th.n scope="col" { "change" } th scope="col" { "" }
                    } }
                    tbody {
                        @for figure in whole.iter().take(MOST) { (both(figure, then)) }
                    }
                }
            },
        ),
        _ => {
            let (left, right) = whole.split_at(match whole.len() {
                few @ 0..=10 => few,
                many => many.min(MOST).div_ceil(2),
            });
            html! {
                div.pair {
                    div { (scroll("Metrics of the whole period", &of_one(left))) }
                    @if !right.is_empty() { div { (scroll("More metrics", &of_one(right))) } }
                }
            }
        }
    };
    let inner = html! {
        (rows)
        @if whole.len() > MOST {
            p.aside { "… and " (text::count((whole.len() - MOST) as u64, "more metric", "more metrics")) "." }
        }
    };
    let lead = match then {
        Some(_) => "All rows of each period at once. A change is clear where the two 95 % intervals do not overlap.".to_owned(),
        None => format!("All {} of the period at once.", text::count(now.rows, "row", "rows")),
    };
    let heading = if then.is_some() {
        "Two periods side by side"
    } else {
        "Whole period"
    };
    part("whole", heading, &lead, &inner)
}

fn of_one(figures: &[&Figure]) -> Markup {
    html! {
        table {
            caption.away { "Metrics of the whole period" }
            thead { tr { th scope="col" { "metric" } th.n scope="col" { "value" } th.n scope="col" { "95 % interval" } th.n scope="col" { "n" } th scope="col" {} } }
            tbody {
                @for figure in figures.iter().take(MOST.div_ceil(2)) {
                    tr {
                        th scope="row" { (text::metric(&figure.metric)) }
                        (cells(Some(figure)))
                        td.n { (grouped(figure.n)) }
                        td { (why(figure)) }
                    }
                }
            }
        }
    }
}

fn cells(figure: Option<&Figure>) -> Markup {
    let value = figure.and_then(|figure| figure.value);
    let interval = figure.and_then(|figure| figure.interval);
    html! {
        td.n { @if let Some(value) = value { (measured(value, interval)) } @else { "–" } }
        td.n { @if let Some(interval) = interval { (ends(interval)) } }
    }
}

fn why(figure: &Figure) -> String {
    figure.reason.map_or_else(String::new, |reason| {
        text::reason(reason.as_str()).into_owned()
    })
}

/// A metric in both periods, and whether it changed.
fn both(figure: &Figure, then: &Measured) -> Markup {
    let before = then.figure(&figure.metric);
    let values = figure.value.zip(before.and_then(|before| before.value));
    let intervals = figure
        .interval
        .zip(before.and_then(|before| before.interval));
    html! {
        tr {
            th scope="row" { (text::metric(&figure.metric)) }
            (cells(Some(figure)))
            (cells(before))
            td.n { @if let Some((now, then)) = values { (signed(now - then, figure.interval)) } }
            td {
                @if let (Some((now, then)), Some((one, two))) = (values, intervals) {
                    @let apart = one.low > two.high || two.low > one.high;
                    @let better = text::more_is_better(&figure.metric).map(|more| more == (now > then));
                    @match (apart, better) {
                        (false, _) => span.quiet { "within chance" },
                        (true, Some(true)) => span.chip.good { span aria-hidden="true" { "▲ " } "better" },
                        (true, Some(false)) => span.chip.bad { span aria-hidden="true" { "▼ " } "worse" },
                        (true, None) => span.chip { "changed" },
                    }
                } @else { (why(figure)) }
            }
        }
    }
}
