//! Made-up corpora: what is proposed is what their own configuration says.

use serde_json::Value;

use super::{init, merge_unedited};
use crate::harness::Scratch;

/// A made-up corpus is proposed what its own configuration says, and gives the same hour files.
#[track_caller]
fn a_corpus_is_understood(options: &[&str], source: &str) {
    let scratch = Scratch::new();
    let synth = [
        "synth",
        "--out",
        "corpus",
        "--records",
        "300",
        "--hours",
        "3",
    ];
    scratch
        .run(&[&synth[..], options].concat())
        .expect_status(0);
    let folder = format!("corpus/{source}");
    init(
        &scratch,
        &[&format!("--{source}"), &folder, "--labels", "corpus/labels"],
    );
    let report = merge_unedited(&scratch);

    let own = [
        "merge",
        "--config",
        "corpus/groundline.toml",
        "--all",
        "--output",
        "json",
    ];
    let own = scratch.run(&own).expect_status(0).json();
    let sum = |report: &Value| -> (u64, u64) {
        let models = report["models"].as_array().unwrap();
        let count = |name| {
            let predictions = models.iter().map(|m| &m["ledger"]["predictions"]);
            predictions.map(|p| p[name].as_u64().unwrap()).sum()
        };
        (count("read"), count("labelled"))
    };
    assert_eq!(sum(&report), sum(&own));
    // As many values as the corpus's own configuration finds; what has no output has none.
    let valued = |below: &str| {
        let rows = scratch.rows(below);
        let valued = rows.iter();
        valued
            .filter(|row| row["prediction"].is_some() && row["probability"].is_some())
            .count()
    };
    assert_eq!(valued("out/merged"), valued("corpus/merged/merged"));
    assert!(valued("out/merged") > 250);
}

#[test]
fn an_endpoint_corpus_is_understood() {
    a_corpus_is_understood(&["--kind", "endpoint"], "captures");
}

#[test]
fn several_endpoints_of_different_payloads_are_understood() {
    a_corpus_is_understood(
        &[
            "--kind",
            "endpoint",
            "--endpoints",
            "3",
            "--records-per-event",
            "3",
            "--variety",
        ],
        "captures",
    );
}

#[test]
fn a_csv_transform_is_understood_and_its_outputs_are_found() {
    a_corpus_is_understood(&["--kind", "csv"], "transforms");
}

#[test]
fn a_json_transform_is_understood() {
    a_corpus_is_understood(
        &["--kind", "json", "--records-per-event", "4"],
        "transforms",
    );
}

#[test]
fn a_json_lines_transform_is_understood() {
    a_corpus_is_understood(&["--kind", "jsonl"], "transforms");
}

#[test]
fn the_same_data_gives_the_same_answer() {
    let scratch = Scratch::new();
    let synth = [
        "synth",
        "--out",
        "corpus",
        "--records",
        "500",
        "--hours",
        "5",
        "--variety",
    ];
    scratch
        .run(&[&synth[..], &["--endpoints", "2"]].concat())
        .expect_status(0);
    let args = [
        "init",
        "--captures",
        "corpus/captures",
        "--labels",
        "corpus/labels",
        "--force",
    ];
    let runs = [0, 1].map(|_| {
        let run = scratch.run(&args).expect_status(0);
        let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
        (run.stdout, text)
    });
    assert_eq!(runs[0], runs[1]);
}
