//! Folders that are absent, empty, linked or mixed up, and files without bytes.

use std::fs;

use super::{CAPTURES, assert_nothing_written, assert_says, column, good, inputs, merge};
use crate::harness::label;

#[cfg(unix)]
#[test]
fn a_link_that_leads_outside_the_captures_is_skipped_and_counted() {
    use std::os::unix::fs::symlink;
    let scratch = inputs();
    scratch
        .write("secret.jsonl", good("secret-1"))
        .write("elsewhere/x.jsonl", good("secret-2"));
    let hour = scratch.path("cap/ep/v/2026/11/01/05");
    symlink(scratch.path("secret.jsonl"), hour.join("s.jsonl")).unwrap();
    symlink(scratch.path("elsewhere"), hour.join("folder")).unwrap();
    symlink(
        "../../../../../../../secret.jsonl",
        hour.join("relative.jsonl"),
    )
    .unwrap();
    let run = merge(&scratch, &[("output", "json")]).expect_status(0);
    let notes = run.json();
    assert_eq!(
        notes
            .pointer("/models/0/ledger/notes/skipped_outside_root")
            .unwrap(),
        3
    );
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1"]);
}

#[test]
fn a_folder_that_is_absent_is_named() {
    for (settings, message) in [
        (
            &[("captures", "nowhere")][..],
            "error: no such folder: `nowhere`",
        ),
        (&[("labels", "nowhere")], "error: no such folder: `nowhere`"),
        (
            &[("captures", "-"), ("transforms", "nowhere")],
            "error: no such folder: `nowhere`",
        ),
        (
            &[
                ("captures", "-"),
                ("transforms", "gt"),
                ("map", "s3://b/out=nowhere"),
            ],
            "error: no such folder: `nowhere`",
        ),
        (
            &[("captures", CAPTURES)],
            "error: `cap/ep/v/2026/11/01/05/a.jsonl` is a file; a folder is expected",
        ),
        (
            &[("captures", "ftp://b/x")],
            "error: `ftp://b/x`: groundline reads s3://, gs://, az://, abfss:// and local paths",
        ),
    ] {
        let scratch = inputs();
        let run = merge(&scratch, settings).expect_status(2);
        assert_says(&run.stderr, &[message]);
        assert_nothing_written(&scratch);
    }
}

#[test]
fn a_folder_of_nothing_says_what_was_expected_below_it() {
    let scratch = inputs();
    fs::create_dir(scratch.path("empty")).unwrap();
    let run = merge(&scratch, &[("captures", "empty")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: `empty` has no {endpoint}/{variant}/yyyy/mm/dd/hh below it; it has: nothing"],
    );
    let run = merge(&scratch, &[("labels", "empty")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: `empty` has no yyyy/mm/dd/hh below it; it has: nothing"],
    );
    assert_nothing_written(&scratch);
}

#[test]
fn a_folder_above_the_captures_names_the_right_one() {
    let scratch = inputs();
    scratch.write("above/data/ep/v/2026/11/01/05/a.jsonl", good("e1"));
    let run = merge(&scratch, &[("captures", "above")]).expect_status(2);
    assert_says(
        &run.stderr,
        &[
            "`above` has no",
            "it has: data/; did you mean `above/data`?",
        ],
    );
    scratch.write("labels-above/gt/2026/11/01/05/l.jsonl", label("e1", "1"));
    let run = merge(&scratch, &[("labels", "labels-above")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["it has: gt/; did you mean `labels-above/gt`?"],
    );
}

#[test]
fn zero_byte_files_are_skipped_and_counted() {
    let scratch = inputs();
    scratch
        .write("cap/ep/v/2026/11/01/05/b.jsonl", "")
        .write("cap/ep/v/2026/11/01/05/c.jsonl.gz", "")
        .write("gt/2026/11/01/05/m.jsonl", "");
    let run = merge(&scratch, &[("output", "json")]).expect_status(0);
    let report = run.json();
    assert_eq!(
        report
            .pointer("/models/0/ledger/notes/skipped_empty")
            .unwrap(),
        3
    );
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1"]);
}

#[test]
fn an_hour_of_nothing_but_zero_byte_files_has_no_input() {
    let scratch = inputs();
    scratch.write(CAPTURES, "");
    let run = merge(&scratch, &[]).expect_status(5);
    assert_says(
        &run.stderr,
        &["no predictions from", "there are none in any hour"],
    );
}

#[test]
fn captures_that_are_given_as_labels_are_recognised() {
    let scratch = inputs();
    let args = "merge --captures cap --labels cap --all --out out";
    let run = scratch.run(&args.split(' ').collect::<Vec<_>>());
    assert_says(
        &run.expect_status(2).stderr,
        &[
            "error: `cap` is given as --labels, but it holds ",
            "hint: give it with --captures",
        ],
    );
}
