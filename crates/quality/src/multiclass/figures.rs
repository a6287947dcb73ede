//! The figures of a confusion matrix of several classes.

use super::confusion::{Confusion, Margins};
use super::gradients::Proportions;
use crate::exact_sum::ExactSum;
use crate::figure::{Figure, Reason};
use crate::interval::Interval;
use crate::samples::standard_deviation;

/// A metric of one set of rows; `None` is undefined.
type Metric = fn(&Margins) -> Option<f64>;

/// SageMaker's metrics in its order (formats.md 6.3), then ours, then those of each class.
pub(super) fn figures(confusion: &Confusion) -> Vec<Figure> {
    let all = &confusion.all;
    let proportions = Proportions::of(confusion);
    let right: u64 = all.right.iter().sum();
    let majority = all.majority();
    let accuracy = Interval::wilson(right, all.rows);
    let constant = Interval::wilson(majority, all.rows);
    // The weights are the shares of the labels, so that the weighted recall is the accuracy.
    let mut figures = vec![
        figure(confusion, "accuracy", Margins::accuracy).within(accuracy),
        figure(confusion, "weighted_recall", Margins::accuracy).within(accuracy),
        around(
            figure(confusion, "weighted_precision", Margins::weighted_precision),
            |value| proportions.weighted_precision(value),
        ),
        weighted_f(confusion, &proportions, "weighted_f0_5", 0.25),
        weighted_f(confusion, &proportions, "weighted_f1", 1.0),
        weighted_f(confusion, &proportions, "weighted_f2", 4.0),
    ];
    let constants: [(&'static str, Metric); 6] = [
        ("accuracy_best_constant_classifier", Margins::constant),
        (
            "weighted_recall_best_constant_classifier",
            Margins::constant,
        ),
        ("weighted_precision_best_constant_classifier", |margins| {
            Some(margins.constant()? * margins.constant()?)
        }),
        ("weighted_f0_5_best_constant_classifier", |margins| {
            margins.constant_f(0.25)
        }),
        ("weighted_f1_best_constant_classifier", |margins| {
            margins.constant_f(1.0)
        }),
        ("weighted_f2_best_constant_classifier", |margins| {
            margins.constant_f(4.0)
        }),
    ];
    for (name, metric) in constants {
        figures.push(figure(confusion, name, metric));
    }
    for proportion in &mut figures[6..8] {
        proportion.interval = constant;
    }
    let macro_recall = |margins: &Margins| margins.mean(Margins::recall);
    let macro_precision = |margins: &Margins| margins.mean(Margins::precision);
    let macro_f1 = |margins: &Margins| margins.mean(|margins, class| margins.f(class, 1.0));
    figures.extend([
        around(figure(confusion, "macro_recall", macro_recall), |value| {
            proportions.macro_recall(value)
        }),
        around(
            figure(confusion, "macro_precision", macro_precision),
            |value| proportions.macro_precision(value),
        ),
        around(figure(confusion, "macro_f1", macro_f1), |value| {
            proportions.macro_f1(value)
        }),
        around(mcc(confusion), |value| proportions.mcc(value)),
    ]);
    // Of one class every average is the accuracy, and no cell is there that a mistake would be in.
    if confusion.classes.len() == 1 {
        for average in figures
            .iter_mut()
            .filter(|figure| !figure.metric.contains("best_constant"))
        {
            average.interval = average.value.and(accuracy);
        }
    }
    for class in 0..confusion.classes.len() {
        figures.extend(of_class(confusion, class));
    }
    figures
}

fn weighted_f(
    confusion: &Confusion,
    proportions: &Proportions,
    name: &'static str,
    beta_squared: f64,
) -> Figure {
    around(
        figure(confusion, name, |margins| margins.weighted_f(beta_squared)),
        |value| proportions.weighted_f(value, beta_squared),
    )
}

/// With the interval around its value.
fn around(figure: Figure, interval: impl FnOnce(f64) -> Option<Interval>) -> Figure {
    let interval = figure.value.and_then(interval);
    figure.within(interval)
}

/// A metric over all rows that is undefined only without rows.
fn figure(
    confusion: &Confusion,
    name: &'static str,
    metric: impl Fn(&Margins) -> Option<f64>,
) -> Figure {
    let rows = confusion.all.rows;
    match metric(&confusion.all) {
        Some(value) => Figure::new(name, value, rows).deviating(deviation(confusion, metric)),
        None => Figure::undefined(name, rows, Reason::NoRows),
    }
}

/// Matthews' correlation coefficient of several classes (Gorodkin, 2004). Undefined where all labels, or all predictions,
/// are of one class.
fn mcc(confusion: &Confusion) -> Figure {
    let rows = confusion.all.rows;
    match confusion.all.mcc() {
        Some(value) => {
            Figure::new("mcc", value, rows).deviating(deviation(confusion, Margins::mcc))
        }
        None if rows == 0 => Figure::undefined("mcc", rows, Reason::NoRows),
        None => Figure::undefined("mcc", rows, Reason::OneClass),
    }
}

/// Recall, precision, F1 and support of a class.
///
/// F1 = 2 TP / (2 TP + FP + FN) rises with q = TP / (TP + FP + FN), as 2q / (1 + q): its interval is that of the
/// proportion q, taken through the same formula.
fn of_class(confusion: &Confusion, class: usize) -> [Figure; 4] {
    let all = &confusion.all;
    let name = &confusion.classes[class];
    let (labels, predictions, right) =
        (all.labels[class], all.predictions[class], all.right[class]);
    let either = labels + predictions - right;
    let proportion = |metric: &str, of: u64, value: fn(&Margins, usize) -> Option<f64>, reason| {
        let metric = format!("{metric}({name})");
        match value(all, class) {
            Some(defined) => Figure::new(metric, defined, of)
                .deviating(deviation(confusion, |margins| value(margins, class))),
            None => Figure::undefined(metric, of, reason),
        }
    };
    let through_f1 = |q: f64| 2.0 * q / (1.0 + q);
    [
        proportion(
            "recall",
            labels,
            Margins::recall,
            Reason::ClassWithoutLabels,
        )
        .within(Interval::wilson(right, labels)),
        proportion(
            "precision",
            predictions,
            Margins::precision,
            Reason::ClassWithoutPredictions,
        )
        .within(Interval::wilson(right, predictions)),
        proportion(
            "f1",
            either,
            |margins, class| margins.f(class, 1.0),
            Reason::NoRows,
        )
        .within(Interval::wilson(right, either).map(|of_q| Interval {
            low: through_f1(of_q.low),
            high: through_f1(of_q.high),
        })),
        Figure::new(format!("support({name})"), labels as f64, all.rows),
    ]
}

fn deviation(confusion: &Confusion, metric: impl Fn(&Margins) -> Option<f64>) -> Option<f64> {
    standard_deviation(confusion.all.rows, confusion.samples.each_ref().map(metric))
}

/// `part / whole`, `None` of nothing.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Margins {
    fn accuracy(&self) -> Option<f64> {
        share(self.right.iter().sum(), self.rows)
    }

    /// Accuracy of predicting the most frequent label always.
    fn constant(&self) -> Option<f64> {
        share(self.majority(), self.rows)
    }

    /// Weighted F of that classifier: its one predicted class has recall 1 and precision the class's share.
    fn constant_f(&self, beta_squared: f64) -> Option<f64> {
        let (majority, rows) = (self.majority() as f64, self.rows as f64);
        let f = (1.0 + beta_squared) * majority / (beta_squared * majority + rows);
        Some(self.constant()? * f)
    }

    fn recall(&self, class: usize) -> Option<f64> {
        share(self.right[class], self.labels[class])
    }

    fn precision(&self, class: usize) -> Option<f64> {
        share(self.right[class], self.predictions[class])
    }

    /// F of a class from its counts: (1 + b^2) PR / (b^2 P + R), with one rounding less.
    fn f(&self, class: usize, beta_squared: f64) -> Option<f64> {
        let (labels, predictions) = (self.labels[class], self.predictions[class]);
        (labels + predictions > 0).then(|| {
            (1.0 + beta_squared) * self.right[class] as f64
                / (beta_squared * labels as f64 + predictions as f64)
        })
    }

    fn weighted_precision(&self) -> Option<f64> {
        self.weighted(Self::precision)
    }

    fn weighted_f(&self, beta_squared: f64) -> Option<f64> {
        self.weighted(|margins, class| margins.f(class, beta_squared))
    }

    /// Mean over the rows of what their label's class has; 0/0 counts as 0.0, as SageMaker's do.
    fn weighted(&self, of_class: impl Fn(&Self, usize) -> Option<f64>) -> Option<f64> {
        let mut sum = ExactSum::default();
        for (class, labels) in self.labels.iter().enumerate() {
            sum.add(*labels as f64 * of_class(self, class).unwrap_or_default());
        }
        (self.rows > 0).then(|| sum.value() / self.rows as f64)
    }

    /// Mean over the classes; 0/0 counts as 0.0, as scikit-learn's `zero_division=0`.
    fn mean(&self, of_class: impl Fn(&Self, usize) -> Option<f64>) -> Option<f64> {
        let mut sum = ExactSum::default();
        for class in 0..self.labels.len() {
            sum.add(of_class(self, class).unwrap_or_default());
        }
        (self.rows > 0).then(|| sum.value() / self.labels.len() as f64)
    }

    /// In integers until the quotient.
    fn mcc(&self) -> Option<f64> {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        let dot =
            |a: &[u64], b: &[u64]| -> u128 { a.iter().zip(b).map(|(a, b)| product(*a, *b)).sum() };
        let whole = product(self.rows, self.rows);
        let predictions = whole - dot(&self.predictions, &self.predictions);
        let labels = whole - dot(&self.labels, &self.labels);
        if predictions == 0 || labels == 0 {
            return None;
        }
        let agreed = product(self.right.iter().sum(), self.rows);
        let by_chance = dot(&self.labels, &self.predictions);
        let covariance = if agreed >= by_chance {
            (agreed - by_chance) as f64
        } else {
            -((by_chance - agreed) as f64)
        };
        let value = covariance / (predictions as f64 * labels as f64).sqrt();
        Some(value.clamp(-1.0, 1.0))
    }
}
