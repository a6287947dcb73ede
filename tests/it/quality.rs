//! `quality`, `baseline` and `monitor` as a user runs them.

mod bad_input;
mod baseline;
mod cuts;
mod datasets;
mod monitor;
mod own_metric;
mod same_bits;

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Run, Scratch};

/// The flags of a table with the columns `probability`, `prediction` and `label`.
const BINARY: [&str; 8] = [
    "--problem-type",
    "BinaryClassification",
    "--inference-attribute",
    "prediction",
    "--probability-attribute",
    "probability",
    "--ground-truth-attribute",
    "label",
];

/// The sample of an endpoint that drifts.
fn drifting() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("datasets/quality")
}

/// Flags that merge and label the sample as its configuration does.
fn of_drifting(window: [&str; 2], out: &str) -> Vec<String> {
    let place = |name: &str| drifting().join(name).display().to_string();
    let [from, to] = window;
    [
        "--model",
        "credit",
        "--captures",
        &place("captures"),
        "--labels",
        &place("labels"),
        "--endpoint",
        "credit-prod",
        "--problem-type",
        "BinaryClassification",
        "--probability-attribute",
        "0",
        "--from",
        from,
        "--to",
        to,
        "--as-of",
        "2026-03-05",
        "--out",
        out,
    ]
    .map(str::to_owned)
    .into()
}

const HEALTHY: [&str; 2] = ["2026-03-02", "2026-03-03"];
const DRIFTED: [&str; 2] = ["2026-03-03", "2026-03-04"];
const SILENT: [&str; 2] = ["2026-03-04", "2026-03-05"];

fn run(scratch: &Scratch, first: &[&str], more: &[String]) -> Run {
    let args: Vec<&str> = first
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str))
        .collect();
    scratch.run(&args)
}

/// The figure of a metric in a group of `--output json`.
#[track_caller]
fn figure<'a>(group: &'a Value, metric: &str) -> &'a Value {
    let metrics = group["metrics"].as_array().unwrap();
    let found = metrics.iter().find(|figure| figure["metric"] == metric);
    found.unwrap_or_else(|| panic!("no {metric} in {group}"))
}

#[track_caller]
fn value(group: &Value, metric: &str) -> f64 {
    figure(group, metric)["value"].as_f64().unwrap()
}

/// 400 rows with ties, in the columns of [`BINARY`] and a plan and a time.
fn table() -> String {
    let mut csv = "probability,prediction,label,plan,hour\n".to_owned();
    for row in 0..400_u32 {
        let probability = f64::from(row * 7919 % 101) / 100.0;
        let label = u32::from(row * 104_729 % 113 < (probability * 100.0) as u32);
        let plan = ["basic", "plus", "pro"][row as usize % 3];
        let prediction = u32::from(probability >= 0.5);
        csv.push_str(&format!(
            "{probability},{prediction},{label},{plan},2026-05-0{}T0{}:00:00Z\n",
            1 + row / 200,
            row % 5
        ));
    }
    csv
}

/// A folder with [`table`] as `t.parquet`.
fn with_table() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("t.csv", table());
    let args = [
        "sql",
        "t.csv",
        "-c",
        "SELECT * FROM t",
        "--out",
        "t.parquet",
    ];
    scratch.run(&args).expect_status(0);
    scratch
}
