//! Payloads: the text of one request or response, its records, and the fields of a record.
//!
//! A payload's records follow one rule (design.md, "Records of a payload"): CSV rows; newline-separated JSON
//! documents; a list of objects that is the whole document, or its only member besides the `SageMakerInference*`
//! fields. Anything else is one record.

pub(crate) mod csv;
mod encoding;
mod field;
pub(crate) mod json;
mod names;
mod path;
mod selector;
mod split;

pub use encoding::{Encoding, InvalidBase64};
pub(crate) use encoding::{decode_base64, read_encoding};
pub use field::{Field, Scratch, field, fields, records_at};
pub(crate) use field::{csv_field, json_field};
pub use names::names;
pub use selector::{Selector, SelectorError};
pub use split::{Pieces, Splitter};

/// Nesting up to which a payload is read as JSON; what is deeper stays text.
pub(crate) const PAYLOAD_DEPTH: usize = 128;
