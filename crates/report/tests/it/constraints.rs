//! Constraints are written and read as SageMaker has them, and bad ones say what to do.

use groundline_quality::{
    Comparison, Constraint, Constraints, Figure, Interval, Margin, ProblemType, suggest,
};
use groundline_report::{MOST_BYTES, constraints_json, read_constraints};
use serde_json::Value;

use crate::samples::sample;

const BINARY: Option<ProblemType> = Some(ProblemType::BinaryClassification);

fn read(text: &str) -> Constraints {
    read_constraints(text.as_bytes(), None).unwrap()
}

/// What is said of a file that cannot be read.
fn message(text: &str) -> String {
    read_constraints(text.as_bytes(), BINARY)
        .unwrap_err()
        .to_string()
}

/// The same of one constraint, on recall unless told otherwise.
fn of_constraint(members: &str) -> String {
    message(&format!(
        r#"{{"binary_classification_constraints":{{"recall":{members}}}}}"#
    ))
}

fn constraint(metric: &str, threshold: f64, comparison: Comparison) -> Constraint {
    Constraint {
        metric: metric.to_owned(),
        threshold,
        comparison,
        baseline: None,
        baseline_interval: None,
    }
}

#[test]
fn a_suggested_file_is_sagemakers() {
    let baseline = [Figure::new("r2", -1.5, 50), Figure::new("mae", 0.25, 50)];
    let mut suggested = suggest(ProblemType::Regression, &baseline, Margin::None);
    for constraint in &mut suggested.constraints {
        constraint.baseline = None;
    }
    let expected = r#"{
  "version": 0.0,
  "regression_constraints": {
    "mae": {
      "threshold": 0.25,
      "comparison_operator": "GreaterThanThreshold"
    },
    "r2": {
      "threshold": -1.5,
      "comparison_operator": "LessThanThreshold"
    }
  }
}
"#;
    assert_eq!(constraints_json(&suggested), expected);
}

#[test]
fn what_sagemaker_does_not_know_comes_back_too() {
    let constraints = Constraints {
        problem_type: ProblemType::BinaryClassification,
        margin: Margin::Relative(0.05),
        constraints: vec![
            Constraint {
                baseline: Some(0.8),
                baseline_interval: Some(Interval {
                    low: 0.7,
                    high: 0.9,
                }),
                ..constraint("recall", 0.76, Comparison::LessThan)
            },
            constraint("false_positive_rate", 0.1, Comparison::GreaterThan),
            constraint("mcc", -0.5, Comparison::LessThan),
            constraint("profit per \"customer\"", 1e300, Comparison::LessThan),
        ],
    };
    let text = constraints_json(&constraints);
    assert_eq!(read(&text), constraints);
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        file["binary_classification_constraints"]
            .as_object()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        file["groundline"]["constraints"].as_object().unwrap().len(),
        2
    );
    assert_eq!(file["groundline"]["margin"], "5%");
}

#[test]
fn any_threshold_is_read_as_it_was_written() {
    let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..5_000 {
        bits = bits
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let threshold = f64::from_bits(bits);
        if !threshold.is_finite() {
            continue;
        }
        let constraints = Constraints {
            problem_type: ProblemType::Regression,
            margin: Margin::None,
            constraints: vec![constraint("profit", threshold, Comparison::LessThan)],
        };
        let back = read(&constraints_json(&constraints)).constraints[0].threshold;
        assert_eq!(back.to_bits(), threshold.to_bits(), "{threshold:e}");
    }
}

#[test]
fn sagemakers_baseline_is_read_unchanged() {
    let Some(text) = sample("mq-baseline-binary-churn/2021-05.constraints.reconstructed.json")
    else {
        return;
    };
    let constraints = read_constraints(text.as_bytes(), BINARY).unwrap();
    let metrics: Vec<&str> = constraints
        .constraints
        .iter()
        .map(|c| c.metric.as_str())
        .collect();
    assert_eq!(
        metrics,
        ProblemType::BinaryClassification.constrained_metrics()
    );
    let threshold = |metric: &str| {
        let found = constraints.constraints.iter().find(|c| c.metric == metric);
        found
            .map(|found| (found.threshold, found.comparison))
            .unwrap()
    };
    assert_eq!(threshold("auc"), (0.9395127993393898, Comparison::LessThan));
    assert_eq!(
        threshold("f0_5"),
        (0.8695652173913042, Comparison::LessThan)
    );
    assert_eq!(
        threshold("false_negative_rate"),
        (0.4285714285714286, Comparison::GreaterThan)
    );
    let ours: Value = serde_json::from_str(&constraints_json(&constraints)).unwrap();
    let theirs: Value = serde_json::from_str(&text).unwrap();
    let key = "binary_classification_constraints";
    assert_eq!(ours[key], theirs[key]);
}

#[test]
fn unknown_keys_and_either_spelling_are_read() {
    let held = r#"{"threshold":0.5,"comparison_operator":"LessThanThreshold","additional_properties":null,"note":[1]}"#;
    let text = format!(
        "\u{feff}{{\"binary_classification_constraints\":{{\"truePositiveRate\":{held},\"f1\":{held},\
         \"additional_properties\":null,\"profit\":{held}}},\"regression_constraints\":null,\"extra\":{{}},\
         \"groundline\":{{\"constraints\":{{\"mcc\":{held}}},\"new\":1}}}}"
    );
    let metrics: Vec<String> = read(&text)
        .constraints
        .into_iter()
        .map(|c| c.metric)
        .collect();
    assert_eq!(metrics, ["true_positive_rate", "f1", "profit", "mcc"]);
}

#[test]
fn a_file_that_is_none_says_so() {
    assert_eq!(
        message("{\n  \"a\": x}"),
        "the constraints are not JSON: expected value at line 2 column 8"
    );
    assert!(message("").contains("line 1 column 0"));
    assert!(message(&"[".repeat(100_000)).contains("recursion limit"));
    assert_eq!(message("[]"), "the constraints are JSON, but no object");
    assert_eq!(
        message(r#"{"version":0.0,"binary_classification_metrics":{}}"#),
        "none of the keys `binary_classification_constraints`, `multiclass_classification_constraints`, \
         `regression_constraints` is there, but `version`, `binary_classification_metrics`; is this another file, \
         such as statistics.json?"
    );
    assert!(message("{}").contains("is there, but nothing;"));
    assert_eq!(
        message(r#"{"binary_classification_constraints":[]}"#),
        "`binary_classification_constraints` must be a JSON object"
    );
    assert_eq!(
        message(&" ".repeat(MOST_BYTES + 1)),
        "constraints of 1048577 bytes are more than the 1048576 that are read; is this the right file?"
    );
}

#[test]
fn constraints_of_another_type_are_told_from_the_models() {
    assert_eq!(
        message(r#"{"regression_constraints":{}}"#),
        "`regression_constraints` are constraints of Regression, but the model is of BinaryClassification; \
         give the constraints of a baseline of this model, or change its problem_type"
    );
    assert_eq!(
        message(r#"{"regression_constraints":{},"binary_classification_constraints":{}}"#),
        "both `binary_classification_constraints` and `regression_constraints` are there, but a model is of one \
         problem type; keep one of them"
    );
}

#[test]
fn a_constraint_that_cannot_be_held_names_its_metric() {
    assert_eq!(of_constraint("0.5"), "`recall` must be a JSON object");
    assert_eq!(
        of_constraint(r#"{"threshold":0.5,"comparison_operator":"LessThan"}"#),
        "the constraint on `recall` has \"LessThan\" as comparison_operator; it must be \"LessThanThreshold\" or \
         \"GreaterThanThreshold\""
    );
    assert!(of_constraint(r#"{"threshold":0.5}"#).contains("has nothing as comparison_operator"));
    for (threshold, found) in [("\"NaN\"", "\"NaN\""), ("null", "null"), ("[0]", "[0]")] {
        let members =
            format!(r#"{{"threshold":{threshold},"comparison_operator":"LessThanThreshold"}}"#);
        assert_eq!(
            of_constraint(&members),
            format!("the constraint on `recall` has {found} as threshold; it must be a number")
        );
    }
    let missing = of_constraint(r#"{"comparison_operator":"LessThanThreshold"}"#);
    assert!(missing.contains("has nothing as threshold"), "{missing}");
    let infinite =
        of_constraint(r#"{"threshold":1e999,"comparison_operator":"LessThanThreshold"}"#);
    assert!(
        infinite.contains("number out of range at line 1 column"),
        "{infinite}"
    );
    assert_eq!(
        of_constraint(r#"{"threshold":57,"comparison_operator":"LessThanThreshold"}"#),
        "the constraint on `recall` has the threshold 57, but the metric is always from 0 to 1"
    );
}

#[test]
fn a_metric_is_constrained_once() {
    let held = r#"{"threshold":0.5,"comparison_operator":"LessThanThreshold"}"#;
    assert_eq!(
        message(&format!(
            r#"{{"binary_classification_constraints":{{"true_positive_rate":{held},"truePositiveRate":{held}}}}}"#
        )),
        "`truePositiveRate` is constrained twice; keep one of them"
    );
    let members: Vec<String> = (0..10_001)
        .map(|number| {
            format!(r#""m{number}":{{"threshold":0,"comparison_operator":"LessThanThreshold"}}"#)
        })
        .collect();
    let text = format!(
        r#"{{"binary_classification_constraints":{{{}}}}}"#,
        members.join(",")
    );
    assert_eq!(message(&text), "10001 constraints are more than 10000");
}

#[test]
fn bad_extras_are_named() {
    let with = |own: &str| {
        let held = r#"{"threshold":0.5,"comparison_operator":"LessThanThreshold"}"#;
        message(&format!(
            r#"{{"binary_classification_constraints":{{"f1":{held}}},"groundline":{own}}}"#
        ))
    };
    assert_eq!(with("1"), "`groundline` must be a JSON object");
    assert_eq!(
        with(r#"{"constraints":3}"#),
        "`groundline.constraints` must be a JSON object"
    );
    assert!(
        with(r#"{"margin":5}"#)
            .starts_with("`groundline.margin`: `5` is no margin: give a percentage")
    );
    for baseline in [
        "7",
        "{}",
        r#"{"value":"x"}"#,
        r#"{"value":1,"interval":{"low":0}}"#,
    ] {
        let message = with(&format!(r#"{{"baseline":{{"f1":{baseline}}}}}"#));
        assert!(
            message.starts_with(&format!("`groundline.baseline` has {baseline} of `f1`")),
            "{message}"
        );
    }
}
