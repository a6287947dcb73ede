//! Stores that fail: a backfill comes to the same bytes or says what failed, and leaves nothing half-written.

pub(crate) mod layer;
mod layered;
mod served;
