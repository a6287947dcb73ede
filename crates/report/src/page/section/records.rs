//! What became of every record.

use maud::{Markup, html};

use super::{part, scroll};
use crate::page::data::{FailedHour, Ledger, LedgerRow, Report, UnmatchedReason};
use crate::page::number::{grouped, percent};
use crate::page::svg::bar;
use crate::page::{text, time};

/// Rows of each table.
const MOST_BUCKETS: usize = 40;
const MOST_REASONS: usize = 12;
const MOST_HOURS: usize = 30;

pub(in crate::page) fn records(report: &Report) -> Markup {
    let inner = html! {
        @if let Some(ledger) = &report.ledger { (accounts(ledger)) }
        @if !report.unmatched.is_empty() { (unmatched(&report.unmatched)) }
        @if !report.failed_hours.is_empty() { (failed(&report.failed_hours)) }
    };
    let lead = match report.ledger.as_ref().and_then(|ledger| ledger.closes) {
        Some(true) => "✓ The ledger closes: every record that was read is in exactly one bucket.",
        Some(false) => "◆ The ledger does not close: some records are unaccounted for.",
        None => "",
    };
    part("records", "Records", lead, &inner)
}

fn accounts(ledger: &Ledger) -> Markup {
    let mut sides: Vec<&str> = Vec::new();
    for row in &ledger.rows {
        if !sides.contains(&row.side.as_str()) && sides.len() < 6 {
            sides.push(&row.side);
        }
    }
    html! {
        div.pair {
            @for side in sides {
                @let rows: Vec<&LedgerRow> = ledger.rows.iter().filter(|row| row.side == side).collect();
                div { (account(side, &rows)) }
            }
        }
    }
}

fn account(side: &str, rows: &[&LedgerRow]) -> Markup {
    let read = rows
        .iter()
        .find(|row| row.bucket == "read")
        .map(|row| row.count);
    let share = |count: u64| {
        read.filter(|&read| read > 0)
            .map(|read| count as f64 / read as f64)
    };
    let table = html! {
        table {
            caption { bdi { (text::name(side)) } }
            thead.away { tr { th scope="col" { "bucket" } th scope="col" {} th.n scope="col" { "records" } th.n scope="col" { "share" } } }
            tbody {
                @for row in rows.iter().take(MOST_BUCKETS) {
                    @let whole = row.bucket == "read";
                    tr.sum[whole] {
                        th scope="row" { bdi { (text::name(&row.bucket).replace('_', " ")) } }
                        td.picture { @if let Some(share) = share(row.count).filter(|_| !whole) { (bar(share, false)) } }
                        td.n { (grouped(row.count)) }
                        td.n { @if let Some(share) = share(row.count).filter(|_| !whole) { (percent(share)) } }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Ledger", &table))
        @if rows.len() > MOST_BUCKETS { p.aside { "… and " (grouped((rows.len() - MOST_BUCKETS) as u64)) " more." } }
    }
}

fn unmatched(reasons: &[UnmatchedReason]) -> Markup {
    let mut ranked: Vec<&UnmatchedReason> = reasons.iter().collect();
    ranked.sort_by(|one, two| {
        two.count
            .cmp(&one.count)
            .then_with(|| one.reason.cmp(&two.reason))
    });
    let table = html! {
        table {
            caption { "Labels that matched no prediction" }
            thead { tr { th scope="col" { "reason" } th.n scope="col" { "labels" } th scope="col" { "example" } th scope="col" { "what to do" } } }
            tbody {
                @for reason in ranked.iter().take(MOST_REASONS) {
                    tr {
                        th scope="row" { bdi { (text::name(&reason.reason).replace('_', " ")) } }
                        td.n { (grouped(reason.count)) }
                        td.code { @if let Some(example) = &reason.example { bdi { (text::name(example)) } } }
                        td.words { @if let Some(fix) = &reason.fix { (text::sentence(fix)) } }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Labels that matched no prediction", &table))
        @if ranked.len() > MOST_REASONS { p.aside { "… and " (grouped((ranked.len() - MOST_REASONS) as u64)) " more reasons." } }
    }
}

fn failed(hours: &[FailedHour]) -> Markup {
    let table = html! {
        table {
            caption { "Hours that were not merged" }
            thead { tr { th scope="col" { "hour, UTC" } th scope="col" { "where" } th scope="col" { "why" } } }
            tbody {
                @for hour in hours.iter().take(MOST_HOURS) {
                    tr {
                        th scope="row" { (time::instant(hour.hour)) }
                        td { bdi { @if !hour.place.is_empty() { (text::name(&hour.place)) } } }
                        td.words { (text::sentence(&hour.reason)) }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Hours that were not merged", &table))
        @if hours.len() > MOST_HOURS { p.aside { "… and " (grouped((hours.len() - MOST_HOURS) as u64)) " more hours." } }
    }
}
