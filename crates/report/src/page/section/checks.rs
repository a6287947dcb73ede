//! Every constraint.

use maud::{Markup, html};

use super::{part, scroll};
use crate::page::chart::evidence::evidence;
use crate::page::chart::line::limit;
use crate::page::data::Report;
use crate::page::number::{ends, grouped, measured, number};
use crate::page::{text, words};

/// Constraints that have a row.
const MOST: usize = 60;

pub(in crate::page) fn checks(report: &Report) -> Markup {
    let ranked = words::ranked(&report.verdict);
    if ranked.is_empty() {
        return html! {};
    }
    let rows = html! {
        table.checks {
            caption.away { "Constraints" }
            thead {
                tr {
                    th scope="col" { "metric" }
                    th scope="col" { "state" }
                    th.n scope="col" { "value" }
                    th scope="col" { "95 % interval and threshold" }
                    th.n scope="col" { "95 % interval" }
                    th.n scope="col" { "allowed" }
                    th.n scope="col" { "baseline" }
                    th.n scope="col" { "n" }
                }
            }
            tbody {
                @for (index, check) in ranked.iter().take(MOST).enumerate() {
                    @let (standing, state) = words::state_of(check);
                    @let figure = check.figure.as_ref();
                    tr {
                        th scope="row" { (text::metric(&check.constraint.metric)) }
                        td { span.chip.(standing.class()) { span aria-hidden="true" { (standing.sign()) } " " (state) } }
                        td.n { @if let Some(value) = words::value(check) { (measured(value, figure.and_then(|figure| figure.interval))) } @else { "–" } }
                        td.picture { (evidence(&format!("k{index}"), check)) }
                        td.n { @if let Some(interval) = figure.and_then(|figure| figure.interval) { (ends(interval)) } }
                        td.n { (limit(check.constraint.comparison)) " " (number(check.constraint.threshold)) }
                        td.n { @if let Some(baseline) = check.constraint.baseline { (number(baseline)) } }
                        td.n { @if let Some(figure) = figure { (grouped(figure.n)) } }
                    }
                }
            }
        }
    };
    let inner = html! {
        (scroll("Constraints", &rows))
        @if ranked.len() > MOST {
            p.aside { "… and " (grouped((ranked.len() - MOST) as u64)) " more, none more urgent than these." }
        }
    };
    part(
        "constraints",
        "Constraints",
        "Mark: the value (a diamond where it violates). Bar: its 95 % interval. Shaded: beyond the threshold. Dashed: the baseline. Unsure: the interval reaches to both sides of the threshold, or the rows are too few.",
        &inner,
    )
}
