//! What an analysis is not made of: each bad variable, each bad input, each hostile tree.

use std::fs;

use serde_json::json;

use super::analyze::{HOUR, changed, merged};
use super::{message, run, tree};
use crate::harness::Scratch;

const HELD: &str = r#"{"binary_classification_constraints":{"recall":{"threshold":0.5,"comparison_operator":"LessThanThreshold"}}}"#;

/// One record of each class.
fn two() -> Scratch {
    let scratch = Scratch::new();
    let lines = merged("0.9", "CSV", "1") + &merged("0.1", "CSV", "0");
    scratch.write(&format!("ml/merged/{HOUR}"), lines);
    scratch.write("ml/constraints/constraints.json", HELD);
    scratch
}

/// Runs an analysis that fails, and gives its message; nothing may be written.
#[track_caller]
fn refused(scratch: &Scratch, status: i32, changes: &[(&str, &str)]) -> String {
    let ended = run(scratch, "analyze", &changed(changes)).expect_status(status);
    let message = message(scratch).unwrap();
    assert!(message.starts_with("Failed: "), "{message}");
    assert!(message.chars().count() <= 1024);
    let first = message
        .lines()
        .next()
        .unwrap()
        .trim_start_matches("Failed: ");
    assert!(ended.stderr.contains(first), "{}", ended.stderr);
    assert!(tree(scratch, "ml/result").is_empty());
    message
}

#[test]
fn a_bad_variable_is_named_with_its_value_and_an_example() {
    let scratch = two();
    assert_eq!(
        refused(&scratch, 2, &[("problem_type", "binary")]),
        "Failed: the variable `problem_type` is `binary`; expected BinaryClassification, MulticlassClassification or \
         Regression\nin the job's Environment: \"problem_type\": \"BinaryClassification\""
    );
    scratch.write(
        "opt/config/processingjobconfig.json",
        r#"{"Environment":{"analysis_typ":"MODEL_QUALITY"}}"#,
    );
    assert_eq!(
        refused(&scratch, 2, &[("analysis_type", "")]),
        "Failed: the variable `analysis_type` is not set; expected MODEL_QUALITY, which is what groundline measures\n\
         in the job's Environment: \"analysis_type\": \"MODEL_QUALITY\"\n\
         the job's Environment has analysis_typ"
    );
}

#[test]
fn scripts_are_refused_with_what_replaces_them() {
    let scratch = two();
    let script = "/opt/ml/processing/code/p.py";
    let told = refused(&scratch, 2, &[("record_preprocessor_script", script)]);
    assert!(
        told.contains(script) && told.contains("GROUNDLINE_WHERE"),
        "{told}"
    );
    let told = refused(&scratch, 2, &[("post_analytics_processor_script", script)]);
    assert!(told.contains("GROUNDLINE_METRICS_DIR"), "{told}");
}

#[test]
fn constraints_that_cannot_be_held_against_anything_are_refused() {
    let scratch = two();
    let told = refused(&scratch, 1, &[("baseline_constraints", "nowhere.json")]);
    assert!(
        told.contains("cannot use `nowhere.json` (baseline_constraints)"),
        "{told}"
    );
    let cases = [
        ("{", "are not JSON"),
        ("{}", "none of the keys"),
        (
            r#"{"regression_constraints":{"mae":{"threshold":1,"comparison_operator":"GreaterThanThreshold"}}}"#,
            "are constraints of Regression",
        ),
        (
            r#"{"binary_classification_constraints":{"profit":{"threshold":1,"comparison_operator":"LessThanThreshold"}}}"#,
            "constrains `profit`, which nothing measures",
        ),
    ];
    for (text, said) in cases {
        scratch.write("ml/constraints/constraints.json", text);
        let told = refused(&scratch, 2, &[]);
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn without_merged_records_the_folder_and_its_hours_are_told() {
    let scratch = two();
    let told = refused(
        &scratch,
        5,
        &[
            ("start_time", "2026-05-19T00:00:00Z"),
            ("end_time", "2026-05-19T06:00:00Z"),
        ],
    );
    assert!(
        told.starts_with(
            "Failed: no merged records: `ml/merged` (dataset_source) has 1 file in 1 hour from 2026-05-18T00 to \
             2026-05-18T00, none from 2026-05-19T00 to 2026-05-19T06\n"
        ),
        "{told}"
    );
    let told = refused(&scratch, 5, &[("dataset_source", "ml/elsewhere")]);
    assert!(
        told.starts_with("Failed: no merged records: `ml/elsewhere` (dataset_source) is not there"),
        "{told}"
    );
}

#[test]
fn a_line_that_is_no_merged_record_is_told_with_file_and_line() {
    let scratch = two();
    let good = fs::read_to_string(scratch.path(&format!("ml/merged/{HOUR}"))).unwrap();
    scratch.write(
        &format!("ml/merged/{HOUR}"),
        format!("\u{feff}{good}\r\n{{\"x\":1}}\nnothing"),
    );
    assert!(refused(&scratch, 1, &[]).starts_with(&format!(
        "Failed: 2 lines are no merged records; `{HOUR}:4` has no groundTruthData\n"
    )),);
    let accepted = changed(&[("GROUNDLINE_MAX_REJECTS", "2")]);
    run(&scratch, "analyze", &accepted).expect_status(0);
    assert!(message(&scratch).unwrap().starts_with("Completed:"));
}

#[test]
fn a_line_longer_than_a_record_can_be_is_told() {
    let scratch = two();
    let long = merged(&"9".repeat(5000), "CSV", "1");
    scratch.write(
        &format!("ml/merged/{HOUR}"),
        merged("0.9", "CSV", "1") + &long,
    );
    let told = refused(&scratch, 1, &[("GROUNDLINE_MAX_RECORD_BYTES", "4096")]);
    assert!(
        told.contains(&format!("`{HOUR}:2` is longer than 4096 bytes")),
        "{told}"
    );
}

#[test]
fn labels_for_another_number_of_records_are_told_with_file_and_line() {
    let scratch = two();
    let scored = r#"{"predictions":[{"score":0.9},{"score":0.2}]}"#;
    let right = merged(scored, "JSON", r#"{"instances":[{"label":1},{"label":0}]}"#);
    let wrong = merged(
        scored,
        "JSON",
        r#"{"instances":[{"label":1},{"label":0},{"label":0}]}"#,
    );
    scratch.write(&format!("ml/merged/{HOUR}"), right + &wrong);
    let told = refused(
        &scratch,
        1,
        &[
            ("probability_attribute", "score"),
            ("ground_truth_attribute", "label"),
        ],
    );
    assert!(
        told.starts_with(&format!(
            "Failed: 1 records have a label for another number of records, for example {HOUR}:2\n"
        )),
        "{told}"
    );
}

#[test]
fn an_attribute_that_no_record_has_fails_the_job() {
    let scratch = two();
    let told = refused(&scratch, 1, &[("probability_attribute", "7")]);
    assert!(told.contains('7'), "{told}");
}

#[test]
fn labels_of_no_class_fail_the_job_with_an_example() {
    let scratch = two();
    let lines = merged("0.9", "CSV", "maybe") + &merged("0.1", "CSV", "0");
    scratch.write(&format!("ml/merged/{HOUR}"), lines);
    let told = refused(&scratch, 1, &[]);
    assert!(
        told.contains("a label that is neither class, such as `maybe`"),
        "{told}"
    );
}

#[test]
fn rows_without_labels_are_no_success() {
    let scratch = two();
    scratch.write(&format!("ml/merged/{HOUR}"), merged("0.9", "CSV", ""));
    let told = refused(&scratch, 1, &[]);
    assert!(
        told.contains("no row has both a label and a prediction"),
        "{told}"
    );
}

#[test]
fn compressed_parts_are_named() {
    let scratch = two();
    scratch.write(&format!("ml/merged/{HOUR}.gz"), "x");
    let told = refused(&scratch, 1, &[]);
    assert!(
        told.contains(&format!("`{HOUR}.gz` is compressed")),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn links_out_of_the_tree_are_not_followed_and_odd_names_are_read() {
    use std::os::unix::fs::symlink;
    let scratch = two();
    let secret = json!({"groundTruthData": {"data": "1"}}).to_string();
    scratch.write("outside/secret.jsonl", secret);
    let folder = scratch.path("ml/merged/shop/AllTraffic/2026/05/18/00");
    symlink(
        scratch.path("outside/secret.jsonl"),
        folder.join("link.jsonl"),
    )
    .unwrap();
    symlink(scratch.path("outside"), folder.join("linked")).unwrap();
    let odd = "ml/merged/sh op=%2F..x/All#Traffic/2026/05/18/00/p [0]*é.jsonl";
    scratch.write(odd, merged("0.8", "CSV", "1"));
    scratch.write("ml/merged/_SUCCESS", "");
    scratch.write("ml/merged/readme.txt", "not in an hour");
    run(&scratch, "analyze", &changed(&[])).expect_status(0);
    let statistics = super::analyze::document(&scratch, "ml/result/statistics.json");
    assert_eq!(
        statistics["binary_classification_metrics"]["confusion_matrix"],
        json!({"0": {"0": 1, "1": 0}, "1": {"0": 0, "1": 2}})
    );
}

#[test]
fn a_message_that_cannot_be_written_is_no_success() {
    let scratch = two();
    scratch.write("opt/output", "a file where a folder belongs");
    let ended = run(
        &scratch,
        "analyze",
        &changed(&[("publish_cloudwatch_metrics", "")]),
    );
    let ended = ended.expect_status(1);
    assert!(
        ended.stderr.contains("cannot write `opt/output/message`"),
        "{}",
        ended.stderr
    );
}
