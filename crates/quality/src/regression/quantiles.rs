//! Quantiles of the residuals, which no sum can tell.

use crate::interval::Interval;
use crate::order_statistics::OrderStatistics;

/// The residual's quantiles and their names.
const RESIDUAL: [(&str, f64); 5] = [
    ("residual_p05", 0.05),
    ("residual_p25", 0.25),
    ("residual_p50", 0.50),
    ("residual_p75", 0.75),
    ("residual_p95", 0.95),
];

/// Median absolute error and quantiles of the residual, predicted - actual, over two sorted passes in constant memory.
///
/// Both passes hold as many numbers as the state has rows, each in ascending order.
#[derive(Clone, Debug)]
pub struct ResidualQuantiles {
    absolute: OrderStatistics,
    residual: OrderStatistics,
}

impl ResidualQuantiles {
    /// For so many rows: `RegressionState::rows`.
    pub fn new(rows: u64) -> Self {
        Self {
            absolute: OrderStatistics::new(rows, &[0.5]),
            residual: OrderStatistics::new(rows, &RESIDUAL.map(|(_, share)| share)),
        }
    }

    /// Takes the next |predicted - actual|, ascending.
    #[inline]
    pub fn push_absolute(&mut self, absolute: f64) {
        self.absolute.push(absolute);
    }

    /// Takes the next predicted - actual, ascending.
    #[inline]
    pub fn push_residual(&mut self, residual: f64) {
        self.residual.push(residual);
    }

    /// Names, and values with intervals; a pass that was cut short or out of order has none.
    pub(super) fn named(
        &self,
    ) -> impl Iterator<Item = (&'static str, Option<(f64, Option<Interval>)>)> {
        let residual = RESIDUAL.map(|(name, _)| name);
        ["median_absolute_error"]
            .into_iter()
            .zip(self.absolute.finish())
            .chain(residual.into_iter().zip(self.residual.finish()))
    }
}
