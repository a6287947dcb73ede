//! The tables that every session offers: `captures`, `transforms`, `predictions`, `labels`.
//! Own provider and file source under DataFusion, partitioned by hour.

mod globs;
mod guard;
mod input;
mod job_inputs;
mod latest_labels;
mod listing;
mod provider;
#[cfg(test)]
mod pruning;
mod schema;
mod source;
mod transforms;

pub(crate) use globs::Globs;
pub(crate) use guard::{Guard, amount, shown_only, thousands};
pub use input::BATCH;
pub(crate) use input::{Input, InputKind};
pub(crate) use latest_labels::LatestLabels;
pub(crate) use listing::Inputs;
pub(crate) use provider::HourTable;
pub(crate) use schema::{TableKind, format_time, hour_type};
pub(crate) use source::RecordSource;
pub(crate) use transforms::{Transforms, manifest_entry};
