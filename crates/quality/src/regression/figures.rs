//! Regression metrics from exact sums, each rounded once.

use super::{Errors, RegressionState, ResidualQuantiles};
use crate::exact_sum::ExactSum;
use crate::figure::{Figure, Reason};
use crate::interval::Interval;
use crate::ratio::{Dyadic, quotient};
use crate::samples::{SAMPLES, standard_deviation};

/// Every figure of a state, in the order of `RegressionState::finish`.
pub(super) fn figures(
    state: &RegressionState,
    quantiles: Option<&ResidualQuantiles>,
) -> Vec<Figure> {
    let n = state.rows();
    let exact = Exact::of(n, &state.all, None);
    let samples: [Exact; SAMPLES] = std::array::from_fn(|sample| {
        Exact::of(
            state.rows.samples[sample],
            &state.all,
            state.left_out.get(sample),
        )
    });
    let deviation = |metric: fn(&Exact) -> Result<f64, Reason>| {
        let of = |sample: &Exact| match metric(sample) {
            Ok(value) => Some(value),
            Err(Reason::ConstantLabels) => Some(0.0),
            Err(_) => None,
        };
        standard_deviation(n, std::array::from_fn(|sample| of(&samples[sample])))
    };

    let moments = &state.moments;
    let mse_interval = of_mean(&state.all.squared, &moments.error_4, n, 0.0);
    let rmse_interval = mse_interval.map(|interval| Interval {
        low: interval.low.sqrt(),
        high: interval.high.sqrt(),
    });
    let mut figures = vec![
        figure("mae", n, exact.mae())
            .within(of_mean(&state.all.absolute, &state.all.squared, n, 0.0))
            .deviating(deviation(Exact::mae)),
        figure("mse", n, exact.mse())
            .within(mse_interval)
            .deviating(deviation(Exact::mse)),
        figure("rmse", n, exact.rmse())
            .within(rmse_interval)
            .deviating(deviation(Exact::rmse)),
        figure("r2", n, exact.r2())
            .within(r2_interval(state, &exact))
            .deviating(deviation(Exact::r2)),
        figure("bias", n, mean(&moments.error, n)).within(of_mean(
            &moments.error,
            &state.all.squared,
            n,
            f64::NEG_INFINITY,
        )),
        mape(state),
    ];
    for (name, quantile) in quantiles.into_iter().flat_map(ResidualQuantiles::named) {
        if n == 0 {
            figures.push(figure(name, n, Err(Reason::NoRows)));
        } else {
            // Short of values where a residual is beyond the largest number.
            let value = quantile.map_or(Err(Reason::Overflow), |(value, _)| finite(value));
            let interval = quantile.and_then(|(_, interval)| interval);
            figures.push(figure(name, n, value).within(interval));
        }
    }
    figures
}

/// The sums behind SageMaker's four, over all rows or one sample; `None` is infinite.
struct Exact {
    rows: u64,
    absolute: Option<Dyadic>,
    squared: Option<Dyadic>,
    label: Option<Dyadic>,
    label_squared: Option<Dyadic>,
}

impl Exact {
    fn of(rows: u64, all: &Errors, left_out: Option<&Errors>) -> Self {
        let less = |pick: fn(&Errors) -> &ExactSum| {
            let sum = Dyadic::of_sum(pick(all))?;
            match left_out {
                None => Some(sum),
                Some(left_out) => Some(&sum - &Dyadic::of_sum(pick(left_out))?),
            }
        };
        Self {
            rows,
            absolute: less(|errors| &errors.absolute),
            squared: less(|errors| &errors.squared),
            label: less(|errors| &errors.label),
            label_squared: less(|errors| &errors.label_squared),
        }
    }

    fn mae(&self) -> Result<f64, Reason> {
        share(self.absolute.as_ref(), self.rows)
    }

    fn mse(&self) -> Result<f64, Reason> {
        share(self.squared.as_ref(), self.rows)
    }

    fn rmse(&self) -> Result<f64, Reason> {
        finite(self.mse()?.sqrt())
    }

    fn r2(&self) -> Result<f64, Reason> {
        if self.rows == 0 {
            return Err(Reason::NoRows);
        }
        let spread = self.spread().ok_or(Reason::Overflow)?;
        let squared = self.scaled_squared().ok_or(Reason::Overflow)?;
        let value = quotient(&(&spread - &squared), &spread).ok_or(Reason::ConstantLabels)?;
        finite(value)
    }

    /// `n * sum a^2 - (sum a)^2`: the variance of the labels times `n^2`.
    fn spread(&self) -> Option<Dyadic> {
        let squares = &Dyadic::from(self.rows) * self.label_squared.as_ref()?;
        Some(&squares - &self.label.as_ref()?.squared())
    }

    /// `n * sum e^2`: mse times `n^2`.
    fn scaled_squared(&self) -> Option<Dyadic> {
        Some(&Dyadic::from(self.rows) * self.squared.as_ref()?)
    }
}

/// Delta method of `1 - mean(e^2) / var(a)`: a row moves it by `(e^2 - q c^2) / var(a)`, where `q` is the ratio and `c` the
/// label less the mean label. All moments are over one denominator, so that nothing cancels before the one rounding.
///
/// It is of no width where all residuals are 0.
fn r2_interval(state: &RegressionState, exact: &Exact) -> Option<Interval> {
    if exact.rows < 2 {
        return None;
    }
    let value = exact.r2().ok()?;
    let moments = &state.moments;
    let n = Dyadic::from(exact.rows);
    let n2 = n.squared();
    let n3 = &n2 * &n;
    let whole = |times: u64| Dyadic::from(times);

    let label = exact.label.as_ref()?;
    let label2 = label.squared();
    let squared = exact.squared.as_ref()?;
    let spread = exact.spread()?;
    let ratio = exact.scaled_squared()?;

    // n^2 sum e^2 c^2.
    let mixed = {
        let twice = &(&whole(2) * &n) * &(label * &Dyadic::of_sum(&moments.error_2_label)?);
        let ends = &n2 * &Dyadic::of_sum(&moments.error_2_label_2)?;
        &(&ends - &twice) + &(&label2 * squared)
    };
    // n^3 sum c^4.
    let fourth = {
        let label_4 = &n3 * &Dyadic::of_sum(&moments.label_4)?;
        let label_3 = &(&whole(4) * &n2) * &(label * &Dyadic::of_sum(&moments.label_3)?);
        let label_2 = &(&whole(6) * &n) * &(&label2 * exact.label_squared.as_ref()?);
        let last = &whole(3) * &label2.squared();
        &(&(&label_4 - &label_3) + &label_2) - &last
    };
    let spread2 = spread.squared();
    let errors = &(&n3 * &Dyadic::of_sum(&moments.error_4)?) * &spread2;
    let crossed = &(&(&whole(2) * &n) * &(&ratio * &spread)) * &mixed;
    let labels = &ratio.squared() * &fourth;
    let numerator = &(&errors - &crossed) + &labels;
    let variance = quotient(&numerator, &(&n * &spread2.squared()))?;
    // Infinity is no standard error.
    let standard_error = finite(variance).ok()?.sqrt();
    Interval::around(value, standard_error, f64::NEG_INFINITY, 1.0).finite()
}

/// Mean of |error / label|, as a share.
fn mape(state: &RegressionState) -> Figure {
    let (n, moments) = (state.rows(), &state.moments);
    if moments.zero_labels > 0 {
        return figure("mape", n, Err(Reason::ZeroLabels));
    }
    let interval = of_mean(&moments.relative, &moments.relative_squared, n, 0.0);
    figure("mape", n, mean(&moments.relative, n)).within(interval)
}

/// Student's interval of a mean with the exact variance of the rows, kept from `least` on.
fn of_mean(sum: &ExactSum, squares: &ExactSum, n: u64, least: f64) -> Option<Interval> {
    if n < 2 {
        return None;
    }
    let mean = mean(sum, n).ok()?;
    let sum = Dyadic::of_sum(sum)?;
    let rows = Dyadic::from(n);
    let spread = &(&rows * &Dyadic::of_sum(squares)?) - &sum.squared();
    let variance = quotient(&spread, &(&rows * &Dyadic::from(n - 1)))?;
    let interval = Interval::of_mean(mean, variance, n)?;
    Some(Interval {
        low: interval.low.max(least),
        ..interval
    })
}

fn mean(sum: &ExactSum, n: u64) -> Result<f64, Reason> {
    share(Dyadic::of_sum(sum).as_ref(), n)
}

fn share(sum: Option<&Dyadic>, rows: u64) -> Result<f64, Reason> {
    if rows == 0 {
        return Err(Reason::NoRows);
    }
    let value = quotient(sum.ok_or(Reason::Overflow)?, &Dyadic::from(rows));
    finite(value.ok_or(Reason::NoRows)?)
}

fn finite(value: f64) -> Result<f64, Reason> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Reason::Overflow)
    }
}

fn figure(name: &'static str, n: u64, value: Result<f64, Reason>) -> Figure {
    match value {
        Ok(value) => Figure::new(name, value, n),
        Err(reason @ Reason::ConstantLabels) => Figure::zero(name, n, reason),
        Err(reason) => Figure::undefined(name, n, reason),
    }
}
