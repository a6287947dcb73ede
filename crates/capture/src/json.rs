//! JSON without a document tree: a scanner that pulls or skips, and text that is decoded on demand.
//!
//! There is one grammar, whether a value is skipped or decoded: RFC 8259, with three tolerances.
//! Raw control characters inside strings pass (a line break does not), lone surrogates decode to U+FFFD,
//! and a number is text of any size.

mod number;
mod scan;
mod text;

pub(crate) use number::is_number;
pub(crate) use scan::{Kind, Scan, Scanner, Stop};
pub(crate) use text::Text;
