//! `constraint_violations.json`: which constraints were not kept.

use groundline_quality::{Check, violation_name};
use serde_json::{Map, Value};

use crate::json::{object, pretty};

/// `constraint_violations.json` (formats.md 7.2) of the checks that are violated by their value, in their order; with an
/// empty list where there are none, so that a run without violations can be told from one that did not happen.
pub fn violations_json(checks: &[Check]) -> String {
    let violations: Vec<Value> = checks
        .iter()
        .filter(|check| check.violated)
        .map(violation)
        .collect();
    pretty(Map::from_iter([(
        "violations".to_owned(),
        Value::Array(violations),
    )]))
}

fn violation(check: &Check) -> Value {
    let constraint = &check.constraint;
    object([
        (
            "constraint_check_type",
            Value::from(constraint.comparison.as_str()),
        ),
        ("description", Value::from(check.description())),
        (
            "metric_name",
            Value::from(violation_name(&constraint.metric)),
        ),
    ])
}
