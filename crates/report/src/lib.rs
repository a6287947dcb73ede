//! Bytes that people and systems read of model quality: statistics, constraints and violations as SageMaker writes them
//! (formats.md 6, 7), CloudWatch's lines and requests (formats.md 8), OpenMetrics, and the report page of
//! `groundline report`. No network, no files.
//!
//! What SageMaker does not know stands under the key `groundline` of the same file, so that its own readers go on.

pub mod cloudwatch;
mod constraints;
mod json;
mod openmetrics;
pub mod page;
mod point;
mod statistics;
mod violations;

pub use constraints::{
    ConstraintsError, MOST_BYTES, MOST_CONSTRAINTS, constraints_json, read_constraints,
};
pub use openmetrics::openmetrics;
pub use page::{report_html, report_markdown};
pub use point::Point;
pub use statistics::{baseline_values, statistics_json};
pub use violations::violations_json;
