//! From an input object to record batches: fetch, decompress, cut at record boundaries, decode.
//! The same path serves SQL scans and the merge.

mod ahead;
mod chunks;
mod fetch;
mod ids;
mod line_numbers;
mod log;
mod pairing;
mod parts;
mod records;
mod units;

pub(crate) use ahead::open_ahead;
pub(crate) use fetch::fetch_all;
pub(crate) use ids::IdRules;
pub(crate) use line_numbers::{lines_of, number_lines};
pub(crate) use log::{FileLog, LogKey, LoggedReject, ScanLog};
pub(crate) use records::{BATCH_BYTES, ReadOptions, RecordReader, read_head};
pub(crate) use units::{Unit, pieces, ranges, units, unpacked_bytes};
