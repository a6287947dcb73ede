//! Numbers that look like a model's, the same every time.

use groundline_quality::{
    CalibrationBin, Check, Comparison, Constraint, Constraints, Curves, Figure, Interval, Margin,
    PrPoint, ProblemType, RocPoint, check,
};
use groundline_report::page::{Series, SeriesPoint, Span};

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// 1 November 2026, a Sunday.
pub(crate) const NOVEMBER: i64 = 1_793_491_200_000_000;

/// A seeded sequence of shares (Steele, Lea and Flood's SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, of mean 0 and deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// A metric, around what, how far windows stray, how much it falls over the period.
pub(crate) struct Shape {
    pub(crate) metric: &'static str,
    pub(crate) level: f64,
    pub(crate) noise: f64,
    pub(crate) drift: f64,
    pub(crate) limit: Option<(Comparison, f64)>,
}

pub(crate) const BINARY: [Shape; 20] = [
    shape(
        "recall",
        0.842,
        0.016,
        -0.062,
        Some((Comparison::LessThan, 0.80)),
    ),
    shape(
        "precision",
        0.781,
        0.018,
        0.004,
        Some((Comparison::LessThan, 0.75)),
    ),
    shape(
        "accuracy",
        0.934,
        0.006,
        -0.012,
        Some((Comparison::LessThan, 0.92)),
    ),
    shape(
        "true_positive_rate",
        0.842,
        0.016,
        -0.062,
        Some((Comparison::LessThan, 0.80)),
    ),
    shape(
        "true_negative_rate",
        0.961,
        0.005,
        -0.002,
        Some((Comparison::LessThan, 0.95)),
    ),
    shape(
        "false_positive_rate",
        0.039,
        0.005,
        0.002,
        Some((Comparison::GreaterThan, 0.05)),
    ),
    shape(
        "false_negative_rate",
        0.158,
        0.016,
        0.062,
        Some((Comparison::GreaterThan, 0.20)),
    ),
    shape(
        "auc",
        0.9412,
        0.006,
        -0.014,
        Some((Comparison::LessThan, 0.925)),
    ),
    shape(
        "f0_5",
        0.793,
        0.014,
        -0.008,
        Some((Comparison::LessThan, 0.77)),
    ),
    shape(
        "f1",
        0.811,
        0.013,
        -0.029,
        Some((Comparison::LessThan, 0.78)),
    ),
    shape(
        "f2",
        0.829,
        0.014,
        -0.048,
        Some((Comparison::LessThan, 0.79)),
    ),
    shape("accuracy_best_constant_classifier", 0.862, 0.004, 0.0, None),
    shape("pr_auc", 0.8533, 0.012, -0.03, None),
    shape("log_loss", 0.2114, 0.010, 0.034, None),
    shape("brier_score", 0.0561, 0.003, 0.009, None),
    shape("balanced_accuracy", 0.9015, 0.008, -0.032, None),
    shape("mcc", 0.7722, 0.014, -0.03, None),
    shape("expected_calibration_error", 0.0178, 0.004, 0.012, None),
    shape("base_rate", 0.138, 0.006, 0.0, None),
    shape("cost_per_customer", 12.81, 0.4, 1.9, None),
];

const fn shape(
    metric: &'static str,
    level: f64,
    noise: f64,
    drift: f64,
    limit: Option<(Comparison, f64)>,
) -> Shape {
    Shape {
        metric,
        level,
        noise,
        drift,
        limit,
    }
}

/// Windows of a period: `length` long, one each `step`.
pub(crate) fn windows(period: Span, step: i64, length: i64) -> Vec<Span> {
    let mut windows = Vec::new();
    let mut from = period.from;
    while from + step <= period.to {
        windows.push(Span {
            from: from + step - length,
            to: from + step,
        });
        from += step;
    }
    windows
}

/// A metric over windows: wanders by day, with a gap, provisional at the end, and restated before that.
pub(crate) fn series(shape: &Shape, windows: &[Span], rows: u64, seed: u64, told: bool) -> Series {
    let mut dice = Dice::new(seed);
    let last = windows.len().max(2) as f64 - 1.0;
    let mut points = Vec::new();
    let mut wander = 0.0;
    for (index, &window) in windows.iter().enumerate() {
        let share = index as f64 / last;
        wander = 0.9 * wander + 0.4 * dice.normal();
        if told && (0.31..0.335).contains(&share) {
            continue;
        }
        let value = shape.level + shape.drift * share * share * 1.3 + shape.noise * 0.6 * wander;
        let half = 1.96 * shape.noise * (1.0 + 0.3 * dice.share());
        let interval = Interval {
            low: value - half,
            high: value + half,
        };
        let n = (rows as f64 * (0.8 + 0.4 * dice.share())) as u64;
        let mut point = SeriesPoint::new(window, value, Some(interval), n);
        if told {
            point.provisional = share > 0.86;
            point.restated = (0.55..0.74).contains(&share);
            point.was = point.restated.then(|| value - shape.noise * dice.share());
        }
        point.violated = shape
            .limit
            .is_some_and(|(side, limit)| side.violates(value, limit));
        points.push(point);
    }
    Series {
        metric: shape.metric.to_owned(),
        baseline: shape.limit.map(|_| shape.level),
        threshold: shape.limit,
        points,
    }
}

/// Share of the predictions with a label, falling off at the end.
pub(crate) fn coverage(windows: &[Span], rows: u64) -> Series {
    let mut dice = Dice::new(77);
    let last = windows.len().max(2) as f64 - 1.0;
    let point = |(index, &window): (usize, &Span)| {
        let age = (1.0 - index as f64 / last) * 30.0;
        let value = (0.93 * (1.0 - (-age / 1.6).exp()) + 0.01 * dice.normal()).clamp(0.0, 1.0);
        let interval = Interval::wilson((value * rows as f64) as u64, rows);
        let mut point = SeriesPoint::new(window, value, interval, rows);
        point.provisional = value < 0.85;
        point
    };
    Series {
        metric: "label_coverage".to_owned(),
        baseline: None,
        threshold: None,
        points: windows.iter().enumerate().map(point).collect(),
    }
}

/// A figure with an interval of half a width.
pub(crate) fn figure(metric: &str, value: f64, half: f64, n: u64) -> Figure {
    Figure::new(metric.to_owned(), value, n).within(Some(Interval {
        low: value - half,
        high: value + half,
    }))
}

/// Figures of shapes at the end of their drift.
pub(crate) fn figures(shapes: &[Shape], by: f64, n: u64) -> Vec<Figure> {
    shapes
        .iter()
        .map(|shape| {
            figure(
                shape.metric,
                shape.level + by * shape.drift,
                shape.noise * 0.5,
                n,
            )
        })
        .collect()
}

/// Checks of shapes against figures.
pub(crate) fn checks(
    problem_type: ProblemType,
    shapes: &[Shape],
    figures: &[Figure],
) -> Vec<Check> {
    let constraints = shapes
        .iter()
        .filter_map(|shape| {
            let (comparison, threshold) = shape.limit?;
            Some(Constraint {
                metric: shape.metric.to_owned(),
                threshold,
                comparison,
                baseline: Some(shape.level),
                baseline_interval: None,
            })
        })
        .collect();
    let constraints = Constraints {
        problem_type,
        margin: Margin::None,
        constraints,
    };
    check(&constraints, figures, 30)
}

/// Curves of two normal scores so far apart.
pub(crate) fn curves(apart: f64, base: f64) -> Curves {
    let above = |threshold: f64, mean: f64| 1.0 / (1.0 + ((threshold - mean) * 1.702).exp());
    let (mut roc, mut pr) = (Vec::new(), Vec::new());
    let ends = |rate: f64| RocPoint {
        threshold: None,
        false_positive_rate: rate,
        true_positive_rate: rate,
    };
    roc.push(ends(0.0));
    pr.push(PrPoint {
        threshold: None,
        precision: 0.99,
        recall: 0.0,
    });
    for step in 0..1_500 {
        let threshold = 5.0 - f64::from(step) * 0.006;
        let (hit, miss) = (above(threshold, apart), above(threshold, 0.0));
        let score = Some(1.0 / (1.0 + (-threshold).exp()));
        roc.push(RocPoint {
            threshold: score,
            false_positive_rate: miss,
            true_positive_rate: hit,
        });
        let precision = hit * base / (hit * base + miss * (1.0 - base));
        pr.push(PrPoint {
            threshold: score,
            precision,
            recall: hit,
        });
    }
    roc.push(ends(1.0));
    Curves {
        roc,
        pr,
        distinct_scores: 1_500,
        complete: true,
    }
}

/// Bins that are a little too sure.
pub(crate) fn calibration(sure: f64, rows: f64) -> Vec<CalibrationBin> {
    (0..10)
        .map(|bin| {
            let low = f64::from(bin) / 10.0;
            let mean = low + 0.045;
            let n = (rows * (0.62_f64.powi(bin) + 0.06 * f64::from(bin) / 9.0)) as u64;
            let rate = (mean - sure * (mean - 0.2) * mean).clamp(0.0, 1.0);
            CalibrationBin {
                low,
                high: low + 0.1,
                n,
                mean_probability: Some(mean),
                observed_rate: Some(rate),
                interval: Interval::wilson((rate * n as f64) as u64, n),
            }
        })
        .collect()
}
