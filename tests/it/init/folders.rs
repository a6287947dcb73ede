//! What lies where, and what was given for something else.

use super::{BOTH, assert_has, init, lines, merge_unedited, says, small};
use crate::harness::{Scratch, capture, label};

#[test]
fn a_path_inside_the_layout_selects_what_it_names() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let other = capture("x", None, "2026-11-01T05:10:00Z", "7");
    scratch.write("captures/other/AllTraffic/2026/11/01/05/a.jsonl", other);
    init(
        &scratch,
        &[
            "--captures",
            "captures/churn/AllTraffic",
            "--labels",
            "labels/2026/11",
        ],
    );
    assert_has(
        &lines(&scratch),
        &[
            "captures = \"captures\"",
            "endpoints = [\"churn\"]",
            "variants = [\"AllTraffic\"]",
            "labels = \"labels\"",
        ],
    );
    assert_eq!(
        merge_unedited(&scratch)["models"][0]["ledger"]["predictions"]["read"],
        2
    );
}

#[test]
fn captures_and_labels_that_were_mixed_up_are_recognised() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1")]);
    let run = scratch
        .run(&["init", "--captures", "labels", "--labels", "captures"])
        .expect_status(2);
    says(
        &run,
        &[
            "`labels` is given as --captures, but it holds ground-truth labels: 2026/11/01/06/l.jsonl",
            "try groundline init --captures captures --labels labels",
        ],
    );
    let run = scratch
        .run(&[
            "init",
            "--captures",
            "captures",
            "--labels",
            "captures/churn/AllTraffic",
        ])
        .expect_status(2);
    says(
        &run,
        &[
            "given as --labels, but it holds endpoint captures",
            "try groundline init --captures captures --labels DIR",
        ],
    );
    assert!(!scratch.path("groundline.toml").exists());
}

/// A bucket with everything in it is neither captures nor labels: its prefixes are.
#[test]
fn the_right_prefixes_of_a_whole_bucket_are_found_or_named() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    std::fs::create_dir(scratch.path("bucket")).unwrap();
    for name in ["captures", "labels"] {
        std::fs::rename(scratch.path(name), scratch.path(&format!("bucket/{name}"))).unwrap();
    }
    let run = scratch
        .run(&["init", "--captures", "bucket/labels", "--labels", "bucket"])
        .expect_status(2);
    let right = "groundline init --captures bucket/captures --labels bucket/labels";
    says(&run, &[&format!("try {right}")]);
    // The captures begin before the labels in the listing, and the labels are found all the same.
    init(&scratch, &["--captures", "bucket", "--labels", "bucket"]);
    assert_has(
        &lines(&scratch),
        &[
            "captures = \"bucket/captures\"",
            "labels = \"bucket/labels\"",
        ],
    );
    merge_unedited(&scratch);
    // Deeper than one level they are named.
    let (from, to) = (
        scratch.path("bucket/labels"),
        scratch.path("bucket/gt/team"),
    );
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::rename(from, to).unwrap();
    let args = [
        "init",
        "--captures",
        "bucket",
        "--labels",
        "bucket",
        "--force",
    ];
    let run = scratch.run(&args).expect_status(2);
    says(
        &run,
        &["try groundline init --captures bucket/captures --labels bucket/gt/team"],
    );
}

#[test]
fn transforms_given_as_captures_are_recognised() {
    let scratch = Scratch::new();
    scratch.write("batch/job/a.csv.out", "0.5,id-1,2026-11-01T05:00:00Z\n");
    scratch.write("labels/2026/11/01/06/l.jsonl", label("id-1", "1"));
    let run = scratch
        .run(&["init", "--captures", "batch", "--labels", "labels"])
        .expect_status(2);
    says(
        &run,
        &[
            "holds batch transform outputs: job/a.csv.out",
            "try groundline init --transforms batch --labels labels",
        ],
    );
}

#[test]
fn an_empty_or_wrong_place_says_what_was_looked_for_and_what_is_there() {
    let scratch = Scratch::new();
    scratch.write("stuff/readme.txt", "hello");
    let run = scratch
        .run(&["init", "--captures", "stuff", "--labels", "stuff"])
        .expect_status(2);
    says(
        &run,
        &["{endpoint}/{variant}/yyyy/mm/dd/hh", "readme.txt", "hint: "],
    );
    let run = scratch.run(&["init", "--labels", "stuff"]).expect_status(2);
    says(
        &run,
        &["no predictions are given", "--captures DIR --labels stuff"],
    );
}

/// What is printed is what was listed, and no file is counted twice because it was opened twice.
#[test]
fn numbers_of_files_are_those_of_the_listing_and_at_least_where_it_was_cut() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let findings = init(&scratch, &BOTH);
    assert_eq!(findings["read"]["objects"], 2);
    assert_eq!(findings["labels"]["files"], 1);
    assert_eq!(findings["labels"]["at_least"], false);
    // More days than are listed.
    for day in 1..=70 {
        let (month, day) = (1 + day / 28, 1 + day % 28);
        let file = format!("labels/2026/{month:02}/{day:02}/06/l.jsonl");
        scratch.write(&file, label("e0", "1"));
    }
    let run = scratch.run(&[&["init", "--force"], &BOTH[..]].concat());
    let run = run.expect_status(0);
    assert!(run.stdout.contains("| at least 62 |"), "{}", run.stdout);
    // Hours that have no predictions were not read.
    assert!(
        run.stdout.contains("a sample: 1 hour of predictions"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("| in 62 of 71 days |"),
        "{}",
        run.stdout
    );
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(
        text.contains("# at least 62 files of labels from"),
        "{text}"
    );
    // Of a folder of outputs all are listed, and some are looked into.
    for n in 0..40 {
        let row = format!("0.{n}5,id-{n},2026-11-01T05:00:00Z\n");
        scratch.write(&format!("batch/{n:02}.csv.out"), row);
    }
    let args = ["--transforms", "batch", "--labels", "labels", "--force"];
    let place = &init(&scratch, &args)["sources"][0]["places"][0];
    assert_eq!(place["files"], 40);
    assert_eq!(place["at_least"], false);
}
