//! Many classes, some of which are taken for each other.

use groundline_quality::{Comparison, Figure, Interval, Measured, ProblemType};
use groundline_report::page::{Period, Report, RunState, Span, Verdict};

use crate::made::{DAY, Dice, NOVEMBER, Shape, checks, figure, series, windows};

const SHAPES: [Shape; 6] = [
    shape("accuracy", 0.861, Some((Comparison::LessThan, 0.85))),
    shape("weighted_recall", 0.861, Some((Comparison::LessThan, 0.85))),
    shape(
        "weighted_precision",
        0.866,
        Some((Comparison::LessThan, 0.85)),
    ),
    shape("weighted_f1", 0.863, Some((Comparison::LessThan, 0.865))),
    shape("macro_f1", 0.812, None),
    shape("mcc", 0.84, None),
];

const fn shape(metric: &'static str, level: f64, limit: Option<(Comparison, f64)>) -> Shape {
    Shape {
        metric,
        level,
        noise: 0.006,
        drift: 0.004,
        limit,
    }
}

pub(crate) fn multiclass(classes: usize) -> Report {
    let span = Span {
        from: NOVEMBER,
        to: NOVEMBER + 28 * DAY,
    };
    let mut report = Report::new("ticket-router", ProblemType::MulticlassClassification, span);
    let measured = measured(classes);
    report.verdict = Verdict {
        state: Some(RunState::CompletedWithViolations),
        checks: checks(
            ProblemType::MulticlassClassification,
            &SHAPES,
            &measured.figures,
        ),
        ..Verdict::default()
    };
    let days = windows(span, DAY, DAY);
    report.period = Period {
        predictions: Some(measured.rows + 4_022),
        labelled: Some(measured.rows),
        series: SHAPES
            .iter()
            .zip(1..)
            .map(|(shape, seed)| series(shape, &days, 9_000, seed, false))
            .collect(),
        measured: Some(measured),
        ..Period::new(span)
    };
    report
}

fn measured(classes: usize) -> Measured {
    let mut dice = Dice::new(classes as u64);
    let names: Vec<String> = (0..classes)
        .map(|class| format!("{} {class}", TOPICS[class % TOPICS.len()]))
        .collect();
    let mut confusion = Vec::new();
    let mut figures: Vec<Figure> = SHAPES
        .iter()
        .map(|shape| figure(shape.metric, shape.level, 0.0031, 200_000))
        .collect();
    let mut rows = 0;
    for (actual, name) in names.iter().enumerate() {
        let labels = (200.0 + 9_000.0 * dice.share().powi(4)) as u64;
        let right = (labels as f64 * (0.7 + 0.28 * dice.share())) as u64;
        let mut left = labels - right;
        confusion.push((name.clone(), name.clone(), right));
        for step in 1..6 {
            let part = if step == 5 { left } else { left / 2 };
            left -= part;
            let predicted = (actual + step * step) % classes;
            if predicted != actual && part > 0 {
                confusion.push((name.clone(), names[predicted].clone(), part));
            }
        }
        rows += labels;
        let recall = right as f64 / labels as f64;
        let interval = Interval::wilson(right, labels);
        for metric in ["recall", "precision", "f1"] {
            figures.push(Figure::new(format!("{metric}({name})"), recall, labels).within(interval));
        }
        figures.push(Figure::new(
            format!("support({name})"),
            labels as f64,
            labels,
        ));
    }
    confusion.sort();
    Measured {
        rows,
        figures,
        confusion,
        classes: names,
        curves: None,
        calibration: Vec::new(),
    }
}

const TOPICS: [&str; 8] = [
    "billing", "refund", "delivery", "account", "login", "outage", "upgrade", "cancel",
];
