//! A metric over time.

use groundline_quality::{Comparison, Interval};

use super::Span;

/// One metric over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// SageMaker's name in snake_case (formats.md 6), or ours, or the user's own.
    pub metric: String,
    /// What the metric was in the baseline.
    pub baseline: Option<f64>,
    /// The side that violates, and the threshold.
    pub threshold: Option<(Comparison, f64)>,
    /// In any order; windows may have any length, overlap, and leave gaps.
    pub points: Vec<SeriesPoint>,
}

/// One metric in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesPoint {
    pub window: Span,
    /// `None` is undefined, and drawn as a gap. What is not finite counts as `None`.
    pub value: Option<f64>,
    /// Why there is no value, or why 0 is 0/0: as [`groundline_quality::Reason::as_str`] says it, or in words.
    pub reason: Option<String>,
    /// 95 % confidence interval.
    pub interval: Option<Interval>,
    /// What the value rests on: the denominator of a proportion, else rows.
    pub n: u64,
    /// Labels of the window are not in yet.
    pub provisional: bool,
    /// Measured again after more labels arrived.
    pub restated: bool,
    /// The first value, of a restated one, where known.
    pub was: Option<f64>,
    /// The value is beyond the threshold.
    pub violated: bool,
}

impl SeriesPoint {
    /// A value of a window whose labels are in.
    pub fn new(window: Span, value: f64, interval: Option<Interval>, n: u64) -> Self {
        Self {
            window,
            value: Some(value),
            reason: None,
            interval,
            n,
            provisional: false,
            restated: false,
            was: None,
            violated: false,
        }
    }
}
