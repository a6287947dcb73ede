//! Results on the terminal and in files.

use std::fs;

use crate::harness::{Scratch, read_rows};

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
