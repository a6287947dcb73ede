//! Plans: looked at, pinned, cut into parts; and what becomes of a run whose hours fail.

use std::fs;

use crate::harness::{Run, Scratch, capture, label};

use super::{
    FLAGS, backfill, captures_of, done, hour_file, run, short_states, three_hours, two_captures,
    untouched,
};

const PLAN_OUT: [&str; 3] = ["--dry-run", "--plan-out", "plan.json"];
const PLAN_IN: [&str; 2] = ["--plan-in", "plan.json"];

#[test]
fn a_dry_run_writes_nothing() {
    let scratch = three_hours();
    let plan = backfill(&scratch, &["--dry-run"]);
    let work = &plan["models"][0]["work"];
    assert_eq!(work["build"], 3);
    let bytes: u64 = super::HOURS
        .iter()
        .map(|hour| two_captures(hour).len() as u64)
        .sum();
    assert_eq!(work["bytes"], bytes);
    assert!(!scratch.path("out").exists());

    backfill(&scratch, &[]);
    scratch.write("gt/2025/11/03/09/late.jsonl", label("e06-2", "1"));
    let before = untouched(&scratch, "out");
    let plan = backfill(&scratch, &["--dry-run"]);
    let work = &plan["models"][0]["work"];
    assert_eq!(
        (&work["build"], &work["patch"], &work["point"]),
        (&0.into(), &1.into(), &2.into())
    );
    assert_eq!(untouched(&scratch, "out"), before);
}

#[test]
fn a_pinned_plan_does_its_hours_and_no_others() {
    let scratch = three_hours();
    fs::remove_dir_all(scratch.path("cap/ep/v/2025/11/01/07")).unwrap();
    backfill(&scratch, &PLAN_OUT);
    assert!(!scratch.path("out").exists());
    // An hour that came after the plan is not the plan's.
    scratch.write(&captures_of("07"), two_captures("07"));
    let report = backfill(&scratch, &PLAN_IN);
    assert_eq!(done(&report), ["05 built", "06 built"]);
    assert_eq!(
        short_states(&scratch, &[]),
        ["05 done", "06 done", "07 missing"]
    );
    // What was done meanwhile is not done again.
    assert!(done(&backfill(&scratch, &PLAN_IN)).is_empty());
}

#[test]
fn a_pinned_plan_is_refused_where_an_input_is_not_what_it_was() {
    type Change = (&'static str, fn(&Scratch));
    let changes: [Change; 6] = [
        ("ep/v 2025-11-01T06", |scratch| {
            let more = two_captures("06") + &capture("x", None, "2025-11-01T06:11:00Z", "0.1");
            scratch.write(&captures_of("06"), more);
        }),
        ("ep/v 2025-11-01T06", |scratch| {
            scratch.write("cap/ep/v/2025/11/01/06/b.jsonl", two_captures("06"));
        }),
        ("ep/v 2025-11-01T06", |scratch| {
            fs::remove_dir_all(scratch.path("cap/ep/v/2025/11/01/06")).unwrap();
        }),
        ("2025/11/01/06/l.jsonl", |scratch| {
            scratch.write("gt/2025/11/01/06/l.jsonl", label("e06-1", "0"));
        }),
        ("2025/11/01/06/m.jsonl", |scratch| {
            scratch.write("gt/2025/11/01/06/m.jsonl", label("e06-2", "0"));
        }),
        ("2025/11/01/06/l.jsonl", |scratch| {
            fs::remove_file(scratch.path("gt/2025/11/01/06/l.jsonl")).unwrap();
        }),
    ];
    for (named, change) in changes {
        let scratch = three_hours();
        backfill(&scratch, &PLAN_OUT);
        change(&scratch);
        let refused = run(&scratch, "backfill", &PLAN_IN);
        assert_ne!(refused.status, 0, "{named}");
        assert!(
            refused.stderr.contains(named),
            "{named}: {}",
            refused.stderr
        );
        assert!(!scratch.path("out").exists(), "{named}");
    }
}

#[test]
fn a_pinned_plan_is_of_its_settings_and_its_output() {
    let scratch = three_hours();
    run(&scratch, "backfill", &PLAN_OUT).expect_status(0);
    for (more, said) in [
        (["--duplicate-labels", "first"], "settings of the model"),
        (["--out", "elsewhere"], "the plan is for the output `out`"),
    ] {
        let refused = run(&scratch, "backfill", &[&PLAN_IN[..], &more].concat());
        let refused = refused.expect_status(1);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    assert!(!scratch.path("out").exists() && !scratch.path("elsewhere").exists());
}

#[test]
fn a_pinned_plan_brings_its_window() {
    let scratch = three_hours();
    run(&scratch, "backfill", &PLAN_OUT).expect_status(0);
    // All flags but --from and --to.
    let flags = [&FLAGS[..4], &FLAGS[8..]].concat();
    let args = [
        &["backfill"],
        &flags[..],
        &PLAN_IN,
        &["--out", "out", "--output=json"],
    ]
    .concat();
    let report = scratch.run(&args).expect_status(0).json();
    assert_eq!(done(&report), ["05 built", "06 built", "07 built"]);
}

#[test]
fn what_is_no_plan_is_refused() {
    let scratch = three_hours();
    let absent = run(&scratch, "backfill", &PLAN_IN).expect_status(2);
    assert!(absent.stderr.contains("plan.json"), "{}", absent.stderr);
    for text in [
        "",
        "{}",
        "[1]",
        r#"{"version":7,"as_of_micros":0,"models":[]}"#,
    ] {
        scratch.write("plan.json", text);
        let refused = run(&scratch, "backfill", &PLAN_IN).expect_status(2);
        assert!(
            refused.stderr.contains("is no plan"),
            "{text}: {}",
            refused.stderr
        );
        assert!(
            refused.stderr.contains("--plan-out"),
            "{text}: {}",
            refused.stderr
        );
    }
    assert!(!scratch.path("out").exists());
}

#[test]
fn parts_of_a_window_are_refused_where_they_are_none() {
    let scratch = three_hours();
    for shard in ["0/3", "4/3", "x", "1", "1/0", "-1/3"] {
        let shard = format!("--shard={shard}");
        let refused = run(&scratch, "backfill", &[&shard]).expect_status(2);
        assert!(
            refused.stderr.contains("shard"),
            "{shard}: {}",
            refused.stderr
        );
    }
    let all = ["--all", "--out", "out", "--shard", "1/3"];
    let refused = scratch
        .run(&[&["backfill"], &FLAGS[..4], &all].concat())
        .expect_status(2);
    assert!(
        refused.stderr.contains("--from and --to"),
        "{}",
        refused.stderr
    );
    assert!(!scratch.path("out").exists());
}

#[test]
fn parts_of_a_window_are_the_window() {
    let scratch = three_hours();
    for (shard, built) in [
        ("3/3", "07 built"),
        ("1/3", "05 built"),
        ("2/3", "06 built"),
    ] {
        let report = backfill(&scratch, &["--shard", shard]);
        assert_eq!(done(&report), [built]);
    }
    backfill(&scratch, &["--out", "fresh"]);
    assert_eq!(scratch.hashes("out"), scratch.hashes("fresh"));
}

/// The capture file of 06:00 with a line that is none.
fn broken() -> Scratch {
    let scratch = three_hours();
    scratch.write(
        &captures_of("06"),
        two_captures("06") + "{\"captureData\"\n",
    );
    scratch
}

#[test]
fn an_hour_that_fails_is_left_out_and_done_when_it_is_mended() {
    let scratch = broken();
    let failed = run(&scratch, "backfill", &[]).expect_status(4);
    assert!(failed.stderr.contains("1 of 3 hours"), "{}", failed.stderr);
    let report = failed.json();
    assert_eq!(done(&report), ["05 built", "06 failed", "07 built"]);
    let why = report["models"][0]["hours"][1]["failure"].as_str().unwrap();
    assert!(
        why.contains("a.jsonl:3") && why.contains("--max-rejects 1"),
        "{why}"
    );
    assert_eq!(
        short_states(&scratch, &[]),
        ["05 done", "06 missing", "07 done"]
    );
    assert!(!scratch.path(&hour_file("out", "06")).exists());

    let others = ["05", "07"].map(|hour| untouched(&scratch, &hour_file("out", hour)));
    // Still broken: nothing else is done, and it is said again.
    let again = run(&scratch, "backfill", &[]).expect_status(4);
    assert_eq!(done(&again.json()), ["06 failed"]);
    scratch.write(&captures_of("06"), two_captures("06"));
    assert_eq!(done(&backfill(&scratch, &[])), ["06 built"]);
    let after = ["05", "07"].map(|hour| untouched(&scratch, &hour_file("out", hour)));
    assert_eq!(after, others);
    backfill(&scratch, &["--out", "fresh"]);
    assert_eq!(scratch.hashes("out"), scratch.hashes("fresh"));
}

#[test]
fn a_failed_hour_keeps_the_file_of_before() {
    let scratch = three_hours();
    backfill(&scratch, &[]);
    let before = untouched(&scratch, "out/merged");
    scratch.write(&captures_of("06"), "no capture\n");
    run(&scratch, "backfill", &[]).expect_status(4);
    assert_eq!(untouched(&scratch, "out/merged"), before);
    assert_eq!(
        short_states(&scratch, &[]),
        ["05 done", "06 stale", "07 done"]
    );
}

#[test]
fn fail_fast_stops_at_the_first_hour_that_fails() {
    let scratch = broken();
    scratch.write(&captures_of("05"), "no capture\n");
    let run = run(&scratch, "backfill", &["--fail-fast", "--jobs", "1"]);
    let report = run.expect_status(4).json();
    assert_eq!(done(&report), ["05 failed", "06 not-begun", "07 not-begun"]);
    assert!(!scratch.path("out/merged").exists());
}

/// `command --last DURATION` over `cap` and `gt`.
fn last(scratch: &Scratch, command: &str, duration: &str, more: &[&str]) -> Run {
    let flags = [
        "--out",
        "out",
        "--probability-attribute",
        "0",
        "--last",
        duration,
    ];
    scratch.run(&[&[command], &FLAGS[..4], &flags, more].concat())
}

#[test]
fn a_window_without_input_is_told_apart_and_accepted_on_request() {
    // Long ago, and the last hours hold nothing.
    let scratch = three_hours();
    for command in ["backfill", "status"] {
        let empty = last(&scratch, command, "PT2H", &[]).expect_status(5);
        assert!(empty.stderr.contains("2025-11-01T07"), "{}", empty.stderr);
        last(&scratch, command, "PT2H", &["--ok", "no-input"]).expect_status(0);
        last(&scratch, command, "PT2H", &["--ok", "violations"]).expect_status(5);
        let both = last(&scratch, command, "PT2H", &["--from", "2025-11-01T05"]).expect_status(2);
        assert!(both.stderr.contains("--last"), "{}", both.stderr);
        last(&scratch, command, "soon", &[]).expect_status(2);
    }
    assert!(!scratch.path("out").exists());
}

#[test]
fn an_output_inside_an_input_is_refused() {
    let scratch = three_hours();
    for out in ["cap/out", "gt", "./cap"] {
        let refused = run(&scratch, "backfill", &["--out", out]);
        assert_ne!(refused.status, 0, "{out}");
        assert!(
            refused.stderr.contains("inside"),
            "{out}: {}",
            refused.stderr
        );
    }
    assert!(!scratch.path("cap/out").exists());
    assert!(!scratch.path("gt/merged").exists());
}
