//! What `groundline explain-id` says of every label, against the tables of the merge.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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

/// What the tables of a merge say of every label, by model; `root` is where a model's labels are.
fn fates(scratch: &Scratch, root: impl Fn(&str) -> &str) -> BTreeMap<Place, (String, Fate)> {
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
        let lines = label_lines(scratch, root(model));
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
    let explain = ["explain-id", "--output=json"];
    let run = scratch.run(&[&explain, flags, &["--", key]].concat());
    let run = run.expect_status(0);
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

/// Asks for keys of every unmatched label, and for some of each other fate.
fn says_what_the_merge_says(
    scratch: &Scratch,
    fates: &BTreeMap<Place, (String, Fate)>,
    flags: &[&str],
) {
    let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    for (key, (status, _)) in fates.values() {
        let of_status = asked.entry(status).or_default();
        if status == "unmatched" || *of_status < 4 {
            *of_status += u32::from(keys.insert(key));
        }
    }
    for key in keys {
        let told = told(scratch, key, flags);
        for (place, (_, fate)) in fates.iter().filter(|(_, (known, _))| known == key) {
            assert_eq!(told.get(place), Some(fate), "{key} at {place:?}");
        }
        // Labels of the prediction's other id are told too.
        for (place, fate) in &told {
            let known = fates.get(place).map(|(_, fate)| fate);
            assert_eq!(known, Some(fate), "{key} at {place:?}");
        }
    }
}

fn a_made_up_corpus_is_told(synth: &str, flags: &[&str]) {
    let scratch = Scratch::new();
    let synth: Vec<&str> = synth.split(' ').collect();
    scratch.run(&synth).expect_status(0);
    let merge = ["merge", "--out=out", "--all", "--max-rejects=100%"];
    let flags = [&["--config=c/groundline.toml"], flags].concat();
    scratch.run(&[&merge, &flags[..]].concat()).expect_status(0);
    let fates = fates(&scratch, |model| match model {
        "neighbour" => "c/neighbour/labels",
        _ => "c/labels",
    });
    let statuses: BTreeSet<&str> = fates.values().map(|(_, fate)| fate.0.as_str()).collect();
    assert_eq!(statuses.len(), 4, "{statuses:?}");
    says_what_the_merge_says(&scratch, &fates, &flags);
}

/// Few ids, so that each stands in many records, in both places and in both spellings.
struct Crowd(u64);

impl Crowd {
    fn below(&mut self, end: u64) -> u64 {
        // The high bits of a linear congruence are random enough.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn id(&mut self) -> String {
        let id = ["k", "l", "m", "n", "o", "p"][self.below(6) as usize];
        match self.below(4) {
            0 => id.to_uppercase(),
            _ => id.to_owned(),
        }
    }

    fn capture(&mut self) -> String {
        let inference = (self.below(2) == 0).then(|| self.id());
        let output = ["0.9", "0.9\n0.1"][self.below(2) as usize];
        let time = "2026-11-01T00:10:00Z";
        let line = capture(&self.id(), inference.as_deref(), time, output);
        match self.below(8) {
            0 => line.replace(r#""captureData":{"#, r#""captureData":{!"#),
            _ => line,
        }
    }

    fn label(&mut self) -> String {
        let value = ["1", "0", "1\n0", "", "1\n1\n1"][self.below(5) as usize];
        label(&self.id(), value)
    }

    /// Two hours of three variants, one of which is left out, and labels around them.
    fn write(&mut self, scratch: &Scratch) {
        for hour in ["05", "09"] {
            for variant in ["a", "b", "left-out"] {
                let lines: String = (0..self.below(4)).map(|_| self.capture()).collect();
                let file = format!("captures/ep/{variant}/2026/11/01/{hour}/x.jsonl");
                // An hour is there even where nobody asked.
                let none = capture("nobody", None, "2026-11-01T05:00:00Z", "1");
                scratch.write(&file, none + &lines);
            }
        }
        for hour in ["04", "06", "08", "12"] {
            let lines: String = (0..self.below(5)).map(|_| self.label()).collect();
            let file = format!("labels/2026/11/01/{hour}/x.jsonl");
            scratch.write(&file, label("somebody", "1") + &lines);
        }
    }
}

/// Reasons that are to be met whatever `--match` is.
const REASONS: [&str; 7] = [
    "other_endpoint",
    "outside_label_window",
    "prediction_filtered",
    "prediction_rejected",
    "record_count_differs",
    "spelled_differently",
    "unknown_id",
];

/// The reasons and statuses that were seen.
fn crowds_are_told(seeds: Range<u64>, matching: &str) -> BTreeSet<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for seed in seeds {
        let scratch = Scratch::new();
        Crowd(seed).write(&scratch);
        let duplicates = ["latest", "first", "all"][seed as usize % 3];
        let duplicates = format!("--duplicate-labels={duplicates}");
        let flags = [
            "--captures=captures",
            "--labels=labels",
            "--variant=a",
            "--variant=b",
            "--where=position % 3 <> 1",
            "--label-lead=PT1H",
            "--label-horizon=PT4H",
            matching,
            &duplicates,
        ];
        let tables = ["reference", "spilled", "fast"].map(|plan| {
            let plan = format!("--plan={plan}");
            let merge = ["merge", "--out=out", "--all", "--max-rejects=100%", &plan];
            scratch.run(&[&merge, &flags[..]].concat()).expect_status(0);
            scratch.hashes("out/unmatched")
        });
        assert!(tables.iter().all(|table| *table == tables[0]), "{seed}");
        let fates = fates(&scratch, |_| "labels");
        says_what_the_merge_says(&scratch, &fates, &flags);
        for (_, (status, [reason, ..])) in fates.into_values() {
            seen.insert(reason.unwrap_or(status));
        }
    }
    let wanted = ["matched", "duplicate", "superseded"]
        .into_iter()
        .chain(REASONS);
    let missing: Vec<&str> = wanted.filter(|word| !seen.contains(*word)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    seen
}

#[test]
fn every_label_of_a_crowd_is_told_what_the_merge_says_of_it() {
    let seen = crowds_are_told(0..12, "--match=coalesce");
    assert!(seen.contains("event_id_given"));
}

#[test]
fn every_label_of_a_crowd_is_told_what_the_merge_says_when_either_id_matches() {
    let seen = crowds_are_told(12..24, "--match=either");
    assert!(!seen.contains("event_id_given"));
}

#[test]
fn every_label_of_an_endpoint_is_told_what_the_merge_says_of_it() {
    a_made_up_corpus_is_told(
        "synth --out c --records 80 --hours 3 --mismatches 2 --duplicates 0.3 --records-per-event 2 --seed 9",
        &[],
    );
}

#[test]
fn every_label_is_told_what_the_merge_says_when_either_id_matches() {
    a_made_up_corpus_is_told(
        "synth --out c --records 60 --hours 2 --mismatches 1 --duplicates 0.3 --seed 4",
        &["--match", "either", "--duplicate-labels", "first"],
    );
}

#[test]
fn every_label_of_a_csv_transform_is_told_what_the_merge_says_of_it() {
    a_made_up_corpus_is_told(
        "synth --out c --kind csv --records 60 --hours 3 --mismatches 2 --duplicates 0.3 --seed 2",
        &[],
    );
}
