//! What `status` says of hours, and that a backfill does just these.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use crate::harness::{Scratch, capture, label};

use super::{
    backfill, captures_of, done, hour_file, run, short_states, states, three_hours, two_captures,
};

const RECEIPT: &str =
    "out/_groundline/receipts/model=default/endpoint=ep/variant=v/date=2025-11-01/hh=06.json";

/// Three hours that are done, and a second capture file at 06:00.
fn three_done() -> Scratch {
    let scratch = three_hours();
    let late = capture("e06-3", None, "2025-11-01T06:50:00Z", "0.4");
    scratch.write("cap/ep/v/2025/11/01/06/b.jsonl", late);
    backfill(&scratch, &[]);
    scratch
}

/// The same length and other bytes, so much before or after what was there.
fn exchange(path: &Path, seconds: i64) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[7] ^= 1;
    fs::write(path, bytes).unwrap();
    let by = Duration::from_secs(seconds.unsigned_abs());
    let time = match seconds < 0 {
        true => modified - by,
        false => modified + by,
    };
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn hours_are_missing_then_done_and_only_those_with_objects_count() {
    let scratch = three_hours();
    fs::remove_dir_all(scratch.path("cap/ep/v/2025/11/01/06")).unwrap();
    let before = states(&scratch, &[]);
    let missing = |hour: &str| {
        let why = "there is no hour file".to_owned();
        (format!("{hour} missing"), why)
    };
    assert_eq!(before, [missing("05"), missing("07")]);
    assert!(!scratch.path("out").exists());
    assert_eq!(done(&backfill(&scratch, &[])), ["05 built", "07 built"]);
    assert_eq!(short_states(&scratch, &[]), ["05 done", "07 done"]);
    let table = scratch.run(&[&["status", "--out", "out"], &super::FLAGS[..]].concat());
    let table = table.expect_status(0);
    assert!(table.stdout.contains("empty"), "{}", table.stdout);
    // Its coming is seen.
    scratch.write(&captures_of("06"), two_captures("06"));
    assert_eq!(
        short_states(&scratch, &[]),
        ["05 done", "06 missing", "07 done"]
    );
    assert_eq!(done(&backfill(&scratch, &[])), ["06 built"]);
}

/// A change to what is there, the state of 06:00 after it, and a part of the reason.
type Case = (&'static str, fn(&Scratch), &'static str, &'static str);

const CASES: [Case; 15] = [
    (
        "capture added",
        |scratch| {
            let more = capture("e06-4", None, "2025-11-01T06:55:00Z", "0.4");
            scratch.write("cap/ep/v/2025/11/01/06/c.jsonl", more);
        },
        "stale",
        "inputs: 1 added (ep/v/2025/11/01/06/c.jsonl)",
    ),
    (
        "capture changed",
        |scratch| {
            let other = capture("e06-3", None, "2025-11-01T06:50:00Z", "0.45");
            scratch.write("cap/ep/v/2025/11/01/06/b.jsonl", other);
        },
        "stale",
        "inputs: 1 changed (ep/v/2025/11/01/06/b.jsonl)",
    ),
    (
        "capture exchanged for one of the same length",
        |scratch| {
            let other = capture("e06-3", None, "2025-11-01T06:50:00Z", "0.6");
            scratch.write("cap/ep/v/2025/11/01/06/b.jsonl", other);
        },
        "stale",
        "inputs: 1 changed (ep/v/2025/11/01/06/b.jsonl)",
    ),
    (
        "capture removed",
        |scratch| fs::remove_file(scratch.path("cap/ep/v/2025/11/01/06/b.jsonl")).unwrap(),
        "stale",
        "inputs: 1 removed (ep/v/2025/11/01/06/b.jsonl)",
    ),
    (
        "label added",
        |scratch| {
            scratch.write("gt/2025/11/01/06/m.jsonl", label("e06-2", "1"));
        },
        "label-stale",
        "labels: 1 added (2025/11/01/06/m.jsonl)",
    ),
    (
        "label changed",
        |scratch| {
            scratch.write("gt/2025/11/01/06/l.jsonl", label("e06-1", "0"));
        },
        "label-stale",
        "labels: 1 changed (2025/11/01/06/l.jsonl)",
    ),
    (
        "label removed",
        |scratch| fs::remove_file(scratch.path("gt/2025/11/01/06/l.jsonl")).unwrap(),
        "label-stale",
        "labels: 1 removed (2025/11/01/06/l.jsonl)",
    ),
    (
        "hour file gone",
        |scratch| fs::remove_file(scratch.path(&hour_file("out", "06"))).unwrap(),
        "missing",
        "there is no hour file",
    ),
    (
        "hour file cut",
        |scratch| {
            let path = scratch.path(&hour_file("out", "06"));
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..100]).unwrap();
        },
        "stale",
        "the hour file has 100 bytes, its receipt says ",
    ),
    (
        "hour file exchanged, later",
        |scratch| exchange(&scratch.path(&hour_file("out", "06")), 60),
        "stale",
        "the hour file is not the one of its receipt (sha256)",
    ),
    (
        "hour file copied over itself",
        |scratch| {
            let path = scratch.path(&hour_file("out", "06"));
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, bytes).unwrap();
        },
        "done",
        "",
    ),
    (
        "receipt gone",
        |scratch| fs::remove_file(scratch.path(RECEIPT)).unwrap(),
        "missing",
        "its hour file has no receipt",
    ),
    (
        "receipt cut",
        |scratch| fs::write(scratch.path(RECEIPT), "{").unwrap(),
        "missing",
        "its receipt cannot be read: ",
    ),
    (
        "receipt of another hour",
        |scratch| {
            let other = RECEIPT.replace("hh=06", "hh=07");
            fs::copy(scratch.path(&other), scratch.path(RECEIPT)).unwrap();
        },
        "missing",
        "is of another hour",
    ),
    (
        "listing of labels gone",
        |scratch| {
            fs::remove_dir_all(scratch.path("out/_groundline/snapshots")).unwrap();
            // What was seen matters only where it is not what is there.
            scratch.write("gt/2025/11/01/06/m.jsonl", label("e06-2", "1"));
        },
        "stale",
        "the listing of labels that it saw cannot be read",
    ),
];

#[test]
fn each_change_has_its_state_and_reason_and_is_made_good_by_a_backfill() {
    for (what, change, state, why) in CASES {
        let scratch = three_done();
        change(&scratch);
        let all = states(&scratch, &[]);
        assert_eq!(all[1].0, format!("06 {state}"), "{what}: {all:?}");
        assert!(all[1].1.contains(why), "{what}: {all:?}");
        // Labels are seen by every hour.
        if state != "label-stale" && !what.starts_with("listing") {
            assert_eq!((&*all[0].0, &*all[2].0), ("05 done", "07 done"), "{what}");
            let expected: &[&str] = if state == "done" { &[] } else { &["06 built"] };
            assert_eq!(done(&backfill(&scratch, &[])), expected, "{what}");
        } else {
            backfill(&scratch, &[]);
        }
        backfill(&scratch, &["--out", "fresh"]);
        for below in ["merged", "_groundline/receipts", "ledger"] {
            let hashes = |out: &str| scratch.hashes(&format!("{out}/{below}"));
            assert_eq!(hashes("out"), hashes("fresh"), "{what}: {below}");
        }
        assert_eq!(
            short_states(&scratch, &[]),
            ["05 done", "06 done", "07 done"],
            "{what}"
        );
    }
}

#[test]
fn verify_reads_files_that_look_as_they_were() {
    let scratch = three_done();
    let before = scratch.hashes("out");
    exchange(&scratch.path(&hour_file("out", "06")), -60);
    assert_eq!(
        short_states(&scratch, &[]),
        ["05 done", "06 done", "07 done"]
    );
    let verified = states(&scratch, &["--verify"]);
    assert_eq!(verified[1].0, "06 stale");
    assert!(verified[1].1.contains("sha256"), "{verified:?}");
    assert!(done(&backfill(&scratch, &[])).is_empty());
    assert_eq!(done(&backfill(&scratch, &["--verify"])), ["06 built"]);
    assert_eq!(scratch.hashes("out"), before);
    assert!(done(&backfill(&scratch, &["--verify"])).is_empty());
}

#[test]
fn a_setting_that_can_change_the_bytes_is_named_with_what_it_was() {
    for (flags, why) in [
        (
            &["--probability-threshold", "0.7"][..],
            "setting probability_threshold: was 0.5, is 0.7",
        ),
        (&["--join", "inner"], "setting join: was left, is inner"),
        (
            &["--duplicate-labels", "first"],
            "setting duplicate_labels: was latest, is first",
        ),
        (
            &["--label-horizon", "PT6H"],
            "setting label_horizon_hours: was none, is 6",
        ),
        (
            &["--where", "event_id <> 'x'"],
            "setting where: was none, is",
        ),
        (
            &["--columns", "key,label"],
            "setting columns: was [\"key\",",
        ),
    ] {
        let scratch = three_done();
        for (state, reasons) in states(&scratch, flags) {
            assert!(state.ends_with(" stale"), "{flags:?}: {state}");
            assert!(reasons.contains(why), "{flags:?}: {reasons}");
        }
        let built = ["05 built", "06 built", "07 built"];
        assert_eq!(done(&backfill(&scratch, flags)), built, "{flags:?}");
        assert!(done(&backfill(&scratch, flags)).is_empty(), "{flags:?}");
    }
}

#[test]
fn what_a_merge_wrote_is_done() {
    let scratch = three_hours();
    run(&scratch, "merge", &[]).expect_status(0);
    let before = super::untouched(&scratch, "out");
    assert_eq!(
        short_states(&scratch, &[]),
        ["05 done", "06 done", "07 done"]
    );
    assert!(done(&backfill(&scratch, &[])).is_empty());
    assert_eq!(super::untouched(&scratch, "out"), before);
}
