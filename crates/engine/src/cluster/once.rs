//! Rows that come a second time. Ballista 55 begins a stage again when it loses rows that the stage reads; what the
//! first tasks of that stage had given is then handed on beside what the second ones give. Tasks give the same each
//! time, so that rows in a total order come twice side by side.

use arrow::array::BooleanArray;
use arrow::compute::kernels::boolean::or;
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{concat, filter_record_batch};
use arrow::record_batch::RecordBatch;

use super::error::ClusterError;
use crate::error::EngineError;

/// Lets each row of a sorted stream through once.
pub(crate) struct Once {
    /// Columns whose values no two rows share.
    names: &'static [&'static str],
    /// The last row so far, of these columns only.
    last: Option<RecordBatch>,
}

impl Once {
    /// For rows that are sorted by `names`, and that these tell apart.
    pub(crate) fn by(names: &'static [&'static str]) -> Self {
        Self { names, last: None }
    }

    /// The rows of the next batch that were not there before.
    pub(crate) fn new_rows(&mut self, batch: RecordBatch) -> Result<RecordBatch, EngineError> {
        let rows = batch.num_rows();
        if rows == 0 {
            return Ok(batch);
        }
        let of = batch.schema();
        let columns = self.names.iter().map(|name| of.index_of(name));
        let own = batch.project(&columns.collect::<Result<Vec<_>, _>>()?)?;
        let mut new: Option<BooleanArray> = None;
        for (number, column) in own.columns().iter().enumerate() {
            let before = match &self.last {
                Some(last) => concat(&[last.column(number).as_ref(), &column.slice(0, rows - 1)])?,
                // A first row is like itself; it is let through below.
                None => concat(&[&column.slice(0, 1), &column.slice(0, rows - 1)])?,
            };
            let differs = distinct(&column, &before)?;
            new = Some(match new {
                Some(new) => or(&new, &differs)?,
                None => differs,
            });
        }
        let new = new.ok_or(ClusterError::Garbled {
            what: "an order",
            why: "it has no columns".to_owned(),
        })?;
        let first = self.last.is_none();
        self.last = Some(own.slice(rows - 1, 1));
        let new: BooleanArray = match first {
            true => (0..rows)
                .map(|row| Some(row == 0 || new.value(row)))
                .collect(),
            false => new,
        };
        match new.true_count() == rows {
            true => Ok(batch),
            false => Ok(filter_record_batch(&batch, &new)?),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;
    use proptest::prelude::*;

    use super::*;

    fn batch(rows: &[(Option<i64>, i64)]) -> RecordBatch {
        let texts = rows.iter().map(|(a, b)| format!("{a:?} {b}"));
        RecordBatch::try_from_iter([
            (
                "a",
                Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()) as _,
            ),
            (
                "b",
                Arc::new(rows.iter().map(|row| Some(row.1)).collect::<Int64Array>()) as _,
            ),
            ("text", Arc::new(StringArray::from_iter_values(texts)) as _),
        ])
        .unwrap()
    }

    proptest! {
        /// Whatever came twice or more often, and however the rows are cut into batches.
        #[test]
        fn each_row_of_a_sorted_stream_comes_once(
            mut rows in prop::collection::vec((prop::option::of(0_i64..4), 0_i64..6), 0..60),
            cut in 1_usize..9,
        ) {
            rows.sort_unstable();
            let mut once = Once::by(&["a", "b"]);
            let mut given = Vec::new();
            for rows in rows.chunks(cut) {
                let batch = once.new_rows(batch(rows)).unwrap();
                let (a, b) = (batch.column(0), batch.column(1));
                for (a, b) in a.as_primitive::<Int64Type>().iter().zip(b.as_primitive::<Int64Type>()) {
                    given.push((a, b.unwrap()));
                }
            }
            rows.dedup();
            prop_assert_eq!(given, rows);
        }
    }
}
