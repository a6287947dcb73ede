//! Reports to render.

use groundline_quality::{
    CalibrationBin, Check, Comparison, Constraint, Curves, Figure, Interval, Measured, Outcome,
    PrPoint, ProblemType, RocPoint,
};
use groundline_report::page::{
    DelayBucket, FailedHour, LabelDelay, Ledger, LedgerRow, Period, Report, Run, RunState, Segment,
    Segmentation, Series, SeriesPoint, Span, UnmatchedReason,
};

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Hours after the epoch.
pub(crate) fn span(from: i64, to: i64) -> Span {
    Span {
        from: from * HOUR,
        to: to * HOUR,
    }
}

/// A value for each hour, falling a little, with an interval of half a width.
pub(crate) fn series(metric: &str, hours: i64, value: f64, half: f64) -> Series {
    let point = |hour: i64| {
        let value = value - 0.000_01 * hour as f64 + if hour % 7 == 3 { 0.004 } else { 0.0 };
        let interval = Interval {
            low: value - half,
            high: (value + half).min(1.0),
        };
        SeriesPoint {
            violated: hour % 11 == 0,
            provisional: hour > hours - 100,
            restated: hour % 5 == 0,
            ..SeriesPoint::new(span(hour, hour + 1), value, Some(interval), 1_234)
        }
    };
    Series {
        metric: metric.to_owned(),
        baseline: Some(value),
        threshold: Some((Comparison::LessThan, value - 0.01)),
        points: (0..hours).map(point).collect(),
    }
}

/// 31 days of hours of 20 metrics.
pub(crate) fn binary_month() -> Report {
    let mut report = Report::new("churn", ProblemType::BinaryClassification, span(0, 744));
    let named = ["auc", "precision", "recall", "accuracy", "label_coverage"];
    let metrics = named
        .iter()
        .map(|name| (*name).to_owned())
        .chain((0..16).map(|metric| format!("own_metric_{metric}")));
    report.period.series = metrics
        .map(|metric| series(&metric, 744, 0.812_345, 0.012_345))
        .collect();
    report.period.measured = Some(Measured {
        rows: 9,
        figures: vec![violated_figure()],
        ..Measured::default()
    });
    report.runs = (0..744)
        .map(|hour| Run {
            schedule: "hourly".to_owned(),
            scheduled: hour * HOUR,
            window: span(hour, hour + 1),
            state: RunState::ALL[usize::try_from(hour).unwrap() % 4],
            violations: 1,
            coverage: Some(0.5),
            provisional: false,
            revision: 0,
            message: None,
        })
        .collect();
    report
}

fn violated_figure() -> Figure {
    Figure::new("recall", 0.812, 4_321).within(Some(Interval {
        low: 0.801,
        high: 0.823,
    }))
}

/// Recall of 0.812 where 0.85 is asked for.
pub(crate) fn violated_check() -> Check {
    Check {
        constraint: Constraint {
            metric: "recall".to_owned(),
            threshold: 0.85,
            comparison: Comparison::LessThan,
            baseline: Some(0.9),
            baseline_interval: None,
        },
        figure: Some(violated_figure()),
        violated: true,
        outcome: Outcome::Violated,
    }
}

/// One text in every place that holds a text, and numbers that are none.
pub(crate) fn harmful(text: &str) -> Report {
    let own = || text.to_owned();
    let mut report = Report::new(
        text,
        ProblemType::MulticlassClassification,
        Span {
            from: i64::MIN,
            to: i64::MAX,
        },
    );
    report.labels_as_of = Some(i64::MAX);
    let mut check = violated_check();
    check.constraint.metric = own();
    check.constraint.threshold = f64::NAN;
    report.verdict.checks = vec![check, violated_check()];
    report.verdict.message = Some(own());
    report.verdict.window = Some(Span { from: 5, to: -5 });
    let point = SeriesPoint {
        reason: Some(own()),
        was: Some(f64::INFINITY),
        restated: true,
        ..SeriesPoint::new(
            span(0, 1),
            f64::NAN,
            Some(Interval {
                low: f64::NEG_INFINITY,
                high: f64::NAN,
            }),
            u64::MAX,
        )
    };
    let far = SeriesPoint::new(
        Span {
            from: i64::MIN,
            to: i64::MAX,
        },
        f64::MAX,
        None,
        0,
    );
    let least = SeriesPoint::new(span(1, 2), f64::MIN, None, 0);
    let of = |metric: String| Series {
        metric,
        baseline: Some(f64::NAN),
        threshold: Some((Comparison::GreaterThan, f64::INFINITY)),
        points: vec![point.clone(), far.clone(), least.clone()],
    };
    report.period.series = vec![
        of(own()),
        of(format!("recall({text})")),
        of("label_coverage".to_owned()),
    ];
    report.period.measured = Some(measured(text));
    report.compared = Some(Period {
        measured: Some(measured(text)),
        ..report.period.clone()
    });
    report.runs = vec![run(text, 0), run(text, i64::MAX), run(text, i64::MIN)];
    report.labels.target = Some(f64::NAN);
    report.labels.delay = Some(LabelDelay {
        buckets: vec![DelayBucket {
            from: f64::NAN,
            to: None,
            count: 3,
        }],
        quantiles: vec![(f64::NAN, f64::INFINITY)],
    });
    report.segmentations = vec![Segmentation {
        by: own(),
        metric: own(),
        rows: 3,
        error: 2.0,
        value: Some(f64::NAN),
        segments: vec![Segment {
            name: own(),
            n: 1,
            value: Some(0.5),
            interval: None,
            error: 2.0,
        }],
    }];
    let row = |bucket: String| LedgerRow {
        side: own(),
        bucket,
        count: 7,
    };
    report.ledger = Some(Ledger {
        rows: vec![row("read".to_owned()), row(own())],
        closes: Some(false),
    });
    report.unmatched = vec![UnmatchedReason {
        reason: own(),
        count: 3,
        example: Some(own()),
        fix: Some(own()),
    }];
    report.failed_hours = vec![FailedHour {
        hour: 0,
        place: own(),
        reason: own(),
    }];
    report.notes = vec![own()];
    report
}

fn run(text: &str, scheduled: i64) -> Run {
    Run {
        schedule: text.to_owned(),
        scheduled,
        window: Span {
            from: scheduled,
            to: scheduled,
        },
        state: RunState::Failed,
        violations: 1,
        coverage: Some(f64::NAN),
        provisional: true,
        revision: 2,
        message: Some(text.to_owned()),
    }
}

fn measured(text: &str) -> Measured {
    let classes = vec![text.to_owned(), "b".to_owned(), "c".to_owned()];
    let roc = |share| RocPoint {
        threshold: None,
        false_positive_rate: share,
        true_positive_rate: share,
    };
    Measured {
        rows: 3,
        figures: vec![
            violated_figure(),
            Figure::new(text.to_owned(), f64::NAN, 3),
            Figure::new(format!("f1({text})"), 0.5, 3),
            Figure::new(format!("support({text})"), f64::INFINITY, 3),
        ],
        confusion: vec![
            (text.to_owned(), "b".to_owned(), 3),
            ("b".to_owned(), text.to_owned(), 2),
        ],
        classes,
        curves: Some(Curves {
            roc: vec![roc(0.0), roc(f64::NAN), roc(1.0)],
            pr: vec![PrPoint {
                threshold: None,
                precision: f64::NAN,
                recall: 0.0,
            }],
            distinct_scores: 1,
            complete: true,
        }),
        calibration: vec![CalibrationBin {
            low: 0.0,
            high: 0.1,
            n: 3,
            mean_probability: Some(f64::NAN),
            observed_rate: Some(0.5),
            interval: None,
        }],
    }
}
