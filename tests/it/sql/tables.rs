//! What is a table: files, what a merge left, a model's predictions.

use super::{MERGE, small};
use crate::harness::Scratch;

#[test]
fn parquet_csv_and_json_files_are_tables() {
    let scratch = Scratch::new();
    scratch.write("c.csv", "k,v\n1,one\n2,two\n");
    scratch.write(
        "j.jsonl",
        "{\"k\":2,\"w\":\"zwei\"}\n{\"k\":3,\"w\":\"drei\"}\n",
    );
    scratch
        .run(&[
            "sql",
            "c.csv",
            "-c",
            "select * from c where k = 2",
            "--out",
            "p.parquet",
        ])
        .expect_status(0);
    let query =
        "select c.v, j.w, numbers.k from c join j on c.k = j.k join numbers on c.k = numbers.k";
    let run = scratch
        .run(&[
            "sql",
            "c.csv",
            "j.jsonl",
            "--file",
            "numbers=p.parquet",
            "-c",
            query,
            "--output",
            "csv",
        ])
        .expect_status(0);
    assert_eq!(run.stdout.trim(), "v,w,k\ntwo,zwei,2");
}

#[test]
fn two_files_of_one_name_are_not_one_table() {
    let scratch = Scratch::new();
    scratch
        .write("o.csv", "a\n1\n")
        .write("o.jsonl", "{\"a\":1}\n");
    let run = scratch
        .run(&["sql", "o.csv", "o.jsonl", "-c", "select * from o"])
        .expect_status(2);
    assert!(run.stderr.contains("--file NAME="), "{}", run.stderr);
}

#[test]
fn a_merge_can_be_asked() {
    let scratch = small();
    scratch
        .run(&[&MERGE[..], &["out"]].concat())
        .expect_status(0);
    let ask = |query| {
        let run = scratch
            .run(&["sql", "--in", "out", "-c", query, "--output", "csv"])
            .expect_status(0);
        run.stdout.trim().to_owned()
    };
    assert_eq!(
        ask("select endpoint, date, hh, key, label from merged order by key"),
        "endpoint,date,hh,key,label\nshop,2026-11-01,06,e-1,1\nshop,2026-11-01,06,e-2,"
    );
    assert_eq!(
        ask("select count from ledger where bucket = 'labelled'"),
        "count\n1"
    );
}

#[test]
fn tables_of_a_clean_run_are_there_and_empty() {
    let scratch = small();
    scratch
        .run(&[&MERGE[..], &["out"]].concat())
        .expect_status(0);
    for table in ["rejects", "unmatched_labels"] {
        let query = format!("select count(*) as n from {table}");
        let run = scratch
            .run(&["sql", "--in", "out", "-c", &query, "--output", "csv"])
            .expect_status(0);
        assert_eq!(run.stdout.trim(), "n\n0", "{table}");
    }
}

#[test]
fn bad_lines_of_a_scan_are_said_once_and_the_rest_is_read() {
    let scratch = small();
    scratch.write("captures/shop/AllTraffic/2026/11/01/06/b.jsonl", "oops\n");
    let run = scratch
        .run(&[
            "sql",
            "--captures",
            "captures",
            "-c",
            "select event_id from captures",
            "--output",
            "csv",
        ])
        .expect_status(0);
    let mut lines: Vec<&str> = run.stdout.split_whitespace().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["e-1", "e-2", "event_id"]);
    assert!(run.stderr.contains("1 not_json"), "{}", run.stderr);
    assert!(
        run.stderr.contains("06/b.jsonl at byte 0"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_table_that_is_not_there_says_what_would_register_it() {
    let scratch = small();
    for (table, hint) in [
        ("latest_labels", "--labels DIR"),
        ("transforms", "--transforms DIR"),
        ("merged", "--in OUT"),
        ("nope", "there are: captures, predictions"),
        ("a.b.nope", "there are: captures, predictions"),
    ] {
        let statement = format!("select * from {table}");
        let run = scratch
            .run(&["sql", "--captures", "captures", "-c", &statement])
            .expect_status(1);
        assert!(
            run.stderr.contains(&format!("there is no table `{table}`")),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains(hint), "{}", run.stderr);
        assert!(!run.stderr.contains("datafusion"), "{}", run.stderr);
    }
}

#[test]
fn an_output_whose_name_looks_like_a_glob_is_read() {
    let scratch = small();
    let out = "o [1]*é";
    scratch.run(&[&MERGE[..], &[out]].concat()).expect_status(0);
    let count = "select count(*) as n from merged";
    let run = scratch
        .run(&["sql", "--in", out, "-c", count, "--output", "csv"])
        .expect_status(0);
    assert_eq!(run.stdout, "n\n2\n");
}

#[test]
fn predictions_have_the_models_own_columns_that_need_no_label() {
    let scratch = small();
    scratch.write(
        "groundline.toml",
        "[[model]]\nname = \"m\"\ncaptures = \"captures\"\nlabels = \"labels\"\nprobability_attribute = \"0\"\n\
         [model.columns]\n\
         score = { from = \"output\", select = \"0\", type = \"double\" }\n\
         percent = { sql = \"score * 100\", type = \"bigint\" }\n\
         margin = \"probability - 0.5\"\n\
         is_late = \"label_hour > hour\"\n",
    );
    let ask = |query: &str| {
        let args = ["sql", "--output", "csv", "-c", query];
        scratch.run(&args).expect_status(0).stdout
    };
    assert_eq!(
        ask("select event_id, score, percent from predictions order by event_id"),
        "event_id,score,percent\ne-1,0.9,90\ne-2,0.2,20\n"
    );
    // Probability and label are made by the merge.
    assert_eq!(
        ask(
            "select column_name, data_type from information_schema.columns where table_name = 'predictions' \
             and column_name in ('score', 'percent', 'margin', 'is_late') order by column_name"
        ),
        "column_name,data_type\npercent,Int64\nscore,Float64\n"
    );
    // A question about hours still lists and reads those hours only: this one has no file, the table has one.
    let files = |condition: &str| {
        let plan = ask(&format!(
            "explain select score from predictions {condition}"
        ));
        assert!(
            plan.contains("payload_struct") || plan.contains("EmptyExec"),
            "{plan}"
        );
        plan.contains("EmptyExec")
    };
    assert!(files("where hour = '2026-11-01T07:00:00Z'"));
    assert!(!files("where hour = '2026-11-01T06:00:00Z'"));
}
