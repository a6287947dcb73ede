//! What SageMaker does not know of statistics.

use groundline_quality::{CalibrationBin, Figure, Measured};
use serde_json::{Map, Value};

use super::curves;
use crate::json::ends;

/// The section: rows, each metric with its interval, what it rests on and why it is undefined, and of probabilities
/// their calibration and the thresholds of the curves.
pub(super) fn section(measured: &Measured) -> Value {
    let metrics = measured
        .figures
        .iter()
        .map(|figure| (figure.metric.to_string(), metric(figure)))
        .collect();
    let mut members = Map::from_iter([
        ("rows".to_owned(), Value::from(measured.rows)),
        ("metrics".to_owned(), Value::Object(metrics)),
    ]);
    if !measured.calibration.is_empty() {
        let bins = measured.calibration.iter().map(bin).collect();
        members.insert("calibration".to_owned(), bins);
    }
    if let Some(of_scores) = &measured.curves {
        members.insert("curves".to_owned(), curves::own(of_scores));
    }
    Value::Object(members)
}

/// One bin of probabilities in `low..=high`; an empty one has neither mean nor rate.
fn bin(bin: &CalibrationBin) -> Value {
    let mut members = Map::from_iter([
        ("low".to_owned(), Value::from(bin.low)),
        ("high".to_owned(), Value::from(bin.high)),
        ("n".to_owned(), Value::from(bin.n)),
        (
            "mean_probability".to_owned(),
            Value::from(bin.mean_probability),
        ),
        ("observed_rate".to_owned(), Value::from(bin.observed_rate)),
    ]);
    if let Some(interval) = &bin.interval {
        members.insert("interval".to_owned(), ends(interval));
    }
    Value::Object(members)
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
