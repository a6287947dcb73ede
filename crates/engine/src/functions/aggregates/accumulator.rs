//! The accumulator of all metrics: what is kept of the rows differs, how it travels does not.

use std::fmt::Debug;

use arrow::array::{ArrayRef, AsArray};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::Accumulator;
use datafusion::scalar::ScalarValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::Call;

/// What is kept of the rows of a group. Merges exactly: any order or split of the rows gives the same values.
pub(super) trait Kept:
    Debug + Default + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Adds the rows where neither the label nor the other side is null.
    ///
    /// # Errors
    /// A value that is none.
    fn update(&mut self, call: &Call, label: &ArrayRef, other: &ArrayRef) -> Result<()>;

    /// Adds all rows of another.
    fn merge(&mut self, call: &Call, other: Self) -> Result<()>;

    /// Bytes on the heap.
    fn heap_size(&self) -> usize;

    /// A metric; `None` is undefined.
    fn value(&self, metric: &str) -> Option<f64>;
}

/// Rows of a group, and what is asked of them.
#[derive(Debug)]
pub(super) struct MetricAccumulator<K> {
    call: Call,
    kept: K,
}

impl<K: Kept> MetricAccumulator<K> {
    pub(super) fn boxed(call: Call) -> Box<dyn Accumulator> {
        Box::new(Self {
            call,
            kept: K::default(),
        })
    }
}

impl<K: Kept> Accumulator for MetricAccumulator<K> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        // The classes follow; they are constants, which the call has.
        let [label, other, ..] = values else {
            return exec_err!("{}: expected two columns", self.call.metric);
        };
        self.kept.update(&self.call, label, other)
    }

    /// May be called several times, as windows do.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.kept.value(self.call.metric)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.call.heap_size() + self.kept.heap_size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let kept = std::mem::take(&mut self.kept);
        let bytes = postcard::to_allocvec(&kept).map_err(|error| {
            exec_datafusion_err!("{}: the rows of a group: {error}", self.call.metric)
        })?;
        Ok(vec![ScalarValue::LargeBinary(Some(bytes))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = states
            .first()
            .and_then(|states| states.as_binary_opt::<i64>());
        let Some(states) = states else {
            return exec_err!("{}: expected the rows of groups", self.call.metric);
        };
        for bytes in states.iter().flatten() {
            let kept: K = postcard::from_bytes(bytes).map_err(|error| {
                exec_datafusion_err!("{}: the rows of a group: {error}", self.call.metric)
            })?;
            self.kept.merge(&self.call, kept)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, LargeBinaryArray, StringArray};

    use super::super::classes::Named;
    use super::super::numbers::Numbers;
    use super::super::scores::Scores;
    use super::*;

    fn bytes(accumulator: &mut Box<dyn Accumulator>) -> Vec<u8> {
        match accumulator.state().unwrap().remove(0) {
            ScalarValue::LargeBinary(Some(bytes)) => bytes,
            other => unreachable!("{other}"),
        }
    }

    /// State of all rows at once, against the states of both sides of each cut, merged in both orders.
    fn splits_merge_to_the_same_bytes<K: Kept>(columns: &[ArrayRef], call: impl Fn() -> Call) {
        let rows = columns[0].len();
        let part = |from: usize, count: usize| {
            let mut accumulator = MetricAccumulator::<K>::boxed(call());
            let slices: Vec<_> = columns.iter().map(|c| c.slice(from, count)).collect();
            accumulator.update_batch(&slices).unwrap();
            bytes(&mut accumulator)
        };
        let whole = part(0, rows);
        for cut in 0..=rows {
            let (first, second) = (part(0, cut), part(cut, rows - cut));
            for order in [[&first, &second], [&second, &first]] {
                let states = LargeBinaryArray::from_iter_values(order);
                let mut merged = MetricAccumulator::<K>::boxed(call());
                merged.merge_batch(&[Arc::new(states)]).unwrap();
                assert_eq!(bytes(&mut merged), whole, "cut at {cut}");
            }
        }
    }

    #[test]
    fn numbers_split_anywhere_merge_to_the_same_bytes() {
        let labels: ArrayRef = Arc::new(Float64Array::from(vec![1e16, 1.0, -1e16, 1e-300, 0.1]));
        let others: ArrayRef = Arc::new(Float64Array::from(vec![0.3, 1e9, 7.0, -0.0, 1.0 / 3.0]));
        let call = || Call::without_classes("mae");
        splits_merge_to_the_same_bytes::<Numbers>(&[labels, others], call);
    }

    #[test]
    fn classes_split_anywhere_merge_to_the_same_bytes() {
        let labels: ArrayRef = Arc::new(StringArray::from(vec!["b", "a", "1.0", "c", "a"]));
        let others: ArrayRef = Arc::new(StringArray::from(vec!["a", "a", "1", "b", "c"]));
        let call = || Call::without_classes("accuracy");
        splits_merge_to_the_same_bytes::<Named>(&[labels, others], call);
    }

    #[test]
    fn probabilities_split_anywhere_merge_to_the_same_bytes() {
        let labels: ArrayRef = Arc::new(StringArray::from(vec!["1", "0", "1", "0", "1"]));
        let others: ArrayRef = Arc::new(Float64Array::from(vec![0.9, 0.9, 0.0, -0.0, 1.0]));
        let call = || Call::of_two_classes("auc", "1", "0");
        splits_merge_to_the_same_bytes::<Scores>(&[Arc::clone(&labels), Arc::clone(&others)], call);
        splits_merge_to_the_same_bytes::<super::super::binary::Probable>(&[labels, others], call);
    }

    #[test]
    fn bytes_that_are_no_state_are_an_error() {
        let states = LargeBinaryArray::from_iter_values([[255_u8; 40]]);
        let mut accumulator = MetricAccumulator::<Numbers>::boxed(Call::without_classes("mae"));
        assert!(accumulator.merge_batch(&[Arc::new(states)]).is_err());
    }
}
