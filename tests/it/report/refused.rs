//! What is asked for and is not there.

use super::{merged, run};
use crate::harness::{Scratch, capture, label};

#[track_caller]
fn refused(scratch: &Scratch, args: &str, status: i32, parts: &[&str]) {
    let told = run(scratch, args).expect_status(status);
    for part in parts {
        assert!(told.stderr.contains(part), "{part}: {}", told.stderr);
    }
    assert!(!scratch.path("report.html").exists());
}

#[test]
fn an_output_that_is_none_says_what_to_run_first() {
    let scratch = merged();
    refused(&scratch, "report", 2, &["--in OUT"]);
    refused(
        &scratch,
        "report --in nowhere",
        2,
        &["`nowhere`", "`merge`"],
    );
    scratch.write("empty/x", "");
    refused(
        &scratch,
        "report --in empty",
        2,
        &["`empty`", "it has: x", "run one of them first"],
    );
    refused(&scratch, "report --in out/merged", 2, &["--in out\n"]);
}

#[test]
fn a_window_without_hours_names_the_nearest() {
    let scratch = merged();
    let window = "--from 2026-12-01T00 --to 2026-12-02T00";
    let args = format!("report --in out {window}");
    refused(
        &scratch,
        &args,
        5,
        &["2026-12-01T00 to 2026-12-02T00", "2026-11-01T11"],
    );
    run(&scratch, &format!("{args} --ok no-input")).expect_status(0);
}

#[test]
fn names_that_are_not_there_are_told_with_those_that_are() {
    let scratch = merged();
    refused(
        &scratch,
        "report --in out --model synht",
        2,
        &["`synht`", "did you mean `synth`"],
    );
    refused(
        &scratch,
        "report --in out --schedule hourly",
        2,
        &["`hourly`", "leave out --schedule"],
    );
    refused(&scratch, "report --in out --by plan", 2, &["--by", "plan"]);
    refused(
        &scratch,
        "report --in out --compare then",
        2,
        &["`then`", "previous"],
    );
    refused(
        &scratch,
        "report --in out --compare 2026-11-02T00..2026-11-01T00",
        2,
        &["is not before"],
    );
}

/// Hours of two models, each with one prediction and its label.
fn two_models() -> Scratch {
    let scratch = Scratch::new();
    let mut config = String::new();
    for name in ["churn", "fraud"] {
        scratch
            .write(
                &format!("{name}/cap/shop/v/2026/11/01/05/a.jsonl"),
                capture("e1", None, "2026-11-01T05:10:00Z", "0.9"),
            )
            .write(
                &format!("{name}/gt/2026/11/01/05/a.jsonl"),
                label("e1", "1"),
            );
        config += &format!(
            "[[model]]\nname = \"{name}\"\ncaptures = \"{name}/cap\"\nlabels = \"{name}/gt\"\n\
             probability_attribute = \"0\"\n"
        );
    }
    scratch.write("groundline.toml", config + "[output]\nuri = \"out\"\n");
    run(&scratch, "merge --all").expect_status(0);
    scratch
}

#[test]
fn of_several_models_one_must_be_named() {
    let scratch = two_models();
    refused(
        &scratch,
        "report",
        2,
        &["several models: churn, fraud", "--model NAME"],
    );
    let told = run(&scratch, "report --model fraud --format markdown").expect_status(0);
    assert!(told.stdout.contains("fraud"), "{}", told.stdout);
    assert!(!told.stdout.contains("churn"), "{}", told.stdout);
}
