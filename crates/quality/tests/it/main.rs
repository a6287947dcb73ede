//! The crate from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod binary;
mod exact_sum;
mod multiclass;
mod rank;
mod ratio;
mod regression;
mod regression_sklearn;
