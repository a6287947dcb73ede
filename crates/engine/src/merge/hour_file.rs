//! Writes one hour file: Parquet encoded into a buffer, the buffer into an object that appears whole.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use groundline_store::{AtomicWriter, Committed, Root};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::output::properties;
use super::recut::{GROUP_ROWS, Recut};
use crate::error::EngineError;
use crate::run_table::{RunTable, spark_schema};

/// An hour file being written; nothing is visible before [`HourFile::commit`].
pub(crate) struct HourFile {
    key: String,
    recut: Recut,
    encoder: ArrowWriter<SharedBuffer>,
    buffer: SharedBuffer,
    object: AtomicWriter,
    rows: u64,
}

/// A finished hour file.
#[derive(Debug)]
pub(crate) struct WrittenHour {
    pub(crate) committed: Committed,
    pub(crate) rows: u64,
}

impl HourFile {
    /// `schema` is that of the rows; the file adds what its columns mean as `table` knows it.
    /// `most_keys` is how many its bloom filter is made for, if it has one.
    pub(crate) async fn create(
        root: &Root,
        key: &str,
        table: RunTable,
        schema: &SchemaRef,
        columns: &[String],
        most_keys: u64,
    ) -> Result<Self, EngineError> {
        let failed = |source| EngineError::Parquet {
            file: key.to_owned(),
            source,
        };
        let properties = properties(columns, most_keys.min(GROUP_ROWS as u64)).map_err(failed)?;
        let buffer = SharedBuffer::default();
        let encoder = encoder(buffer.clone(), table, schema, properties).map_err(failed)?;
        let object = AtomicWriter::create(root, key).await?;
        Ok(Self {
            key: key.to_owned(),
            recut: Recut::new(Arc::clone(schema)),
            encoder,
            buffer,
            object,
            rows: 0,
        })
    }

    /// Appends rows, which must come in the order of the file.
    pub(crate) async fn write(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        self.recut.push(batch)?;
        self.drain().await
    }

    /// Makes the file visible.
    pub(crate) async fn commit(mut self) -> Result<WrittenHour, EngineError> {
        self.recut.finish()?;
        self.drain().await?;
        let failed = |source| EngineError::Parquet {
            file: self.key.clone(),
            source,
        };
        self.encoder.close().map_err(failed)?;
        self.object.write(self.buffer.take()).await?;
        let committed = self.object.commit().await?;
        Ok(WrittenHour {
            committed,
            rows: self.rows,
        })
    }

    /// Leaves nothing behind.
    pub(crate) async fn abort(self) {
        self.object.abort().await;
    }

    async fn drain(&mut self) -> Result<(), EngineError> {
        let failed = |source| EngineError::Parquet {
            file: self.key.clone(),
            source,
        };
        while let Some(piece) = self.recut.next() {
            self.rows += piece.batch.num_rows() as u64;
            self.encoder.write(&piece.batch).map_err(failed)?;
            if piece.ends_group {
                self.encoder.flush().map_err(failed)?;
                self.object.write(self.buffer.take()).await?;
            }
        }
        Ok(())
    }
}

/// A small Parquet object (rejects, unmatched labels, ledger) in one piece of memory.
pub(crate) fn small_parquet(
    key: &str,
    table: RunTable,
    batch: &RecordBatch,
) -> Result<Bytes, EngineError> {
    let failed = |source| EngineError::Parquet {
        file: key.to_owned(),
        source,
    };
    let buffer = SharedBuffer::default();
    let properties = properties(&[], 1).map_err(failed)?;
    let mut encoder =
        encoder(buffer.clone(), table, &batch.schema(), properties).map_err(failed)?;
    encoder.write(batch).map_err(failed)?;
    encoder.close().map_err(failed)?;
    Ok(buffer.take())
}

/// The comments go into the Arrow schema of the file, and once more where Spark looks.
fn encoder(
    buffer: SharedBuffer,
    table: RunTable,
    schema: &SchemaRef,
    properties: WriterProperties,
) -> Result<ArrowWriter<SharedBuffer>, ParquetError> {
    let schema = table.commented(schema);
    let properties = properties
        .into_builder()
        .set_key_value_metadata(spark_schema(&schema).map(|entry| vec![entry]))
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties);
    ArrowWriter::try_new_with_options(buffer, schema, options)
}

/// Where the encoder writes and the object is fed from.
#[derive(Clone, Default)]
struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl SharedBuffer {
    fn take(&self) -> Bytes {
        Bytes::from(std::mem::take(
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
