//! `--by` and `--every`: segments and windows.

use crate::harness::Scratch;
use crate::quality::{BINARY, HEALTHY, figure, of_drifting, run, value, with_table};

fn measured(scratch: &Scratch, more: &[&str]) -> serde_json::Value {
    let mut args = vec!["quality", "t.parquet", "--output", "json"];
    args.extend(BINARY);
    args.extend(more);
    scratch.run(&args).expect_status(0).json()
}

/// Of the rows of each plan alone: a segment is what a filtered file would give.
#[test]
fn a_segment_is_measured_as_its_rows_alone_would_be() {
    let scratch = with_table();
    let by_plan = measured(&scratch, &["--by", "plan"]);
    let groups = by_plan["groups"].as_array().unwrap();
    let names: Vec<&str> = groups
        .iter()
        .map(|group| group["segment"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["plan=basic", "plan=plus", "plan=pro"]);
    for group in groups {
        let plan = group["segment"]
            .as_str()
            .unwrap()
            .strip_prefix("plan=")
            .unwrap();
        let query = format!("SELECT * FROM t WHERE plan = '{plan}'");
        let args = ["sql", "t.parquet", "-c", &query, "--out", "one.parquet"];
        scratch.run(&args).expect_status(0);
        let mut args = vec!["quality", "one.parquet", "--output", "json"];
        args.extend(BINARY);
        let alone = scratch.run(&args).expect_status(0).json();
        for metric in [
            "recall",
            "auc",
            "log_loss",
            "pr_auc",
            "expected_calibration_error",
        ] {
            let (one, other) = (figure(group, metric), figure(&alone["groups"][0], metric));
            for part in ["value", "ci_low", "ci_high", "n", "reason"] {
                assert_eq!(one[part], other[part], "{plan} {metric} {part}");
            }
        }
    }
}

#[test]
fn an_expression_has_the_name_that_it_is_given() {
    let scratch = with_table();
    let cut = measured(
        &scratch,
        &[
            "--by",
            "probability >= 0.5 AS likely",
            "--by",
            "upper(plan)",
        ],
    );
    let groups = cut["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 6);
    assert_eq!(groups[0]["segment"], "likely=false, upper(plan)=BASIC");
    // Nothing is predicted positive there.
    let precision = figure(&groups[0], "precision");
    assert_eq!(
        (&precision["value"], &precision["reason"]),
        (&0.0.into(), &"no_predicted_positives".into())
    );
}

#[test]
fn days_are_what_each_day_alone_would_be_and_add_up() {
    let scratch = with_table();
    let days = measured(&scratch, &["--every", "day"]);
    let groups = days["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0]["window"], "2026-05-01T00");
    for (group, window) in groups
        .iter()
        .zip([["2026-05-01", "2026-05-02"], ["2026-05-02", "2026-05-03"]])
    {
        let alone = measured(&scratch, &["--from", window[0], "--to", window[1]]);
        assert_eq!(value(group, "auc"), value(&alone["groups"][0], "auc"));
    }
    let whole = measured(&scratch, &[]);
    let rows = |group: &serde_json::Value| group["rows"]["measured"].as_u64().unwrap();
    assert_eq!(
        groups.iter().map(rows).sum::<u64>(),
        rows(&whole["groups"][0])
    );
    let weeks = measured(&scratch, &["--every", "week"]);
    // 2026-05-01 is a Friday: both days are of the week of April 27, cut to the hours that there are.
    assert_eq!(weeks["groups"].as_array().unwrap().len(), 1);
    assert_eq!(
        value(&weeks["groups"][0], "brier_score"),
        value(&whole["groups"][0], "brier_score")
    );
}

#[test]
fn merged_hours_are_cut_by_variant_and_by_what_payloads_hold() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(HEALTHY, "out")).expect_status(0);
    let by = |by: &str| {
        scratch
            .run(&["quality", "--in", "out", "--by", by, "--output", "json"])
            .expect_status(0)
            .json()
    };
    assert_eq!(by("variant")["groups"][0]["segment"], "variant=AllTraffic");
    let late = by("payload_field(input, input_encoding, '2') AS late");
    let groups = late["groups"].as_array().unwrap();
    assert!(groups.len() > 1);
    let rows: u64 = groups
        .iter()
        .map(|group| group["rows"]["read"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, 911);
    assert!(groups[0]["segment"].as_str().unwrap().starts_with("late="));
}

#[test]
fn raw_captures_are_measured_as_their_merged_hours_are() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(HEALTHY, "out")).expect_status(0);
    let merged = scratch.run(&[
        "quality", "--in", "out", "--from", HEALTHY[0], "--to", HEALTHY[1], "--output", "json",
    ]);
    let mut flags = of_drifting(HEALTHY, "x");
    flags.truncate(flags.len() - 2);
    let raw = run(&scratch, &["quality", "--output", "json"], &flags).expect_status(0);
    assert_eq!(raw.stdout, merged.expect_status(0).stdout);
    assert!(!scratch.path("x").exists());
}
