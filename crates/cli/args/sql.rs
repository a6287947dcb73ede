//! `groundline sql`

use clap::Args;

use crate::args::groups::{
    ClusterArgs, IdArgs, InputArgs, LimitArgs, ResourceArgs, ResultArgs, StorageArgs,
};
use crate::args::label_table::LabelTableArgs;
use crate::config::value::Layer;

/// Runs SQL statements over the tables captures, transforms, predictions, labels and latest_labels (the
/// last label of each key) of the given folders, merged, rejects, ledger and unmatched_labels of an
/// output folder, and any Parquet, CSV or JSON file. Without -c, -f and on a terminal it prompts; otherwise statements come from stdin.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
    groundline sql --captures datacapture -c \"select hour, count(*) from captures group by hour\"\n  \
    groundline sql --in merged -c \"select avg(label_value) from merged\" --output csv\n  \
    groundline sql preds.parquet -c \"select * from preds limit 5\"")]
pub(crate) struct SqlArgs {
    /// Files, globs or folders of Parquet, CSV or JSON; each is a table named like its file
    #[arg(value_name = "FILE", help_heading = "Input")]
    pub(crate) files: Vec<String>,

    /// A file as a table of this name; may be repeated
    #[arg(long = "file", value_name = "NAME=PATH", help_heading = "Input")]
    pub(crate) named_files: Vec<String>,

    /// Output folder of a merge, for the tables merged, rejects, ledger and unmatched_labels
    #[arg(long = "in", value_name = "OUT", help_heading = "Input")]
    output_folder: Option<String>,

    /// Statements to run; may be repeated, and hold several separated by `;`
    #[arg(
        long = "command",
        short = 'c',
        value_name = "SQL",
        help_heading = "Statements",
        conflicts_with = "script"
    )]
    pub(crate) commands: Vec<String>,

    /// File of statements to run
    #[arg(
        long = "script",
        short = 'f',
        value_name = "FILE",
        help_heading = "Statements"
    )]
    pub(crate) script: Option<String>,

    /// Read all of a remote store. Without it a statement that has no condition on `hour` for a table in S3 and its
    /// like stops, and says how much it would read; local folders are always read
    #[arg(long, help_heading = "Statements")]
    pub(crate) all: bool,

    /// List the statements that the product ships
    #[arg(long, help_heading = "Statements", conflicts_with_all = ["commands", "script", "show"])]
    pub(crate) list: bool,

    /// Print a shipped statement
    #[arg(long, value_name = "NAME", help_heading = "Statements", conflicts_with_all = ["commands", "script"])]
    pub(crate) show: Option<String>,

    /// Write the last statement's rows to a .parquet, .csv or .json file instead of stdout
    #[arg(long, value_name = "FILE", help_heading = "Result")]
    pub(crate) out: Option<String>,

    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    ids: IdArgs,
    #[command(flatten)]
    label_table: LabelTableArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    resources: ResourceArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    result: ResultArgs,
}

impl SqlArgs {
    /// The layer of the flags. `--out` is a file here and no setting.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("in", &self.output_folder);
        self.input.settings(&mut layer);
        self.ids.settings(&mut layer);
        self.label_table.settings(&mut layer);
        self.limits.settings(&mut layer);
        self.storage.settings(&mut layer);
        self.resources.settings(&mut layer);
        self.cluster.settings(&mut layer);
        self.result.settings(&mut layer);
        layer
    }
}
