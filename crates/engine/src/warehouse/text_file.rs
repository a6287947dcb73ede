//! Files of text, CSV or JSON Lines: cut into whole rows, which become batches or rejects.

use groundline_capture::{Limits, Reason};
use groundline_store::{Object, Root};

use super::csv::CsvRows;
use super::files::FileKind;
use super::json::JsonRows;
use super::rejected::Rejected;
use super::text_rows::{Rows, TextRows};
use crate::error::EngineError;
use crate::read::{CHUNK, Chunks, Cut, Piece};

/// Reads a file's rows.
pub(super) struct TextFile {
    chunks: Chunks,
    format: Format,
    rows: TextRows,
}

enum Format {
    Csv(CsvRows),
    Json(JsonRows),
}

impl TextFile {
    /// `file` is the number of the file and the object that it is.
    pub(super) async fn open(
        kind: FileKind,
        root: &Root,
        (file, object): (u32, &Object),
        columns: Vec<String>,
        limits: &Limits,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            chunks: open(kind, root, object, limits).await?,
            rows: TextRows::new(file, columns.len()),
            format: match kind {
                FileKind::Json => Format::Json(JsonRows::new(columns)),
                _ => Format::Csv(CsvRows::new(columns)),
            },
        })
    }

    /// Some rows, or `None` at the end.
    pub(super) async fn next(&mut self, rejected: &Rejected) -> Result<Option<Rows>, EngineError> {
        while !self.rows.is_full() {
            match self.chunks.next().await? {
                None => break,
                Some(Piece::TooLong { length, head, .. }) => {
                    let detail = format!("the row has {length} bytes");
                    self.rows.reject(rejected, Reason::TooLong, detail, &head);
                }
                Some(Piece::Records { bytes, .. }) => {
                    match &mut self.format {
                        Format::Csv(format) => format.piece(&bytes, &mut self.rows, rejected),
                        Format::Json(format) => format.piece(&bytes, &mut self.rows, rejected),
                    }
                    self.chunks.recycle(bytes);
                }
            }
        }
        Ok(self.rows.take())
    }
}

/// A file in pieces of whole rows.
pub(super) async fn open(
    kind: FileKind,
    root: &Root,
    object: &Object,
    limits: &Limits,
) -> Result<Chunks, EngineError> {
    let cut = match kind {
        FileKind::Json => Cut::Lines,
        _ => Cut::CsvRows,
    };
    Chunks::open(root, object, None, cut, limits.max_record_bytes, CHUNK).await
}
