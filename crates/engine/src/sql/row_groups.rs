//! A Parquet file whose row groups are encoded on several threads, written in order.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::sync::Arc;

use arrow::array::Array;
use arrow::compute::concat;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, SortField};
use datafusion::common::runtime::SpawnedTask;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

/// A row group ends after so many rows or bytes, or earlier where memory is short.
const GROUP_ROWS: usize = 128 * 1024;
const GROUP_BYTES: usize = 64 << 20;
const LEAST_GROUP_BYTES: usize = 1 << 20;
/// Above this a dictionary is larger than a processor's nearest caches, and looking values up in it costs more
/// than writing them plain.
const DICTIONARY_BYTES: usize = 128 << 10;

/// Rows that show whether a column's values repeat.
const SAMPLE_ROWS: usize = 4096;

/// Takes batches of any size.
pub(super) struct RowGroups {
    output: Output,
    schema: SchemaRef,
    pending: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    /// Groups begun so far.
    groups: usize,
    threads: usize,
    group_bytes: usize,
    encoding: VecDeque<SpawnedTask<Result<Vec<ArrowColumnChunk>, ParquetError>>>,
}

/// The file: how its columns are written is decided when the first of their values are there.
enum Output {
    Fresh(File),
    Begun(Box<(SerializedFileWriter<File>, ArrowRowGroupWriterFactory)>),
    /// Only while it is begun.
    Gone,
}

impl Output {
    /// The writers of a file that is begun now at the latest; `first` are its first rows.
    fn begin(
        &mut self,
        schema: &SchemaRef,
        first: &[RecordBatch],
    ) -> Result<(&mut SerializedFileWriter<File>, &ArrowRowGroupWriterFactory), ParquetError> {
        if let Self::Fresh(_) = self
            && let Self::Fresh(file) = std::mem::replace(self, Self::Gone)
        {
            let properties = properties(schema, first)?;
            let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))?;
            *self = Self::Begun(Box::new(writer.into_serialized_writer()?));
        }
        match self {
            Self::Begun(begun) => Ok((&mut begun.0, &begun.1)),
            _ => Err(ParquetError::General("the file was not begun".to_owned())),
        }
    }
}

fn properties(schema: &SchemaRef, first: &[RecordBatch]) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by("groundline".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES);
    for (column, field) in schema.fields().iter().enumerate() {
        if !field.data_type().is_nested() && hardly_repeats(first, column) {
            let path = ColumnPath::from(vec![field.name().clone()]);
            builder = builder.set_column_dictionary_enabled(path, false);
        }
    }
    Ok(builder.build())
}

/// Most values of the first rows are there once: looking each up in a dictionary would be for nothing.
fn hardly_repeats(first: &[RecordBatch], column: usize) -> bool {
    let columns: Vec<&dyn Array> = first.iter().map(|b| b.column(column).as_ref()).collect();
    let distinct = || {
        let mut sample = Vec::new();
        let mut rows = 0;
        for column in columns {
            let more = column.len().min(SAMPLE_ROWS - rows);
            sample.push(column.slice(0, more));
            rows += more;
        }
        let parts: Vec<&dyn Array> = sample.iter().map(AsRef::as_ref).collect();
        let sample = concat(&parts)?;
        let converter = RowConverter::new(vec![SortField::new(sample.data_type().clone())])?;
        let rows = converter.convert_columns(&[sample])?;
        Ok::<_, ArrowError>((rows.iter().collect::<HashSet<_>>().len(), rows.num_rows()))
    };
    // Of few rows nothing can be told.
    distinct().is_ok_and(|(distinct, rows)| rows >= 100 && distinct * 2 > rows)
}

impl RowGroups {
    /// `threads` groups are encoded at once, and take, with the one that is gathered, about `room` bytes.
    pub(super) fn create(file: File, schema: &SchemaRef, threads: usize, room: usize) -> Self {
        Self {
            output: Output::Fresh(file),
            schema: Arc::clone(schema),
            pending: Vec::new(),
            rows: 0,
            bytes: 0,
            groups: 0,
            threads: threads.max(1),
            group_bytes: (room / (threads + 1)).clamp(LEAST_GROUP_BYTES, GROUP_BYTES),
            encoding: VecDeque::new(),
        }
    }

    pub(super) async fn write(&mut self, batch: RecordBatch) -> Result<(), ParquetError> {
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = (batch.num_rows() - start).min(GROUP_ROWS - self.rows);
            let piece = batch.slice(start, rows);
            start += rows;
            self.rows += rows;
            let sizes = piece
                .columns()
                .iter()
                .map(|c| c.to_data().get_slice_memory_size());
            self.bytes += sizes.map(|size| size.unwrap_or(0)).sum::<usize>();
            self.pending.push(piece);
            if self.rows == GROUP_ROWS || self.bytes >= self.group_bytes {
                self.begin_group().await?;
            }
        }
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<(), ParquetError> {
        if self.rows > 0 {
            self.begin_group().await?;
        }
        while !self.encoding.is_empty() {
            self.append().await?;
        }
        self.output.begin(&self.schema, &[])?.0.finish()?;
        Ok(())
    }

    async fn begin_group(&mut self) -> Result<(), ParquetError> {
        if self.encoding.len() == self.threads {
            self.append().await?;
        }
        let (_, factory) = self.output.begin(&self.schema, &self.pending)?;
        let writers = factory.create_column_writers(self.groups)?;
        self.groups += 1;
        let batches = std::mem::take(&mut self.pending);
        (self.rows, self.bytes) = (0, 0);
        let schema = Arc::clone(&self.schema);
        self.encoding
            .push_back(SpawnedTask::spawn_blocking(move || {
                encode(&schema, &batches, writers)
            }));
        Ok(())
    }

    /// Writes the first of the groups that are being encoded.
    async fn append(&mut self) -> Result<(), ParquetError> {
        let Some(task) = self.encoding.pop_front() else {
            return Ok(());
        };
        let chunks = task
            .join()
            .await
            .map_err(|e| ParquetError::External(Box::new(e)))??;
        let (file, _) = self.output.begin(&self.schema, &[])?;
        let mut group = file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }
}

fn encode(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    mut writers: Vec<ArrowColumnWriter>,
) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    for batch in batches {
        let mut writer = writers.iter_mut();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            for leaf in compute_leaves(field, column)? {
                if let Some(writer) = writer.next() {
                    writer.write(&leaf)?;
                }
            }
        }
    }
    writers.into_iter().map(ArrowColumnWriter::close).collect()
}
