//! Reading `constraints.json`, SageMaker's or ours.

use std::collections::HashSet;

use groundline_quality::{
    Comparison, Constraint, Constraints, Interval, Margin, ProblemType, metric_range, snake_case,
};
use serde_json::{Map, Value};

use super::error::ConstraintsError;
use super::{
    BASELINE, COMPARISON, CONSTRAINTS, INTERVAL, MARGIN, MOST_BYTES, MOST_CONSTRAINTS, THRESHOLD,
    VALUE, key,
};
use crate::json::OWN;

/// Characters of a foreign key or value in a message, and how many of them.
const CHARACTERS: usize = 60;
const KEYS: usize = 10;

/// Constraints of a file's bytes: SageMaker's, or ours.
///
/// Metrics may be named in snake_case or as in violations. Keys that are not known are skipped, and members that are
/// null, as other containers write `additional_properties`. Constraints on other metrics than SageMaker's may stand
/// among these or in `groundline.constraints`.
///
/// # Errors
/// [`ConstraintsError`], also where the problem type is not `expected`.
pub fn read_constraints(
    bytes: &[u8],
    expected: Option<ProblemType>,
) -> Result<Constraints, ConstraintsError> {
    if bytes.len() > MOST_BYTES {
        return Err(ConstraintsError::TooLarge { bytes: bytes.len() });
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let file: Value = serde_json::from_slice(bytes)
        .map_err(|error| ConstraintsError::NotJson(error.to_string()))?;
    let Value::Object(file) = file else {
        return Err(ConstraintsError::NotAnObject);
    };
    let problem_type = problem_type(&file)?;
    if let Some(expected) = expected.filter(|expected| *expected != problem_type) {
        return Err(ConstraintsError::OtherType {
            found: problem_type,
            expected,
        });
    }
    let own = member(&file, OWN, OWN)?;
    let own_constraints = own.map_or(Ok(None), |own| {
        member(own, CONSTRAINTS, "groundline.constraints")
    })?;
    let mut constraints = Vec::new();
    let mut seen = HashSet::new();
    let groups = [
        member(&file, &key(problem_type), &key(problem_type))?,
        own_constraints,
    ];
    for (metric, held) in groups.into_iter().flatten().flatten() {
        if held.is_null() {
            continue;
        }
        let constraint = constraint(snake_case(metric), held)?;
        if !seen.insert(constraint.metric.clone()) {
            return Err(ConstraintsError::Twice {
                metric: cut(metric),
            });
        }
        constraints.push(constraint);
    }
    if constraints.len() > MOST_CONSTRAINTS {
        return Err(ConstraintsError::TooMany {
            count: constraints.len(),
        });
    }
    let mut margin = Margin::None;
    if let Some(own) = own {
        margin = read_margin(own)?;
        if let Some(baseline) = member(own, BASELINE, "groundline.baseline")? {
            for constraint in &mut constraints {
                add_baseline(constraint, baseline)?;
            }
        }
    }
    Ok(Constraints {
        problem_type,
        margin,
        constraints,
    })
}

/// The one type whose constraints are there.
fn problem_type(file: &Map<String, Value>) -> Result<ProblemType, ConstraintsError> {
    let mut there = ProblemType::ALL.into_iter().filter(|problem_type| {
        file.get(&key(*problem_type))
            .is_some_and(|held| !held.is_null())
    });
    match (there.next(), there.next()) {
        (Some(first), Some(second)) => Err(ConstraintsError::SeveralTypes { first, second }),
        (Some(only), None) => Ok(only),
        (None, _) => {
            let mut found: Vec<String> = file
                .keys()
                .take(KEYS)
                .map(|key| format!("`{}`", cut(key)))
                .collect();
            if file.len() > KEYS {
                found.push("…".to_owned());
            }
            let found = if found.is_empty() {
                "nothing".to_owned()
            } else {
                found.join(", ")
            };
            Err(ConstraintsError::NoConstraints { found })
        }
    }
}

/// A member that is an object, if it is there and not null. `path` names it in messages.
fn member<'a>(
    of: &'a Map<String, Value>,
    key: &str,
    path: &str,
) -> Result<Option<&'a Map<String, Value>>, ConstraintsError> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(member)) => Ok(Some(member)),
        Some(_) => Err(ConstraintsError::MemberNotAnObject {
            key: path.to_owned(),
        }),
    }
}

fn constraint(metric: &str, held: &Value) -> Result<Constraint, ConstraintsError> {
    let Value::Object(held) = held else {
        return Err(ConstraintsError::MemberNotAnObject { key: cut(metric) });
    };
    let comparison = held.get(COMPARISON);
    let known = comparison
        .and_then(Value::as_str)
        .and_then(Comparison::parse)
        .ok_or_else(|| ConstraintsError::UnknownComparison {
            metric: cut(metric),
            found: told(comparison),
        })?;
    let threshold = held.get(THRESHOLD);
    let number = finite(threshold).ok_or_else(|| ConstraintsError::NoThreshold {
        metric: cut(metric),
        found: told(threshold),
    })?;
    let (least, most) = metric_range(metric);
    if !(least..=most).contains(&number) {
        let range = match (least.is_finite(), most.is_finite()) {
            (true, true) => format!("from {least} to {most}"),
            (true, false) => format!("at least {least}"),
            _ => format!("at most {most}"),
        };
        return Err(ConstraintsError::ThresholdOutOfRange {
            metric: cut(metric),
            threshold: number,
            range,
        });
    }
    Ok(Constraint {
        metric: metric.to_owned(),
        threshold: number,
        comparison: known,
        baseline: None,
        baseline_interval: None,
    })
}

fn read_margin(own: &Map<String, Value>) -> Result<Margin, ConstraintsError> {
    match own.get(MARGIN) {
        None | Some(Value::Null) => Ok(Margin::None),
        Some(Value::String(text)) => text.parse().map_err(ConstraintsError::Margin),
        Some(other) => told(Some(other)).parse().map_err(ConstraintsError::Margin),
    }
}

fn add_baseline(
    constraint: &mut Constraint,
    baseline: &Map<String, Value>,
) -> Result<(), ConstraintsError> {
    let Some(written) = baseline
        .get(&constraint.metric)
        .filter(|held| !held.is_null())
    else {
        return Ok(());
    };
    let bad = || ConstraintsError::Baseline {
        metric: cut(&constraint.metric),
        found: told(Some(written)),
    };
    let number = |of: &Value, key: &str| finite(of.get(key)).ok_or_else(bad);
    let value = match written.get(VALUE) {
        None => None,
        Some(_) => Some(number(written, VALUE)?),
    };
    let interval = match written.get(INTERVAL) {
        None => None,
        Some(ends) => Some(Interval {
            low: number(ends, "low")?,
            high: number(ends, "high")?,
        }),
    };
    if value.is_none() && interval.is_none() {
        return Err(bad());
    }
    constraint.baseline = value;
    constraint.baseline_interval = interval;
    Ok(())
}

/// A JSON number that a double holds.
fn finite(value: Option<&Value>) -> Option<f64> {
    value
        .and_then(Value::as_f64)
        .filter(|number| number.is_finite())
}

/// A foreign value in a message.
fn told(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| cut(&value.to_string()))
}

/// Foreign text in a message.
fn cut(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
