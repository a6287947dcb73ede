//! The crate from outside.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod constraints;
mod page;
mod samples;
mod statistics;
mod violations;
