//! `groundline explain-id` against what the merge says of the same records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{Row, Scratch, capture, files, label};

/// Model, file, position.
type Place = (String, String, i64);

/// What a merge makes of a label: status, reason, and the nearest prediction's key, model, file and position.
type Fate = (String, [Option<String>; 5]);

fn place(row: &Row, file: &str, position: &str) -> Option<Place> {
    let text = |column: &str| row.get(column).cloned().flatten();
    Some((
        text("model")?,
        text(file)?,
        text(position)?.parse().unwrap(),
    ))
}

/// A label line of the corpus: key, and what makes two labels say the same.
struct Line {
    key: String,
    content: String,
}

/// Label lines that can be read, below a root, by file and position, in label order.
fn label_lines(scratch: &Scratch, root: &str) -> BTreeMap<(String, i64), Line> {
    let base = scratch.path(root);
    let mut lines = BTreeMap::new();
    for file in files(&base) {
        let name = file.strip_prefix(&base).unwrap().display().to_string();
        let mut position = 0;
        for line in std::fs::read(&file)
            .unwrap()
            .split_inclusive(|byte| *byte == b'\n')
        {
            let record: Option<Value> = serde_json::from_slice(line).ok();
            let key = record
                .as_ref()
                .and_then(|r| r["eventMetadata"]["eventId"].as_str());
            if let (Some(record), Some(key)) = (&record, key) {
                let content = record["groundTruthData"].to_string();
                let key = key.to_owned();
                lines.insert((name.clone(), position), Line { key, content });
            }
            position += line.len() as i64;
        }
    }
    lines
}

/// What the tables of a merge say of every label, by model.
fn fates(scratch: &Scratch) -> BTreeMap<Place, (String, Fate)> {
    let mut fates = BTreeMap::new();
    let merged = scratch.rows("out/merged");
    let matched: BTreeSet<Place> = merged
        .iter()
        .filter_map(|row| place(row, "label_file", "label_position"))
        .collect();
    let unmatched: BTreeMap<Place, Row> = scratch
        .rows("out/unmatched")
        .into_iter()
        .map(|row| (place(&row, "file", "position").unwrap(), row))
        .collect();
    let models: BTreeSet<&String> = merged
        .iter()
        .filter_map(|row| row["model"].as_ref())
        .collect();
    for model in models {
        let root = match model.as_str() {
            "neighbour" => "c/neighbour/labels",
            _ => "c/labels",
        };
        let lines = label_lines(scratch, root);
        let at = |(file, position): &(String, i64)| (model.clone(), file.clone(), *position);
        for (here, line) in &lines {
            let copies = || {
                let of_key = lines.iter().filter(|(_, other)| other.key == line.key);
                of_key.filter(|(_, other)| other.content == line.content)
            };
            let fate = if matched.contains(&at(here)) {
                ("matched", [const { None }; 5])
            } else if let Some(row) = unmatched.get(&at(here)) {
                let columns = [
                    "reason",
                    "nearest_key",
                    "nearest_model",
                    "nearest_file",
                    "nearest_position",
                ];
                ("unmatched", columns.map(|column| row[column].clone()))
            } else if copies().any(|(other, _)| other < here || matched.contains(&at(other))) {
                ("duplicate", [const { None }; 5])
            } else {
                ("superseded", [const { None }; 5])
            };
            let fate = (fate.0.to_owned(), fate.1);
            fates.insert(at(here), (line.key.clone(), fate));
        }
    }
    fates
}

/// What `explain-id` says of each label that it names.
fn told(scratch: &Scratch, key: &str, flags: &[&str]) -> BTreeMap<Place, Fate> {
    let config = [
        "explain-id",
        key,
        "--config",
        "c/groundline.toml",
        "--output",
        "json",
    ];
    let run = scratch.run(&[&config, flags].concat()).expect_status(0);
    let mut told = BTreeMap::new();
    for model in run.json()["models"].as_array().unwrap() {
        assert_eq!(model["incomplete"], false);
        for found in model["occurrences"].as_array().unwrap() {
            if found["what"] != "label" {
                continue;
            }
            assert!(found["line"].as_u64().unwrap() > 0, "{found}");
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let near = &found["nearest"];
            let fate = [
                text(&found["reason"]),
                text(&near["key"]),
                text(&near["model"]),
                text(&near["file"]),
                near["position"]
                    .as_i64()
                    .map(|position| position.to_string()),
            ];
            let place = (
                text(&model["model"]).unwrap(),
                text(&found["file"]).unwrap(),
                found["position"].as_i64().unwrap(),
            );
            told.insert(place, (text(&found["status"]).unwrap(), fate));
        }
    }
    told
}

/// Every unmatched label, and some of each other fate.
fn says_what_the_merge_says(synth: &str, flags: &[&str]) {
    let scratch = Scratch::new();
    scratch
        .run(&synth.split(' ').collect::<Vec<_>>())
        .expect_status(0);
    let merge = "merge --config c/groundline.toml --out out --all --max-rejects 100%";
    let merge: Vec<&str> = merge.split(' ').collect();
    scratch.run(&[&merge, flags].concat()).expect_status(0);
    let fates = fates(&scratch);
    let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    for (key, (status, _)) in fates.values() {
        let of_status = asked.entry(status).or_default();
        if status == "unmatched" || *of_status < 4 {
            *of_status += u32::from(keys.insert(key));
        }
    }
    assert_eq!(asked.len(), 4, "{asked:?}");
    for key in keys {
        let told = told(&scratch, key, flags);
        for (place, (_, fate)) in fates.iter().filter(|(_, (known, _))| known == key) {
            assert_eq!(told.get(place), Some(fate), "{key} at {place:?}");
        }
        // Labels of the prediction's other id are told too.
        for (place, fate) in &told {
            assert_eq!(
                fates.get(place).map(|(_, fate)| fate),
                Some(fate),
                "{key} at {place:?}"
            );
        }
    }
}

#[test]
fn every_label_of_an_endpoint_is_told_what_the_merge_says_of_it() {
    says_what_the_merge_says(
        "synth --out c --records 80 --hours 3 --mismatches 2 --duplicates 0.3 --records-per-event 2 --seed 9",
        &[],
    );
}

#[test]
fn every_label_is_told_what_the_merge_says_when_either_id_matches() {
    says_what_the_merge_says(
        "synth --out c --records 60 --hours 2 --mismatches 1 --duplicates 0.3 --seed 4",
        &["--match", "either", "--duplicate-labels", "first"],
    );
}

#[test]
fn every_label_of_a_csv_transform_is_told_what_the_merge_says_of_it() {
    says_what_the_merge_says(
        "synth --out c --kind csv --records 60 --hours 3 --mismatches 2 --duplicates 0.3 --seed 2",
        &[],
    );
}

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
