//! `groundline backfill` and `status` on local folders: states and their reasons, late labels, plans, several runs at
//! once, and what they keep away from.

mod confined;
mod interrupted;
mod late_labels;
mod open;
mod overlap;
mod patched;
mod plan;
mod spellings;
mod states;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::harness::{Run, Scratch, capture, files, label};

/// Captures in `cap` and labels in `gt` from 05:00 to 08:00: long ago, so that no clock says that they go on.
const FLAGS: [&str; 12] = [
    "--captures",
    "cap",
    "--labels",
    "gt",
    "--from",
    "2025-11-01T05",
    "--to",
    "2025-11-01T08",
    "--probability-attribute",
    "0",
    "--as-of",
    "2025-12-01T00",
];
const HOURS: [&str; 3] = ["05", "06", "07"];

/// Three hours of two predictions each, `e05-1` and so on; the first of each has a label of its own hour.
fn three_hours() -> Scratch {
    let scratch = Scratch::new();
    for hour in HOURS {
        scratch.write(&captures_of(hour), two_captures(hour)).write(
            &format!("gt/2025/11/01/{hour}/l.jsonl"),
            label(&format!("e{hour}-1"), "1"),
        );
    }
    scratch
}

fn captures_of(hour: &str) -> String {
    format!("cap/ep/v/2025/11/01/{hour}/a.jsonl")
}

fn two_captures(hour: &str) -> String {
    let time = format!("2025-11-01T{hour}:10:00Z");
    let id = |number: u8| format!("e{hour}-{number}");
    capture(&id(1), None, &time, "0.9") + &capture(&id(2), None, &time, "0.1")
}

fn hour_file(out: &str, hour: &str) -> String {
    format!(
        "{out}/merged/model=default/endpoint=ep/variant=v/date=2025-11-01/hh={hour}/part-0.parquet"
    )
}

/// `groundline COMMAND` over the three hours, into `out` unless `more` says another.
fn run(scratch: &Scratch, command: &str, more: &[&str]) -> Run {
    let out: &[&str] = match more.contains(&"--out") {
        true => &[],
        false => &["--out", "out"],
    };
    let json = &["--output", "json", "--quiet"][..];
    scratch.run(&[&[command], &FLAGS[..], out, json, more].concat())
}

#[track_caller]
fn backfill(scratch: &Scratch, more: &[&str]) -> Value {
    run(scratch, "backfill", more).expect_status(0).json()
}

/// State of each hour, `05 done`, with its reasons.
#[track_caller]
fn states(scratch: &Scratch, more: &[&str]) -> Vec<(String, String)> {
    states_of(&run(scratch, "status", more).expect_status(0).json())
}

fn states_of(status: &Value) -> Vec<(String, String)> {
    let models = status["models"].as_array().unwrap().iter();
    let hours = models.flat_map(|model| model["hours"].as_array().unwrap());
    hours
        .map(|hour| {
            let name = hour["hour"].as_str().unwrap();
            let state = hour["state"].as_str().unwrap();
            let why = hour["why"].as_array().unwrap().iter();
            let why: Vec<&str> = why.map(|why| why.as_str().unwrap()).collect();
            (format!("{} {state}", &name[11..]), why.join("; "))
        })
        .collect()
}

/// The same without reasons.
#[track_caller]
fn short_states(scratch: &Scratch, more: &[&str]) -> Vec<String> {
    let states = states(scratch, more).into_iter();
    states.map(|(state, _)| state).collect()
}

/// What a report says was done: `05 built`.
fn done(report: &Value) -> Vec<String> {
    let models = report["models"].as_array().unwrap().iter();
    let hours = models.flat_map(|model| model["hours"].as_array().unwrap());
    hours
        .map(|hour| {
            let name = hour["hour"].as_str().unwrap();
            format!("{} {}", &name[11..], hour["done"].as_str().unwrap())
        })
        .collect()
}

/// Replaces a file by one of the same length and time, so that nothing that only lists can tell.
fn spoil(path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let spoilt = vec![b'#'; fs::read(path).unwrap().len()];
    fs::write(path, spoilt).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(modified).unwrap();
}

/// Bytes and time of every file below a folder: equal only where nobody wrote.
fn untouched(scratch: &Scratch, below: &str) -> BTreeMap<String, (String, std::time::SystemTime)> {
    let hashes = scratch.hashes(below);
    let times = files(&scratch.path(below)).into_iter().map(|file| {
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        let name = file.strip_prefix(scratch.path(below)).unwrap();
        (name.to_string_lossy().into_owned(), modified)
    });
    times
        .map(|(name, time)| {
            let hash = hashes[&name].clone();
            (name, (hash, time))
        })
        .collect()
}

/// Starts the binary in the scratch folder; nobody waits for it.
fn start(scratch: &Scratch, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundline"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GROUNDLINE_")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .current_dir(scratch.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}
