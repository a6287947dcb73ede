#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;

fn start() -> Hour {
    Hour::parse("2026-11-01T00").unwrap()
}

fn window(from: i64, to: i64) -> Window {
    Window::new(start().plus(from), start().plus(to)).unwrap()
}

fn run(from: i64, to: i64, counts: &[(&str, &str, u64)]) -> RunLedger {
    let counts = counts.iter();
    RunLedger {
        window: window(from, to),
        counts: counts
            .map(|(side, bucket, count)| (((*side).to_owned(), (*bucket).to_owned()), *count))
            .collect(),
    }
}

fn stored(hours: std::ops::Range<i64>) -> BTreeSet<Hour> {
    hours.map(|hour| start().plus(hour)).collect()
}

fn chosen(runs: &[RunLedger], stored: &BTreeSet<Hour>, period: Window) -> Option<Vec<Window>> {
    let runs = tiling(runs, stored, period)?;
    Some(runs.iter().map(|run| run.window).collect())
}

#[test]
fn the_fewest_runs_that_see_each_hour_once_are_chosen() {
    let runs = [
        run(0, 1, &[]),
        run(1, 2, &[]),
        run(2, 3, &[]),
        run(3, 4, &[]),
        run(1, 4, &[]),
    ];
    let period = window(0, 4);
    assert_eq!(
        chosen(&runs, &stored(0..4), period),
        Some(vec![window(0, 1), window(1, 4)])
    );
    let whole = [&runs[..], &[run(0, 4, &[])]].concat();
    assert_eq!(chosen(&whole, &stored(0..4), period), Some(vec![period]));
}

#[test]
fn a_run_that_saw_other_hours_or_not_all_is_none_of_the_period() {
    let runs = [run(0, 4, &[]), run(0, 1, &[])];
    assert_eq!(chosen(&runs, &stored(0..4), window(0, 2)), None);
    // A window may be wider than its hours.
    assert_eq!(
        chosen(&runs, &stored(1..3), window(1, 3)),
        Some(vec![window(0, 4)])
    );
}

#[test]
fn labels_of_several_runs_are_not_added_up() {
    let counts = [
        ("predictions", "read", 3),
        ("predictions", "labelled", 3),
        ("labels", "read", 5),
        ("labels", "matched", 3),
    ];
    let (one, two) = (run(0, 2, &counts), run(2, 4, &counts));
    let alone = ledger(added(std::slice::from_ref(&one)));
    assert_eq!(alone.rows.len(), 4);
    // Two of five labels are in no bucket.
    assert_eq!(alone.closes, Some(false));
    let both = ledger(added(&[one, two]));
    assert_eq!(both.closes, Some(true));
    let told: Vec<(&str, u64)> = both
        .rows
        .iter()
        .map(|row| (row.bucket.as_str(), row.count))
        .collect();
    assert_eq!(told, [("read", 6), ("labelled", 6)]);
}

#[test]
fn a_run_whose_hours_were_relabelled_is_not_current() {
    let merge = run(
        0,
        2,
        &[
            ("predictions", "labelled", 3),
            ("predictions", "unlabelled", 2),
        ],
    );
    let receipts = |labelled: u64, unlabelled: u64| {
        BTreeMap::from([
            ("labelled".to_owned(), labelled),
            ("unlabelled".to_owned(), unlabelled),
        ])
    };
    let runs = [merge];
    assert!(is_current(&runs, &receipts(3, 2)));
    // An hour that could not be written.
    assert!(is_current(&runs, &receipts(2, 1)));
    assert!(!is_current(&runs, &receipts(4, 1)));
}

#[test]
fn the_merge_that_shares_most_hours_tells_why_labels_matched_nothing() {
    let merges = [window(0, 3), window(2, 9), window(20, 30)];
    assert_eq!(nearest(&merges, window(0, 5)), Some(window(2, 9)));
    assert_eq!(nearest(&merges, window(10, 12)), None);
}
