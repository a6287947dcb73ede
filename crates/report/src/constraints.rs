//! `constraints.json`: what metrics are held against.

use groundline_quality::{Comparison, Constraint, Constraints, Margin, ProblemType};
use serde_json::{Map, Value};

use crate::json::{OWN, ends, object, pretty, versioned};

mod error;
mod read;

pub use error::ConstraintsError;
pub use read::read_constraints;

/// Bytes of a file beyond which it is not read.
pub const MOST_BYTES: usize = 1 << 20;

/// Constraints of a file beyond which it is refused.
pub const MOST_CONSTRAINTS: usize = 10_000;

/// Keys of a constraint (formats.md 7.1) and of our section.
const THRESHOLD: &str = "threshold";
const COMPARISON: &str = "comparison_operator";
const CONSTRAINTS: &str = "constraints";
const MARGIN: &str = "margin";
const BASELINE: &str = "baseline";
const VALUE: &str = "value";
const INTERVAL: &str = "interval";

/// The key of SageMaker's constraints of one kind.
fn key(problem_type: ProblemType) -> String {
    format!("{}_constraints", problem_type.key())
}

/// `constraints.json` (formats.md 7.1). Constraints on metrics that SageMaker does not constrain, the margin and the
/// baseline's values stand under `groundline`; without any of these it is SageMaker's file.
///
/// [`read_constraints`] gives the same back, SageMaker's metrics first.
pub fn constraints_json(constraints: &Constraints) -> String {
    let problem_type = constraints.problem_type;
    let (mut sagemakers, mut others, mut baseline) = (Map::new(), Map::new(), Map::new());
    for constraint in &constraints.constraints {
        let metric = constraint.metric.as_str();
        let group = if problem_type.constrained_metrics().contains(&metric) {
            &mut sagemakers
        } else {
            &mut others
        };
        group.insert(
            metric.to_owned(),
            held(constraint.threshold, constraint.comparison),
        );
        if let Some(of_baseline) = of_baseline(constraint) {
            baseline.insert(metric.to_owned(), of_baseline);
        }
    }
    let mut own = Map::new();
    if constraints.margin != Margin::None {
        let margin = Value::from(constraints.margin.to_string());
        own.insert(MARGIN.to_owned(), margin);
    }
    for (key, group) in [(CONSTRAINTS, others), (BASELINE, baseline)] {
        if !group.is_empty() {
            own.insert(key.to_owned(), Value::Object(group));
        }
    }
    let mut file = versioned();
    file.insert(key(problem_type), Value::Object(sagemakers));
    if !own.is_empty() {
        file.insert(OWN.to_owned(), Value::Object(own));
    }
    pretty(file)
}

fn held(threshold: f64, comparison: Comparison) -> Value {
    object([
        (THRESHOLD, Value::from(threshold)),
        (COMPARISON, Value::from(comparison.as_str())),
    ])
}

/// What the metric was in the baseline, where anything is known.
fn of_baseline(constraint: &Constraint) -> Option<Value> {
    let mut members = Map::new();
    if let Some(value) = constraint.baseline {
        members.insert(VALUE.to_owned(), Value::from(value));
    }
    if let Some(interval) = &constraint.baseline_interval {
        members.insert(INTERVAL.to_owned(), ends(interval));
    }
    (!members.is_empty()).then_some(Value::Object(members))
}
