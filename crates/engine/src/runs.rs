//! `OUT/runs/`: what executions of schedules said, one row each. SageMaker's own files of an execution lie in the same
//! folder, below the endpoint's name; these are told apart by their `model=` level.

mod read;
mod record;
mod rows;
mod window_hours;

pub use read::{read_runs, write_run};
pub use record::{RunCheck, RunFigure, RunRecord};
pub(crate) use rows::runs_schema;
pub use window_hours::{WindowAccounts, WindowHours};
