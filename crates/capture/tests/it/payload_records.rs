//! Captures with several records: payloads cut to the record (design.md, "Records of a payload").

use crate::table::{Decoded, decode};
use groundline_capture::{Column, Format, Grain};

const COLUMNS: [Column; 6] = [
    Column::RecordIndex,
    Column::RecordCount,
    Column::Input,
    Column::InputEncoding,
    Column::Output,
    Column::OutputEncoding,
];

/// JSON text of one side, `null` where there is none.
fn side(data: Option<&str>, encoding: &str) -> String {
    match data {
        Some(data) => {
            let data = serde_json::to_string(data).unwrap();
            format!("{{\"data\":{data},\"encoding\":\"{encoding}\"}}")
        }
        None => "null".to_owned(),
    }
}

fn cut(input: (Option<&str>, &str), output: (Option<&str>, &str)) -> Decoded {
    let line = format!(
        "{{\"captureData\":{{\"endpointInput\":{},\"endpointOutput\":{}}},\"eventMetadata\":{{\"eventId\":\"e\"}}}}",
        side(input.0, input.1),
        side(output.0, output.1)
    );
    decode(
        Format::EndpointCapture,
        Grain::Record,
        &COLUMNS,
        line.as_bytes(),
    )
}

#[track_caller]
fn check(input: (Option<&str>, &str), output: (Option<&str>, &str), rows: &[&str], whole: u64) {
    let decoded = cut(input, output);
    assert_eq!(decoded.rejects, []);
    assert_eq!(decoded.rows, rows);
    assert_eq!(decoded.counts.input_whole, whole);
    assert_eq!(decoded.counts.records, rows.len() as u64);
    assert_eq!(decoded.counts.captures, 1);
}

#[test]
fn one_row_is_copied_without_its_line_end() {
    check(
        (Some("3,1.5\n"), "CSV"),
        (Some("0.91"), "CSV"),
        &["0 | 1 | 3,1.5 | CSV | 0.91 | CSV"],
        0,
    );
    check(
        (Some("3\r"), "CSV"),
        (Some("0.91\r\n"), "CSV"),
        &["0 | 1 | 3 | CSV | 0.91 | CSV"],
        0,
    );
}

#[test]
fn rows_pair_with_rows() {
    check(
        (Some("1,2\n3,4\n"), "CSV"),
        (Some("0.1\n0.2"), "CSV"),
        &[
            "0 | 2 | 1,2 | CSV | 0.1 | CSV",
            "1 | 2 | 3,4 | CSV | 0.2 | CSV",
        ],
        0,
    );
}

#[test]
fn each_side_has_its_own_encoding() {
    check(
        (Some("1,2\n3,4\n"), "CSV"),
        (
            Some(r#"{"predictions":[{"score":0.1},{"score":0.2}]}"#),
            "JSON",
        ),
        &[
            r#"0 | 2 | 1,2 | CSV | {"score":0.1} | JSON"#,
            r#"1 | 2 | 3,4 | CSV | {"score":0.2} | JSON"#,
        ],
        0,
    );
}

#[test]
fn json_lines_under_encoding_json_are_records() {
    check(
        (Some("{\"x\":1}\n{\"x\":2}"), "JSON"),
        (Some("{\"s\":1}\n{\"s\":2}\n"), "JSON"),
        &[
            "0 | 2 | {\"x\":1} | JSON | {\"s\":1} | JSON",
            "1 | 2 | {\"x\":2} | JSON | {\"s\":2} | JSON",
        ],
        0,
    );
}

#[test]
fn an_input_of_another_count_stays_whole_on_record_0() {
    check(
        (Some("1,2"), "CSV"),
        (Some("0.1\n0.2"), "CSV"),
        &["0 | 2 | 1,2 | CSV | 0.1 | CSV", "1 | 2 | - | - | 0.2 | CSV"],
        1,
    );
    check(
        (Some("1\n2\n"), "CSV"),
        (Some("0.1"), "CSV"),
        &["0 | 1 | 1\n2\n | CSV | 0.1 | CSV"],
        1,
    );
}

#[test]
fn a_missing_input_is_null_and_not_counted() {
    check(
        (None, ""),
        (Some("1\n2"), "CSV"),
        &["0 | 2 | - | - | 1 | CSV", "1 | 2 | - | - | 2 | CSV"],
        0,
    );
}

#[test]
fn without_an_output_the_input_gives_the_records() {
    check(
        (Some("1\n2"), "CSV"),
        (None, ""),
        &["0 | 2 | 1 | CSV | - | -", "1 | 2 | 2 | CSV | - | -"],
        0,
    );
    check((None, ""), (None, ""), &["0 | 1 | - | - | - | -"], 0);
}

#[test]
fn an_empty_payload_is_one_record_with_empty_text() {
    check(
        (Some(""), "CSV"),
        (Some(""), "JSON"),
        &["0 | 1 |  | CSV |  | JSON"],
        0,
    );
}

#[test]
fn base64_is_decoded_when_it_holds_several_records() {
    // {"p":[{"a":1},{"a":2}]} and, for one record, {"a":1}
    check(
        (Some("1\n2"), "CSV"),
        (Some("eyJwIjpbeyJhIjoxfSx7ImEiOjJ9XX0="), "BASE64"),
        &[
            "0 | 2 | 1 | CSV | {\"a\":1} | JSON",
            "1 | 2 | 2 | CSV | {\"a\":2} | JSON",
        ],
        0,
    );
    check(
        (None, ""),
        (Some("eyJhIjoxfQ=="), "base64"),
        &["0 | 1 | - | - | eyJhIjoxfQ== | base64"],
        0,
    );
}

#[test]
fn base64_that_is_not_is_a_reject_in_the_output_and_stays_in_the_input() {
    let decoded = cut((Some("1"), "CSV"), (Some("0.91"), "BASE64"));
    assert_eq!(decoded.reasons(), ["0 invalid_base64"]);
    assert_eq!(decoded.rows.len(), 0);
    check(
        (Some("0.91"), "BASE64"),
        (Some("1"), "CSV"),
        &["0 | 1 | 0.91 | BASE64 | 1 | CSV"],
        0,
    );
    check(
        (Some("0.91"), "BASE64"),
        (Some("1\n2"), "CSV"),
        &["0 | 2 | 0.91 | BASE64 | 1 | CSV", "1 | 2 | - | - | 2 | CSV"],
        1,
    );
}

#[test]
fn text_of_unknown_encoding_is_found_out() {
    check(
        (None, ""),
        (Some("0.1,a\n0.2,b\n"), ""),
        &["0 | 2 | - | - | 0.1,a | CSV", "1 | 2 | - | - | 0.2,b | CSV"],
        0,
    );
    check(
        (None, ""),
        (Some("Dear you,\nbye"), "TEXT"),
        &["0 | 1 | - | - | Dear you,\nbye | TEXT"],
        0,
    );
}

#[test]
fn payloads_nobody_asked_for_do_not_change_the_rows() {
    let line = format!(
        "{{\"captureData\":{{\"endpointInput\":{},\"endpointOutput\":{}}},\"eventMetadata\":{{\"eventId\":\"e\"}}}}",
        side(Some("1"), "CSV"),
        side(Some("1\n2"), "CSV")
    );
    let columns = [Column::RecordIndex, Column::Key];
    let decoded = decode(
        Format::EndpointCapture,
        Grain::Record,
        &columns,
        line.as_bytes(),
    );
    assert_eq!(decoded.rows, ["0 | e", "1 | e"]);
    assert_eq!(decoded.counts.input_whole, 0);
}
