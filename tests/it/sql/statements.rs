//! Statements and scripts, and where they stop.

use crate::harness::Scratch;

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
