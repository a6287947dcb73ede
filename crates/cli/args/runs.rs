//! `groundline runs`

use clap::{Args, Subcommand};

use crate::args::groups::StorageArgs;
use crate::config::value::Layer;

/// Shows what executions of schedules, and of `monitor`, said.
#[derive(Args, Debug)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List executions, oldest first
    List(ListArgs),
    /// Show one execution: its constraints, and what labels that came later changed
    Show(ShowArgs),
    /// Show two executions side by side
    Diff(DiffArgs),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct RecordArgs {
    /// Output that holds the executions [default: the output of the configuration]
    #[arg(long, value_name = "DIR|URI")]
    out: Option<String>,

    /// Configuration whose [output] says where the output is [default: ./groundline.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    /// Only of this model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    #[command(flatten)]
    storage: StorageArgs,

    /// Form of the result on stdout [default: table]
    #[arg(long, value_name = "FORM", value_parser = ["table", "json", "ndjson", "csv"])]
    output: Option<String>,
}

impl RecordArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("out", &self.out);
        layer.text("config", &self.config);
        self.storage.settings(&mut layer);
        layer.text("output", &self.output);
        layer
    }
}

#[derive(Args, Clone, Debug)]
#[command(after_help = "Example: groundline runs list --state CompletedWithViolations --most 20")]
pub(crate) struct ListArgs {
    /// Only of this schedule
    #[arg(long, value_name = "NAME")]
    pub(crate) schedule: Option<String>,

    /// Only those that ended so
    #[arg(long, value_name = "STATE", value_parser = ["Completed", "CompletedWithViolations", "Failed", "Stopped"])]
    pub(crate) state: Option<String>,

    /// Only those whose labels are still waited for
    #[arg(long)]
    pub(crate) provisional: bool,

    /// Only those that were scheduled from this hour on, UTC
    #[arg(long, value_name = "yyyy-mm-ddThh")]
    pub(crate) since: Option<String>,

    /// Only the last so many
    #[arg(long, value_name = "N")]
    pub(crate) most: Option<usize>,

    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

#[derive(Args, Clone, Debug)]
#[command(after_help = "Example: groundline runs show churn-hourly@2026-11-01T13")]
pub(crate) struct ShowArgs {
    /// SCHEDULE@yyyy-mm-ddThh, as `runs list` prints it
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline runs diff churn-hourly@2026-11-01T13 churn-hourly@2026-11-08T13"
)]
pub(crate) struct DiffArgs {
    /// SCHEDULE@yyyy-mm-ddThh
    #[arg(value_name = "A")]
    pub(crate) a: String,

    /// SCHEDULE@yyyy-mm-ddThh
    #[arg(value_name = "B")]
    pub(crate) b: String,

    #[command(flatten)]
    pub(crate) record: RecordArgs,
}
