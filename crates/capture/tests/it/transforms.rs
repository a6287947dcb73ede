//! Batch transform output (formats.md 2.2).

use arrow::array::{Array, AsArray};

use crate::table::{Decoded, MICROS, TIME, decode, decode_document};
use groundline_capture::{Column, Decoder, Format, Grain, Limits};

const COLUMNS: [Column; 9] = [
    Column::EventId,
    Column::Key,
    Column::InferenceTime,
    Column::RecordIndex,
    Column::RecordCount,
    Column::Input,
    Column::InputEncoding,
    Column::Output,
    Column::OutputEncoding,
];

fn csv(text: &str) -> Decoded {
    decode(
        Format::TransformCsv,
        Grain::Record,
        &COLUMNS,
        text.as_bytes(),
    )
}

fn json(text: &str) -> Decoded {
    decode(
        Format::TransformJson,
        Grain::Record,
        &COLUMNS,
        text.as_bytes(),
    )
}

fn document(text: &str) -> Decoded {
    decode_document(
        Format::TransformJson,
        Grain::Record,
        &COLUMNS,
        text.as_bytes(),
    )
}

#[track_caller]
fn check(decoded: &Decoded, rows: &[String]) {
    assert_eq!(decoded.rejects, []);
    assert_eq!(decoded.rows, rows);
    assert_eq!(decoded.counts.records, rows.len() as u64);
}

/// A row of a record with this id.
fn row(id: &str, rest: &str) -> String {
    format!("- | {id} | {MICROS} | {rest}")
}

/// The id and time members.
fn ids(id: &str) -> String {
    format!("\"SageMakerInferenceId\":\"{id}\",\"SageMakerInferenceTime\":\"{TIME}\"")
}

#[test]
fn the_last_two_fields_of_a_row_are_id_and_time() {
    let text = format!("0.5,a,{TIME}\r\n1,2, 0.25 , b , {TIME} \n\n,c,{TIME}\nd,{TIME}");
    check(
        &csv(&text),
        &[
            row("a", "0 | 1 | - | - | 0.5 | CSV"),
            row("b", "0 | 1 | - | - | 1,2, 0.25 | CSV"),
            row("c", "0 | 1 | - | - |  | CSV"),
            row("d", "0 | 1 | - | - |  | CSV"),
        ],
    );
}

#[test]
fn quoted_fields_may_hold_commas_and_line_feeds() {
    let text = format!("\"say \"\"a,b\"\"\nmore\",0.5,\"id,1\",\"{TIME}\"\n5\" wide,x,{TIME}\n");
    check(
        &csv(&text),
        &[
            row(
                "id,1",
                "0 | 1 | - | - | \"say \"\"a,b\"\"\nmore\",0.5 | CSV",
            ),
            row("x", "0 | 1 | - | - | 5\" wide | CSV"),
        ],
    );
}

#[test]
fn a_row_without_id_and_time_is_a_reject() {
    let decoded = csv(&format!(
        "0.5\n0.5,a\n0.5,a,b\n0.5, ,{TIME}\n0.5,a,{TIME}\n"
    ));
    assert_eq!(
        decoded.reasons(),
        [
            "0 no_inference_id",
            "4 no_inference_id",
            "10 no_inference_id",
            "18 no_inference_id"
        ]
    );
    assert_eq!(decoded.rows.len(), 1);
    assert_eq!(decoded.counts.records, 5);
}

#[test]
fn a_quote_that_never_closes_costs_its_own_line() {
    let decoded = csv(&format!("0.5,a,{TIME}\n\"0.5,b,{TIME}\n0.5,c,{TIME}\n"));
    assert_eq!(decoded.reasons(), ["27 bad_csv"]);
    assert_eq!(decoded.rows.len(), 2);
}

#[test]
fn without_sagemaker_output_the_object_less_its_ids_is_the_output() {
    let text = format!(
        "{{\"score\": 0.5 , {},\"b\":[1]}}\n{{{}}}\n",
        ids("a"),
        ids("b")
    );
    check(
        &json(&text),
        &[
            row("a", "0 | 1 | - | - | {\"score\": 0.5,\"b\":[1]} | JSON"),
            row("b", "0 | 1 | - | - | {} | JSON"),
        ],
    );
}

#[test]
fn sagemaker_output_is_cut_out_and_the_rest_is_the_input() {
    let text = format!(
        "{{{},\"SageMakerInferenceX\":1,\"SageMakerOutput\":{{\"p\": 1}},\"x\":2, \"y\":\"z\"}}\n{{\"SageMakerOutput\":0.25,{}}}",
        ids("a"),
        ids("b")
    );
    check(
        &json(&text),
        &[
            row(
                "a",
                "0 | 1 | {\"x\":2,\"y\":\"z\"} | JSON | {\"p\": 1} | JSON",
            ),
            row("b", "0 | 1 | - | - | 0.25 | JSON"),
        ],
    );
}

#[test]
fn an_output_that_is_a_string_is_its_text() {
    let text = format!(
        "{{\"SageMakerOutput\":\"0.5,\\\"a\\\"\",{}}}\n{{\"SageMakerOutput\":\"{{\\\"p\\\":1}}\",{}}}\n{{\"SageMakerOutput\":null,{}}}",
        ids("a"),
        ids("b"),
        ids("c")
    );
    check(
        &json(&text),
        &[
            row("a", "0 | 1 | - | - | 0.5,\"a\" | CSV"),
            row("b", "0 | 1 | - | - | {\"p\":1} | JSON"),
            row("c", "0 | 1 | - | - | - | -"),
        ],
    );
}

#[test]
fn one_object_for_a_whole_file_gives_its_records_under_one_id() {
    let text = format!(
        "{{{},\n \"SageMakerOutput\":{{\"predictions\":[{{\"s\":1}},\n{{\"s\":2}}]}},\n \"instances\":[{{\"f\":1}},{{\"f\":2}}]}}\n",
        ids("a")
    );
    check(
        &document(&text),
        &[
            row("a", "0 | 2 | {\"f\":1} | JSON | {\"s\":1} | JSON"),
            row("a", "1 | 2 | {\"f\":2} | JSON | {\"s\":2} | JSON"),
        ],
    );
}

#[test]
fn the_object_is_one_row_in_the_capture_grain() {
    let text = format!(
        "{{{},\"SageMakerOutput\":{{\"p\":[{{}},{{}}]}},\"x\":1}}",
        ids("a")
    );
    let decoded = decode(
        Format::TransformJson,
        Grain::Capture,
        &COLUMNS,
        text.as_bytes(),
    );
    check(
        &decoded,
        &[row(
            "a",
            "0 | 2 | {\"x\":1} | JSON | {\"p\":[{},{}]} | JSON",
        )],
    );
}

#[test]
fn elements_of_a_whole_array_are_records() {
    let text = format!(
        "[{{\"s\":1,{}}},\n 5, {{\"s\":2}}, {{\"s\":3,{}}}]",
        ids("a"),
        ids("b")
    );
    for decoded in [document(&text), json(&text.replace('\n', " "))] {
        assert_eq!(
            decoded.rows,
            [
                row("a", "0 | 1 | - | - | {\"s\":1} | JSON"),
                row("b", "0 | 1 | - | - | {\"s\":3} | JSON")
            ]
        );
        assert_eq!(decoded.reasons(), ["86 wrong_type", "89 no_inference_id"]);
    }
}

#[test]
fn an_array_that_is_not_whole_is_one_reject() {
    let decoded = document(&format!("[{{\"s\":1,{}}},\n{{\"s\":2", ids("a")));
    assert_eq!(decoded.reasons(), ["0 truncated"]);
    assert_eq!(decoded.rows.len(), 0);
    assert_eq!(decoded.counts.records, 1);
}

#[test]
fn an_id_may_be_a_number_and_a_time_may_be_missing() {
    let decoded = json(
        "{\"SageMakerInferenceId\":7,\"s\":1}\n{\"SageMakerInferenceId\":8,\"SageMakerInferenceTime\":\"x\"}",
    );
    assert_eq!(
        decoded.rows,
        [
            "- | 7 | - | 0 | 1 | - | - | {\"s\":1} | JSON",
            "- | 8 | - | 0 | 1 | - | - | {} | JSON"
        ]
    );
    assert_eq!(decoded.counts.unreadable_times, 1);
}

#[test]
fn a_document_may_be_blank() {
    let decoded = document("\u{feff} \n");
    assert_eq!(decoded.counts.records, 0);
}

#[test]
fn records_without_sagemakers_id_are_rows_where_it_is_optional() {
    let outputs = |format, text: &str| {
        let columns = [Column::InferenceId, Column::Output];
        let mut decoder = Decoder::new(format, Grain::Record, &columns, Limits::default())
            .with_optional_ids(true);
        decoder.decode(text.as_bytes(), 0);
        assert_eq!(decoder.take_rejects(), []);
        let batch = decoder.finish();
        let text = |column: usize| batch.column(column).as_string::<i32>().clone();
        let (ids, outputs) = (text(0), text(1));
        (0..batch.num_rows())
            .map(|row| {
                (
                    ids.is_valid(row).then(|| ids.value(row).to_owned()),
                    outputs.value(row).to_owned(),
                )
            })
            .collect::<Vec<_>>()
    };
    let no_id = |text: &str| (None, text.to_owned());
    let with_id = |id: &str, text: &str| (Some(id.to_owned()), text.to_owned());
    assert_eq!(
        outputs(
            Format::TransformCsv,
            "c-1,0.5\n0.7\nc-2,0.9,abc,2026-01-02T03:04:05Z\n"
        ),
        [no_id("c-1,0.5"), no_id("0.7"), with_id("abc", "c-2,0.9")]
    );
    assert_eq!(
        outputs(Format::TransformJson, "{\"id\":\"c-1\",\"score\":0.5}\n"),
        [no_id("{\"id\":\"c-1\",\"score\":0.5}")]
    );
}
