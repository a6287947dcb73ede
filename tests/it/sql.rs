//! `groundline sql`: statements, results, files in and out, shipped statements and their replacements.

use std::fs;
use std::path::Path;

use groundline_engine::shipped_statements;

use crate::harness::{Scratch, capture, label, read_rows};

/// Two captures and one label.
fn small() -> Scratch {
    let scratch = Scratch::new();
    let lines = capture("e-1", None, "2026-11-01T06:00:00Z", "0.9")
        + &capture("e-2", None, "2026-11-01T06:00:01Z", "0.2");
    scratch.write("captures/shop/AllTraffic/2026/11/01/06/a.jsonl", lines);
    scratch.write("labels/2026/11/01/06/a.jsonl", label("e-1", "1"));
    scratch
}

/// Flags of a merge of [`small`].
const MERGE: [&str; 11] = [
    "merge",
    "--captures",
    "captures",
    "--labels",
    "labels",
    "--all",
    "--as-of",
    "2026-11-02T00",
    "--probability-attribute",
    "0",
    "--out",
];

#[test]
fn statements_stop_at_the_first_error() {
    let run = Scratch::new()
        .run(&[
            "sql",
            "--output",
            "csv",
            "-c",
            "select 1 as a",
            "-c",
            "select nope",
            "-c",
            "select 3 as b",
        ])
        .expect_status(1);
    assert_eq!(run.stdout.trim(), "a\n1");
    assert!(run.stderr.contains("statement 2 of 3"), "{}", run.stderr);
    assert!(run.stderr.contains("nope"), "{}", run.stderr);
}

#[test]
fn a_text_that_is_no_sql_runs_nothing() {
    let run = Scratch::new()
        .run(&["sql", "--output", "csv", "-c", "select 1 as a; selec 2"])
        .expect_status(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("selec"), "{}", run.stderr);
}

#[test]
fn no_statement_is_a_usage_error() {
    let run = Scratch::new().run(&["sql"]).expect_status(2);
    assert!(run.stderr.contains("-c or -f"), "{}", run.stderr);
}

#[test]
fn a_script_is_split_at_semicolons_outside_texts_and_comments() {
    let scratch = Scratch::new();
    scratch.write(
        "q.sql",
        "select 'x;y' as a; -- one; not two\n/* nor; here */ select 2 as b;\n",
    );
    let run = scratch
        .run(&["sql", "-f", "q.sql", "--output", "ndjson"])
        .expect_status(0);
    let lines: Vec<&str> = run.stdout.split_whitespace().collect();
    assert_eq!(lines, [r#"{"a":"x;y"}"#, r#"{"b":2}"#]);
}

#[test]
fn results_come_as_table_json_ndjson_and_csv() {
    let statement = "select 1 as a, 'x,\"y' as b, cast(null as varchar) as c";
    let of = |form| {
        let run = Scratch::new()
            .run(&["sql", "-c", statement, "--output", form])
            .expect_status(0);
        run.stdout.trim().to_owned()
    };
    assert_eq!(of("csv"), "a,b,c\n1,\"x,\"\"y\",");
    assert_eq!(of("ndjson"), r#"{"a":1,"b":"x,\"y","c":null}"#);
    assert_eq!(of("json"), r#"[{"a":1,"b":"x,\"y","c":null}]"#);
    assert_eq!(
        of("table"),
        "| a | b    | c |\n|---|------|---|\n| 1 | x,\"y |   |"
    );
}

#[test]
fn out_writes_the_last_statements_rows_by_the_extension() {
    let scratch = Scratch::new();
    for name in ["o.parquet", "o.csv", "o.json"] {
        scratch
            .run(&[
                "sql",
                "-c",
                "select 0 as z; select 1 as a, 'x' as b",
                "--out",
                name,
            ])
            .expect_status(0);
    }
    let rows = read_rows(&scratch.path("o.parquet"));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["a"].as_deref(), Some("1"));
    assert_eq!(rows[0]["b"].as_deref(), Some("x"));
    let text = |name| fs::read_to_string(scratch.path(name)).unwrap();
    assert_eq!(text("o.csv"), "a,b\n1,x\n");
    assert_eq!(text("o.json"), "{\"a\":1,\"b\":\"x\"}\n");
    // What was half-written would be beside them.
    assert_eq!(fs::read_dir(scratch.path("")).unwrap().count(), 3);
}

#[test]
fn out_leaves_an_old_file_when_the_statement_fails() {
    let scratch = Scratch::new();
    scratch.write("o.csv", "old\n");
    let query = "select 1 / (column1 - 1) from (values (0), (1))";
    scratch
        .run(&["sql", "-c", query, "--out", "o.csv"])
        .expect_status(1);
    assert_eq!(fs::read_to_string(scratch.path("o.csv")).unwrap(), "old\n");
    assert_eq!(fs::read_dir(scratch.path("")).unwrap().count(), 1);
}

#[test]
fn an_unknown_extension_is_refused_before_anything_runs() {
    let scratch = Scratch::new();
    let run = scratch.run(&["sql", "-c", "select 1", "--out", "o.xlsx"]);
    assert_ne!(run.status, 0);
    assert!(
        run.stderr.contains("`.parquet`, `.csv`, `.json`"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read_dir(scratch.path("")).unwrap().count(), 0);
}

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
fn shipped_statements_are_listed_and_shown_as_they_are() {
    let scratch = Scratch::new();
    let list = scratch.run(&["sql", "--list"]).expect_status(0).stdout;
    let names: Vec<&str> = list
        .lines()
        .filter_map(|row| row.split('|').nth(1).map(str::trim))
        .filter(|cell| shipped_statements().iter().any(|(name, _)| name == cell))
        .collect();
    let shipped: Vec<&str> = shipped_statements().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, shipped);
    for name in names {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sql/{name}.sql"));
        let shown = scratch
            .run(&["sql", "--show", name])
            .expect_status(0)
            .stdout;
        assert_eq!(
            shown.trim_end(),
            fs::read_to_string(file).unwrap().trim_end()
        );
    }
}

#[test]
fn the_list_of_statements_comes_in_every_form_of_result() {
    let run = Scratch::new()
        .run(&["sql", "--list", "--output", "json"])
        .expect_status(0);
    let list = run.json();
    let names: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    let shipped: Vec<&str> = shipped_statements().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, shipped);
}

#[test]
fn a_replaced_statement_is_what_both_plans_run() {
    let scratch = small();
    let (_, shipped) = shipped_statements()
        .iter()
        .find(|(name, _)| *name == "merge/observations")
        .unwrap();
    assert!(shipped.contains("c.probability,"));
    let replaced = shipped.replace("c.probability,", "c.probability / 2 AS probability,");
    scratch.write("mine/merge/observations.sql", replaced);
    for plan in ["fast", "reference"] {
        scratch
            .run(&[&MERGE[..], &[plan, "--plan", plan, "--sql-dir", "mine"]].concat())
            .expect_status(0);
        let halves: Vec<_> = scratch
            .rows(&format!("{plan}/merged"))
            .into_iter()
            .map(|mut row| row.remove("probability").unwrap().unwrap())
            .collect();
        assert_eq!(halves, ["0.45", "0.1"], "{plan}");
    }
}

#[test]
fn a_replaced_join_is_what_both_plans_run() {
    // Labels without the key of any capture: nothing joins.
    let scratch = small();
    let (_, shipped) = shipped_statements()
        .iter()
        .find(|(name, _)| *name == "merge/candidates")
        .unwrap();
    scratch.write(
        "mine/merge/candidates.sql",
        shipped.replace(
            "ON w.label_key = l.key",
            "ON w.label_key = l.key AND l.key = 'other'",
        ),
    );
    for plan in ["fast", "reference"] {
        scratch
            .run(&[&MERGE[..], &[plan, "--plan", plan, "--sql-dir", "mine"]].concat())
            .expect_status(0);
        assert!(
            scratch
                .rows(&format!("{plan}/merged"))
                .iter()
                .all(|row| row["label"].is_none()),
            "{plan}"
        );
    }
}

#[test]
fn a_statement_that_replaces_nothing_is_refused() {
    let scratch = small();
    scratch.write("mine/merge/observation.sql", "select 1");
    let run = scratch.run(&[&MERGE[..], &["out", "--sql-dir", "mine"]].concat());
    assert!(matches!(run.status, 1 | 2), "{}", run.status);
    assert!(run.stderr.contains("observation.sql"), "{}", run.stderr);
    assert!(
        run.stderr.contains("groundline sql --list"),
        "{}",
        run.stderr
    );
    assert!(!scratch.path("out").exists());
}

#[test]
fn a_replaced_definition_that_is_no_query_is_refused_and_named() {
    let scratch = Scratch::new();
    scratch.write("gt/2026/11/01/06/a.jsonl", label("order-1", "1"));
    scratch.write("own/latest_labels.sql", "drop table labels");
    let run = scratch.run(&[
        "sql",
        "--labels",
        "gt",
        "--sql-dir",
        "own",
        "-c",
        "select count(*) from labels",
    ]);
    let run = run.expect_status(1);
    assert!(
        run.stderr.contains("latest_labels.sql of --sql-dir"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_statement_without_columns_writes_no_file() {
    let scratch = Scratch::new();
    for file in ["x.parquet", "x.csv", "x.json"] {
        let statement = "create view v as select 1 as a";
        let run = scratch
            .run(&["sql", "-c", statement, "--out", file])
            .expect_status(2);
        assert!(
            run.stderr.contains(&format!(
                "the statement has no columns to write to `{file}`"
            )),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("end with a SELECT"), "{}", run.stderr);
        assert!(!scratch.path(file).exists());
    }
}

#[test]
fn a_file_that_cannot_be_written_has_its_own_name_in_the_message() {
    let run = Scratch::new()
        .run(&["sql", "-c", "select 1 as a", "--out", "nosuch/x.parquet"])
        .expect_status(1);
    assert!(
        run.stderr.contains("cannot write `nosuch/x.parquet`"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(".part"), "{}", run.stderr);
}

#[test]
fn a_folder_of_statements_that_is_not_there_names_its_flag() {
    let run = Scratch::new()
        .run(&["sql", "-c", "select 1 as a", "--sql-dir", "nosuch"])
        .expect_status(2);
    assert!(
        run.stderr
            .contains("cannot read the folder `nosuch` of --sql-dir"),
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
