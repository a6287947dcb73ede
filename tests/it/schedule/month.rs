//! A month of runs over labels that come up to a week late.

use serde_json::Value;

use super::direct::Direct;
use super::{made, recorded, run_all};
use crate::harness::Scratch;

const DAILY: &str = r#"
name = "daily"
expression = "cron(0 6 ? * * *)"
constraints = "constraints.json"
min_coverage = 0.9
restate_step = 0.2
"#;

fn figure(run: &Value, metric: &str) -> f64 {
    let figures = run["figures"].as_array().unwrap();
    let found = figures.iter().find(|figure| figure["metric"] == metric);
    found.unwrap()["value"].as_f64().unwrap_or_default()
}

#[track_caller]
fn equals_a_direct_computation(scratch: &Scratch, runs: &[Value]) {
    let direct = Direct::read(&scratch.path("data"));
    for run in runs {
        let word = |key: &str| run[key].as_str().unwrap().to_owned();
        let expected = direct.numbers(&word("window"), &word("window_end"), &word("as_of"));
        assert_eq!(run["predictions"], expected.predictions, "{}", run["id"]);
        assert_eq!(run["labelled"], expected.labelled, "{}", run["id"]);
        for (metric, value) in [
            ("accuracy", expected.accuracy),
            ("recall", expected.recall),
            ("precision", expected.precision),
        ] {
            let found = figure(run, metric);
            assert!(
                (found - value).abs() < 1e-12,
                "{} {metric} {found}",
                run["id"]
            );
        }
    }
}

/// `tests/month/run.sh` does the same with 744 hourly runs.
#[test]
fn every_window_of_a_month_is_what_a_direct_computation_says() {
    let scratch = made(744, 7_440, DAILY);
    run_all(&scratch, "2026-11-01T01", "2026-12-09T06");
    let runs = recorded(&scratch);
    assert_eq!(runs.len(), 39);
    // The captures end on 2026-12-02T00; what runs after that finds nothing.
    let measured: Vec<Value> = runs
        .iter()
        .filter(|run| run["predictions"] != 0)
        .cloned()
        .collect();
    assert_eq!(measured.len(), 32);
    equals_a_direct_computation(&scratch, &measured);
    let restated = measured.iter().filter(|run| run["restatements"] != 0);
    assert!(restated.count() > 20);
    for run in &measured {
        assert_eq!(run["provisional"], false, "{}", run["id"]);
        let first = run["figures"].as_array().unwrap().iter();
        let marked = first.filter(|figure| figure.get("first").is_some()).count();
        assert!(run["restatements"] != 0 || marked == 0, "{}", run["id"]);
    }
    // Most windows said something else before their labels were in.
    let accuracy = |run: &&Value| {
        let figures = run["figures"].as_array().unwrap();
        figures
            .iter()
            .any(|figure| figure["metric"] == "accuracy" && figure.get("first").is_some())
    };
    assert!(measured.iter().filter(accuracy).count() > 20);
}

#[test]
fn a_stop_and_a_restart_change_nothing() {
    let through = made(120, 1_200, DAILY);
    run_all(&through, "2026-11-01T01", "2026-11-09T06");
    let stopped = made(120, 1_200, DAILY);
    for until in [
        "2026-11-03T12",
        "2026-11-03T12",
        "2026-11-05T06",
        "2026-11-09T06",
    ] {
        run_all(&stopped, "2026-11-01T01", until);
    }
    assert!(!recorded(&through).is_empty());
    // Receipts name the times of the files of each copy.
    for folder in ["runs", "metrics", "merged"] {
        let folder = format!("data/merged/{folder}");
        assert_eq!(through.hashes(&folder), stopped.hashes(&folder), "{folder}");
    }
}

#[test]
fn hourly_windows_are_provisional_until_their_labels_are_in() {
    let hourly = DAILY.replace("cron(0 6 ? * * *)", "0 * * * *");
    let scratch = made(12, 240, &hourly);
    run_all(&scratch, "2026-11-01T01", "2026-11-01T12");
    let runs = recorded(&scratch);
    assert_eq!(runs.len(), 12);
    equals_a_direct_computation(&scratch, &runs);
    for run in &runs {
        let coverage = run["label_coverage"].as_f64().unwrap();
        assert_eq!(run["provisional"], coverage < 0.9, "{}", run["id"]);
    }
    assert!(runs.iter().any(|run| run["provisional"] == true));
}

#[test]
fn a_window_without_captures_fails_and_is_measured_once_they_have_come() {
    let scratch = made(6, 120, &DAILY.replace("cron(0 6 ? * * *)", "0 * * * *"));
    let away = scratch.path("data/away");
    let captures = scratch.path("data/captures/endpoint-0/AllTraffic/2026/11/01/02");
    std::fs::rename(&captures, &away).unwrap();
    let once = |at: &str| {
        let args = [
            "schedule",
            "run-once",
            "daily",
            "--config",
            "data/groundline.toml",
            "--at",
            at,
        ];
        scratch.run(&args)
    };
    let failed = once("2026-11-01T03").expect_status(5);
    assert!(failed.stderr.contains("2026-11-01T02"), "{}", failed.stderr);
    assert_eq!(recorded(&scratch)[0]["state"], "Failed");
    std::fs::rename(&away, &captures).unwrap();
    let next = once("2026-11-01T04");
    assert!(
        next.stdout.contains("restated daily@2026-11-01T03"),
        "{}",
        next.stdout
    );
    let runs = recorded(&scratch);
    assert_ne!(runs[0]["state"], "Failed");
    // A first word is no restatement.
    assert_eq!(runs[0]["restatements"], 0);
    equals_a_direct_computation(&scratch, &runs);
}
