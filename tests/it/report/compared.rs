//! Two periods on one page.

use super::{assert_prints, merged, page, row, run, section};

#[test]
fn both_periods_are_measured_as_quality_measures_them() {
    let scratch = merged();
    let windows = [
        "--from 2026-11-01T06 --to 2026-11-01T12",
        "--from 2026-11-01T00 --to 2026-11-01T06",
    ];
    let page = page(
        &scratch,
        &format!("--in out {} --compare previous", windows[0]),
    );
    let row = row(section(&page, "whole"), "Accuracy");
    for (window, column) in windows.iter().zip([1, 3]) {
        let measured = run(
            &scratch,
            &format!("quality --in out --output json {window}"),
        );
        let measured = measured.expect_status(0).json();
        let metrics = measured["groups"][0]["metrics"].as_array().unwrap();
        let figure = metrics.iter().find(|m| m["metric"] == "accuracy").unwrap();
        assert_prints(&row[column], figure["value"].as_f64().unwrap());
    }
    let named = "--compare 2026-11-01T00..2026-11-01T06";
    let other = super::page(&scratch, &format!("--in out {} {named}", windows[0]));
    assert!(other == page);
}

#[test]
fn nothing_to_compare_with_is_said_and_no_error() {
    let scratch = merged();
    let page = page(&scratch, "--in out --compare 2025-01-01T00..2025-01-02T00");
    assert!(
        page.contains(
            "There is nothing to compare with: no hour of 2025-01-01T00 to 2025-01-02T00"
        )
    );
}
