//! Where no schedule ran, everything is measured from hour files.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::{assert_prints, corpus, merged, page, plain, row, rows, run, section};
use crate::harness::Scratch;

fn quality(scratch: &Scratch, args: &str) -> Value {
    let measured = run(scratch, &format!("quality --in out --output json {args}"));
    measured.expect_status(0).json()
}

/// Metrics of the page and what `quality` calls them.
const METRICS: [(&str, &str); 4] = [
    ("Recall", "recall"),
    ("Accuracy", "accuracy"),
    ("AUC", "auc"),
    ("Brier score", "brier_score"),
];

#[test]
fn the_numbers_of_the_page_are_those_of_quality() {
    let scratch = merged();
    for window in ["", "--from 2026-11-01T02 --to 2026-11-01T07"] {
        let page = page(&scratch, format!("--in out {window}").trim());
        let measured = quality(&scratch, window.trim());
        let group = &measured["groups"][0];
        for (shown, name) in METRICS {
            let row = row(section(&page, "whole"), shown);
            let metrics = group["metrics"].as_array().unwrap();
            let figure = metrics.iter().find(|m| m["metric"] == name).unwrap();
            assert_prints(&row[1], figure["value"].as_f64().unwrap());
        }
        let rows = &group["rows"];
        let count = |name: &str| rows[name].as_u64().unwrap();
        let lead = format!("of {} predictions", count("read"));
        let labels = section(&page, "labels");
        let (share, _) = labels.split_once(&lead).unwrap();
        let share = share.rsplit('>').next().unwrap().trim_end();
        let labelled = count("read") - count("unlabelled");
        let share = share.trim_end_matches('%').trim_end();
        assert_prints(share, 100.0 * labelled as f64 / count("read") as f64);
    }
}

#[test]
fn the_course_of_time_has_a_point_for_each_hour_of_a_short_window() {
    let scratch = merged();
    let page = page(&scratch, "--in out");
    let measured = quality(&scratch, "--every hour");
    let groups = measured["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 12);
    let coverage = rows(section(&page, "labels"));
    for (hour, group) in groups.iter().enumerate() {
        let begins = format!("1 Nov 2026 {hour:02}:00 to ");
        let row = coverage
            .iter()
            .find(|row| row[0].starts_with(&begins))
            .unwrap();
        let metrics = group["metrics"].as_array().unwrap();
        let figure = metrics
            .iter()
            .find(|m| m["metric"] == "label_coverage")
            .unwrap();
        assert_prints(&row[1], figure["value"].as_f64().unwrap());
    }
}

/// The merge's own report is the oracle, and its files are not read by it.
#[test]
fn records_are_those_that_the_merge_told() {
    let scratch = corpus();
    let told = run(
        &scratch,
        "merge --config d/groundline.toml --out out --all --output json",
    );
    let told = told.expect_status(0).json();
    let ledger = &told["models"][0]["ledger"];
    let page = page(&scratch, "--in out");
    let records = section(&page, "records");
    assert!(records.contains("The ledger closes"));
    for (side, buckets) in [
        ("predictions", vec!["no_output", "labelled", "unlabelled"]),
        ("labels", vec!["matched", "superseded", "unmatched_after"]),
    ] {
        for bucket in buckets {
            let row = row(records, &bucket.replace('_', " "));
            assert_prints(&row[2], ledger[side][bucket].as_f64().unwrap());
        }
    }
    let unmatched = told["models"][0]["unmatched"].as_array().unwrap();
    assert!(!unmatched.is_empty());
    for group in unmatched {
        let reason = group["reason"].as_str().unwrap().replace('_', " ");
        let row = row(records, &reason);
        assert_prints(&row[1], group["count"].as_f64().unwrap());
        assert!(!row[3].is_empty());
    }
}

/// Counted from the hour files' rows, without SQL.
#[test]
fn delays_count_every_label_once() {
    let scratch = merged();
    let hour = |text: &str| -> i64 {
        let (day, hour) = (text[8..10].parse::<i64>().unwrap(), &text[11..13]);
        day * 24 + hour.parse::<i64>().unwrap()
    };
    // Hours 2 to 6 of the day.
    let window = 24 + 2..24 + 7;
    let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
    for row in scratch.rows("out/merged") {
        let predicted = hour(row["hour"].as_ref().unwrap());
        // A label without a value is none.
        let label = row["label_hour"]
            .as_ref()
            .filter(|_| row["label"].is_some());
        if let (Some(label), true) = (label, window.contains(&predicted)) {
            *counts.entry(hour(label) - predicted).or_default() += 1;
        }
    }
    let page = page(&scratch, "--in out --from 2026-11-01T02 --to 2026-11-01T07");
    let labels = section(&page, "labels");
    assert_prints(&row(labels, "0 h to 1 h")[2], counts[&0] as f64);
    let day: u64 = counts.range(12..24).map(|(_, count)| count).sum();
    assert_prints(&row(labels, "12 h to 24 h")[2], day as f64);
    assert!(labels.contains("100 %"), "{labels}");
}

#[test]
fn segments_are_ranked_and_their_errors_add_up() {
    let scratch = merged();
    let args = [
        "report",
        "--in",
        "out",
        "-o",
        "page.html",
        "--by",
        "variant",
        "--by",
        "CASE WHEN probability > 0.5 THEN 'high' ELSE 'low' END AS score",
    ];
    scratch.run(&args).expect_status(0);
    let page = plain(&fs::read_to_string(scratch.path("page.html")).unwrap());
    let segments = section(&page, "segments");
    let rows: Vec<f64> = ["score=high", "score=low"]
        .iter()
        .map(|name| row(segments, name)[1].parse().unwrap())
        .collect();
    let all = quality(&scratch, "");
    let measured = all["groups"][0]["rows"]["measured"].as_f64().unwrap();
    assert_eq!(rows.iter().sum::<f64>(), measured);
    assert_eq!(row(segments, "variant=AllTraffic")[3], "100 %");
}

#[test]
fn constraints_are_held_against_the_whole_window_and_scripts_may_ask_for_it() {
    let scratch = merged();
    run(&scratch, "baseline --in out --out base").expect_status(0);
    let kept =
        "report --in out --constraints base/constraints.json --fail-on-violations -o page.html";
    run(&scratch, kept).expect_status(0);
    let page = fs::read_to_string(scratch.path("page.html")).unwrap();
    assert!(page.contains("All 11 constraints are kept."));
    // A threshold that nothing reaches.
    let text = fs::read_to_string(scratch.path("base/constraints.json")).unwrap();
    let mut strict: Value = serde_json::from_str(&text).unwrap();
    strict["binary_classification_constraints"]["accuracy"]["threshold"] = 0.999.into();
    scratch.write("strict.json", strict.to_string());
    let violated = "report --in out --constraints strict.json --format markdown";
    let told = run(&scratch, violated).expect_status(0);
    assert!(
        told.stdout.contains("1 of 11 constraints is violated."),
        "{}",
        told.stdout
    );
    run(&scratch, &format!("{violated} --fail-on-violations")).expect_status(3);
    run(
        &scratch,
        &format!("{violated} --fail-on-violations --ok violations"),
    )
    .expect_status(0);
}

#[test]
fn the_same_output_gives_the_same_bytes_whatever_the_threads() {
    let scratch = merged();
    let bytes = |more: &str| {
        let args = format!("report --in out --by variant -o - {more}");
        run(&scratch, &args).expect_status(0).stdout
    };
    let one = bytes("--threads 1");
    assert!(one == bytes("--threads 7 --batch-size 100"));
    assert!(one == bytes(""));
}

#[test]
fn markdown_goes_to_stdout_and_a_page_to_report_html() {
    let scratch = merged();
    let told = run(&scratch, "report --in out --format markdown").expect_status(0);
    assert!(
        told.stdout.starts_with("## Model quality"),
        "{}",
        told.stdout
    );
    assert!(!scratch.path("report.html").exists());
    let told = run(&scratch, "report --in out").expect_status(0);
    assert_eq!(told.stdout, "");
    assert!(told.stderr.contains("report.html"), "{}", told.stderr);
    let page = fs::metadata(scratch.path("report.html")).unwrap();
    assert!((10_000..1_000_000).contains(&page.len()), "{}", page.len());
}

#[test]
fn without_labels_the_page_says_so() {
    let scratch = corpus();
    let early = "merge --config d/groundline.toml --out out --all --as-of 2026-10-01";
    run(&scratch, early).expect_status(0);
    let page = page(&scratch, "--in out");
    assert!(page.contains(">0 % of 1200 predictions have a label."));
    assert!(!page.contains("From prediction to label"));
}
