//! Shipped statements and their replacements.

use groundline_engine::shipped_statements;
use std::fs;
use std::path::Path;

use super::{MERGE, small};
use crate::harness::{Scratch, label};

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
