//! What the join hands to the tasks that write hours: labels that were chosen, which hours there are, and what goes
//! through to whoever planned the job.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Int32Array, Int64Array, UInt32Array, new_null_array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, UInt32Type};
use arrow::record_batch::RecordBatch;

use super::super::outcome::HourFailure;
use super::told::{Said, Saying};
use crate::cluster::{ClusterError, ColumnReader, read_body};
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
    fn number(self) -> u32 {
        self as u32
    }

    fn parse(number: u32) -> Option<Self> {
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

/// Columns of [`schema`]; those of a match are as the parts of the join spill them. A row with a body has its number and
/// turn ([`row`]) where a match has its position and unit, so that one order is that of all.
const PARTITION: usize = 1;
const KIND: usize = 2;
const MATCH: Range<usize> = 3..11;
const NUMBER: usize = 4;
const TURN: usize = 9;
const BODY: usize = 11;

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

/// Rows of one hour and kind that follow one another.
pub(super) struct Piece {
    pub(super) partition: u32,
    pub(super) found: Found,
    rows: RecordBatch,
}

/// The pieces of a sorted batch, in order.
pub(super) fn pieces(batch: &RecordBatch) -> Result<Vec<Piece>, ClusterError> {
    let columns = ColumnReader(batch);
    let (partitions, kinds) = (
        columns.number::<UInt32Type>(PARTITION)?,
        columns.number::<UInt32Type>(KIND)?,
    );
    let at = |row: usize| (partitions.value(row), kinds.value(row));
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < batch.num_rows() {
        let (partition, kind) = at(start);
        let end = (start..batch.num_rows())
            .find(|row| at(*row) != (partition, kind))
            .unwrap_or(batch.num_rows());
        let found = Found::parse(kind).ok_or_else(|| ClusterError::Garbled {
            what: "the labels of an hour",
            why: "an unknown kind of row".to_owned(),
        })?;
        pieces.push(Piece {
            partition,
            found,
            rows: batch.slice(start, end - start),
        });
        start = end;
    }
    Ok(pieces)
}

impl Piece {
    /// Of matches: as a part of the join spilled them.
    pub(super) fn matches(&self) -> Result<RecordBatch, EngineError> {
        Ok(self.rows.project(&MATCH.collect::<Vec<_>>())?)
    }

    /// Of [`Found::Unread`]: the first.
    pub(super) fn unread(&self) -> Result<Option<HourFailure>, EngineError> {
        let bodies = ColumnReader(&self.rows).bytes(BODY)?;
        match (self.found, bodies.is_empty()) {
            (Found::Unread, false) => Ok(Some(read_body(bodies.value(0))?)),
            _ => Ok(None),
        }
    }

    /// Of what is not for the task that writes hours: what goes on to whoever planned the job.
    pub(super) fn sayings(&self) -> Result<Vec<(Saying, &[u8])>, ClusterError> {
        let said = match self.found {
            Found::Fate => Said::Fate,
            _ => Said::Unmatched,
        };
        let columns = ColumnReader(&self.rows);
        let numbers = columns.number::<Int64Type>(NUMBER)?;
        let turns = columns.number::<Int32Type>(TURN)?;
        let bodies = columns.bytes(BODY)?;
        let saying = |row| Saying {
            said,
            number: numbers.value(row),
            turn: turns.value(row),
        };
        let rows = 0..self.rows.num_rows();
        Ok(rows.map(|row| (saying(row), bodies.value(row))).collect())
    }
}
