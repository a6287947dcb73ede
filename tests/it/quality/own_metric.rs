//! Metrics of the user's own.

use crate::harness::Scratch;
use crate::quality::{DRIFTED, of_drifting, run};

const COST: &str = "SELECT 'cost_per_false_negative' AS metric,
  CAST(count(*) FILTER (WHERE label = '1' AND prediction = '0') AS DOUBLE) * 500 AS value
FROM merged WHERE label IS NOT NULL";

#[test]
fn an_own_metric_is_measured_and_its_constraint_violated() {
    let scratch = Scratch::new();
    scratch.write("metrics/cost.sql", COST).write(
        "constraints.json",
        r#"{"version": 0.0, "binary_classification_constraints": {
            "cost_per_false_negative": {"threshold": 50000, "comparison_operator": "GreaterThanThreshold"}}}"#,
    );
    let first = [
        "monitor",
        "--metrics-dir",
        "metrics",
        "--constraints",
        "constraints.json",
    ];
    let monitored = run(&scratch, &first, &of_drifting(DRIFTED, "out")).expect_status(3);
    // 156 of the labelled defaults were missed (datasets/quality/README.md).
    let line = monitored
        .stdout
        .lines()
        .find(|line| line.contains("cost_per_false_negative"))
        .unwrap();
    assert!(
        line.contains("78000") && line.contains("violated"),
        "{line}"
    );
    let asked = scratch.run(&[
        "sql",
        "--in",
        "out",
        "--output",
        "csv",
        "-c",
        "SELECT value FROM metrics WHERE metric = 'cost_per_false_negative'",
    ]);
    assert_eq!(asked.expect_status(0).stdout, "value\n78000.0\n");
}

#[test]
fn the_folder_beside_the_configuration_is_found() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(DRIFTED, "out")).expect_status(0);
    scratch.write("sql/metrics/cost.sql", COST);
    scratch.write("groundline.toml", "[output]\nuri = \"out\"\n");
    let measured = scratch
        .run(&["quality", "--output", "csv"])
        .expect_status(0);
    assert!(
        measured.stdout.contains("cost_per_false_negative,78000.0"),
        "{}",
        measured.stdout
    );
}

#[test]
fn segments_of_an_own_metric_stand_beside_the_others() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(DRIFTED, "out")).expect_status(0);
    scratch.write("m/rows.sql", "SELECT 'labelled' AS metric, count(label) AS value, 'variant=' || variant AS segment FROM merged GROUP BY variant");
    let args = [
        "quality",
        "--in",
        "out",
        "--metrics-dir",
        "m",
        "--by",
        "variant",
        "--output",
        "json",
    ];
    let measured = scratch.run(&args).expect_status(0).json();
    let groups = measured["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(super::value(&groups[0], "labelled"), 848.0);
}
