//! 95 % confidence intervals in closed form.
//!
//! Intervals of proportions, of means, and of any smooth function of counts. They hold for rows drawn independently.

use serde::Serialize;

mod student_t;

/// Both ends of a 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Two-sided 95 % quantile of the normal distribution.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// Rows that [`smoothed`] pretends to have seen: about the square of [`Z`].
const PSEUDO_OBSERVATIONS: f64 = 4.0;

impl Interval {
    /// Wilson score interval of a proportion (E. B. Wilson, "Probable inference", JASA 22, 1927), without continuity
    /// correction; `None` without trials, or with more successes than trials.
    pub fn wilson(successes: u64, trials: u64) -> Option<Self> {
        let failures = trials.checked_sub(successes)?;
        if trials == 0 {
            return None;
        }
        let (k, m, n) = (successes as f64, failures as f64, trials as f64);
        let square = Z * Z;
        let half = Z * (k / n * m + square / 4.0).sqrt();
        // The ends are 0 and 1 by algebra there; rounding would leave them a bit aside.
        Some(Self {
            low: if successes == 0 {
                0.0
            } else {
                ((k + square / 2.0 - half) / (n + square)).max(0.0)
            },
            high: if failures == 0 {
                1.0
            } else {
                ((k + square / 2.0 + half) / (n + square)).min(1.0)
            },
        })
    }

    /// Interval of a mean by Student's t with `n - 1` degrees of freedom (Student, Biometrika 6, 1908).
    ///
    /// `variance_of_rows` is that of one row, with divisor `n - 1`, in squared units of the mean. `None` with fewer than
    /// two rows, or where an end is beyond what a number can hold.
    pub fn of_mean(mean: f64, variance_of_rows: f64, n: u64) -> Option<Self> {
        let freedom = n.checked_sub(1).filter(|&freedom| freedom > 0)?;
        let standard_error = (variance_of_rows / n as f64).sqrt();
        let half = student_t::two_sided_95(freedom) * standard_error;
        Self {
            low: mean - half,
            high: mean + half,
        }
        .finite()
    }

    /// `value` and so many standard errors to each side, kept inside `least..=most`.
    pub fn around(value: f64, standard_error: f64, least: f64, most: f64) -> Self {
        Self {
            low: (value - Z * standard_error).max(least),
            high: (value + Z * standard_error).min(most),
        }
    }

    /// Interval of a smooth function of the shares of some cells, kept inside `least..=most`.
    ///
    /// The multinomial delta method (Agresti, "Categorical Data Analysis", 3rd ed., 16.1) with the variance at the
    /// smoothed counts (Agresti and Coull, The American Statistician 52, 1998): at the edge of the range, as
    /// where every row is right, the plain variance is 0, which would claim certainty from any number of rows.
    /// `gradient` takes the shares of the cells and gives the derivative of the function by each. `None` without rows, or
    /// where the gradient is not finite or of another length.
    pub fn of_counts(
        value: f64,
        counts: &[f64],
        gradient: impl FnOnce(&[f64]) -> Vec<f64>,
        least: f64,
        most: f64,
    ) -> Option<Self> {
        if counts.iter().all(|&count| count == 0.0) {
            return None;
        }
        let counts = smoothed(counts);
        let rows: f64 = counts.iter().sum();
        let shares: Vec<f64> = counts.iter().map(|count| count / rows).collect();
        let gradient = gradient(&shares);
        if gradient.len() != counts.len() {
            return None;
        }
        let standard_error = delta_standard_error(&counts, &gradient);
        // A NaN would be lost in `max` and `min`.
        if !standard_error.is_finite() {
            return None;
        }
        Self::around(value, standard_error, least, most).finite()
    }

    /// Itself where both ends are finite.
    pub(crate) fn finite(self) -> Option<Self> {
        (self.low.is_finite() && self.high.is_finite()).then_some(self)
    }
}

/// Standard error of a function of the shares of some cells, by the multinomial delta method (Agresti, "Categorical Data
/// Analysis", 3rd ed., 16.1): `sqrt((sum p g^2 - (sum p g)^2) / n)`.
///
/// `gradient` is the derivative by each share, at the shares of these counts; 0.0 without rows. Where the function is at
/// the edge of its range this is 0, which is not honest: see [`smoothed`].
pub(crate) fn delta_standard_error(counts: &[f64], gradient: &[f64]) -> f64 {
    let rows: f64 = counts.iter().sum();
    if rows <= 0.0 {
        return 0.0;
    }
    let cells = || counts.iter().map(|count| count / rows).zip(gradient);
    let mean: f64 = cells().map(|(share, slope)| share * slope).sum();
    // About the mean, lest two large squares cancel.
    let variance: f64 = cells()
        .map(|(share, slope)| share * (slope - mean) * (slope - mean))
        .sum();
    (variance / rows).sqrt()
}

/// The counts and four more observations, spread evenly over the cells (Agresti and Coull, The American Statistician 52,
/// 1998): where to take the variance, while the centre stays the point estimate.
pub(crate) fn smoothed(counts: &[f64]) -> Vec<f64> {
    let more = PSEUDO_OBSERVATIONS / counts.len() as f64;
    counts.iter().map(|count| count + more).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn assert_near(actual: Interval, low: f64, high: f64) {
        assert!((actual.low - low).abs() < 1e-12, "{actual:?} {low}");
        assert!((actual.high - high).abs() < 1e-12, "{actual:?} {high}");
    }

    /// Expected: scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
    #[test]
    fn wilson_is_as_scipy_has_it() {
        let of = |k, n| Interval::wilson(k, n).unwrap();
        assert_near(of(8, 10), 0.4901624715366418, 0.9433178485456248);
        assert_near(of(1, 10_000), 1.765267360112231e-05, 0.0005662688974013381);
        assert_eq!(of(0, 7).low, 0.0);
        assert_eq!(of(7, 7).high, 1.0);
        assert!((of(0, 7).high - (1.0 - of(7, 7).low)).abs() < 1e-15);
        assert_eq!(Interval::wilson(0, 0), None);
        assert_eq!(Interval::wilson(2, 1), None);
    }

    #[test]
    fn mean_of_one_row_has_no_interval_and_of_two_a_wide_one() {
        assert_eq!(Interval::of_mean(1.0, 0.0, 0), None);
        assert_eq!(Interval::of_mean(1.0, 0.0, 1), None);
        // Rows 0 and 2: variance 2, standard error 1, t of one degree of freedom.
        let t = 12.706204736174694;
        assert_near(Interval::of_mean(1.0, 2.0, 2).unwrap(), 1.0 - t, 1.0 + t);
        assert_eq!(Interval::of_mean(0.0, f64::INFINITY, 2), None);
    }

    #[test]
    fn delta_method_of_one_share_is_the_binomial_standard_error() {
        let error = delta_standard_error(&[30.0, 70.0], &[1.0, 0.0]);
        assert!((error - (0.3_f64 * 0.7 / 100.0).sqrt()).abs() < 1e-15);
        assert_eq!(delta_standard_error(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
    }

    #[test]
    fn smoothing_adds_four_rows() {
        assert_eq!(smoothed(&[10.0, 0.0]), [12.0, 2.0]);
        assert_eq!(smoothed(&[0.0; 8]), [0.5; 8]);
    }

    #[test]
    fn interval_of_a_perfect_share_has_width_and_stays_in_range() {
        let of = |counts: &[f64]| Interval::of_counts(1.0, counts, |_| vec![1.0, 0.0], 0.0, 1.0);
        let interval = of(&[20.0, 0.0]).unwrap();
        // The share at the smoothed counts is 22 of 24.
        let error = (22.0_f64 / 24.0 * 2.0 / 24.0 / 24.0).sqrt();
        assert_near(interval, 1.0 - Z * error, 1.0);
        assert_eq!(of(&[0.0, 0.0]), None);
        assert_eq!(
            Interval::of_counts(1.0, &[1.0, 2.0], |_| vec![f64::NAN, 0.0], 0.0, 1.0),
            None
        );
        assert_eq!(
            Interval::of_counts(1.0, &[1.0, 2.0], |_| vec![1.0], 0.0, 1.0),
            None
        );
    }
}
