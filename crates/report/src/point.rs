//! One value of one metric at one time, as monitoring systems take it.

/// One value of one metric, for whichever system it is published to.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Name in snake_case, as SageMaker has it (formats.md 8), or ours.
    pub metric: String,
    pub value: f64,
    /// Microseconds since the epoch, UTC.
    pub timestamp: i64,
    /// Names and values, in the order of the publication (formats.md 8: `Endpoint`, `MonitoringSchedule`).
    pub dimensions: Vec<(String, String)>,
    /// CloudWatch's unit; `None` is none.
    pub unit: Option<&'static str>,
}
