//! Metrics of ranks: AUC and average precision, in one pass over rows in descending order of their score.
//!
//! Areas are counted in integers and divided once, so that they are those of the rows whatever the order inside a tie.

use num_bigint::BigUint;
use serde::{Deserialize, Serialize};

use crate::curve::{CurveState, Curves};
use crate::exact_sum::ExactSum;
use crate::interval::{Interval, Z};
use crate::ratio::ratio;
use crate::samples::{SAMPLES, SampleMask, Tally};

/// Rows that have a score, by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankTotals {
    pub positives: Tally,
    pub negatives: Tally,
}

impl RankTotals {
    /// Rows of both classes.
    pub fn rows(&self) -> u64 {
        self.positives.all + self.negatives.all
    }

    /// Counts a row.
    #[inline]
    pub fn add(&mut self, positive: bool, mask: SampleMask) {
        if positive {
            self.positives.add(mask);
        } else {
            self.negatives.add(mask);
        }
    }

    /// Adds other rows.
    pub fn merge(&mut self, other: &Self) {
        self.positives.merge(&other.positives);
        self.negatives.merge(&other.negatives);
    }

    /// The rows that are left without others.
    pub(crate) fn without(&self, other: &Self) -> Self {
        Self {
            positives: self.positives.without(&other.positives),
            negatives: self.negatives.without(&other.negatives),
        }
    }
}

/// What ranks say about rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// The rows that were pushed.
    pub totals: RankTotals,
    /// Area under the ROC curve: the share of pairs of a positive and a negative row where the positive has the higher
    /// score, ties counting half (Mann and Whitney 1947). `None` where a class is absent.
    pub auc: Option<f64>,
    /// The AUC of the rows that each sample holds.
    pub sample_aucs: [Option<f64>; SAMPLES],
    /// DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988), clipped to 0..=1. Where that variance is 0 (perfect
    /// separation, one tie) or a class has a single row, Wilson's of the AUC as if it were a share of as many rows as the
    /// rarer class has.
    pub auc_interval: Option<Interval>,
    /// Average precision, the sum of precision times the rise of recall over all distinct scores, as scikit-learn's
    /// `average_precision_score`. `None` without positives.
    pub pr_auc: Option<f64>,
    /// The logit interval of Boyd, Eng and Page (ECML PKDD 2013, 3.2) with n the positives. Where that has no
    /// width (0 or 1), Wilson's of as many rows.
    pub pr_auc_interval: Option<Interval>,
    /// `None` where a class is absent.
    pub curves: Option<Curves>,
}

/// Rows up to which the sums of squares fit.
const MOST_ROWS: u64 = 1 << 41;

/// Takes rows in descending order of their score; memory does not grow with them. Up to 2^41 rows; beyond, the AUC has no
/// interval.
#[derive(Clone, Debug)]
pub struct RankState {
    score: f64,
    /// Rows of the current score.
    tied: RankTotals,
    /// Rows of higher scores.
    above: RankTotals,
    /// Twice the pairs in the right order, a tie counting one: over the negatives, twice the positives above and those
    /// that tie.
    pairs: u128,
    sample_pairs: [u128; SAMPLES],
    /// Squares of the same; and of twice the negatives above a positive and those that tie.
    square_of_negatives: u128,
    square_of_positives: u128,
    /// Positives of a score times the precision there.
    precision: ExactSum,
    curve: CurveState,
}

impl RankState {
    /// `totals` must be those of the rows to come; if not, only the choice of kept points suffers. Curves keep every point
    /// up to `most_points`, then at most twice as many.
    pub fn new(totals: RankTotals, most_points: usize) -> Self {
        Self::below(totals, RankTotals::default(), most_points)
    }

    /// A state of rows that all have lower scores than those of `above`: [`RankState::join`] puts it behind the state of
    /// these. So rows whose scores were cut into ranges can be ranked side by side.
    pub fn below(totals: RankTotals, above: RankTotals, most_points: usize) -> Self {
        let ends = [&totals, &above].map(|rows| (rows.positives.all, rows.negatives.all));
        Self {
            score: f64::INFINITY,
            tied: RankTotals::default(),
            above,
            pairs: 0,
            sample_pairs: [0; SAMPLES],
            square_of_negatives: 0,
            square_of_positives: 0,
            precision: ExactSum::default(),
            curve: CurveState::new(ends[0], ends[1], most_points),
        }
    }

    /// Adds the rows of the next lower range of scores, whose state began [`RankState::below`] these; afterwards ranges are
    /// joined, and no row is pushed.
    pub fn join(&mut self, mut lower: Self) {
        self.settle();
        lower.settle();
        self.score = lower.score;
        self.above = lower.above;
        self.pairs = self.pairs.wrapping_add(lower.pairs);
        for (sum, more) in self.sample_pairs.iter_mut().zip(lower.sample_pairs) {
            *sum = sum.wrapping_add(more);
        }
        self.square_of_negatives =
            (self.square_of_negatives).wrapping_add(lower.square_of_negatives);
        self.square_of_positives =
            (self.square_of_positives).wrapping_add(lower.square_of_positives);
        self.precision.merge(&lower.precision);
        self.curve.join(lower.curve);
    }

    /// Adds a row whose finite score is not above the last one's; rows of equal scores come in any order.
    ///
    /// A score that is not finite is a mistake of the caller: its row is left out.
    #[inline]
    pub fn push(&mut self, score: f64, positive: bool, mask: SampleMask) {
        if self.reach(score) {
            self.tied.add(positive, mask);
        }
    }

    /// Adds all rows of a score at once, under the same conditions.
    pub fn push_tied(&mut self, score: f64, rows: &RankTotals) {
        if self.reach(score) {
            self.tied.merge(rows);
        }
    }

    /// Makes a score the current one; false if it is none.
    #[inline]
    fn reach(&mut self, score: f64) -> bool {
        debug_assert!(score.is_finite(), "a score is finite");
        if !score.is_finite() {
            return false;
        }
        if score != self.score {
            debug_assert!(score < self.score, "scores descend");
            self.settle();
            // -0.0 becomes 0.0, lest a threshold depends on which of two equals came first.
            self.score = score + 0.0;
        }
        true
    }

    /// Moves the rows of the current score above the next one.
    #[inline]
    fn settle(&mut self) {
        let (tied, above) = (&self.tied, &self.above);
        let (positives, negatives) = (tied.positives.all, tied.negatives.all);
        if negatives > 0 {
            let doubled = u128::from(2 * above.positives.all + positives);
            let pairs = doubled.wrapping_mul(u128::from(negatives));
            self.pairs = self.pairs.wrapping_add(pairs);
            self.square_of_negatives =
                (self.square_of_negatives).wrapping_add(doubled.wrapping_mul(pairs));
            for (sample, sum) in self.sample_pairs.iter_mut().enumerate() {
                let doubled = 2 * above.positives.samples[sample] + tied.positives.samples[sample];
                let pairs = u128::from(doubled) * u128::from(tied.negatives.samples[sample]);
                *sum = sum.wrapping_add(pairs);
            }
        }
        if positives > 0 {
            let doubled = u128::from(2 * above.negatives.all + negatives);
            let squares = (doubled * doubled).wrapping_mul(u128::from(positives));
            self.square_of_positives = self.square_of_positives.wrapping_add(squares);
            let chosen = above.positives.all + positives;
            let rows = chosen + above.negatives.all + negatives;
            let precision = chosen as f64 / rows as f64;
            self.precision.add(positives as f64 * precision);
        }
        if positives + negatives > 0 {
            self.above.merge(&self.tied);
            self.tied = RankTotals::default();
            let above = &self.above;
            self.curve
                .push(self.score, above.positives.all, above.negatives.all);
        }
    }

    /// The metrics of all rows that were pushed.
    pub fn finish(mut self) -> Ranks {
        self.settle();
        let totals = self.above;
        let area = |pairs: u128, positives: u64, negatives: u64| {
            ratio(pairs, 2 * u128::from(positives) * u128::from(negatives))
        };
        let (positives, negatives) = (totals.positives.all, totals.negatives.all);
        let auc = area(self.pairs, positives, negatives);
        let mut sample_aucs = [None; SAMPLES];
        for (sample, auc) in sample_aucs.iter_mut().enumerate() {
            let positives = totals.positives.samples[sample];
            let negatives = totals.negatives.samples[sample];
            *auc = area(self.sample_pairs[sample], positives, negatives);
        }
        let pr_auc = (positives > 0).then(|| (self.precision.value() / positives as f64).min(1.0));
        Ranks {
            totals,
            auc,
            sample_aucs,
            auc_interval: auc.and_then(|auc| self.auc_interval(auc)),
            pr_auc,
            pr_auc_interval: pr_auc.map(|area| logit_interval(area, positives)),
            curves: self.curve.finish(),
        }
    }

    fn auc_interval(&self, auc: f64) -> Option<Interval> {
        let (positives, negatives) = (self.above.positives.all, self.above.negatives.all);
        if positives.checked_add(negatives)? > MOST_ROWS {
            return None;
        }
        // A positive's share of negatives below it varies as its share above does, and those sum up to the pairs that are
        // in the wrong order.
        let wrong = 2 * u128::from(positives) * u128::from(negatives) - self.pairs;
        let of_positives = variance_of_mean(positives, wrong, self.square_of_positives, negatives);
        let of_negatives =
            variance_of_mean(negatives, self.pairs, self.square_of_negatives, positives);
        let variance = of_positives.zip(of_negatives).map_or(0.0, |(a, b)| a + b);
        if variance > 0.0 {
            Some(Interval::around(auc, variance.sqrt(), 0.0, 1.0))
        } else {
            Some(wilson_of_share(auc, positives.min(negatives)))
        }
    }
}

/// Variance of the mean of `rows` doubled placements among `others`, of which the sum and the sum of squares are given:
/// S10 / m of DeLong et al., with the numerator in integers (as Sun and Xu, IEEE Signal Processing Letters 21, 2014, need
/// no pairs). `None` with one row.
fn variance_of_mean(rows: u64, sum: u128, squares: u128, others: u64) -> Option<f64> {
    let freedom = rows.checked_sub(1).filter(|&freedom| freedom > 0)?;
    let sum = BigUint::from(sum);
    let spread = BigUint::from(rows) * BigUint::from(squares) - &sum * &sum;
    let (rows, scale) = (rows as f64, 2.0 * others as f64);
    Some(nearby(spread) / (rows * rows * freedom as f64) / (scale * scale))
}

/// A double next to an integer that is below 2^300.
fn nearby(integer: BigUint) -> f64 {
    let shift = integer.bits().saturating_sub(127);
    let head = u128::try_from(integer >> shift).unwrap_or(u128::MAX) as f64;
    libm::ldexp(head, i32::try_from(shift).unwrap_or(i32::MAX))
}

/// Wilson's interval of a share that is no quotient of two counts.
fn wilson_of_share(share: f64, trials: u64) -> Interval {
    let n = trials as f64;
    let square = Z * Z;
    let half = Z * (n * share * (1.0 - share) + square / 4.0).sqrt();
    let end = |half: f64| ((n * share + square / 2.0 + half) / (n + square)).clamp(0.0, 1.0);
    Interval {
        // By algebra the ends are 0 and 1 there; rounding would leave them a bit aside.
        low: if share <= 0.0 { 0.0 } else { end(-half) },
        high: if share >= 1.0 { 1.0 } else { end(half) },
    }
}

fn logit_interval(area: f64, positives: u64) -> Interval {
    if area <= 0.0 || area >= 1.0 {
        return wilson_of_share(area, positives);
    }
    let logit = libm::log(area) - libm::log1p(-area);
    let half = Z / (positives as f64 * area * (1.0 - area)).sqrt();
    let back = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
    Interval {
        low: back(logit - half),
        high: back(logit + half),
    }
}
