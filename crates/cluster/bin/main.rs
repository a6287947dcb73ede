//! The nodes of a cluster: `groundline-cluster scheduler` and `groundline-cluster executor`.

mod args;

use std::process::ExitCode;

use clap::Parser;
use groundline_cluster::{run_executor, run_scheduler};

use args::{Args, Node};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Plans of nested SQL are deep.
const STACK: usize = 16 << 20;

fn main() -> ExitCode {
    let args = Args::parse();
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(&args.log)).init();
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
                let options = scheduler.into_options();
                tokio::select! {
                    ended = run_scheduler(options, listening) => ended,
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

fn failed(error: &dyn std::error::Error) -> ExitCode {
    anstream::eprint!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        anstream::eprint!(": {error}");
        cause = error.source();
    }
    anstream::eprintln!();
    ExitCode::FAILURE
}
