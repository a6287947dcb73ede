//! Real files, where they are: `../shared/samples` lies beside the checkout and is no part of it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::harness::{Row, Run, Scratch, capture, files, label};

/// The folder of a sample, or `None` with a line that says so.
pub(crate) fn sample(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if folder.is_dir() {
        return Some(folder.join(name));
    }
    // Not `println!`, whose text a passing test hides.
    let mut terminal = std::io::stderr();
    writeln!(terminal, "skipped: ../shared/samples is not here").unwrap();
    None
}

pub(crate) fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

pub(crate) fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// `merge --all` over `captures` (or `outputs`) and `labels` of the scratch folder, with more arguments.
#[track_caller]
fn merge(scratch: &Scratch, predictions: &str, more: &[&str]) -> Run {
    let mut args = vec!["merge", predictions, "--labels=labels", "--all"];
    args.extend(["--out=out", "--output=json"]);
    args.extend(more);
    scratch.run(&args).expect_status(0)
}

/// What the rows have in a column.
fn column<'a>(rows: &'a [Row], name: &str) -> Vec<Option<&'a str>> {
    rows.iter().map(|row| row[name].as_deref()).collect()
}

/// What the lines of a sample have at a JSON Pointer.
fn at<'a>(lines: &'a [Value], pointer: &str) -> Vec<Option<&'a str>> {
    lines
        .iter()
        .map(|line| line.pointer(pointer).and_then(Value::as_str))
        .collect()
}

#[test]
fn csv_captures_with_inference_ids_are_two_and_two() {
    let Some(folder) = sample("capture-endpoint-csv-inferenceid") else {
        return;
    };
    let scratch = Scratch::new();
    let mut lines = Vec::new();
    for (name, hour) in [
        ("2021-02-05-04-14-02-220.jsonl", "2021/02/05/04"),
        ("2021-05-18-00-28-04-146.jsonl", "2021/05/18/00"),
    ] {
        let content = text(&folder.join(name));
        lines.extend(content.lines().map(parsed));
        scratch.write(&format!("captures/churn/AllTraffic/{hour}/{name}"), content);
    }
    let keys = at(&lines, "/eventMetadata/inferenceId");
    // The label of one key that comes in both months; the first month's window is closed by then.
    let repeated = keys[1].unwrap();
    assert_eq!(keys[2], Some(repeated));
    scratch.write("labels/2021/05/18/01/l.jsonl", label(repeated, "1"));

    let run = merge(
        &scratch,
        "--captures=captures",
        &["--probability-attribute=0", "--label-horizon=P30D"],
    );
    let rows = scratch.rows("out/merged");
    assert_eq!(
        run.json()["models"][0]["hours"].as_array().unwrap().len(),
        2
    );
    assert_eq!(
        column(&rows, "hh"),
        [Some("04"), Some("04"), Some("00"), Some("00")]
    );
    assert_eq!(column(&rows, "key"), keys);
    assert_eq!(
        column(&rows, "event_id"),
        at(&lines, "/eventMetadata/eventId")
    );
    assert_eq!(
        column(&rows, "inference_time"),
        at(&lines, "/eventMetadata/inferenceTime")
    );
    assert_eq!(
        column(&rows, "probability"),
        at(&lines, "/captureData/endpointOutput/data")
    );
    assert_eq!(
        column(&rows, "input"),
        at(&lines, "/captureData/endpointInput/data")
    );
    assert_eq!(column(&rows, "label"), [None, None, Some("1"), None]);
}

#[test]
fn csv_captures_without_inference_ids_are_three_and_join_by_event_id() {
    let Some(folder) = sample("capture-endpoint-csv-noid") else {
        return;
    };
    let content = text(&folder.join("capture.jsonl"));
    let lines: Vec<Value> = content.lines().map(parsed).collect();
    let scratch = Scratch::new();
    scratch.write(
        "captures/churn/AllTraffic/2022/04/18/00/capture.jsonl",
        &content,
    );
    let ids = at(&lines, "/eventMetadata/eventId");
    scratch.write("labels/2022/04/18/01/l.jsonl", label(ids[1].unwrap(), "0"));

    merge(
        &scratch,
        "--captures=captures",
        &["--probability-attribute=0"],
    );
    let rows = scratch.rows("out/merged");
    assert_eq!(rows.len(), 3);
    assert_eq!(column(&rows, "key"), ids);
    assert_eq!(column(&rows, "inference_id"), [None, None, None]);
    assert_eq!(column(&rows, "record_index"), [Some("0"); 3]);
    assert_eq!(
        column(&rows, "probability"),
        at(&lines, "/captureData/endpointOutput/data")
    );
    assert_eq!(column(&rows, "label"), [None, Some("0"), None]);
}

#[test]
fn json_captures_of_two_events_hold_three_records() {
    let Some(folder) = sample("capture-endpoint-json-multirow") else {
        return;
    };
    let content = text(&folder.join("27-57-062.jsonl"));
    let lines: Vec<Value> = content.lines().map(parsed).collect();
    let scratch = Scratch::new();
    scratch.write(
        "captures/income/AllTraffic/2024/01/19/19/27-57-062.jsonl",
        &content,
    );
    let ids = at(&lines, "/eventMetadata/eventId");
    scratch.write(
        "labels/2024/01/19/20/l.jsonl",
        label(ids[1].unwrap(), "1,0"),
    );

    merge(
        &scratch,
        "--captures=captures",
        &[
            "--inference-attribute=predicted_label",
            "--probability-attribute=score",
        ],
    );
    let rows = scratch.rows("out/merged");
    assert_eq!(column(&rows, "key"), [ids[0], ids[1], ids[1]]);
    assert_eq!(
        column(&rows, "record_index"),
        [Some("0"), Some("0"), Some("1")]
    );
    assert_eq!(column(&rows, "label"), [None, Some("1"), Some("0")]);
    // Each record has its own piece of each side.
    let pieces = |side: &str, list: &str| -> Vec<Value> {
        at(&lines, &format!("/captureData/{side}/data"))
            .into_iter()
            .flat_map(|data| parsed(data.unwrap())[list].as_array().unwrap().clone())
            .collect()
    };
    let found = |name: &str| -> Vec<Value> {
        column(&rows, name)
            .into_iter()
            .map(|piece| parsed(piece.unwrap()))
            .collect()
    };
    assert_eq!(found("input"), pieces("endpointInput", "instances"));
    assert_eq!(found("output"), pieces("endpointOutput", "predictions"));
}

#[test]
fn json_lines_of_a_transform_are_five() {
    let Some(folder) = sample("batch-transform-jsonl") else {
        return;
    };
    let content = text(&folder.join("test-dataset.jsonl.out.tail"));
    let lines: Vec<Value> = content.lines().map(parsed).collect();
    let scratch = Scratch::new();
    scratch.write("outputs/test-dataset.jsonl.out", &content);
    let ids = at(&lines, "/SageMakerInferenceId");
    scratch.write("labels/2023/01/21/02/l.jsonl", label(ids[4].unwrap(), "1"));

    merge(
        &scratch,
        "--transforms=outputs",
        &[
            "--inference-attribute=predicted_label",
            "--probability-attribute=score",
        ],
    );
    let rows = scratch.rows("out/merged");
    assert_eq!(column(&rows, "key"), ids);
    assert_eq!(column(&rows, "hour"), [Some("2023-01-21T01:00:00Z"); 5]);
    let scores: Vec<String> = lines
        .iter()
        .map(|line| line["SageMakerOutput"]["score"].to_string())
        .collect();
    assert_eq!(
        column(&rows, "probability"),
        scores
            .iter()
            .map(|score| Some(score.as_str()))
            .collect::<Vec<_>>()
    );
    let inputs: Vec<Value> = column(&rows, "input")
        .into_iter()
        .map(|input| parsed(input.unwrap()))
        .collect();
    let features: Vec<Value> = lines
        .iter()
        .map(|line| json!({ "features": line["features"] }))
        .collect();
    assert_eq!(inputs, features);
    assert_eq!(column(&rows, "label"), [None, None, None, None, Some("1")]);
}

/// The same 334 labels, in one file and as they were published: one file each, without a newline.
#[test]
fn labels_are_334_in_one_file_or_in_as_many() {
    let Some(folder) = sample("ground-truth-csv-one-file-per-record") else {
        return;
    };
    let all = text(&folder.join("all-334-concatenated.jsonl"));
    let names = text(&folder.join("filenames.txt"));
    let first = parsed(all.lines().next().unwrap());
    let key = first["eventMetadata"]["eventId"].as_str().unwrap();

    let together = Scratch::new();
    together.write("labels/2023/01/19/06/all.jsonl", &all);
    let apart = Scratch::new();
    for (name, line) in names.lines().zip(all.lines()) {
        apart.write(&format!("labels/2023/01/19/06/{name}"), line);
    }
    for scratch in [together, apart] {
        scratch.write(
            "captures/churn/AllTraffic/2023/01/19/05/a.jsonl",
            capture("event", Some(key), "2023-01-19T05:40:55Z", "0.4"),
        );
        let run = merge(
            &scratch,
            "--captures=captures",
            &["--probability-attribute=0"],
        );
        let labels = &run.json()["models"][0]["ledger"]["labels"];
        assert_eq!(labels["read"], 334);
        assert_eq!(labels["matched"], 1);
        assert_eq!(labels["unmatched_after"], 333);
        let rows = scratch.rows("out/merged");
        assert_eq!(
            column(&rows, "label"),
            [first["groundTruthData"]["data"].as_str()]
        );
    }
}

/// The lines that `--format jsonl` wrote, by their path below `out/merge`.
fn merged_lines(scratch: &Scratch) -> Vec<(String, Value)> {
    let base = scratch.path("out/merge");
    files(&base)
        .iter()
        .flat_map(|file| {
            let folder = file.parent().unwrap().strip_prefix(&base).unwrap();
            let folder = folder.to_str().unwrap().to_owned();
            text(file)
                .lines()
                .map(|line| (folder.clone(), parsed(line)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The label that a merged record was made from.
pub(crate) fn label_of(merged: &Value, key: &str) -> String {
    json!({
        "groundTruthData": merged["groundTruthData"],
        "eventMetadata": { "eventId": key },
        "eventVersion": "0",
    })
    .to_string()
}

/// A merged record of 334, taken apart into the capture and the label that it was made from.
pub(crate) fn income(scratch: &Scratch) -> Option<Value> {
    let folder = sample("merged-endpoint-json")?;
    let merged = parsed(text(&folder.join("part-00002.jsonl")).trim());
    let capture = json!({
        "captureData": merged["captureData"],
        "eventMetadata": merged["eventMetadata"],
        "eventVersion": "0",
    });
    let key = merged["eventMetadata"]["inferenceId"].as_str().unwrap();
    scratch.write(
        "captures/income/AllTraffic/2024/01/19/20/06-08-000.jsonl",
        format!("{capture}\n"),
    );
    scratch.write("labels/2024/01/19/20/l.jsonl", label_of(&merged, key));
    Some(merged)
}

#[test]
fn a_merged_endpoint_record_comes_out_of_its_own_capture_and_label() {
    let scratch = Scratch::new();
    let Some(merged) = income(&scratch) else {
        return;
    };
    merge(
        &scratch,
        "--captures=captures",
        &[
            "--format=jsonl",
            "--inference-attribute=predicted_label",
            "--probability-attribute=score",
            "--ground-truth-attribute=label",
        ],
    );
    assert_eq!(
        merged_lines(&scratch),
        [("income/AllTraffic/2024/01/19/20".to_owned(), merged)]
    );
    let rows = scratch.rows("out/merged");
    assert_eq!(rows.len(), 334);
    assert!(column(&rows, "label").iter().all(Option::is_some));
}

/// Builds the transform output that a merged batch record was made from, merges it, and compares.
#[track_caller]
fn a_batch_record_merges_back(name: &str, hour: &str, records: usize, attributes: &[&str]) {
    let Some(folder) = sample("merged-batch") else {
        return;
    };
    let merged = parsed(text(&folder.join(format!("{name}.part-00000.jsonl"))).trim());
    let key = merged["eventMetadata"]["eventId"].as_str().unwrap();
    let side = &merged["captureData"]["batchTransformOutput"];
    let data = side["data"].as_str().unwrap();
    let time = format!("{}:40:55Z", hour.replacen('/', "-", 2).replace('/', "T"));
    let output = match side["encoding"].as_str().unwrap() {
        "CSV" => format!("{data},{key},{time}\n"),
        _ => {
            let mut object = Map::new();
            object.insert("SageMakerInferenceId".to_owned(), key.into());
            object.insert("SageMakerInferenceTime".to_owned(), time.into());
            object.extend(parsed(data).as_object().unwrap().clone());
            format!("{}\n", Value::Object(object))
        }
    };
    let scratch = Scratch::new();
    scratch.write(&format!("outputs/{name}.out"), output);
    scratch.write(&format!("labels/{hour}/l.jsonl"), label_of(&merged, key));

    let mut more = vec!["--format=jsonl", "--model=nightly"];
    more.extend(attributes);
    merge(&scratch, "--transforms=outputs", &more);
    let found = merged_lines(&scratch);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, format!("nightly/{hour}"));
    assert_eq!(opened(&found[0].1), opened(&merged));
    let rows = scratch.rows("out/merged");
    assert_eq!(rows.len(), records);
    for column in ["prediction", "probability", "label"] {
        assert!(rows.iter().all(|row| row[column].is_some()), "{column}");
    }
}

/// The record with its JSON payload parsed, so that the order of keys does not matter.
fn opened(merged: &Value) -> Value {
    let mut opened = merged.clone();
    let side = &mut opened["captureData"]["batchTransformOutput"];
    if side["encoding"] == "JSON" {
        side["data"] = parsed(side["data"].as_str().unwrap());
    }
    opened
}

#[test]
fn a_merged_csv_transform_row_comes_out_of_its_own_output_and_label() {
    a_batch_record_merges_back("csv", "2023/01/19/05", 1, &["--probability-attribute=69"]);
}

#[test]
fn a_merged_json_line_of_a_transform_comes_out_of_its_own_output_and_label() {
    let attributes = [
        "--inference-attribute=predicted_label",
        "--probability-attribute=score",
        "--ground-truth-attribute=label",
    ];
    a_batch_record_merges_back("jsonlines", "2023/01/21/01", 1, &attributes);
}

#[test]
fn a_merged_json_object_of_a_transform_comes_out_of_its_own_output_and_label() {
    let attributes = [
        "--inference-attribute=predicted_label",
        "--probability-attribute=score",
        "--ground-truth-attribute=label",
    ];
    a_batch_record_merges_back("json-object", "2024/01/19/19", 334, &attributes);
}
