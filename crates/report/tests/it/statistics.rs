//! Statistics are in SageMaker's shape, with what it does not know beside.

use groundline_quality::{
    BinaryState, CalibrationBin, Curves, Figure, Interval, Measured, MulticlassState, PrPoint,
    ProblemType, RankState, Reason, RocPoint, SampleMask,
};
use groundline_report::statistics_json;
use serde_json::{Value, json};

use crate::samples::sample;

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
fn without_rows_a_metric_of_sagemaker_is_absent_and_ours_has_the_reason() {
    let measured = MulticlassState::default().finish();
    let file = parsed(&measured, ProblemType::MulticlassClassification);
    let theirs = &file["multiclass_classification_metrics"];
    assert_eq!(keys(theirs), ["confusion_matrix"]);
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

#[test]
fn curves_stand_before_auc_with_their_thresholds_beside() {
    let end = |rate| RocPoint {
        threshold: None,
        false_positive_rate: rate,
        true_positive_rate: rate,
    };
    let point = RocPoint {
        threshold: Some(0.9),
        false_positive_rate: 0.0,
        true_positive_rate: 0.5,
    };
    let start = PrPoint {
        threshold: None,
        precision: 1.0,
        recall: 0.0,
    };
    let measured = Measured {
        figures: vec![
            Figure::new("recall", 0.5, 9),
            Figure::new("auc", 0.75, 9),
            Figure::new("f1", 0.5, 9),
        ],
        curves: Some(Curves {
            roc: vec![end(0.0), point, end(1.0)],
            pr: vec![start],
            distinct_scores: 7,
            complete: false,
        }),
        calibration: vec![CalibrationBin {
            low: 0.0,
            high: 0.1,
            n: 0,
            mean_probability: None,
            observed_rate: None,
            interval: None,
        }],
        ..Measured::default()
    };
    let file = parsed(&measured, ProblemType::BinaryClassification);
    let metrics = &file["binary_classification_metrics"];
    let expected = [
        "confusion_matrix",
        "recall",
        "receiver_operating_characteristic_curve",
        "precision_recall_curve",
        "auc",
        "f1",
    ];
    assert_eq!(keys(metrics), expected);
    let roc =
        json!({"false_positive_rates": [0.0, 0.0, 1.0], "true_positive_rates": [0.0, 0.5, 1.0]});
    assert_eq!(metrics["receiver_operating_characteristic_curve"], roc);
    let pr = json!({"precisions": [1.0], "recalls": [0.0]});
    assert_eq!(metrics["precision_recall_curve"], pr);
    let own = json!({
        "distinct_scores": 7,
        "complete": false,
        "thresholds": {
            "receiver_operating_characteristic_curve": [null, 0.9, null],
            "precision_recall_curve": [null],
        },
    });
    assert_eq!(file["groundline"]["curves"], own);
    let bin =
        json!({"low": 0.0, "high": 0.1, "n": 0, "mean_probability": null, "observed_rate": null});
    assert_eq!(file["groundline"]["calibration"], json!([bin]));
}

/// Whether the printed numbers of SageMaker, most of six digits, are ours.
fn check_numbers(ours: &Value, theirs: &Value) {
    for (key, theirs) in theirs.as_object().unwrap() {
        match theirs["value"].as_f64() {
            Some(value) => {
                let got = ours[key]["value"].as_f64().unwrap();
                assert!((got - value).abs() < 1e-6, "{key}: {got} is not {value}");
            }
            None if key == "confusion_matrix" => assert_eq!(&ours[key], theirs),
            None => {}
        }
    }
}

#[test]
fn a_run_of_sagemaker_is_told_with_its_keys_in_its_order() {
    let rows = sample("churn-test-data/validation_with_predictions.csv");
    let theirs = sample("mq-baseline-binary-churn/2021-05.statistics.reconstructed.json");
    let (Some(rows), Some(theirs)) = (rows, theirs) else {
        return;
    };
    let mut rows: Vec<(f64, bool, bool)> = rows
        .lines()
        .skip(1)
        .map(|row| {
            let columns: Vec<&str> = row.split(',').map(str::trim).collect();
            (
                columns[0].parse().unwrap(),
                columns[1] == "1",
                columns[2] == "1",
            )
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut state = BinaryState::default();
    for (number, (score, predicted, actual)) in rows.iter().enumerate() {
        state.add(
            *actual,
            *predicted,
            Some(*score),
            SampleMask::of_row(number as u64),
        );
    }
    let mut ranks = RankState::new(state.totals(), 1000);
    for (number, (score, _, actual)) in rows.iter().enumerate() {
        ranks.push(*score, *actual, SampleMask::of_row(number as u64));
    }
    let measured = state.finish(Some(&ranks.finish()), ["0", "1"]);
    let ours = parsed(&measured, ProblemType::BinaryClassification);
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    let key = "binary_classification_metrics";
    assert_eq!(keys(&ours[key]), keys(&theirs[key]));
    check_numbers(&ours[key], &theirs[key]);
    let recalls = ours[key]["precision_recall_curve"]["recalls"]
        .as_array()
        .unwrap();
    let head: Vec<f64> = recalls.iter().take(3).filter_map(Value::as_f64).collect();
    assert_eq!(head, [0.0, 1.0 / 28.0, 2.0 / 28.0]);
}
