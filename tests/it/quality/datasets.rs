//! Tables of anybody's: regression, several classes, what can be left out.

use crate::harness::Scratch;
use crate::quality::{figure, value};

fn measured(scratch: &Scratch, args: &[&str]) -> serde_json::Value {
    let args: Vec<&str> = ["quality", "--output", "json"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    scratch.run(&args).expect_status(0).json()
}

#[test]
fn regression_has_errors_and_quantiles_of_residuals() {
    let scratch = Scratch::new();
    scratch.write("r.csv", "y,p\n1,2\n2,2\n3,5\n10,6\n");
    let all = measured(
        &scratch,
        &[
            "r.csv",
            "--problem-type",
            "Regression",
            "--inference-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
    );
    let group = &all["groups"][0];
    // Residuals 1, 0, 2, -4: by hand.
    assert_eq!(value(group, "mae"), 1.75);
    assert_eq!(value(group, "mse"), 5.25);
    assert_eq!(value(group, "bias"), -0.25);
    assert_eq!(value(group, "residual_p50"), 0.5);
    assert_eq!(value(group, "median_absolute_error"), 1.5);
    // Mean 4, squares 9 + 4 + 1 + 36 = 50: 1 - 21 / 50.
    assert_eq!(value(group, "r2"), 0.58);
}

#[test]
fn the_largest_of_a_list_of_probabilities_is_the_class() {
    let scratch = Scratch::new();
    scratch.write(
        "m.jsonl",
        concat!(
            "{\"p\": [0.1, 0.7, 0.2], \"y\": \"cat\"}\n{\"p\": [0.6, 0.3, 0.1], \"y\": \"ant\"}\n",
            "{\"p\": [0.2, 0.3, 0.5], \"y\": \"cat\"}\n{\"p\": [0.3, 0.3, 0.2], \"y\": \"ant\"}\n",
        ),
    );
    let flags = [
        "m.jsonl",
        "--problem-type",
        "MulticlassClassification",
        "--inference-attribute",
        "p",
        "--ground-truth-attribute",
        "y",
        "--class-names",
        "ant,cat,dog",
    ];
    let all = measured(&scratch, &flags);
    let group = &all["groups"][0];
    assert_eq!(value(group, "accuracy"), 0.75);
    assert_eq!(value(group, "recall(cat)"), 0.5);
    assert_eq!(value(group, "precision(dog)"), 0.0);
    assert_eq!(group["confusion_matrix"].as_array().unwrap().len(), 3);
}

#[test]
fn a_probability_alone_decides_the_class_by_the_threshold() {
    let scratch = Scratch::new();
    scratch.write("b.csv", "p,y\n0.2,0\n0.4,1\n0.4,0\n0.9,1\n");
    let flags = [
        "b.csv",
        "--probability-attribute",
        "p",
        "--ground-truth-attribute",
        "y",
    ];
    let recall = |threshold: &str| {
        let mut flags = flags.to_vec();
        flags.extend(["--probability-threshold", threshold]);
        value(&measured(&scratch, &flags)["groups"][0], "recall")
    };
    assert_eq!(recall("0.5"), 0.5);
    // At the threshold is positive.
    assert_eq!(recall("0.4"), 1.0);
    let all = measured(&scratch, &flags);
    // 0.4 ties with 0.4: 3.5 of 4 pairs.
    assert_eq!(value(&all["groups"][0], "auc"), 0.875);
}

#[test]
fn one_class_has_reasons_and_no_crash() {
    let scratch = Scratch::new();
    scratch.write("b.csv", "p,y\n0.2,0\n0.4,0\n");
    let all = measured(
        &scratch,
        &[
            "b.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
    );
    let group = &all["groups"][0];
    assert_eq!(figure(group, "auc")["reason"], "no_positives");
    assert_eq!(figure(group, "recall")["value"], 0.0);
    assert_eq!(figure(group, "recall")["reason"], "no_positives");
}

#[test]
fn rows_without_a_label_are_counted_and_not_measured() {
    let scratch = Scratch::new();
    scratch.write("b.csv", "p,y\n0.2,0\n0.4,\n0.9,1\n,1\n");
    let all = measured(
        &scratch,
        &[
            "b.csv",
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ],
    );
    let rows = &all["groups"][0]["rows"];
    assert_eq!(
        (
            &rows["read"],
            &rows["measured"],
            &rows["unlabelled"],
            &rows["no_prediction"]
        ),
        (&4.into(), &2.into(), &1.into(), &1.into())
    );
    assert_eq!(value(&all["groups"][0], "label_coverage"), 0.75);
}

#[test]
fn truth_values_are_classes_in_every_format() {
    let scratch = Scratch::new();
    scratch.write("b.csv", "p,y\n0.2,False\n0.9,True\n").write(
        "b.jsonl",
        "{\"p\": 0.2, \"y\": false}\n{\"p\": 0.9, \"y\": true}\n",
    );
    for file in ["b.csv", "b.jsonl"] {
        let flags = [
            file,
            "--probability-attribute",
            "p",
            "--ground-truth-attribute",
            "y",
        ];
        assert_eq!(
            value(&measured(&scratch, &flags)["groups"][0], "accuracy"),
            1.0
        );
    }
}

#[test]
fn classes_that_never_meet_are_told() {
    let scratch = Scratch::new();
    scratch.write("m.csv", "p,y\n0,ant\n1,cat\n2,dog\n");
    let args = [
        "quality",
        "m.csv",
        "--problem-type",
        "MulticlassClassification",
        "--inference-attribute",
        "p",
        "--ground-truth-attribute",
        "y",
    ];
    let told = scratch.run(&args).expect_status(0);
    assert!(
        told.stderr.contains("no label is ever predicted") && told.stderr.contains("--class-names"),
        "{}",
        told.stderr
    );
}
