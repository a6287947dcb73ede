//! What the files have in common.

use groundline_quality::Interval;
use serde_json::{Map, Value};

/// The key of all that SageMaker does not know.
pub(crate) const OWN: &str = "groundline";

/// What both of SageMaker's files begin with.
pub(crate) fn versioned() -> Map<String, Value> {
    Map::from_iter([("version".to_owned(), Value::from(0.0))])
}

/// A number, or SageMaker's text for none.
pub(crate) fn or_nan(value: Option<f64>) -> Value {
    value.map_or_else(|| Value::from("NaN"), Value::from)
}

/// The ends of an interval.
pub(crate) fn ends(interval: &Interval) -> Value {
    object([
        ("low", Value::from(interval.low)),
        ("high", Value::from(interval.high)),
    ])
}

pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(
        members
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

/// The text of a file: indented, with an end of line.
pub(crate) fn pretty(members: Map<String, Value>) -> String {
    format!("{:#}\n", Value::Object(members))
}
