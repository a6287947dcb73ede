//! The rows of a statement as a file that appears whole.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::file_kind::FileKind;
use super::row_groups::RowGroups;
use crate::error::EngineError;

/// A file being written; it is not visible under its name before [`Export::finish`].
pub(super) struct Export {
    sink: Sink,
    file: PathBuf,
    partial: Partial,
    rows: u64,
}

impl Export {
    /// Of Parquet `threads` row groups are encoded at once, in about `room` bytes.
    pub(super) fn create(
        file: &Path,
        schema: &SchemaRef,
        threads: usize,
        room: usize,
    ) -> Result<Self, EngineError> {
        let kind = FileKind::of(file)?;
        if schema.fields().is_empty() {
            return Err(EngineError::NoColumns {
                file: file.display().to_string(),
            });
        }
        let mut name = file.file_name().unwrap_or_default().to_os_string();
        name.push(".part");
        let partial = Partial(file.with_file_name(format!(".{}", name.to_string_lossy())));
        // Messages speak of the file that was asked for.
        let opened = File::create(&partial.0).map_err(|source| failed(file, source))?;
        Ok(Self {
            sink: Sink::create(kind, opened, schema, threads, room)?,
            file: file.to_owned(),
            partial,
            rows: 0,
        })
    }

    pub(super) async fn write(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        self.rows += batch.num_rows() as u64;
        self.sink.write(batch, &self.file).await
    }

    /// Makes the file visible; gives its rows.
    pub(super) async fn finish(self) -> Result<u64, EngineError> {
        self.sink.finish(&self.file).await?;
        std::fs::rename(&self.partial.0, &self.file)
            .map_err(|source| failed(&self.file, source))?;
        Ok(self.rows)
    }
}

/// A file that is not yet whole; it goes when the query fails or is interrupted.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // After the rename it is not there any more, and that is as it should be.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes batches in one of the formats.
enum Sink {
    Parquet(Box<RowGroups>),
    Csv(Box<arrow::csv::Writer<File>>),
    Json(arrow::json::LineDelimitedWriter<std::io::BufWriter<File>>),
}

impl Sink {
    fn create(
        kind: FileKind,
        file: File,
        schema: &SchemaRef,
        threads: usize,
        room: usize,
    ) -> Result<Self, EngineError> {
        Ok(match kind {
            FileKind::Parquet => {
                Self::Parquet(Box::new(RowGroups::create(file, schema, threads, room)))
            }
            FileKind::Csv => {
                let mut writer = arrow::csv::WriterBuilder::new()
                    .with_header(true)
                    .build(file);
                // The header stands there even if no rows follow.
                writer.write(&RecordBatch::new_empty(Arc::clone(schema)))?;
                Self::Csv(Box::new(writer))
            }
            FileKind::Json => Self::Json(arrow::json::LineDelimitedWriter::new(
                std::io::BufWriter::new(file),
            )),
        })
    }

    async fn write(&mut self, batch: RecordBatch, path: &Path) -> Result<(), EngineError> {
        match self {
            Self::Parquet(groups) => groups.write(batch).await.map_err(|e| unencoded(path, e)),
            Self::Csv(writer) => Ok(writer.write(&batch)?),
            Self::Json(writer) => Ok(writer.write(&batch)?),
        }
    }

    async fn finish(self, path: &Path) -> Result<(), EngineError> {
        use std::io::Write;
        match self {
            Self::Parquet(groups) => groups.finish().await.map_err(|e| unencoded(path, e)),
            Self::Csv(_) => Ok(()),
            Self::Json(mut writer) => {
                writer.finish()?;
                writer
                    .into_inner()
                    .flush()
                    .map_err(|source| failed(path, source))
            }
        }
    }
}

fn failed(path: &Path, source: std::io::Error) -> EngineError {
    EngineError::Write {
        file: path.display().to_string(),
        source,
    }
}

fn unencoded(path: &Path, source: parquet::errors::ParquetError) -> EngineError {
    EngineError::Parquet {
        file: path.display().to_string(),
        source,
    }
}
