//! What the binary does: `groundline-cluster scheduler` and `groundline-cluster executor`.

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Node};
use crate::executor::run_executor;
use crate::failure::chain;
use crate::scheduler::run_scheduler;

/// Plans of nested SQL are deep.
const STACK: usize = 16 << 20;

/// Runs a node with these arguments, the program's name first, until it is stopped or fails.
pub fn command(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let log = match &args.log {
        Some(filter) => env_logger::Builder::new().parse_filters(filter).try_init(),
        None => {
            let environment = env_logger::Env::default().default_filter_or("warn");
            env_logger::Builder::from_env(environment).try_init()
        }
    };
    // Somebody else's logger does as well.
    let _ = log;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let ended = runtime.block_on(async {
        match args.node {
            Node::Scheduler(scheduler) => {
                let host = scheduler.external_host.clone();
                let listening = move |port| {
                    anstream::eprintln!("scheduler of groundline at df://{host}:{port}");
                };
                tokio::select! {
                    ended = run_scheduler(scheduler.into_options(), listening) => ended,
                    () = stopped() => Ok(()),
                }
            }
            Node::Executor(executor) => run_executor(executor.into_options()).await,
        }
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Ctrl-C, or SIGTERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn failed(error: &dyn Error) -> ExitCode {
    anstream::eprintln!("error: {}", chain(error));
    ExitCode::FAILURE
}
