//! Baseline jobs and checks on demand: data sets that have label and prediction in columns.

use serde_json::json;

use super::analyze::document;
use super::{message, run, tree};
use crate::harness::Scratch;

/// The variables of a baseline job, all paths below the scratch folder.
const BASELINE: [(&str, &str); 8] = [
    ("analysis_type", "MODEL_QUALITY"),
    (
        "dataset_format",
        r#"{"csv": {"header": true, "output_columns_position": "START"}}"#,
    ),
    ("dataset_source", "ml/baseline_dataset_input"),
    ("ground_truth_attribute", "label"),
    ("inference_attribute", "prediction"),
    ("output_path", "ml/result"),
    ("problem_type", "Regression"),
    ("publish_cloudwatch_metrics", "Disabled"),
];

const CSV: &str = "prediction,label\n1.5,1\n2,4\n3,3\n";

fn changed<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let unchanged = BASELINE
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    unchanged.chain(changes).copied().collect()
}

/// Errors of 0.5, 2 and 0.
#[track_caller]
fn has_the_errors(scratch: &Scratch) {
    let metrics = document(scratch, "ml/result/statistics.json")["regression_metrics"].clone();
    assert_eq!(metrics["mae"]["value"], 2.5 / 3.0);
    assert_eq!(metrics["mse"]["value"], 4.25 / 3.0);
}

#[test]
fn a_baseline_job_writes_statistics_and_the_constraints_at_their_values() {
    let scratch = Scratch::new();
    scratch.write("ml/baseline_dataset_input/data.csv", CSV);
    run(&scratch, "analyze", &BASELINE).expect_status(0);
    assert_eq!(
        tree(&scratch, "ml/result"),
        ["constraints.json", "statistics.json"]
    );
    assert_eq!(
        message(&scratch).unwrap(),
        "Completed: Job completed successfully with no violations."
    );
    has_the_errors(&scratch);
    let constraints = document(&scratch, "ml/result/constraints.json");
    let mae = &constraints["regression_constraints"]["mae"];
    assert_eq!(
        mae,
        &json!({"threshold": 2.5 / 3.0, "comparison_operator": "GreaterThanThreshold"})
    );
    assert!(!scratch.path("opt/output/metrics").exists());
}

#[test]
fn a_check_on_demand_holds_a_table_against_constraints() {
    let scratch = Scratch::new();
    scratch.write("ml/baseline_dataset_input/data.csv", CSV);
    let job = changed(&[("baseline_constraints", "ml/constraints.json")]);
    scratch.write(
        "ml/constraints.json",
        r#"{"regression_constraints":{"mae":{"threshold":0.5,"comparison_operator":"GreaterThanThreshold"}}}"#,
    );
    run(&scratch, "analyze", &job).expect_status(0);
    assert_eq!(
        message(&scratch).unwrap(),
        "CompletedWithViolations: Job completed successfully with 1 violations."
    );
    assert_eq!(tree(&scratch, "ml/result").len(), 3);
    // Its violations are not taken for those of a baseline in the same place.
    run(&scratch, "analyze", &BASELINE).expect_status(0);
    assert_eq!(tree(&scratch, "ml/result").len(), 2);
}

#[test]
fn json_lines_headerless_and_nameless_files_are_read() {
    let scratch = Scratch::new();
    scratch.write(
        "ml/baseline_dataset_input/a.jsonl",
        "{\"p\":{\"v\":1.5},\"y\":1}\n{\"p\":{\"v\":2},\"y\":4}\n{\"p\":{\"v\":3},\"y\":3}\n",
    );
    let lines = changed(&[
        ("dataset_format", r#"{"json":{"lines":true}}"#),
        ("inference_attribute", "p.v"),
        ("ground_truth_attribute", "y"),
    ]);
    run(&scratch, "analyze", &lines).expect_status(0);
    has_the_errors(&scratch);

    for ground_truth in ["_c1", "1"] {
        let scratch = Scratch::new();
        scratch
            .write("ml/baseline_dataset_input/part-0", "1.5,1\n2,4\n")
            .write("ml/baseline_dataset_input/deeper/part-1", "3,3\n")
            .write("ml/baseline_dataset_input/_SUCCESS", "");
        let plain = changed(&[
            ("dataset_format", r#"{"csv":{"header":false}}"#),
            ("inference_attribute", "0"),
            ("ground_truth_attribute", ground_truth),
        ]);
        run(&scratch, "analyze", &plain).expect_status(0);
        has_the_errors(&scratch);
    }
}

#[test]
fn a_data_set_that_is_not_there_or_has_no_such_column_fails_the_job() {
    let scratch = Scratch::new();
    run(&scratch, "analyze", &BASELINE).expect_status(5);
    let absent = message(&scratch).unwrap();
    assert!(
        absent.starts_with(
            "Failed: no data set: `ml/baseline_dataset_input` (dataset_source) is not there"
        ),
        "{absent}"
    );
    scratch.write("ml/baseline_dataset_input/data.csv", CSV);
    let misnamed = changed(&[("ground_truth_attribute", "labels")]);
    run(&scratch, "analyze", &misnamed).expect_status(2);
    let misnamed = message(&scratch).unwrap();
    assert!(
        misnamed.contains("`labels` is no column of `ml/baseline_dataset_input/data.csv`"),
        "{misnamed}"
    );
    assert!(tree(&scratch, "ml/result").is_empty());
}
