//! `groundline unmatched`

use clap::Args;

use crate::config::value::Layer;

/// Tells why labels matched nothing in the runs that wrote an output: for each reason how many, an example, the
/// prediction that it came nearest to, and what to do about it.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
    groundline unmatched --in merged\n  \
    groundline unmatched --in merged --reason spelled_differently --output csv")]
pub(crate) struct UnmatchedArgs {
    /// Output folder of a merge [default: the output of the configuration]
    #[arg(long = "in", value_name = "OUT")]
    output_folder: Option<String>,

    /// Configuration whose [output] says where the output is [default: ./groundline.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    /// Only this model [default: all]
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// List the labels of this reason instead
    #[arg(long, value_name = "REASON", value_parser = groundline_engine::unmatched_reasons().collect::<Vec<_>>())]
    pub(crate) reason: Option<String>,

    /// Form of the result on stdout [default: table]
    #[arg(long, value_name = "FORM", value_parser = ["table", "json", "ndjson", "csv"])]
    output: Option<String>,

    /// Print only errors and warnings on stderr
    #[arg(long, short)]
    quiet: bool,
}

impl UnmatchedArgs {
    /// The layer of the flags. `--model` selects rows here and no model of the configuration.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("in", &self.output_folder);
        layer.text("config", &self.config);
        layer.text("output", &self.output);
        layer.switch("quiet", self.quiet);
        layer
    }
}
