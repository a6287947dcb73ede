//! Hour files do not depend on how labels were stored or read.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, TimestampMicrosecondArray};

use super::{
    GROUND_TRUTH, HOUR, START, assert_same, captures, config, ground_truth, labels, merged,
    parquet, tables,
};
use crate::harness::Scratch;

#[test]
fn labels_as_parquet_csv_and_json_lines_give_the_hour_files_of_ground_truth() {
    for records in [1, 3] {
        let scratch = Scratch::new();
        let labels = labels(records);
        captures(&scratch, records);
        ground_truth(&scratch, &labels);
        tables(&scratch, &labels);
        for policy in ["latest", "first", "all"] {
            let policy = ["--duplicate-labels", policy, "--label-horizon", "P2D"];
            let flags = [GROUND_TRUTH.as_slice(), &policy].concat();
            let (expected, _) = merged(&scratch, &flags);
            let labelled = expected
                .iter()
                .filter(|row| row.get("label").is_some_and(Option::is_some));
            assert!(labelled.count() > 20 * records);
            for files in [
                "warehouse/*.parquet",
                "warehouse/*.csv",
                "warehouse/*.jsonl",
            ] {
                let config = config(&scratch, files);
                for plan in ["reference", "fast", "spilled"] {
                    let table = ["--config", &config, "--plan", plan];
                    let (rows, places) = merged(&scratch, &[table.as_slice(), &policy].concat());
                    assert!(places.iter().any(|place| place.starts_with("a.")));
                    assert!(places.iter().any(|place| place.starts_with("b.")));
                    let what = format!("{files} by the {plan} plan, {policy:?}, {records} records");
                    assert_same(&rows, &expected, &what);
                }
            }
        }
    }
}

#[test]
fn numbers_and_lists_become_the_labels_that_people_would_write() {
    let scratch = Scratch::new();
    captures(&scratch, 1);
    let times = TimestampMicrosecondArray::from(vec![START + HOUR; 2]);
    parquet(
        &scratch,
        "labels.parquet",
        vec![
            ("id", Arc::new(Int64Array::from(vec![0, 1])) as ArrayRef),
            (
                "value",
                Arc::new(arrow::array::Float64Array::from(vec![1.0, 0.25])),
            ),
            ("at", Arc::new(times)),
        ],
    );
    let flags = [
        "--captures",
        "captures",
        "--label-files",
        "labels.parquet",
        "--label-id",
        "'e-' || id",
        "--label-value",
        "value",
        "--label-time",
        "at",
        "--probability-attribute",
        "0",
    ];
    let (rows, _) = merged(&scratch, &flags);
    let labels: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row.get("key")?.clone()?, row.get("label")?.clone()?)))
        .collect();
    let pair = |key: &str, label: &str| (key.to_owned(), label.to_owned());
    assert_eq!(labels, [pair("e-0", "1"), pair("e-1", "0.25")]);
}

#[test]
fn a_query_makes_labels_of_any_files_and_its_places_are_theirs_if_it_returns_them() {
    let scratch = Scratch::new();
    let labels = labels(1);
    captures(&scratch, 1);
    ground_truth(&scratch, &labels);
    tables(&scratch, &labels);
    let (expected, _) = merged(&scratch, &GROUND_TRUTH);
    let columns = "order_id as id, churned as label, labelled_at as collected_at";
    scratch.write(
        "labels.sql",
        format!("select filename, file_row_number, {columns} from files where order_id like '%'"),
    );
    let table = |query: &[&'static str]| {
        let flags = [
            "--captures",
            "captures",
            "--model",
            "m",
            "--probability-attribute",
            "0",
        ];
        [
            flags.as_slice(),
            &["--label-files", "warehouse/*.csv"],
            query,
        ]
        .concat()
    };
    let (rows, places) = merged(&scratch, &table(&["--label-sql-file", "labels.sql"]));
    assert_same(&rows, &expected, "a query with places");
    assert!(places.iter().all(|place| place.ends_with(".csv")));

    // Without a place, rows are in order of time, then id and label, and stand in the query's own name.
    let query = "select churned as label, order_id as id, labelled_at as collected_at from files order by churned, order_id desc";
    let (rows, places) = merged(&scratch, &table(&["--label-sql", query]));
    assert!(places.iter().all(|place| place == "sql"));
    let hashes = scratch.hashes("out/merged");
    let (again, _) = merged(&scratch, &table(&["--label-sql", query, "--threads", "1"]));
    assert_eq!((rows, hashes), (again, scratch.hashes("out/merged")));
}

#[test]
fn hour_files_do_not_depend_on_memory_threads_or_how_rows_are_cut() {
    let scratch = Scratch::new();
    let labels = labels(1);
    captures(&scratch, 1);
    tables(&scratch, &labels);
    let config = config(&scratch, "warehouse/*.parquet");
    merged(&scratch, &["--config", &config]);
    let expected = scratch.hashes("out/merged");
    for flags in [
        ["--threads", "1"],
        ["--batch-size", "3"],
        ["--memory-limit", "256MB"],
        ["--plan", "spilled"],
    ] {
        merged(
            &scratch,
            &[["--config", &config].as_slice(), &flags].concat(),
        );
        assert_eq!(scratch.hashes("out/merged"), expected, "{flags:?}");
    }
    let receipts = std::fs::read_to_string(
        scratch.path("out/_groundline/receipts/model=m/endpoint=endpoint/variant=AllTraffic/date=2026-11-01/hh=00.json"),
    );
    assert!(
        receipts
            .unwrap()
            .contains("\"collected_at\": \"labelled_at\"")
    );
}
