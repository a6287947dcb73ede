//! `init`: what it proposes makes a merge succeed as it stands, and what it says is so.

mod attributes;
mod corpora;
mod folders;
mod matching;
mod models;
mod rejects;
mod samples;
mod tables;
mod written;

use serde_json::Value;

use crate::harness::{Run, Scratch, capture, label};

/// Runs `init` with these arguments and gives its findings.
#[track_caller]
pub(crate) fn init(scratch: &Scratch, args: &[&str]) -> Value {
    let run = scratch.run(&[&["init", "--output=json"], args].concat());
    run.expect_status(0).json()["findings"].clone()
}

/// Merges by the file that `init` wrote, unedited, and gives the report.
#[track_caller]
pub(crate) fn merge_unedited(scratch: &Scratch) -> Value {
    let args = ["merge", "--config", "groundline.toml", "--output", "json"];
    scratch.run(&args).expect_status(0).json()
}

/// `key = value` lines of the file that `init` wrote, without comments.
fn lines(scratch: &Scratch) -> Vec<String> {
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn assert_has(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|l| l == line), "no `{line}` in {lines:#?}");
    }
}

#[track_caller]
fn says(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.stderr.contains(part), "no `{part}` in\n{}", run.stderr);
    }
}

/// Captures `e0…` of one hour with these outputs, and their labels an hour later.
fn small(scratch: &Scratch, outputs: &[(&str, &str)]) {
    let (mut captures, mut labels) = (String::new(), String::new());
    for (number, (output, value)) in outputs.iter().enumerate() {
        let id = format!("e{number}");
        captures += &capture(&id, None, "2026-11-01T05:10:00Z", output);
        labels += &label(&id, value);
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/06/l.jsonl", labels);
}

const BOTH: [&str; 4] = ["--captures", "captures", "--labels", "labels"];
