//! The `groundline` binary: arguments, settings, progress and exit status around the engine.
//!
//! Results go to stdout and everything else to stderr. Statuses are in [`exit`]; only this file turns
//! one into the process's own. A reader that stops early (`| head`) is no error.

mod amount;
mod args;
mod commands;
mod config;
mod ddl;
mod exit;
mod failure;
mod init;
mod output;
mod printer;
mod progress;
mod suggest;
mod whole_file;
mod workers;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::{Arguments, Command};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::printer::Printer;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let status = match Arguments::try_parse() {
        Ok(arguments) => run(&arguments.command).unwrap_or_else(|failure| {
            Printer::new(false).failure(&failure);
            failure.status
        }),
        Err(error) => {
            // Help and version are results, everything else is a usage error; clap picks the stream.
            // A closed pipe loses text that nobody reads.
            let _ = error.print();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitStatus::Clean,
                _ => ExitStatus::Usage,
            }
        }
    };
    ExitCode::from(status.code())
}

fn run(command: &Command) -> Result<ExitStatus, Failure> {
    match command {
        Command::Init(args) => commands::init::run(args),
        Command::Merge(args) => commands::merge::run(args),
        Command::Backfill(args) => commands::backfill::run(args),
        Command::Status(args) => commands::status::run(args),
        Command::Quality(args) => commands::quality::run(args),
        Command::Baseline(args) => commands::baseline::run(args),
        Command::Monitor(args) => commands::monitor::run(args),
        Command::Schedule(args) => commands::schedule::run(args),
        Command::Runs(args) => commands::runs::run(args),
        Command::Report(args) => commands::report::run(args),
        Command::Sql(args) => commands::sql::run(args),
        Command::Unmatched(args) => commands::unmatched::run(args),
        Command::ExplainId(args) => commands::explain_id::run(args),
        Command::Ddl(args) => commands::ddl::run(args),
        Command::Labels(args) => commands::labels::run(args),
        Command::Synth(args) => commands::synth::run(args),
        Command::Gc(args) => commands::gc::run(args),
        Command::Container(args) => commands::container::run(args),
        Command::Config(args) => commands::config::run(args),
    }
}
