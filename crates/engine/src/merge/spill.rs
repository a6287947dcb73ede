//! The merge when its labels do not fit the memory limit: a hash join in parts, by way of temporary files.
//!
//! Labels and the ids of predictions are shared out by key into parts that do fit; each part is joined by itself
//! with the same index and the same choice as in memory. What was chosen waits in the order of the predictions
//! (`matches`), and the hours, read a second time with their payloads, pick it up as they stream by.

mod events;
mod join;
mod labels;
mod matches;
mod parts;
mod unmatched;

pub(crate) use events::PredictionFiles;
pub(crate) use join::join;
pub(crate) use labels::SpilledLabels;
pub(crate) use matches::{MatchCursors, SpilledMatches};
pub(crate) use unmatched::{take_unmatched, unknown_keys};
