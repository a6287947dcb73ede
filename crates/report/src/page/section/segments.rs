//! Segments by the damage they do.

use maud::{Markup, html};

use super::{part, scroll};
use crate::page::data::{Report, Segment, Segmentation};
use crate::page::number::{ends, grouped, measured, percent, points};
use crate::page::svg::bar;
use crate::page::text;

/// Segments of a cut that have a row, and cuts that have a table.
const MOST: usize = 15;
const MOST_CUTS: usize = 12;

pub(in crate::page) fn segments(report: &Report) -> Markup {
    let cuts: Vec<&Segmentation> = report
        .segmentations
        .iter()
        .filter(|cut| !cut.segments.is_empty())
        .collect();
    let inner = html! {
        @for cut in cuts.iter().take(MOST_CUTS) { (one(cut)) }
        @if cuts.len() > MOST_CUTS {
            p.aside { "… and " (text::count((cuts.len() - MOST_CUTS) as u64, "more cut", "more cuts")) "." }
        }
    };
    part(
        "segments",
        "Segments by damage",
        "Damage is a segment's share of all errors less its share of all rows, in percentage points: so much of the total error would go if the segment were as good as the whole. Errors are wrong predictions; of numbers, absolute residuals.",
        &inner,
    )
}

fn one(cut: &Segmentation) -> Markup {
    let mut ranked: Vec<(Option<f64>, &Segment)> = cut
        .segments
        .iter()
        .map(|segment| (cut.damage(segment), segment))
        .collect();
    let key = |damage: Option<f64>| damage.unwrap_or(f64::NEG_INFINITY);
    ranked.sort_by(|one, two| {
        key(two.0)
            .total_cmp(&key(one.0))
            .then_with(|| one.1.name.cmp(&two.1.name))
    });
    let widest = ranked
        .iter()
        .filter_map(|(damage, _)| *damage)
        .map(f64::abs)
        .fold(0.0, f64::max);
    let metric = text::metric(&cut.metric);
    let table = html! {
        table {
            caption { "By " bdi { (text::name(&cut.by)) } @if let Some(value) = cut.value { " · " (metric) " of all: " (measured(value, None)) } }
            thead { tr {
                th scope="col" { "segment" } th.n scope="col" { "rows" } th.n scope="col" { "of rows" } th.n scope="col" { "of errors" }
                th.n scope="col" { "damage, points" } th scope="col" {} th.n scope="col" { (metric) } th.n scope="col" { "95 % interval" }
            } }
            tbody {
                @for (damage, segment) in ranked.iter().take(MOST) {
                    tr {
                        th scope="row" { bdi { (text::name(&segment.name)) } }
                        td.n { (grouped(segment.n)) }
                        td.n { (percent(segment.n as f64 / cut.rows.max(1) as f64)) }
                        td.n { @if damage.is_some() { (percent(segment.error / cut.error)) } @else { "–" } }
                        td.n { @if let Some(damage) = damage { (points(*damage)) } @else { "–" } }
                        td.picture { @if let Some(damage) = damage { @if widest > 0.0 { (bar(damage / widest, true)) } } }
                        td.n { @if let Some(value) = segment.value { (measured(value, segment.interval)) } @else { "–" } }
                        td.n { @if let Some(interval) = segment.interval { (ends(interval)) } }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Segments", &table))
        @if ranked.len() > MOST {
            p.aside { "… and " (text::count((ranked.len() - MOST) as u64, "more segment", "more segments")) " with less damage." }
        }
    }
}
