//! Windows of schedules, executions and their records, publishers, and the contracts of SageMaker's containers
//! (formats.md 4.2, 7.3, 8 to 10).

mod error;
mod execution;
mod hours;
mod record;
mod scheduled;
mod target;

pub use error::MonitorError;
pub use execution::{
    CONSTRAINTS, Execution, STATISTICS, Subject, VIOLATIONS, execution_folder, exit_message,
};
pub use scheduled::{Ran, ScheduledWork};
pub use target::LabelTarget;
