//! Bad input: what the user is told (what, where, why, what to do), the exit status, and what is left
//! behind. Every run here is also checked for panics and for half-written files.

use std::collections::BTreeMap;
use std::fs;

use crate::harness::{Row, Run, Scratch, capture, files, label};

const CAPTURES: &str = "cap/ep/v/2026/11/01/05/a.jsonl";
const LABELS: &str = "gt/2026/11/01/05/l.jsonl";
const HOUR_FILE: &str =
    "out/merged/model=default/endpoint=ep/variant=v/date=2026-11-01/hh=05/part-0.parquet";

/// One good capture of 05:00 in `cap`, its label in `gt`.
fn inputs() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .write(CAPTURES, good("e1"))
        .write(LABELS, label("e1", "1"));
    scratch
}

fn good(id: &str) -> String {
    capture(id, None, "2026-11-01T05:10:00Z", "0.9")
}

/// Merges the hour of 05:00. Settings replace the usual ones; `-` leaves one out, an empty one is a switch.
#[track_caller]
fn merge(scratch: &Scratch, settings: &[(&str, &str)]) -> Run {
    let mut all = vec![
        ("captures", "cap"),
        ("labels", "gt"),
        ("out", "out"),
        ("from", "2026-11-01T05"),
        ("to", "2026-11-01T06"),
        ("as-of", "2026-11-02T00:00:00Z"),
        ("probability-attribute", "0"),
    ];
    for setting in settings {
        all.retain(|known| known.0 != setting.0);
        all.push(*setting);
    }
    let mut args = vec!["merge".to_owned()];
    for (key, value) in all.into_iter().filter(|(_, value)| *value != "-") {
        args.push(format!("--{key}"));
        if !value.is_empty() {
            args.push(value.to_owned());
        }
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let run = scratch.run(&args);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert!(!run.stderr.contains("RUST_BACKTRACE"), "{}", run.stderr);
    for file in files(&scratch.path("")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let half = name.contains('#') || name.ends_with(".part") || name.ends_with(".tmp");
        assert!(!half, "{} is left behind", file.display());
    }
    run
}

/// Every part stands in the text.
#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// Nothing was written at all: the fault was found before.
#[track_caller]
fn assert_nothing_written(scratch: &Scratch) {
    assert_eq!(
        files(&scratch.path("out")),
        Vec::<std::path::PathBuf>::new()
    );
}

fn column<'a>(rows: &'a [Row], name: &str) -> Vec<&'a str> {
    rows.iter()
        .map(|row| row.get(name).and_then(Option::as_deref).unwrap_or("null"))
        .collect()
}

/// A ledger side without the buckets that are empty.
fn buckets(run: &Run, side: &str) -> BTreeMap<String, u64> {
    let report = run.json();
    let side = report
        .pointer(&format!("/models/0/ledger/{side}"))
        .unwrap()
        .clone();
    side.as_object()
        .unwrap()
        .iter()
        .filter_map(|(bucket, count)| Some((bucket.clone(), count.as_u64().filter(|n| *n > 0)?)))
        .collect()
}

fn counts(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
    of.iter()
        .map(|(bucket, count)| ((*bucket).to_owned(), *count))
        .collect()
}

/// A bad line between two good captures: the hour is refused with the place, the reason and the way out;
/// with `--max-rejects 1` the good lines survive in both plans and the bad one is a row of `rejects`.
#[track_caller]
fn assert_capture_rejected(
    bad: &[u8],
    settings: &[(&str, &str)],
    reason: &str,
    why: &str,
    hint: &str,
) {
    let scratch = inputs();
    let lines = [good("e1").as_bytes(), bad, b"\n", good("e3").as_bytes()].concat();
    scratch
        .write(CAPTURES, lines)
        .write(LABELS, label("e1", "1") + &label("e3", "0"));

    let run = merge(&scratch, settings).expect_status(1);
    let place = format!("ep/v/2026/11/01/05/a.jsonl:2: {reason}: {why}");
    assert_says(
        &run.stderr,
        &[
            "hour 2026-11-01T05 of ep/v was not written: 1 of 3 records rejected",
            &place,
            "--max-rejects 1 would accept them",
            &format!("hint: {hint}"),
            "error: none of the 1 hours was written",
        ],
    );
    assert!(!scratch.path("out/merged").exists());

    for plan in ["fast", "spilled", "reference"] {
        let accepting = [("max-rejects", "1"), ("plan", plan), ("output", "json")];
        let run = merge(&scratch, &[settings, &accepting].concat()).expect_status(0);
        assert_says(&run.stderr, &[&place]);
        assert_eq!(
            buckets(&run, "predictions"),
            counts(&[("read", 3), ("rejected", 1), ("labelled", 2)])
        );
        let rows = scratch.rows("out/merged");
        assert_eq!(column(&rows, "key"), ["e1", "e3"], "{plan}");
        assert_eq!(column(&rows, "label"), ["1", "0"], "{plan}");
        let rejects = scratch.rows("out/rejects");
        let told = |name| column(&rejects, name).join(" ");
        assert_eq!(told("source"), "predictions");
        assert_eq!(told("file"), "ep/v/2026/11/01/05/a.jsonl");
        assert_eq!(told("position"), good("e1").len().to_string());
        assert_eq!(told("line"), "2");
        assert_eq!(told("reason"), reason);
        assert!(told("detail").contains(why), "{}", told("detail"));
    }
}

/// The same between two good labels; nothing is written, because a reject may be the label of any hour.
#[track_caller]
fn assert_label_rejected(bad: &str, reason: &str, why: &str) {
    let scratch = inputs();
    scratch.write(CAPTURES, good("e1") + &good("e3")).write(
        LABELS,
        format!("{}{bad}\n{}", label("e1", "1"), label("e3", "0")),
    );

    let run = merge(&scratch, &[]).expect_status(1);
    let place = format!("2026/11/01/05/l.jsonl:2: {reason}: {why}");
    assert_says(
        &run.stderr,
        &[
            "error: 1 of 3 label records were rejected, more than --max-rejects 0 accepts",
            &place,
            "hint: mend the label files, or accept rejects with --max-rejects N or --max-rejects P%",
        ],
    );
    assert!(!scratch.path("out/merged").exists());

    for plan in ["fast", "spilled", "reference"] {
        let settings = [("max-rejects", "50%"), ("plan", plan), ("output", "json")];
        let run = merge(&scratch, &settings).expect_status(0);
        assert_eq!(
            buckets(&run, "labels"),
            counts(&[("read", 3), ("rejected", 1), ("matched", 2)]),
            "{plan}"
        );
        assert_eq!(
            column(&scratch.rows("out/merged"), "label"),
            ["1", "0"],
            "{plan}"
        );
        let rejects = scratch.rows("out/rejects");
        let told = |name| column(&rejects, name).join(" ");
        assert_eq!(told("source"), "labels");
        assert_eq!(told("file"), "2026/11/01/05/l.jsonl");
        assert_eq!(told("position"), label("e1", "1").len().to_string());
        assert_eq!(
            (told("line"), told("reason")),
            ("2".into(), reason.to_owned())
        );
    }
}

// Lines that are no records.

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

#[test]
fn several_reasons_are_counted_apart_and_a_share_accepts_them() {
    let scratch = inputs();
    let good: String = (0..17).map(|n| good(&format!("g{n}"))).collect();
    scratch.write(CAPTURES, good + "x\ny\n[]\n");
    let run = merge(&scratch, &[("max-rejects", "14.9%")]).expect_status(1);
    assert_says(
        &run.stderr,
        &[
            "3 of 20 records rejected",
            "--max-rejects 3 would accept them",
        ],
    );
    let run = merge(&scratch, &[("max-rejects", "15%"), ("output", "json")]).expect_status(0);
    assert_says(
        &run.stderr,
        &[
            "2 prediction records rejected: not_json, for example ep/v/2026/11/01/05/a.jsonl:18:",
            "1 prediction records rejected: wrong_type, for example ep/v/2026/11/01/05/a.jsonl:20:",
        ],
    );
    let report = run.json();
    let rejects = report
        .pointer("/models/0/rejects")
        .unwrap()
        .as_array()
        .unwrap()
        .clone();
    let told: Vec<(&str, u64)> = rejects
        .iter()
        .map(|group| {
            let reason = group
                .get("reason")
                .and_then(|reason| reason.as_str())
                .unwrap();
            (
                reason,
                group.get("count").and_then(|count| count.as_u64()).unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("not_json", 2), ("wrong_type", 1)]);
}

#[test]
fn an_hour_over_the_limit_fails_alone() {
    let scratch = inputs();
    scratch.write("cap/ep/v/2026/11/01/06/b.jsonl", good("e2") + "x\n");
    let run = merge(&scratch, &[("to", "2026-11-01T07")]).expect_status(4);
    assert_says(
        &run.stderr,
        &[
            "hour 2026-11-01T06 of ep/v was not written: 1 of 2 records rejected",
            "ep/v/2026/11/01/06/b.jsonl:2: not_json",
            "error: 1 of 2 hours were not written",
        ],
    );
    let written = files(&scratch.path("out/merged"));
    assert_eq!(written, [scratch.path(HOUR_FILE)]);
}

#[test]
fn an_hour_that_fails_keeps_the_file_of_the_run_before() {
    let scratch = inputs();
    merge(&scratch, &[]).expect_status(0);
    let before = scratch.hashes("out/merged");
    let receipts = scratch.hashes("out/_groundline/receipts");
    scratch.write(CAPTURES, good("e1") + "x\n");
    merge(&scratch, &[]).expect_status(1);
    assert_eq!(scratch.hashes("out/merged"), before);
    assert_eq!(scratch.hashes("out/_groundline/receipts"), receipts);
    assert_eq!(before.len(), 1);
}

#[test]
fn no_reject_bytes_keeps_none_and_the_default_keeps_the_first() {
    let scratch = inputs();
    let secret = "patient 4711 ".repeat(40);
    scratch.write(CAPTURES, format!("{}{secret}\n", good("e1")));
    merge(&scratch, &[("max-rejects", "1")]).expect_status(0);
    assert_eq!(
        column(&scratch.rows("out/rejects"), "first_bytes"),
        [&secret[..200]]
    );

    let run = merge(&scratch, &[("max-rejects", "1"), ("no-reject-bytes", "")]).expect_status(0);
    let rejects = scratch.rows("out/rejects");
    assert_eq!(column(&rejects, "first_bytes"), ["null"]);
    assert_eq!(column(&rejects, "line"), ["2"]);
    assert!(!run.stderr.contains("4711") && !run.stdout.contains("4711"));
    for file in files(&scratch.path("out")) {
        let bytes = fs::read(&file).unwrap();
        assert!(
            !bytes.windows(4).any(|four| four == b"4711"),
            "{}",
            file.display()
        );
    }
}

// Labels as people write them.

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

// Batch transforms.

const TRANSFORMS: [(&str, &str); 2] = [("captures", "-"), ("transforms", "tr")];

#[test]
fn a_transform_without_ids_says_so_once_for_a_file() {
    for (name, text, why) in [
        (
            "a.csv.out",
            "0.9\n0.8\n0.7\n",
            "fewer than two fields, expected SageMaker's id and time as the last two",
        ),
        (
            "a.csv.out",
            "1,2,0.9\n1,2,0.8\n3,4,0.7\n",
            "the last field is no time, expected SageMaker's id and time as the last two",
        ),
        (
            "a.jsonl.out",
            "{\"score\":0.9}\n{\"score\":0.8}\n{\"score\":0.7}\n",
            "SageMakerInferenceId is missing or empty",
        ),
    ] {
        let scratch = inputs();
        scratch.write(&format!("tr/2026/11/01/05/{name}"), text);
        let run = merge(&scratch, &TRANSFORMS).expect_status(1);
        assert_says(
            &run.stderr,
            &[
                &format!("2026/11/01/05/{name}:1: no_inference_id: {why}"),
                "3 prediction records rejected: no_inference_id",
                "hint: run the transform with GenerateInferenceId",
                "hour 2026-11-01T05 of _batch/_batch was not written: 3 of 3 records rejected",
            ],
        );
        for line in 2..=3 {
            assert!(
                !run.stderr.contains(&format!("{name}:{line}:")),
                "{}",
                run.stderr
            );
        }
        assert_eq!(run.stderr.matches("hint: run the transform").count(), 1);
        assert!(!scratch.path("out/merged").exists());
    }
}

#[test]
fn an_output_that_nothing_places_in_time_asks_for_the_hour() {
    let scratch = inputs();
    scratch.write("tr/a.csv.out", "0.9,e1,yesterday\n");
    let run = merge(&scratch, &TRANSFORMS).expect_status(1);
    assert_says(
        &run.stderr,
        &[
            "error: nothing says which hour `a.csv.out` belongs to",
            "hint: give the hour with --transform-hour yyyy-mm-ddThh",
        ],
    );
    assert_nothing_written(&scratch);
}

/// A manifest in `tr`, its outputs in `local`, and a file that it must not reach.
fn manifest(text: &str) -> Scratch {
    let scratch = inputs();
    scratch
        .write("tr/output/2026/11/01/05/m.json", text)
        .write("local/a.csv.out", "0.9,e1,2026-11-01T05:00:00Z\n")
        .write("secret.csv.out", "0.9,secret-id,2026-11-01T05:00:00Z\n");
    scratch
}

const MAPPED: [(&str, &str); 3] = [TRANSFORMS[0], TRANSFORMS[1], ("map", "s3://b/out=local")];

#[test]
fn a_manifest_cannot_name_anything_outside_the_mapped_roots() {
    for (text, uri) in [
        (
            r#"[{"prefix":"s3://b/out/"},"../secret.csv.out"]"#,
            "s3://b/out/../secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/out/"},"x/../../secret.csv.out"]"#,
            "s3://b/out/x/../../secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/out/"},"/secret.csv.out"]"#,
            "s3://b/out//secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/"},"secret.csv.out"]"#,
            "s3://b/secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://other/out/"},"a.csv.out"]"#,
            "s3://other/out/a.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/outer/"},"a.csv.out"]"#,
            "s3://b/outer/a.csv.out",
        ),
        (
            r#"[{"prefix":"file:///etc/"},"hostname"]"#,
            "file:///etc/hostname",
        ),
    ] {
        let scratch = manifest(text);
        let run = merge(&scratch, &MAPPED).expect_status(2);
        assert_says(
            &run.stderr,
            &[
                &format!("`{uri}` lies outside the mapped roots (s3://b/out)"),
                "add `--map ",
            ],
        );
        assert_nothing_written(&scratch);
    }
}

#[test]
fn a_manifest_without_map_names_the_map_to_give() {
    let scratch = manifest(r#"[{"prefix":"s3://b/out/"},"a.csv.out"]"#);
    let run = merge(&scratch, &TRANSFORMS).expect_status(2);
    assert_says(
        &run.stderr,
        &["add `--map s3://b/out=LOCAL` if it should be read"],
    );
    merge(&scratch, &MAPPED).expect_status(0);
}

#[test]
fn a_manifest_that_names_what_is_not_there_says_where_it_looked() {
    let scratch = manifest(r#"[{"prefix":"s3://b/out/"},"b.csv.out"]"#);
    let run = merge(&scratch, &MAPPED).expect_status(1);
    assert_says(
        &run.stderr,
        &[
            "manifest `output/2026/11/01/05/m.json` names `s3://b/out/b.csv.out`",
            "there is no `local/b.csv.out`",
            "hint: check the LOCAL part of --map, or copy the file",
        ],
    );
}

#[test]
fn a_manifest_that_is_none_says_what_one_is() {
    for (text, why) in [
        ("{\"prefix\":", "the manifest is not a list at byte 0"),
        (
            "[\"a.csv.out\"]",
            "the first element is not an object with `prefix` at byte 1",
        ),
        (
            "[{\"prefix\":\"s3://b/out/\"},5]",
            "a key is not a string at byte 26",
        ),
    ] {
        let scratch = manifest(text);
        let run = merge(&scratch, &MAPPED).expect_status(1);
        assert_says(
            &run.stderr,
            &["manifest `output/2026/11/01/05/m.json`", why],
        );
    }
}

// Links and folders.

#[cfg(unix)]
#[test]
fn a_link_that_leads_outside_the_captures_is_skipped_and_counted() {
    use std::os::unix::fs::symlink;
    let scratch = inputs();
    scratch
        .write("secret.jsonl", good("secret-1"))
        .write("elsewhere/x.jsonl", good("secret-2"));
    let hour = scratch.path("cap/ep/v/2026/11/01/05");
    symlink(scratch.path("secret.jsonl"), hour.join("s.jsonl")).unwrap();
    symlink(scratch.path("elsewhere"), hour.join("folder")).unwrap();
    symlink(
        "../../../../../../../secret.jsonl",
        hour.join("relative.jsonl"),
    )
    .unwrap();
    let run = merge(&scratch, &[("output", "json")]).expect_status(0);
    let notes = run.json();
    assert_eq!(
        notes
            .pointer("/models/0/ledger/notes/skipped_outside_root")
            .unwrap(),
        3
    );
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_a_mapped_folder_is_refused() {
    let scratch = manifest(r#"[{"prefix":"s3://b/out/"},"l.csv.out"]"#);
    std::os::unix::fs::symlink("../secret.csv.out", scratch.path("local/l.csv.out")).unwrap();
    let run = merge(&scratch, &MAPPED).expect_status(1);
    assert_says(
        &run.stderr,
        &["l.csv.out", "lies outside the declared root"],
    );
    assert!(!run.stderr.contains("secret-id"));
    assert_nothing_written(&scratch);
}

#[test]
fn a_folder_that_is_absent_is_named() {
    for (settings, message) in [
        (
            &[("captures", "nowhere")][..],
            "error: no such folder: `nowhere`",
        ),
        (&[("labels", "nowhere")], "error: no such folder: `nowhere`"),
        (
            &[("captures", "-"), ("transforms", "nowhere")],
            "error: no such folder: `nowhere`",
        ),
        (
            &[
                ("captures", "-"),
                ("transforms", "gt"),
                ("map", "s3://b/out=nowhere"),
            ],
            "error: no such folder: `nowhere`",
        ),
        (
            &[("captures", CAPTURES)],
            "error: `cap/ep/v/2026/11/01/05/a.jsonl` is a file; a folder is expected",
        ),
        (
            &[("captures", "ftp://b/x")],
            "error: `ftp://b/x`: groundline reads s3://, gs://, az://, abfss:// and local paths",
        ),
    ] {
        let scratch = inputs();
        let run = merge(&scratch, settings).expect_status(2);
        assert_says(&run.stderr, &[message]);
        assert_nothing_written(&scratch);
    }
}

#[test]
fn a_folder_of_nothing_says_what_was_expected_below_it() {
    let scratch = inputs();
    fs::create_dir(scratch.path("empty")).unwrap();
    let run = merge(&scratch, &[("captures", "empty")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: `empty` has no {endpoint}/{variant}/yyyy/mm/dd/hh below it; it has: nothing"],
    );
    let run = merge(&scratch, &[("labels", "empty")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: `empty` has no yyyy/mm/dd/hh below it; it has: nothing"],
    );
    assert_nothing_written(&scratch);
}

#[test]
fn a_folder_above_the_captures_names_the_right_one() {
    let scratch = inputs();
    scratch.write("above/data/ep/v/2026/11/01/05/a.jsonl", good("e1"));
    let run = merge(&scratch, &[("captures", "above")]).expect_status(2);
    assert_says(
        &run.stderr,
        &[
            "`above` has no",
            "it has: data/; did you mean `above/data`?",
        ],
    );
    scratch.write("labels-above/gt/2026/11/01/05/l.jsonl", label("e1", "1"));
    let run = merge(&scratch, &[("labels", "labels-above")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["it has: gt/; did you mean `labels-above/gt`?"],
    );
}

#[test]
fn zero_byte_files_are_skipped_and_counted() {
    let scratch = inputs();
    scratch
        .write("cap/ep/v/2026/11/01/05/b.jsonl", "")
        .write("cap/ep/v/2026/11/01/05/c.jsonl.gz", "")
        .write("gt/2026/11/01/05/m.jsonl", "");
    let run = merge(&scratch, &[("output", "json")]).expect_status(0);
    let report = run.json();
    assert_eq!(
        report
            .pointer("/models/0/ledger/notes/skipped_empty")
            .unwrap(),
        3
    );
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1"]);
}

#[test]
fn an_hour_of_nothing_but_zero_byte_files_has_no_input() {
    let scratch = inputs();
    scratch.write(CAPTURES, "");
    let run = merge(&scratch, &[]).expect_status(5);
    assert_says(
        &run.stderr,
        &["no predictions from", "there are none in any hour"],
    );
}

/// gzip of one stored block that claims `length` bytes, with the checksum and length of nothing.
fn gzip(content: &str, length: u16) -> Vec<u8> {
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01".to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(content.as_bytes());
    bytes.extend([0; 8]);
    bytes
}

#[test]
fn a_compressed_file_that_is_broken_fails_its_hour_and_names_the_file() {
    let many: String = (0..2_000).map(|n| good(&format!("g{n}"))).collect();
    for (name, bytes) in [
        ("z.jsonl.gz", b"this is no gzip at all".to_vec()),
        ("z.jsonl.gz", gzip(&good("e9"), 60_000)),
        (
            "z.jsonl.gz",
            gzip(&good("e9"), u16::try_from(good("e9").len()).unwrap()),
        ),
        ("z.jsonl.gz", b"\x1f\x8b\x08".to_vec()),
        ("z.jsonl.zst", b"this is no zstd".to_vec()),
        ("z.jsonl.zst", b"\x28\xb5\x2f\xfd\x04".to_vec()),
    ] {
        let scratch = inputs();
        scratch
            .write(CAPTURES, &many)
            .write(&format!("cap/ep/v/2026/11/01/05/{name}"), &bytes);
        for plan in ["fast", "spilled", "reference"] {
            let run = merge(&scratch, &[("plan", plan), ("max-rejects", "100%")]).expect_status(1);
            let file = format!("cannot read `ep/v/2026/11/01/05/{name}`");
            assert_says(&run.stderr, &[&file, "error: "]);
            assert!(!scratch.path("out/merged").exists(), "{plan} {bytes:?}");
        }
        let labels = format!("gt/2026/11/01/05/{name}");
        let scratch = inputs();
        scratch.write(&labels, &bytes);
        let run = merge(&scratch, &[("max-rejects", "100%")]).expect_status(1);
        assert_says(
            &run.stderr,
            &[&format!("error: cannot read `2026/11/01/05/{name}`")],
        );
        assert!(!scratch.path("out/merged").exists(), "{bytes:?}");
    }
}

// Windows.

#[test]
fn a_window_without_data_names_prefixes_and_the_nearest_hours() {
    let scratch = inputs();
    scratch
        .write("cap/ep/w/2026/11/05/09/b.jsonl", good("e2"))
        .write("cap/other/v/2026/10/05/09/b.jsonl", good("e3"));
    let window = [("from", "2026-11-03T00"), ("to", "2026-11-03T02")];
    let run = merge(&scratch, &window).expect_status(5);
    assert_says(
        &run.stderr,
        &[
            "error: no predictions from 2026-11-03T00 to 2026-11-03T02",
            "looked below cap/ep/v, cap/ep/w, cap/other/v",
            "the nearest hours that have any are 2026-11-01T05 and 2026-11-05T09",
        ],
    );
    let run = merge(&scratch, &[&window[..], &[("endpoint", "other")]].concat()).expect_status(5);
    assert_says(
        &run.stderr,
        &["looked below cap/other/v; the nearest hour that has any is 2026-10-05T09"],
    );
    assert!(!scratch.path("out/merged").exists());
    merge(&scratch, &[&window[..], &[("ok", "no-input")]].concat()).expect_status(0);
    merge(&scratch, &[&window[..], &[("ok", "violations")]].concat()).expect_status(5);
}

#[test]
fn a_window_that_ends_before_it_begins_is_refused() {
    let scratch = inputs();
    for (from, to) in [
        ("2026-11-02T00", "2026-11-01T00"),
        ("2026-11-01T05", "2026-11-01T05"),
    ] {
        let run = merge(&scratch, &[("from", from), ("to", to)]).expect_status(2);
        assert_says(
            &run.stderr,
            &[&format!(
                "error: the window is empty: --from {from} is not before --to {to}"
            )],
        );
    }
    let run = merge(&scratch, &[("from", "2026-13-01T05")]).expect_status(2);
    assert_says(
        &run.stderr,
        &[
            "--from: `2026-13-01T05` is not an hour: ",
            "write it as 2026-11-01T00 (UTC)",
        ],
    );
    assert_nothing_written(&scratch);
}

#[test]
fn a_record_outside_its_folders_hour_stays_and_is_counted() {
    let scratch = inputs();
    let late = capture("e2", None, "2026-11-01T06:00:00Z", "0.2");
    let early = capture("e3", None, "2026-11-01T04:59:59.999Z", "0.3");
    let last = capture("e4", None, "2026-11-01T05:59:59.999Z", "0.4");
    scratch.write(CAPTURES, good("e1") + &late + &early + &last);
    for plan in ["fast", "spilled", "reference"] {
        let run = merge(&scratch, &[("output", "json"), ("plan", plan)]).expect_status(0);
        let report = run.json();
        assert_eq!(
            report
                .pointer("/models/0/ledger/notes/outside_hour")
                .unwrap(),
            2,
            "{plan}"
        );
        assert_says(
            &run.stderr,
            &[
                "records with an inference time outside their folder's hour; they stay in the folder's hour: 2",
            ],
        );
        let rows = scratch.rows("out/merged");
        assert_eq!(column(&rows, "key"), ["e1", "e2", "e3", "e4"]);
        assert_eq!(column(&rows, "hour"), ["2026-11-01T05:00:00Z"; 4]);
    }
}

// The output folder.

#[test]
fn an_output_that_is_a_file_is_refused_and_stays() {
    let scratch = inputs();
    scratch.write("out", "mine");
    let run = merge(&scratch, &[]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: `out` is a file; a folder is expected"],
    );
    assert_eq!(fs::read_to_string(scratch.path("out")).unwrap(), "mine");
    let run = merge(&scratch, &[("out", "out/below")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: cannot write into the folder `out/below`"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_refused() {
    // Nobody, root included, can make a file in a process's folder.
    let scratch = inputs();
    for out in ["/proc/self", "/proc/self/out"] {
        let run = merge(&scratch, &[("out", out)]).expect_status(2);
        assert_says(
            &run.stderr,
            &[
                &format!("error: cannot write into the folder `{out}`"),
                "caused by: ",
            ],
        );
    }
}

#[test]
fn an_output_inside_an_input_is_refused_before_it_is_made() {
    for (settings, input) in [
        (&[("out", "cap")][..], "cap"),
        (&[("out", "cap/out")], "cap"),
        (&[("out", "./cap/../cap/ep/new")], "cap"),
        (&[("out", "gt/2026/out")], "gt"),
        (
            &[("out", "cap/ep/v/out"), ("captures", "cap/ep/v")],
            "cap/ep/v",
        ),
        (
            &[("out", "tr/out"), ("captures", "-"), ("transforms", "tr")],
            "tr",
        ),
    ] {
        let scratch = inputs();
        scratch.write(
            "tr/2026/11/01/05/a.csv.out",
            "0.9,e1,2026-11-01T05:00:00Z\n",
        );
        let before = scratch.hashes("");
        let run = merge(&scratch, settings).expect_status(2);
        let out = settings.first().unwrap().1;
        assert_says(
            &run.stderr,
            &[
                &format!("error: the output `{out}` lies inside the input `{input}`"),
                "hint: choose a folder outside the captures, transforms and labels with --out",
            ],
        );
        assert_eq!(scratch.hashes(""), before);
        assert!(!scratch.path("cap/out").exists() && !scratch.path("cap/ep/new").exists());
    }
}

#[test]
fn an_output_beside_the_variant_that_was_given_is_no_input() {
    let scratch = inputs();
    scratch.write("ep/v/2026/11/01/05/a.jsonl", good("e1"));
    merge(&scratch, &[("captures", "ep/v")]).expect_status(0);
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1"]);
}

#[cfg(unix)]
#[test]
fn an_output_that_a_link_leads_into_an_input_is_refused() {
    let scratch = inputs();
    std::os::unix::fs::symlink("cap", scratch.path("link")).unwrap();
    let run = merge(&scratch, &[("out", "link/out")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["the output `link/out` lies inside the input `cap`"],
    );
    assert!(!scratch.path("cap/out").exists());
}

// Attributes.

/// A capture with a JSON output.
fn json_output(output: &str) -> String {
    let output = serde_json::Value::from(output);
    format!(
        r#"{{"captureData":{{"endpointOutput":{{"data":{output},"encoding":"JSON"}}}},"eventMetadata":{{"eventId":"e1"}}}}"#
    )
}

#[test]
fn an_attribute_that_no_record_has_names_what_is_there() {
    for (capture, settings, message) in [
        (
            json_output(r#"{"prob":0.4,"class":"1"}"#),
            &[("probability-attribute", "score")][..],
            "--probability-attribute `score` has no value in any of 1 outputs; they have: class, prob",
        ),
        (
            json_output(r#"{"predictions":[{"prob":0.4}]}"#),
            &[("probability-attribute", "predictions[0].score")],
            "--probability-attribute `predictions[0].score` has no value in any of 1 outputs; they have: prob",
        ),
        (
            json_output(r#"{"prob":0.4,"class":"1"}"#),
            &[
                ("inference-attribute", "label"),
                ("probability-attribute", "prob"),
            ],
            "--inference-attribute `label` has no value in any of 1 outputs; they have: class, prob",
        ),
        (
            json_output(r#"{"prob":"high"}"#),
            &[("probability-attribute", "prob")],
            "--probability-attribute `prob` is a number in none of 1 outputs; the first value is `high`; they have: prob",
        ),
        (
            good("e1"),
            &[("probability-attribute", "7")],
            "--probability-attribute `7` has no value in any of 1 outputs; they have: 0",
        ),
    ] {
        let scratch = inputs();
        scratch.write(CAPTURES, capture);
        for plan in ["fast", "spilled", "reference"] {
            let run = merge(&scratch, &[settings, &[("plan", plan)]].concat()).expect_status(1);
            let hour = format!("hour 2026-11-01T05 of ep/v was not written: {message}");
            assert_says(&run.stderr, &[&hour]);
            assert!(!scratch.path("out/merged").exists());
        }
    }
}

#[test]
fn an_attribute_that_is_absent_in_some_outputs_is_an_error_beyond_max_absent() {
    let scratch = inputs();
    let without = json_output(r#"{"error":"timeout"}"#).replace("e1", "e2");
    scratch.write(
        CAPTURES,
        format!("{without}\n{}", json_output(r#"{"prob":0.4}"#)),
    );
    let prob = ("probability-attribute", "prob");
    for plan in ["fast", "spilled", "reference"] {
        let run = merge(&scratch, &[prob, ("plan", plan)]).expect_status(1);
        let why = "--probability-attribute `prob` has no value in 1 of 2 outputs; --max-absent 1 would accept them";
        assert_says(&run.stderr, &[why, "; they have: error, prob"]);
    }
    for accepted in ["1", "50%"] {
        merge(&scratch, &[prob, ("max-absent", accepted)]).expect_status(0);
        assert_eq!(
            column(&scratch.rows("out/merged"), "probability"),
            ["null", "0.4"]
        );
    }
}

#[test]
fn a_ground_truth_attribute_that_no_label_has_names_what_is_there() {
    let scratch = inputs();
    scratch.write(
        LABELS,
        r#"{"groundTruthData":{"data":"{\"churned\":1}","encoding":"JSON"},"eventMetadata":{"eventId":"e1"}}"#,
    );
    let run = merge(&scratch, &[("ground-truth-attribute", "label")]);
    assert_says(
        &run.stderr,
        &["--ground-truth-attribute `label`", "churned"],
    );
}

#[test]
fn captures_that_are_given_as_labels_are_recognised() {
    let scratch = inputs();
    let args = "merge --captures cap --labels cap --all --out out";
    let run = scratch.run(&args.split(' ').collect::<Vec<_>>());
    assert_says(
        &run.expect_status(2).stderr,
        &[
            "error: `cap` is given as --labels, but it holds ",
            "hint: give it with --captures",
        ],
    );
}
