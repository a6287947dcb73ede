//! The other kinds of models, and lines that are made to hurt.

use serde_json::{Value, json};

use super::analyze::{HOUR, changed, document, merged};
use super::{message, run};
use crate::harness::Scratch;

/// Analyses some lines and gives the metrics.
#[track_caller]
fn metrics(lines: &[String], kind: [&str; 2], changes: &[(&str, &str)]) -> Value {
    let scratch = Scratch::new();
    scratch.write(&format!("ml/merged/{HOUR}"), lines.concat());
    let [problem_type, key] = kind;
    let mut all = vec![
        ("baseline_constraints", ""),
        ("probability_attribute", ""),
        ("probability_threshold_attribute", ""),
        ("problem_type", problem_type),
    ];
    all.extend(changes);
    run(&scratch, "analyze", &changed(&all)).expect_status(0);
    document(&scratch, "ml/result/statistics.json")[key].clone()
}

#[test]
fn a_regression_is_measured_by_the_output_at_an_index() {
    let lines = [
        merged("x,1.5", "CSV", "1"),
        merged("x,2", "CSV", "4"),
        // As some serialisers write small numbers.
        merged("x,1e-05", "CSV", "1e-05"),
    ];
    let kind = ["Regression", "regression_metrics"];
    let found = metrics(&lines, kind, &[("inference_attribute", "1")]);
    assert_eq!(found["mae"]["value"], 2.5 / 3.0);
    assert_eq!(found["mse"]["value"], 4.25 / 3.0);
    assert_eq!(found["rmse"]["value"], (4.25_f64 / 3.0).sqrt());
    assert_eq!(found.as_object().unwrap().len(), 4);
}

#[test]
fn classes_are_one_however_they_are_spelled() {
    let kind = [
        "MulticlassClassification",
        "multiclass_classification_metrics",
    ];
    let of = |label: &str, truth: &str| {
        merged(
            &json!({"predicted_label": label}).to_string(),
            "JSON",
            truth,
        )
    };
    let lines = [
        of("2", "2.0"),
        of("cat", " cat"),
        of("cat", "\"cat\""),
        of("cat", "2"),
    ];
    let found = metrics(&lines, kind, &[("inference_attribute", "predicted_label")]);
    assert_eq!(found["accuracy"]["value"], 0.75);
    assert_eq!(
        found["confusion_matrix"],
        json!({"2": {"2": 1, "cat": 1}, "cat": {"2": 0, "cat": 2}})
    );
}

#[test]
fn a_request_without_a_response_is_counted_and_not_measured() {
    let scratch = Scratch::new();
    let mut line: Value = serde_json::from_str(&merged("0.9", "CSV", "1")).unwrap();
    line["captureData"]
        .as_object_mut()
        .unwrap()
        .remove("endpointOutput");
    let lines = format!("{line}\n{}", merged("0.9", "CSV", "1"));
    scratch.write(&format!("ml/merged/{HOUR}"), lines);
    let ended = run(
        &scratch,
        "analyze",
        &changed(&[("baseline_constraints", "")]),
    );
    let ended = ended.expect_status(0);
    assert!(ended.stderr.contains("2 records"), "{}", ended.stderr);
    let found = document(&scratch, "ml/result/statistics.json");
    assert_eq!(
        found["binary_classification_metrics"]["confusion_matrix"]["1"]["1"],
        1
    );
}

#[test]
fn lines_that_are_made_to_hurt_are_told_or_left_out_and_end_no_process() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let hurting = [
        format!("{{\"groundTruthData\":{},\"captureData\":{{\"endpointOutput\":1}}}}", deep(100_000)),
        format!("{{\"captureData\":{},\"groundTruthData\":1}}", deep(100_000)),
        deep(200_000),
        "{\"captureData\":{\"endpointOutput\":{\"data\":\"%%%\",\"encoding\":\"BASE64\"}},\"groundTruthData\":{\"data\":\"1\"}}".to_owned(),
        "\u{0}\u{1}".to_owned(),
        "{\"captureData\":{\"endpointOutput\":null},\"groundTruthData\":null}".to_owned(),
        format!("{{\"{}\":1}}", "k".repeat(100_000)),
    ];
    for line in hurting {
        let scratch = Scratch::new();
        let good = merged("0.9", "CSV", "1");
        scratch.write(
            &format!("ml/merged/{HOUR}"),
            format!("{good}{line}\n{good}"),
        );
        let variables = changed(&[("baseline_constraints", "")]);
        let shown: String = line.chars().take(60).collect();
        let ended = run(&scratch, "analyze", &variables);
        assert_eq!(ended.status, 1, "{shown}: {}", ended.stderr);
        let said = message(&scratch).unwrap();
        assert!(
            said.starts_with("Failed: ") && said.chars().count() <= 1024,
            "{shown}: {said}"
        );

        // Accepted, the others are measured.
        let accepted = changed(&[
            ("baseline_constraints", ""),
            ("GROUNDLINE_MAX_REJECTS", "50%"),
        ]);
        run(&scratch, "analyze", &accepted).expect_status(0);
        let found = document(&scratch, "ml/result/statistics.json");
        let matrix = &found["binary_classification_metrics"]["confusion_matrix"];
        assert_eq!(matrix["1"]["1"], 2, "{shown}");
    }
}
