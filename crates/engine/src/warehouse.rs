//! Labels from a warehouse: Parquet, CSV or JSON Lines files with columns for id, label and time.
//!
//! The files are a table (`table`), a query makes rows of id, label and time of it, and each row becomes a label or a
//! located reject (`rows`). They are sorted once by (hour, file, position), with spill files where memory does not
//! hold them, and kept (`staged`); from there every reader of labels takes them as it takes ground truth, hour by
//! hour and file by file.

mod csv;
mod error;
mod files;
mod json;
mod lazy;
mod look;
mod parquet;
mod query;
mod rejected;
mod rows;
mod schema;
mod stage;
mod staged;
mod table;
mod text;
mod text_file;
mod text_rows;

pub use error::LabelTableError;
pub(crate) use error::{listed, near};
pub(crate) use files::finds_output;
pub(crate) use lazy::LazyTable;
pub(crate) use look::{ColumnLook, TableLook, kind_name, names_files};
pub(crate) use parquet::Stored;
pub(crate) use stage::{Staged, stage};
pub(crate) use staged::{StagedReader, StagedRows};
