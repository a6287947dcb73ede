//! Endpoint captures, one row a line (formats.md 1.2).

use crate::table::{Decoded, MICROS, TIME, decode};
use groundline_capture::{Column, Format, Grain};

const ALL: [Column; 14] = [
    Column::EventId,
    Column::InferenceId,
    Column::InferenceTime,
    Column::Input,
    Column::InputEncoding,
    Column::InputContentType,
    Column::Output,
    Column::OutputEncoding,
    Column::OutputContentType,
    Column::CustomAttributes,
    Column::Position,
    Column::RecordIndex,
    Column::RecordCount,
    Column::Key,
];

fn lines(columns: &[Column], text: &str) -> Decoded {
    decode(
        Format::EndpointCapture,
        Grain::Capture,
        columns,
        text.as_bytes(),
    )
}

#[track_caller]
fn check(columns: &[Column], text: &str, rows: &[&str]) {
    let decoded = lines(columns, text);
    assert_eq!(decoded.rejects, []);
    assert_eq!(decoded.rows, rows);
    assert_eq!(decoded.counts.captures, rows.len() as u64);
    assert_eq!(decoded.counts.records, rows.len() as u64);
}

/// A line whose `eventMetadata` is given.
fn with_metadata(metadata: &str) -> String {
    format!("{{\"captureData\":{{}},\"eventMetadata\":{metadata}}}\n")
}

#[test]
fn every_field_becomes_its_column() {
    let line = format!(
        r#"{{"captureData":{{"endpointInput":{{"observedContentType":"text/csv","mode":"INPUT","data":"3,1.5\n","encoding":"CSV"}},"endpointOutput":{{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.91","encoding":"CSV"}}}},"eventMetadata":{{"eventId":"e-1","inferenceId":"order-7","customAttributes":["a=1","b\u00e9"],"inferenceTime":"{TIME}"}},"eventVersion":"0"}}"#
    );
    let row = format!(
        "e-1 | order-7 | {MICROS} | 3,1.5\n | CSV | text/csv | 0.91 | CSV | text/csv; charset=utf-8 | [a=1;bé] | 0 | 0 | 1 | order-7"
    );
    check(&ALL, &line, &[&row]);
}

#[test]
fn keys_come_in_any_order_and_unknown_fields_are_skipped() {
    let line = r#" { "x" : [1,{"y":null}] , "eventMetadata":{"z":{},"inferenceTime":null,"eventId":"e"},
"captureData":{"w":1,"endpointOutput":{"encoding":"CSV","extra":[[]],"data":"1"}}, "eventVersion":0 }"#
        .replace('\n', "");
    check(
        &[
            Column::Key,
            Column::Output,
            Column::Input,
            Column::InferenceTime,
        ],
        &line,
        &["e | 1 | - | -"],
    );
}

#[test]
fn sides_content_types_and_encodings_may_be_null_or_missing() {
    let text = concat!(
        r#"{"captureData":{"endpointInput":null,"endpointOutput":{"observedContentType":null,"data":"1"}},"eventMetadata":{"eventId":"a"}}"#,
        "\n",
        r#"{"captureData":{"endpointOutput":{"data":null,"encoding":"CSV"}},"eventMetadata":{"eventId":"b"}}"#,
        "\n",
        r#"{"captureData":null,"eventMetadata":{"eventId":"c"}}"#,
        "\n",
        r#"{"eventMetadata":{"eventId":"d"}}"#,
    );
    check(
        &[
            Column::Key,
            Column::Input,
            Column::Output,
            Column::OutputEncoding,
            Column::OutputContentType,
        ],
        text,
        &[
            "a | - | 1 | - | -",
            "b | - | - | CSV | -",
            "c | - | - | - | -",
            "d | - | - | - | -",
        ],
    );
}

#[test]
fn a_repeated_key_counts_by_its_last_value() {
    let text = r#"{"captureData":{"endpointOutput":{"data":"1","data":"2"}},"eventMetadata":{"eventId":"a","inferenceId":"i"},"eventMetadata":{"eventId":"b"}}"#;
    check(
        &[Column::EventId, Column::InferenceId, Column::Output],
        text,
        &["b | - | 2"],
    );
}

#[test]
fn keys_may_be_written_with_escapes() {
    let text = r#"{"capture\u0044ata":{"endpoint\u004Futput":{"dat\u0061":"1"}},"event\u004detadata":{"event\u0049d":"b"}}"#;
    check(&[Column::Key, Column::Output], text, &["b | 1"]);
}

#[test]
fn ids_are_texts_or_numbers_and_empty_ones_are_null() {
    let columns = [Column::EventId, Column::InferenceId, Column::Key];
    check(
        &columns,
        &with_metadata(r#"{"eventId":17,"inferenceId":""}"#),
        &["17 | - | 17"],
    );
    check(
        &columns,
        &with_metadata(r#"{"eventId":null,"inferenceId":1.50}"#),
        &["- | 1.50 | 1.50"],
    );
    check(
        &columns,
        &with_metadata(r#"{"eventId":"a\/\"b","inferenceId":"0"}"#),
        &["a/\"b | 0 | 0"],
    );
}

#[test]
fn a_payload_may_be_a_number() {
    let text = r#"{"captureData":{"endpointOutput":{"data":0.50,"encoding":"JSON"}},"eventMetadata":{"eventId":"a"}}"#;
    check(&[Column::Output], text, &["0.50"]);
}

#[test]
fn times_have_fractions_and_offsets_and_unreadable_ones_are_counted() {
    let text = [
        r#"{"eventId":"a","inferenceTime":"2026-01-02T03:04:05.25Z"}"#,
        r#"{"eventId":"b","inferenceTime":"2026-01-02T05:04:05+02:00"}"#,
        r#"{"eventId":"c","inferenceTime":"yesterday"}"#,
        r#"{"eventId":"d","inferenceTime":1767323045}"#,
        r#"{"eventId":"e","inferenceTime":"2026-01-02T03:04:0\u0035Z"}"#,
        r#"{"eventId":"f"}"#,
    ]
    .map(with_metadata)
    .concat();
    let decoded = lines(&[Column::InferenceTime], &text);
    assert_eq!(
        decoded.rows,
        ["1767323045250000", MICROS, "-", "-", MICROS, "-"]
    );
    assert_eq!(decoded.counts.unreadable_times, 2);
}

#[test]
fn custom_attributes_are_a_list_or_one_text() {
    let columns = [Column::CustomAttributes];
    check(
        &columns,
        &with_metadata(r#"{"eventId":"a","customAttributes":[ "x" , "y\n" ]}"#),
        &["[x;y\n]"],
    );
    check(
        &columns,
        &with_metadata(r#"{"eventId":"a","customAttributes":"x"}"#),
        &["[x]"],
    );
    check(
        &columns,
        &with_metadata(r#"{"eventId":"a","customAttributes":[]}"#),
        &["[]"],
    );
    check(
        &columns,
        &with_metadata(r#"{"eventId":"a","customAttributes":null}"#),
        &["-"],
    );
}

#[test]
fn positions_are_the_first_bytes_of_lines() {
    let line = r#"{"eventMetadata":{"eventId":"a"}}"#;
    let text = format!("\u{feff}{line}\r\n\n  \r\n  {line}\n{line}");
    check(&[Column::Position], &text, &["3", "43", "79"]);
}

#[test]
fn a_byte_order_mark_is_skipped_at_the_start_of_the_object_only() {
    let line = "\u{feff}{\"eventMetadata\":{\"eventId\":\"a\"}}\n".repeat(2);
    let decoded = lines(&[Column::Key], &line);
    assert_eq!(decoded.rows, ["a"]);
    assert_eq!(decoded.reasons(), ["37 not_json"]);
}

#[test]
fn a_row_without_columns_still_counts() {
    let decoded = lines(&[], &with_metadata(r#"{"eventId":"a"}"#).repeat(3));
    assert_eq!(decoded.rows, ["", "", ""]);
}

#[test]
fn columns_of_other_formats_are_null_and_a_column_may_be_asked_for_twice() {
    check(
        &[
            Column::Label,
            Column::Key,
            Column::LabelEncoding,
            Column::Key,
        ],
        &with_metadata(r#"{"eventId":"a"}"#),
        &["- | a | - | a"],
    );
}

#[test]
fn the_record_count_is_known_without_splitting() {
    let text = concat!(
        r#"{"captureData":{"endpointOutput":{"data":"1\n2\n","encoding":"CSV"}},"eventMetadata":{"eventId":"a"}}"#,
        "\n",
        r#"{"captureData":{"endpointOutput":{"data":"?","encoding":"BASE64"}},"eventMetadata":{"eventId":"b"}}"#,
    );
    check(
        &[Column::Output, Column::RecordCount, Column::RecordIndex],
        text,
        &["1\n2\n | 2 | 0", "? | 1 | 0"],
    );
}

#[test]
fn lines_that_look_alike_keep_their_own_values() {
    let line = |id: &str, data: &str, kind: &str, attribute: &str| {
        format!(
            "{{\"captureData\":{{\"endpointOutput\":{{\"data\":\"{data}\",\"observedContentType\":\"{kind}\"}}}},\"eventMetadata\":{{\"eventId\":\"{id}\",\"customAttributes\":[\"{attribute}\"]}}}}\n"
        )
    };
    let text = [
        line("a", "1", "text/csv", "x"),
        line("b", "", "text/csv", "x"),
        line("c\\n", "\\\"2\\\"", "text/csv", "x"),
        line("d", "3", "text/html", "x"),
        line("e", "4", "text/html", "y"),
        line("f", "5", "text/html", "y"),
    ]
    .concat();
    check(
        &[
            Column::EventId,
            Column::Output,
            Column::OutputContentType,
            Column::CustomAttributes,
        ],
        &text,
        &[
            "a | 1 | text/csv | [x]",
            "b |  | text/csv | [x]",
            "c\n | \"2\" | text/csv | [x]",
            "d | 3 | text/html | [x]",
            "e | 4 | text/html | [y]",
            "f | 5 | text/html | [y]",
        ],
    );
}
