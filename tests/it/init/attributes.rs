//! Problem types and attributes, from outputs and labels.

use super::{BOTH, assert_has, init, lines, merge_unedited, says, small};
use crate::harness::Scratch;

#[test]
fn classes_that_are_not_0_and_1_are_named() {
    let scratch = Scratch::new();
    small(
        &scratch,
        &[("0.9", "True."), ("0.2", "False."), ("0.7", "True.")],
    );
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &[
            "problem_type = \"BinaryClassification\"",
            "probability_attribute = \"0\"",
            "positive_class = \"True.\"",
            "negative_class = \"False.\"",
            "from = \"2026-11-01T05\"",
            "to = \"2026-11-01T06\"",
        ],
    );
    merge_unedited(&scratch);
    let rows = scratch.rows("out/merged");
    assert_eq!(rows[0]["prediction"].as_deref(), Some("True."));
    assert_eq!(rows[0]["label"].as_deref(), Some("True."));
}

#[test]
fn numbers_as_labels_are_regression() {
    let scratch = Scratch::new();
    small(
        &scratch,
        &[("101.5", "99.5"), ("88.25", "90.1"), ("12", "14.5")],
    );
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &[
            "problem_type = \"Regression\"",
            "inference_attribute = \"0\"",
        ],
    );
    merge_unedited(&scratch);
    assert_eq!(
        scratch.rows("out/merged")[0]["prediction_value"].as_deref(),
        Some("101.5")
    );
}

#[test]
fn what_cannot_be_told_stays_open_and_still_merges() {
    let scratch = Scratch::new();
    small(
        &scratch,
        &[("good morning", "1"), ("good evening to you", "0")],
    );
    let findings = init(&scratch, &BOTH);
    let notes = findings["models"][0]["notes"].to_string();
    assert!(notes.contains("problem_type stays open"), "{notes}");
    assert!(
        !lines(&scratch)
            .iter()
            .any(|line| line.starts_with("problem_type"))
    );
    merge_unedited(&scratch);
    assert_eq!(scratch.rows("out/merged").len(), 2);
}

#[test]
fn without_labels_the_outputs_alone_are_described() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let run = scratch
        .run(&["init", "--captures", "captures"])
        .expect_status(0);
    says(&run, &["run it again with --labels"]);
    assert_has(&lines(&scratch), &["probability_attribute = \"0\""]);
}
