//! The merge job.

use std::fs;

use serde_json::{Value, json};

use super::{message, run, tree};
use crate::harness::{Scratch, capture, label};

/// The variables of SageMaker's merge job, all paths below the scratch folder.
const JOB: [(&str, &str); 3] = [
    ("dataset_source", "ml/input_data"),
    ("ground_truth_source", "ml/groundtruth"),
    ("output_path", "ml/output"),
];

/// Two hours of captures. In the first: `a`, `b` with inference ids, `a` again, one without an id of the caller's, one that
/// nobody labels. In the second: `c`. Labels lie in other hours than the captures.
fn two_hours() -> Scratch {
    let scratch = Scratch::new();
    let at = |hour: u32| format!("2026-05-18T{hour:02}:30:00Z");
    scratch.write(
        "ml/input_data/shop/AllTraffic/2026/05/18/00/20-45-000-x.jsonl",
        [
            capture("e1", Some("a"), &at(0), "0.9"),
            capture("e2", Some("b"), &at(0), "0.2"),
            capture("e3", None, &at(0), "0.4"),
        ]
        .concat(),
    );
    scratch.write(
        "ml/input_data/shop/AllTraffic/2026/05/18/00/21-46-000-y.jsonl",
        [
            capture("e4", Some("a"), &at(0), "0.8"),
            capture("e5", Some("nobody"), &at(0), "0.7"),
        ]
        .concat(),
    );
    scratch.write(
        "ml/input_data/shop/AllTraffic/2026/05/18/01/00-00-000-z.jsonl",
        capture("e6", Some("c"), &at(1), "0.1"),
    );
    // A quarter of a year before, and years after.
    scratch.write("ml/groundtruth/2026/02/01/00/early.jsonl", label("a", "1"));
    scratch.write(
        "ml/groundtruth/2031/01/01/00/late.jsonl",
        [label("b", "0"), label("c", "1")].concat(),
    );
    scratch.write("ml/groundtruth/2026/05/18/00/e3.jsonl", label("e3", "0"));
    scratch
}

fn lines(scratch: &Scratch, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(scratch.path(file)).unwrap();
    assert!(text.ends_with('\n'));
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_labelled_capture_is_written_where_sagemaker_puts_it_and_nothing_else() {
    let scratch = two_hours();
    let ended = run(&scratch, "merge", &JOB).expect_status(0);
    assert!(!ended.stderr.contains("attribute"), "{}", ended.stderr);
    assert_eq!(
        tree(&scratch, "ml/output"),
        [
            "shop/AllTraffic/2026/05/18/00/part-00000.jsonl",
            "shop/AllTraffic/2026/05/18/01/part-00000.jsonl",
        ]
    );
    let first = lines(
        &scratch,
        "ml/output/shop/AllTraffic/2026/05/18/00/part-00000.jsonl",
    );
    let found: Vec<(&str, &str)> = first
        .iter()
        .map(|line| {
            (
                line["eventMetadata"]["eventId"].as_str().unwrap(),
                line["groundTruthData"]["data"].as_str().unwrap(),
            )
        })
        .collect();
    // A label matches every capture of its key; what nobody labelled is gone.
    assert_eq!(found, [("e1", "1"), ("e2", "0"), ("e3", "0"), ("e4", "1")]);
    assert_eq!(
        first[0],
        json!({
            "eventVersion": "0",
            "groundTruthData": {"data": "1", "encoding": "CSV"},
            "captureData": {
                "endpointInput": {"data": "1,2", "encoding": "CSV", "mode": "INPUT", "observedContentType": "text/csv"},
                "endpointOutput": {"data": "0.9", "encoding": "CSV", "mode": "OUTPUT", "observedContentType": "text/csv"},
            },
            "eventMetadata": {"eventId": "e1", "inferenceId": "a", "inferenceTime": "2026-05-18T00:30:00Z"},
        })
    );
    assert_eq!(message(&scratch), None, "the merger says nothing");
}

#[test]
fn a_repeat_writes_the_same_bytes_under_the_same_names() {
    let scratch = two_hours();
    run(&scratch, "merge", &JOB).expect_status(0);
    let once = scratch.hashes("ml/output");
    run(&scratch, "merge", &JOB).expect_status(0);
    assert_eq!(scratch.hashes("ml/output"), once);
}

#[test]
fn an_hour_without_a_labelled_capture_has_no_file() {
    let scratch = two_hours();
    fs::remove_file(scratch.path("ml/groundtruth/2031/01/01/00/late.jsonl")).unwrap();
    run(&scratch, "merge", &JOB).expect_status(0);
    assert_eq!(
        tree(&scratch, "ml/output"),
        ["shop/AllTraffic/2026/05/18/00/part-00000.jsonl"]
    );
}

#[test]
fn parquet_and_accounts_are_kept_where_a_variable_asks_for_them() {
    let scratch = two_hours();
    let variables = [&JOB[..], &[("GROUNDLINE_OUT", "kept")]].concat();
    run(&scratch, "merge", &variables).expect_status(0);
    assert_eq!(tree(&scratch, "ml/output").len(), 2);
    // The join is SageMaker's there too.
    assert_eq!(scratch.rows("kept/merged").len(), 5);
    assert!(scratch.path("kept/ledger").is_dir());
}

#[test]
fn outputs_of_batch_transforms_go_under_the_schedule() {
    let scratch = Scratch::new();
    scratch.write(
        "ml/input_data/2026/05/18/00/x.csv.out",
        "0.3,id-1,2026-05-18T00:10:00Z\n0.6,id-2,2026-05-18T00:10:00Z\n",
    );
    scratch.write("ml/groundtruth/2026/05/18/00/l.jsonl", label("id-2", "1"));
    let schedule = ("sagemaker_monitoring_schedule_name", "nightly");
    run(&scratch, "merge", &[&JOB[..], &[schedule]].concat()).expect_status(0);
    let files = tree(&scratch, "ml/output");
    assert_eq!(files, ["nightly/2026/05/18/00/part-00000.jsonl"]);
    assert_eq!(
        lines(&scratch, &format!("ml/output/{}", files[0])),
        [json!({
            "eventMetadata": {"eventId": "id-2"},
            "eventVersion": "0",
            "groundTruthData": {"data": "1", "encoding": "CSV"},
            "captureData": {"batchTransformOutput": {"data": "0.6", "encoding": "CSV"}},
        })]
    );
}

/// Manifests name what lies in the bucket; a variable says where it lies here.
#[test]
fn manifests_of_batch_transforms_are_followed_where_a_variable_maps_them() {
    let scratch = Scratch::new();
    scratch.write(
        "ml/input_data/output/2026/05/18/00/m.json",
        r#"[{"prefix":"s3://bucket/scored/"},"x.csv.out"]"#,
    );
    scratch.write("ml/scored/x.csv.out", "0.6,id-2,2026-05-18T00:10:00Z\n");
    scratch.write("ml/groundtruth/2026/05/18/00/l.jsonl", label("id-2", "1"));
    let told = refused(&scratch, 2, &JOB);
    assert!(told.contains("--map"), "{told}");
    let map = ("GROUNDLINE_MAP", "s3://bucket/scored=ml/scored");
    run(&scratch, "merge", &[&JOB[..], &[map]].concat()).expect_status(0);
    assert_eq!(
        tree(&scratch, "ml/output"),
        ["monitor/2026/05/18/00/part-00000.jsonl"]
    );
}

/// Runs a job that fails, and gives its message; nothing may be written.
#[track_caller]
fn refused(scratch: &Scratch, status: i32, variables: &[(&str, &str)]) -> String {
    let ended = run(scratch, "merge", variables).expect_status(status);
    let message = message(scratch).unwrap();
    assert!(message.starts_with("Failed: "), "{message}");
    assert!(message.chars().count() <= 1024);
    let first = message
        .lines()
        .next()
        .unwrap()
        .trim_start_matches("Failed: ");
    assert!(ended.stderr.contains(first), "{}", ended.stderr);
    assert!(tree(scratch, "ml/output").is_empty());
    message
}

#[test]
fn without_captures_the_folder_is_named_and_what_it_has() {
    let scratch = two_hours();
    fs::remove_dir_all(scratch.path("ml/input_data")).unwrap();
    let message = refused(&scratch, 5, &JOB);
    assert!(
        message.starts_with("Failed: no captures: `ml/input_data` (dataset_source) is not there\n"),
        "{message}"
    );
    scratch.write("ml/input_data/notes.txt", "x");
    scratch.write("ml/input_data/shop/AllTraffic/2026/05/18/00/e.jsonl", "");
    let message = refused(&scratch, 5, &JOB);
    assert!(
        message.starts_with(
            "Failed: no captures: `ml/input_data` (dataset_source) has no file in a yyyy/mm/dd/hh folder; 1 file in no \
             such folder, such as `notes.txt`; 1 file skipped as empty, hidden or linked from elsewhere\n\
             expected {endpoint}/{variant}/yyyy/mm/dd/hh/*.jsonl"
        ),
        "{message}"
    );
}

#[test]
fn without_labels_the_job_fails_and_says_which_inputs_it_had() {
    let scratch = two_hours();
    fs::remove_dir_all(scratch.path("ml/groundtruth")).unwrap();
    let request = json!({"ProcessingInputs": [
        {"InputName": "groundtruth_input_1",
         "S3Input": {"S3Uri": "s3://b/gt/2026/05/18/00", "LocalPath": "ml/groundtruth/2026/05/18/00"}}]});
    scratch.write("opt/config/processingjobconfig.json", request.to_string());
    let message = refused(&scratch, 5, &JOB);
    assert_eq!(
        message,
        "Failed: no labels: `ml/groundtruth` (ground_truth_source) is not there\n\
         the job's inputs there: groundtruth_input_1 (s3://b/gt/2026/05/18/00 at ml/groundtruth/2026/05/18/00)\n\
         expected yyyy/mm/dd/hh/*.jsonl there"
    );
}

#[test]
fn labels_that_match_nothing_fail_the_job_with_counts_hours_and_the_reason() {
    let scratch = two_hours();
    fs::remove_dir_all(scratch.path("ml/groundtruth")).unwrap();
    scratch.write(
        "ml/groundtruth/2026/05/18/03/l.jsonl",
        [label("A", "1"), label("B", "0")].concat(),
    );
    let message = refused(&scratch, 1, &JOB);
    assert!(
        message.starts_with(
            "Failed: no matches: none of 6 prediction records found a label among 2 labels; dataset_source has 3 files in \
             2 hours from 2026-05-18T00 to 2026-05-18T01, ground_truth_source has 1 file in 1 hour from 2026-05-18T03 to \
             2026-05-18T03; 2 of the labels: spelled_differently, for example A at "
        ),
        "{message}"
    );
    assert!(
        message.contains("write the label's id as the capture has it"),
        "{message}"
    );
}

#[test]
fn a_line_that_cannot_be_read_fails_the_job_unless_rejects_are_accepted() {
    let scratch = two_hours();
    scratch.write(
        "ml/input_data/shop/AllTraffic/2026/05/18/01/bad.jsonl",
        "{\"captureData\": \n",
    );
    let message = refused(&scratch, 1, &JOB);
    assert!(
        message.starts_with("Failed: hour 2026-05-18T01 of `shop/AllTraffic` was not written"),
        "{message}"
    );
    assert!(message.contains("GROUNDLINE_MAX_REJECTS"), "{message}");
    let accepted = [&JOB[..], &[("GROUNDLINE_MAX_REJECTS", "1")]].concat();
    run(&scratch, "merge", &accepted).expect_status(0);
    assert_eq!(tree(&scratch, "ml/output").len(), 2);
}

#[test]
fn an_output_inside_an_input_is_refused() {
    let scratch = two_hours();
    let inside = [JOB[0], JOB[1], ("output_path", "ml/input_data/merged")];
    let message = refused(&scratch, 2, &inside);
    assert!(
        message.contains("`output_path` is `ml/input_data/merged`"),
        "{message}"
    );
    assert!(!scratch.path("ml/input_data/merged").exists());
}

#[test]
fn a_misspelt_variable_is_warned_about() {
    let scratch = two_hours();
    let variables = [&JOB[..], &[("ground_truth_sources", "x")]].concat();
    let ended = run(&scratch, "merge", &variables).expect_status(0);
    assert!(
        ended.stderr.contains(
            "warning: the variable ground_truth_sources sets nothing; did you mean ground_truth_source?"
        ),
        "{}",
        ended.stderr
    );
}
