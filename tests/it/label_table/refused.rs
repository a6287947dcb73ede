//! Tables that are wrong.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use super::{MERGE, START, captures, parquet};
use crate::harness::Scratch;

/// What is said of a wrong table, with its status.
fn refusal(scratch: &Scratch, flags: &[&str]) -> (i32, String) {
    let mut args = MERGE.to_vec();
    args.extend([
        "--out",
        "out",
        "--captures",
        "captures",
        "--probability-attribute",
        "0",
    ]);
    args.extend(flags);
    let run = scratch.run(&args);
    (run.status, run.stderr)
}

#[test]
fn a_wrong_table_is_told_by_what_is_there() {
    let scratch = Scratch::new();
    captures(&scratch, 1);
    scratch.write("w/a.csv", "order_id,churned,labelled_at\n");
    scratch.write("w/b.csv", "orderid,churned,labelled_at\n");
    scratch.write("w/x.jsonl", "{}\n");
    scratch.write("w/notes.txt", "x");
    parquet(
        &scratch,
        "w/n.parquet",
        vec![
            ("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
            ("at", Arc::new(Int64Array::from(vec![START]))),
        ],
    );
    scratch.write("w/broken/n.parquet", "PAR1");
    scratch.write("w/empty/one.csv", "");
    scratch.write("w/empty/two.csv", "");
    let columns = [
        "--label-id",
        "order_id",
        "--label-value",
        "churned",
        "--label-time",
        "labelled_at",
    ];
    for (flags, status, said) in [
        (
            &["--label-files", "w/*.csv"][..],
            2,
            "error: the label file `b.csv` has no column `order_id`; did you mean `orderid`?; it has: orderid, churned, labelled_at\n\
             hint: each of id, label and collected_at is a column that every file has, or an SQL expression\n",
        ),
        (
            &["--label-files", "w/a.csv", "--label-id", "upper(orderid)"],
            2,
            "error: the label file `a.csv` has no column `orderid`; did you mean `order_id`?; it has: order_id, churned, labelled_at\n",
        ),
        (
            &[
                "--label-files",
                "w/*.parquet",
                "--label-id",
                "id",
                "--label-value",
                "id",
                "--label-time",
                "at",
            ],
            2,
            "error: `collected_at` of the labels is Int64, which is no time: `at`\n\
             hint: say what it counts: to_timestamp_seconds(at), or to_timestamp_millis, to_timestamp_micros, to_timestamp_nanos\n",
        ),
        (
            &["--label-files", "w/*.tsv"],
            2,
            "error: no file matches the labels `w/*.tsv`; below `w` there are a.csv, b.csv, n.parquet, notes.txt, x.jsonl\n",
        ),
        (
            &["--label-files", "w/empty/*.csv"],
            2,
            "error: the labels `w/empty/*.csv` match 2 files, all of which are empty\n\
             hint: they have no bytes, not even a header: was the export finished?\n",
        ),
        (
            &["--label-files", "w/empty/one.csv"],
            2,
            "error: the labels `w/empty/one.csv` match one file, which is empty\n",
        ),
        (
            &["--label-files", "w/*"],
            2,
            "error: the labels `w/*` match files of two kinds: `a.csv` and `n.parquet`\n",
        ),
        (
            &["--label-files", "w/notes.txt"],
            2,
            "error: the labels `w/notes.txt` match `notes.txt`, which is no Parquet, CSV or JSON Lines file\n",
        ),
        (
            &["--label-files", "absent/*.csv"],
            2,
            "error: no such folder: `absent`\n",
        ),
        (
            &["--label-files", "w/broken/*.parquet"],
            1,
            "error: cannot read the label file `n.parquet` as Parquet\n",
        ),
        (
            &["--label-files", "w/a.csv", "--label-id", "nope("],
            2,
            "error: `id` of the labels is neither a column nor an SQL expression: `nope(`\n",
        ),
    ] {
        let flags = match flags.contains(&"--label-id") {
            true if flags.len() < 6 => [flags, &columns[2..]].concat(),
            true => flags.to_vec(),
            false => [flags, &columns].concat(),
        };
        let (found, stderr) = refusal(&scratch, &flags);
        assert!(stderr.starts_with(said), "{flags:?}:\n{stderr}");
        assert_eq!(found, status, "{flags:?}");
    }
    let sql = [
        "--label-files",
        "w/a.csv",
        "--label-sql",
        "select order_id as id, churned from files",
    ];
    let (status, stderr) = refusal(&scratch, &sql);
    assert!(
        stderr.starts_with("error: the SQL of the labels (`sql`) returns no column `label`; it returns: id, churned\n"),
        "{stderr}"
    );
    assert_eq!(status, 2);
    assert!(!scratch.path("out").exists(), "nothing was written");
}

#[test]
fn labels_that_would_change_from_run_to_run_are_refused() {
    let scratch = Scratch::new();
    captures(&scratch, 1);
    scratch.write("w/a.csv", "id,label,at\ne-0,1,2026-11-01T00:00:00Z\n");
    let sql = "select id, label, now() as collected_at from files";
    let columns = ["--label-id", "id", "--label-value", "label"];
    for (flags, function) in [
        (&["--label-sql", sql][..], "now"),
        (&[&columns[..], &["--label-time", "now()"]].concat(), "now"),
        (
            &[
                "--label-id",
                "id",
                "--label-value",
                "random()",
                "--label-time",
                "at",
            ],
            "random",
        ),
    ] {
        let (status, stderr) = refusal(&scratch, &[&["--label-files", "w/a.csv"], flags].concat());
        let said = format!(
            "error: the labels call `{function}`, which gives another result each time\n\
             hint: the same files must give the same labels: write the time or the value that is meant\n"
        );
        assert_eq!((status, stderr), (2, said), "{flags:?}");
    }
}
