//! A month of an hourly schedule: a binary model that gets worse.

use groundline_quality::{Measured, ProblemType};
use groundline_report::page::{
    DelayBucket, FailedHour, LabelDelay, Labels, Ledger, LedgerRow, Period, Report, Run, RunState,
    Segment, Segmentation, Span, UnmatchedReason, Verdict,
};

use crate::made::{
    BINARY, DAY, Dice, HOUR, NOVEMBER, calibration, checks, coverage, curves, figures, series,
    windows,
};

const ROWS: u64 = 1_843;

pub(crate) fn month() -> Report {
    let span = Span {
        from: NOVEMBER,
        to: NOVEMBER + 30 * DAY,
    };
    let mut report = Report::new("churn-prod", ProblemType::BinaryClassification, span);
    report.labels_as_of = Some(span.to + 2 * HOUR);
    report.period = period(span, HOUR, HOUR, 1, true);
    let last = figures(&BINARY, 0.78, 9_812);
    report.verdict = Verdict {
        state: Some(RunState::CompletedWithViolations),
        window: Some(Span {
            from: span.to - 8 * DAY,
            to: span.to - DAY,
        }),
        provisional: true,
        message: None,
        checks: checks(ProblemType::BinaryClassification, &BINARY, &last),
    };
    report.runs = runs(span);
    report.labels = labels();
    report.segmentations = segmentations();
    report.ledger = Some(ledger());
    report.unmatched = unmatched();
    report.failed_hours = vec![
        FailedHour {
            hour: NOVEMBER + 9 * DAY + 7 * HOUR,
            place: "churn-prod / AllTraffic".to_owned(),
            reason: "2026/11/10/07/capture-0012.jsonl.gz: not a gzip file, after 0 bytes".to_owned(),
        },
        FailedHour {
            hour: NOVEMBER + 9 * DAY + 8 * HOUR,
            place: "churn-prod / AllTraffic".to_owned(),
            reason: "12 of 1 790 records were rejected, more than --max-rejects 0; accept them with --max-rejects 12".to_owned(),
        },
    ];
    report.notes =
        vec!["expected_calibration_error rests on fewer than 100 rows in 14 windows.".to_owned()];
    report
}

/// Overlapping windows of a week, and nothing wrong.
pub(crate) fn healthy() -> Report {
    let span = Span {
        from: NOVEMBER,
        to: NOVEMBER + 30 * DAY,
    };
    let mut report = Report::new("churn-prod", ProblemType::BinaryClassification, span);
    report.period = period(span, DAY, 7 * DAY, 5, false);
    for series in &mut report.period.series {
        for (index, point) in series.points.iter_mut().enumerate() {
            if let (Some(value), Some(baseline)) = (point.value, series.baseline) {
                point.value = Some(baseline + (value - baseline) * 0.05);
                let half = 0.001 * (1.0 + (index % 5) as f64 / 5.0);
                point.interval = point.value.map(|value| groundline_quality::Interval {
                    low: value - half,
                    high: value + half,
                });
                point.violated = false;
            }
        }
    }
    report.verdict = Verdict {
        state: Some(RunState::Completed),
        checks: checks(
            ProblemType::BinaryClassification,
            &BINARY,
            &figures(&BINARY, 0.0, 68_412),
        ),
        ..Verdict::default()
    };
    report.ledger = Some(ledger());
    report
}

/// Two months side by side, by day.
pub(crate) fn compared() -> Report {
    let mut report = month();
    let (now, then) = (
        report.period.span,
        Span {
            from: NOVEMBER - 30 * DAY,
            to: NOVEMBER,
        },
    );
    report.period = period(now, DAY, DAY, 9, true);
    let mut before = period(then, DAY, DAY, 23, false);
    before.measured = before.measured.map(|measured| Measured {
        figures: figures(&BINARY, 0.1, 81_007),
        curves: Some(curves(3.1, 0.14)),
        calibration: calibration(0.05, 60_000.0),
        ..measured
    });
    report.compared = Some(before);
    report.runs.clear();
    report
}

fn period(span: Span, step: i64, length: i64, seed: u64, told: bool) -> Period {
    let windows = windows(span, step, length);
    let rows = ROWS * (step / HOUR) as u64;
    let mut all: Vec<_> = BINARY
        .iter()
        .zip(seed..)
        .map(|(shape, seed)| series(shape, &windows, rows / 4, seed * 31, told))
        .collect();
    all.push(coverage(&windows, rows));
    Period {
        span,
        measured: Some(Measured {
            rows: 1_218_440,
            figures: figures(&BINARY, 0.45, 1_218_440),
            confusion: vec![
                ("0".to_owned(), "0".to_owned(), 1_008_213),
                ("0".to_owned(), "1".to_owned(), 42_180),
                ("1".to_owned(), "0".to_owned(), 30_997),
                ("1".to_owned(), "1".to_owned(), 137_050),
            ],
            classes: vec!["0".to_owned(), "1".to_owned()],
            curves: Some(curves(2.6, 0.138)),
            calibration: calibration(0.3, 40_000.0),
        }),
        predictions: Some(1_371_192),
        labelled: Some(1_218_440),
        series: all,
    }
}

fn runs(span: Span) -> Vec<Run> {
    let mut dice = Dice::new(3);
    windows(span, HOUR, HOUR)
        .iter()
        .enumerate()
        .map(|(index, &window)| {
            let share = index as f64 / 744.0;
            let state = match index {
                231 | 232 => RunState::Failed,
                400 => RunState::Stopped,
                _ if dice.share() < share * share * 0.7 => RunState::CompletedWithViolations,
                _ => RunState::Completed,
            };
            Run {
                schedule: "churn-hourly".to_owned(),
                scheduled: window.to + 12 * 60_000_000,
                window,
                state,
                violations: u64::from(state == RunState::CompletedWithViolations)
                    * (1 + (dice.share() * 4.0) as u64),
                coverage: Some((0.93 * (1.0 - (-(1.0 - share) * 19.0).exp())).max(0.0)),
                provisional: share > 0.86,
                revision: u64::from((0.55..0.74).contains(&share)),
                message: (state == RunState::Failed).then(|| {
                    "2026/11/10/07/capture-0012.jsonl.gz: not a gzip file, after 0 bytes".to_owned()
                }),
            }
        })
        .collect()
}

fn labels() -> Labels {
    let counts = [
        1_204, 8_119, 40_230, 120_888, 241_007, 330_114, 210_412, 120_004, 80_123, 40_210, 26_129,
    ];
    let edges = [
        0.0, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 72.0, 96.0, 120.0, 168.0,
    ];
    Labels {
        target: Some(0.9),
        delay: Some(LabelDelay {
            buckets: counts
                .iter()
                .enumerate()
                .map(|(index, &count)| DelayBucket {
                    from: edges[index],
                    to: edges.get(index + 1).copied(),
                    count,
                })
                .collect(),
            quantiles: vec![(0.5, 31.0), (0.9, 104.0), (0.99, 190.0)],
        }),
    }
}

fn segmentations() -> Vec<Segmentation> {
    let cut = |by: &str, parts: &[(&str, u64, f64)]| {
        let rows: u64 = parts.iter().map(|part| part.1).sum();
        let error: f64 = parts.iter().map(|part| part.1 as f64 * part.2).sum();
        Segmentation {
            by: by.to_owned(),
            metric: "accuracy".to_owned(),
            rows,
            error,
            value: Some(1.0 - error / rows as f64),
            segments: parts
                .iter()
                .map(|&(name, n, rate)| {
                    let wrong = (n as f64 * rate) as u64;
                    Segment {
                        name: format!("{by}={name}"),
                        n,
                        value: Some(1.0 - rate),
                        interval: groundline_quality::Interval::wilson(n - wrong, n),
                        error: n as f64 * rate,
                    }
                })
                .collect(),
        }
    };
    vec![
        cut(
            "plan",
            &[
                ("basic", 503_212, 0.081),
                ("plus", 410_113, 0.047),
                ("family", 214_010, 0.039),
                ("business", 91_105, 0.022),
            ],
        ),
        cut(
            "region",
            &[
                ("north", 310_400, 0.051),
                ("south", 288_040, 0.058),
                ("east", 401_000, 0.055),
                ("west", 180_000, 0.083),
                ("islands", 39_000, 0.121),
            ],
        ),
    ]
}

fn ledger() -> Ledger {
    let row = |(side, bucket, count): (&str, &str, u64)| LedgerRow {
        side: side.to_owned(),
        bucket: bucket.to_owned(),
        count,
    };
    Ledger {
        rows: [
            ("predictions", "read", 1_374_204),
            ("predictions", "rejected", 12),
            ("predictions", "filtered", 2_860),
            ("predictions", "no_output", 140),
            ("predictions", "labelled", 1_218_440),
            ("predictions", "unlabelled", 152_752),
            ("labels", "read", 1_301_992),
            ("labels", "rejected", 0),
            ("labels", "matched", 1_218_440),
            ("labels", "duplicate", 4_110),
            ("labels", "superseded", 9_202),
            ("labels", "unmatched", 70_240),
        ]
        .map(row)
        .to_vec(),
        closes: Some(true),
    }
}

fn unmatched() -> Vec<UnmatchedReason> {
    [
        ("unknown_id", 61_031, "a3f0c1de-77b1-4b1e-8f8e-000000000017", "no prediction of the run has this id: if its hour is not in the run, widen --from and --to; else compare eventId in the labels with inferenceId and eventId in the captures (`groundline explain-id`)"),
        ("spelled_differently", 8_211, "A3F0C1DE-77B1-4B1E-8F8E-000000000342", "the ids differ in case, blanks or quotes: write the label's id as the capture has it"),
        ("outside_label_window", 998, "a3f0c1de-77b1-4b1e-8f8e-0000000019aa", "collected too early or too late for its prediction: widen --label-lead or --label-horizon"),
    ]
    .map(|(reason, count, example, fix)| UnmatchedReason {
        reason: reason.to_owned(),
        count,
        example: Some(example.to_owned()),
        fix: Some(fix.to_owned()),
    })
    .to_vec()
}
