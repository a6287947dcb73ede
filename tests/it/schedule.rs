//! Schedules as a user runs them: windows, executions, restatements, publishers.

mod config;
mod direct;
mod month;
mod publish;
mod runs;
mod service;

use std::fs;

use crate::harness::Scratch;

/// Constraints that some windows of made-up data violate.
const CONSTRAINTS: &str = r#"{"version":0.0,"binary_classification_constraints":{
    "accuracy":{"threshold":0.72,"comparison_operator":"LessThanThreshold"},
    "auc":{"threshold":0.6,"comparison_operator":"LessThanThreshold"}}}"#;

/// Made-up data of some hours from 2026-11-01T00 on, most of its labels hours or days late, and a schedule.
fn made(hours: u32, records: u32, schedule: &str) -> Scratch {
    made_from("2026-11-01T00", hours, records, schedule)
}

fn made_from(start: &str, hours: u32, records: u32, schedule: &str) -> Scratch {
    let scratch = Scratch::new();
    let (hours, records) = (hours.to_string(), records.to_string());
    let args = [
        "synth",
        "--out",
        "data",
        "--start",
        start,
        "--hours",
        &hours,
        "--records",
        &records,
        "--files-per-hour",
        "1",
        "--late",
        "0.6",
        "--latest",
        "168",
        "--no-truth",
        "--quiet",
    ];
    scratch.run(&args).expect_status(0);
    let file = scratch.path("data/groundline.toml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{config}\n[[schedule]]\n{schedule}")).unwrap();
    scratch.write("data/constraints.json", CONSTRAINTS);
    scratch
}

/// Runs the schedules of every time from one to another.
fn run_all(scratch: &Scratch, from: &str, until: &str) -> String {
    let run = scratch.run(&[
        "schedule",
        "run",
        "--config",
        "data/groundline.toml",
        "--from",
        from,
        "--until",
        until,
        "--ok",
        "violations,no-input",
        "--quiet",
    ]);
    run.expect_status(0).stdout
}

/// What is recorded, oldest first.
fn recorded(scratch: &Scratch) -> Vec<serde_json::Value> {
    let run = scratch.run(&["runs", "list", "--out", "data/merged", "--output", "json"]);
    let runs = run.expect_status(0).json();
    runs.as_array().unwrap().clone()
}
