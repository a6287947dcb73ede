//! Real merged records and SageMaker's own runs, where they are: `../shared/samples` is no part of the checkout.

use serde_json::Value;

use super::analyze::{HOUR, changed, document};
use super::{message, run};
use crate::harness::{Scratch, capture, label};
use crate::samples::{parsed, sample, text};

const MERGED: &str = r#"{"sagemakerMergeJson":{"captureIndexNames":["batchTransformOutput"]}}"#;

/// Analyses one sample and counts by hand what it holds.
#[track_caller]
fn check(file: &str, attributes: [&str; 3], count: impl Fn(&Value) -> Vec<(f64, i64)>) {
    let Some(path) = sample(file) else { return };
    let content = text(&path);
    let scratch = Scratch::new();
    scratch.write(&format!("ml/merged/{HOUR}"), &content);
    let [inference, probability, label] = attributes;
    let variables = changed(&[
        ("baseline_constraints", ""),
        ("dataset_format", MERGED),
        ("inference_attribute", inference),
        ("probability_attribute", probability),
        ("ground_truth_attribute", label),
    ]);
    run(&scratch, "analyze", &variables).expect_status(0);
    let mut expected = [[0_u64; 2]; 2];
    for line in content.lines() {
        for (score, actual) in count(&parsed(line)) {
            let predicted = usize::from(score >= 0.5);
            expected[usize::try_from(actual).unwrap()][predicted] += 1;
        }
    }
    let statistics = document(&scratch, "ml/result/statistics.json");
    let matrix = &statistics["binary_classification_metrics"]["confusion_matrix"];
    let found = ["0", "1"]
        .map(|actual| ["0", "1"].map(|predicted| matrix[actual][predicted].as_u64().unwrap()));
    assert_eq!(found, expected, "{file}");
}

fn inner(record: &Value, pointer: &str) -> Value {
    let text = record.pointer(pointer).and_then(Value::as_str).unwrap();
    parsed(text)
}

fn pairs(predictions: &Value, labels: &Value) -> Vec<(f64, i64)> {
    let predictions = predictions["predictions"].as_array().unwrap();
    let labels = labels["instances"].as_array().unwrap();
    assert_eq!((predictions.len(), labels.len()), (334, 334));
    let both = predictions.iter().zip(labels);
    both.map(|(prediction, label)| {
        (
            prediction["score"].as_f64().unwrap(),
            label["label"].as_i64().unwrap(),
        )
    })
    .collect()
}

#[test]
fn merged_records_of_every_kind_are_measured() {
    const OUTPUT: &str = "/captureData/batchTransformOutput/data";
    const LABEL: &str = "/groundTruthData/data";
    check(
        "merged-endpoint-json/part-00002.jsonl",
        ["", "score", "label"],
        |line| {
            let output = inner(line, "/captureData/endpointOutput/data");
            pairs(&output, &inner(line, LABEL))
        },
    );
    check(
        "merged-batch/json-object.part-00000.jsonl",
        ["", "score", "label"],
        |line| pairs(&inner(line, OUTPUT)["SageMakerOutput"], &inner(line, LABEL)),
    );
    check(
        "merged-batch/jsonlines.part-00000.jsonl",
        ["", "SageMakerOutput.score", "label"],
        |line| {
            let score = inner(line, OUTPUT)["SageMakerOutput"]["score"].as_f64();
            vec![(
                score.unwrap(),
                inner(line, LABEL)["label"].as_i64().unwrap(),
            )]
        },
    );
    check(
        "merged-batch/csv.part-00000.jsonl",
        ["", "69", ""],
        |line| {
            let row = line.pointer(OUTPUT).and_then(Value::as_str).unwrap();
            let actual = line.pointer(LABEL).and_then(Value::as_str).unwrap();
            let score = row.split(',').nth(69).unwrap();
            vec![(score.parse().unwrap(), actual.parse().unwrap())]
        },
    );
}

/// Scores and labels with the confusion matrix of SageMaker's run of 2021-05 and its area under the curve: 1892 rows, of
/// 1374 positives 156 found, of 518 negatives 69 taken for positives, 364947 pairs in order.
fn like_churn() -> Vec<(f64, u8)> {
    let (found, missed, wrong, right) = (156, 1218, 69, 449);
    // Positives that are found stand above all negatives that are not; so many of the missed stand above each of `right`.
    let in_order = 364_947 - found * right;
    let above_all = in_order / right;
    let rest = in_order % right;
    let mut rows = Vec::new();
    rows.extend((0..wrong).map(|at| (0.9 + f64::from(at) * 1e-4, 0)));
    rows.extend((0..found).map(|at| (0.6 + f64::from(at) * 1e-4, 1)));
    rows.extend((0..right).map(|at| (0.2 + f64::from(at) * 1e-4, 0)));
    rows.extend((0..above_all).map(|at| (0.3 + f64::from(at) * 1e-4, 1)));
    // One above as many as are left over, and the others below all.
    rows.push((0.2 + (f64::from(rest) - 0.5) * 1e-4, 1));
    rows.extend((0..missed - above_all - 1).map(|at| (0.01 + f64::from(at) * 1e-5, 1)));
    rows
}

/// The deviations are of random samples, SageMaker's and ours, and so no two are the same.
fn without_deviation(description: &str) -> String {
    let (before, rest) = description.split_once(" +/- ").unwrap();
    let (_, after) = rest.split_once(' ').unwrap();
    format!("{before} +/- … {after}")
}

#[test]
fn sagemakers_run_of_churn_is_repeated_from_captures_to_the_texts_of_its_violations() {
    let held = sample("mq-baseline-binary-churn/2021-05.constraints.reconstructed.json");
    let theirs =
        sample("mq-execution-binary-churn-2021-05/constraint_violations.reconstructed.json");
    let (Some(held), Some(theirs)) = (held, theirs) else {
        return;
    };
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for (id, (score, actual)) in like_churn().into_iter().enumerate() {
        let id = id.to_string();
        captures += &capture(
            &format!("e{id}"),
            Some(&id),
            "2026-05-18T00:20:00Z",
            &score.to_string(),
        );
        labels += &label(&id, &actual.to_string());
    }
    // The calls that only warmed the endpoint up have no labels.
    for id in 0..201 {
        captures += &capture(&format!("w{id}"), None, "2026-05-18T00:10:00Z", "0.7");
    }
    scratch.write(
        "ml/input_data/shop/AllTraffic/2026/05/18/00/x.jsonl",
        captures,
    );
    scratch.write("ml/groundtruth/2026/05/18/00/l.jsonl", labels);
    let job = [
        ("dataset_source", "ml/input_data"),
        ("ground_truth_source", "ml/groundtruth"),
        ("output_path", "ml/merged"),
    ];
    run(&scratch, "merge", &job).expect_status(0);
    scratch.write("ml/constraints/constraints.json", text(&held));
    run(&scratch, "analyze", &changed(&[])).expect_status(0);

    let texts = |file: &Value| -> Vec<[String; 3]> {
        let mut texts: Vec<[String; 3]> = file["violations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|violation| {
                let text = |key: &str| violation[key].as_str().unwrap().to_owned();
                [
                    text("metric_name"),
                    text("constraint_check_type"),
                    without_deviation(&text("description")),
                ]
            })
            .collect();
        // Theirs is the order of a hash map.
        texts.sort();
        texts
    };
    let theirs = texts(&parsed(&text(&theirs)));
    let mut ours = texts(&document(&scratch, "ml/result/constraint_violations.json"));
    // SageMaker never evaluates f0_5 (formats.md 7.2).
    let own = ours
        .iter()
        .position(|violation| violation[0] == "f0_5")
        .unwrap();
    ours.remove(own);
    // Ours is the nearest double to 364947 / (1374 * 518), theirs a sum of trapezoids, one double below.
    for violation in &mut ours {
        violation[2] = violation[2].replace("0.5127590160341252", "0.5127590160341251");
    }
    assert_eq!(ours, theirs);
    assert_eq!(
        message(&scratch).unwrap(),
        "CompletedWithViolations: Job completed successfully with 11 violations."
    );

    // Without that constraint the message is SageMaker's to the letter.
    let mut held = parsed(&text(&held));
    held["binary_classification_constraints"]
        .as_object_mut()
        .unwrap()
        .shift_remove("f0_5");
    scratch.write("ml/constraints/constraints.json", held.to_string());
    run(&scratch, "analyze", &changed(&[])).expect_status(0);
    assert_eq!(
        message(&scratch).unwrap(),
        "CompletedWithViolations: Job completed successfully with 10 violations."
    );
}

#[test]
fn sagemakers_baseline_of_churn_is_repeated() {
    let Some(data) = sample("churn-test-data/validation_with_predictions.csv") else {
        return;
    };
    let held = sample("mq-baseline-binary-churn/2021-05.constraints.reconstructed.json").unwrap();
    let scratch = Scratch::new();
    scratch.write("ml/input/data.csv", text(&data));
    let job = [
        ("analysis_type", "MODEL_QUALITY"),
        (
            "dataset_format",
            r#"{"csv": {"header": true, "output_columns_position": "START"}}"#,
        ),
        ("dataset_source", "ml/input"),
        ("ground_truth_attribute", "label"),
        ("inference_attribute", "prediction"),
        ("output_path", "ml/result"),
        ("probability_attribute", "probability"),
        ("problem_type", "BinaryClassification"),
        ("publish_cloudwatch_metrics", "Disabled"),
    ];
    run(&scratch, "analyze", &job).expect_status(0);
    let key = "binary_classification_constraints";
    let ours = document(&scratch, "ml/result/constraints.json")[key].clone();
    let theirs = parsed(&text(&held))[key].clone();
    assert_eq!(
        ours.as_object().unwrap().len(),
        theirs.as_object().unwrap().len()
    );
    for (metric, theirs) in theirs.as_object().unwrap() {
        assert_eq!(
            ours[metric]["comparison_operator"],
            theirs["comparison_operator"]
        );
        let threshold = |held: &Value| held["threshold"].as_f64().unwrap();
        let off = threshold(&ours[metric]) - threshold(theirs);
        assert!(off.abs() <= 1e-12, "{metric}");
    }
}
