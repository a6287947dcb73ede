//! A bar on a terminal. It goes away when the run ends.

use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::View;
use super::counts::Snapshot;
use super::text;

/// Between two looks: soon enough to look alive.
const PAUSE: Duration = Duration::from_millis(200);

/// One line of text without colour, drawn over and over.
#[derive(Debug)]
pub(super) struct Bar {
    terminal: Term,
    bar: ProgressBar,
}

impl Bar {
    /// None where stderr is no terminal, or one that cannot rewrite a line (`TERM=dumb`).
    pub(super) fn on_stderr() -> Option<Self> {
        let target = ProgressDrawTarget::stderr();
        let style = ProgressStyle::with_template("{msg}").ok()?;
        (!target.is_hidden()).then(|| Self {
            terminal: Term::stderr(),
            bar: ProgressBar::with_draw_target(None, target).with_style(style),
        })
    }
}

impl View for Bar {
    fn pause(&self) -> Duration {
        PAUSE
    }

    fn show(&self, now: &Snapshot, elapsed: Duration) {
        // Looked at each time: people resize their terminals.
        let (_, width) = self.terminal.size();
        let text = text::bar(now, elapsed.as_secs_f64(), usize::from(width));
        self.bar.set_message(text);
        self.bar.tick();
    }

    fn end(&self, _now: &Snapshot, _elapsed: Duration) {
        self.bar.finish_and_clear();
    }
}
