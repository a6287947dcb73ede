//! SageMaker wire formats to Arrow batches and located rejects.
//!
//! Takes byte slices of whole records and yields a [`RecordBatch`](arrow::record_batch::RecordBatch) of the columns
//! that were asked for, plus a [`Reject`] for each record that could not become a row. Also answers what lies inside a
//! payload (its records, the fields of a record) and inside a label (one value for each record of its event).
//!
//! Invariants: every record becomes rows or exactly one reject; which of the two never depends on the columns asked
//! for, nor on how the bytes were cut into calls; no input panics. A line is scanned once, without a document tree.
//!
//! Not here: IO, async, listing, SQL, joins.
//!
//! ```
//! use groundline_capture::{Column, Decoder, Format, Grain, Limits};
//!
//! let lines = br#"{"captureData":{"endpointOutput":{"data":"0.91\n0.07","encoding":"CSV"}},"eventMetadata":{"eventId":"e-1"}}
//! {"captureData":
//! "#;
//! let columns = [Column::Key, Column::RecordIndex, Column::Output];
//! let mut decoder = Decoder::new(Format::EndpointCapture, Grain::Record, &columns, Limits::default());
//! assert_eq!(decoder.decode(lines, 0), lines.len());
//! assert_eq!(decoder.finish().num_rows(), 2);
//! let rejects = decoder.take_rejects();
//! assert_eq!(rejects[0].reason.as_str(), "truncated");
//! ```

mod class;
mod column;
mod compact;
mod decoder;
mod fault;
mod framing;
mod json;
mod label;
mod label_id;
mod limits;
mod manifest;
mod payload;
mod reject;
mod salvage;
mod time;

pub use class::{LabelType, class_text, number};
pub use column::{Column, Format, Framing, Grain};
pub use compact::compact_json;
pub use decoder::{Counts, Decoder};
pub use framing::{
    CsvBoundaries, head_text, last_line_end, sniff_framing, sniff_transform, without_bom,
};
pub use label::{LabelLayout, LabelShape, label_shape, label_value, label_values};
pub use label_id::LabelId;
pub use limits::Limits;
pub use manifest::{Manifest, ManifestError, parse_manifest};
pub use payload::{
    Encoding, Field, InvalidBase64, Pieces, Scratch, Selector, SelectorError, Splitter, field,
    fields, names, records_at,
};
pub use reject::{Reason, Reject};
pub use salvage::Salvaged;
pub use time::parse_time;
