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
mod reader;
mod records;
mod units;

pub(crate) use ahead::open_ahead;
pub(crate) use chunks::{CHUNK, Chunks, Cut, Piece};
pub(crate) use fetch::fetch_all;
pub(crate) use ids::IdRules;
pub(crate) use line_numbers::{lines_of, number_lines};
pub(crate) use log::{FileLog, LogKey, LoggedReject, ScanLog, Side};
pub(crate) use parts::{PART, bytes_of};
pub(crate) use reader::RecordReader;
pub(crate) use records::{BATCH_BYTES, ReadOptions, read_head};
pub(crate) use units::{Unit, pieces, ranges, units, unpacked_bytes};
