//! Publishers: which values of an execution go out as points, and how CloudWatch gets them.
//!
//! OpenMetrics and the container's file need no network: [`groundline_report::openmetrics`] and
//! [`groundline_report::cloudwatch::cloudwatch_lines`] make them of the same points.

mod client;
mod error;
mod points;
mod prepared;
mod retry;
mod send;
mod sign;
#[cfg(test)]
mod tests;

pub use client::{CloudWatch, CloudWatchOptions};
pub use error::PublishError;
pub use points::{ExecutionFigures, PointOptions, PointTime, Points, Undefined, points};
pub use prepared::{Prepared, Publication, RefusedPoint};
pub use retry::Retries;
