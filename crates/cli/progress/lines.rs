//! Plain lines, for logs.

use std::io::Write;
use std::time::Duration;

use super::View;
use super::counts::Snapshot;
use super::text;

/// Between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// A line now and then, so that a log shows that something goes on, and one at the end of a run that had others.
#[derive(Debug)]
pub(super) struct Lines;

impl View for Lines {
    fn pause(&self) -> Duration {
        PAUSE
    }

    fn show(&self, now: &Snapshot, elapsed: Duration) {
        say(&text::line(now, elapsed.as_secs_f64()));
    }

    fn end(&self, now: &Snapshot, elapsed: Duration) {
        if elapsed >= PAUSE {
            say(&text::last_line(now, elapsed.as_secs_f64()));
        }
    }
}

fn say(line: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
