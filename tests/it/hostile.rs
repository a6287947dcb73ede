//! Inputs that nobody writes on purpose, and what is left over from earlier runs: both plans do the same.

use std::fs;

use crate::harness::{Run, Scratch, capture, label};

const TIME: &str = "2026-11-01T05:10:00Z";

/// Merges everything with both plans, which must agree in status and in every byte; gives the fast one's run.
#[track_caller]
fn merge(scratch: &Scratch, extra: &[&str]) -> Run {
    let run = |plan: &str| {
        let args = [
            &[
                "merge",
                "--captures",
                "cap",
                "--labels",
                "gt",
                "--all",
                "--as-of",
                "2026-12-01T00",
            ][..],
            &[
                "--probability-attribute",
                "0",
                "--output",
                "json",
                "--out",
                plan,
                "--plan",
                plan,
            ],
            extra,
        ];
        scratch.run(&args.concat())
    };
    let fast = run("fast");
    for plan in ["spilled", "reference"] {
        let other = run(plan);
        assert_eq!(
            other.status, fast.status,
            "{plan}: {}\n{}",
            other.stderr, fast.stderr
        );
        assert_eq!(
            scratch.hashes(&format!("{plan}/merged")),
            scratch.hashes("fast/merged"),
            "{plan}"
        );
    }
    assert!(!fast.stderr.contains("panicked"), "{}", fast.stderr);
    fast
}

fn encoded_label(key: &str, value: &str, encoding: &str) -> String {
    label(key, value).replace(
        "\"encoding\":\"CSV\"",
        &format!("\"encoding\":\"{encoding}\""),
    )
}

#[test]
fn labels_that_differ_only_in_where_encoding_ends_are_different() {
    let scratch = Scratch::new();
    scratch
        .write(
            "cap/ep/v/2026/11/01/05/a.jsonl",
            capture("e1", None, TIME, "0.9"),
        )
        .write(
            "gt/2026/11/01/05/l.jsonl",
            encoded_label("e1", "B:C", "A") + &encoded_label("e1", "C", "A:B"),
        );
    let run = merge(&scratch, &["--duplicate-labels", "error"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("key `e1`"), "{}", run.stderr);
}

#[test]
fn any_number_of_encodings_is_read() {
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for n in 0..300 {
        captures += &capture(&format!("e{n}"), None, TIME, "0.9");
        labels += &encoded_label(&format!("e{n}"), "1", &format!("X{n}"));
    }
    scratch
        .write("cap/ep/v/2026/11/01/05/a.jsonl", captures)
        .write("gt/2026/11/01/05/l.jsonl", labels);
    assert_eq!(
        merge(&scratch, &[]).expect_status(0).json()["models"][0]["ledger"]["labels"]["matched"],
        300
    );
}

#[test]
fn a_long_label_serves_many_predictions() {
    let scratch = Scratch::new();
    let captures = capture("one", None, TIME, "0.9").repeat(300);
    scratch
        .write("cap/ep/v/2026/11/01/05/a.jsonl", captures)
        .write(
            "gt/2026/11/01/05/l.jsonl",
            label("one", &"x".repeat(300_000)),
        );
    let run = scratch
        .run(&[
            "merge",
            "--captures",
            "cap",
            "--labels",
            "gt",
            "--all",
            "--as-of",
            "2026-12-01T00",
            "--out",
            "out",
            "--probability-attribute",
            "0",
            "--columns",
            "key,label_value",
            "--output",
            "json",
        ])
        .expect_status(0);
    assert_eq!(
        run.json()["models"][0]["ledger"]["predictions"]["labelled"],
        300
    );
    assert_eq!(scratch.rows("out/merged").len(), 300);
}

#[test]
fn an_hour_that_cannot_be_read_fails_alone_and_is_not_counted() {
    let scratch = Scratch::new();
    scratch
        .write(
            "cap/ep/v/2026/11/01/05/a.jsonl",
            capture("e1", None, TIME, "0.9"),
        )
        .write(
            "cap/ep/v/2026/11/01/06/b.jsonl",
            capture("e2", None, TIME, "0.9"),
        )
        .write(
            "cap/ep/v/2026/11/01/06/c.jsonl.gz",
            b"\x1f\x8b\x08\x00no gzip at all",
        )
        .write("gt/2026/11/01/05/l.jsonl", label("e1", "1"));
    let run = merge(&scratch, &[]).expect_status(4);
    let model = &run.json()["models"][0];
    assert_eq!(model["ledger"]["predictions"]["read"], 1);
    assert_eq!(model["ledger"]["observations"], 1);
    let failure = model["hours"][1]["failure"].as_str().unwrap().to_owned();
    assert!(failure.contains("c.jsonl.gz"), "{failure}");
}

#[test]
fn a_header_in_a_transform_is_a_reject_and_its_rows_have_their_hour() {
    let scratch = Scratch::new();
    scratch
        .write(
            "jobs/a.csv.out",
            "prediction,id,time\n0.9,id1,2026-11-01T06:50:00Z\n",
        )
        .write("gt/2026/11/01/06/l.jsonl", label("id1", "1"));
    scratch
        .run(&[
            "merge",
            "--transforms",
            "jobs",
            "--labels",
            "gt",
            "--all",
            "--as-of",
            "2026-12-01T00",
            "--out",
            "out",
            "--probability-attribute",
            "0",
            "--max-rejects",
            "1",
        ])
        .expect_status(0);
    let rows = scratch.rows("out/merged");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["hour"].as_deref(), Some("2026-11-01T06:00:00Z"));
}

#[test]
fn merged_json_lines_of_an_earlier_run_do_not_outlive_it() {
    let scratch = Scratch::new();
    scratch
        .write(
            "cap/ep/v/2026/11/01/05/a.jsonl",
            capture("e1", None, TIME, "0.9"),
        )
        .write("gt/2026/11/01/05/l.jsonl", label("e1", "1"));
    merge(&scratch, &["--format", "jsonl"]).expect_status(0);
    let lines = "fast/merge/ep/v/2026/11/01/05/part-00000.jsonl";
    assert!(
        fs::read_to_string(scratch.path(lines))
            .unwrap()
            .contains("\"data\":\"1\"")
    );
    merge(&scratch, &[]).expect_status(0);
    assert!(!scratch.path(lines).exists());
}

#[test]
fn two_models_of_one_endpoint_do_not_share_merged_json_lines() {
    let scratch = Scratch::new();
    scratch
        .write("cap/ep/v/2026/11/01/05/a.jsonl", capture("e1", None, TIME, "0.9"))
        .write("gt/2026/11/01/05/l.jsonl", label("e1", "1"))
        .write(
            "groundline.toml",
            "[[model]]\nname = \"m1\"\ncaptures = \"cap\"\nlabels = \"gt\"\n[[model]]\nname = \"m2\"\ncaptures = \"cap\"\nlabels = \"gt\"\n[output]\nuri = \"out\"\n[run]\nall = true\n",
        );
    let run = scratch
        .run(&["merge", "--format", "jsonl"])
        .expect_status(2);
    assert!(
        run.stderr.contains("models `m1` and `m2` would both write"),
        "{}",
        run.stderr
    );
    scratch.run(&["merge"]).expect_status(0);
}

#[test]
fn a_query_without_rows_writes_its_header_and_copy_keeps_its_quotes() {
    let scratch = Scratch::new();
    scratch
        .run(&[
            "sql",
            "-c",
            "SELECT 1 AS a, 2 AS b WHERE false",
            "--out",
            "none.csv",
        ])
        .expect_status(0);
    assert_eq!(
        fs::read_to_string(scratch.path("none.csv")).unwrap(),
        "a,b\n"
    );
    scratch
        .run(&[
            "sql",
            "-c",
            "COPY (SELECT 1 AS a) TO 'copied.csv'; SELECT 2",
        ])
        .expect_status(0);
    assert!(scratch.path("copied.csv").exists());
}

#[test]
fn a_quote_that_never_closes_costs_its_own_line() {
    let scratch = Scratch::new();
    scratch
        .write(
            "jobs/2026/11/01/06/a.csv.out",
            "\"un,0.9,id0,2026-11-01T06:50:00Z\n0.3,id1,2026-11-01T06:50:00Z\n0.4,id2,2026-11-01T06:50:00Z\n",
        )
        .write("gt/2026/11/01/06/l.jsonl", label("id1", "1"));
    let run = scratch
        .run(&[
            "merge",
            "--transforms",
            "jobs",
            "--labels",
            "gt",
            "--all",
            "--as-of",
            "2026-12-01T00",
            "--out",
            "out",
            "--probability-attribute",
            "0",
            "--max-rejects",
            "1",
            "--output",
            "json",
        ])
        .expect_status(0);
    assert_eq!(run.json()["models"][0]["ledger"]["predictions"]["read"], 3);
    assert_eq!(scratch.rows("out/merged").len(), 2);
}

#[test]
fn a_label_list_longer_than_any_batch_loses_no_label() {
    let scratch = Scratch::new();
    let captures: String = (0..50)
        .map(|n| {
            capture(
                &format!("e-{n}"),
                Some(&format!("order-{}", n * 200)),
                TIME,
                "0.9",
            )
        })
        .collect();
    scratch.write("cap/shop/Blue/2026/11/01/05/a.jsonl", captures);
    // Each key twice, the later one in the list's second half.
    let labels: Vec<String> = (0..20_000)
        .map(|n| {
            label(
                &format!("order-{}", n % 10_000),
                if n < 10_000 { "0" } else { "1" },
            )
        })
        .map(|line| line.trim_end().to_owned())
        .collect();
    scratch.write(
        "gt/2026/11/01/06/a.jsonl",
        format!("[{}]", labels.join(",")),
    );
    let report = merge(&scratch, &[]).expect_status(0).json();
    let ledger = &report["models"][0]["ledger"];
    assert_eq!(ledger["predictions"]["labelled"], 50);
    assert_eq!(ledger["labels"]["read"], 20_000);
    assert_eq!(ledger["labels"]["matched"], 50);
    for row in scratch.rows("fast/merged") {
        assert_eq!(row["label"].as_deref(), Some("1"), "{row:?}");
    }
}
