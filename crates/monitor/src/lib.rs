//! Windows of schedules, executions and their records, publishers, and the contracts of SageMaker's containers
//! (formats.md 4.2, 7.3, 8 to 10).

mod advice;
pub mod container;
mod cron;
mod error;
mod execution;
mod expression;
mod hours;
mod message;
mod offset;
mod period;
pub mod publish;
mod publishing;
mod record;
mod report;
mod schedule;
mod scheduled;
mod service;
mod target;

pub use advice::{Advice, Choice, advise};
pub use cron::{Cron, CronError, CronProblem, FieldFault, FieldName};
pub use error::MonitorError;
pub use execution::{
    CONSTRAINTS, Execution, STATISTICS, Subject, UNSCHEDULED, Unscheduled, VIOLATIONS,
    execution_folder,
};
pub use expression::Expression;
pub use message::completed;
pub use offset::{Offset, OffsetError};
pub use period::{Period, PeriodError};
pub use publishing::{Published, Publisher, Publishing};
pub use report::{Comparing, Gathered, ReportRequest, gather, reported_models};
pub use schedule::{CatchUp, Schedule};
pub use scheduled::{Ran, ScheduledWork};
pub use service::{Due, Scheduled, Service};
pub use target::LabelTarget;
