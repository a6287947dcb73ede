//! Lines that become no row: the reason, what the detail says, and the lines around them.

use crate::table::{decode, finish};
use groundline_capture::{Column, Decoder, Format, Grain, Limits};

const GOOD: &str = r#"{"captureData":{},"eventMetadata":{"eventId":"a"}}"#;

#[track_caller]
fn check(line: &[u8], reason: &str, detail: &str) {
    let text = [GOOD.as_bytes(), b"\n", line, b"\n", GOOD.as_bytes()].concat();
    // A reject never depends on the columns asked for, or on the grain.
    for (grain, columns) in [
        (Grain::Capture, [].as_slice()),
        (Grain::Capture, Column::all()),
        (Grain::Record, Column::all()),
    ] {
        let decoded = decode(Format::EndpointCapture, grain, columns, &text);
        assert_eq!(decoded.rows.len(), 2);
        assert_eq!(decoded.reasons(), [format!("{} {reason}", GOOD.len() + 1)]);
        assert_eq!(decoded.rejects[0].detail, detail);
        assert_eq!(decoded.counts.records, 3);
        assert_eq!(decoded.counts.captures, 2);
    }
}

#[test]
fn text_that_is_not_json_says_what_was_expected_and_where() {
    check(
        b"hello",
        "not_json",
        "expected a value at byte 0 of the record",
    );
    check(
        b"{\"a\":1 \"b\":2}",
        "not_json",
        "expected `,` or `}` at byte 7 of the record",
    );
    check(
        b"{\"a\" 1}",
        "not_json",
        "expected `:` at byte 5 of the record",
    );
    check(
        b"{a:1}",
        "not_json",
        "expected a key in double quotes or `}` at byte 1 of the record",
    );
    check(
        b"{\"a\":1,}",
        "not_json",
        "expected a key in double quotes at byte 7 of the record",
    );
    check(
        b"{\"a\":[1,]}",
        "not_json",
        "expected a value at byte 8 of the record",
    );
    check(
        b"{\"a\":NaN}",
        "not_json",
        "expected a value at byte 5 of the record",
    );
    check(
        b"{\"a\":01}",
        "not_json",
        "expected `,` or `}` at byte 6 of the record",
    );
    check(
        b"{\"a\":\"\\x\"}",
        "not_json",
        "expected a JSON escape at byte 6 of the record",
    );
    check(
        b"{\"a\":\"\\u12g4\"}",
        "not_json",
        "expected four hexadecimal digits after `\\u` at byte 10 of the record",
    );
    check(
        b"{} {}",
        "not_json",
        "expected the end of the record at byte 3 of the record",
    );
}

#[test]
fn a_line_that_ends_inside_a_value_is_truncated() {
    check(
        &GOOD.as_bytes()[..20],
        "truncated",
        "the record ends at byte 20, expected the closing quote of a string",
    );
    check(
        b"{",
        "truncated",
        "the record ends at byte 1, expected a key in double quotes or `}`",
    );
    check(
        b"{\"a\":tr",
        "truncated",
        "the record ends at byte 7, expected true",
    );
    check(
        b"{\"a\":-",
        "truncated",
        "the record ends at byte 6, expected a digit",
    );
    check(
        b"{\"a\":\"\\u00",
        "truncated",
        "the record ends at byte 10, expected four hexadecimal digits after `\\u`",
    );
}

#[test]
fn python_repr_is_told_from_other_text() {
    let says = "written with Python's str(), use json.dumps: found single quotes, None, True or False at byte";
    check(
        b"{'eventMetadata': {'eventId': 'a'}}",
        "python_repr",
        &format!("{says} 1 of the record"),
    );
    check(
        b"{\"a\": None}",
        "python_repr",
        &format!("{says} 6 of the record"),
    );
    check(
        b"{\"a\": [True]}",
        "python_repr",
        &format!("{says} 7 of the record"),
    );
}

#[test]
fn a_wrong_type_names_its_field() {
    for (line, detail) in [
        ("[]", "the record is an array, expected an object"),
        ("\"x\"", "the record is a string, expected an object"),
        (
            r#"{"captureData":"x"}"#,
            "captureData is a string, expected an object",
        ),
        (
            r#"{"captureData":{"endpointOutput":[]}}"#,
            "captureData.endpointOutput is an array, expected an object",
        ),
        (
            r#"{"captureData":{"endpointInput":{"data":{}}}}"#,
            "captureData.endpointInput.data is an object, expected a string",
        ),
        (
            r#"{"captureData":{"endpointOutput":{"encoding":true}}}"#,
            "captureData.endpointOutput.encoding is a boolean, expected a string",
        ),
        (
            r#"{"captureData":{"endpointOutput":{"observedContentType":[]}}}"#,
            "captureData.endpointOutput.observedContentType is an array, expected a string",
        ),
        (
            r#"{"eventMetadata":1}"#,
            "eventMetadata is a number, expected an object",
        ),
        (
            r#"{"eventMetadata":{"eventId":{}}}"#,
            "eventMetadata.eventId is an object, expected a string",
        ),
        (
            r#"{"eventMetadata":{"inferenceId":false}}"#,
            "eventMetadata.inferenceId is a boolean, expected a string",
        ),
        (
            r#"{"eventMetadata":{"inferenceTime":[]}}"#,
            "eventMetadata.inferenceTime is an array, expected a string",
        ),
        (
            r#"{"eventMetadata":{"customAttributes":1}}"#,
            "eventMetadata.customAttributes is a number, expected a list of strings",
        ),
        (
            r#"{"eventMetadata":{"customAttributes":["a",null]}}"#,
            "an element of eventMetadata.customAttributes is null, expected a string",
        ),
    ] {
        check(line.as_bytes(), "wrong_type", detail);
    }
}

#[test]
fn a_capture_without_ids_is_a_reject() {
    let says = "neither eventMetadata.inferenceId nor eventMetadata.eventId is there";
    check(b"{}", "no_id", says);
    check(
        br#"{"eventMetadata":{"eventId":"","inferenceId":null}}"#,
        "no_id",
        says,
    );
}

#[test]
fn a_merged_record_is_no_capture() {
    check(
        br#"{"groundTruthData":{"data":"1"},"captureData":{},"eventMetadata":{"eventId":"a"}}"#,
        "wrong_record",
        "a ground-truth or merged record, not a capture: it has groundTruthData",
    );
}

#[test]
fn bytes_that_are_not_utf8_reject_their_line_only() {
    check(
        b"{\"a\":\"\xff\"}",
        "invalid_utf8",
        "not UTF-8 at byte 6 of the record",
    );
}

#[test]
fn nesting_beyond_the_limit_is_too_deep() {
    let line = format!("{}{}", "{\"a\":".repeat(200), "1");
    check(
        line.as_bytes(),
        "too_deep",
        "nested deeper than the limit at byte 640 of the record",
    );
}

#[test]
fn a_line_over_the_limit_is_not_read() {
    let limits = Limits {
        max_record_bytes: 60,
        ..Limits::default()
    };
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(300));
    let text = format!("{GOOD}\n{long}\n{GOOD}\n");
    let mut decoder = Decoder::new(Format::EndpointCapture, Grain::Capture, &[], limits);
    decoder.decode(text.as_bytes(), 0);
    decoder.reject_too_long(9000, 100, b"{\"z");
    let decoded = finish(decoder);
    assert_eq!(decoded.rows.len(), 2);
    assert_eq!(decoded.reasons(), ["51 too_long", "9000 too_long"]);
    assert_eq!(
        decoded.rejects[0].detail,
        "the record has 308 bytes, the limit is 60"
    );
    assert_eq!(decoded.rejects[0].bytes, &long.as_bytes()[..200]);
    assert_eq!(
        decoded.rejects[1].detail,
        "100 bytes without a record boundary, the limit is 60"
    );
    assert_eq!(decoded.counts.records, 4);
}

#[test]
fn a_record_that_expands_beyond_a_batch_is_too_long() {
    let id = "i".repeat(1 << 20);
    let rows = "1\\n".repeat(4096);
    let line = format!(
        "{{\"captureData\":{{\"endpointOutput\":{{\"data\":\"{rows}\",\"encoding\":\"CSV\"}}}},\"eventMetadata\":{{\"eventId\":\"{id}\"}}}}"
    );
    let decoded = decode(
        Format::EndpointCapture,
        Grain::Record,
        &[Column::Output],
        line.as_bytes(),
    );
    assert_eq!(decoded.reasons(), ["0 too_long"]);
}
