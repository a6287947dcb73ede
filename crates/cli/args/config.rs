//! `groundline config`

use clap::{Args, Subcommand};

use crate::args::merge::MergeArgs;

#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// List every setting, its value, and whether a flag, the environment, the file or the default says so
    Show(Box<MergeArgs>),
}
