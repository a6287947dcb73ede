//! Re-cuts batches so that where one ends depends on the rows alone, never on how they arrived.
//! Parquet pages end inside the batches that the writer is given, so equal cuts give equal bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

/// Rows of a piece; equal to the Parquet writer's own step, so pages see whole steps.
pub(crate) const PIECE_ROWS: usize = 1024;
/// Text bytes after which a piece ends early: large payloads never gather.
pub(crate) const PIECE_BYTES: usize = 4 << 20;
/// Rows after which a row group ends.
pub(crate) const GROUP_ROWS: usize = 512 * 1024;
/// Text bytes after which a row group ends: what the writer holds in memory, before compression.
pub(crate) const GROUP_BYTES: usize = 128 << 20;

/// A batch for the writer, and whether its row group ends with it.
#[derive(Debug)]
pub(crate) struct RecutPiece {
    pub(crate) batch: RecordBatch,
    pub(crate) ends_group: bool,
}

/// Takes batches of any size, gives pieces cut by rule.
#[derive(Debug)]
pub(crate) struct Recut {
    schema: SchemaRef,
    pending: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    group_rows: usize,
    group_bytes: usize,
    ready: VecDeque<RecutPiece>,
}

impl Recut {
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            pending: Vec::new(),
            rows: 0,
            bytes: 0,
            group_rows: 0,
            group_bytes: 0,
            ready: VecDeque::new(),
        }
    }

    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let weights = Weights::of(batch);
        let mut start = 0;
        while start < batch.num_rows() {
            let (end, bytes, full) =
                weights.fit(start, PIECE_ROWS - self.rows, PIECE_BYTES - self.bytes);
            self.pending.push(batch.slice(start, end - start));
            self.rows += end - start;
            self.bytes += bytes;
            if full {
                self.emit()?;
            }
            start = end;
        }
        Ok(())
    }

    /// The rest, as the last piece.
    pub(crate) fn finish(&mut self) -> Result<(), ArrowError> {
        if self.rows > 0 {
            self.emit()?;
        }
        Ok(())
    }

    pub(crate) fn next(&mut self) -> Option<RecutPiece> {
        self.ready.pop_front()
    }

    fn emit(&mut self) -> Result<(), ArrowError> {
        let batch = match self.pending.as_slice() {
            [one] => one.clone(),
            many => concat_batches(&self.schema, many)?,
        };
        self.pending.clear();
        self.group_rows += self.rows;
        self.group_bytes += self.bytes;
        self.rows = 0;
        self.bytes = 0;
        let ends_group = self.group_rows >= GROUP_ROWS || self.group_bytes >= GROUP_BYTES;
        if ends_group {
            self.group_rows = 0;
            self.group_bytes = 0;
        }
        self.ready.push_back(RecutPiece { batch, ends_group });
        Ok(())
    }
}

/// Text bytes of each row of a batch.
struct Weights {
    texts: Vec<ArrayRef>,
    rows: usize,
}

impl Weights {
    fn of(batch: &RecordBatch) -> Self {
        let texts = batch
            .columns()
            .iter()
            .filter(|c| c.data_type() == &DataType::Utf8)
            .map(without_hidden_text)
            .collect();
        Self {
            texts,
            rows: batch.num_rows(),
        }
    }

    fn between(&self, start: usize, end: usize) -> usize {
        let mut bytes = 0;
        for text in &self.texts {
            let offsets = text.as_string::<i32>().value_offsets();
            if let (Some(from), Some(to)) = (offsets.get(start), offsets.get(end)) {
                bytes += usize::try_from(to - from).unwrap_or(0);
            }
        }
        bytes
    }

    /// From `start`: where the piece ends, its bytes, and whether it is full then.
    /// A piece is full with its row that reaches `bytes`.
    fn fit(&self, start: usize, rows: usize, bytes: usize) -> (usize, usize, bool) {
        let end = (start + rows).min(self.rows);
        let weight = self.between(start, end);
        if weight < bytes {
            return (end, weight, end - start == rows);
        }
        // Somewhere before `end` the bytes are reached: find the first such row.
        let (mut low, mut high) = (start + 1, end);
        while low < high {
            let middle = low.midpoint(high);
            if self.between(start, middle) >= bytes {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        (low, self.between(start, low), true)
    }
}

/// The same values without text below nulls, which an expression may leave there: a file that is read back has none, and
/// must be cut alike.
fn without_hidden_text(column: &ArrayRef) -> ArrayRef {
    let texts = column.as_string::<i32>();
    let hidden = |row: usize| texts.is_null(row) && texts.value_length(row) > 0;
    if texts.null_count() == 0 || !(0..texts.len()).any(hidden) {
        return ArrayRef::clone(column);
    }
    Arc::new(texts.iter().collect::<StringArray>())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};
    use arrow::buffer::NullBuffer;
    use arrow::datatypes::{Field, Schema};
    use proptest::prelude::*;

    use super::*;

    fn batch(sizes: &[usize]) -> RecordBatch {
        let texts: StringArray = sizes.iter().map(|n| Some("x".repeat(*n))).collect();
        let numbers = Int64Array::from_iter_values(0..sizes.len() as i64);
        let schema = Schema::new(vec![
            Field::new("t", DataType::Utf8, true),
            Field::new("n", DataType::Int64, false),
        ]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(texts), Arc::new(numbers)]).unwrap()
    }

    fn cuts(whole: &RecordBatch, steps: &[usize]) -> Vec<(usize, bool)> {
        let mut recut = Recut::new(whole.schema());
        let mut at = 0;
        let mut step = steps.iter().cycle();
        while at < whole.num_rows() {
            let n = (*step.next().unwrap()).clamp(1, whole.num_rows() - at);
            recut.push(&whole.slice(at, n)).unwrap();
            at += n;
        }
        recut.finish().unwrap();
        std::iter::from_fn(|| recut.next())
            .map(|p| (p.batch.num_rows(), p.ends_group))
            .collect()
    }

    #[test]
    fn a_heavy_row_ends_its_piece() {
        let whole = batch(&[10, PIECE_BYTES, 10, 10]);
        assert_eq!(cuts(&whole, &[4]), vec![(2, false), (2, false)]);
    }

    /// As an expression may leave it, and as it is when it was written and read back.
    #[test]
    fn text_below_nulls_weighs_nothing() {
        let sizes = [10, PIECE_BYTES, 10, 10];
        let whole = batch(&sizes);
        let texts = whole.column(0).as_string::<i32>();
        let nulls = NullBuffer::from(vec![true, false, true, true]);
        let hidden = StringArray::new(texts.offsets().clone(), texts.values().clone(), Some(nulls));
        let read_back: StringArray = hidden.iter().collect();
        let with = |texts: StringArray| {
            let columns = vec![Arc::new(texts) as ArrayRef, Arc::clone(whole.column(1))];
            RecordBatch::try_new(whole.schema(), columns).unwrap()
        };
        assert_eq!(cuts(&with(hidden), &[4]), vec![(4, false)]);
        assert_eq!(cuts(&with(read_back), &[4]), vec![(4, false)]);
    }

    #[test]
    fn group_ends_with_the_piece_that_reaches_its_bytes() {
        let whole = batch(&[PIECE_BYTES; 33]);
        let cut = cuts(&whole, &[7]);
        assert_eq!(cut.iter().position(|(_, ends)| *ends), Some(31));
    }

    proptest! {
        #[test]
        fn cuts_do_not_depend_on_how_rows_arrive(
            sizes in prop::collection::vec(prop_oneof![9 => 0..200_usize, 1 => 0..2_000_000_usize], 1..60),
            repeat in 1..60_usize,
            steps in prop::collection::vec(1..1500_usize, 1..5),
        ) {
            let sizes: Vec<usize> = sizes.iter().cycle().take(sizes.len() * repeat).copied()
                .scan(0, |total, n| { *total += n; (*total < 40_000_000).then_some(n) }).collect();
            prop_assume!(!sizes.is_empty());
            let whole = batch(&sizes);
            prop_assert_eq!(cuts(&whole, &[whole.num_rows()]), cuts(&whole, &steps));
        }
    }
}
