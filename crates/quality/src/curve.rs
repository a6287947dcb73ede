//! ROC and precision-recall curve from rows in descending order of their score.
//!
//! One point per distinct score (formats.md 6.2, "Curve shape"). Beyond a number of points some are left out; those that
//! stay are exact. Which ones stay follows from the rows alone, never from batches or ties.

use serde::Serialize;

/// A point of the receiver operating characteristic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RocPoint {
    /// The score from which on a row counts as positive; `None` for the ends (0, 0) and (1, 1) that SageMaker adds.
    pub threshold: Option<f64>,
    pub false_positive_rate: f64,
    pub true_positive_rate: f64,
}

/// A point of the precision-recall curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PrPoint {
    /// As of [`RocPoint`]; `None` for the first point, of recall 0.
    pub threshold: Option<f64>,
    pub precision: f64,
    pub recall: f64,
}

/// Both curves of rows of both classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curves {
    /// (0, 0), a point for each kept score in descending order, (1, 1).
    pub roc: Vec<RocPoint>,
    /// Recall 0 with the precision of the first score, then a point for each kept score.
    pub pr: Vec<PrPoint>,
    pub distinct_scores: u64,
    /// Whether every distinct score has its point.
    pub complete: bool,
}

/// Rows at or above a score.
#[derive(Clone, Copy, Debug)]
struct Point {
    score: f64,
    positives: u64,
    negatives: u64,
}

/// Says when a count has risen by another `1 / most` of its total: when `floor(count * most / total)` rises.
#[derive(Clone, Debug)]
struct Step {
    total: u128,
    most: u128,
    /// `count * most` from which on the floor is larger than it was; out of reach once the floor is `most`.
    next: u128,
}

impl Step {
    /// `count` is how many there are before the first question.
    fn new(total: u64, count: u64, most: usize) -> Self {
        let mut step = Self {
            total: u128::from(total),
            most: most as u128,
            next: u128::MAX,
        };
        if total > 0 && most > 0 {
            step.advance(u128::from(count) * step.most);
        }
        step
    }

    fn advance(&mut self, scaled: u128) {
        let floor = scaled / self.total;
        self.next = if floor < self.most {
            (floor + 1) * self.total
        } else {
            u128::MAX
        };
    }

    #[inline]
    fn rises(&mut self, count: u64) -> bool {
        let scaled = u128::from(count) * self.most;
        if scaled < self.next {
            return false;
        }
        self.advance(scaled);
        true
    }
}

/// Points as scores descend: all of them up to `most`, then those where either count has risen by another `1 / most`, the
/// first and the last. At most `2 * most` and two.
#[derive(Clone, Debug)]
pub(crate) struct CurveState {
    most: usize,
    /// No row is above the first point.
    is_first: bool,
    thinned: bool,
    points: Vec<Point>,
    last: Option<Point>,
    distinct_scores: u64,
    positives: Step,
    negatives: Step,
}

impl CurveState {
    /// `totals` and `above` are positives and negatives: of all rows, and of those with higher scores than the first that
    /// will come. Other totals only misplace the points that are kept.
    pub(crate) fn new(totals: (u64, u64), above: (u64, u64), most: usize) -> Self {
        Self {
            most,
            is_first: above == (0, 0),
            thinned: false,
            points: Vec::new(),
            last: None,
            distinct_scores: 0,
            positives: Step::new(totals.0, above.0, most),
            negatives: Step::new(totals.1, above.1, most),
        }
    }

    /// The counts of rows at or above the next distinct score.
    #[inline]
    pub(crate) fn push(&mut self, score: f64, positives: u64, negatives: u64) {
        let point = Point {
            score,
            positives,
            negatives,
        };
        self.distinct_scores += 1;
        self.last = Some(point);
        if self.thinned {
            if self.keeps(point) {
                self.points.push(point);
            }
            return;
        }
        self.points.push(point);
        if self.too_many() {
            self.thin();
        }
    }

    /// Puts the points of the next lower range of scores behind these; afterwards ranges are joined, and no point is pushed.
    pub(crate) fn join(&mut self, mut lower: Self) {
        self.distinct_scores += lower.distinct_scores;
        if self.too_many() {
            self.thin();
            lower.thin();
        }
        self.points.append(&mut lower.points);
        self.last = lower.last.or(self.last);
    }

    fn too_many(&self) -> bool {
        self.distinct_scores > self.most as u64
    }

    /// Keeps what would have been kept from the beginning.
    fn thin(&mut self) {
        if self.thinned {
            return;
        }
        self.thinned = true;
        let mut first = self.is_first;
        let mut points = std::mem::take(&mut self.points);
        points.retain(|point| self.keeps(*point) | std::mem::take(&mut first));
        self.points = points;
    }

    /// Each point is asked about once, in order. Both counts are, lest the other one is behind.
    #[inline]
    fn keeps(&mut self, point: Point) -> bool {
        self.positives.rises(point.positives) | self.negatives.rises(point.negatives)
    }

    /// `None` where a class is absent, for one axis has no length then.
    pub(crate) fn finish(mut self) -> Option<Curves> {
        let last = self.last?;
        if last.positives == 0 || last.negatives == 0 {
            return None;
        }
        let complete = !self.thinned;
        if self
            .points
            .last()
            .is_none_or(|point| point.score != last.score)
        {
            self.points.push(last);
        }
        let (positives, negatives) = (last.positives as f64, last.negatives as f64);
        let end = |rate: f64| RocPoint {
            threshold: None,
            false_positive_rate: rate,
            true_positive_rate: rate,
        };
        let mut roc = vec![end(0.0)];
        let mut pr: Vec<PrPoint> = Vec::with_capacity(self.points.len() + 1);
        for point in &self.points {
            roc.push(RocPoint {
                threshold: Some(point.score),
                false_positive_rate: point.negatives as f64 / negatives,
                true_positive_rate: point.positives as f64 / positives,
            });
            let chosen = point.positives + point.negatives;
            let precision = point.positives as f64 / chosen as f64;
            if pr.is_empty() {
                pr.push(PrPoint {
                    threshold: None,
                    precision,
                    recall: 0.0,
                });
            }
            pr.push(PrPoint {
                threshold: Some(point.score),
                precision,
                recall: point.positives as f64 / positives,
            });
        }
        roc.push(end(1.0));
        Some(Curves {
            roc,
            pr,
            distinct_scores: self.distinct_scores,
            complete,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_rises_when_the_floor_does() {
        for (total, most) in [(10_u64, 4_usize), (7, 7), (3, 10), (1, 1)] {
            let mut step = Step::new(total, 0, most);
            let floor = |count: u64| count * most as u64 / total;
            for count in 1..=total {
                let rose = floor(count) > floor(count - 1);
                assert_eq!(step.rises(count), rose, "{count} of {total} by {most}");
            }
        }
    }

    #[test]
    fn steps_without_a_total_or_a_limit_never_rise() {
        assert!(!Step::new(0, 0, 5).rises(3));
        assert!(!Step::new(5, 0, 0).rises(5));
    }
}
