//! docs/switching.md: its requests run, and its variables are the ones that are read.

use std::fs;
use std::path::Path;

use groundline_monitor::container::Environment;
use serde_json::Value;

use super::analyze::document;
use super::{message, run};
use crate::harness::{Scratch, capture, label};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/switching.md")).unwrap()
}

/// The requests of the page, in order.
fn requests(page: &str) -> Vec<Value> {
    let blocks = page.split("```json\n").skip(1);
    blocks
        .map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap())
        .collect()
}

/// The variables of a request, its paths below the scratch folder.
fn variables(request: &Value, output: &str) -> Vec<(String, String)> {
    let environment = request["Environment"].as_object().unwrap().iter();
    environment
        .map(|(name, value)| {
            let value = match name.as_str() {
                "output_path" => output.to_owned(),
                _ => value.as_str().unwrap().replace("/opt/ml/processing", "ml"),
            };
            (name.clone(), value)
        })
        .collect()
}

/// Where an input lands.
fn local(request: &Value, input: &str) -> String {
    let inputs = request["ProcessingInputs"].as_array().unwrap();
    let found = inputs
        .iter()
        .find(|found| found["InputName"] == input)
        .unwrap();
    let path = found["S3Input"]["LocalPath"].as_str().unwrap();
    path.replace("/opt/ml/processing", "ml")
}

#[track_caller]
fn run_request(scratch: &Scratch, request: &Value, output: &str) {
    let entry = request["AppSpecification"]["ContainerEntrypoint"]
        .as_array()
        .unwrap();
    let words: Vec<&str> = entry.iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(words[..2], ["groundline", "container"]);
    let variables = variables(request, output);
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    run(scratch, words[2], &variables).expect_status(0);
}

#[test]
fn the_requests_of_the_page_run_one_after_the_other() {
    let page = page();
    let [merge, analyze] = &requests(&page)[..] else {
        panic!("the page has two requests");
    };
    let scratch = Scratch::new();
    let time = "2026-05-18T00:10:00Z";
    scratch.write(
        &format!("{}/x.jsonl", local(merge, "endpoint_input_1")),
        capture("e1", Some("a"), time, "0.9") + &capture("e2", Some("b"), time, "0.1"),
    );
    scratch.write(
        &format!("{}/06/l.jsonl", local(merge, "groundtruth_input_1")),
        label("a", "1") + &label("b", "1"),
    );
    run_request(&scratch, merge, "ml/merged");
    // As the bucket brings it from one job to the other.
    let merged = "merged/churn-prod/AllTraffic/2026/05/18/00/part-00000.jsonl";
    let bytes = fs::read(scratch.path(&format!("ml/{merged}"))).unwrap();
    fs::remove_dir_all(scratch.path("ml/input_data")).unwrap();
    scratch.write(
        &format!("{}/part-00000.jsonl", local(analyze, "endpoint_input_1")),
        bytes,
    );
    scratch.write(
        &format!("{}/constraints.json", local(analyze, "constraints")),
        r#"{"binary_classification_constraints":{"recall":{"threshold":0.75,"comparison_operator":"LessThanThreshold"}}}"#,
    );
    run_request(&scratch, analyze, "ml/result");
    let said = message(&scratch).unwrap();
    assert_eq!(
        said,
        "CompletedWithViolations: Job completed successfully with 1 violations."
    );
    assert!(page.contains("`Completed: Job completed successfully with no violations.`"));
    let violations = document(&scratch, "ml/result/constraint_violations.json");
    assert_eq!(violations["violations"][0]["metric_name"], "recall");
}

#[test]
fn every_variable_that_is_read_is_on_the_page() {
    let page = page();
    for name in Environment::known() {
        let unused = [
            "baseline_statistics",
            "sagemaker_endpoint_datacapture_prefix",
        ];
        assert!(
            page.contains(&format!("`{name}`")) || unused.contains(&name),
            "{name}"
        );
    }
}
