//! Records that cannot be read, and the limit that lets a merge accept them.

use super::{BOTH, assert_has, init, lines, merge_unedited, small};
use crate::harness::{Scratch, capture, label};

#[test]
fn records_that_cannot_be_read_are_counted_and_located() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let good = capture("x", None, "2026-11-01T05:10:00Z", "0.5");
    scratch.write(
        "captures/churn/AllTraffic/2026/11/01/05/b.jsonl",
        format!("{{'captureData': 1}}\n{good}"),
    );
    let findings = init(&scratch, &BOTH);
    let model = &findings["models"][0];
    assert_eq!(model["rejected"], 1);
    let notes = model["notes"].to_string();
    assert!(notes.contains("b.jsonl at byte 0: python_repr"), "{notes}");
    let why = findings["rejects"]["why"].as_str().unwrap();
    assert!(why.contains("1 of 4 captures"), "{why}");
    assert!(why.contains("b.jsonl at byte 0: python_repr"), "{why}");
    // A quarter of the hour, and room for more.
    assert_has(&lines(&scratch), &["max_rejects = \"50%\""]);
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(text.contains(&format!("# {why}\nmax_rejects")), "{text}");
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["rejected"], 1);
}

/// The sample alone would not see them: both stand behind many good records.
#[test]
fn rejects_of_labels_and_deep_in_a_file_are_accepted_too() {
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for n in 0..1_000 {
        let output = format!("0.{n:03}5");
        captures += &capture(&format!("e{n}"), None, "2026-11-01T05:10:00Z", &output);
        labels += &label(&format!("e{n}"), if n % 2 == 0 { "1" } else { "0" });
        if n == 900 {
            captures += "{\n";
            labels += &label("x", "1").replace("eventId", "noId").repeat(12);
        }
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/06/l.jsonl", labels);
    let findings = init(&scratch, &BOTH);
    let why = findings["rejects"]["why"].as_str().unwrap();
    assert!(
        why.contains("1 of 1001 captures, 12 of 1012 labels"),
        "{why}"
    );
    assert_has(&lines(&scratch), &["max_rejects = \"5%\""]);
    merge_unedited(&scratch);
}

#[test]
fn an_hour_of_nothing_but_rejects_is_accepted_by_number() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0"), ("0.4", "0")]);
    scratch.write("captures/churn/AllTraffic/2026/11/01/04/a.jsonl", "{}\n");
    init(&scratch, &BOTH);
    assert_has(&lines(&scratch), &["max_rejects = \"2\""]);
    merge_unedited(&scratch);
}

#[test]
fn where_most_records_are_rejects_none_is_accepted_and_it_is_said_why() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let bad = label("x", "1").replace("eventId", "noId").repeat(3);
    scratch.write("labels/2026/11/01/06/m.jsonl", bad);
    let findings = init(&scratch, &BOTH);
    let why = findings["rejects"]["why"].as_str().unwrap();
    assert!(why.contains("3 of 5 labels"), "{why}");
    assert!(why.contains("more than half of labels"), "{why}");
    assert!(
        !lines(&scratch)
            .iter()
            .any(|line| line.contains("max_rejects"))
    );
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(text.contains(why), "{text}");
}

#[test]
fn without_rejects_the_limit_is_a_comment() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let findings = init(&scratch, &BOTH);
    assert!(findings["rejects"].is_null());
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(text.contains("\n# max_rejects = \"1%\"\n"), "{text}");
}
