//! Settings: flag before environment before file before default, where `config show` says each came from,
//! what a configuration may hold, and which models a run selects.

mod file;
mod layers;
mod missing;
mod refused;
mod selection;
mod show;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Run, Scratch, files};

/// `config show --output json` as key to (value, from).
fn shown(run: &Run) -> BTreeMap<String, (Value, String)> {
    let lines = run.json();
    let text = |line: &Value, name: &str| line.get(name).unwrap().as_str().unwrap().to_owned();
    lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let value = line.get("value").unwrap().clone();
            (text(line, "key"), (value, text(line, "from")))
        })
        .collect()
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// What `merge --config FILE` says to a configuration that is wrong.
#[track_caller]
fn refusal(text: &str) -> String {
    let scratch = Scratch::new();
    scratch.write("conf/g.toml", text);
    let run = scratch
        .run(&["merge", "--config", "conf/g.toml"])
        .expect_status(2);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert_eq!(files(&scratch.path("")), [scratch.path("conf/g.toml")]);
    run.stderr
}
