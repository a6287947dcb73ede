//! The crate from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod multiclass;
