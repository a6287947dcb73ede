//! The file that is written.

use super::{BOTH, init, merge_unedited, says, small};
use crate::harness::{Scratch, capture, files, label};

#[test]
fn a_configuration_that_is_there_stays_unless_forced() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1")]);
    scratch.write("groundline.toml", "# mine\n");
    let args = [&["init"], &BOTH[..]].concat();
    let run = scratch.run(&args).expect_status(2);
    says(&run, &["`groundline.toml` is there already", "--force"]);
    let text = || std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert_eq!(text(), "# mine\n");
    scratch
        .run(&[&args[..], &["--force"]].concat())
        .expect_status(0);
    assert!(text().contains("[[model]]"), "{}", text());
    // Nothing unfinished stays beside it.
    assert_eq!(files(&scratch.path("")).len(), 3);
}

#[test]
fn the_output_may_not_lie_inside_the_input() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1")]);
    let run = scratch
        .run(&[&["init", "--out", "captures/merged"], &BOTH[..]].concat())
        .expect_status(2);
    says(
        &run,
        &["`captures/merged` lies inside the input `captures`"],
    );
}

#[test]
fn the_configuration_may_be_anywhere_and_finds_its_inputs() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    scratch.write("conf/readme", "");
    let args = [&["init", "--config", "conf/g.toml", "--quiet"], &BOTH[..]].concat();
    scratch.run(&args).expect_status(0);
    scratch
        .run(&["merge", "--config", "conf/g.toml"])
        .expect_status(0);
    assert_eq!(scratch.rows("out/merged").len(), 2);
}

#[test]
fn names_and_values_from_the_bucket_cannot_break_the_file() {
    let scratch = Scratch::new();
    let line = capture("e0", None, "2026-11-01T05:10:00Z", "0.5\\n\"x\" # ]");
    scratch.write("captures/a \"b\" # c/v\\w/2026/11/01/05/a.jsonl", line);
    scratch.write("labels/2026/11/01/06/l.jsonl", label("e0", "\\\"\\n"));
    init(&scratch, &BOTH);
    merge_unedited(&scratch);
}
