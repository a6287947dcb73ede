//! Statistics are in SageMaker's shape, with what it does not know beside.

use groundline_quality::{
    Figure, Interval, Measured, MulticlassState, ProblemType, Reason, SampleMask,
};
use groundline_report::statistics_json;
use serde_json::{Value, json};

fn parsed(measured: &Measured, problem_type: ProblemType) -> Value {
    serde_json::from_str(&statistics_json(measured, problem_type)).unwrap()
}

fn keys(of: &Value) -> Vec<&str> {
    of.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn regression_is_told_in_full() {
    let measured = Measured {
        rows: 9,
        figures: vec![
            Figure::new("mae", 0.5, 9).within(Some(Interval {
                low: 0.25,
                high: 0.75,
            })),
            Figure::new("mse", 1.0, 9).deviating(Some(0.125)),
            Figure::zero("r2", 9, Reason::ConstantLabels),
            Figure::undefined("mape", 9, Reason::ZeroLabels),
        ],
        ..Measured::default()
    };
    let expected = r#"{
  "version": 0.0,
  "regression_metrics": {
    "mae": {
      "value": 0.5,
      "standard_deviation": "NaN"
    },
    "mse": {
      "value": 1.0,
      "standard_deviation": 0.125
    },
    "r2": {
      "value": 0.0,
      "standard_deviation": "NaN"
    }
  },
  "groundline": {
    "rows": 9,
    "metrics": {
      "mae": {
        "value": 0.5,
        "interval": {
          "low": 0.25,
          "high": 0.75
        },
        "n": 9
      },
      "mse": {
        "value": 1.0,
        "standard_deviation": 0.125,
        "n": 9
      },
      "r2": {
        "value": 0.0,
        "n": 9,
        "reason": "constant_labels"
      },
      "mape": {
        "value": null,
        "n": 9,
        "reason": "zero_labels"
      }
    }
  }
}
"#;
    assert_eq!(
        statistics_json(&measured, ProblemType::Regression),
        expected
    );
}

#[test]
fn without_rows_a_metric_of_sagemaker_is_the_text_nan() {
    let measured = MulticlassState::default().finish();
    let file = parsed(&measured, ProblemType::MulticlassClassification);
    let nan = json!({"value": "NaN", "standard_deviation": "NaN"});
    assert_eq!(
        file["multiclass_classification_metrics"]["weighted_f0_5"],
        nan
    );
    let reason = json!({"value": null, "n": 0, "reason": "no_rows"});
    assert_eq!(file["groundline"]["metrics"]["weighted_f0_5"], reason);
}

#[test]
fn several_classes_are_in_their_order_with_every_cell() {
    let mut state = MulticlassState::default();
    for (actual, predicted) in [("10", "9"), ("9", "9"), ("10", "10"), ("9", "9")] {
        state.add(actual, predicted, SampleMask::default()).unwrap();
    }
    let file = parsed(&state.finish(), ProblemType::MulticlassClassification);
    assert_eq!(
        keys(&file),
        ["version", "multiclass_classification_metrics", "groundline"]
    );
    let metrics = &file["multiclass_classification_metrics"];
    let matrix = json!({"9": {"9": 2, "10": 0}, "10": {"9": 1, "10": 1}});
    assert_eq!(metrics["confusion_matrix"].to_string(), matrix.to_string());
    let own_alone = ["mcc", "recall(9)"];
    for metric in own_alone {
        assert!(!keys(metrics).contains(&metric), "{metric}");
        assert!(
            keys(&file["groundline"]["metrics"]).contains(&metric),
            "{metric}"
        );
    }
    assert_eq!(keys(metrics).len(), 1 + 12);
}

#[test]
fn many_classes_have_no_cell_without_rows() {
    let mut state = MulticlassState::default();
    for class in 0..101 {
        let class = class.to_string();
        state.add(&class, &class, SampleMask::default()).unwrap();
    }
    let file = parsed(&state.finish(), ProblemType::MulticlassClassification);
    let matrix = &file["multiclass_classification_metrics"]["confusion_matrix"];
    assert_eq!(matrix["17"], json!({"17": 1}));
    assert_eq!(keys(matrix)[..3], ["0", "1", "2"]);
}

#[test]
fn without_a_probability_auc_is_absent() {
    let measured = Measured {
        figures: vec![
            Figure::new("recall", 0.5, 9),
            Figure::undefined("auc", 9, Reason::NoProbability),
        ],
        ..Measured::default()
    };
    let file = parsed(&measured, ProblemType::BinaryClassification);
    let metrics = &file["binary_classification_metrics"];
    assert_eq!(keys(metrics), ["confusion_matrix", "recall"]);
    assert_eq!(
        file["groundline"]["metrics"]["auc"]["reason"],
        "no_probability"
    );
}
