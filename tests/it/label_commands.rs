//! Own SQL and `explain-id` over labels that come from files of a warehouse.

use crate::harness::{Scratch, capture};

/// The shipped example.
const OWN_MERGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/examples/own_merge.sql");

const LABEL_FILES: [&str; 4] = [
    "--label-files=warehouse/*.csv",
    "--label-id=id",
    "--label-value=label",
    "--label-time=at",
];

/// Two labels of `a`, the later one in the second file; one of `c`, which nobody predicted.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let lines: String = ["a", "b"]
        .iter()
        .map(|id| capture(id, None, "2026-11-01T00:10:00Z", "0.9"))
        .collect();
    scratch.write("captures/ep/v/2026/11/01/00/x.jsonl", lines);
    let one = "id,label,at\na,0,2026-11-01T01:00:00Z\nb,1,2026-11-01T01:00:00Z\n";
    let two = "id,label,at\nc,1,2026-11-01T01:00:00Z\na,1,2026-11-01T02:00:00Z\n";
    scratch.write("warehouse/one.csv", one);
    scratch.write("warehouse/two.csv", two);
    scratch
}

#[test]
fn own_sql_has_the_labels_of_a_table() {
    let scratch = scratch();
    scratch.write(
        "own.sql",
        "select p.endpoint, p.variant, p.event_id as key, p.hour, p.file, p.position, p.record_index, l.label \
         from predictions p join latest_labels l on l.key = p.event_id",
    );
    let merge = ["merge", "--captures=captures", "--all", "--output=json"];
    for (statement, out) in [("own.sql", "own"), (OWN_MERGE, "example")] {
        let target = ["--as-of=2026-11-02", "--sql", statement, "--out", out];
        let args = [&merge[..], &LABEL_FILES, &target].concat();
        let report = scratch.run(&args).expect_status(0).json();
        let labels = &report["models"][0]["ledger"]["labels"];
        assert_eq!(labels["queried"], 4, "{report}");
    }
    let rows = scratch.rows("own/merged");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| [row["key"].as_deref(), row["label"].as_deref()])
        .collect();
    assert_eq!(rows, [[Some("a"), Some("1")], [Some("b"), Some("1")]]);
}

#[test]
fn explain_id_names_file_and_row_of_the_labels_of_a_table() {
    let scratch = scratch();
    let places = |id: &str| -> Vec<String> {
        let explain = ["explain-id", id, "--captures=captures", "--output=ndjson"];
        let run = scratch.run(&[&explain[..], &LABEL_FILES].concat());
        let lines = run.expect_status(0).stdout;
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines
            .map(|line| {
                format!(
                    "{} {}:{} {}",
                    line["what"], line["file"], line["line"], line["outcome"]
                )
                .replace('"', "")
            })
            .collect()
    };
    let places = places("a");
    assert_eq!(places.len(), 3);
    assert!(
        places[1].starts_with("label one.csv:1 superseded"),
        "{places:?}"
    );
    assert!(
        places[2].starts_with("label two.csv:2 matched"),
        "{places:?}"
    );
}

#[test]
fn explain_id_tells_the_rows_of_a_table_that_are_no_labels() {
    let scratch = scratch();
    let three = "id,label,at\nb,0,soon\n,1,2026-11-01T01:00:00Z\nA,1,2026-11-01T03:00:00Z\n";
    scratch.write("warehouse/three.csv", three);
    let told = |id: &str| -> Vec<String> {
        let explain = ["explain-id", id, "--captures=captures", "--output=ndjson"];
        let run = scratch.run(&[&explain[..], &LABEL_FILES].concat());
        let lines = run.expect_status(0).stdout;
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let told = lines.map(|line| {
            format!(
                "{} {}:{} {}",
                line["what"], line["file"], line["line"], line["outcome"]
            )
            .replace('"', "")
        });
        told.filter(|line| !line.starts_with("prediction"))
            .collect()
    };
    assert_eq!(
        told("b"),
        [
            "label one.csv:2 matched: chosen for a prediction",
            "rejected label three.csv:1 rejected: bad_time: collected_at is no time: `soon`",
        ]
    );
    let near = "nearest a at ep/v/2026/11/01/00/x.jsonl:1";
    assert_eq!(
        told("a").last().unwrap(),
        &format!("label three.csv:3 unmatched, spelled_differently: {near}")
    );
}
