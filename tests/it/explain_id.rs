//! `groundline explain-id` over a few records: what it tells, and in which form.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Scratch, capture, label};

const INPUTS: [&str; 2] = ["--captures=captures", "--labels=labels"];

/// `WHAT ID: OUTCOME` of each occurrence.
fn outcomes(scratch: &Scratch, id: &str, flags: &[&str]) -> Vec<String> {
    let args = [&["explain-id", id, "--output=ndjson"], &INPUTS[..], flags].concat();
    let run = scratch.run(&args).expect_status(0);
    let lines = run.stdout.lines().map(|line| {
        let one: Value = serde_json::from_str(line).unwrap();
        format!("{} {}: {}", one["what"], one["id"], one["outcome"]).replace('"', "")
    });
    lines.collect()
}

fn unmatched_reasons(scratch: &Scratch, flags: &[&str]) -> Vec<[Option<String>; 2]> {
    let merge = ["merge", "--out=out", "--all", "--max-rejects=100%"];
    scratch
        .run(&[&merge, &INPUTS[..], flags].concat())
        .expect_status(0);
    let rows = scratch.rows("out/unmatched");
    rows.iter()
        .map(|row| [row["key"].clone(), row["reason"].clone()])
        .collect()
}

#[test]
fn a_label_that_a_prediction_with_another_id_takes_is_told_so() {
    let scratch = Scratch::new();
    let time = "2026-11-01T00:10:00Z";
    let captures = [
        capture("E1", Some("M1"), time, "0.9"),
        // Not asked for, and the one whose label this is.
        capture("e1", None, time, "0.9"),
    ];
    scratch.write("captures/ep/v/2026/11/01/00/x.jsonl", captures.concat());
    let labels = label("M1", "1") + &label("e1", "0");
    scratch.write("labels/2026/11/01/01/x.jsonl", labels);
    assert!(unmatched_reasons(&scratch, &[]).is_empty());
    assert_eq!(
        outcomes(&scratch, "m1", &[]),
        [
            "prediction M1: labelled `1` at 2026/11/01/01/x.jsonl:1",
            "label M1: matched: chosen for a prediction",
            "label e1: matched: chosen for a prediction",
        ]
    );
}

#[test]
fn the_event_id_of_a_filtered_capture_explains_no_more_than_in_the_merge() {
    let scratch = Scratch::new();
    let captures = capture("e-1", Some("i-1"), "2026-11-01T00:10:00Z", "0.9")
        + &capture("e-2", None, "2026-11-01T00:10:00Z", "0.9");
    scratch.write("captures/ep/v/2026/11/01/00/x.jsonl", captures);
    let labels = label("e-1", "1") + &label("i-1", "1");
    scratch.write("labels/2026/11/01/01/x.jsonl", labels);
    let flags = ["--where=inference_id is null"];
    let of = |key: &str, reason: &str| [key, reason].map(|text| Some(text.to_owned()));
    assert_eq!(
        unmatched_reasons(&scratch, &flags),
        [of("e-1", "unknown_id"), of("i-1", "prediction_filtered")]
    );
    let told = outcomes(&scratch, "e-1", &flags);
    assert_eq!(told[1], "label e-1: unmatched, unknown_id");
    let near = "i-1 at ep/v/2026/11/01/00/x.jsonl:1";
    assert_eq!(
        told[2],
        format!("label i-1: unmatched, prediction_filtered: nearest {near}")
    );
}

#[test]
fn a_label_without_a_value_is_taken_and_labels_nothing() {
    let scratch = Scratch::new();
    let time = "2026-11-01T00:10:00Z";
    let captures: String = ["a", "b"]
        .map(|id| capture(id, None, time, "0.9\n0.1"))
        .concat();
    scratch.write("captures/ep/v/2026/11/01/00/x.jsonl", captures);
    let labels = label("a", "") + &label("b", "1\n\"\"");
    scratch.write("labels/2026/11/01/01/x.jsonl", labels);
    assert_eq!(
        outcomes(&scratch, "a", &[]),
        [
            "prediction a: unlabelled: its label has no value at 2026/11/01/01/x.jsonl:1",
            "prediction a: unlabelled: its label has no value at 2026/11/01/01/x.jsonl:1",
            "label a: matched: chosen for a prediction, which stays unlabelled, because the label has no value",
        ]
    );
    assert_eq!(
        outcomes(&scratch, "b", &[]),
        [
            "prediction b: labelled `1` at 2026/11/01/01/x.jsonl:2",
            "prediction b: unlabelled: its label has no value at 2026/11/01/01/x.jsonl:2",
            "label b: matched: chosen for a prediction",
        ]
    );
    let merge = ["merge", "--out=out", "--all", "--output=json"];
    let run = scratch
        .run(&[&merge, &INPUTS[..]].concat())
        .expect_status(0);
    let ledger = &run.json()["models"][0]["ledger"]["predictions"];
    assert_eq!(
        (&ledger["labelled"], &ledger["unlabelled"]),
        (&1.into(), &3.into())
    );
}

#[test]
fn a_prediction_without_an_output_is_told_so_before_its_label() {
    let scratch = Scratch::new();
    let line = capture("a", None, "2026-11-01T00:10:00Z", "0.9");
    let (start, rest) = line.split_once(r#","endpointOutput":{"#).unwrap();
    let (_, end) = rest.split_once('}').unwrap();
    scratch.write(
        "captures/ep/v/2026/11/01/00/x.jsonl",
        format!("{start}{end}"),
    );
    scratch.write("labels/2026/11/01/01/x.jsonl", label("a", "1"));
    let told = outcomes(&scratch, "a", &[]);
    let label = "labelled `1` at 2026/11/01/01/x.jsonl:1";
    let expected = format!("prediction a: no_output: it has no output; {label}");
    assert_eq!(told[0], expected);
}

#[test]
fn records_of_one_payload_are_told_apart_in_every_form() {
    let scratch = Scratch::new();
    let captures = capture("a", None, "2026-11-01T00:10:00Z", "0.9\n0.1");
    scratch.write("captures/ep/v/2026/11/01/00/x.jsonl", captures);
    scratch.write("labels/2026/11/01/01/x.jsonl", label("a", "1\n0"));
    let run = |form: &str| {
        let form = format!("--output={form}");
        let args = [&["explain-id", "a", &form], &INPUTS[..]].concat();
        scratch.run(&args).expect_status(0).stdout
    };
    let table = run("table");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows[0][6..8], ["record_index", "outcome"], "{table}");
    assert_eq!(rows[2][6], "0", "{table}");
    assert_eq!(rows[3][6], "1", "{table}");
    assert_eq!(rows[4][6], "", "{table}");

    let csv = run("csv");
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<BTreeMap<&str, &str>> = lines
        .map(|line| header.iter().copied().zip(line.split(',')).collect())
        .collect();
    let of = |row: &BTreeMap<&str, &str>| {
        ["model", "what", "id", "line", "record_index", "status"].map(|name| row[name].to_owned())
    };
    assert_eq!(rows.len(), 3, "{csv}");
    assert_eq!(
        of(&rows[0]),
        ["default", "prediction", "a", "1", "0", "labelled"]
    );
    assert_eq!(
        of(&rows[1]),
        ["default", "prediction", "a", "1", "1", "labelled"]
    );
    assert_eq!(of(&rows[2]), ["default", "label", "a", "1", "", "matched"]);

    let json: Value = serde_json::from_str(&run("json")).unwrap();
    let occurrences = json["models"][0]["occurrences"].as_array().unwrap();
    let indices: Vec<&Value> = occurrences.iter().map(|one| &one["record_index"]).collect();
    assert_eq!(indices, [&Value::from(0), &Value::from(1), &Value::Null]);
}

#[test]
fn an_id_that_stands_nowhere_is_a_failure_that_says_what_was_searched() {
    let scratch = Scratch::new();
    let captures = capture("a", None, "2026-11-01T00:10:00Z", "0.9");
    scratch.write("captures/ep/v/2026/11/01/00/x.jsonl", captures);
    scratch.write("labels/2026/11/01/01/x.jsonl", label("a", "1"));
    let run = scratch.run(&[&["explain-id", "nosuch"], &INPUTS[..]].concat());
    let run = run.expect_status(1);
    assert!(
        run.stderr
            .contains("`nosuch` stands nowhere; searched default: 2 files of the hours from"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_file_that_cannot_be_read_is_warned_of_and_the_others_are_told() {
    let scratch = Scratch::new();
    let line = capture("e-1", None, "2026-11-01T00:10:00Z", "0.9");
    scratch.write("captures/ep/v/2026/11/01/00/a.jsonl", line);
    scratch.write("captures/ep/v/2026/11/01/00/b.jsonl.gz", "no gzip");
    scratch.write("labels/2026/11/01/01/x.jsonl", label("e-1", "1"));
    assert_eq!(
        outcomes(&scratch, "e-1", &[]),
        [
            "prediction e-1: labelled `1` at 2026/11/01/01/x.jsonl:1",
            "label e-1: matched: chosen for a prediction",
        ]
    );
    let run = scratch.run(&[&["explain-id", "e-1"], &INPUTS[..]].concat());
    let said = "warning: 1 files of predictions of default could not be read whole, and nothing in them is told: ";
    let stderr = run.expect_status(0).stderr;
    assert!(
        stderr.contains(said) && stderr.contains("b.jsonl.gz"),
        "{stderr}"
    );
}
