//! `statistics.json`: what was measured.

use std::collections::HashMap;

use groundline_quality::{Figure, Measured, ProblemType};
use serde_json::{Map, Value};

use crate::json::{OWN, object, or_nan, pretty, versioned};

mod curves;
mod own;
mod read;

pub use read::baseline_values;

/// Classes up to which the confusion matrix has a cell for each pair, as SageMaker's has; of more, only those with rows.
const FULL_CLASSES: usize = 100;

/// `statistics.json` of one set of rows (formats.md 6): SageMaker's metrics under `<type>_metrics` in its order, and
/// everything under `groundline`.
///
/// SageMaker's metrics that have no value are absent, for its readers expect numbers; the reason is under `groundline`.
pub fn statistics_json(measured: &Measured, problem_type: ProblemType) -> String {
    let mut metrics = Map::new();
    if problem_type != ProblemType::Regression {
        metrics.insert("confusion_matrix".to_owned(), confusion_matrix(measured));
    }
    for figure in &measured.figures {
        let absent = figure.value.is_none();
        // SageMaker's order: the curves, then the area under the first.
        if let Some(of_scores) = measured.curves.as_ref().filter(|_| figure.metric == "auc") {
            for (key, curve) in curves::sagemakers(of_scores) {
                metrics.insert(key.to_owned(), curve);
            }
        }
        if absent || !problem_type.is_sagemakers(&figure.metric) {
            continue;
        }
        metrics.insert(figure.metric.to_string(), scalar(figure));
    }
    let mut file = versioned();
    file.insert(
        format!("{}_metrics", problem_type.key()),
        Value::Object(metrics),
    );
    file.insert(OWN.to_owned(), own::section(measured));
    pretty(file)
}

/// `{"value": 0.5, "standard_deviation": "NaN"}`.
fn scalar(figure: &Figure) -> Value {
    object([
        ("value", or_nan(figure.value)),
        ("standard_deviation", or_nan(figure.standard_deviation)),
    ])
}

/// `{actual: {predicted: count}}`.
fn confusion_matrix(measured: &Measured) -> Value {
    let mut by_actual: HashMap<&str, Map<String, Value>> = HashMap::new();
    let classes = &measured.classes;
    if classes.len() <= FULL_CLASSES {
        for actual in classes {
            let none = classes.iter().map(|class| (class.clone(), Value::from(0)));
            by_actual.insert(actual, none.collect());
        }
    }
    for (actual, predicted, count) in &measured.confusion {
        by_actual
            .entry(actual)
            .or_default()
            .insert(predicted.clone(), Value::from(*count));
    }
    let rows = classes.iter().filter_map(|actual| {
        let row = by_actual.remove(actual.as_str())?;
        Some((actual.clone(), Value::Object(row)))
    });
    Value::Object(rows.collect())
}
