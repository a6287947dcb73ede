//! Labels by a query that makes several of one row of a file.

use crate::harness::{Scratch, capture};

/// A row of each order, with the labels of its parts.
const ORDERS: &str = "\
order_id,churned,labelled_at
e-0;e-1,1,2026-11-01T02:00:00Z
;,0,2026-11-01T02:00:00Z
";

/// One label for each part of an order's id.
const PARTS: &str = "select {places} unnest(string_to_array(order_id, ';')) as id, churned as label, \
     labelled_at as collected_at from files";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let lines = capture("e-0", None, "2026-11-01T00:00:00Z", "0.9")
        + &capture("e-1", None, "2026-11-01T00:00:01Z", "0.2");
    scratch.write("captures/shop/AllTraffic/2026/11/01/00/a.jsonl", lines);
    scratch.write("warehouse/orders.csv", ORDERS);
    scratch
}

fn merge<'a>(query: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let flags = [
        "merge",
        "--quiet",
        "--all",
        "--as-of",
        "2026-11-09",
        "--out",
        "out",
        "--captures",
        "captures",
        "--probability-attribute",
        "0",
        "--label-files",
        "warehouse/*.csv",
        "--label-sql",
        query,
    ];
    [&flags, more].concat()
}

#[test]
fn several_labels_of_one_row_are_refused_by_place_and_numbered_without() {
    let scratch = scratch();
    let with = PARTS.replace("{places}", "filename, file_row_number,");
    let refused = scratch
        .run(&merge(&with, &["--max-rejects", "2"]))
        .expect_status(2);
    assert_eq!(
        refused.stderr,
        "error: the SQL of the labels returns several labels of one hour for row 0 of `orders.csv`, \
         and by its row a label is known\n\
         hint: leave filename and file_row_number out: then the labels are numbered in order of time, id and label\n"
    );
    let without = PARTS.replace("{places}", "");
    scratch
        .run(&merge(&without, &["--max-rejects", "2"]))
        .expect_status(0);
    let rows = scratch.rows("out/merged");
    let labels: Vec<_> = rows
        .iter()
        .map(|row| (row["label"].clone(), row["label_position"].clone()))
        .collect();
    let one = Some("1".to_owned());
    assert_eq!(
        labels,
        [
            (one.clone(), Some("0".to_owned())),
            (one, Some("1".to_owned()))
        ]
    );
}

#[test]
fn rows_of_one_place_that_are_no_labels_are_a_reject_each() {
    let scratch = scratch();
    scratch.write(
        "warehouse/orders.csv",
        "order_id,churned,labelled_at\n;,0,2026-11-01T02:00:00Z\n",
    );
    let with = PARTS.replace("{places}", "filename, file_row_number,");
    for plan in ["fast", "spilled", "reference"] {
        scratch
            .run(&merge(&with, &["--max-rejects", "2", "--plan", plan]))
            .expect_status(0);
        assert_eq!(scratch.rows("out/rejects").len(), 2, "{plan}");
        let read: Vec<_> = scratch
            .rows("out/ledger")
            .into_iter()
            .filter(|row| row["side"].as_deref() == Some("labels"))
            .filter(|row| row["bucket"].as_deref() == Some("rejected"))
            .map(|row| row["count"].clone())
            .collect();
        assert_eq!(read, [Some("2".to_owned())], "{plan}");
    }
}

#[test]
fn a_place_that_is_null_is_refused() {
    let scratch = scratch();
    let query = "select nullif(filename, filename) as filename, file_row_number, order_id as id, churned as label, \
                 labelled_at as collected_at from files";
    let refused = scratch.run(&merge(query, &[])).expect_status(2);
    assert!(
        refused
            .stderr
            .starts_with("error: the SQL of the labels returns a row whose `filename` or `file_row_number` is null\n"),
        "{}",
        refused.stderr
    );
}
