//! Ctrl-C and SIGTERM: hours under way are finished, the command that goes on is printed, and it does.

use std::process::{Child, Command};

use groundline_synth::{Hour, Options, generate};

use crate::harness::{Scratch, files};

use super::start;

const HOURS: usize = 48;

fn corpus() -> Scratch {
    let scratch = Scratch::new();
    let options = Options {
        records: 480,
        hours: 48,
        files_per_hour: 1,
        payload_columns: 2,
        start: "2025-11-01T00".parse::<Hour>().unwrap(),
        ..Options::default()
    };
    generate(&scratch.path("corpus"), &options).unwrap();
    scratch
}

fn args<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let window = [
        "--from",
        "2025-11-01T00",
        "--to",
        "2025-11-03T00",
        "--as-of",
        "2025-12-01T00",
    ];
    let common = [
        "backfill",
        "--config",
        "corpus/groundline.toml",
        "--out",
        out,
        "--jobs",
        "1",
    ];
    [&common[..], &window, more].concat()
}

fn signal(name: &str, run: &Child) {
    let kill = format!("kill -{name} {}", run.id());
    // It may have ended, and then nobody is there to take it.
    let _ = Command::new("sh").args(["-c", &kill]).output().unwrap();
}

fn written(scratch: &Scratch) -> usize {
    files(&scratch.path("out/_groundline/receipts")).len()
}

/// A run that gets signals as soon as its first hour is there; what it said, with its status.
fn stopped(scratch: &Scratch, signals: &[&str]) -> (Option<i32>, String) {
    let mut run = start(scratch, &args("out", &[]));
    while written(scratch) == 0 && run.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    for name in signals {
        signal(name, &run);
    }
    let ended = run.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    (ended.status.code(), said)
}

fn expect_finished_by_the_next(scratch: &Scratch) {
    let left = HOURS - written(scratch);
    assert!(left > 0, "the run was over before it was stopped");
    let report = scratch
        .run(&args("out", &["--output", "json"]))
        .expect_status(0)
        .json();
    assert_eq!(super::done(&report).len(), left);
    scratch.run(&args("fresh", &[])).expect_status(0);
    scratch
        .run(&["gc", "--out", "out", "--older-than", "PT0H", "--yes"])
        .expect_status(0);
    assert_eq!(scratch.hashes("out"), scratch.hashes("fresh"));
}

#[test]
fn a_run_that_is_asked_to_stop_prints_the_command_that_goes_on() {
    for name in ["INT", "TERM"] {
        let scratch = corpus();
        let (status, said) = stopped(&scratch, &[name]);
        assert_eq!(status, Some(130), "{name}: {said}");
        let hours = written(&scratch);
        let told = format!(
            "interrupted; {hours} hours are written and stay, {} are left",
            HOURS - hours
        );
        assert!(said.contains(&told), "{name}: {said}");
        let command = format!("goes on: groundline {}", args("out", &[]).join(" "));
        assert!(said.contains(&command), "{name}: {said}");
        // Nothing unfinished is left.
        assert!(files(&scratch.path("out/_groundline/tmp")).is_empty());
        expect_finished_by_the_next(&scratch);
    }
}

#[test]
fn a_second_signal_stops_at_once_and_leaves_nothing_half_written() {
    let scratch = corpus();
    let (status, said) = stopped(&scratch, &["INT", "INT"]);
    assert_eq!(status, Some(130), "{said}");
    expect_finished_by_the_next(&scratch);
}

#[test]
fn a_stopped_run_leaves_late_labels_to_the_next() {
    let scratch = corpus();
    scratch.run(&args("out", &[])).expect_status(0);
    let receipts = scratch.hashes("out/_groundline/receipts");
    // All hours are label-stale, and one holds a key of it.
    scratch.write(
        "corpus/labels/2025/11/04/00/late.jsonl",
        crate::harness::label("nobody", "1"),
    );
    let mut run = start(&scratch, &args("out", &[]));
    while scratch.hashes("out/_groundline/receipts") == receipts
        && run.try_wait().unwrap().is_none()
    {
        std::thread::yield_now();
    }
    signal("INT", &run);
    run.wait().unwrap();
    scratch.run(&args("out", &[])).expect_status(0);
    scratch.run(&args("fresh", &[])).expect_status(0);
    scratch
        .run(&["gc", "--out", "out", "--older-than", "PT0H", "--yes"])
        .expect_status(0);
    assert_eq!(scratch.hashes("out"), scratch.hashes("fresh"));
}
