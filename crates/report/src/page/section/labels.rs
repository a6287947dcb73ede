//! How many predictions have a label, and how long that takes.

use groundline_quality::Comparison;
use maud::{Markup, html};

use super::metrics::{Room, chart};
use super::{part, scroll};
use crate::page::data::{DelayBucket, LabelDelay, Report, Series};
use crate::page::number::{self, grouped, percent};
use crate::page::svg::bar;
use crate::page::words::share;

/// Buckets of delay that have a row; of more, neighbours are one.
const MOST: usize = 16;

pub(in crate::page) fn labels(report: &Report) -> Markup {
    let target = report
        .labels
        .target
        .map(|target| (Comparison::LessThan, target));
    let coverage = report
        .period
        .series_of("label_coverage")
        .filter(|series| !series.points.is_empty())
        .map(|series| Series {
            threshold: series.threshold.or(target),
            ..series.clone()
        });
    let inner = html! {
        @if coverage.is_some() || report.labels.delay.is_some() {
            div.pair {
                @if let Some(series) = &coverage { (chart(report, series, "coverage", Room::of(8))) }
                @if let Some(delay) = &report.labels.delay { div { (delays(delay)) } }
            }
        }
    };
    let of_all = share(report.period.labelled, report.period.predictions);
    let lead = match (of_all, report.period.predictions) {
        (Some(of_all), Some(predictions)) => {
            format!(
                "{} of {} predictions have a label.",
                percent(of_all),
                grouped(predictions)
            )
        }
        _ => String::new(),
    };
    part("labels", "Labels", &lead, &inner)
}

fn delays(delay: &LabelDelay) -> Markup {
    let buckets = merged(&delay.buckets);
    let total: u64 = buckets.iter().map(|bucket| bucket.count).sum();
    let most = buckets
        .iter()
        .map(|bucket| bucket.count)
        .max()
        .unwrap_or_default()
        .max(1);
    let mut so_far = 0;
    let within: Vec<String> = delay
        .quantiles
        .iter()
        .take(6)
        .map(|(share, hours)| format!("{} within {}", percent(*share), number::hours(*hours)))
        .collect();
    let table = html! {
        table {
            caption { "From prediction to label" }
            thead { tr { th scope="col" { "delay" } th scope="col" {} th.n scope="col" { "labels" } th.n scope="col" { "so far" } } }
            tbody {
                @for bucket in &buckets {
                    @let () = so_far += bucket.count;
                    tr {
                        td { (length(bucket)) }
                        td.picture { (bar(bucket.count as f64 / most as f64, false)) }
                        td.n { (grouped(bucket.count)) }
                        td.n { @if total > 0 { (percent(so_far as f64 / total as f64)) } }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Label delay", &table))
        @if !within.is_empty() { p.aside { "Labels come: " (within.join(", ")) "." } }
    }
}

/// As many buckets as there is room for, neighbours added up.
fn merged(buckets: &[DelayBucket]) -> Vec<DelayBucket> {
    let of = buckets.len().div_ceil(MOST).max(1);
    buckets
        .chunks(of)
        .filter_map(|part| {
            let (first, last) = (part.first()?, part.last()?);
            Some(DelayBucket {
                from: first.from,
                to: last.to,
                count: part.iter().map(|bucket| bucket.count).sum(),
            })
        })
        .collect()
}

fn length(bucket: &DelayBucket) -> String {
    match bucket.to {
        Some(to) => format!("{} to {}", number::hours(bucket.from), number::hours(to)),
        None => format!("{} or more", number::hours(bucket.from)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_buckets_become_few_and_lose_no_label() {
        let buckets: Vec<DelayBucket> = (0..100)
            .map(|hour| DelayBucket {
                from: f64::from(hour),
                to: Some(f64::from(hour + 1)),
                count: 3,
            })
            .collect();
        let few = merged(&buckets);
        assert!(few.len() <= MOST);
        assert_eq!(few.iter().map(|bucket| bucket.count).sum::<u64>(), 300);
    }
}
