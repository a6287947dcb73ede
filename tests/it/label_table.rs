//! Labels from the files of a warehouse: the same hour files as from ground truth, whatever the files are.

mod hour_files;
mod refused;
mod rejects;
mod sql;

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;

use crate::harness::{Row, Scratch, capture, label};

/// Key, label, and when it was collected.
pub(crate) type Labels = Vec<(String, Option<&'static str>, i64)>;

/// 2026-11-01T00:00:00Z
const START: i64 = 1_793_491_200_000_000;
const HOUR: i64 = 3_600_000_000;

const MERGE: [&str; 8] = [
    "merge",
    "--quiet",
    "--from",
    "2026-11-01T00",
    "--to",
    "2026-11-01T03",
    "--as-of",
    "2026-11-09",
];

/// Labels of events of `records` records: some early, late, corrected, repeated within an hour, null, and of nobody.
pub(crate) fn labels(records: usize) -> Labels {
    let of = |value: &'static str| match (value, records) {
        ("0", 1) => "0",
        ("1", 1) => "1",
        ("0", _) => "0,1,0",
        (_, _) => "1,0,1",
    };
    let mut labels = Labels::new();
    for event in 0..40_i64 {
        let value = if event % 3 == 0 { of("1") } else { of("0") };
        let late = (event * 7) % 30;
        let label = (event % 11 != 5).then_some(value);
        labels.push((format!("e-{event}"), label, START + late * HOUR + event));
        if event % 5 == 0 {
            // A correction in the same hour, and one much later.
            labels.push((
                format!("e-{event}"),
                Some(of("1")),
                START + late * HOUR + event,
            ));
            labels.push((
                format!("e-{event}"),
                Some(of("0")),
                START + (late + 40) * HOUR,
            ));
        }
    }
    labels.push(("nobody".to_owned(), Some(of("1")), START));
    // Before the lead of a day, so no prediction sees it.
    labels.push(("e-1".to_owned(), Some(of("1")), START - 30 * HOUR));
    labels
}

fn iso(micros: i64) -> String {
    let array = TimestampMicrosecondArray::from_value(micros, 1);
    let time = array.value_as_datetime(0).unwrap();
    time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

pub(crate) fn captures(scratch: &Scratch, records: usize) {
    for hour in 0..3 {
        let lines: String = (0..40)
            .filter(|event| event % 3 == hour)
            .map(|event| {
                let output = vec!["0.75"; records].join("\n");
                let time = format!("2026-11-01T{hour:02}:10:00Z");
                capture(&format!("e-{event}"), None, &time, &output)
            })
            .collect();
        let file = format!("captures/endpoint/AllTraffic/2026/11/01/{hour:02}/a.jsonl");
        scratch.write(&file, lines);
    }
}

pub(crate) fn ground_truth(scratch: &Scratch, labels: &Labels) {
    let mut hours = std::collections::BTreeMap::<String, String>::new();
    for (key, value, at) in labels {
        let hour = iso(*at)[..13].replace(['-', 'T'], "/");
        let line = match value {
            Some(value) => label(key, value),
            None => label(key, "").replace("\"data\":\"\"", "\"data\":null"),
        };
        hours.entry(hour).or_default().push_str(&line);
    }
    for (hour, lines) in hours {
        scratch.write(&format!("ground-truth/{hour}/labels.jsonl"), lines);
    }
}

fn parquet(scratch: &Scratch, file: &str, columns: Vec<(&str, ArrayRef)>) {
    scratch.write(file, "");
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = File::create(scratch.path(file)).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// The labels as two files of each kind, the earlier rows in the first.
pub(crate) fn tables(scratch: &Scratch, labels: &Labels) {
    let (one, two) = labels.split_at(labels.len() / 2);
    for (name, part) in [("a", one), ("b", two)] {
        let ids: StringArray = part.iter().map(|(key, _, _)| Some(key.as_str())).collect();
        let values: StringArray = part.iter().map(|(_, value, _)| *value).collect();
        let times: TimestampMicrosecondArray = part.iter().map(|(_, _, at)| Some(*at)).collect();
        parquet(
            scratch,
            &format!("warehouse/{name}.parquet"),
            vec![
                ("order_id", Arc::new(ids) as ArrayRef),
                ("churned", Arc::new(values)),
                ("labelled_at", Arc::new(times)),
            ],
        );
        let (mut csv, mut json) = (
            "other,order_id,churned,labelled_at\n".to_owned(),
            String::new(),
        );
        for (key, value, at) in part {
            let time = iso(*at);
            let quoted = value
                .map(|value| format!("\"{value}\""))
                .unwrap_or_default();
            csv.push_str(&format!("\"x\ny\",{key},{quoted},{time}\n"));
            let value =
                serde_json::json!({ "order_id": key, "churned": value, "labelled_at": time });
            json.push_str(&format!("{value}\n"));
        }
        scratch.write(&format!("warehouse/{name}.csv"), csv);
        scratch.write(&format!("warehouse/{name}.jsonl"), json);
    }
}

/// A configuration whose labels are those files.
fn config(scratch: &Scratch, files: &str) -> String {
    let name = format!("{}.toml", files.replace(['/', '*'], "-"));
    let table = format!(
        "[[model]]\nname = \"m\"\ncaptures = \"captures\"\nprobability_attribute = \"0\"\n\
         [model.labels]\nfiles = \"{files}\"\nid = \"order_id\"\nlabel = \"churned\"\ncollected_at = \"labelled_at\"\n"
    );
    scratch.write(&name, table);
    name
}

/// Rows of a merge's hour files without the place of the label, in order.
fn merged(scratch: &Scratch, flags: &[&str]) -> (Vec<Row>, Vec<String>) {
    let out = scratch.path("out");
    if out.exists() {
        std::fs::remove_dir_all(&out).unwrap();
    }
    let mut args = MERGE.to_vec();
    args.extend(["--out", "out", "--output", "json"]);
    args.extend(flags);
    let run = scratch.run(&args).expect_status(0);
    let mut ledger = run.json()["models"][0]["ledger"].clone();
    // Said only of tables.
    ledger["notes"]
        .as_object_mut()
        .unwrap()
        .shift_remove("labels_outside_window");
    let places = scratch.rows("out/merged").into_iter();
    let places = places.filter_map(|row| row["label_file"].clone()).collect();
    let mut rows = scratch.rows("out/merged");
    rows.extend(scratch.rows("out/unmatched"));
    for row in &mut rows {
        for place in ["label_file", "label_position", "file", "position"] {
            // Of predictions they stay; of unmatched labels they are the place.
            if place.starts_with("label") || !row.contains_key("input") {
                row.remove(place);
            }
        }
    }
    // What became of every label.
    let ledger = Row::from([("ledger".to_owned(), Some(ledger.to_string()))]);
    rows.push(ledger);
    (rows, places)
}

/// Shows only the first rows that differ.
#[track_caller]
fn assert_same(rows: &[Row], expected: &[Row], what: &str) {
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row, expected, "{what}");
    }
    assert_eq!(rows.len(), expected.len(), "{what}");
}

const GROUND_TRUTH: [&str; 8] = [
    "--captures",
    "captures",
    "--labels",
    "ground-truth",
    "--model",
    "m",
    "--probability-attribute",
    "0",
];

/// Labels as CSV with one of everything that can be wrong with a row.
const BAD: &str = "order_id,churned,labelled_at\n\
    e-0,1,2026-11-01T02:00:00Z\n\
    ,1,2026-11-01T02:00:00Z\n\
    e-1,1,\n\
    e-2,0,1793491200\n\
    e-3,0\n\
    e-6,0,2026-11-01 02:00:00\n\
    e-9,\"0,2026-11-01T02:00:00Z\n";
