//! What the join hands to the tasks that write hours: labels that were chosen, which hours there are, and what goes
//! through to whoever planned the job.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Int32Array, Int64Array, UInt32Array, new_null_array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use crate::error::EngineError;

/// What a row is; in this order in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is such an hour.
    Hour,
    /// An object of the hour could not be read, and why.
    Unread,
    /// A label that was chosen.
    Match,
    /// What became of the labels of a part: for whoever planned the job.
    Fate,
    /// Labels of a part that no prediction took: the same.
    Unmatched,
}

impl Found {
    pub(super) fn number(self) -> u32 {
        self as u32
    }

    pub(super) fn parse(number: u32) -> Option<Self> {
        [
            Self::Hour,
            Self::Unread,
            Self::Match,
            Self::Fate,
            Self::Unmatched,
        ]
        .into_iter()
        .find(|found| found.number() == number)
    }
}

/// Partition of what belongs to no hour: behind all hours.
pub(super) const NO_HOUR: u32 = u32::MAX;

/// Columns of a match as the parts of the join spill them, from this one on.
pub(super) const MATCH_FROM: usize = 3;
pub(super) const MATCH_COLUMNS: usize = 8;
/// Of a row with a body: what puts the rows of its kind in order, see [`row`].
pub(super) const NUMBER: usize = MATCH_FROM + 1;
pub(super) const TURN: usize = MATCH_FROM + 6;
pub(super) const BODY: usize = MATCH_FROM + MATCH_COLUMNS;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("slot", DataType::UInt32, false),
        Field::new("partition", DataType::UInt32, false),
        Field::new("kind", DataType::UInt32, false),
        Field::new("file", DataType::UInt32, false),
        Field::new("position", DataType::Int64, false),
        Field::new("label", DataType::Utf8, true),
        Field::new("encoding", DataType::Utf8, true),
        Field::new("label_file", DataType::UInt32, false),
        Field::new("label_position", DataType::Int64, false),
        Field::new("unit", DataType::Int32, false),
        Field::new("by_event_id", DataType::Boolean, false),
        Field::new("body", DataType::Binary, true),
    ]))
}

/// Matches of an hour, as a part spilled them.
pub(super) fn matches(
    slot: u32,
    partition: u32,
    spilled: &RecordBatch,
) -> Result<RecordBatch, EngineError> {
    let rows = spilled.num_rows();
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_value(slot, rows)),
        Arc::new(UInt32Array::from_value(partition, rows)),
        Arc::new(UInt32Array::from_value(Found::Match.number(), rows)),
    ];
    columns.extend(spilled.columns().iter().cloned());
    columns.push(new_null_array(&DataType::Binary, rows));
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// A row with a body. `number` and `turn` put the rows of a kind in order.
pub(super) fn row(
    slot: u32,
    partition: u32,
    found: Found,
    (number, turn): (i64, i32),
    body: Option<&[u8]>,
) -> Result<RecordBatch, EngineError> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(vec![slot])),
        Arc::new(UInt32Array::from(vec![partition])),
        Arc::new(UInt32Array::from(vec![found.number()])),
        Arc::new(UInt32Array::from(vec![0])),
        Arc::new(Int64Array::from(vec![number])),
        new_null_array(&DataType::Utf8, 1),
        new_null_array(&DataType::Utf8, 1),
        Arc::new(UInt32Array::from(vec![0])),
        Arc::new(Int64Array::from(vec![0])),
        Arc::new(Int32Array::from(vec![turn])),
        Arc::new(BooleanArray::from(vec![false])),
        Arc::new(BinaryArray::from_opt_vec(vec![body])),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}
