//! `init` over real files, where they are: the file that it writes makes a merge succeed unedited.

use serde_json::{Map, Value};

use crate::harness::{Scratch, capture, label};
use crate::init::{init, merge_unedited};
use crate::samples::{income, label_of, parsed, sample, text};

/// The text at a JSON Pointer of each line.
fn at(content: &str, pointer: &str) -> Vec<String> {
    content
        .lines()
        .filter_map(|line| Some(parsed(line).pointer(pointer)?.as_str()?.to_owned()))
        .collect()
}

/// Looks, merges as proposed, and gives the settings of the first model and the merge's report.
#[track_caller]
fn looks_and_merges(scratch: &Scratch, predictions: &str) -> (Map<String, Value>, Value) {
    let findings = init(
        scratch,
        &[
            &format!("--{predictions}"),
            predictions,
            "--labels",
            "labels",
        ],
    );
    let report = merge_unedited(scratch);
    let settings = findings["models"][0]["settings"].as_array().unwrap();
    let settings = settings
        .iter()
        .filter(|setting| setting["active"] == true)
        .map(|setting| {
            (
                setting["key"].as_str().unwrap().to_owned(),
                setting["value"].clone(),
            )
        })
        .collect();
    (settings, report)
}

#[track_caller]
fn labelled(report: &Value, expected: u64) {
    let predictions = &report["models"][0]["ledger"]["predictions"];
    assert_eq!(predictions["labelled"], expected, "{report:#}");
}

#[test]
fn csv_captures_with_inference_ids() {
    let Some(folder) = sample("capture-endpoint-csv-inferenceid") else {
        return;
    };
    let scratch = Scratch::new();
    let mut labels = String::new();
    for (name, hour) in [
        ("2021-02-05-04-14-02-220.jsonl", "2021/02/05/04"),
        ("2021-05-18-00-28-04-146.jsonl", "2021/05/18/00"),
    ] {
        let content = text(&folder.join(name));
        for (id, value) in at(&content, "/eventMetadata/inferenceId")
            .iter()
            .zip(["1", "0"])
        {
            labels += &label(id, value);
        }
        scratch.write(&format!("captures/churn/AllTraffic/{hour}/{name}"), content);
    }
    scratch.write("labels/2021/05/18/01/l.jsonl", labels);
    let (settings, report) = looks_and_merges(&scratch, "captures");
    assert_eq!(settings["problem_type"], "BinaryClassification");
    assert_eq!(settings["probability_attribute"], "0");
    labelled(&report, 4);
}

#[test]
fn csv_captures_without_inference_ids() {
    let Some(folder) = sample("capture-endpoint-csv-noid") else {
        return;
    };
    let content = text(&folder.join("capture.jsonl"));
    let ids = at(&content, "/eventMetadata/eventId");
    let scratch = Scratch::new();
    scratch.write(
        "captures/churn/AllTraffic/2022/04/18/00/capture.jsonl",
        &content,
    );
    scratch.write("labels/2022/04/18/01/l.jsonl", label(&ids[1], "0"));
    let (settings, report) = looks_and_merges(&scratch, "captures");
    assert_eq!(settings["probability_attribute"], "0");
    labelled(&report, 1);
}

#[test]
fn json_captures_of_several_records() {
    let Some(folder) = sample("capture-endpoint-json-multirow") else {
        return;
    };
    let content = text(&folder.join("27-57-062.jsonl"));
    let ids = at(&content, "/eventMetadata/eventId");
    let scratch = Scratch::new();
    scratch.write(
        "captures/income/AllTraffic/2024/01/19/19/27-57-062.jsonl",
        &content,
    );
    scratch.write("labels/2024/01/19/20/l.jsonl", label(&ids[1], "1,0"));
    let (settings, report) = looks_and_merges(&scratch, "captures");
    assert_eq!(settings["probability_attribute"], "score");
    labelled(&report, 2);
}

#[test]
fn json_lines_of_a_transform() {
    let Some(folder) = sample("batch-transform-jsonl") else {
        return;
    };
    let content = text(&folder.join("test-dataset.jsonl.out.tail"));
    let ids = at(&content, "/SageMakerInferenceId");
    let scratch = Scratch::new();
    scratch.write("transforms/test-dataset.jsonl.out", &content);
    let labels: String = ids
        .iter()
        .zip(["1", "0"])
        .map(|(id, value)| label(id, value))
        .collect();
    scratch.write("labels/2023/01/21/02/l.jsonl", labels);
    let (settings, report) = looks_and_merges(&scratch, "transforms");
    assert_eq!(settings["probability_attribute"], "score");
    labelled(&report, 2);
}

/// The real manifest, whose `s3://` prefix has to be found beside it.
#[test]
fn json_lines_of_a_transform_by_their_manifest() {
    let Some(folder) = sample("batch-transform-jsonl") else {
        return;
    };
    let content = text(&folder.join("test-dataset.jsonl.out.tail"));
    let ids = at(&content, "/SageMakerInferenceId");
    let name = "manifest-output-2023-01-21-01-e824d723-e1f2-4986-90fc-0b0ac58ea0fc.json";
    let scratch = Scratch::new();
    scratch.write(
        "transforms/output/2023/01/21/01/m.json",
        text(&folder.join(name)),
    );
    scratch.write("transform-output/test-dataset.jsonl.out", &content);
    scratch.write("labels/2023/01/21/02/l.jsonl", label(&ids[0], "1"));
    let (_, report) = looks_and_merges(&scratch, "transforms");
    labelled(&report, 1);
}

#[test]
fn labels_in_one_file_each() {
    let Some(folder) = sample("ground-truth-csv-one-file-per-record") else {
        return;
    };
    let all = text(&folder.join("all-334-concatenated.jsonl"));
    let names = text(&folder.join("filenames.txt"));
    let ids = at(&all, "/eventMetadata/eventId");
    let scratch = Scratch::new();
    for (name, line) in names.lines().zip(all.lines()) {
        scratch.write(&format!("labels/2023/01/19/06/{name}"), line);
    }
    let captures: String = ids
        .iter()
        .enumerate()
        .map(|(n, id)| {
            capture(
                "event",
                Some(id),
                "2023-01-19T05:40:55Z",
                &format!("0.{n:03}5"),
            )
        })
        .collect();
    scratch.write("captures/churn/AllTraffic/2023/01/19/05/a.jsonl", captures);
    let (settings, report) = looks_and_merges(&scratch, "captures");
    assert_eq!(settings["probability_attribute"], "0");
    labelled(&report, 334);
}

#[test]
fn a_capture_of_334_records_and_its_label() {
    let scratch = Scratch::new();
    if income(&scratch).is_none() {
        return;
    }
    let (settings, report) = looks_and_merges(&scratch, "captures");
    assert_eq!(settings["probability_attribute"], "score");
    labelled(&report, 334);
}

/// The transform output that a merged batch record was made from.
#[track_caller]
fn a_batch_record(name: &str, hour: &str, records: u64, probability: &str) {
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
    scratch.write(&format!("transforms/{name}.out"), output);
    scratch.write(&format!("labels/{hour}/l.jsonl"), label_of(&merged, key));
    let (settings, report) = looks_and_merges(&scratch, "transforms");
    assert_eq!(settings["probability_attribute"], probability);
    labelled(&report, records);
}

#[test]
fn a_csv_transform_row_with_its_inputs() {
    a_batch_record("csv", "2023/01/19/05", 1, "-1");
}

#[test]
fn a_json_line_of_a_transform() {
    a_batch_record("jsonlines", "2023/01/21/01", 1, "score");
}

#[test]
fn a_json_object_of_a_transform() {
    a_batch_record("json-object", "2024/01/19/19", 334, "score");
}
