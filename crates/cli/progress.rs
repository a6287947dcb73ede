//! How far a run is, on stderr: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use groundline_engine::{Progress, Silent};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::printer::Printer;

/// Between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);

/// The progress that fits stderr; none when quiet.
pub(crate) fn for_stderr(printer: Printer) -> Arc<dyn Progress> {
    if printer.is_quiet() {
        Arc::new(Silent)
    } else if std::io::stderr().is_terminal() {
        Arc::new(Bar::new())
    } else {
        Arc::new(Lines::new())
    }
}

/// What was read and written so far.
#[derive(Debug, Default)]
struct Counts {
    bytes_in_all: AtomicU64,
    hours_in_all: AtomicU64,
    bytes: AtomicU64,
    records: AtomicU64,
    hours: AtomicU64,
}

impl Counts {
    fn plan(&self, bytes: u64, hours: u64) {
        self.bytes_in_all.fetch_add(bytes, Relaxed);
        self.hours_in_all.fetch_add(hours, Relaxed);
    }

    fn describe(&self) -> String {
        format!(
            "{} of {} hours, {} of {}, {} records",
            self.hours.load(Relaxed),
            self.hours_in_all.load(Relaxed),
            HumanBytes(self.bytes.load(Relaxed)),
            HumanBytes(self.bytes_in_all.load(Relaxed)),
            HumanCount(self.records.load(Relaxed)),
        )
    }
}

/// A bar that goes away when the run ends.
#[derive(Debug)]
struct Bar {
    counts: Counts,
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        // The template is ours; if it were wrong, the default bar would do.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3}% {msg} {eta}") {
            bar.set_style(style);
        }
        Self {
            counts: Counts::default(),
            bar,
        }
    }
}

impl Progress for Bar {
    fn plan(&self, bytes: u64, hours: u64) {
        self.counts.plan(bytes, hours);
        self.bar.inc_length(bytes);
    }

    fn advance(&self, bytes: u64, records: u64) {
        self.counts.bytes.fetch_add(bytes, Relaxed);
        self.counts.records.fetch_add(records, Relaxed);
        self.bar.inc(bytes);
    }

    fn hour_done(&self) {
        self.counts.hours.fetch_add(1, Relaxed);
        self.bar.set_message(self.counts.describe());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line every [`PAUSE`], so that logs show that something goes on.
#[derive(Debug)]
struct Lines {
    counts: Counts,
    started: Instant,
    /// Milliseconds after the start at which the next line is due.
    due: AtomicU64,
}

impl Lines {
    fn new() -> Self {
        Self {
            counts: Counts::default(),
            started: Instant::now(),
            due: AtomicU64::new(millis(PAUSE)),
        }
    }

    fn tick(&self) {
        let now = millis(self.started.elapsed());
        let due = self.due.load(Relaxed);
        // One of the workers that see the line due prints it.
        if now >= due
            && self
                .due
                .compare_exchange(due, now + millis(PAUSE), Relaxed, Relaxed)
                .is_ok()
        {
            let _ = writeln!(std::io::stderr().lock(), "{}", self.counts.describe());
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}

impl Progress for Lines {
    fn plan(&self, bytes: u64, hours: u64) {
        self.counts.plan(bytes, hours);
    }

    fn advance(&self, bytes: u64, records: u64) {
        self.counts.bytes.fetch_add(bytes, Relaxed);
        self.counts.records.fetch_add(records, Relaxed);
        self.tick();
    }

    fn hour_done(&self) {
        self.counts.hours.fetch_add(1, Relaxed);
        self.tick();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_of_several_models_add_up() {
        let lines = Lines::new();
        lines.plan(1 << 20, 2);
        lines.plan(1 << 20, 1);
        lines.advance(1 << 20, 1500);
        lines.hour_done();
        assert_eq!(
            lines.counts.describe(),
            "1 of 3 hours, 1.00 MiB of 2.00 MiB, 1,500 records"
        );
    }
}
