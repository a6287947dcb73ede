//! Parquet files: the columns that are asked for, in the types that all files share.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{FieldRef, SchemaRef};
use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use groundline_store::{Object, Root};
use object_store::{OBJECT_STORE_COALESCE_DEFAULT, coalesce_ranges};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::error::LabelTableError;
use super::text_rows::Rows;
use crate::error::EngineError;
use crate::read::bytes_of;

/// Bytes of one request.
const PART: u64 = 8 << 20;
/// Requests at once for one range.
const PARTS_UNDER_WAY: usize = 4;

/// Columns and types of a file, from its footer.
pub(super) async fn schema(root: &Root, object: &Object) -> Result<SchemaRef, EngineError> {
    Ok(Arc::clone(builder(root, object).await?.schema()))
}

/// A file's rows in batches of at most `batch_rows`.
pub(super) async fn rows(
    root: &Root,
    object: &Object,
    columns: Vec<FieldRef>,
    batch_rows: usize,
) -> Result<BoxStream<'static, Result<Rows, EngineError>>, EngineError> {
    let builder = builder(root, object).await?;
    let own = Arc::clone(builder.schema());
    let wanted = columns
        .iter()
        .filter_map(|column| own.index_of(column.name()).ok());
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let file = object.key.clone();
    let failed = move |source| failed(&file, source);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(batch_rows)
        .build()
        .map_err(&failed)?;
    let mut next = 0_i64;
    Ok(batches
        .map_err(failed)
        .and_then(move |batch| {
            let count = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
            let numbers = Int64Array::from_iter_values(next..next + count);
            next += count;
            let columns = columns.iter().map(|column| {
                Ok(match batch.column_by_name(column.name()) {
                    Some(found) if found.data_type() == column.data_type() => Arc::clone(found),
                    Some(found) => cast(found, column.data_type())?,
                    None => new_null_array(column.data_type(), batch.num_rows()),
                })
            });
            let columns = columns.collect::<Result<Vec<ArrayRef>, EngineError>>();
            std::future::ready(columns.map(|columns| Rows { columns, numbers }))
        })
        .boxed())
}

async fn builder(
    root: &Root,
    object: &Object,
) -> Result<ParquetRecordBatchStreamBuilder<Stored>, EngineError> {
    ParquetRecordBatchStreamBuilder::new(Stored::new(root, object))
        .await
        .map_err(|source| failed(&object.key, source))
}

/// The bytes of a file, fetched by range.
pub(crate) struct Stored {
    root: Root,
    object: Object,
}

impl Stored {
    pub(crate) fn new(root: &Root, object: &Object) -> Self {
        Self {
            root: root.clone(),
            object: object.clone(),
        }
    }

    /// Column chunks can be of hundreds of megabytes, and a request has its time: so they come in parts.
    async fn in_parts(&self, range: Range<u64>) -> Result<Bytes, EngineError> {
        if range.end.saturating_sub(range.start) <= PART {
            return bytes_of(&self.root, &self.object, range).await;
        }
        let mut all = BytesMut::new();
        let starts = range
            .clone()
            .step_by(usize::try_from(PART).unwrap_or(usize::MAX));
        let mut parts = futures::stream::iter(starts)
            .map(|start| {
                let part = start..range.end.min(start.saturating_add(PART));
                bytes_of(&self.root, &self.object, part)
            })
            .buffered(PARTS_UNDER_WAY);
        while let Some(part) = parts.try_next().await? {
            all.extend_from_slice(&part);
        }
        Ok(all.freeze())
    }
}

impl AsyncFileReader for Stored {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.in_parts(range).map_err(external).boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move {
            let get = |range| self.in_parts(range);
            let bytes = coalesce_ranges(&ranges, get, OBJECT_STORE_COALESCE_DEFAULT);
            bytes.await.map_err(external)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        async move {
            let size = self.object.size;
            let options = options.map(|options| options.metadata_options().clone());
            let reader = ParquetMetaDataReader::new().with_metadata_options(options);
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}

fn external(error: EngineError) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// An error of ours comes back as itself.
fn failed(file: &str, source: ParquetError) -> EngineError {
    let other = match source {
        ParquetError::External(error) => match error.downcast::<EngineError>() {
            Ok(error) => return *error,
            Err(error) => ParquetError::External(error),
        },
        other => other,
    };
    LabelTableError::Parquet {
        file: file.to_owned(),
        source: other,
    }
    .into()
}
