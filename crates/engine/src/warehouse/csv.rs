//! CSV with a header row. Every column is text; an empty field is null.

use csv::ByteRecord;
use groundline_capture::{Limits, Reason, without_bom};
use groundline_store::{Object, Root};

use super::files::FileKind;
use super::rejected::Rejected;
use super::text_file::open;
use super::text_rows::TextRows;
use crate::error::EngineError;
use crate::read::Piece;

/// The names in a file's header row; none if it has no row.
pub(super) async fn columns(
    root: &Root,
    object: &Object,
    limits: &Limits,
) -> Result<Vec<String>, EngineError> {
    let mut chunks = open(FileKind::Csv, root, object, limits).await?;
    while let Some(piece) = chunks.next().await? {
        if let Piece::Records { bytes, .. } = piece {
            let mut record = ByteRecord::new();
            if reader(without_bom(&bytes))
                .read_byte_record(&mut record)
                .unwrap_or(false)
            {
                return Ok(names(&record));
            }
        }
    }
    Ok(Vec::new())
}

/// Turns pieces of a file into rows.
#[derive(Debug)]
pub(super) struct CsvRows {
    columns: Vec<String>,
    /// Where each column is, once the header was read, and how many fields it has.
    header: Option<(Vec<Option<usize>>, usize)>,
}

impl CsvRows {
    pub(super) fn new(columns: Vec<String>) -> Self {
        Self {
            columns,
            header: None,
        }
    }

    pub(super) fn piece(&mut self, bytes: &[u8], rows: &mut TextRows, rejected: &Rejected) {
        let bytes = match self.header {
            Some(_) => bytes,
            None => without_bom(bytes),
        };
        let mut reader = reader(bytes);
        let mut record = ByteRecord::new();
        let mut start = 0;
        // The reader is over bytes in memory and takes rows of any length, so it cannot fail.
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let end = usize::try_from(reader.position().byte()).unwrap_or(bytes.len());
            let raw = bytes.get(start..end).unwrap_or_default();
            start = end;
            let Some((places, fields)) = &self.header else {
                let names = names(&record);
                let place = |column: &String| names.iter().position(|name| name == column);
                self.header = Some((self.columns.iter().map(place).collect(), names.len()));
                continue;
            };
            if memchr::memchr_iter(b'"', raw).count() % 2 == 1 {
                let detail = "a quoted field does not close".to_owned();
                rows.reject(rejected, Reason::BadCsv, detail, raw.trim_ascii());
                continue;
            }
            if record.len() != *fields {
                let detail = format!("{} fields where the header has {fields}", record.len());
                rows.reject(rejected, Reason::BadCsv, detail, raw.trim_ascii());
                continue;
            }
            let mut values: Vec<Option<&str>> = Vec::with_capacity(places.len());
            for place in places {
                let field = place
                    .and_then(|place| record.get(place))
                    .unwrap_or_default();
                match std::str::from_utf8(field) {
                    Ok(text) => values.push(Some(text).filter(|text| !text.is_empty())),
                    Err(_) => break,
                }
            }
            if values.len() < places.len() {
                let detail = "the row is not UTF-8".to_owned();
                rows.reject(rejected, Reason::InvalidUtf8, detail, raw.trim_ascii());
                continue;
            }
            rows.push(|at| values.get(at).copied().flatten());
        }
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes)
}

fn names(record: &ByteRecord) -> Vec<String> {
    record
        .iter()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}
