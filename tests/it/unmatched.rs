//! `groundline unmatched` over a corpus that plants every reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::Scratch;

/// A corpus with every reason, merged.
fn merged() -> Scratch {
    let scratch = Scratch::new();
    for args in [
        "synth --out c --records 120 --hours 3 --mismatches 2 --seed 9",
        "merge --config c/groundline.toml --out out --all --max-rejects 9",
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        scratch.run(&args).expect_status(0);
    }
    scratch
}

/// Lines of the corpus' truth.
fn truth(scratch: &Scratch) -> Vec<Value> {
    let text = std::fs::read_to_string(scratch.path("c/truth/unmatched.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_counts_of_every_reason_are_those_of_the_truth() {
    let scratch = merged();
    let mut wanted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for label in truth(&scratch) {
        let text = |member: &str| label[member].as_str().unwrap().to_owned();
        *wanted.entry((text("model"), text("reason"))).or_default() += 1;
    }
    let run = scratch.run(&["unmatched", "--in", "out", "--output", "json"]);
    let run = run.expect_status(0);
    let rows: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    let found: BTreeMap<(String, String), u64> = rows
        .iter()
        .map(|row| {
            let text = |member: &str| row[member].as_str().unwrap().to_owned();
            (
                (text("model"), text("reason")),
                row["labels"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, wanted);
    // Each reason has its fix, once.
    let reasons: BTreeSet<&String> = found.keys().map(|(_, reason)| reason).collect();
    assert_eq!(reasons.len(), 9, "{reasons:?}");
    for reason in reasons {
        assert_eq!(run.stderr.matches(&format!("hint: {reason}: ")).count(), 1);
    }
}

#[test]
fn the_labels_of_a_reason_are_listed() {
    let scratch = merged();
    let args = "unmatched --in out --reason spelled_differently --model synth --output ndjson";
    let run = scratch
        .run(&args.split(' ').collect::<Vec<_>>())
        .expect_status(0);
    let found: BTreeSet<String> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["nearest_key"].to_string())
        .collect();
    let wanted = truth(&scratch);
    let wanted = wanted
        .iter()
        .filter(|label| label["reason"] == "spelled_differently" && label["model"] == "synth");
    assert_eq!(
        found,
        wanted.map(|label| label["nearest"].to_string()).collect()
    );
}
