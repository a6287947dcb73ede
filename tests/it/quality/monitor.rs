//! One window from captures to exit status.

use std::fs;

use crate::harness::Scratch;
use crate::quality::{DRIFTED, HEALTHY, SILENT, drifting, of_drifting, run};

fn constraints() -> String {
    drifting().join("constraints.json").display().to_string()
}

/// `UPDATE` as for the golden cases: `GROUNDLINE_BLESS=1` writes what was printed.
#[track_caller]
fn golden(name: &str, printed: &str) {
    let file = format!("{}/tests/it/quality/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("GROUNDLINE_BLESS").is_some() {
        fs::write(&file, printed).unwrap();
    }
    assert_eq!(
        printed,
        fs::read_to_string(&file).unwrap_or_default(),
        "{file}"
    );
}

#[test]
fn a_model_that_is_well_keeps_its_constraints() {
    let scratch = Scratch::new();
    let monitored = run(
        &scratch,
        &["monitor", "--constraints", &constraints()],
        &of_drifting(HEALTHY, "out"),
    );
    let monitored = monitored.expect_status(0);
    golden("healthy", &monitored.stdout);
    let folder = "out/runs/credit-prod/monitor/2026/03/03/00";
    let text = |file: &str| fs::read_to_string(scratch.path(&format!("{folder}/{file}"))).unwrap();
    let violations: serde_json::Value =
        serde_json::from_str(&text("constraint_violations.json")).unwrap();
    assert_eq!(violations["violations"].as_array().unwrap().len(), 0);
    let statistics: serde_json::Value = serde_json::from_str(&text("statistics.json")).unwrap();
    let metrics = &statistics["binary_classification_metrics"];
    // Counted with scikit-learn over the joined files (datasets/quality/README.md).
    assert_eq!(metrics["confusion_matrix"]["1"]["1"], 201);
    assert_eq!(metrics["confusion_matrix"]["0"]["1"], 54);
    let suggested: serde_json::Value = serde_json::from_str(&text("constraints.json")).unwrap();
    let recall = &suggested["binary_classification_constraints"]["recall"];
    assert_eq!(recall["threshold"], metrics["recall"]["value"]);
}

#[test]
fn a_model_that_drifts_violates_and_exits_with_three() {
    let scratch = Scratch::new();
    let monitored = run(
        &scratch,
        &["monitor", "--constraints", &constraints()],
        &of_drifting(DRIFTED, "out"),
    );
    let monitored = monitored.expect_status(3);
    golden("drifted", &monitored.stdout);
    let file =
        scratch.path("out/runs/credit-prod/monitor/2026/03/04/00/constraint_violations.json");
    let violations: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut names: Vec<&str> = violations["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["metric_name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    let expected = [
        "accuracy",
        "auc",
        "f0_5",
        "f1",
        "f2",
        "falseNegativeRate",
        "recall",
        "truePositiveRate",
    ];
    assert_eq!(names, expected);
    let accepted = run(
        &scratch,
        &[
            "monitor",
            "--ok",
            "violations",
            "--constraints",
            &constraints(),
        ],
        &of_drifting(DRIFTED, "out"),
    );
    accepted.expect_status(0);
}

#[test]
fn a_window_without_input_exits_with_five() {
    let scratch = Scratch::new();
    let monitored = run(
        &scratch,
        &["monitor", "--constraints", &constraints()],
        &of_drifting(SILENT, "out"),
    );
    let monitored = monitored.expect_status(5);
    golden("silent", &monitored.stdout);
    assert!(
        monitored.stderr.contains("2026-03-03T23"),
        "{}",
        monitored.stderr
    );
}

#[test]
fn the_interval_decides_where_it_is_asked() {
    let scratch = Scratch::new();
    // Twelve of thirteen are right: 0.923, below 0.95, and its interval reaches 0.986.
    scratch.write("constraints.json", r#"{"binary_classification_constraints": {
        "accuracy": {"threshold": 0.88, "comparison_operator": "LessThanThreshold", "additional_properties": null}}}"#);
    let first = ["monitor", "--constraints", "constraints.json"];
    let point = run(&scratch, &first, &of_drifting(HEALTHY, "out")).expect_status(3);
    assert!(
        point.stdout.contains("insufficient evidence"),
        "{}",
        point.stdout
    );
    let mut honest = of_drifting(HEALTHY, "out");
    honest.push("--honest".to_owned());
    run(&scratch, &first, &honest).expect_status(0);
}

#[test]
fn metrics_are_a_table_beside_the_hours() {
    let scratch = Scratch::new();
    run(&scratch, &["monitor"], &of_drifting(HEALTHY, "out")).expect_status(0);
    let asked = scratch.run(&["sql", "--in", "out", "--output", "csv", "-c",
        "SELECT model, metric, round(value, 4) AS v, n, window, as_of FROM metrics WHERE metric IN ('recall', 'label_coverage') ORDER BY metric"]);
    let asked = asked.expect_status(0);
    assert_eq!(
        asked.stdout,
        "model,metric,v,n,window,as_of\n\
        credit,label_coverage,0.9374,911,2026-03-02T00:00:00Z,2026-03-05T00:00:00Z\n\
        credit,recall,0.7821,257,2026-03-02T00:00:00Z,2026-03-05T00:00:00Z\n"
    );
}

#[test]
fn a_constraint_on_what_nobody_measures_is_a_mistake() {
    let scratch = Scratch::new();
    scratch.write(
        "c.json",
        r#"{"binary_classification_constraints": {
        "recal": {"threshold": 0.5, "comparison_operator": "LessThanThreshold"}}}"#,
    );
    let told = run(
        &scratch,
        &["monitor", "--constraints", "c.json"],
        &of_drifting(HEALTHY, "out"),
    )
    .expect_status(2);
    for part in ["`recal`", "did you mean `recall`", "--metrics-dir"] {
        assert!(told.stderr.contains(part), "{part}: {}", told.stderr);
    }
}

/// Two models over the same captures: the one that drifts, and one that leaves every record out.
#[test]
fn a_model_without_rows_hides_no_violation_of_another() {
    let scratch = Scratch::new();
    let place = |name: &str| drifting().join(name).display().to_string();
    let model = |name: &str, more: &str| {
        format!(
            "[[model]]\nname = \"{name}\"\ncaptures = \"{}\"\nlabels = \"{}\"\nproblem_type = \"BinaryClassification\"\n\
             probability_attribute = \"0\"\nconstraints = \"{}\"\n{more}\n",
            place("captures"),
            place("labels"),
            place("constraints.json")
        )
    };
    let config = model("credit", "")
        + &model("nobody", "where = \"event_id = 'x'\"")
        + "[output]\nuri = \"out\"\n";
    scratch.write("groundline.toml", config);
    let args = [
        "monitor",
        "--from",
        DRIFTED[0],
        "--to",
        DRIFTED[1],
        "--as-of",
        "2026-03-05",
    ];
    let monitored = scratch.run(&args).expect_status(3);
    assert!(
        monitored.stdout.contains("8 of 11 constraints violated"),
        "{}",
        monitored.stdout
    );
    assert!(monitored.stderr.contains("nobody"), "{}", monitored.stderr);
    // Of one endpoint, each has a folder of its own.
    assert!(
        scratch
            .path("out/runs/credit/monitor/2026/03/04/00/statistics.json")
            .is_file()
    );
}

#[test]
fn a_variant_is_measured_alone() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(HEALTHY, "out")).expect_status(0);
    let measured = |variant: &str| {
        scratch.run(&[
            "quality",
            "--in",
            "out",
            "--variant",
            variant,
            "--output",
            "json",
        ])
    };
    assert_eq!(
        measured("All*").expect_status(0).json()["groups"][0]["rows"]["read"],
        911
    );
    let told = measured("blue").expect_status(5);
    assert!(told.stderr.contains("credit"), "{}", told.stderr);
    let accepted = scratch.run(&[
        "quality",
        "--in",
        "out",
        "--variant",
        "blue",
        "--ok",
        "no-input",
    ]);
    accepted.expect_status(0);
}

#[test]
fn a_window_without_labels_says_that_nothing_can_be_said() {
    let scratch = Scratch::new();
    let mut flags = of_drifting(HEALTHY, "out");
    let at = flags.iter().position(|flag| flag == "2026-03-05").unwrap();
    flags[at] = "2026-03-01".to_owned();
    let monitored = run(
        &scratch,
        &["monitor", "--constraints", &constraints()],
        &flags,
    )
    .expect_status(0);
    let first = monitored.stdout.lines().next().unwrap();
    assert!(first.contains("nothing can be said"), "{first}");
}
