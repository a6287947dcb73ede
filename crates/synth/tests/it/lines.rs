use std::collections::BTreeMap;

use groundline_synth::{Kind, Options};
use serde_json::Value;

use crate::reading::{Line, Made, lines, text};
use crate::{Case, cases};

#[test]
fn every_line_parses_unless_it_is_a_planted_reject() {
    for Case {
        name,
        options,
        made,
    } in cases()
    {
        let rejects = made.rejects();
        let mut seen = 0;
        for (table, root) in [
            ("predictions", "captures"),
            ("predictions", "transform-output"),
            ("labels", "labels"),
        ] {
            if options.kind == Kind::Csv && table == "predictions" {
                continue;
            }
            for (key, bytes) in made.files(root) {
                if options.kind == Kind::Json && table == "predictions" {
                    let at = (table.to_owned(), key.to_owned(), 0);
                    seen += usize::from(rejects.contains_key(&at));
                    let parsed = serde_json::from_slice::<Value>(bytes);
                    assert_eq!(parsed.is_err(), rejects.contains_key(&at), "{name} {key}");
                    continue;
                }
                for line in lines(bytes) {
                    let at = (table.to_owned(), key.to_owned(), line.position);
                    let reason = rejects.get(&at).map(String::as_str);
                    seen += usize::from(reason.is_some());
                    check_line(&line, reason, name);
                }
            }
        }
        if options.kind != Kind::Csv {
            assert_eq!(
                seen,
                rejects.len(),
                "{name}: every reject lies at its position"
            );
        }
    }
}

fn check_line(line: &Line<'_>, reason: Option<&str>, name: &str) {
    let shown = String::from_utf8_lossy(line.bytes);
    let parsed = serde_json::from_slice::<Value>(line.bytes);
    match (reason, &parsed) {
        (None | Some("no_id" | "wrong_type" | "invalid_base64" | "no_inference_id"), parsed) => {
            assert!(parsed.is_ok(), "{name}: {shown}");
        }
        (Some("truncated"), Err(error)) => assert!(error.is_eof(), "{name}: {shown}"),
        (Some("not_json"), Err(error)) => assert!(!error.is_eof(), "{name}: {shown}"),
        (Some("invalid_utf8"), _) => {
            assert!(std::str::from_utf8(line.bytes).is_err(), "{name}: {shown}");
        }
        other => panic!("{name}: {other:?}: {shown}"),
    }
}

#[test]
fn rejects_carry_their_line_number_and_are_never_first() {
    for Case {
        name,
        options,
        made,
    } in cases()
    {
        let mut files = made.files("captures");
        files.extend(made.files("transform-output"));
        let labels = made.files("labels");
        for reject in made.truth("rejects.jsonl") {
            let from = if reject["table"] == "labels" {
                &labels
            } else {
                &files
            };
            let lines = lines(from[text(&reject["file"]).as_str()]);
            let index = lines
                .iter()
                .position(|line| Some(line.position) == reject["position"].as_u64())
                .unwrap();
            assert_eq!(reject["line"], lines[index].number, "{name}");
            if options.kind != Kind::Json || reject["table"] == "labels" {
                assert!(index > 0 && index + 1 < lines.len(), "{name}: {reject}");
            }
        }
    }
}

#[test]
fn each_reason_is_planted() {
    let made = Made::new(&Options {
        records: 2_000,
        hours: 2,
        malformed: 0.1,
        variety: true,
        ..Options::default()
    });
    let mut reasons: BTreeMap<String, u32> = BTreeMap::new();
    for reason in made.rejects().into_values() {
        *reasons.entry(reason).or_default() += 1;
    }
    let names: Vec<&str> = reasons.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "invalid_base64",
            "invalid_utf8",
            "no_id",
            "not_json",
            "truncated",
            "wrong_type"
        ]
    );
    let share =
        made.summary.rejects as f64 / (made.summary.predictions + made.summary.labels) as f64;
    assert!((0.08..0.12).contains(&share), "{share}");
}

#[test]
fn about_two_percent_of_capture_lines_have_an_unusual_form() {
    let made = Made::new(&Options {
        records: 20_000,
        hours: 2,
        variety: true,
        ..Options::default()
    });
    let plain = "{\"captureData\":{\"endpointInput\":{\"observedContentType\":\"text/csv\",\
                 \"mode\":\"INPUT\",\"data\":\"";
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut total = 0;
    for bytes in made.files("captures").values() {
        total += lines(bytes).len();
        let text = std::str::from_utf8(bytes).unwrap();
        for (form, mark) in [
            ("crlf", "\r\n"),
            ("blank line", "\n\n"),
            ("spaced", "\"endpointInput\": {"),
            ("reordered", "{\"eventVersion\":\"0\""),
            ("extra", "\"captureHost\""),
            ("attributes", "\"customAttributes\""),
            ("null content type", "\"observedContentType\":null"),
            ("escaped", "\\u00"),
            ("offset", "+02:00\""),
            ("base64", "\"encoding\":\"BASE64\""),
            ("quoted CSV", "\\\"\\\"centro"),
            ("empty id", "\"inferenceId\":\"\""),
            ("null id", "\"inferenceId\":null"),
            ("no input", "{\"captureData\":{\"endpointOutput\""),
        ] {
            *counts.entry(form).or_default() += text.matches(mark).count() as u32;
        }
        let unlike = lines(bytes)
            .iter()
            .filter(|line| !line.bytes.starts_with(plain.as_bytes()))
            .count();
        *counts.entry("unlike plain").or_default() += unlike as u32;
    }
    assert!(counts.values().all(|count| *count > 5), "{counts:?}");
    let share = f64::from(counts["unlike plain"]) / total as f64;
    assert!((0.01..0.03).contains(&share), "{share}");
}

#[test]
fn a_default_capture_line_has_the_size_of_real_ones() {
    let made = Made::new(&Options {
        truth: false,
        variety: true,
        ..Options::default()
    });
    let captures = made.summary.bytes - made.summary.label_bytes;
    let length = captures / made.summary.predictions;
    assert!((420..=560).contains(&length), "{length}");
    let length = made.summary.label_bytes / made.summary.labels;
    assert!((105..=130).contains(&length), "{length}");
}
