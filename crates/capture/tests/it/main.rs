//! The decoder from outside: records in, rows and rejects out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod batches;
mod captures;
mod framing;
mod ground_truth;
mod label_layouts;
mod payload_records;
mod properties;
mod rejects;
mod table;
mod transforms;
