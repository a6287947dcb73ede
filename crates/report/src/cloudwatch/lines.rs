//! The file that SageMaker publishes of a container (formats.md 8).

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::Point;
use crate::json::object;

/// JSON Lines, a point on each: the file `cloudwatch_metrics.jsonl` in `/opt/ml/output/metrics/cloudwatch`.
///
/// A value that is not finite has no line, for JSON has no number for it; [`refused`](super::refused) says so of it.
pub fn cloudwatch_lines(points: &[Point]) -> String {
    let mut text = String::new();
    for point in points.iter().filter(|point| point.value.is_finite()) {
        text.push_str(&line(point).to_string());
        text.push('\n');
    }
    text
}

fn line(point: &Point) -> Value {
    let dimensions = point.dimensions.iter().map(|(name, value)| {
        object([
            ("Name", Value::from(name.as_str())),
            ("Value", Value::from(value.as_str())),
        ])
    });
    let mut line = Map::new();
    let mut insert = |key: &str, value| line.insert(key.to_owned(), value);
    insert("MetricName", Value::from(point.metric.as_str()));
    insert("Timestamp", Value::from(instant(point.timestamp)));
    insert("Dimensions", Value::Array(dimensions.collect()));
    insert("Value", Value::from(point.value));
    if let Some(unit) = point.unit {
        insert("Unit", Value::from(unit));
    }
    Value::Object(line)
}

/// `2026-01-02T03:00:00Z`, with a fraction only where there is one. Microseconds beyond the year 9999 are its end.
pub(super) fn instant(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .unwrap_or(match micros < 0 {
            true => Timestamp::MIN,
            false => Timestamp::MAX,
        })
        .to_string()
}
