//! `groundline runs`, and the table `runs`.

use super::{made, recorded, run_all};

const HOURLY: &str = r#"
name = "hourly"
expression = "@hourly"
constraints = "constraints.json"
restate_step = 0.1
"#;

#[test]
fn executions_are_listed_shown_and_compared() {
    let scratch = made(4, 160, HOURLY);
    run_all(&scratch, "2026-11-01T01", "2026-11-01T04");
    let runs = |args: &[&str]| {
        let mut all = vec!["runs"];
        all.extend(args);
        all.extend(["--out", "data/merged"]);
        scratch.run(&all)
    };
    let last = runs(&["list", "--most", "1", "--output", "csv"]).expect_status(0);
    assert!(
        last.stdout
            .contains("hourly,2026-11-01T04,synth,2026-11-01T03,2026-11-01T04,")
    );
    assert_eq!(last.stdout.lines().count(), 2);
    let shown = runs(&["show", "hourly@2026-11-01T02"]).expect_status(0);
    assert!(shown.stdout.contains("accuracy"), "{}", shown.stdout);
    assert!(
        shown
            .stdout
            .contains("runs/endpoint-0/hourly/2026/11/01/02"),
        "{}",
        shown.stdout
    );
    let diff = runs(&[
        "diff",
        "hourly@2026-11-01T02",
        "hourly@2026-11-01T03",
        "--output",
        "json",
    ]);
    let diff = diff.expect_status(0).json();
    let row = diff["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["metric"] == "accuracy");
    let row = row.unwrap();
    let number = |key: &str| row[key].as_f64().unwrap();
    assert!((number("b") - number("a") - number("difference")).abs() < 1e-15);
    let absent = runs(&["show", "hourly@2026-11-09T02"]).expect_status(1);
    assert!(absent.stderr.contains("runs list"), "{}", absent.stderr);
    runs(&["show", "hourly"]).expect_status(2);
}

#[test]
fn executions_are_a_table() {
    let scratch = made(3, 60, HOURLY);
    run_all(&scratch, "2026-11-01T01", "2026-11-01T03");
    let statement = "SELECT schedule, scheduled, state, predictions FROM runs ORDER BY scheduled";
    let args = [
        "sql",
        "--in",
        "data/merged",
        "-c",
        statement,
        "--output",
        "json",
    ];
    let rows = scratch.run(&args).expect_status(0).json();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["scheduled"], "2026-11-01T01");
    assert_eq!(rows[0]["predictions"], recorded(&scratch)[0]["predictions"]);
}

#[test]
fn monitor_records_its_execution() {
    let scratch = made(2, 60, HOURLY);
    let args = [
        "monitor",
        "--config",
        "data/groundline.toml",
        "--constraints",
        "data/constraints.json",
        "--all",
        "--as-of",
        "2026-11-01T02",
        "--ok",
        "violations",
    ];
    scratch.run(&args).expect_status(0);
    let runs = recorded(&scratch);
    assert_eq!(runs[0]["id"], "monitor@2026-11-01T02");
    assert_eq!(runs[0]["provisional"], true);
    assert_eq!(runs[0]["checks"].as_array().unwrap().len(), 2);
}

#[test]
fn a_schedule_with_an_output_of_its_own_is_found_there() {
    let scratch = made(2, 40, &format!("{HOURLY}output = \"other\"\n"));
    run_all(&scratch, "2026-11-01T01", "2026-11-01T02");
    assert!(scratch.path("data/other/runs").exists());
    let config = ["--config", "data/groundline.toml"];
    let show = ["runs", "show", "hourly@2026-11-01T01"];
    scratch.run(&[&show[..], &config].concat()).expect_status(0);
    let list = ["runs", "list", "--schedule", "hourly", "--output", "csv"];
    let list = scratch.run(&[&list[..], &config].concat()).expect_status(0);
    assert_eq!(list.stdout.lines().count(), 3, "{}", list.stdout);
}
