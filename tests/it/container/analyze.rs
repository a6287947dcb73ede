//! The analysis of merged records.

use std::fs;

use serde_json::{Value, json};

use super::{message, run, tree};
use crate::harness::{Scratch, capture, label};

/// The variables of a scheduled run, as SageMaker sets them, all paths below the scratch folder.
pub(super) const RUN: [(&str, &str); 14] = [
    ("analysis_type", "MODEL_QUALITY"),
    ("baseline_constraints", "ml/constraints/constraints.json"),
    (
        "dataset_format",
        r#"{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}"#,
    ),
    ("dataset_source", "ml/merged"),
    ("end_time", "2026-05-18T01:00:00Z"),
    ("metric_time", "2026-05-18T00:00:00Z"),
    ("output_path", "ml/result"),
    ("probability_attribute", "0"),
    ("probability_threshold_attribute", "0.5"),
    ("problem_type", "BinaryClassification"),
    ("publish_cloudwatch_metrics", "Enabled"),
    ("sagemaker_endpoint_name", "shop"),
    ("sagemaker_monitoring_schedule_name", "shop-hourly"),
    ("start_time", "2026-05-18T00:00:00Z"),
];

/// The run with some variables set otherwise; an empty one is absent.
pub(super) fn changed<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let unchanged = RUN
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    unchanged.chain(changes).copied().collect()
}

/// One merged record of an endpoint; payloads are written as they are given.
pub(super) fn merged(output: &str, encoding: &str, label: &str) -> String {
    let line = json!({
        "eventVersion": "0",
        "groundTruthData": {"data": label, "encoding": if label.starts_with('{') { "JSON" } else { "CSV" }},
        "captureData": {
            "endpointInput": {"data": "3,1", "encoding": "CSV", "mode": "INPUT", "observedContentType": "text/csv"},
            "endpointOutput": {"data": output, "encoding": encoding, "mode": "OUTPUT", "observedContentType": null},
        },
        "eventMetadata": {"eventId": "same", "inferenceId": "same", "inferenceTime": "2026-05-18T00:10:00Z"},
    });
    line.to_string() + "\n"
}

pub(super) const HOUR: &str = "shop/AllTraffic/2026/05/18/00/part-00000.jsonl";

/// Ten records: 3 true positives, 1 false negative, 2 false positives, 4 true negatives; one id for all of them, and one
/// record there twice. And constraints of which two are violated.
fn ten() -> Scratch {
    let scratch = Scratch::new();
    let of = |probability: &str, actual: &str| merged(probability, "CSV", actual);
    let mut lines: Vec<String> = [("0.9", "1"), ("0.8", "1"), ("0.5", "1"), ("0.2", "1")]
        .into_iter()
        .chain([
            ("0.7", "0"),
            ("0.6", "0"),
            ("0.4", "0"),
            ("0.3", "0"),
            ("0.1", "0"),
        ])
        .map(|(probability, actual)| of(probability, actual))
        .collect();
    lines.push(of("0.1", "0"));
    scratch.write(&format!("ml/merged/{HOUR}"), lines.concat());
    let held = |threshold: f64, comparison: &str| json!({"threshold": threshold, "comparison_operator": comparison});
    let constraints = json!({"version": 0.0, "binary_classification_constraints": {
        "recall": held(0.75, "LessThanThreshold"),
        "precision": held(0.7, "LessThanThreshold"),
        "false_positive_rate": held(0.25, "GreaterThanThreshold"),
        "f0_5": held(0.1, "LessThanThreshold"),
    }, "additional_properties": null});
    scratch.write("ml/constraints/constraints.json", constraints.to_string());
    scratch
}

pub(super) fn document(scratch: &Scratch, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(scratch.path(file)).unwrap()).unwrap()
}

#[test]
fn the_files_are_where_sagemaker_puts_them_with_the_numbers_counted_by_hand() {
    let scratch = ten();
    run(&scratch, "analyze", &RUN).expect_status(0);
    assert_eq!(
        tree(&scratch, "ml/result"),
        [
            "constraint_violations.json",
            "constraints.json",
            "statistics.json"
        ]
    );
    assert_eq!(
        message(&scratch).unwrap(),
        "CompletedWithViolations: Job completed successfully with 2 violations."
    );
    let statistics = document(&scratch, "ml/result/statistics.json");
    assert_eq!(statistics["version"], 0.0);
    let metrics = &statistics["binary_classification_metrics"];
    assert_eq!(
        metrics["confusion_matrix"],
        json!({"0": {"0": 4, "1": 2}, "1": {"0": 1, "1": 3}})
    );
    let pairs = 4.0 * 6.0;
    // Of each positive, the negatives below it: 0.9 and 0.8 have six, 0.5 four, 0.2 two.
    let auc = (6.0 + 6.0 + 4.0 + 2.0) / pairs;
    for (metric, value) in [
        ("recall", 0.75),
        ("precision", 0.6),
        ("accuracy", 0.7),
        ("true_positive_rate", 0.75),
        ("true_negative_rate", 1.0 - 2.0 / 6.0),
        ("false_positive_rate", 2.0 / 6.0),
        ("false_negative_rate", 0.25),
        ("auc", auc),
        ("accuracy_best_constant_classifier", 0.6),
        ("recall_best_constant_classifier", 0.0),
    ] {
        assert_eq!(metrics[metric]["value"], value, "{metric}");
        // Fewer than 200 rows.
        assert_eq!(metrics[metric]["standard_deviation"], "NaN", "{metric}");
    }
    assert_eq!(
        document(&scratch, "ml/result/constraint_violations.json"),
        json!({"violations": [
            {"constraint_check_type": "LessThanThreshold",
             "description": "Metric precision with 0.6 +/- NaN was LessThanThreshold '0.7'",
             "metric_name": "precision"},
            {"constraint_check_type": "GreaterThanThreshold",
             "description": "Metric falsePositiveRate with 0.3333333333333333 +/- NaN was GreaterThanThreshold '0.25'",
             "metric_name": "falsePositiveRate"},
        ]})
    );
    let suggested =
        &document(&scratch, "ml/result/constraints.json")["binary_classification_constraints"];
    assert_eq!(
        suggested["precision"],
        json!({"threshold": 0.6, "comparison_operator": "LessThanThreshold"})
    );
    assert_eq!(suggested.as_object().unwrap().len(), 11);
}

#[test]
fn seventeen_points_are_left_for_cloudwatch_where_it_is_enabled() {
    let scratch = ten();
    run(&scratch, "analyze", &RUN).expect_status(0);
    let file = "opt/output/metrics/cloudwatch/cloudwatch_metrics.jsonl";
    let text = fs::read_to_string(scratch.path(file)).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut names: Vec<&str> = lines
        .iter()
        .map(|line| line["MetricName"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accuracy",
            "accuracy_best_constant_classifier",
            "auc",
            "f0_5",
            "f0_5_best_constant_classifier",
            "f1",
            "f1_best_constant_classifier",
            "f2",
            "f2_best_constant_classifier",
            "false_negative_rate",
            "false_positive_rate",
            "precision",
            "precision_best_constant_classifier",
            "recall",
            "recall_best_constant_classifier",
            "true_negative_rate",
            "true_positive_rate",
        ]
    );
    let precision = lines
        .iter()
        .find(|line| line["MetricName"] == "precision")
        .unwrap();
    assert_eq!(precision["Value"], 0.6);
    assert_eq!(precision["Timestamp"], "2026-05-18T00:00:00Z");
    assert_eq!(
        precision["Dimensions"],
        json!([{"Name": "Endpoint", "Value": "shop"}, {"Name": "MonitoringSchedule", "Value": "shop-hourly"}])
    );

    let scratch = ten();
    let disabled = changed(&[("publish_cloudwatch_metrics", "Disabled")]);
    run(&scratch, "analyze", &disabled).expect_status(0);
    assert_eq!(tree(&scratch, "opt"), ["output/message"]);
}

#[test]
fn without_violations_the_list_is_empty_and_the_message_says_so() {
    let scratch = ten();
    scratch.write(
        "ml/constraints/constraints.json",
        r#"{"binary_classification_constraints":{"recall":{"threshold":0.75,"comparison_operator":"LessThanThreshold"}}}"#,
    );
    run(&scratch, "analyze", &RUN).expect_status(0);
    assert_eq!(
        message(&scratch).unwrap(),
        "Completed: Job completed successfully with no violations."
    );
    assert_eq!(
        document(&scratch, "ml/result/constraint_violations.json"),
        json!({"violations": []})
    );
}

#[test]
fn only_hour_folders_of_the_window_count_and_part_files_of_one_hour_add_up() {
    let scratch = ten();
    // As an earlier run leaves it under another name, and hours on both sides of the window.
    scratch.write(
        &format!(
            "ml/merged/{}",
            HOUR.replace("part-00000", "part-00000-4b3e.c000")
        ),
        merged("0.9", "CSV", "1"),
    );
    for hour in ["2026/05/17/23", "2026/05/18/01"] {
        scratch.write(
            &format!("ml/merged/shop/AllTraffic/{hour}/part-00000.jsonl"),
            merged("0.9", "CSV", "0"),
        );
    }
    let matrix = |scratch: &Scratch| {
        document(scratch, "ml/result/statistics.json")["binary_classification_metrics"]["confusion_matrix"].clone()
    };
    run(&scratch, "analyze", &RUN).expect_status(0);
    assert_eq!(
        matrix(&scratch),
        json!({"0": {"0": 4, "1": 2}, "1": {"0": 1, "1": 4}})
    );
    let all = changed(&[("start_time", ""), ("end_time", "")]);
    run(&scratch, "analyze", &all).expect_status(0);
    assert_eq!(
        matrix(&scratch),
        json!({"0": {"0": 4, "1": 4}, "1": {"0": 1, "1": 4}})
    );
}

#[test]
fn records_of_one_line_pair_by_position_in_every_encoding() {
    let scratch = Scratch::new();
    let scored = r#"{"predictions":[{"score":0.9},{"score":0.2},{"score":0.7}]}"#;
    let lines = [
        merged(
            scored,
            "JSON",
            r#"{"instances":[{"label":1},{"label":1},{"label":0}]}"#,
        ),
        merged("0.8\n0.1\n", "CSV", "1\n0\n"),
        // {"score": 0.6}
        merged("eyJzY29yZSI6IDAuNn0=", "BASE64", "1"),
    ];
    let selectors = changed(&[
        ("baseline_constraints", ""),
        ("probability_attribute", "score"),
        ("ground_truth_attribute", "label"),
    ]);
    scratch.write(&format!("ml/merged/{HOUR}"), &lines[0]);
    run(&scratch, "analyze", &selectors).expect_status(0);
    let matrix = |scratch: &Scratch| {
        document(scratch, "ml/result/statistics.json")["binary_classification_metrics"]["confusion_matrix"].clone()
    };
    assert_eq!(
        matrix(&scratch),
        json!({"0": {"0": 0, "1": 1}, "1": {"0": 1, "1": 1}})
    );

    let scratch = Scratch::new();
    scratch.write(&format!("ml/merged/{HOUR}"), &lines[1]);
    let index = changed(&[("baseline_constraints", "")]);
    run(&scratch, "analyze", &index).expect_status(0);
    assert_eq!(
        matrix(&scratch),
        json!({"0": {"0": 1, "1": 0}, "1": {"0": 0, "1": 1}})
    );

    let scratch = Scratch::new();
    let negative = merged("eyJzY29yZSI6IDAuMX0=", "BASE64", "0");
    scratch.write(
        &format!("ml/merged/{HOUR}"),
        [lines[2].clone(), negative].concat(),
    );
    let score = changed(&[
        ("baseline_constraints", ""),
        ("probability_attribute", "score"),
    ]);
    run(&scratch, "analyze", &score).expect_status(0);
    assert_eq!(
        matrix(&scratch),
        json!({"0": {"0": 1, "1": 0}, "1": {"0": 0, "1": 1}})
    );
}

#[test]
fn batch_records_are_found_under_sagemaker_output_as_attributes_name_it() {
    let scratch = Scratch::new();
    let of = |output: &str, label: &str| {
        json!({
            "eventMetadata": {"eventId": "x"},
            "eventVersion": "0",
            "groundTruthData": {"data": label, "encoding": "CSV"},
            "captureData": {"batchTransformOutput": {"data": output, "encoding": "JSON"}},
        })
        .to_string()
            + "\n"
    };
    scratch.write(
        "ml/merged/nightly/2026/05/18/00/part-00000.jsonl",
        [
            of(r#"{"SageMakerOutput":{"score":0.9},"features":[1]}"#, "1"),
            of(r#"{"SageMakerOutput":{"score":0.4},"features":[2]}"#, "0"),
        ]
        .concat(),
    );
    for attribute in ["SageMakerOutput.score", "$.SageMakerOutput.score", "score"] {
        let variables = changed(&[
            ("baseline_constraints", ""),
            (
                "dataset_format",
                r#"{"sagemakerMergeJson":{"captureIndexNames":["batchTransformOutput"]}}"#,
            ),
            ("probability_attribute", attribute),
            ("sagemaker_endpoint_name", ""),
        ]);
        run(&scratch, "analyze", &variables).expect_status(0);
        let statistics = document(&scratch, "ml/result/statistics.json");
        assert_eq!(
            statistics["binary_classification_metrics"]["accuracy"]["value"],
            1.0
        );
    }
    let points =
        fs::read_to_string(scratch.path("opt/output/metrics/cloudwatch/cloudwatch_metrics.jsonl"));
    let first: Value = serde_json::from_str(points.unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(
        first["Dimensions"],
        json!([{"Name": "MonitoringSchedule", "Value": "shop-hourly"}])
    );
}

#[test]
fn records_are_dropped_by_sql_where_a_script_dropped_them() {
    let scratch = ten();
    let variables = changed(&[
        ("baseline_constraints", ""),
        ("GROUNDLINE_WHERE", "CAST(output AS DOUBLE) <> 0.1"),
    ]);
    run(&scratch, "analyze", &variables).expect_status(0);
    let statistics = document(&scratch, "ml/result/statistics.json");
    assert_eq!(
        statistics["binary_classification_metrics"]["confusion_matrix"],
        json!({"0": {"0": 2, "1": 2}, "1": {"0": 1, "1": 3}})
    );
}

/// The two jobs one after the other, as a schedule runs them: hour folders of captures and labels to violations.
#[test]
fn merge_and_analyze_follow_each_other_over_several_hours() {
    let scratch = ten();
    let mut expected = [[0_u64; 2]; 2];
    for hour in 0..3_u64 {
        let (mut captures, mut labels) = (String::new(), String::new());
        for record in 0..40 {
            let id = format!("{hour}-{record}");
            let probability = (record * 7 + hour * 3) % 10;
            let actual = u64::from((record * 13 + hour) % 10 < probability);
            let time = format!("2026-05-18T{hour:02}:{record:02}:00Z");
            captures += &capture(
                &format!("e{id}"),
                Some(&id),
                &time,
                &format!("0.{probability}"),
            );
            if record % 4 != 0 {
                labels += &label(&id, &actual.to_string());
                expected[actual as usize][usize::from(probability >= 5)] += 1;
            }
        }
        let path = format!("2026/05/18/{hour:02}/x.jsonl");
        scratch.write(&format!("ml/input_data/shop/AllTraffic/{path}"), captures);
        scratch.write(&format!("ml/groundtruth/{path}"), labels);
    }
    let job = [
        ("dataset_source", "ml/input_data"),
        ("ground_truth_source", "ml/groundtruth"),
        ("output_path", "ml/joined"),
    ];
    run(&scratch, "merge", &job).expect_status(0);
    let variables = changed(&[
        ("dataset_source", "ml/joined"),
        ("end_time", "2026-05-18T03:00:00Z"),
    ]);
    run(&scratch, "analyze", &variables).expect_status(0);
    let statistics = document(&scratch, "ml/result/statistics.json");
    let [[tn, fp], [fne, tp]] = expected;
    assert_eq!(
        statistics["binary_classification_metrics"]["confusion_matrix"],
        json!({"0": {"0": tn, "1": fp}, "1": {"0": fne, "1": tp}})
    );
    assert_eq!(tn + fp + fne + tp, 90);
}
