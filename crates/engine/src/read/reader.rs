//! Record batches of one input, however it is stored.

use arrow::record_batch::RecordBatch;
use groundline_capture::Reject;

use super::records::{ByteReader, ReadOptions};
use crate::error::EngineError;
use crate::tables::Input;
use crate::warehouse::StagedReader;

/// Reads one input front to back.
pub(crate) struct RecordReader(Source);

enum Source {
    /// An object, decoded as it is read.
    Bytes(Box<ByteReader>),
    /// Labels of a table, read before.
    Staged(Box<StagedReader>),
}

impl RecordReader {
    /// Opens `input`, or the records of it that begin in `[start, end)`.
    pub(crate) async fn open(
        input: &Input,
        range: Option<(u64, u64)>,
        options: &ReadOptions,
    ) -> Result<Self, EngineError> {
        Ok(Self(match &input.staged {
            Some(rows) => Source::Staged(Box::new(StagedReader::new(input, rows, options))),
            None => Source::Bytes(Box::new(ByteReader::open(input, range, options).await?)),
        }))
    }

    /// What was rejected so far; a table's rejects are known before its labels are read.
    pub(crate) fn rejects(&self) -> &[Reject] {
        match &self.0 {
            Source::Bytes(reader) => reader.rejects(),
            Source::Staged(_) => &[],
        }
    }

    /// The next batch of the asked columns, or `None` at the end of the input.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        match &mut self.0 {
            Source::Bytes(reader) => reader.next().await,
            Source::Staged(reader) => reader.next(),
        }
    }
}
