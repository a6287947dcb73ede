//! `groundline gc`

use clap::Args;

use crate::args::groups::StorageArgs;
use crate::config::value::Layer;

/// Lists what killed runs left behind in an output: unfinished files and uploads, receipts without an hour file, label
/// listings that no receipt names. Removes it with --yes.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example: groundline gc --out s3://bucket/groundline --yes")]
pub(crate) struct GcArgs {
    /// Output to look at [default: the output of the configuration]
    #[arg(long, value_name = "DIR|URI")]
    out: Option<String>,

    /// Configuration whose [output] says where the output is [default: ./groundline.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    /// Leave alone what is younger: a run that goes on may still need it
    #[arg(long, value_name = "DURATION", default_value = "P1D")]
    pub(crate) older_than: String,

    /// Remove what is listed
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    storage: StorageArgs,

    /// Form of the result on stdout [default: table]
    #[arg(long, value_name = "FORM", value_parser = ["table", "json", "ndjson", "csv"])]
    output: Option<String>,

    /// Print only errors and warnings on stderr
    #[arg(long, short)]
    quiet: bool,
}

impl GcArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("out", &self.out);
        layer.text("config", &self.config);
        self.storage.settings(&mut layer);
        layer.text("output", &self.output);
        layer.switch("quiet", self.quiet);
        layer
    }
}
