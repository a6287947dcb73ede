//! The values of a baseline's `statistics.json`.

use std::collections::HashMap;

use groundline_quality::ProblemType;
use serde_json::Value;

use crate::json::OWN;

/// The value of each metric in a `statistics.json` of SageMaker or ours (formats.md 6); none where it cannot be read,
/// because a baseline's values are only shown beside what is checked.
pub fn baseline_values(text: &str, problem_type: ProblemType) -> HashMap<String, f64> {
    let Ok(file) = serde_json::from_str::<Value>(text) else {
        return HashMap::new();
    };
    // Ours first: SageMaker's names are the same values there.
    let own = file.get(OWN).and_then(|own| own.get("metrics"));
    let theirs = file.get(format!("{}_metrics", problem_type.key()));
    let metrics = [own, theirs].into_iter().flatten();
    metrics
        .filter_map(Value::as_object)
        .flatten()
        .filter_map(|(name, metric)| Some((name.clone(), metric.get("value")?.as_f64()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_what_is_none_is_left_out() {
        let text = r#"{"version": 0.0, "binary_classification_metrics": {
            "confusion_matrix": {"0": {"0": 1}},
            "recall": {"value": 0.5, "standard_deviation": "NaN"}, "auc": {"value": "NaN"}}}"#;
        let values = baseline_values(text, ProblemType::BinaryClassification);
        assert_eq!(values, HashMap::from([("recall".to_owned(), 0.5)]));
        assert!(baseline_values(text, ProblemType::Regression).is_empty());
        assert!(baseline_values("no json", ProblemType::Regression).is_empty());
    }
}
