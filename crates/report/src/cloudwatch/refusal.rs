//! What CloudWatch would refuse, told before it is asked.
//!
//! The limits are those of the API reference of `PutMetricData`, `MetricDatum` and `Dimension`.

use super::UNITS;
use super::text::{TextFault, fault, fault_of_name, shown};
use crate::Point;

const MINUTE: i64 = 60 * 1_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Two weeks, less what may pass until the request is there: a point too old takes its whole request with it.
const OLDEST: i64 = 14 * DAY - 5 * MINUTE;
/// Two hours, less what clocks may differ.
const NEWEST: i64 = 2 * 60 * MINUTE - 5 * MINUTE;

/// AWS has given two ranges, this one and the wider ±2^360 without a least magnitude; in this one both agree.
const LARGEST: f64 = 1.174271e108;
const SMALLEST: f64 = 8.515920e-109;

const MOST_DIMENSIONS: usize = 30;
const LONGEST_NAME: usize = 255;
const LONGEST_VALUE: usize = 1024;

/// Why CloudWatch would not take a point, or anything under a namespace.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// From more than two weeks ago, or less than five minutes short of it.
    #[error("its time is {} old, and CloudWatch takes two weeks at most", age(*.micros))]
    TooOld {
        /// The age in microseconds.
        micros: i64,
    },
    /// More than two hours in the future, or less than five minutes short of it.
    #[error("its time is {} ahead, and CloudWatch takes two hours at most", age(*.micros))]
    TooNew {
        /// How far it is ahead, in microseconds.
        micros: i64,
    },
    /// NaN or infinite.
    #[error("its value is {value}, and CloudWatch takes finite numbers only")]
    NotFinite {
        /// The value.
        value: f64,
    },
    /// Of a magnitude that CloudWatch does not keep.
    #[error(
        "its value is {value:e}, and CloudWatch takes 0 and magnitudes from 8.515920e-109 to 1.174271e108"
    )]
    OutOfRange {
        /// The value.
        value: f64,
    },
    /// The metric's name.
    #[error("the metric's name `{}` {fault}", shown(.name))]
    MetricName {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: TextFault,
    },
    /// The name of a dimension.
    #[error("the name of its dimension `{}` {fault}", shown(.name))]
    DimensionName {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: TextFault,
    },
    /// The value of a dimension.
    #[error("the value `{}` of its dimension {} {fault}", shown(.value), shown(.name))]
    DimensionValue {
        /// The dimension's name.
        name: String,
        /// The value.
        value: String,
        /// What is wrong with it.
        fault: TextFault,
    },
    /// More dimensions than a metric can have.
    #[error("it has {count} dimensions, and CloudWatch takes 30")]
    TooManyDimensions {
        /// How many it has.
        count: usize,
    },
    /// Two dimensions of one name: which of them counts nobody can say.
    #[error("it has the dimension {} twice", shown(.name))]
    SameDimension {
        /// The name.
        name: String,
    },
    /// A unit that CloudWatch does not know.
    #[error("its unit {unit} is none of CloudWatch's")]
    Unit {
        /// The unit.
        unit: &'static str,
    },
    /// The namespace.
    #[error("the namespace `{}` {fault}", shown(.namespace))]
    Namespace {
        /// The namespace.
        namespace: String,
        /// What is wrong with it.
        fault: TextFault,
    },
}

impl Refusal {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooOld { .. } => {
                "publish with `timestamp = \"run\"`, or write OpenMetrics, which keeps any time"
            }
            Self::TooNew { .. } => "is the clock of this machine right, and --at no time to come?",
            Self::NotFinite { .. } | Self::OutOfRange { .. } => {
                "the value is in the table of metrics and in statistics.json"
            }
            Self::MetricName { .. } => "rename the metric or the class",
            Self::DimensionName { .. }
            | Self::DimensionValue { .. }
            | Self::TooManyDimensions { .. }
            | Self::SameDimension { .. } => "change the dimensions of the publisher",
            Self::Unit { .. } => "leave the unit out",
            Self::Namespace { .. } => {
                "SageMaker's is `aws/sagemaker/Endpoints/model-metrics`; any other of 255 printable ASCII characters will do"
            }
        }
    }
}

/// Why CloudWatch would refuse a point that is sent at `now` (microseconds since the epoch); `None` if it takes it.
pub fn refused(point: &Point, now: i64) -> Option<Refusal> {
    let age = now.saturating_sub(point.timestamp);
    if age > OLDEST {
        return Some(Refusal::TooOld { micros: age });
    }
    let ahead = point.timestamp.saturating_sub(now);
    if ahead > NEWEST {
        return Some(Refusal::TooNew { micros: ahead });
    }
    let value = point.value;
    if !value.is_finite() {
        return Some(Refusal::NotFinite { value });
    }
    if value != 0.0 && !(SMALLEST..=LARGEST).contains(&value.abs()) {
        return Some(Refusal::OutOfRange { value });
    }
    if let Some(fault) = fault(&point.metric, LONGEST_NAME) {
        let name = point.metric.clone();
        return Some(Refusal::MetricName { name, fault });
    }
    if let Some(unit) = point.unit.filter(|unit| !UNITS.contains(unit)) {
        return Some(Refusal::Unit { unit });
    }
    refused_dimensions(&point.dimensions)
}

fn refused_dimensions(dimensions: &[(String, String)]) -> Option<Refusal> {
    let count = dimensions.len();
    if count > MOST_DIMENSIONS {
        return Some(Refusal::TooManyDimensions { count });
    }
    for (at, (name, value)) in dimensions.iter().enumerate() {
        if let Some(fault) = fault_of_name(name, LONGEST_NAME) {
            let name = name.clone();
            return Some(Refusal::DimensionName { name, fault });
        }
        if let Some(fault) = fault(value, LONGEST_VALUE) {
            return Some(Refusal::DimensionValue {
                name: name.clone(),
                value: value.clone(),
                fault,
            });
        }
        if dimensions.iter().take(at).any(|(other, _)| other == name) {
            return Some(Refusal::SameDimension { name: name.clone() });
        }
    }
    None
}

/// Why nothing can be published under a namespace; `None` if it can.
pub fn refused_namespace(namespace: &str) -> Option<Refusal> {
    fault_of_name(namespace, LONGEST_NAME)
        .or_else(|| namespace.starts_with("AWS/").then_some(TextFault::Reserved))
        .map(|fault| Refusal::Namespace {
            namespace: namespace.to_owned(),
            fault,
        })
}

/// `20 days`, `3 hours`: rounded down.
fn age(micros: i64) -> String {
    let (count, unit) = match (micros / DAY, micros / (60 * MINUTE)) {
        (0, hours) => (hours, "hour"),
        (days, _) => (days, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
