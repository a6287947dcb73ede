//! Bad input: what the user is told (what, where, why, what to do), the exit status, and what is left
//! behind. Every run here is also checked for panics and for half-written files.

mod attributes;
mod compressed;
mod folders;
mod labels;
mod lines;
mod output;
mod rejects;
mod transforms;
mod window;

use std::collections::BTreeMap;

use crate::harness::{Row, Run, Scratch, capture, files, label};

const CAPTURES: &str = "cap/ep/v/2026/11/01/05/a.jsonl";
const LABELS: &str = "gt/2026/11/01/05/l.jsonl";
const HOUR_FILE: &str =
    "out/merged/model=default/endpoint=ep/variant=v/date=2026-11-01/hh=05/part-0.parquet";

/// One good capture of 05:00 in `cap`, its label in `gt`.
fn inputs() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .write(CAPTURES, good("e1"))
        .write(LABELS, label("e1", "1"));
    scratch
}

fn good(id: &str) -> String {
    capture(id, None, "2026-11-01T05:10:00Z", "0.9")
}

/// Merges the hour of 05:00. Settings replace the usual ones; `-` leaves one out, an empty one is a switch.
#[track_caller]
fn merge(scratch: &Scratch, settings: &[(&str, &str)]) -> Run {
    let mut all = vec![
        ("captures", "cap"),
        ("labels", "gt"),
        ("out", "out"),
        ("from", "2026-11-01T05"),
        ("to", "2026-11-01T06"),
        ("as-of", "2026-11-02T00:00:00Z"),
        ("probability-attribute", "0"),
    ];
    for setting in settings {
        all.retain(|known| known.0 != setting.0);
        all.push(*setting);
    }
    let mut args = vec!["merge".to_owned()];
    for (key, value) in all.into_iter().filter(|(_, value)| *value != "-") {
        args.push(format!("--{key}"));
        if !value.is_empty() {
            args.push(value.to_owned());
        }
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let run = scratch.run(&args);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert!(!run.stderr.contains("RUST_BACKTRACE"), "{}", run.stderr);
    for file in files(&scratch.path("")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let half = name.contains('#') || name.ends_with(".part") || name.ends_with(".tmp");
        assert!(!half, "{} is left behind", file.display());
    }
    run
}

/// Every part stands in the text.
#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// Nothing was written at all: the fault was found before.
#[track_caller]
fn assert_nothing_written(scratch: &Scratch) {
    assert_eq!(
        files(&scratch.path("out")),
        Vec::<std::path::PathBuf>::new()
    );
}

fn column<'a>(rows: &'a [Row], name: &str) -> Vec<&'a str> {
    rows.iter()
        .map(|row| row.get(name).and_then(Option::as_deref).unwrap_or("null"))
        .collect()
}

/// A ledger side without the buckets that are empty.
fn buckets(run: &Run, side: &str) -> BTreeMap<String, u64> {
    let report = run.json();
    let side = report
        .pointer(&format!("/models/0/ledger/{side}"))
        .unwrap()
        .clone();
    side.as_object()
        .unwrap()
        .iter()
        .filter_map(|(bucket, count)| Some((bucket.clone(), count.as_u64().filter(|n| *n > 0)?)))
        .collect()
}

fn counts(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
    of.iter()
        .map(|(bucket, count)| ((*bucket).to_owned(), *count))
        .collect()
}

/// A bad line between two good captures: the hour is refused with the place, the reason and the way out;
/// with `--max-rejects 1` the good lines survive in both plans and the bad one is a row of `rejects`.
#[track_caller]
fn assert_capture_rejected(
    bad: &[u8],
    settings: &[(&str, &str)],
    reason: &str,
    why: &str,
    hint: &str,
) {
    let scratch = inputs();
    let lines = [good("e1").as_bytes(), bad, b"\n", good("e3").as_bytes()].concat();
    scratch
        .write(CAPTURES, lines)
        .write(LABELS, label("e1", "1") + &label("e3", "0"));

    let run = merge(&scratch, settings).expect_status(1);
    let place = format!("ep/v/2026/11/01/05/a.jsonl:2: {reason}: {why}");
    assert_says(
        &run.stderr,
        &[
            "hour 2026-11-01T05 of ep/v was not written: 1 of 3 records rejected",
            &place,
            "--max-rejects 1 would accept them",
            &format!("hint: {hint}"),
            "error: none of the 1 hours was written",
        ],
    );
    assert!(!scratch.path("out/merged").exists());

    for plan in ["fast", "spilled", "reference"] {
        let accepting = [("max-rejects", "1"), ("plan", plan), ("output", "json")];
        let run = merge(&scratch, &[settings, &accepting].concat()).expect_status(0);
        assert_says(&run.stderr, &[&place]);
        assert_eq!(
            buckets(&run, "predictions"),
            counts(&[("read", 3), ("rejected", 1), ("labelled", 2)])
        );
        let rows = scratch.rows("out/merged");
        assert_eq!(column(&rows, "key"), ["e1", "e3"], "{plan}");
        assert_eq!(column(&rows, "label"), ["1", "0"], "{plan}");
        let rejects = scratch.rows("out/rejects");
        let told = |name| column(&rejects, name).join(" ");
        assert_eq!(told("source"), "predictions");
        assert_eq!(told("file"), "ep/v/2026/11/01/05/a.jsonl");
        assert_eq!(told("position"), good("e1").len().to_string());
        assert_eq!(told("line"), "2");
        assert_eq!(told("reason"), reason);
        assert!(told("detail").contains(why), "{}", told("detail"));
    }
}

/// The same between two good labels; nothing is written, because a reject may be the label of any hour.
#[track_caller]
fn assert_label_rejected(bad: &str, reason: &str, why: &str) {
    let scratch = inputs();
    scratch.write(CAPTURES, good("e1") + &good("e3")).write(
        LABELS,
        format!("{}{bad}\n{}", label("e1", "1"), label("e3", "0")),
    );

    let run = merge(&scratch, &[]).expect_status(1);
    let place = format!("2026/11/01/05/l.jsonl:2: {reason}: {why}");
    assert_says(
        &run.stderr,
        &[
            "error: 1 of 3 label records were rejected, more than --max-rejects 0 accepts",
            &place,
            "hint: mend the label files, or accept rejects with --max-rejects N or --max-rejects P%",
        ],
    );
    assert!(!scratch.path("out/merged").exists());

    for plan in ["fast", "spilled", "reference"] {
        let settings = [("max-rejects", "50%"), ("plan", plan), ("output", "json")];
        let run = merge(&scratch, &settings).expect_status(0);
        assert_eq!(
            buckets(&run, "labels"),
            counts(&[("read", 3), ("rejected", 1), ("matched", 2)]),
            "{plan}"
        );
        assert_eq!(
            column(&scratch.rows("out/merged"), "label"),
            ["1", "0"],
            "{plan}"
        );
        let rejects = scratch.rows("out/rejects");
        let told = |name| column(&rejects, name).join(" ");
        assert_eq!(told("source"), "labels");
        assert_eq!(told("file"), "2026/11/01/05/l.jsonl");
        assert_eq!(told("position"), label("e1", "1").len().to_string());
        assert_eq!(
            (told("line"), told("reason")),
            ("2".into(), reason.to_owned())
        );
    }
}
