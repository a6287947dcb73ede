//! Violations are SageMaker's to the byte.

use groundline_quality::{
    Comparison, Constraint, Constraints, Figure, LEAST_ROWS, Margin, ProblemType, check, snake_case,
};
use groundline_report::{read_constraints, violations_json};
use serde_json::Value;

use crate::samples::sample;

fn constraint(metric: &str, threshold: f64, comparison: Comparison) -> Constraint {
    Constraint {
        metric: metric.to_owned(),
        threshold,
        comparison,
        baseline: None,
        baseline_interval: None,
    }
}

fn constraints(constraints: Vec<Constraint>) -> Constraints {
    Constraints {
        problem_type: ProblemType::BinaryClassification,
        margin: Margin::None,
        constraints,
    }
}

#[test]
fn violations_are_listed_in_the_order_of_the_constraints() {
    let held = constraints(vec![
        constraint("true_positive_rate", 0.75, Comparison::LessThan),
        constraint("f1", 0.5, Comparison::LessThan),
        constraint("auc", 0.5, Comparison::LessThan),
        constraint("false_positive_rate", 0.0, Comparison::GreaterThan),
    ]);
    let figures = [
        Figure::new("false_positive_rate", 0.00042, 500).deviating(Some(0.0001)),
        Figure::new("f1", 0.5, 500),
        Figure::new("true_positive_rate", 0.5, 40),
    ];
    let expected = r#"{
  "violations": [
    {
      "constraint_check_type": "LessThanThreshold",
      "description": "Metric truePositiveRate with 0.5 +/- NaN was LessThanThreshold '0.75'",
      "metric_name": "truePositiveRate"
    },
    {
      "constraint_check_type": "GreaterThanThreshold",
      "description": "Metric falsePositiveRate with 4.2E-4 +/- 1.0E-4 was GreaterThanThreshold '0.0'",
      "metric_name": "falsePositiveRate"
    }
  ]
}
"#;
    assert_eq!(
        violations_json(&check(&held, &figures, LEAST_ROWS)),
        expected
    );
}

#[test]
fn without_violations_the_list_is_empty() {
    assert_eq!(violations_json(&[]), "{\n  \"violations\": []\n}\n");
    let held = constraints(vec![constraint("auc", 0.5, Comparison::LessThan)]);
    let kept = check(&held, &[Figure::new("auc", 0.5, 500)], LEAST_ROWS);
    assert_eq!(violations_json(&kept), "{\n  \"violations\": []\n}\n");
}

/// `Metric NAME with VALUE +/- DEVIATION was …`
fn numbers(description: &str) -> (f64, f64) {
    let words: Vec<&str> = description.split(' ').collect();
    (words[3].parse().unwrap(), words[5].parse().unwrap())
}

#[test]
fn sagemakers_own_run_gives_sagemakers_texts() {
    let baseline = sample("mq-baseline-binary-churn/2021-05.constraints.reconstructed.json");
    let violations =
        sample("mq-execution-binary-churn-2021-05/constraint_violations.reconstructed.json");
    let (Some(baseline), Some(violations)) = (baseline, violations) else {
        return;
    };
    let theirs: Value = serde_json::from_str(&violations).unwrap();
    let theirs = theirs["violations"].as_array().unwrap();
    let figures: Vec<Figure> = theirs
        .iter()
        .map(|violation| {
            let metric = snake_case(violation["metric_name"].as_str().unwrap()).to_owned();
            let (value, deviation) = numbers(violation["description"].as_str().unwrap());
            Figure::new(metric, value, 1892).deviating(Some(deviation))
        })
        .collect();
    let held = read_constraints(baseline.as_bytes(), None).unwrap();
    let mut checks = check(&held, &figures, LEAST_ROWS);
    // Theirs is the order of a hash map.
    let place = |metric: &str| figures.iter().position(|figure| figure.metric == metric);
    checks.sort_by_key(|check| place(&check.constraint.metric));
    assert_eq!(violations_json(&checks).trim_end(), violations.trim_end());
}
