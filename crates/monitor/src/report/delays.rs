//! How long labels took, from hour files.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use groundline_engine::SqlSession;
use groundline_report::page::{DelayBucket, LabelDelay};
use groundline_store::Window;

use super::span::instant;
use crate::error::MonitorError;

/// Hours at which buckets begin, and whole weeks after them.
const EDGES: [i64; 14] = [0, 1, 2, 3, 6, 12, 24, 48, 72, 96, 120, 144, 168, 336];

/// Shares of the labels of which it is said within how many hours they come.
const SHARES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// Delays of the labels of a window's predictions; `None` without labels.
pub(super) async fn delays(
    session: &SqlSession,
    model: &str,
    window: Window,
) -> Result<Option<LabelDelay>, MonitorError> {
    Ok(delay(&delay_counts(session, model, window).await?))
}

/// Labels by their delay in whole hours, in order of the delays.
pub(crate) async fn delay_counts(
    session: &SqlSession,
    model: &str,
    window: Window,
) -> Result<Vec<(i64, u64)>, MonitorError> {
    let (from, to) = (instant(window.from), instant(window.to));
    let (first, last) = (window.from.date(), window.to.plus(-1).date());
    let parameters = [
        ("model", Some(model)),
        ("from", Some(from.as_str())),
        ("to", Some(to.as_str())),
        ("first_date", Some(first.as_str())),
        ("last_date", Some(last.as_str())),
    ];
    let batches = session.shipped("report/label_delay", &parameters).await?;
    Ok(counts(&batches))
}

/// Hours and labels, in order of the hours.
fn counts(batches: &[RecordBatch]) -> Vec<(i64, u64)> {
    let mut counts = Vec::new();
    for batch in batches {
        let column = |name| {
            let column = batch.column_by_name(name)?;
            column.as_primitive_opt::<Int64Type>()
        };
        let (Some(hours), Some(labels)) = (column("hours"), column("labels")) else {
            continue;
        };
        for (hours, labels) in hours.iter().zip(labels) {
            if let (Some(hours), Some(labels)) = (hours, labels) {
                counts.push((hours, u64::try_from(labels).unwrap_or_default()));
            }
        }
    }
    counts
}

fn delay(counts: &[(i64, u64)]) -> Option<LabelDelay> {
    let total: u64 = counts.iter().map(|(_, labels)| labels).sum();
    if total == 0 {
        return None;
    }
    let edges = edges(counts);
    let buckets = edges.windows(2).filter_map(|pair| {
        let (from, to) = (*pair.first()?, *pair.last()?);
        let inside = counts
            .iter()
            .filter(|(hours, _)| (from..to).contains(hours));
        Some(DelayBucket {
            from: from as f64,
            to: Some(to as f64),
            count: inside.map(|(_, labels)| labels).sum(),
        })
    });
    let buckets: Vec<DelayBucket> = buckets.collect();
    let quantile = |share: f64| {
        let mut so_far = 0;
        let reached = counts.iter().find(|(_, labels)| {
            so_far += labels;
            so_far as f64 >= share * total as f64
        });
        // From the beginning of the prediction's hour to the end of the label's: no label took longer.
        reached.map(|(hours, _)| (share, hours.saturating_add(1) as f64))
    };
    Some(LabelDelay {
        buckets,
        quantiles: SHARES.into_iter().filter_map(quantile).collect(),
    })
}

/// Edges of buckets around all delays.
fn edges(counts: &[(i64, u64)]) -> Vec<i64> {
    let least = counts.first().map_or(0, |(hours, _)| *hours);
    let most = counts.last().map_or(0, |(hours, _)| *hours);
    let mut edges: Vec<i64> = Vec::new();
    if least < 0 {
        edges.push(least);
    }
    for edge in EDGES {
        edges.push(edge);
        if edge > most {
            return edges;
        }
    }
    // What came later than two weeks is one bucket.
    edges.push(most.saturating_add(1));
    edges
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_in_one_bucket_and_quantiles_are_hours_that_none_of_them_exceeded() {
        let counts = [(-30, 1), (0, 4), (5, 3), (30, 1), (400, 1)];
        let delay = delay(&counts).unwrap();
        let told: Vec<(f64, f64, u64)> = delay
            .buckets
            .iter()
            .filter(|bucket| bucket.count > 0)
            .map(|bucket| (bucket.from, bucket.to.unwrap(), bucket.count))
            .collect();
        assert_eq!(
            told,
            [
                (-30.0, 0.0, 1),
                (0.0, 1.0, 4),
                (3.0, 6.0, 3),
                (24.0, 48.0, 1),
                (336.0, 401.0, 1)
            ]
        );
        // Ten labels: the fifth came in the hour of its prediction, so within one.
        assert_eq!(
            delay.quantiles,
            [(0.5, 1.0), (0.9, 31.0), (0.95, 401.0), (0.99, 401.0)]
        );
    }

    #[test]
    fn without_labels_there_is_no_delay() {
        assert_eq!(delay(&[]), None);
    }
}
