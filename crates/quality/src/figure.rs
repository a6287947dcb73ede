//! One value of one metric, and what stands beside it.

use std::borrow::Cow;

use serde::Serialize;

use crate::calibration::CalibrationBin;
use crate::curve::Curves;
use crate::interval::Interval;

/// One value of one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// SageMaker's name in snake_case (formats.md 6), or ours; of a class `recall(CLASS)`.
    pub metric: Cow<'static, str>,
    /// `None` is undefined; SageMaker's names are 0.0 instead where a denominator is 0. Always finite.
    pub value: Option<f64>,
    /// As SageMaker defines it (formats.md 6.4); `None` is its "NaN": fewer than 200 rows, or not computed.
    pub standard_deviation: Option<f64>,
    /// 95 % confidence interval.
    pub interval: Option<Interval>,
    /// What the value rests on: the denominator of a proportion, else the rows.
    pub n: u64,
    /// Why the value is undefined or 0/0; `None` where it is neither.
    pub reason: Option<Reason>,
}

impl Figure {
    /// A defined value without deviation or interval.
    pub fn new(metric: impl Into<Cow<'static, str>>, value: f64, n: u64) -> Self {
        Self {
            metric: metric.into(),
            value: Some(value),
            standard_deviation: None,
            interval: None,
            n,
            reason: None,
        }
    }

    /// A metric that has no value.
    pub fn undefined(metric: impl Into<Cow<'static, str>>, n: u64, reason: Reason) -> Self {
        Self {
            metric: metric.into(),
            value: None,
            standard_deviation: None,
            interval: None,
            n,
            reason: Some(reason),
        }
    }

    /// One of SageMaker's names whose denominator is 0: 0.0, as SageMaker prints it, and why.
    pub fn zero(metric: impl Into<Cow<'static, str>>, n: u64, reason: Reason) -> Self {
        Self {
            value: Some(0.0),
            ..Self::undefined(metric, n, reason)
        }
    }

    /// With SageMaker's standard deviation.
    #[must_use]
    pub fn deviating(mut self, standard_deviation: Option<f64>) -> Self {
        self.standard_deviation = standard_deviation;
        self
    }

    /// With an interval.
    #[must_use]
    pub fn within(mut self, interval: Option<Interval>) -> Self {
        self.interval = interval;
        self
    }
}

/// Why a metric is undefined: a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No row has both a prediction and a label.
    NoRows,
    /// No label is of the positive class.
    NoPositives,
    /// No label is of the negative class.
    NoNegatives,
    /// Nothing was predicted positive.
    NoPredictedPositives,
    /// All labels and predictions are of one class.
    OneClass,
    /// No row has a probability.
    NoProbability,
    /// All labels are the same number.
    ConstantLabels,
    /// A label is 0, which a relative error divides by.
    ZeroLabels,
    /// The class is in no label.
    ClassWithoutLabels,
    /// The class was never predicted.
    ClassWithoutPredictions,
    /// One row is too few.
    TooFewRows,
    /// The result is beyond what a number can hold.
    Overflow,
    /// Nothing was predicted in the window.
    NoPredictions,
    /// A metric of the user's own gave null or no number.
    NoValue,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::NoRows,
        Self::NoPositives,
        Self::NoNegatives,
        Self::NoPredictedPositives,
        Self::OneClass,
        Self::NoProbability,
        Self::ConstantLabels,
        Self::ZeroLabels,
        Self::ClassWithoutLabels,
        Self::ClassWithoutPredictions,
        Self::TooFewRows,
        Self::Overflow,
        Self::NoPredictions,
        Self::NoValue,
    ];

    /// The reason of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// As files and messages say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRows => "no_rows",
            Self::NoPositives => "no_positives",
            Self::NoNegatives => "no_negatives",
            Self::NoPredictedPositives => "no_predicted_positives",
            Self::OneClass => "one_class",
            Self::NoProbability => "no_probability",
            Self::ConstantLabels => "constant_labels",
            Self::ZeroLabels => "zero_labels",
            Self::ClassWithoutLabels => "class_without_labels",
            Self::ClassWithoutPredictions => "class_without_predictions",
            Self::TooFewRows => "too_few_rows",
            Self::Overflow => "overflow",
            Self::NoPredictions => "no_predictions",
            Self::NoValue => "no_value",
        }
    }
}

/// Everything that was measured of one set of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Rows with a prediction and a label.
    pub rows: u64,
    /// SageMaker's metrics in its order (formats.md 6), then ours.
    pub figures: Vec<Figure>,
    /// Counts by (actual, predicted), sorted; empty for regression.
    pub confusion: Vec<(String, String, u64)>,
    /// The classes in order; empty for regression.
    pub classes: Vec<String>,
    /// ROC and precision-recall curve; only of binary rows of both classes that have a probability.
    pub curves: Option<Curves>,
    /// How probabilities and outcomes agree, in ten bins; empty without a probability.
    pub calibration: Vec<CalibrationBin>,
}

impl Measured {
    /// The figure of a metric.
    pub fn figure(&self, metric: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.metric == metric)
    }
}
