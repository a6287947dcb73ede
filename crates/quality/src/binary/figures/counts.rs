//! Metrics of a confusion matrix of two classes.

use crate::figure::{Figure, Reason};
use crate::interval::Interval;
use crate::samples::Tally;

/// The four cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    true_negatives: u64,
    false_positives: u64,
    false_negatives: u64,
    true_positives: u64,
}

/// A value without its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) value: Option<f64>,
    interval: Option<Interval>,
    n: u64,
    reason: Option<Reason>,
}

impl Value {
    /// One of ours that has no value.
    fn undefined(n: u64, reason: Reason) -> Self {
        Self {
            value: None,
            interval: None,
            n,
            reason: Some(reason),
        }
    }

    /// SageMaker's 0/0.
    fn zero(n: u64, reason: Reason) -> Self {
        Self {
            value: Some(0.0),
            ..Self::undefined(n, reason)
        }
    }

    fn new(value: f64, n: u64, interval: Option<Interval>) -> Self {
        Self {
            value: Some(value),
            interval,
            n,
            reason: None,
        }
    }

    /// Without an interval.
    fn bare(self) -> Self {
        Self {
            interval: None,
            ..self
        }
    }

    pub(super) fn figure(self, metric: &'static str) -> Figure {
        Figure {
            metric: metric.into(),
            value: self.value,
            standard_deviation: None,
            interval: self.interval,
            n: self.n,
            reason: self.reason,
        }
    }
}

impl Counts {
    pub(super) fn of(cells: &[[Tally; 2]; 2], count: impl Fn(&Tally) -> u64) -> Self {
        let [
            [true_negatives, false_positives],
            [false_negatives, true_positives],
        ] = cells;
        Self {
            true_negatives: count(true_negatives),
            false_positives: count(false_positives),
            false_negatives: count(false_negatives),
            true_positives: count(true_positives),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.positives() + self.negatives()
    }

    fn positives(&self) -> u64 {
        self.false_negatives + self.true_positives
    }

    fn negatives(&self) -> u64 {
        self.true_negatives + self.false_positives
    }

    fn predicted_positives(&self) -> u64 {
        self.false_positives + self.true_positives
    }

    /// What the constant classifier that is right most often would have left: it says the majority of the labels, and class
    /// 0 where there is none.
    pub(super) fn constant(&self) -> Constant {
        let (positives, negatives) = (self.positives(), self.negatives());
        Constant(if positives > negatives {
            Self {
                true_negatives: 0,
                false_positives: negatives,
                false_negatives: 0,
                true_positives: positives,
            }
        } else {
            Self {
                true_negatives: negatives,
                false_positives: 0,
                false_negatives: positives,
                true_positives: 0,
            }
        })
    }

    /// SageMaker's 0/0, and no value at all without rows.
    fn share(&self, part: u64, whole: u64, absent: Reason) -> Value {
        if self.rows() == 0 {
            Value::undefined(0, Reason::NoRows)
        } else if whole == 0 {
            Value::zero(0, absent)
        } else {
            Value::new(
                part as f64 / whole as f64,
                whole,
                Interval::wilson(part, whole),
            )
        }
    }

    pub(super) fn recall(&self) -> Value {
        self.share(self.true_positives, self.positives(), Reason::NoPositives)
    }

    pub(super) fn precision(&self) -> Value {
        let predicted = self.predicted_positives();
        self.share(self.true_positives, predicted, Reason::NoPredictedPositives)
    }

    pub(super) fn accuracy(&self) -> Value {
        let right = self.true_positives + self.true_negatives;
        self.share(right, self.rows(), Reason::NoRows)
    }

    pub(super) fn false_positive_rate(&self) -> Value {
        self.share(self.false_positives, self.negatives(), Reason::NoNegatives)
    }

    /// `1 - false_positive_rate`, as SageMaker computes it to the last bit (formats.md 6.2).
    pub(super) fn true_negative_rate(&self) -> Value {
        let rate = self.share(self.true_negatives, self.negatives(), Reason::NoNegatives);
        rate.complement_of(self.false_positive_rate())
    }

    /// `1 - recall`, as SageMaker computes it to the last bit (formats.md 6.2).
    pub(super) fn false_negative_rate(&self) -> Value {
        let rate = self.share(self.false_negatives, self.positives(), Reason::NoPositives);
        rate.complement_of(self.recall())
    }

    /// From the rounded precision and recall, in the order of operations that gives SageMaker's digits (formats.md 6.2,
    /// 7.2). Interval by the multinomial delta method.
    pub(super) fn f_beta(&self, beta: f64) -> Value {
        let rows = self.rows();
        let (Some(precision), Some(recall)) = (self.precision().value, self.recall().value) else {
            return Value::undefined(0, Reason::NoRows);
        };
        if self.positives() == 0 {
            return Value::zero(rows, Reason::NoPositives);
        }
        if self.predicted_positives() == 0 {
            return Value::zero(rows, Reason::NoPredictedPositives);
        }
        let square = beta * beta;
        // Both 0 is 0/0 by the formula, yet 0 by the counts.
        let value = if self.true_positives == 0 {
            0.0
        } else {
            (1.0 + square) * precision * recall / (square * precision + recall)
        };
        // The same from cells: k tp / (k tp + square fn + fp), k = 1 + square.
        let interval = self.interval(value, 0.0, |[_, fp, fn_, tp]| {
            let k = 1.0 + square;
            let whole = k * tp + square * fn_ + fp;
            let scale = k / (whole * whole);
            [
                0.0,
                -tp * scale,
                -square * tp * scale,
                (square * fn_ + fp) * scale,
            ]
        });
        Value::new(value, rows, interval)
    }

    /// Mean of the recall of both classes; undefined where one has no labels.
    pub(super) fn balanced_accuracy(&self) -> Value {
        let rows = self.rows();
        if rows == 0 {
            return Value::undefined(0, Reason::NoRows);
        }
        if self.positives() == 0 {
            return Value::undefined(rows, Reason::NoPositives);
        }
        if self.negatives() == 0 {
            return Value::undefined(rows, Reason::NoNegatives);
        }
        let recall = self.true_positives as f64 / self.positives() as f64;
        let specificity = self.true_negatives as f64 / self.negatives() as f64;
        let value = (recall + specificity) / 2.0;
        let interval = self.interval(value, 0.0, |[tn, fp, fn_, tp]| {
            let negatives = 2.0 * (tn + fp) * (tn + fp);
            let positives = 2.0 * (fn_ + tp) * (fn_ + tp);
            [
                fp / negatives,
                -tn / negatives,
                -tp / positives,
                fn_ / positives,
            ]
        });
        Value::new(value, rows, interval)
    }

    /// Matthews correlation coefficient (Matthews 1975); undefined where all labels or all predictions are of one class,
    /// for which scikit-learn says 0.
    pub(super) fn mcc(&self) -> Value {
        let rows = self.rows();
        if rows == 0 {
            return Value::undefined(0, Reason::NoRows);
        }
        let (positives, negatives) = (self.positives(), self.negatives());
        let predicted = self.predicted_positives();
        if [positives, negatives, predicted, rows - predicted].contains(&0) {
            return Value::undefined(rows, Reason::OneClass);
        }
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        let right = product(self.true_positives, self.true_negatives);
        let wrong = product(self.false_positives, self.false_negatives);
        let difference = right.abs_diff(wrong) as f64;
        let margins = product(positives, negatives) as f64;
        let predictions = product(predicted, rows - predicted) as f64;
        let size = (difference / (margins.sqrt() * predictions.sqrt())).min(1.0);
        // Never -0.0.
        let value = if right < wrong { -size } else { size };
        let interval = self.interval(value, -1.0, |[tn, fp, fn_, tp]| {
            let (actual, not_actual) = (tp + fn_, tn + fp);
            let (chosen, not_chosen) = (tp + fp, tn + fn_);
            let root = (actual * not_actual * chosen * not_chosen).sqrt();
            let half = (tp * tn - fp * fn_) / root / 2.0;
            [
                tp / root - half * (1.0 / not_actual + 1.0 / not_chosen),
                -fn_ / root - half * (1.0 / not_actual + 1.0 / chosen),
                -fp / root - half * (1.0 / actual + 1.0 / not_chosen),
                tn / root - half * (1.0 / actual + 1.0 / chosen),
            ]
        });
        Value::new(value, rows, interval)
    }

    /// Share of positive labels.
    pub(super) fn base_rate(&self) -> Value {
        self.share(self.positives(), self.rows(), Reason::NoRows)
    }

    /// Of a function of the cells whose gradient is given by them, in the order tn, fp, fn, tp.
    fn interval(
        &self,
        value: f64,
        least: f64,
        gradient: impl FnOnce([f64; 4]) -> [f64; 4],
    ) -> Option<Interval> {
        let counts = [
            self.true_negatives as f64,
            self.false_positives as f64,
            self.false_negatives as f64,
            self.true_positives as f64,
        ];
        let gradient = |shares: &[f64]| match *shares {
            [tn, fp, fn_, tp] => gradient([tn, fp, fn_, tp]).to_vec(),
            _ => Vec::new(),
        };
        Interval::of_counts(value, &counts, gradient, least, 1.0)
    }
}

impl Value {
    /// Its value replaced by 1 less another one, where that is defined and no 0/0.
    fn complement_of(self, other: Self) -> Self {
        match (other.value, other.reason) {
            (Some(value), None) => Self {
                value: Some(1.0 - value),
                ..self
            },
            _ => self,
        }
    }
}

/// The counts of a constant classifier. Its recall is 0 or 1 and its precision that of the majority by definition: no
/// intervals but of the accuracy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constant(Counts);

impl Constant {
    pub(super) fn recall(self) -> Value {
        self.0.recall().bare()
    }

    pub(super) fn precision(self) -> Value {
        self.0.precision().bare()
    }

    pub(super) fn accuracy(self) -> Value {
        self.0.accuracy()
    }

    pub(super) fn f_beta(self, beta: f64) -> Value {
        self.0.f_beta(beta).bare()
    }
}
