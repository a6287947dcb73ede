//! Labels as people write them.

use super::{
    CAPTURES, LABELS, assert_label_rejected, assert_says, buckets, column, counts, inputs, merge,
};
use crate::harness::{capture, label};

#[test]
fn a_label_of_another_length_is_told_with_both_lengths() {
    let scratch = inputs();
    scratch
        .write(
            CAPTURES,
            capture("e1", None, "2026-11-01T05:10:00Z", "0.1\n0.9"),
        )
        .write(LABELS, label("e1", "1\n0\n1"));
    let run = merge(&scratch, &[("output", "json")]).expect_status(0);
    assert_says(
        &run.stderr,
        &[
            "labels with another number of records than their prediction, not used: 1",
            "the label at 2026/11/01/05/l.jsonl:0 is for 3 records",
            "its prediction at ep/v/2026/11/01/05/a.jsonl:0 has 2",
            "hint: give as many labels as the prediction has records, in the same order",
        ],
    );
    assert_eq!(
        buckets(&run, "predictions"),
        counts(&[("read", 2), ("unlabelled", 2)])
    );
    assert_eq!(
        buckets(&run, "labels"),
        counts(&[("read", 1), ("unmatched_inside", 1)])
    );
    let unmatched = scratch.rows("out/unmatched");
    assert_eq!(column(&unmatched, "reason"), ["record_count_differs"]);
}

#[test]
fn a_label_line_written_by_str_is_told_to_use_json_dumps() {
    assert_label_rejected(
        "{'groundTruthData': {'data': '1', 'encoding': 'CSV'}, 'eventMetadata': {'eventId': 'e2'}}",
        "python_repr",
        "written with Python's str(), use json.dumps: found single quotes, None, True or False at byte 1",
    );
}

#[test]
fn a_label_payload_written_by_str_is_told_to_use_json_dumps() {
    assert_label_rejected(
        r#"{"groundTruthData":{"data":"{'label': 1}","encoding":"JSON"},"eventMetadata":{"eventId":"e2"}}"#,
        "python_repr",
        "groundTruthData.data says JSON and is not: written with Python's str(), use json.dumps",
    );
}

#[test]
fn a_label_with_inference_id_in_place_of_event_id_is_told_which_is_matched() {
    assert_label_rejected(
        r#"{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"inferenceId":"e2"}}"#,
        "no_id",
        "has eventMetadata.inferenceId but no eventId; label_id_field = \"inferenceId\" would match by it",
    );
}
