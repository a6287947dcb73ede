//! How far a run is, on stderr: a bar on a terminal, a line now and then elsewhere, nothing when quiet.
//!
//! Workers only count; one thread of its own looks at the counts and draws, so that a run that computes for
//! long still shows that it goes on.

mod bar;
mod counts;
mod lines;
mod text;

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use groundline_engine::Progress;

use crate::printer::Printer;
use bar::Bar;
use counts::{Counts, Snapshot};
use lines::Lines;

/// Shows how far a run is until it is dropped.
#[derive(Debug)]
pub(crate) struct Reporter {
    counts: Arc<Counts>,
    /// Goes first when the reporter goes: the thread then shows the end and stops.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Reporter {
    pub(crate) fn start(printer: Printer) -> Self {
        if printer.is_quiet() {
            return Self {
                counts: Arc::default(),
                running: None,
                thread: None,
            };
        }
        match Bar::on_stderr() {
            Some(bar) => Self::with(bar),
            None => Self::with(Lines),
        }
    }

    fn with(view: impl View + Send + 'static) -> Self {
        let counts = Arc::<Counts>::default();
        let (running, ended) = mpsc::channel::<()>();
        let watched = Arc::clone(&counts);
        let started = Instant::now();
        let watch = move || {
            let pause = view.pause();
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                view.show(&watched.now(), started.elapsed());
            }
            view.end(&watched.now(), started.elapsed());
        };
        // A run goes on without a thread for its progress.
        let thread = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(watch)
            .ok();
        Self {
            counts,
            running: Some(running),
            thread,
        }
    }

    /// What the engine tells.
    pub(crate) fn progress(&self) -> Arc<dyn Progress> {
        Arc::<Counts>::clone(&self.counts)
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            // If it panicked there is nothing to clear.
            let _ = thread.join();
        }
    }
}

/// A way of showing counts.
trait View {
    /// Between two looks.
    fn pause(&self) -> Duration;
    fn show(&self, now: &Snapshot, elapsed: Duration);
    fn end(&self, now: &Snapshot, elapsed: Duration);
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    struct Recorded(Arc<Mutex<Vec<(&'static str, Snapshot)>>>);

    impl Recorded {
        fn say(&self, what: &'static str, now: &Snapshot) {
            if let Ok(mut told) = self.0.lock() {
                told.push((what, *now));
            }
        }
    }

    impl View for Recorded {
        fn pause(&self) -> Duration {
            Duration::from_millis(1)
        }

        fn show(&self, now: &Snapshot, _elapsed: Duration) {
            self.say("show", now);
        }

        fn end(&self, now: &Snapshot, _elapsed: Duration) {
            self.say("end", now);
        }
    }

    #[test]
    fn the_end_is_shown_once_and_last_with_everything_counted() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let reporter = Reporter::with(Recorded(Arc::clone(&told)));
        let progress = reporter.progress();
        // As from two models.
        progress.plan(100, 2);
        progress.plan(100, 1);
        progress.advance(150, 7);
        std::thread::sleep(Duration::from_millis(20));
        progress.hour_done();
        drop(reporter);
        let told = told.lock().map(|told| told.clone()).unwrap_or_default();
        let end = Snapshot {
            hours: 1,
            hours_in_all: 3,
            bytes: 150,
            bytes_in_all: 200,
            records: 7,
            tasks: 0,
            tasks_known: 0,
        };
        assert_eq!(told.last(), Some(&("end", end)));
        assert_eq!(told.iter().filter(|(what, _)| *what == "end").count(), 1);
        assert!(told.len() > 1, "it was looked at while it ran");
    }
}
