//! Columns of the rows that tasks exchange, found by place and checked: they came over a wire.

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, AsArray, BinaryArray, PrimitiveArray, StringArray,
};
use arrow::record_batch::RecordBatch;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ClusterError;
use crate::error::EngineError;

/// Reads the columns of a batch by number.
pub(crate) struct ColumnReader<'a>(pub(crate) &'a RecordBatch);

impl<'a> ColumnReader<'a> {
    fn column(&self, number: usize) -> Result<&'a ArrayRef, ClusterError> {
        self.0.columns().get(number).ok_or_else(|| wrong(number))
    }

    pub(crate) fn number<T: ArrowPrimitiveType>(
        &self,
        number: usize,
    ) -> Result<&'a PrimitiveArray<T>, ClusterError> {
        self.column(number)?
            .as_primitive_opt::<T>()
            .ok_or_else(|| wrong(number))
    }

    pub(crate) fn text(&self, number: usize) -> Result<&'a StringArray, ClusterError> {
        self.column(number)?
            .as_string_opt::<i32>()
            .ok_or_else(|| wrong(number))
    }

    pub(crate) fn bytes(&self, number: usize) -> Result<&'a BinaryArray, ClusterError> {
        self.column(number)?
            .as_binary_opt::<i32>()
            .ok_or_else(|| wrong(number))
    }
}

fn wrong(number: usize) -> ClusterError {
    ClusterError::Garbled {
        what: "rows of another task",
        why: format!("column {number} is not what it should be"),
    }
}

/// What a row says beside its numbers, as JSON.
pub(crate) fn body_of<T: Serialize>(value: &T) -> Result<Vec<u8>, EngineError> {
    Ok(serde_json::to_vec(value).map_err(garbled)?)
}

/// The same, read.
pub(crate) fn read_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, EngineError> {
    Ok(serde_json::from_slice(body).map_err(garbled)?)
}

fn garbled(error: serde_json::Error) -> ClusterError {
    ClusterError::Garbled {
        what: "what another task says",
        why: error.to_string(),
    }
}
