//! What is wrong is told: what, where, and what to do.

use crate::harness::Scratch;
use crate::quality::{HEALTHY, drifting, of_drifting, run};

#[track_caller]
fn refused(files: &[(&str, &str)], args: &[&str], status: i32, parts: &[&str]) {
    let scratch = Scratch::new();
    for (file, text) in files {
        scratch.write(file, text);
    }
    let stderr = scratch.run(args).expect_status(status).stderr;
    for part in parts {
        assert!(stderr.contains(part), "`{part}` is not in:\n{stderr}");
    }
}

const TABLE: &str = "score,guess,truth\n0.9,1,1\n0.1,0,0\n";

fn flags(
    file: &'static str,
    prediction: &'static str,
    probability: &'static str,
    label: &'static str,
) -> Vec<&'static str> {
    vec![
        "quality",
        file,
        "--inference-attribute",
        prediction,
        "--probability-attribute",
        probability,
        "--ground-truth-attribute",
        label,
    ]
}

#[test]
fn an_attribute_that_no_column_has() {
    refused(
        &[("t.csv", TABLE)],
        &flags("t.csv", "guess", "scores", "truth"),
        2,
        &[
            "--probability-attribute: `scores` is no column of `t.csv`",
            "score, guess, truth",
            "did you mean `score`?",
        ],
    );
}

#[test]
fn a_path_that_no_line_has() {
    refused(
        &[("t.jsonl", "{\"p\": 0.5, \"y\": 1}\n")],
        &[
            "quality",
            "t.jsonl",
            "--probability-attribute",
            "q",
            "--ground-truth-attribute",
            "y",
        ],
        2,
        &["no row of `t.jsonl` has a value at the probability attribute `q`"],
    );
}

#[test]
fn labels_of_another_type() {
    refused(
        &[("t.csv", "p,y\n0.4,yes\n0.5,no\n0.6,1\n")],
        &[
            "quality",
            "t.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        1,
        &[
            "2 of 3 rows have a label that is neither class, such as `no`",
            "--positive-class",
            "--max-rejects",
        ],
    );
    refused(
        &[("t.csv", "p,y\n1,high\n2,3\n")],
        &[
            "quality",
            "t.csv",
            "--problem-type",
            "Regression",
            "--inference-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        1,
        &["1 of 2 rows have a label that is no number, such as `high`"],
    );
}

#[test]
fn a_probability_outside_of_zero_to_one() {
    refused(
        &[("t.csv", "p,y\n40,1\n0.5,0\n")],
        &[
            "quality",
            "t.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        1,
        &[
            "1 of 2 rows have a probability that is no number from 0 to 1, such as `40`",
            "--probability-attribute",
        ],
    );
}

#[test]
fn a_threshold_outside_of_zero_to_one() {
    refused(
        &[("t.csv", TABLE)],
        &[
            "quality",
            "t.csv",
            "--probability-attribute",
            "score",
            "--ground-truth-attribute",
            "truth",
            "--probability-threshold",
            "50",
        ],
        2,
        &["--probability-threshold: `50` is not a number from 0 to 1"],
    );
    let constraints = r#"{"binary_classification_constraints": {"recall": {"threshold": 70, "comparison_operator": "LessThanThreshold"}}}"#;
    let scratch = Scratch::new();
    scratch.write("c.json", constraints);
    let told = run(
        &scratch,
        &["monitor", "--constraints", "c.json"],
        &of_drifting(HEALTHY, "out"),
    )
    .expect_status(2);
    assert!(
        told.stderr.contains("c.json")
            && told.stderr.contains("recall")
            && told.stderr.contains("70"),
        "{}",
        told.stderr
    );
    assert!(!scratch.path("out").exists());
}

#[test]
fn an_empty_data_set() {
    refused(
        &[("t.csv", "p,y\n")],
        &[
            "quality",
            "t.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        5,
        &["`t.csv` has no rows to measure"],
    );
    refused(
        &[("t.csv", "")],
        &[
            "quality",
            "t.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        2,
        &["t.csv"],
    );
    refused(
        &[],
        &[
            "quality",
            "nowhere.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        2,
        &["there is no `nowhere.csv`"],
    );
}

#[test]
fn constraints_of_another_kind_of_problem() {
    let scratch = Scratch::new();
    scratch.write("c.json", r#"{"regression_constraints": {"mae": {"threshold": 1, "comparison_operator": "GreaterThanThreshold"}}}"#);
    let told = run(
        &scratch,
        &["monitor", "--constraints", "c.json"],
        &of_drifting(HEALTHY, "out"),
    )
    .expect_status(2);
    for part in ["c.json", "Regression", "BinaryClassification"] {
        assert!(told.stderr.contains(part), "{part}: {}", told.stderr);
    }
}

#[test]
fn constraints_that_are_none() {
    let scratch = Scratch::new();
    for (text, part) in [
        ("{", "line 1"),
        ("{\"recall\": 1}", "recall"),
        ("[]", "no object"),
    ] {
        scratch.write("c.json", text);
        let told = run(
            &scratch,
            &["monitor", "--constraints", "c.json"],
            &of_drifting(HEALTHY, "out"),
        )
        .expect_status(2);
        assert!(
            told.stderr.contains("c.json") && told.stderr.contains(part),
            "{}",
            told.stderr
        );
    }
    let told = run(
        &scratch,
        &["monitor", "--constraints", "nowhere.json"],
        &of_drifting(HEALTHY, "out"),
    )
    .expect_status(2);
    assert!(
        told.stderr.contains("nowhere.json") && told.stderr.contains("groundline baseline"),
        "{}",
        told.stderr
    );
}

#[test]
fn more_classes_than_a_model_has() {
    let mut table = "p,y\n".to_owned();
    for row in 0..10_001 {
        table.push_str(&format!("c{row},c{row}\n"));
    }
    refused(
        &[("t.csv", &table)],
        &[
            "quality",
            "t.csv",
            "--problem-type",
            "MulticlassClassification",
            "--inference-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        1,
        &["10000"],
    );
}

#[test]
fn a_metric_query_without_the_right_columns() {
    let table = ("t.csv", TABLE);
    let args = [
        "quality",
        "t.csv",
        "--probability-attribute",
        "score",
        "--ground-truth-attribute",
        "truth",
        "--metrics-dir",
        "m",
    ];
    for (query, part) in [
        (
            "SELECT 1 AS value FROM merged",
            "returns no column `metric`; it returns value",
        ),
        (
            "SELECT 'a' AS metric, 'b' AS value FROM merged",
            "no numbers",
        ),
        (
            "SELECT 'a' AS metric, 1 AS value, 2 AS place FROM merged",
            "a column `place`",
        ),
        (
            "SELECT 'a' AS metric, random() AS value FROM merged",
            "random()",
        ),
        (
            "SELECT 'accuracy' AS metric, 1 AS value",
            "which is there already",
        ),
        ("SELECT metric FROM nowhere", "m/q.sql"),
        ("DROP TABLE merged", "m/q.sql"),
    ] {
        refused(&[table, ("m/q.sql", query)], &args, 2, &["m/q.sql", part]);
    }
}

#[test]
fn too_many_segments_and_columns_that_are_not_there() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(HEALTHY, "out")).expect_status(0);
    let told = scratch
        .run(&["quality", "--in", "out", "--by", "plan"])
        .expect_status(2);
    assert!(
        told.stderr.contains("--by") && told.stderr.contains("plan"),
        "{}",
        told.stderr
    );
    let told = scratch
        .run(&["quality", "--in", "out", "--model", "churn"])
        .expect_status(2);
    assert!(told.stderr.contains("credit"), "{}", told.stderr);
    let told = scratch
        .run(&["quality", "--in", "nowhere"])
        .expect_status(2);
    assert!(told.stderr.contains("nowhere"), "{}", told.stderr);
    let captures = drifting().join("captures").display().to_string();
    let told = scratch
        .run(&["quality", "t.csv", "--captures", &captures])
        .expect_status(2);
    assert!(
        told.stderr.contains("more than one thing"),
        "{}",
        told.stderr
    );
}

#[test]
fn hour_files_without_the_columns_that_are_measured() {
    let scratch = Scratch::new();
    let mut flags = of_drifting(HEALTHY, "out");
    flags.extend(["--columns".to_owned(), "key,hour,label".to_owned()]);
    run(&scratch, &["merge"], &flags).expect_status(0);
    let told = scratch
        .run(&[
            "quality",
            "--in",
            "out",
            "--problem-type",
            "BinaryClassification",
        ])
        .expect_status(2);
    assert!(
        told.stderr.contains("`prediction`") && told.stderr.contains("--columns"),
        "{}",
        told.stderr
    );
    let mut flags = of_drifting(HEALTHY, "other");
    flags.extend([
        "--columns".to_owned(),
        "key,label,prediction,probability".to_owned(),
    ]);
    let told = run(&scratch, &["monitor"], &flags).expect_status(2);
    assert!(told.stderr.contains("no column `hour`"), "{}", told.stderr);
}

#[test]
fn a_folder_of_two_kinds_of_files() {
    let lines = "{\"p\": 0.5, \"y\": 1}\n";
    refused(
        &[("d/a.csv", "p,y\n0.2,1\n"), ("d/b.jsonl", lines)],
        &[
            "quality",
            "d",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
        2,
        &["a.csv", "b.jsonl", "of two kinds"],
    );
}

#[test]
fn a_row_without_a_time_belongs_to_no_hour() {
    refused(
        &[("t.csv", "p,y,hour\n0.2,1,2026-05-01T00:00:00Z\n0.3,0,\n")],
        &[
            "quality",
            "t.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
            "--every",
            "hour",
        ],
        2,
        &["rows have no `hour`"],
    );
}

#[test]
fn lines_that_are_no_objects_are_rejects() {
    let lines = "garbage\n{\"p\": 0.9, \"y\": 1}\n[1]\n{\"p\": 0.2, \"y\": 0}\n{\"p\": 0.2\n";
    let args = [
        "quality",
        "t.jsonl",
        "--probability-attribute",
        "p",
        "--ground-truth-attribute",
        "y",
    ];
    refused(
        &[("t.jsonl", lines)],
        &args,
        1,
        &["3 of 5 rows have no JSON object, such as `[1]`"],
    );
    let scratch = Scratch::new();
    scratch.write("t.jsonl", lines);
    let mut accepting = args.to_vec();
    accepting.extend(["--max-rejects", "3", "--output", "json"]);
    let accepted = scratch.run(&accepting).expect_status(0);
    assert_eq!(accepted.json()["groups"][0]["rows"]["measured"], 2);
    assert!(
        accepted.stderr.contains("3 rows were left out"),
        "{}",
        accepted.stderr
    );
}

#[test]
fn flags_that_the_merge_has_used_are_refused_over_its_hours() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(HEALTHY, "out")).expect_status(0);
    for command in ["quality", "baseline"] {
        let args = [command, "--in", "out", "--probability-threshold", "0.9"];
        let out = ["--out", "b"];
        let args: Vec<&str> = args.into_iter().chain(out).collect();
        let told = scratch.run(&args).expect_status(2);
        assert!(
            told.stderr
                .contains("--probability-threshold changes nothing"),
            "{}",
            told.stderr
        );
    }
}
