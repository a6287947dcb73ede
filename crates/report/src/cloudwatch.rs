//! Points as Amazon CloudWatch takes them (formats.md 8): the lines of the container's file, the bodies of
//! `PutMetricData`, and what CloudWatch would refuse.
//!
//! One point that is refused takes its whole request with it, so [`refused`] is asked before [`put_metric_data`].

mod lines;
mod refusal;
mod request;
#[cfg(test)]
mod tests;
mod text;

pub use lines::cloudwatch_lines;
pub use refusal::{Refusal, refused, refused_namespace};
pub use request::{API_VERSION, PutMetricData, put_metric_data};
pub use text::TextFault;

/// SageMaker's namespace of model quality of an endpoint; its dimensions are [`ENDPOINT`] and [`SCHEDULE`].
pub const ENDPOINT_NAMESPACE: &str = "aws/sagemaker/Endpoints/model-metrics";
/// SageMaker's namespace of model quality of batch transforms; its one dimension is [`SCHEDULE`].
pub const TRANSFORM_NAMESPACE: &str = "aws/sagemaker/ModelMonitoring/model-metrics";
/// The dimension that names the endpoint.
pub const ENDPOINT: &str = "Endpoint";
/// The dimension that names the schedule.
pub const SCHEDULE: &str = "MonitoringSchedule";

/// The units that CloudWatch knows.
pub const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];
