//! Backfill: what is missing, stale or label-stale is made, everything else is left alone.
//!
//! `BackfillPlan::list` derives the state of every hour from one listing, `look_up` finds out which hours late labels
//! touch, `run` writes: hour by hour, each complete in itself, so that a run that is killed leaves less to do and
//! nothing wrong.

mod accounts;
mod batches;
mod error;
mod hour_reader;
mod lookup;
mod options;
mod patch;
mod patch_task;
mod patchable;
mod pinned;
mod plan;
mod report;
mod run;

pub use error::BackfillError;
pub use options::{BackfillOptions, Shard};
pub use pinned::PinnedPlan;
pub use plan::{BackfillPlan, Looked};
pub use report::{
    BackfillReport, Done, HourDone, HourStates, ModelDone, ModelStates, PlanReport, WorkReport,
};
