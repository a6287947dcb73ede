//! `groundline init`

use clap::{Args, ValueEnum};

use crate::args::groups::StorageArgs;
use crate::config::value::Layer;

/// Looks at captures, transforms and labels, says what is there, how labels find predictions and what a
/// configuration should say, and writes it with the reasons as comments. Reads a few hundred records and the ids of
/// a few hours, never the whole bucket, and changes nothing there.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline init --captures datacapture --labels ground-truth && \
                        groundline merge --config groundline.toml"
)]
pub(crate) struct InitArgs {
    /// Endpoint data capture: the prefix above {endpoint}/{variant}/yyyy/mm/dd/hh, or a folder inside
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    captures: Option<String>,

    /// Batch transform: the data-capture prefix above output/yyyy/mm/dd/hh, or a folder of outputs
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    transforms: Option<String>,

    /// Where the objects that a manifest names are on this machine; what is not given is searched for
    #[arg(long, value_name = "s3://BUCKET/PREFIX=DIR", help_heading = "Input")]
    map: Vec<String>,

    /// Hour of transform outputs that neither a manifest, a path nor a record places
    #[arg(long, value_name = "yyyy-mm-ddThh", help_heading = "Input")]
    transform_hour: Option<String>,

    /// Ground truth: the prefix above yyyy/mm/dd/hh; or a folder, file or glob of Parquet, CSV or JSON Lines
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    labels: Option<String>,

    #[command(flatten)]
    storage: StorageArgs,

    /// Folder that the merge will write to [default: out]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<String>,

    /// Configuration to write [default: groundline.toml]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    config: Option<String>,

    /// Replace the configuration if there is one
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,

    /// Never ask; without a terminal nothing is asked anyway
    #[arg(long, short, help_heading = "Output")]
    pub(crate) yes: bool,

    /// Form of the result on stdout
    #[arg(long, value_enum, default_value = "table", help_heading = "Result")]
    pub(crate) output: InitOutput,

    /// Print only errors and warnings on stderr
    #[arg(long, short, help_heading = "Result")]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InitOutput {
    Table,
    Json,
}

impl InitArgs {
    /// The flags that are settings of a merge too.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("captures", &self.captures);
        layer.text("transforms", &self.transforms);
        layer.list("map", &self.map);
        layer.text("transform-hour", &self.transform_hour);
        layer.text("labels", &self.labels);
        layer.text("out", &self.out);
        layer.text("config", &self.config);
        self.storage.settings(&mut layer);
        layer
    }
}
