//! `init` over labels that are files of a table: it tells the columns, and what it writes merges as ground truth does.

use serde_json::Value;

use crate::harness::{Scratch, capture, label};
use crate::init::{init, merge_unedited};
use crate::label_table::{captures, ground_truth, labels, tables};

fn written(scratch: &Scratch) -> String {
    std::fs::read_to_string(scratch.path("groundline.toml")).unwrap()
}

/// `id`, `label` and `collected_at` as they were told.
fn told(findings: &Value) -> Vec<(String, String)> {
    let settings = findings["label_table"]["settings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    settings
        .iter()
        .map(|setting| (text(&setting["key"]), text(&setting["value"])))
        .collect()
}

#[test]
fn a_table_of_each_kind_is_proposed_and_merges_as_ground_truth() {
    let scratch = Scratch::new();
    let all = labels(1);
    captures(&scratch, 1);
    ground_truth(&scratch, &all);
    tables(&scratch, &all);
    init(
        &scratch,
        &["--captures", "captures", "--labels", "ground-truth"],
    );
    let expected = merge_unedited(&scratch);
    let expected = &expected["models"][0]["ledger"]["predictions"];
    assert!(expected["labelled"].as_u64().unwrap() > 30, "{expected}");
    for ending in ["parquet", "csv", "jsonl"] {
        let files = format!("warehouse/*.{ending}");
        let findings = init(
            &scratch,
            &["--captures", "captures", "--labels", &files, "--force"],
        );
        assert_eq!(findings["label_table"]["complete"], true, "{findings:#}");
        assert_eq!(findings["labels"]["files"], 2);
        let columns = [
            ("id", "order_id"),
            ("label", "churned"),
            ("collected_at", "labelled_at"),
        ];
        assert_eq!(
            told(&findings),
            columns.map(|(key, value)| (key.to_owned(), value.to_owned())),
            "{ending}"
        );
        let text = written(&scratch);
        assert!(
            text.contains("problem_type = \"BinaryClassification\"\n"),
            "{text}"
        );
        assert!(
            text.contains(&format!("\n[model.labels]\nfiles = \"{files}\"\n")),
            "{text}"
        );
        let report = merge_unedited(&scratch);
        assert_eq!(
            &report["models"][0]["ledger"]["predictions"], expected,
            "{ending}"
        );
    }
}

/// Captures `e0…` of one hour.
fn predictions(scratch: &Scratch, count: usize) {
    let lines: String = (0..count)
        .map(|n| {
            capture(
                &format!("e{n}"),
                None,
                "2026-11-01T05:10:00Z",
                &format!("0.{n}5"),
            )
        })
        .collect();
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", lines);
}

#[test]
fn a_folder_of_files_is_a_table_whatever_its_layout_and_bad_rows_are_accepted() {
    let scratch = Scratch::new();
    predictions(&scratch, 9);
    // In hour folders too; one row of ten has no time.
    for (file, rows) in [
        ("2026/11/01/06/a.csv", 0..5),
        ("2026/11/01/07/a.csv", 5..10),
    ] {
        let rows: String = rows
            .map(|n| {
                let at = if n == 9 {
                    "soon"
                } else {
                    "2026-11-01T06:00:00Z"
                };
                format!("{},e{n},{at}\n", n % 2)
            })
            .collect();
        scratch.write(&format!("labels/{file}"), format!("y,order,seen\n{rows}"));
    }
    let findings = init(&scratch, &["--captures", "captures", "--labels", "labels"]);
    assert_eq!(findings["label_table"]["files"], "labels/**/*.csv");
    let why = findings["rejects"]["why"].as_str().unwrap();
    assert!(why.contains("1 of 10 labels"), "{why}");
    assert!(
        why.contains("2026/11/01/07/a.csv in row 5: bad_time"),
        "{why}"
    );
    assert!(written(&scratch).contains("\nmax_rejects = \"20%\"\n"));
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 9);
}

#[test]
fn columns_that_cannot_be_told_are_listed_with_the_section_to_fill_in() {
    let scratch = Scratch::new();
    predictions(&scratch, 4);
    let rows: String = (0..4)
        .map(|n| format!("e{n},p{0},r{0},{n}\n", n % 2))
        .collect();
    scratch.write("labels/a.csv", format!("order,plan,region,amount\n{rows}"));
    let run = scratch
        .run(&["init", "--captures", "captures", "--labels", "labels/a.csv"])
        .expect_status(0);
    let there = "there are: order (Utf8), plan (Utf8), region (Utf8), amount (Utf8)";
    assert!(run.stdout.contains(there), "{}", run.stdout);
    assert!(
        run.stderr
            .contains("hint: say in [model.labels] of groundline.toml"),
        "{}",
        run.stderr
    );
    let text = written(&scratch);
    for line in [
        "# [model.labels]",
        "# files = \"labels/a.csv\"",
        "# id = \"order\"",
        "# label = \"COLUMN\"",
        "# collected_at = \"COLUMN\"",
    ] {
        assert!(text.contains(line), "no `{line}` in {text}");
    }
}

/// JSON Lines in hour folders are ground truth, and in no folders they are if they look like it.
#[test]
fn ground_truth_is_no_table() {
    let scratch = Scratch::new();
    predictions(&scratch, 2);
    scratch.write(
        "labels/2026/11/01/06/l.jsonl",
        label("e0", "1") + &label("e1", "0"),
    );
    let findings = init(&scratch, &["--captures", "captures", "--labels", "labels"]);
    assert!(findings["label_table"].is_null());
    scratch.write("flat/l.jsonl", label("e0", "1"));
    let run = scratch
        .run(&[
            "init",
            "--captures",
            "captures",
            "--labels",
            "flat",
            "--force",
        ])
        .expect_status(2);
    assert!(run.stderr.contains("yyyy/mm/dd/hh"), "{}", run.stderr);
}
