//! How labels match, and why they do not.

use super::{BOTH, assert_has, init, lines, merge_unedited, small};
use crate::harness::{Scratch, capture, label};

#[test]
fn labels_that_name_event_ids_where_captures_have_inference_ids_match_either() {
    let scratch = Scratch::new();
    let captures: String = (0..20)
        .map(|n| {
            capture(
                &format!("e{n}"),
                Some(&format!("i{n}")),
                "2026-11-01T05:10:00Z",
                "0.5",
            )
        })
        .collect();
    let labels: String = (0..20).map(|n| label(&format!("e{n}"), "1")).collect();
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/05/l.jsonl", labels);
    let findings = init(&scratch, &BOTH);
    assert_eq!(
        findings["models"][0]["matching"]["ways"][0]["labels_matched"],
        0
    );
    assert_has(&lines(&scratch), &["match = \"either\""]);
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 20);
}

#[test]
fn labels_that_use_inference_id_are_found_by_it() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0"), ("0.4", "0")]);
    let text = std::fs::read_to_string(scratch.path("labels/2026/11/01/06/l.jsonl")).unwrap();
    scratch.write(
        "labels/2026/11/01/06/l.jsonl",
        text.replace("eventId", "inferenceId"),
    );
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &[
            "label_id_field = \"inferenceId\"",
            "probability_attribute = \"0\"",
        ],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 3);
}

#[test]
fn an_id_in_the_payload_is_found() {
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for n in 0..20 {
        let output = format!("0.{n:02}5,order-{n}");
        captures += &capture(&format!("e{n}"), None, "2026-11-01T05:10:00Z", &output);
        labels += &label(&format!("order-{n}"), if n % 2 == 0 { "1" } else { "0" });
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/05/l.jsonl", labels);
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &["id_attribute = \"1\"", "probability_attribute = \"0\""],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 20);
}

/// Neither setting alone matches anything: both must be proposed together.
#[test]
fn labels_by_inference_id_of_ids_in_the_payload_are_found() {
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for n in 0..20 {
        let output = format!("0.{n:02}5,order-{n}");
        captures += &capture(&format!("e{n}"), None, "2026-11-01T05:10:00Z", &output);
        labels += &label(&format!("order-{n}"), if n % 2 == 0 { "1" } else { "0" });
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    let labels = labels.replace("eventId", "inferenceId");
    scratch.write("labels/2026/11/01/05/l.jsonl", labels);
    let findings = init(&scratch, &BOTH);
    assert_eq!(findings["labels"]["sampled"], 20);
    assert_eq!(findings["labels"]["rejected"], 0);
    assert_has(
        &lines(&scratch),
        &[
            "label_id_field = \"inferenceId\"",
            "id_attribute = \"1\"",
            "probability_attribute = \"0\"",
        ],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 20);
}

/// By `eventId` every label would be a reject and the merge would stop, whether the ids meet or not.
#[test]
fn labels_that_only_have_inference_id_are_read_by_it_even_if_none_matches() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let labels = label("x0", "1") + &label("x1", "0");
    scratch.write(
        "labels/2026/11/01/06/l.jsonl",
        labels.replace("eventId", "inferenceId"),
    );
    let findings = init(&scratch, &BOTH);
    let notes = findings["models"][0]["notes"].to_string();
    assert!(
        notes.contains("none of 2 labels names a prediction"),
        "{notes}"
    );
    assert_has(&lines(&scratch), &["label_id_field = \"inferenceId\""]);
    merge_unedited(&scratch);
}

#[test]
fn labels_from_long_before_widen_the_lead() {
    let scratch = Scratch::new();
    let capture = capture("e0", None, "2026-11-05T05:10:00Z", "0.5");
    scratch.write("captures/churn/AllTraffic/2026/11/05/05/a.jsonl", capture);
    scratch.write("labels/2026/11/01/06/l.jsonl", label("e0", "1"));
    init(&scratch, &BOTH);
    assert_has(&lines(&scratch), &["label_lead = \"P4D\""]);
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 1);
}

#[test]
fn near_misses_are_told() {
    let scratch = Scratch::new();
    let capture = capture("Order-1", None, "2026-11-01T05:10:00Z", "0.5");
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", capture);
    scratch.write("labels/2026/11/01/06/l.jsonl", label("order-1", "1"));
    let findings = init(&scratch, &BOTH);
    let miss = &findings["models"][0]["matching"]["near_misses"][0];
    assert_eq!(miss["what"], "the id differs by case");
    assert_eq!(
        (&miss["label"], &miss["prediction"]),
        (&"order-1".into(), &"Order-1".into())
    );
}
