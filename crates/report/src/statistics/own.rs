//! What SageMaker does not know of statistics.

use groundline_quality::{Figure, Measured};
use serde_json::{Map, Value};

use crate::json::{ends, object};

/// The section: rows, and each metric with its interval, what it rests on and why it is undefined.
pub(super) fn section(measured: &Measured) -> Value {
    let metrics = measured
        .figures
        .iter()
        .map(|figure| (figure.metric.to_string(), metric(figure)))
        .collect();
    object([
        ("rows", Value::from(measured.rows)),
        ("metrics", Value::Object(metrics)),
    ])
}

/// One metric: `value` is null where it is undefined, other members are absent where there is nothing.
fn metric(figure: &Figure) -> Value {
    let mut members = Map::new();
    members.insert("value".to_owned(), Value::from(figure.value));
    if let Some(deviation) = figure.standard_deviation {
        members.insert("standard_deviation".to_owned(), Value::from(deviation));
    }
    if let Some(interval) = &figure.interval {
        members.insert("interval".to_owned(), ends(interval));
    }
    members.insert("n".to_owned(), Value::from(figure.n));
    if let Some(reason) = figure.reason {
        members.insert("reason".to_owned(), Value::from(reason.as_str()));
    }
    Value::Object(members)
}
