//! `groundline unmatched` and `groundline explain-id` over a corpus that plants every reason.

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

#[test]
fn explain_id_tells_every_planted_label_its_reason_and_its_line() {
    let scratch = merged();
    let mut told = BTreeSet::new();
    for label in truth(&scratch) {
        let (reason, model) = (
            label["reason"].as_str().unwrap(),
            label["model"].as_str().unwrap(),
        );
        // One of each is enough.
        if !told.insert((reason.to_owned(), model.to_owned())) {
            continue;
        }
        let key = label["key"].as_str().unwrap();
        let config = ["--config", "c/groundline.toml", "--output", "json"];
        let run = scratch.run(&[&["explain-id", key][..], &config].concat());
        let found: Value = serde_json::from_str(&run.expect_status(0).stdout).unwrap();
        let models = found["models"].as_array().unwrap();
        let occurrences = models
            .iter()
            .filter(|found| found["model"] == model)
            .flat_map(|found| found["occurrences"].as_array().unwrap());
        let same = |found: &&Value| {
            found["what"] == "label"
                && found["file"] == label["file"]
                && found["position"] == label["position"]
        };
        let found = occurrences
            .clone()
            .find(same)
            .unwrap_or_else(|| panic!("{label}: {found}"));
        let outcome = found["outcome"].as_str().unwrap();
        assert!(
            outcome.starts_with(&format!("unmatched, {reason}")),
            "{label}: {outcome}"
        );
        assert!(found["line"].as_u64().unwrap() > 0);
        assert!(found["fix"].is_string());
    }
    assert!(told.len() >= 9, "{told:?}");
}

#[test]
fn an_id_that_stands_nowhere_is_a_failure_that_says_what_was_searched() {
    let scratch = merged();
    let run = scratch.run(&["explain-id", "nosuch", "--config", "c/groundline.toml"]);
    let run = run.expect_status(1);
    assert!(
        run.stderr
            .contains("`nosuch` stands nowhere; searched synth: "),
        "{}",
        run.stderr
    );
}
