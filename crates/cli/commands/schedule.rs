//! `groundline schedule`

mod list;
mod once;
mod service;
mod work;

pub(crate) use work::target_of;

use crate::args::schedule::{ScheduleArgs, ScheduleCommand};
use crate::exit::ExitStatus;
use crate::failure::Failure;

pub(crate) fn run(args: &ScheduleArgs) -> Result<ExitStatus, Failure> {
    match &args.command {
        ScheduleCommand::List(args) => list::list(args),
        ScheduleCommand::Next(args) => list::next(args),
        ScheduleCommand::RunOnce(args) => once::run(args),
        ScheduleCommand::Run(args) => service::run(args),
    }
}
