//! Quantiles of a sorted stream whose length is known, in constant memory.

use crate::interval::{Interval, Z};

/// Share of the distribution that a 95 % interval may leave out on each side.
const TAIL: f64 = 0.025;

/// Quantiles of numbers that come in ascending order.
#[derive(Clone, Debug)]
pub struct OrderStatistics {
    n: u64,
    quantiles: Vec<f64>,
    /// The ranks that a quantile needs, from 0, ascending, each with the number there once it came.
    wanted: Vec<(u64, f64)>,
    /// How many of them came.
    found: usize,
    pushed: u64,
    last: f64,
    disordered: bool,
}

impl OrderStatistics {
    /// For `n` numbers; `quantiles` are shares between 0 and 1.
    pub fn new(n: u64, quantiles: &[f64]) -> Self {
        let mut wanted: Vec<(u64, f64)> = quantiles
            .iter()
            .filter_map(|&share| Ranks::of(n, share))
            .flat_map(|ranks| [Some(ranks.below), Some(ranks.above), ranks.low, ranks.high])
            .flatten()
            .map(|rank| (rank, 0.0))
            .collect();
        wanted.sort_unstable_by_key(|&(rank, _)| rank);
        wanted.dedup_by_key(|&mut (rank, _)| rank);
        Self {
            n,
            quantiles: quantiles.to_vec(),
            wanted,
            found: 0,
            pushed: 0,
            last: f64::NEG_INFINITY,
            disordered: false,
        }
    }

    /// Takes the next number; none is below the one before.
    #[inline]
    pub fn push(&mut self, value: f64) {
        // A NaN is in no order.
        self.disordered |= value < self.last || value.is_nan();
        self.last = value;
        if let Some((rank, slot)) = self.wanted.get_mut(self.found)
            && *rank == self.pushed
        {
            // 0.0 for -0.0, which reads as another result.
            *slot = value + 0.0;
            self.found += 1;
        }
        self.pushed += 1;
    }

    /// Every quantile in the order given, with its 95 % interval.
    ///
    /// The quantile is interpolated as numpy does it by default: type 7 of Hyndman and Fan ("Sample quantiles in
    /// statistical packages", The American Statistician 50, 1996). The interval holds for any distribution: its ends are
    /// the numbers at the ranks `floor(n q - z s)` and `ceil(n q + z s) + 1` with `s = sqrt(n q (1 - q))` (Conover,
    /// "Practical Nonparametric Statistics", 3rd ed., 3.2; David and Nagaraja, "Order Statistics", 7.1), kept inside
    /// `1..=n`. It is `None` where not even the least or the greatest number bounds the quantile with 97.5 %.
    ///
    /// A quantile is `None` where there are no numbers, the share is not between 0 and 1, or what was pushed is not `n`
    /// numbers in ascending order.
    pub fn finish(&self) -> Vec<Option<(f64, Option<Interval>)>> {
        self.quantiles
            .iter()
            .map(|&share| self.quantile(share))
            .collect()
    }

    fn quantile(&self, share: f64) -> Option<(f64, Option<Interval>)> {
        if self.disordered || self.pushed != self.n {
            return None;
        }
        let ranks = Ranks::of(self.n, share)?;
        let value = between(self.at(ranks.below)?, self.at(ranks.above)?, ranks.fraction);
        let end = |rank: Option<u64>| rank.and_then(|rank| self.at(rank));
        let interval = match (end(ranks.low), end(ranks.high)) {
            (Some(low), Some(high)) => Interval { low, high }.finite(),
            _ => None,
        };
        Some((value, interval))
    }

    fn at(&self, rank: u64) -> Option<f64> {
        let index = self
            .wanted
            .binary_search_by_key(&rank, |&(rank, _)| rank)
            .ok()?;
        self.wanted.get(index).map(|&(_, value)| value)
    }
}

/// The ranks, from 0, that a quantile and its interval need.
struct Ranks {
    below: u64,
    above: u64,
    fraction: f64,
    low: Option<u64>,
    high: Option<u64>,
}

impl Ranks {
    fn of(n: u64, share: f64) -> Option<Self> {
        let greatest = n.checked_sub(1)?;
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        let place = greatest as f64 * share;
        let below = (place.floor() as u64).min(greatest);
        let rows = n as f64;
        let half = Z * (rows * share * (1.0 - share)).sqrt();
        let low = (rows * share - half).floor();
        let high = (rows * share + half).ceil() + 1.0;
        // The least of n numbers is above the quantile with (1 - q)^n, the greatest below it with q^n.
        let least_bounds = libm::pow(1.0 - share, rows) <= TAIL;
        let greatest_bounds = libm::pow(share, rows) <= TAIL;
        Some(Self {
            below,
            above: (below + 1).min(greatest),
            fraction: place - below as f64,
            low: least_bounds.then_some((low.max(1.0) as u64 - 1).min(greatest)),
            high: greatest_bounds.then_some((high as u64 - 1).min(greatest)),
        })
    }
}

/// The number at a fraction of the way, exact at both ends and where they are equal, as numpy's `_lerp`.
fn between(below: f64, above: f64, fraction: f64) -> f64 {
    let width = above - below;
    if below == above {
        below
    } else if !width.is_finite() {
        below * (1.0 - fraction) + above * fraction
    } else if fraction < 0.5 {
        below + width * fraction
    } else {
        above - width * (1.0 - fraction)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn quantiles_of(values: &[f64], shares: &[f64]) -> Vec<Option<(f64, Option<Interval>)>> {
        let mut statistics = OrderStatistics::new(values.len() as u64, shares);
        for &value in values {
            statistics.push(value);
        }
        statistics.finish()
    }

    #[test]
    fn median_of_four_is_half_way_and_of_three_the_middle() {
        let median = |values: &[f64]| quantiles_of(values, &[0.5])[0].unwrap().0;
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), 3.0);
        assert_eq!(median(&[1.0, 2.0, 9.0]), 2.0);
        assert_eq!(median(&[-f64::MAX, f64::MAX]), 0.0);
        assert_eq!(median(&[f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(median(&[-0.0]).to_bits(), 0);
    }

    #[test]
    fn interval_of_a_median_of_a_hundred_is_between_ranks_40_and_61() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        // 50 -+ 1.96 * 5 is 40.2 and 59.8.
        let (median, interval) = quantiles_of(&values, &[0.5])[0].unwrap();
        let (low, high) = (40.0, 61.0);
        assert_eq!((median, interval), (50.5, Some(Interval { low, high })));
    }

    #[test]
    fn too_few_numbers_bound_no_quantile() {
        // 1 of 32 medians is above all of five numbers; of six, 1 of 64.
        let median = |n: u32| {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            quantiles_of(&values, &[0.5])[0].unwrap().1
        };
        let (low, high) = (1.0, 6.0);
        assert_eq!(median(5), None);
        assert_eq!(median(6), Some(Interval { low, high }));
    }

    #[test]
    fn wrong_length_wrong_order_or_wrong_share_have_no_quantile() {
        assert_eq!(quantiles_of(&[], &[0.5]), [None]);
        assert_eq!(quantiles_of(&[2.0, 1.0], &[0.5]), [None]);
        assert_eq!(quantiles_of(&[1.0, f64::NAN], &[0.5]), [None]);
        assert_eq!(quantiles_of(&[1.0], &[1.5, f64::NAN, -0.1]), [None; 3]);
        let mut short = OrderStatistics::new(3, &[0.5]);
        short.push(1.0);
        assert_eq!(short.finish(), [None]);
        short.push(1.0);
        short.push(1.0);
        short.push(1.0);
        assert_eq!(short.finish(), [None]);
    }
}
