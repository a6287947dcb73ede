//! The merge when its labels do not fit the memory limit: a hash join in parts, by way of temporary files.
//!
//! Labels and the ids of predictions are shared out by key into parts that do fit; each part is joined by itself
//! with the same index and the same choice as in memory. What was chosen waits in the order of the predictions
//! (`matches`), and the hours, read a second time with their payloads, pick it up as they stream by.
//!
//! With `match = "either"` the labels of a capture's two ids can be in two parts. Then each part says what it would
//! give, the hours choose, and their verdicts go back to the parts (`verdicts`), which only then know the fate of their
//! labels.

mod cursor;
mod events;
mod join;
mod labels;
mod matches;
mod part;
mod parts;
mod unmatched;
mod verdicts;

pub(crate) use events::{EventBatch, EventRows, Id, PredictionFiles, event_options};
pub(crate) use join::{join, settle};
pub(crate) use labels::{LabelRows, SpilledLabels};
pub(crate) use matches::{Asking, MatchCursors, MatchWriter, SpilledMatches};
pub(crate) use part::Part;
pub(crate) use parts::{PartWriter, SpillRows};
pub(crate) use unmatched::tell_unmatched;
