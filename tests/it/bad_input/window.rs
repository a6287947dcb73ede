//! Windows.

use super::{CAPTURES, assert_nothing_written, assert_says, column, good, inputs, merge};
use crate::harness::capture;

#[test]
fn a_window_without_data_names_prefixes_and_the_nearest_hours() {
    let scratch = inputs();
    scratch
        .write("cap/ep/w/2026/11/05/09/b.jsonl", good("e2"))
        .write("cap/other/v/2026/10/05/09/b.jsonl", good("e3"));
    let window = [("from", "2026-11-03T00"), ("to", "2026-11-03T02")];
    let run = merge(&scratch, &window).expect_status(5);
    assert_says(
        &run.stderr,
        &[
            "error: no predictions from 2026-11-03T00 to 2026-11-03T02",
            "looked below cap/ep/v, cap/ep/w, cap/other/v",
            "the nearest hours that have any are 2026-11-01T05 and 2026-11-05T09",
        ],
    );
    let run = merge(&scratch, &[&window[..], &[("endpoint", "other")]].concat()).expect_status(5);
    assert_says(
        &run.stderr,
        &["looked below cap/other/v; the nearest hour that has any is 2026-10-05T09"],
    );
    assert!(!scratch.path("out/merged").exists());
    merge(&scratch, &[&window[..], &[("ok", "no-input")]].concat()).expect_status(0);
    merge(&scratch, &[&window[..], &[("ok", "violations")]].concat()).expect_status(5);
}

#[test]
fn a_window_that_ends_before_it_begins_is_refused() {
    let scratch = inputs();
    for (from, to) in [
        ("2026-11-02T00", "2026-11-01T00"),
        ("2026-11-01T05", "2026-11-01T05"),
    ] {
        let run = merge(&scratch, &[("from", from), ("to", to)]).expect_status(2);
        assert_says(
            &run.stderr,
            &[&format!(
                "error: the window is empty: --from {from} is not before --to {to}"
            )],
        );
    }
    let run = merge(&scratch, &[("from", "2026-13-01T05")]).expect_status(2);
    assert_says(
        &run.stderr,
        &[
            "--from: `2026-13-01T05` is not an hour: ",
            "write it as 2026-11-01T00 (UTC)",
        ],
    );
    assert_nothing_written(&scratch);
}

#[test]
fn a_record_outside_its_folders_hour_stays_and_is_counted() {
    let scratch = inputs();
    let late = capture("e2", None, "2026-11-01T06:00:00Z", "0.2");
    let early = capture("e3", None, "2026-11-01T04:59:59.999Z", "0.3");
    let last = capture("e4", None, "2026-11-01T05:59:59.999Z", "0.4");
    scratch.write(CAPTURES, good("e1") + &late + &early + &last);
    for plan in ["fast", "spilled", "reference"] {
        let run = merge(&scratch, &[("output", "json"), ("plan", plan)]).expect_status(0);
        let report = run.json();
        assert_eq!(
            report
                .pointer("/models/0/ledger/notes/outside_hour")
                .unwrap(),
            2,
            "{plan}"
        );
        assert_says(
            &run.stderr,
            &[
                "records with an inference time outside their folder's hour; they stay in the folder's hour: 2",
            ],
        );
        let rows = scratch.rows("out/merged");
        assert_eq!(column(&rows, "key"), ["e1", "e2", "e3", "e4"]);
        assert_eq!(column(&rows, "hour"), ["2026-11-01T05:00:00Z"; 4]);
    }
}
