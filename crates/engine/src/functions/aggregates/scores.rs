//! Rows of two classes by their probability, for metrics of ranks.

use arrow::array::ArrayRef;
use datafusion::common::{Result, exec_err};
use groundline_quality::{RankState, RankTotals, Tally};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize, Serializer};

use super::accumulator::Kept;
use super::binary::probable;
use super::call::Call;

/// Distinct probabilities of one group up to which ranks are exact, and beyond which the query stops: about 80 MB.
pub(super) const MOST_SCORES: usize = 1_000_000;

/// Negative and positive rows of a probability.
type Rows = (u64, u64);

/// Rows by the bits of their probability, which have the order of the numbers, since none is negative.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(u64, Rows)>")]
pub(super) struct Scores(HashMap<u64, Rows>);

impl Scores {
    fn add(&mut self, call: &Call, bits: u64, (negatives, positives): Rows) -> Result<()> {
        let full = self.0.len() >= MOST_SCORES;
        match self.0.get_mut(&bits) {
            Some(rows) => {
                rows.0 = rows.0.saturating_add(negatives);
                rows.1 = rows.1.saturating_add(positives);
            }
            None if full => {
                return exec_err!(
                    "{}: a group has more than {MOST_SCORES} distinct probabilities; round them, cut the groups finer, or run \
                     `groundline quality`, which sorts any number",
                    call.metric
                );
            }
            None => {
                self.0.insert(bits, (negatives, positives));
            }
        }
        Ok(())
    }

    /// In ascending order.
    fn sorted(&self) -> Vec<(u64, Rows)> {
        let mut scores: Vec<_> = self.0.iter().map(|(bits, rows)| (*bits, *rows)).collect();
        scores.sort_unstable_by_key(|(bits, _)| *bits);
        scores
    }
}

impl Kept for Scores {
    fn update(&mut self, call: &Call, label: &ArrayRef, probability: &ArrayRef) -> Result<()> {
        probable(call, label, probability, |positive, probability| {
            // -0.0 is 0.0.
            let bits = (probability + 0.0).to_bits();
            let positives = u64::from(positive);
            self.add(call, bits, (1 - positives, positives))
        })
    }

    fn merge(&mut self, call: &Call, other: Self) -> Result<()> {
        if self.0.is_empty() {
            *self = other;
            return Ok(());
        }
        for (bits, rows) in other.0 {
            self.add(call, bits, rows)?;
        }
        Ok(())
    }

    fn heap_size(&self) -> usize {
        // And what `sorted` will take.
        self.0.allocation_size() + self.0.len() * size_of::<(u64, Rows)>()
    }

    fn value(&self, metric: &str) -> Option<f64> {
        let count = |all| Tally {
            all,
            ..Tally::default()
        };
        // Totals choose the points of curves, and there are none.
        let mut ranks = RankState::new(RankTotals::default(), 0);
        for (bits, (negatives, positives)) in self.sorted().into_iter().rev() {
            let rows = RankTotals {
                negatives: count(negatives),
                positives: count(positives),
            };
            ranks.push_tied(f64::from_bits(bits), &rows);
        }
        let ranks = ranks.finish();
        match metric {
            "auc" => ranks.auc,
            _ => ranks.pr_auc,
        }
    }
}

/// Equal rows are equal bytes, whatever their order was.
impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.sorted().serialize(serializer)
    }
}

impl From<Vec<(u64, Rows)>> for Scores {
    fn from(scores: Vec<(u64, Rows)>) -> Self {
        Self(scores.into_iter().collect())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn bits(probability: f64) -> u64 {
        f64::to_bits(probability)
    }

    #[test]
    fn a_group_may_have_a_million_probabilities_and_no_more() {
        let call = Call::without_classes("auc");
        let mut scores = Scores::default();
        for number in 0..MOST_SCORES {
            scores
                .add(&call, bits(number as f64 / 1e7), (1, 0))
                .unwrap();
        }
        scores.add(&call, bits(0.0), (0, 1)).unwrap();
        let error = scores
            .add(&call, bits(1.0), (1, 0))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("auc: a group has more than 1000000 distinct probabilities"),
            "{error}"
        );
        assert!(error.contains("`groundline quality`"), "{error}");
        let mut other = Scores::default();
        other.add(&call, bits(1.0), (1, 0)).unwrap();
        assert!(other.merge(&call, scores).is_err());
    }

    #[test]
    fn the_pool_sees_every_probability() {
        let call = Call::without_classes("auc");
        let mut scores = Scores::default();
        for number in 0..10_000 {
            scores
                .add(&call, bits(f64::from(number) / 1e4), (1, 0))
                .unwrap();
        }
        // A key and two counts in the table, and once more sorted.
        assert!(
            scores.heap_size() >= 10_000 * 2 * 24,
            "{}",
            scores.heap_size()
        );
    }

    #[test]
    fn ties_count_half_and_order_is_descending() {
        // Positives 0.9, 0.8 and 0.4; negatives 0.8, 0.2 and three of 0.1: 13.5 of 15 pairs.
        let call = Call::without_classes("auc");
        let mut scores = Scores::default();
        for (score, rows) in [
            (0.1, (3, 0)),
            (0.9, (0, 1)),
            (0.8, (1, 1)),
            (0.4, (0, 1)),
            (0.2, (1, 0)),
        ] {
            scores.add(&call, bits(score), rows).unwrap();
        }
        assert_eq!(scores.value("auc"), Some(0.9));
        let area = scores.value("pr_auc").unwrap();
        assert!((area - 29.0 / 36.0).abs() < 1e-15, "{area}");
    }
}
