//! A few windows, nothing at all, numbers, and names that mean harm.

use groundline_quality::{Comparison, Figure, Measured, ProblemType, Reason};
use groundline_report::page::{
    FailedHour, Ledger, LedgerRow, Period, Report, Run, RunState, Segment, Segmentation, Series,
    SeriesPoint, Span, UnmatchedReason, Verdict,
};

use crate::made::{BINARY, DAY, HOUR, NOVEMBER, Shape, checks, figure, figures, series, windows};

pub(crate) fn small() -> Report {
    let span = Span {
        from: NOVEMBER,
        to: NOVEMBER + 6 * HOUR,
    };
    let mut report = Report::new("fraud", ProblemType::BinaryClassification, span);
    let hours = windows(span, HOUR, HOUR);
    let few: Vec<Figure> = figures(&BINARY[..3], 0.7, 24);
    report.verdict = Verdict {
        state: Some(RunState::CompletedWithViolations),
        checks: checks(ProblemType::BinaryClassification, &BINARY[..4], &few),
        ..Verdict::default()
    };
    let mut all: Vec<Series> = BINARY[..3]
        .iter()
        .zip(40..)
        .map(|(shape, seed)| series(shape, &hours, 20, seed, false))
        .collect();
    all[0].points.remove(2);
    all[0].points[1].value = None;
    all[0].points[1].reason = Some(Reason::NoPositives.as_str().to_owned());
    all[1].points[4].provisional = true;
    report.period = Period {
        predictions: Some(31),
        labelled: Some(24),
        series: all,
        measured: Some(Measured {
            rows: 24,
            figures: few,
            ..Measured::default()
        }),
        ..Period::new(span)
    };
    report
}

pub(crate) fn empty() -> Report {
    Report::new(
        "new-model",
        ProblemType::Regression,
        Span {
            from: NOVEMBER,
            to: NOVEMBER + DAY,
        },
    )
}

pub(crate) fn regression() -> Report {
    let shapes = [
        (
            "mae",
            1_243.2,
            31.0,
            240.0,
            Some((Comparison::GreaterThan, 1_400.0)),
        ),
        (
            "mse",
            3_120_442.0,
            120_000.0,
            900_000.0,
            Some((Comparison::GreaterThan, 3_500_000.0)),
        ),
        (
            "rmse",
            1_766.5,
            34.0,
            240.0,
            Some((Comparison::GreaterThan, 1_900.0)),
        ),
        (
            "r2",
            0.8123,
            0.012,
            -0.05,
            Some((Comparison::LessThan, 0.75)),
        ),
        ("bias", -42.1, 18.0, -160.0, None),
        ("mape", 0.1412, 0.004, 0.03, None),
        ("median_absolute_error", 822.9, 22.0, 90.0, None),
    ]
    .map(|(metric, level, noise, drift, limit)| Shape {
        metric,
        level,
        noise,
        drift,
        limit,
    });
    let span = Span {
        from: NOVEMBER - 200 * DAY,
        to: NOVEMBER - 200 * DAY + 26 * 7 * DAY,
    };
    let mut report = Report::new("house-price", ProblemType::Regression, span);
    let weeks = windows(span, 7 * DAY, 7 * DAY);
    let mut whole = figures(&shapes, 0.8, 41_212);
    for (metric, value) in [
        ("residual_p05", -2_911.0),
        ("residual_p25", -801.0),
        ("residual_p50", -88.0),
        ("residual_p75", 690.0),
        ("residual_p95", 2_504.0),
    ] {
        whole.push(figure(metric, value, 40.0, 41_212));
    }
    report.verdict = Verdict {
        state: Some(RunState::CompletedWithViolations),
        checks: checks(ProblemType::Regression, &shapes, &whole),
        ..Verdict::default()
    };
    report.period = Period {
        predictions: Some(44_000),
        labelled: Some(41_212),
        series: shapes
            .iter()
            .zip(7..)
            .map(|(shape, seed)| series(shape, &weeks, 1_600, seed, true))
            .collect(),
        measured: Some(Measured {
            rows: 41_212,
            figures: whole,
            ..Measured::default()
        }),
        ..Period::new(span)
    };
    report
}

pub(crate) fn hostile() -> Report {
    let harm = "</script><img onerror=1 src=x>\u{202e}gnp.exe\u{0}\"' onload=alert(1) https://evil.example/ url(x)";
    let long = "class-with-a-very-long-name-".repeat(400_000);
    let span = Span {
        from: NOVEMBER,
        to: NOVEMBER + DAY,
    };
    let mut report = Report::new(harm, ProblemType::MulticlassClassification, span);
    let hours = windows(span, HOUR, HOUR);
    let shape = Shape {
        metric: "accuracy",
        level: 0.8,
        noise: 0.02,
        drift: 0.0,
        limit: Some((Comparison::LessThan, 0.79)),
    };
    let mut own = series(&shape, &hours, 400, 5, true);
    own.metric = harm.to_owned();
    let mut low = series(&shape, &hours, 400, 6, true);
    low.metric = format!("recall({long})");
    low.points.push(SeriesPoint {
        value: Some(f64::NAN),
        reason: Some(harm.to_owned()),
        ..low.points[0].clone()
    });
    report.period.series = vec![own, low];
    let classes: Vec<String> = vec![
        harm.to_owned(),
        long.clone(),
        String::new(),
        "  ".to_owned(),
        "שלום עולם".to_owned(),
        "猫🐈".to_owned(),
        "|a|b|".to_owned(),
    ];
    let mut confusion = Vec::new();
    for (row, actual) in classes.iter().enumerate() {
        for (column, predicted) in classes.iter().enumerate() {
            confusion.push((
                actual.clone(),
                predicted.clone(),
                if row == column {
                    900
                } else {
                    (row * column) as u64
                },
            ));
        }
    }
    let mut whole = vec![figure("accuracy", 0.781, 0.02, 6_000)];
    whole.extend(
        classes
            .iter()
            .map(|class| figure(&format!("f1({class})"), 0.7, 0.1, 100)),
    );
    report.verdict = Verdict {
        state: Some(RunState::CompletedWithViolations),
        message: Some(harm.to_owned()),
        checks: checks(ProblemType::MulticlassClassification, &[shape], &whole),
        ..Verdict::default()
    };
    report.period.measured = Some(Measured {
        rows: 6_300,
        figures: whole,
        confusion,
        classes,
        ..Measured::default()
    });
    report.runs = vec![Run {
        schedule: harm.to_owned(),
        scheduled: i64::MAX,
        window: Span {
            from: i64::MIN,
            to: i64::MAX,
        },
        state: RunState::Failed,
        violations: u64::MAX,
        coverage: Some(f64::NAN),
        provisional: true,
        revision: u64::MAX,
        message: Some(long.clone()),
    }];
    report.segmentations = vec![Segmentation {
        by: harm.to_owned(),
        metric: harm.to_owned(),
        rows: 10,
        error: 0.0,
        value: Some(f64::INFINITY),
        segments: vec![Segment {
            name: long.clone(),
            n: 10,
            value: None,
            interval: None,
            error: 0.0,
        }],
    }];
    report.ledger = Some(Ledger {
        rows: vec![LedgerRow {
            side: harm.to_owned(),
            bucket: long.clone(),
            count: u64::MAX,
        }],
        closes: Some(false),
    });
    report.unmatched = vec![UnmatchedReason {
        reason: harm.to_owned(),
        count: 3,
        example: Some(long.clone()),
        fix: Some(harm.to_owned()),
    }];
    report.failed_hours = vec![FailedHour {
        hour: i64::MIN,
        place: harm.to_owned(),
        reason: long.clone(),
    }];
    report.notes = vec![harm.to_owned(), long];
    report
}
