//! Statistics and constraints of a data set.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::Scratch;
use crate::quality::{BINARY, HEALTHY, drifting, of_drifting, run, table};
use crate::samples::{parsed, sample, text};

fn json(scratch: &Scratch, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(scratch.path(file)).unwrap()).unwrap()
}

/// SageMaker's own values, printed by AWS's notebook (samples `mq-baseline-binary-churn`).
#[test]
fn the_churn_sample_gives_sagemakers_values_and_constraints() {
    let Some(data) = sample("churn-test-data/validation_with_predictions.csv") else {
        return;
    };
    let scratch = Scratch::new();
    let data = data.display().to_string();
    let mut args = vec!["baseline", &data, "--out", "baseline"];
    args.extend(BINARY);
    scratch.run(&args).expect_status(0);
    let read = |file: &str| {
        let file = sample(&format!("mq-baseline-binary-churn/{file}")).unwrap();
        parsed(&text(&file))
    };
    let theirs = read("2021-05.statistics.reconstructed.json");
    let ours = json(&scratch, "baseline/statistics.json");
    let key = "binary_classification_metrics";
    assert_eq!(
        ours[key]["confusion_matrix"],
        theirs[key]["confusion_matrix"]
    );
    for (metric, theirs) in theirs[key].as_object().unwrap() {
        let Some(expected) = theirs.get("value").and_then(Value::as_f64) else {
            continue;
        };
        let value = ours[key][metric]["value"].as_f64().unwrap();
        let printed = theirs["value"].to_string().len();
        let near = if printed > 10 { 1e-12 } else { 5e-7 };
        assert!(
            (value - expected).abs() <= near,
            "{metric}: {value} for {expected}"
        );
    }
    let theirs = read("2021-05.constraints.reconstructed.json");
    let ours = json(&scratch, "baseline/constraints.json");
    let key = "binary_classification_constraints";
    let names = |file: &Value| {
        file[key]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&ours), names(&theirs));
    for (metric, theirs) in theirs[key].as_object().unwrap() {
        let ours = &ours[key][metric];
        assert_eq!(
            ours["comparison_operator"], theirs["comparison_operator"],
            "{metric}"
        );
        let off = ours["threshold"].as_f64().unwrap() - theirs["threshold"].as_f64().unwrap();
        assert!(off.abs() <= 1e-12, "{metric}");
    }
}

#[test]
fn csv_with_and_without_a_header_json_lines_and_parquet_are_one_baseline() {
    let scratch = Scratch::new();
    let csv = table();
    let (header, rows) = csv.split_once('\n').unwrap();
    scratch.write("with.csv", &csv).write("without.csv", rows);
    let names: Vec<&str> = header.split(',').collect();
    let mut lines = String::new();
    for row in rows.lines() {
        let cells: Vec<&str> = row.split(',').collect();
        lines.push_str(&format!(
            "{{\"out\": {{\"scores\": [{}]}}, \"prediction\": {}, \"{}\": \"{}\"}}\n",
            cells[0], cells[1], names[2], cells[2]
        ));
    }
    scratch.write("lines.jsonl", lines);
    let query = "SELECT probability, prediction, label = 1 AS label FROM \"with\"";
    let args = ["sql", "with.csv", "-c", query, "--out", "table.parquet"];
    scratch.run(&args).expect_status(0);
    let attributes = |prediction: &'static str, probability: &'static str, label: &'static str| {
        [
            "--problem-type",
            "BinaryClassification",
            "--inference-attribute",
            prediction,
            "--probability-attribute",
            probability,
            "--ground-truth-attribute",
            label,
        ]
    };
    for (file, attributes) in [
        ("with.csv", attributes("prediction", "probability", "label")),
        ("without.csv", attributes("1", "_c0", "2")),
        (
            "lines.jsonl",
            attributes("prediction", "out.scores[0]", "$.label"),
        ),
        (
            "table.parquet",
            attributes("prediction", "probability", "label"),
        ),
    ] {
        let out = file.replace('.', "-");
        let mut args = vec!["baseline", file, "--out", &out];
        args.extend(attributes);
        scratch.run(&args).expect_status(0);
        for written in ["statistics.json", "constraints.json"] {
            let read =
                |out: &str| fs::read_to_string(scratch.path(&format!("{out}/{written}"))).unwrap();
            assert_eq!(read(&out), read("with-csv"), "{file} {written}");
        }
    }
}

#[test]
fn merged_hours_are_a_baseline_that_their_own_window_keeps() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(HEALTHY, "out")).expect_status(0);
    scratch
        .run(&[
            "baseline",
            "--in",
            "out",
            "--from",
            "2026-03-02",
            "--to",
            "2026-03-03",
            "--out",
            "baseline",
        ])
        .expect_status(0);
    let monitored = run(
        &scratch,
        &["monitor", "--constraints", "baseline/constraints.json"],
        &of_drifting(HEALTHY, "out"),
    );
    // Equal to the threshold passes.
    monitored.expect_status(0);
}

#[test]
fn a_margin_loosens_every_threshold() {
    let scratch = Scratch::new();
    let data = drifting().join("baseline.csv").display().to_string();
    let thresholds = |margin: &[&str]| {
        let mut args = vec!["baseline", data.as_str(), "--out", "b"];
        args.extend(BINARY);
        args.extend(margin);
        scratch.run(&args).expect_status(0);
        let file = json(&scratch, "b/constraints.json");
        let of = |metric: &str| {
            file["binary_classification_constraints"][metric]["threshold"]
                .as_f64()
                .unwrap()
        };
        ["recall", "false_positive_rate", "auc"].map(of)
    };
    let plain = thresholds(&[]);
    let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-12, "{one} {other}");
    let loose = thresholds(&["--margin", "5%"]);
    near(loose[0], plain[0] * 0.95);
    near(loose[1], plain[1] * 1.05);
    let by_interval = thresholds(&["--margin", "ci"]);
    assert!(by_interval[0] < plain[0] && by_interval[1] > plain[1] && by_interval[2] < plain[2]);
    let mut args = vec!["baseline", data.as_str(), "--out", "b", "--margin", "lots"];
    args.extend(BINARY);
    let refused = scratch.run(&args).expect_status(2);
    assert!(refused.stderr.contains("--margin"), "{}", refused.stderr);
    assert!(Path::new(&data).is_file());
}
