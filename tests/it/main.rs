//! Whole-program tests: the binary as a user runs it, on files that the tests write.
//! One test binary, because each links DataFusion.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod harness;

mod analyst;
mod backfill;
mod bad_input;
mod config;
mod container;
mod crash;
mod ddl;
mod either;
mod explain_fates;
mod explain_id;
mod faults;
mod gc;
mod golden;
mod hostile;
mod init;
mod label_commands;
mod label_export;
mod label_query;
mod label_table;
mod memory;
mod own_columns;
mod own_sql;
mod quality;
mod readme;
mod report;
mod s3;
mod same_bytes;
mod samples;
mod schedule;
mod sql;
mod tidy;
mod truth;
mod unmatched;
mod unmatched_limits;
