//! Intervals of averages over classes: the multinomial delta method over the cells of the confusion matrix.
//!
//! `p` are the cells' proportions, `r` those of the labels and `c` those of the predictions; each gradient is that of
//! the metric by `p(i, j)`, actual class `i` and predicted class `j`.

use super::confusion::Confusion;
use crate::interval::{Interval, delta_standard_error, smoothed};

/// Classes up to which every cell takes part and the counts are smoothed. Beyond, only cells with rows do: the square of
/// the classes would be too many, and so many classes without one mistake, where the plain method ends, are not met.
const SMOOTHED_CLASSES: usize = 32;

/// Proportions of the cells, by which the gradients are taken.
#[derive(Debug)]
pub(super) struct Proportions {
    cells: Vec<(usize, usize)>,
    counts: Vec<f64>,
    labels: Vec<f64>,
    predictions: Vec<f64>,
    right: Vec<f64>,
}

impl Proportions {
    pub(super) fn of(confusion: &Confusion) -> Self {
        let classes = confusion.classes.len();
        let (cells, counts) = if classes <= SMOOTHED_CLASSES {
            let mut counts = vec![0.0; classes * classes];
            for (actual, predicted, tally) in &confusion.cells {
                counts[actual * classes + predicted] = tally.all as f64;
            }
            let cells = (0..classes * classes)
                .map(|cell| (cell / classes, cell % classes))
                .collect();
            (cells, smoothed(&counts))
        } else {
            confusion
                .cells
                .iter()
                .map(|(actual, predicted, tally)| ((*actual, *predicted), tally.all as f64))
                .unzip()
        };
        let mut proportions = Self {
            cells,
            counts,
            labels: vec![0.0; classes],
            predictions: vec![0.0; classes],
            right: vec![0.0; classes],
        };
        let rows: f64 = proportions.counts.iter().sum();
        for ((actual, predicted), count) in proportions.cells.iter().zip(&proportions.counts) {
            let share = count / rows;
            proportions.labels[*actual] += share;
            proportions.predictions[*predicted] += share;
            if actual == predicted {
                proportions.right[*actual] += share;
            }
        }
        proportions
    }

    /// sum r d / c, with d the share of the diagonal cell.
    pub(super) fn weighted_precision(&self, value: f64) -> Option<Interval> {
        let (r, c, d) = (&self.labels, &self.predictions, &self.right);
        self.interval(value, 0.0, |i, j| {
            let right = if i == j { over(r[i], c[i]) } else { 0.0 };
            over(d[i], c[i]) + right - over(r[j] * d[j], c[j] * c[j])
        })
    }

    /// sum r F, with F = (1 + b^2) d / (b^2 r + c).
    pub(super) fn weighted_f(&self, value: f64, beta_squared: f64) -> Option<Interval> {
        let (r, d) = (&self.labels, &self.right);
        let below: Vec<f64> = r
            .iter()
            .zip(&self.predictions)
            .map(|(r, c)| beta_squared * r + c)
            .collect();
        let f = |k: usize| over((1.0 + beta_squared) * d[k], below[k]);
        self.interval(value, 0.0, |i, j| {
            let right = f64::from(i == j) * (1.0 + beta_squared);
            f(i) + over(r[i] * (right - beta_squared * f(i)), below[i])
                - over(r[j] * f(j), below[j])
        })
    }

    /// Mean of d / r.
    pub(super) fn macro_recall(&self, value: f64) -> Option<Interval> {
        let (r, d) = (&self.labels, &self.right);
        self.interval(value, 0.0, |i, j| {
            (over(f64::from(i == j), r[i]) - over(d[i], r[i] * r[i])) / self.classes()
        })
    }

    /// Mean of d / c.
    pub(super) fn macro_precision(&self, value: f64) -> Option<Interval> {
        let (c, d) = (&self.predictions, &self.right);
        self.interval(value, 0.0, |i, j| {
            (over(f64::from(i == j), c[j]) - over(d[j], c[j] * c[j])) / self.classes()
        })
    }

    /// Mean of 2 d / (r + c).
    pub(super) fn macro_f1(&self, value: f64) -> Option<Interval> {
        let below = |k: usize| self.labels[k] + self.predictions[k];
        let slope = |k: usize| over(2.0 * self.right[k], below(k) * below(k));
        self.interval(value, 0.0, |i, j| {
            let right = over(2.0 * f64::from(i == j), below(i));
            (right - slope(i) - slope(j)) / self.classes()
        })
    }

    /// (sum d - sum r c) / sqrt(U V), with U = 1 - sum c^2 and V = 1 - sum r^2.
    pub(super) fn mcc(&self, value: f64) -> Option<Interval> {
        let (r, c) = (&self.labels, &self.predictions);
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let (u, v) = (1.0 - dot(c, c), 1.0 - dot(r, r));
        let scale = (u * v).sqrt();
        let here = over(self.right.iter().sum::<f64>() - dot(r, c), scale);
        self.interval(value, -1.0, |i, j| {
            over(f64::from(i == j) - c[i] - r[j], scale) + here * (over(c[j], u) + over(r[i], v))
        })
    }

    fn classes(&self) -> f64 {
        self.labels.len() as f64
    }

    /// The interval around `value` of a metric in `least..=1`.
    fn interval(
        &self,
        value: f64,
        least: f64,
        gradient: impl Fn(usize, usize) -> f64,
    ) -> Option<Interval> {
        let slopes: Vec<f64> = self.cells.iter().map(|(i, j)| gradient(*i, *j)).collect();
        let standard_error = delta_standard_error(&self.counts, &slopes);
        standard_error
            .is_finite()
            .then(|| Interval::around(value, standard_error, least, 1.0))
    }
}

/// 0/0 is 0.0: a class without a label or a prediction adds nothing.
fn over(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Tally;

    fn tally(all: u64) -> Tally {
        Tally {
            all,
            ..Tally::default()
        }
    }

    fn value(counts: &[[u64; 3]; 3], metric: usize) -> f64 {
        let n: f64 = counts.iter().flatten().sum::<u64>() as f64;
        let p = |i: usize, j: usize| counts[i][j] as f64 / n;
        let r = |i: usize| (0..3).map(|j| p(i, j)).sum::<f64>();
        let c = |j: usize| (0..3).map(|i| p(i, j)).sum::<f64>();
        let sum = |of: &dyn Fn(usize) -> f64| (0..3).map(of).sum::<f64>();
        match metric {
            0 => sum(&|k| r(k) * p(k, k) / c(k)),
            1 => sum(&|k| r(k) * 5.0 * p(k, k) / (4.0 * r(k) + c(k))),
            2 => sum(&|k| p(k, k) / r(k)) / 3.0,
            3 => sum(&|k| p(k, k) / c(k)) / 3.0,
            4 => sum(&|k| 2.0 * p(k, k) / (r(k) + c(k))) / 3.0,
            _ => {
                let (u, v) = (1.0 - sum(&|k| c(k) * c(k)), 1.0 - sum(&|k| r(k) * r(k)));
                (sum(&|k| p(k, k)) - sum(&|k| r(k) * c(k))) / (u * v).sqrt()
            }
        }
    }

    /// The delta method by differences: what one more row in a cell changes, at counts so large that it is the slope.
    #[test]
    fn standard_errors_are_those_of_numerical_derivatives() {
        let counts: [[u64; 3]; 3] = [
            [50_000_000, 3_000_000, 7_000_000],
            [4_000_000, 20_000_000, 1_000_000],
            [2_000_000, 6_000_000, 90_000_000],
        ];
        let cells: Vec<(usize, usize)> = (0..9).map(|cell| (cell / 3, cell % 3)).collect();
        let names = ["a", "b", "c"];
        let named: Vec<_> = cells
            .iter()
            .map(|(i, j)| (names[*i], names[*j], tally(counts[*i][*j])))
            .collect();
        let confusion = Confusion::of(&named);
        let proportions = Proportions::of(&confusion);
        let n: f64 = counts.iter().flatten().sum::<u64>() as f64;
        for metric in 0..6 {
            let step = 1_000;
            let slopes: Vec<f64> = cells
                .iter()
                .map(|(i, j)| {
                    let (mut more, mut less) = (counts, counts);
                    more[*i][*j] += step;
                    less[*i][*j] -= step;
                    (value(&more, metric) - value(&less, metric)) / (2.0 * step as f64) * n
                })
                .collect();
            let squares: f64 = cells
                .iter()
                .zip(&slopes)
                .map(|((i, j), slope)| counts[*i][*j] as f64 / n * slope * slope)
                .sum();
            // Slopes by a count already have the constraint in them: their mean is 0.
            let expected = (squares / n).sqrt();
            let point = value(&counts, metric);
            let interval = match metric {
                0 => proportions.weighted_precision(point),
                1 => proportions.weighted_f(point, 4.0),
                2 => proportions.macro_recall(point),
                3 => proportions.macro_precision(point),
                4 => proportions.macro_f1(point),
                _ => proportions.mcc(point),
            };
            let width = interval.map_or(0.0, |interval| interval.high - interval.low);
            let standard_error = width / 2.0 / crate::interval::Z;
            assert!(
                (standard_error / expected - 1.0).abs() < 1e-4,
                "metric {metric}: {standard_error} is not {expected}"
            );
        }
    }

    #[test]
    fn thirty_right_rows_leave_doubt() {
        let confusion = Confusion::of(&[("a", "a", tally(15)), ("b", "b", tally(15))]);
        let proportions = Proportions::of(&confusion);
        for interval in [
            proportions.weighted_precision(1.0),
            proportions.macro_recall(1.0),
            proportions.mcc(1.0),
        ] {
            let low = interval.map_or(1.0, |interval| interval.low);
            assert!((0.5..0.99).contains(&low), "{low}");
        }
    }
}
