//! Hours that go on, or ended lately: captures may still come. No clock decides here: what goes on lies far ahead,
//! and what ended lately did so within a time to settle of centuries.

use std::time::{SystemTime, UNIX_EPOCH};

use groundline_synth::Hour;

use crate::harness::{Scratch, capture, label};

use super::{backfill, done, short_states, states, three_hours};

const SETTLE: [&str; 2] = ["--settle", "P99999D"];

/// A capture of an hour that has not ended, at 05:00 of a day far ahead.
fn goes_on() -> Scratch {
    let scratch = three_hours();
    let line = capture("f1", None, "2999-11-01T05:10:00Z", "0.9");
    scratch.write("cap/ep/v/2999/11/01/05/a.jsonl", line);
    scratch
}

/// The command over both.
fn both(scratch: &Scratch, command: &str, more: &[&str]) -> serde_json::Value {
    let window = [
        "--from",
        "2025-11-01T07",
        "--to",
        "2999-11-01T06",
        "--out",
        "out",
    ];
    let values = [
        "--probability-attribute",
        "0",
        "--output",
        "json",
        "--as-of",
        "2025-12-01",
    ];
    let roots = &super::FLAGS[..4];
    let run = scratch.run(&[&[command], roots, &window, &values, more].concat());
    run.expect_status(0).json()
}

#[test]
fn an_hour_that_goes_on_is_left_alone() {
    let scratch = goes_on();
    let status = both(&scratch, "status", &[]);
    let said = super::states_of(&status);
    let why = "the hour has not ended".to_owned();
    assert_eq!(said[1], ("05 open".to_owned(), why));
    let report = both(&scratch, "backfill", &[]);
    assert_eq!(done(&report), ["07 built"]);
    assert_eq!(report["models"][0]["open"], 1);
    assert_eq!(scratch.hashes("out/merged").len(), 1);
    // Its files may be there already, of a run that was asked for them: they stay as they are.
    let report = both(&scratch, "backfill", &["--include-open"]);
    assert_eq!(done(&report), ["05 built"]);
    let more = capture("f2", None, "2999-11-01T05:40:00Z", "0.9");
    scratch.write("cap/ep/v/2999/11/01/05/b.jsonl", more);
    let before = super::untouched(&scratch, "out");
    assert!(done(&both(&scratch, "backfill", &[])).is_empty());
    assert_eq!(super::untouched(&scratch, "out"), before);
    assert_eq!(
        super::states_of(&both(&scratch, "status", &[]))[1].0,
        "05 open"
    );
    let asked = super::states_of(&both(&scratch, "status", &["--include-open"]));
    assert_eq!(asked[1].0, "05 stale");
    let report = both(&scratch, "backfill", &["--include-open"]);
    assert_eq!(done(&report), ["05 built"]);
    assert_eq!(scratch.rows("out/merged").len(), 4);
}

#[test]
fn an_hour_that_ended_lately_settles_first() {
    let scratch = three_hours();
    for (state, why) in states(&scratch, &SETTLE) {
        assert!(state.ends_with(" open"), "{state}");
        assert!(
            why.starts_with("it ended less than 143998560 minutes ago"),
            "{why}"
        );
        assert!(why.contains("--settle"), "{why}");
    }
    let report = backfill(&scratch, &SETTLE);
    assert!(done(&report).is_empty());
    assert_eq!(report["models"][0]["open"], 3);
    assert!(!scratch.path("out/merged").exists());
    // No labels of the open hours are looked up either.
    let built = ["05 built", "06 built", "07 built"];
    assert_eq!(done(&backfill(&scratch, &["--settle", "PT0H"])), built);
    scratch.write("gt/2025/11/03/09/late.jsonl", label("e06-2", "0"));
    assert!(done(&backfill(&scratch, &SETTLE)).is_empty());
    assert_eq!(short_states(&scratch, &[])[1], "06 label-stale");
}

#[test]
fn an_hour_settles_at_the_end_of_the_time_that_is_given() {
    let hour: Hour = "2025-11-01T07".parse().unwrap();
    let epoch: Hour = "1970-01-01T00".parse().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = epoch.plus(u32::try_from(now.as_secs() / 3600).unwrap());
    let since = (0..).find(|hours| hour.plus(*hours) >= now).unwrap();
    let scratch = three_hours();
    // Hours since it ended: more, and less by two, as the clock may go on.
    for (hours, state) in [
        (since + 1, "07 open"),
        (since.saturating_sub(2), "07 missing"),
    ] {
        let settle = format!("PT{hours}H");
        assert_eq!(
            short_states(&scratch, &["--settle", &settle])[2],
            state,
            "{settle}"
        );
    }
}

#[test]
fn the_last_hours_end_with_the_one_that_goes_on() {
    let scratch = three_hours();
    let epoch: Hour = "1970-01-01T00".parse().unwrap();
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let now = u32::try_from(seconds / 3600).unwrap();
    // The next one too: the clock may go on meanwhile.
    let hours = [now - 1, now, now + 1].map(|hour| epoch.plus(hour).to_string());
    for hour in &hours {
        let folder = hour.replace(['-', 'T'], "/");
        let line = capture(hour, None, &format!("{hour}:10:00Z"), "0.9");
        scratch.write(&format!("cap/ep/v/{folder}/a.jsonl"), line);
    }
    let args = [
        "--last", "PT2H", "--out", "out", "--output", "json", "--settle", "PT0H",
    ];
    let status = scratch.run(&[&["status"], &super::FLAGS[..4], &args].concat());
    let status = status.expect_status(0).json();
    let found = status["models"][0]["hours"].as_array().unwrap().iter();
    let found: Vec<(&str, &str)> = found
        .map(|hour| {
            (
                hour["hour"].as_str().unwrap(),
                hour["state"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = |at: usize| [(&*hours[at], "missing"), (&*hours[at + 1], "open")];
    assert!(
        found == expected(0) || found == expected(1),
        "{found:?} of {hours:?}"
    );
}
