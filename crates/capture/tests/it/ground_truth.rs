//! Ground-truth records (formats.md 3.2).

use arrow::array::AsArray;

use crate::table::{Decoded, decode, decode_document};
use groundline_capture::{Column, Decoder, Format, Grain, LabelId, Limits};

const COLUMNS: [Column; 4] = [
    Column::Key,
    Column::Label,
    Column::LabelEncoding,
    Column::Position,
];

fn labels(text: &str) -> Decoded {
    decode(
        Format::GroundTruth,
        Grain::Capture,
        &COLUMNS,
        text.as_bytes(),
    )
}

/// A record with this `groundTruthData`.
fn record(data: &str) -> String {
    format!("{{\"groundTruthData\":{data},\"eventMetadata\":{{\"eventId\":\"k\"}}}}")
}

#[track_caller]
fn check(data: &str, row: &str) {
    let decoded = labels(&record(data));
    assert_eq!(decoded.rejects, []);
    assert_eq!(decoded.rows, [row]);
}

#[track_caller]
fn check_reject(text: &str, reason: &str, detail: &str) {
    let decoded = labels(text);
    assert_eq!(decoded.rows.len(), 0);
    assert_eq!(decoded.reasons(), [format!("0 {reason}")]);
    assert_eq!(decoded.rejects[0].detail, detail);
    assert_eq!(decoded.counts.records, 1);
}

#[test]
fn the_event_id_is_the_key() {
    let text = concat!(
        r#"{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"eventId":"order-7"},"eventVersion":"0"}"#,
        "\r\n\n",
        r#"{"eventMetadata":{"x":1,"eventId":12},"groundTruthData":{"encoding":"CSV","data":"a\u00e9"}}"#,
    );
    let decoded = labels(text);
    assert_eq!(
        decoded.rows,
        ["order-7 | 1 | CSV | 0", "12 | aé | CSV | 109"]
    );
    assert_eq!(decoded.counts.captures, 2);
}

#[test]
fn a_number_is_its_text_and_null_is_null() {
    check(r#"{"data":1.50,"encoding":"CSV"}"#, "k | 1.50 | CSV | 0");
    check(r#"{"data":null,"encoding":"CSV"}"#, "k | - | CSV | 0");
    check("{}", "k | - | - | 0");
    check(r#"{"data":"","encoding":"JSON"}"#, "k |  | JSON | 0");
}

#[test]
fn json_labels_must_be_json_or_lines_of_it() {
    check(
        r#"{"data":"{\"label\": 1}","encoding":"JSON"}"#,
        "k | {\"label\": 1} | JSON | 0",
    );
    check(
        r#"{"data":"1\n0\n","encoding":"JSON"}"#,
        "k | 1\n0\n | JSON | 0",
    );
    check_reject(
        &record(r#"{"data":"yes","encoding":"JSON"}"#),
        "bad_payload",
        "groundTruthData.data says JSON and is not: expected a value at byte 0 of the data",
    );
    check_reject(
        &record(r#"{"data":"{'label': 1}","encoding":"JSON"}"#),
        "python_repr",
        "groundTruthData.data says JSON and is not: written with Python's str(), use json.dumps: found single quotes, None, True or False at byte 1 of the data",
    );
}

#[test]
fn base64_labels_are_decoded() {
    check(
        r#"{"data":"eyJhIjoxfQ==","encoding":"BASE64"}"#,
        "k | {\"a\":1} | JSON | 0",
    );
    check(
        r#"{"data":"eWVz","encoding":"BASE64"}"#,
        "k | yes | CSV | 0",
    );
    check_reject(
        &record(r#"{"data":"?","encoding":"BASE64"}"#),
        "invalid_base64",
        "groundTruthData.data says BASE64 and is not base64",
    );
    check_reject(
        &record(r#"{"data":"//4=","encoding":"BASE64"}"#),
        "invalid_utf8",
        "groundTruthData.data decodes to bytes that are not UTF-8",
    );
}

#[test]
fn a_label_without_event_id_is_a_reject_that_knows_the_usual_mistake() {
    check_reject(
        r#"{"groundTruthData":{"data":"1"},"eventMetadata":{"inferenceId":"a"}}"#,
        "no_id",
        r#"has eventMetadata.inferenceId but no eventId; label_id_field = "inferenceId" would match by it"#,
    );
    for metadata in ["{}", "null", r#"{"eventId":""}"#, r#"{"eventId":null}"#] {
        check_reject(
            &format!("{{\"groundTruthData\":{{\"data\":\"1\"}},\"eventMetadata\":{metadata}}}"),
            "no_id",
            "eventMetadata.eventId is missing or empty",
        );
    }
}

#[test]
fn other_records_and_types_are_rejects() {
    check_reject(
        r#"{"captureData":{},"eventMetadata":{"eventId":"a"}}"#,
        "wrong_record",
        "no groundTruthData, so this is not a ground-truth record",
    );
    check_reject(
        &record(r#"{"data":true}"#),
        "wrong_type",
        "groundTruthData.data is a boolean, expected a string",
    );
    check_reject(
        &record(r#"{"data":[1]}"#),
        "wrong_type",
        "groundTruthData.data is an array, expected a string",
    );
    check_reject(
        "3",
        "wrong_type",
        "the record is a number, expected an object",
    );
    check_reject(
        "{'groundTruthData': 1}",
        "python_repr",
        "written with Python's str(), use json.dumps: found single quotes, None, True or False at byte 1 of the record",
    );
}

#[test]
fn a_list_on_a_line_or_as_the_document_is_its_records() {
    let record = record(r#"{"data":"1","encoding":"CSV"}"#);
    let text = format!("[{record}, {record}]\n{record}");
    let second = 1 + record.len() + 2;
    let third = second + record.len() + 2;
    let rows = [1, second, third].map(|position| format!("k | 1 | CSV | {position}"));
    assert_eq!(labels(&text).rows, rows);
    let text = format!("[{record},\n{record}\n]");
    let decoded = decode_document(
        Format::GroundTruth,
        Grain::Capture,
        &COLUMNS,
        text.as_bytes(),
    );
    assert_eq!(decoded.rows, rows[..2]);
    let text = record.replacen(',', ",\n", 1);
    let decoded = decode_document(
        Format::GroundTruth,
        Grain::Capture,
        &COLUMNS,
        text.as_bytes(),
    );
    assert_eq!(decoded.rows, ["k | 1 | CSV | 0"]);
}

#[test]
fn whether_a_label_is_rejected_does_not_depend_on_the_columns() {
    let text = record(r#"{"data":"yes","encoding":"JSON"}"#);
    let decoded = decode(Format::GroundTruth, Grain::Capture, &[], text.as_bytes());
    assert_eq!(decoded.reasons(), ["0 bad_payload"]);
}

#[test]
fn labels_are_matched_by_the_field_that_was_named() {
    let keys = |field: &str, text: &str| {
        let mut decoder = Decoder::new(
            Format::GroundTruth,
            Grain::Capture,
            &[Column::Key],
            Limits::default(),
        )
        .with_label_id(LabelId::parse(field).unwrap());
        decoder.decode(text.as_bytes(), 0);
        let batch = decoder.finish();
        let column = batch.column(0).as_string::<i32>();
        let found: Vec<String> = column.iter().map(|key| key.unwrap().to_owned()).collect();
        let details: Vec<String> = decoder
            .take_rejects()
            .into_iter()
            .map(|r| r.detail)
            .collect();
        (found, details)
    };
    let line = |id: &str| {
        format!(
            "{{\"groundTruthData\":{{\"data\":\"1\",\"encoding\":\"CSV\"}},\"eventMetadata\":{{\"eventId\":\"e{id}\",\
             \"inferenceId\":\"i{id}\"}},\"order\":{{\"meta\":[1],\"id\":{{\"no\":\"o{id}\"}}}},\"n\":{id}}}\n"
        )
    };
    let text: String = (1..5).map(|id| line(&id.to_string())).collect();
    assert_eq!(keys("inferenceId", &text).0, ["i1", "i2", "i3", "i4"]);
    assert_eq!(
        keys("eventMetadata.eventId", &text).0,
        ["e1", "e2", "e3", "e4"]
    );
    assert_eq!(keys("order.id.no", &text).0, ["o1", "o2", "o3", "o4"]);
    assert_eq!(keys("$.n", &text).0, ["1", "2", "3", "4"]);
    let (found, details) = keys("order.meta.no", &line("1"));
    assert_eq!(
        (found.len(), details),
        (0, vec!["order.meta.no is missing or empty".to_owned()])
    );
}
