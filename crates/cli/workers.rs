//! The runtime that the engine's work runs on, and Ctrl-C.

use std::future::Future;
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use groundline_engine::Stop;

use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::printer::Printer;

/// How long interrupted work gets to take its unfinished files away.
const GRACE: Duration = Duration::from_secs(2);

/// As much as the main thread has; plans of nested SQL are deep.
const STACK: usize = 8 << 20;

/// So many worker threads, and a way to stop waiting for them.
#[derive(Debug)]
pub(crate) struct Workers {
    runtime: Runtime,
}

impl Workers {
    pub(crate) fn start(threads: usize) -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .enable_all()
            .build()
            .map_err(|error| {
                Failure::failed(format!("cannot start {threads} worker threads"))
                    .because(&error)
                    .hint("ask for fewer with --threads")
            })?;
        Ok(Self { runtime })
    }

    /// Runs the work that `start` begins to its end; `None` when Ctrl-C came first. The work is then
    /// dropped where it next waits, so that it can remove what it has not finished; after [`GRACE`]
    /// nobody waits for it any more.
    ///
    /// The work has a thread of its own and is begun there: it need not be `Send`, and Ctrl-C is heard
    /// while it computes.
    pub(crate) fn run<T, W, F>(self, start: W) -> Result<Option<T>, Failure>
    where
        T: Send + 'static,
        W: FnOnce() -> F + Send + 'static,
        F: Future<Output = T>,
    {
        let (tell, news) = mpsc::channel();
        let interruption = tell.clone();
        self.runtime.spawn(async move {
            interrupted().await;
            // The receiver may have stopped listening.
            let _ = interruption.send(News::Interrupted);
        });
        std::thread::Builder::new()
            .name("work".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let ended = self.wait(start());
                // First let go of what the work left running, then say that it is over.
                self.runtime.shutdown_timeout(GRACE);
                let _ = tell.send(News::Ended(ended));
            })
            .map_err(|error| Failure::failed("cannot start a thread").because(&error))?;
        match news.recv() {
            Ok(News::Ended(ended)) => Ok(ended),
            Ok(News::Interrupted) => match news.recv_timeout(GRACE) {
                // It was over before it heard of the interruption.
                Ok(News::Ended(ended)) => Ok(ended),
                _ => Ok(None),
            },
            // Nobody is left to send: the thread panicked.
            Err(error) => Err(Failure::failed("a worker stopped unexpectedly")
                .because(&error)
                .hint("this is a fault of groundline: please report it with the lines above")),
        }
    }

    /// Runs work that can be asked to stop. The first Ctrl-C or SIGTERM asks, and the work is waited for; the second
    /// ends the process at once, which leaves nothing half-written under a name that anybody reads.
    pub(crate) fn run_stoppable<T, W, F>(
        self,
        stop: &Stop,
        printer: Printer,
        start: W,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce() -> F + Send + 'static,
        F: Future<Output = T>,
    {
        let stop = stop.clone();
        self.runtime.spawn(async move {
            interrupted().await;
            stop.ask();
            printer.note("stopping: hours under way are finished; once more stops at once");
            interrupted().await;
            std::process::exit(ExitStatus::Interrupted.code().into());
        });
        let thread = std::thread::Builder::new()
            .name("work".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let ended = self.runtime.block_on(start());
                self.runtime.shutdown_timeout(GRACE);
                ended
            })
            .map_err(|error| Failure::failed("cannot start a thread").because(&error))?;
        thread.join().map_err(|_| {
            Failure::failed("a worker stopped unexpectedly")
                .hint("this is a fault of groundline: please report it with the lines above")
        })
    }

    /// Runs work that borrows, on this thread; `None` when Ctrl-C came first. The workers stay.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.block_on(async {
            tokio::select! {
                // First, so that Ctrl-C is listened to before any work is done.
                biased;
                () = interrupted() => None,
                ended = work => Some(ended),
            }
        })
    }

    /// Ends what still runs, so that it takes its unfinished files away; after [`GRACE`] nobody waits for it.
    pub(crate) fn stop(self) {
        self.runtime.shutdown_timeout(GRACE);
    }
}

/// What the thread that waits is told.
enum News<T> {
    Ended(Option<T>),
    Interrupted,
}

/// The status and the words of an interrupted run.
pub(crate) fn interruption(message: &str) -> Failure {
    let mut failure = Failure::failed(message);
    failure.status = ExitStatus::Interrupted;
    failure
}

/// Ctrl-C, or what a scheduler sends before it kills.
async fn interrupted() {
    tokio::select! {
        () = asked_by_keyboard() => {}
        () = asked_by_scheduler() => {}
    }
}

async fn asked_by_keyboard() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler Ctrl-C ends the process by itself.
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn asked_by_scheduler() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminations) => {
            terminations.recv().await;
        }
        Err(_) => std::future::pending::<()>().await,
    }
}

#[cfg(not(unix))]
async fn asked_by_scheduler() {
    std::future::pending::<()>().await;
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail loudly, and one must panic"
)]
mod tests {
    use super::*;

    #[test]
    fn work_that_is_not_send_runs_to_its_end() {
        let ended = Workers::start(2).unwrap().run(|| async {
            let local = std::rc::Rc::new(7);
            tokio::task::yield_now().await;
            *local
        });
        assert_eq!(ended.unwrap(), Some(7));
    }

    #[test]
    fn a_panic_of_the_work_is_an_error() {
        let ended = Workers::start(1).unwrap().run(|| async {
            if true {
                panic!("planned")
            }
        });
        assert_eq!(ended.unwrap_err().message, "a worker stopped unexpectedly");
    }
}
