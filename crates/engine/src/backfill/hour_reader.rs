//! Reads hour files of earlier runs: small ones in one request, large ones by the parts that are needed.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use groundline_store::{Object, Root};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{
    AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use sha2::{Digest, Sha256};

use crate::error::EngineError;
use crate::read::bytes_of;
use crate::warehouse::Stored;

/// Hour files up to so many bytes are held whole while they are looked at.
const HELD: u64 = 4 << 20;
/// Rows of a batch.
const ROWS: usize = 8192;

/// An hour file that can be read several times.
pub(super) struct HourReader {
    root: Root,
    object: Object,
    held: Option<Bytes>,
}

type Reader = Box<dyn AsyncFileReader>;

impl HourReader {
    pub(super) async fn open(root: &Root, object: &Object) -> Result<Self, EngineError> {
        let held = match object.size <= HELD {
            true => Some(bytes_of(root, object, 0..object.size).await?),
            false => None,
        };
        Ok(Self {
            root: root.clone(),
            object: object.clone(),
            held,
        })
    }

    /// Footer and readers of an hour file.
    pub(super) async fn builder(
        &self,
    ) -> Result<ParquetRecordBatchStreamBuilder<Reader>, EngineError> {
        let reader: Reader = match &self.held {
            Some(bytes) => Box::new(Held(bytes.clone())),
            None => Box::new(Stored::new(&self.root, &self.object)),
        };
        let builder = ParquetRecordBatchStreamBuilder::new(reader).await;
        builder.map_err(|source| self.failed(source))
    }

    /// Rows in the order of the file, with these columns in its order; all of them where none are named.
    pub(super) async fn rows(
        &self,
        columns: Option<&[&str]>,
    ) -> Result<ParquetRecordBatchStream<Reader>, EngineError> {
        let mut builder = self.builder().await?.with_batch_size(ROWS);
        if let Some(columns) = columns {
            let schema = Arc::clone(builder.schema());
            let wanted = columns.iter().filter_map(|name| schema.index_of(name).ok());
            let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
            builder = builder.with_projection(mask);
        }
        builder.build().map_err(|source| self.failed(source))
    }

    /// The sha256 of the file, lower-case hex.
    pub(super) async fn sha256(&self) -> Result<String, EngineError> {
        match &self.held {
            Some(bytes) => Ok(format!("{:x}", Sha256::digest(bytes))),
            None => Ok(groundline_store::sha256_of(&self.root, &self.object.path).await?),
        }
    }

    pub(super) fn failed(&self, source: ParquetError) -> EngineError {
        let source = match source {
            ParquetError::External(error) => match error.downcast::<EngineError>() {
                Ok(error) => return *error,
                Err(error) => ParquetError::External(error),
            },
            other => other,
        };
        EngineError::Parquet {
            file: self.object.key.clone(),
            source,
        }
    }
}

/// A file in memory.
struct Held(Bytes);

impl AsyncFileReader for Held {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let end = self.0.len();
        let at = |place: u64| usize::try_from(place).map_or(end, |place| place.min(end));
        let part = self
            .0
            .slice(at(range.start).min(at(range.end))..at(range.end));
        async move { Ok(part) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let read = ParquetMetaDataReader::new().parse_and_finish(&self.0);
        async move { Ok(Arc::new(read?)) }.boxed()
    }
}
