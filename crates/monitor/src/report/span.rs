//! Which hours a report is about, and into which pieces its series are cut.

use groundline_engine::{Every, RunRecord};
use groundline_report::page::Span;
use groundline_store::{Hour, Window};

/// Hours of a report that nobody gave a window for.
pub(super) const MOST_HOURS: i64 = 31 * 24;

/// Up to three days there is a point for each hour, up to three months one for each day.
const HOURLY: i64 = 3 * 24;
const DAILY: i64 = 92 * 24;

/// From the first hour file, or window of an execution where there is none, to the last of either.
pub(super) fn there(hours: Option<Window>, runs: &[RunRecord]) -> Option<Window> {
    let first_run = runs.iter().map(|run| run.window.from).min();
    let from = hours.map(|hours| hours.from).or(first_run)?;
    let ends = runs.iter().map(|run| run.window.to);
    let to = ends.chain(hours.map(|hours| hours.to)).max()?;
    Window::new(from, to).ok()
}

/// The end of a window, no longer than [`MOST_HOURS`].
pub(super) fn last_of(window: Window) -> Window {
    let from = window.from.max(window.to.plus(-MOST_HOURS));
    Window { from, ..window }
}

/// The window of equal length just before.
pub(super) fn before(window: Window) -> Window {
    let hours = window.to.since(window.from);
    Window {
        from: window.from.plus(-hours),
        to: window.from,
    }
}

/// Pieces of a window: few enough to see, long enough to hold something.
pub(super) fn pieces(window: Window) -> Every {
    match window.to.since(window.from) {
        hours if hours <= HOURLY => Every::Hour,
        hours if hours <= DAILY => Every::Day,
        _ => Every::Week,
    }
}

pub(super) fn span(window: Window) -> Span {
    Span {
        from: window.from.micros(),
        to: window.to.micros(),
    }
}

/// `2026-11-01T00 to 2026-11-03T00`
pub(super) fn told(window: Window) -> String {
    format!("{} to {}", window.from, window.to)
}

/// `2026-11-01T00:00:00Z`
pub(super) fn instant(hour: Hour) -> String {
    format!("{hour}:00:00Z")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn window(hours: i64) -> Window {
        let to = Hour::parse("2026-11-30T00").unwrap();
        Window::new(to.plus(-hours), to).unwrap()
    }

    #[test]
    fn long_windows_are_cut_into_longer_pieces() {
        for (days, every) in [
            (1, Every::Hour),
            (3, Every::Hour),
            (4, Every::Day),
            (92, Every::Day),
            (93, Every::Week),
        ] {
            assert_eq!(pieces(window(days * 24)), every, "{days} days");
        }
    }

    #[test]
    fn the_period_before_ends_where_the_other_begins() {
        let now = window(48);
        let before = before(now);
        assert_eq!((before.to, before.to.since(before.from)), (now.from, 48));
        assert_eq!(last_of(window(1_000)), window(MOST_HOURS));
        assert_eq!(last_of(window(10)), window(10));
    }
}
