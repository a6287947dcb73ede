//! Lines that are no records.

use super::{
    CAPTURES, assert_capture_rejected, assert_label_rejected, assert_says, column, good, inputs,
    merge,
};
use crate::harness::{capture, label};

#[test]
fn a_truncated_line_is_rejected() {
    let line = good("e2");
    assert_capture_rejected(
        &line.as_bytes()[..100],
        &[],
        "truncated",
        "the record ends at byte 100, expected the closing quote of a string",
        "the writer or the upload stopped inside the record; write the file again",
    );
}

#[test]
fn a_file_that_stops_inside_its_last_line_keeps_the_lines_before() {
    let scratch = inputs();
    let whole = good("e1") + &good("e2");
    scratch.write(CAPTURES, &whole[..whole.len() - 20]);
    let run = merge(&scratch, &[("max-rejects", "1")]).expect_status(0);
    assert_says(
        &run.stderr,
        &["ep/v/2026/11/01/05/a.jsonl:2: truncated: the record ends at byte"],
    );
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1"]);
}

#[test]
fn a_line_that_is_not_json_is_rejected() {
    assert_capture_rejected(
        b"2026-11-01 05:12 INFO started",
        &[],
        "not_json",
        "expected ",
        "write one JSON value a line",
    );
    assert_label_rejected(
        "e2,1",
        "not_json",
        "expected a value at byte 0 of the record",
    );
}

#[test]
fn a_field_of_the_wrong_type_is_named() {
    let hint = "compare the named field with the documented record";
    for (bad, why) in [
        (
            r#"{"captureData":[],"eventMetadata":{"eventId":"e2"}}"#,
            "captureData is an array, expected an object",
        ),
        (
            r#"{"captureData":{"endpointOutput":{"data":{"p":1},"encoding":"CSV"}},"eventMetadata":{"eventId":"e2"}}"#,
            "captureData.endpointOutput.data is an object, expected a string",
        ),
        (
            r#"{"captureData":{"endpointOutput":{"data":"1","encoding":"CSV"}},"eventMetadata":"e2"}"#,
            "eventMetadata is a string, expected an object",
        ),
        (r#"["e2"]"#, "the record is an array, expected an object"),
    ] {
        assert_capture_rejected(bad.as_bytes(), &[], "wrong_type", why, hint);
    }
    assert_label_rejected(
        r#"{"groundTruthData":7,"eventMetadata":{"eventId":"e2"}}"#,
        "wrong_type",
        "groundTruthData is a number, expected an object",
    );
}

#[test]
fn a_record_of_another_kind_says_which() {
    assert_capture_rejected(
        label("e2", "1").trim_end().as_bytes(),
        &[],
        "wrong_record",
        "a ground-truth or merged record, not a capture: it has groundTruthData",
        "point this input at the folder that holds its own kind of file",
    );
    assert_label_rejected(
        good("e2").trim_end(),
        "wrong_record",
        "no groundTruthData, so this is not a ground-truth record",
    );
}

#[test]
fn a_capture_without_any_id_is_rejected() {
    assert_capture_rejected(
        br#"{"captureData":{"endpointOutput":{"data":"1","encoding":"CSV"}},"eventMetadata":{"eventId":""}}"#,
        &[],
        "no_id",
        "neither eventMetadata.inferenceId nor eventMetadata.eventId is there",
        "labels need eventMetadata.eventId (or name their id with --label-id-field), captures an eventId or inferenceId",
    );
}

#[test]
fn a_line_over_the_limit_is_rejected_with_both_sizes() {
    let long = capture("e2", None, "2026-11-01T05:10:00Z", &"7".repeat(300));
    let bytes = long.trim_end().len();
    assert_capture_rejected(
        long.trim_end().as_bytes(),
        &[("max-record-bytes", "400")],
        "too_long",
        &format!("the record has {bytes} bytes, the limit is 400"),
        "raise --max-record-bytes, or look why the record is that long",
    );
}

#[test]
fn a_line_of_just_the_limit_is_read() {
    let scratch = inputs();
    let limit = (good("e1").len() - 1).to_string();
    merge(&scratch, &[("max-record-bytes", &limit)]).expect_status(0);
    let limit = (good("e1").len() - 2).to_string();
    merge(&scratch, &[("max-record-bytes", &limit)]).expect_status(1);
}

#[test]
fn a_line_over_64_mib_is_rejected_by_default() {
    let scratch = inputs();
    let long = capture("e2", None, "2026-11-01T05:10:00Z", &"7".repeat(64 << 20));
    scratch.write(CAPTURES, good("e1") + &long + &good("e3"));
    let run = merge(&scratch, &[("max-rejects", "1")]).expect_status(0);
    assert_says(
        &run.stderr,
        &[
            "a.jsonl:2: too_long: the record has 671",
            "the limit is 67108864",
        ],
    );
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1", "e3"]);
}

/// A capture with this many arrays, one in the other, in a field that nobody reads.
fn nested(levels: usize) -> Vec<u8> {
    let (open, close) = ("[".repeat(levels), "]".repeat(levels));
    good("e2")
        .trim_end()
        .replacen('{', &format!(r#"{{"x":{open}{close},"#), 1)
        .into_bytes()
}

#[test]
fn nesting_beyond_the_limit_is_rejected_and_never_overflows_the_stack() {
    for levels in [128, 200_000] {
        assert_capture_rejected(
            &nested(levels),
            &[],
            "too_deep",
            "nested deeper than the limit at byte",
            "flatten the record, or raise the limit on nesting",
        );
    }
    let scratch = inputs();
    scratch.write(CAPTURES, nested(127));
    merge(&scratch, &[]).expect_status(0);
}

#[test]
fn a_payload_nested_beyond_the_limit_is_text_without_the_attribute() {
    let scratch = inputs();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = capture("e2", None, "2026-11-01T05:10:00Z", &deep).replace(
        r#"000","encoding":"CSV"}},"event"#,
        r#"000","encoding":"JSON"}},"event"#,
    );
    scratch.write(CAPTURES, good("e1") + &deep.replace("CSV", "JSON"));
    merge(&scratch, &[("max-absent", "1")]).expect_status(0);
    assert_eq!(
        column(&scratch.rows("out/merged"), "probability"),
        ["0.9", "null"]
    );
}

#[test]
fn bytes_that_are_not_utf8_are_rejected() {
    let line = good("e2").trim_end().to_owned();
    let at = line.find("e2").unwrap();
    let bad = [
        &line.as_bytes()[..at],
        b"\xff\xfe",
        &line.as_bytes()[at + 2..],
    ]
    .concat();
    assert_capture_rejected(
        &bad,
        &[],
        "invalid_utf8",
        &format!("not UTF-8 at byte {at} of the record"),
        "write the file as UTF-8",
    );
}

#[test]
fn an_output_that_is_no_base64_is_rejected_and_such_an_input_is_not() {
    let output = r#"{"captureData":{"endpointOutput":{"data":"!!!","encoding":"BASE64"}},"eventMetadata":{"eventId":"e2"}}"#;
    assert_capture_rejected(
        output.as_bytes(),
        &[],
        "invalid_base64",
        "the output says BASE64 and is not base64",
        "write the payload in the standard base64 alphabet",
    );
    let scratch = inputs();
    let input = r#"{"captureData":{"endpointInput":{"data":"!!!","encoding":"BASE64"},"endpointOutput":{"data":"0.5","encoding":"CSV"}},"eventMetadata":{"eventId":"e1"}}"#;
    scratch.write(CAPTURES, input);
    merge(&scratch, &[]).expect_status(0);
    assert_eq!(column(&scratch.rows("out/merged"), "input"), ["!!!"]);
}
