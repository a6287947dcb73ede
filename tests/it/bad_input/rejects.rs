//! How many rejects a run accepts, and what it keeps of them.

use std::fs;

use super::{CAPTURES, HOUR_FILE, assert_says, column, good, inputs, merge};
use crate::harness::files;

#[test]
fn several_reasons_are_counted_apart_and_a_share_accepts_them() {
    let scratch = inputs();
    let good: String = (0..17).map(|n| good(&format!("g{n}"))).collect();
    scratch.write(CAPTURES, good + "x\ny\n[]\n");
    let run = merge(&scratch, &[("max-rejects", "14.9%")]).expect_status(1);
    assert_says(
        &run.stderr,
        &[
            "3 of 20 records rejected",
            "--max-rejects 3 would accept them",
        ],
    );
    let run = merge(&scratch, &[("max-rejects", "15%"), ("output", "json")]).expect_status(0);
    assert_says(
        &run.stderr,
        &[
            "2 prediction records rejected: not_json, for example ep/v/2026/11/01/05/a.jsonl:18:",
            "1 prediction records rejected: wrong_type, for example ep/v/2026/11/01/05/a.jsonl:20:",
        ],
    );
    let report = run.json();
    let rejects = report
        .pointer("/models/0/rejects")
        .unwrap()
        .as_array()
        .unwrap()
        .clone();
    let told: Vec<(&str, u64)> = rejects
        .iter()
        .map(|group| {
            let reason = group
                .get("reason")
                .and_then(|reason| reason.as_str())
                .unwrap();
            (
                reason,
                group.get("count").and_then(|count| count.as_u64()).unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("not_json", 2), ("wrong_type", 1)]);
}

#[test]
fn an_hour_over_the_limit_fails_alone() {
    let scratch = inputs();
    scratch.write("cap/ep/v/2026/11/01/06/b.jsonl", good("e2") + "x\n");
    let run = merge(&scratch, &[("to", "2026-11-01T07")]).expect_status(4);
    assert_says(
        &run.stderr,
        &[
            "hour 2026-11-01T06 of ep/v was not written: 1 of 2 records rejected",
            "ep/v/2026/11/01/06/b.jsonl:2: not_json",
            "error: 1 of 2 hours were not written",
        ],
    );
    let written = files(&scratch.path("out/merged"));
    assert_eq!(written, [scratch.path(HOUR_FILE)]);
}

#[test]
fn an_hour_that_fails_keeps_the_file_of_the_run_before() {
    let scratch = inputs();
    merge(&scratch, &[]).expect_status(0);
    let before = scratch.hashes("out/merged");
    let receipts = scratch.hashes("out/_groundline/receipts");
    scratch.write(CAPTURES, good("e1") + "x\n");
    merge(&scratch, &[]).expect_status(1);
    assert_eq!(scratch.hashes("out/merged"), before);
    assert_eq!(scratch.hashes("out/_groundline/receipts"), receipts);
    assert_eq!(before.len(), 1);
}

#[test]
fn no_reject_bytes_keeps_none_and_the_default_keeps_the_first() {
    let scratch = inputs();
    let secret = "patient 4711 ".repeat(40);
    scratch.write(CAPTURES, format!("{}{secret}\n", good("e1")));
    merge(&scratch, &[("max-rejects", "1")]).expect_status(0);
    assert_eq!(
        column(&scratch.rows("out/rejects"), "first_bytes"),
        [&secret[..200]]
    );

    let run = merge(&scratch, &[("max-rejects", "1"), ("no-reject-bytes", "")]).expect_status(0);
    let rejects = scratch.rows("out/rejects");
    assert_eq!(column(&rejects, "first_bytes"), ["null"]);
    assert_eq!(column(&rejects, "line"), ["2"]);
    assert!(!run.stderr.contains("4711") && !run.stdout.contains("4711"));
    for file in files(&scratch.path("out")) {
        let bytes = fs::read(&file).unwrap();
        assert!(
            !bytes.windows(4).any(|four| four == b"4711"),
            "{}",
            file.display()
        );
    }
}
