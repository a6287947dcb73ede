//! The decoder: bytes of whole records in, batches and rejects out.

mod capture;
mod ground_truth;
mod rows;
mod shape;
mod side;
mod transform_csv;
mod transform_json;

use crate::column::{Column, Format, Grain};
use crate::fault::{Detail, Fault};
use crate::framing::{BOM, CsvBoundaries, last_line_end};
use crate::json::{Kind, Scanner};
use crate::label_id::LabelId;
use crate::limits::Limits;
use crate::payload::csv::{Quoting, without_line_end};
use crate::reject::{Reason, Reject};
use crate::salvage::Salvaged;
use arrow::record_batch::RecordBatch;
use rows::Rows;
use serde::{Deserialize, Serialize};
use shape::Shape;
use side::SideScratch;

/// Running totals of a decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows and rejects: a line that becomes n rows counts n, one that cannot be decoded counts one.
    pub records: u64,
    /// Capture lines, transform records and labels that became rows.
    pub captures: u64,
    /// Inputs that did not split into the record count; only counted when `Column::Input` was asked for.
    pub input_whole: u64,
    /// Times that are there and cannot be read; only counted when `Column::InferenceTime` was asked for.
    pub unreadable_times: u64,
}

/// Decodes the records of one object or of many objects of one kind.
#[derive(Debug)]
pub struct Decoder {
    format: Format,
    grain: Grain,
    limits: Limits,
    batch_rows: usize,
    batch_bytes: usize,
    rows: Rows,
    rejects: Vec<Reject>,
    /// Rejects since the last batch; they fill a batch too, so that their memory stays bounded.
    batch_rejects: usize,
    counts: Counts,
    output: SideScratch,
    input: SideScratch,
    members: String,
    shape: Shape,
    /// Where labels hold their id.
    label_id: LabelId,
    /// Transform records need no id of SageMaker's.
    ids_optional: bool,
    /// The bytes at hand are a document, which may hold line breaks.
    document: bool,
}

/// Why one record became no row.
#[derive(Debug)]
enum Refusal {
    Fault(Fault),
    Says(Reason, String),
}

/// Bytes that are checked for UTF-8 and cut into lines together; about what a core's second cache holds.
const SEGMENT: usize = 128 << 10;

impl Decoder {
    /// A decoder of one format that yields these columns in this order.
    pub fn new(format: Format, grain: Grain, columns: &[Column], limits: Limits) -> Decoder {
        Decoder {
            format,
            grain,
            limits: limits.clamped(),
            batch_rows: 8192,
            batch_bytes: 8 << 20,
            rows: Rows::new(columns),
            rejects: Vec::new(),
            batch_rejects: 0,
            counts: Counts::default(),
            output: SideScratch::default(),
            input: SideScratch::default(),
            members: String::new(),
            shape: Shape::default(),
            label_id: LabelId::default(),
            ids_optional: false,
            document: false,
        }
    }

    /// Rows, and bytes of text, after which `decode` stops so that a batch stays bounded. The defaults are 8192 rows
    /// and 8 MiB; at least one row, at most 512 MiB.
    #[must_use]
    pub fn with_batch_limits(mut self, rows: usize, bytes: usize) -> Self {
        self.batch_rows = rows.max(1);
        self.batch_bytes = bytes.clamp(1, rows::MOST_BATCH_BYTES);
        self
    }

    /// Labels are matched by the id at `field`.
    #[must_use]
    pub fn with_label_id(mut self, field: LabelId) -> Self {
        self.label_id = field;
        self
    }

    /// Transform records without `SageMakerInferenceId` become rows whose `inference_id` is null: whoever asks for
    /// them has an id elsewhere (design.md, `id_attribute`). A CSV row that does not end in SageMaker's id and time is
    /// output as a whole.
    #[must_use]
    pub fn with_optional_ids(mut self, optional: bool) -> Self {
        self.ids_optional = optional;
        self
    }

    /// Decodes whole records of `bytes`, whose first byte is at `position` of the decompressed object, and returns how
    /// many bytes were consumed: all of them, or up to the record that filled the batch.
    ///
    /// `bytes` ends at a record boundary or at the end of the object. The rows of one payload and the elements of one
    /// JSON list are never split over two calls, so a batch may be larger than its limit. A full decoder consumes
    /// nothing: call [`finish`](Self::finish) first. Blank lines are skipped, and a byte order mark at position 0.
    pub fn decode(&mut self, bytes: &[u8], position: u64) -> usize {
        let mut at = 0;
        if position == 0 && bytes.starts_with(BOM) {
            at = BOM.len();
        }
        while at < bytes.len() && !self.is_full() {
            let rest = bytes.get(at..).unwrap_or_default();
            let segment = rest.get(..self.segment_end(rest)).unwrap_or(rest);
            at += self.decode_segment(segment, position.saturating_add(at as u64));
        }
        at
    }

    /// Decodes an object that is one JSON value: a record, or a list whose elements are records. What is not one valid
    /// value is one reject. CSV has no such form and is decoded as rows.
    pub fn decode_document(&mut self, bytes: &[u8], position: u64) {
        if self.format == Format::TransformCsv {
            let mut at = 0;
            while let Some(rest) = bytes.get(at..)
                && !rest.is_empty()
            {
                // A document is never split over calls, so a full batch goes on.
                at += self
                    .decode_segment(rest, position.saturating_add(at as u64))
                    .max(1);
            }
            return;
        }
        let skipped = if position == 0 && bytes.starts_with(BOM) {
            BOM.len()
        } else {
            0
        };
        let bytes = bytes.get(skipped..).unwrap_or_default();
        let position = position.saturating_add(skipped as u64);
        if bytes.trim_ascii().is_empty() {
            return;
        }
        self.document = true;
        match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => self.record(text, position),
            Err(_) => self.not_utf8(bytes, position),
        }
        self.document = false;
    }

    /// Whether the batch reached its limits.
    pub fn is_full(&self) -> bool {
        self.rows.len().saturating_add(self.batch_rejects) >= self.batch_rows
            || self.rows.bytes() >= self.batch_bytes
    }

    /// Rows in the batch so far.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The batch, its columns in the order asked for; the decoder starts the next one. Works without columns too: the
    /// row count is kept.
    pub fn finish(&mut self) -> RecordBatch {
        self.batch_rejects = 0;
        self.rows.finish()
    }

    /// The rejects since the last call, in the order of their records.
    pub fn take_rejects(&mut self) -> Vec<Reject> {
        std::mem::take(&mut self.rejects)
    }

    /// Running totals since `new`.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Rejects a record too long to be given whole: the reader met `len` bytes without a boundary.
    pub fn reject_too_long(&mut self, position: u64, len: u64, first_bytes: &[u8]) {
        let limit = self.limits.max_record_bytes;
        let detail = format!("{len} bytes without a record boundary, the limit is {limit}");
        self.reject(position, Reason::TooLong, detail, first_bytes);
    }

    /// Where the first part of `bytes` that is worth its own check ends: at a record boundary.
    fn segment_end(&self, bytes: &[u8]) -> usize {
        let Some(head) = bytes.get(..SEGMENT) else {
            return bytes.len();
        };
        if self.format == Format::TransformCsv {
            let mut boundaries = CsvBoundaries::new();
            for (index, part) in bytes.chunks(SEGMENT).enumerate() {
                if let Some(end) = boundaries.feed(part) {
                    return index * SEGMENT + end;
                }
            }
            return bytes.len();
        }
        last_line_end(head).unwrap_or_else(|| {
            let tail = bytes.get(SEGMENT..).unwrap_or_default();
            memchr::memchr(b'\n', tail).map_or(bytes.len(), |at| SEGMENT + at + 1)
        })
    }

    /// Decodes records until the segment ends or the batch is full; the bytes consumed, at least one record's.
    fn decode_segment(&mut self, segment: &[u8], position: u64) -> usize {
        let text = simdutf8::basic::from_utf8(segment).ok();
        let mut at = 0;
        while at < segment.len() {
            let start = at;
            let rest = segment.get(start..).unwrap_or_default();
            at += self.record_end(rest);
            let bytes = segment.get(start..at).unwrap_or_default();
            let position = position.saturating_add(start as u64);
            let line = match text {
                Some(text) => text.get(start..at),
                None => simdutf8::basic::from_utf8(bytes).ok(),
            };
            match line {
                Some(line) => {
                    let line = without_line_end(line);
                    if !is_blank(line.as_bytes()) {
                        self.record(line, position);
                    }
                }
                None => self.not_utf8(bytes, position),
            }
            if self.is_full() {
                break;
            }
        }
        at
    }

    fn record_end(&self, bytes: &[u8]) -> usize {
        let quoted = match self.format {
            Format::TransformCsv => Quoting::default().row_end(bytes),
            _ => None,
        };
        // A quote that never closes costs its line, not all that follow it.
        let line = || memchr::memchr(b'\n', bytes).map(|at| at + 1);
        quoted.or_else(line).unwrap_or(bytes.len())
    }

    /// One line or document of any format.
    fn record(&mut self, text: &str, position: u64) {
        if text.len() > self.limits.max_record_bytes {
            let (len, limit) = (text.len(), self.limits.max_record_bytes);
            let detail = format!("the record has {len} bytes, the limit is {limit}");
            return self.reject(position, Reason::TooLong, detail, text.as_bytes());
        }
        self.rows.start_record();
        if self.format == Format::TransformCsv {
            return self.settle(text, position, Decoder::transform_row);
        }
        if self.format != Format::EndpointCapture && text.trim_ascii_start().starts_with('[') {
            return self.list(text, position);
        }
        self.settle(text, position, self.reader());
    }

    /// The elements of a JSON list, each a record. A list that is not valid JSON is one reject: which of its elements
    /// are whole cannot be known.
    fn list(&mut self, text: &str, position: u64) {
        let mut scanner = self.scanner(text);
        let mut elements = Vec::new();
        let scanned = (|| {
            scanner.kind()?;
            scanner.open()?;
            let mut first = true;
            while scanner.element(&mut first)? {
                let from = scanner.offset();
                let kind = scanner.skip()?;
                elements.push((kind, from, scanner.offset()));
            }
            scanner.end()
        })();
        if scanned.is_err() {
            return self.refuse(text, position, Refusal::Fault(scanner.fault()));
        }
        let reader = self.reader();
        for (kind, from, to) in elements {
            let element = text.get(from..to).unwrap_or_default();
            let position = position.saturating_add(from as u64);
            if kind == Kind::Object {
                self.settle(element, position, reader);
            } else {
                let fault = Fault::wrong_type("an element of the list", kind, "an object");
                self.refuse(element, position, Refusal::Fault(fault));
            }
        }
    }

    /// A scanner of record text.
    fn scanner<'a>(&self, text: &'a str) -> Scanner<'a> {
        if self.document {
            Scanner::new(text, self.limits.max_depth)
        } else {
            Scanner::line(text, self.limits.max_depth)
        }
    }

    fn reader(&self) -> fn(&mut Decoder, &str, u64) -> Result<usize, Refusal> {
        match self.format {
            Format::EndpointCapture => Decoder::capture_line,
            Format::TransformJson => Decoder::transform_object,
            Format::GroundTruth => Decoder::label_object,
            Format::TransformCsv => Decoder::transform_row,
        }
    }

    /// Reads one record and counts what it became.
    fn settle(
        &mut self,
        text: &str,
        position: u64,
        read: fn(&mut Decoder, &str, u64) -> Result<usize, Refusal>,
    ) {
        match read(self, text, position) {
            Ok(rows) => {
                self.counts.records += rows as u64;
                self.counts.captures += 1;
            }
            Err(refusal) => self.refuse(text, position, refusal),
        }
    }

    #[cold]
    fn refuse(&mut self, text: &str, position: u64, refusal: Refusal) {
        let (reason, detail) = match refusal {
            Refusal::Fault(fault) => (fault.reason, fault.detail.to_string()),
            Refusal::Says(reason, detail) => (reason, detail),
        };
        self.reject(position, reason, detail, text.as_bytes());
    }

    #[cold]
    fn not_utf8(&mut self, bytes: &[u8], position: u64) {
        let (len, limit) = (bytes.len(), self.limits.max_record_bytes);
        if len > limit {
            let detail = format!("the record has {len} bytes, the limit is {limit}");
            return self.reject(position, Reason::TooLong, detail, bytes);
        }
        let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        let detail = Detail::At {
            what: "not UTF-8",
            at,
        };
        self.reject(position, Reason::InvalidUtf8, detail.to_string(), bytes);
    }

    #[cold]
    fn reject(&mut self, position: u64, reason: Reason, detail: String, record: &[u8]) {
        let mut reject = Reject::new(position, reason, detail, record);
        if self.format == Format::TransformCsv {
            reject.ids = Salvaged::from_row(record);
        }
        self.rejects.push(reject);
        self.batch_rejects += 1;
        self.counts.records += 1;
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal::Fault(fault)
    }
}

/// The refusal of a record whose rows would repeat more text than a batch can hold.
fn expands_too_far(rows: usize) -> Refusal {
    let detail = format!("its {rows} records repeat more text than a batch can hold");
    Refusal::Says(Reason::TooLong, detail)
}

fn is_blank(line: &[u8]) -> bool {
    match line.first() {
        Some(byte) if !byte.is_ascii_whitespace() => false,
        _ => line.trim_ascii().is_empty(),
    }
}
