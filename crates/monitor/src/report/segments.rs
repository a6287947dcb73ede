//! Which segments do the damage: the period cut by each `--by`.

use groundline_engine::{Every, ProblemType, QualityGroup, QualityOptions, QualityReport, measure};
use groundline_report::page::{Segment, Segmentation};
use groundline_store::Window;

use crate::error::MonitorError;

/// One ranking for each column or expression.
pub(super) async fn segmentations(
    measuring: &QualityOptions,
    window: Window,
    by: &[String],
) -> Result<Vec<Segmentation>, MonitorError> {
    let mut all = Vec::new();
    for by in by {
        let measured = measure(&QualityOptions {
            window: Some(window),
            every: Every::Window,
            by: vec![by.clone()],
            // They have segments of their own.
            own: Vec::new(),
            ..measuring.clone()
        })
        .await?;
        all.push(segmentation(&measured));
    }
    Ok(all)
}

fn segmentation(measured: &QualityReport) -> Segmentation {
    let metric = match measured.problem_type {
        ProblemType::Regression => "mae",
        _ => "accuracy",
    };
    let segments: Vec<Segment> = measured
        .groups
        .iter()
        .map(|group| segment(group, metric))
        .collect();
    let rows: u64 = segments.iter().map(|segment| segment.n).sum();
    let error: f64 = segments.iter().map(|segment| segment.error).sum();
    let share = error / rows as f64;
    Segmentation {
        by: measured.by.join(", "),
        metric: metric.to_owned(),
        rows,
        error,
        value: (rows > 0).then_some(match measured.problem_type {
            ProblemType::Regression => share,
            _ => 1.0 - share,
        }),
        segments,
    }
}

fn segment(group: &QualityGroup, metric: &str) -> Segment {
    let figure = group.measured.figure(metric);
    let n = group.measured.rows;
    let value = figure.and_then(|figure| figure.value).filter(|_| n > 0);
    let confusion = group.measured.confusion.iter();
    let wrong: u64 = confusion
        .filter(|(actual, predicted, _)| actual != predicted)
        .map(|(_, _, count)| count)
        .sum();
    Segment {
        name: group.segment.clone().unwrap_or_default(),
        n,
        error: match metric {
            "mae" => value.unwrap_or_default() * n as f64,
            _ => wrong as f64,
        },
        interval: figure.and_then(|figure| figure.interval),
        value,
    }
}
