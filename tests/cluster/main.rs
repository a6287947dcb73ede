//! Jobs on a cluster of processes of this machine, over an S3 server in this one: what they write is what one machine
//! writes, whoever is killed when.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::zombie_processes,
    reason = "a test may fail loudly, and nodes are waited for by whoever kills them"
)]

mod corpus;
mod errors;
#[path = "../it/harness.rs"]
#[expect(dead_code, reason = "not every helper is for these tests")]
mod harness;
mod lost;
mod nodes;
mod queries;
#[path = "../s3_server/mod.rs"]
#[expect(dead_code, reason = "not every helper is for these tests")]
mod s3_server;
mod same_bytes;
