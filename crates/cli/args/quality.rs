//! `groundline quality`, and the flags that it shares with `baseline` and `monitor`.

use clap::Args;
use groundline_engine::Every;

use crate::args::merge::MergeArgs;
use crate::config::value::Layer;

/// Measures a model: every metric of SageMaker's model quality, with 95 % intervals, and what SageMaker never had. Over
/// the hour files of a merge (--in), over captures and labels that are merged on the way, or over any Parquet, CSV or
/// JSON Lines with columns for prediction and label.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
    groundline quality --in merged --from 2026-11-01T00 --to 2026-11-08T00 --every day --by variant\n  \
    groundline quality --captures datacapture --labels ground-truth --all --probability-attribute 0\n  \
    groundline quality scores.parquet --probability-attribute p --ground-truth-attribute y --output json")]
pub(crate) struct QualityArgs {
    /// Parquet, CSV or JSON Lines (a file or a folder) to measure instead of hour files
    #[arg(value_name = "DATASET")]
    pub(crate) dataset: Option<String>,

    /// Output folder of a merge, whose hour files are measured [default: the output of the configuration]
    #[arg(long = "in", value_name = "OUT")]
    pub(crate) merged: Option<String>,

    #[command(flatten)]
    pub(crate) cuts: CutArgs,
    #[command(flatten)]
    pub(crate) measuring: MeasuringArgs,
    #[command(flatten)]
    pub(crate) table: DatasetArgs,
    #[command(flatten)]
    merge: MergeArgs,
}

/// Into which pieces rows are cut.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cuts")]
pub(crate) struct CutArgs {
    /// A column, or a SQL expression over the columns of the hour files, whose values are segments; `AS name` names it;
    /// may be repeated
    #[arg(long, value_name = "COLUMN|SQL")]
    pub(crate) by: Vec<String>,

    /// Measure each piece of the window by itself (UTC; weeks begin on Monday) [default: window]
    #[arg(long, value_name = "PIECE", value_parser = ["window", "hour", "day", "week"])]
    every: Option<String>,
}

impl CutArgs {
    pub(crate) fn every(&self) -> Every {
        match self.every.as_deref() {
            Some("hour") => Every::Hour,
            Some("day") => Every::Day,
            Some("week") => Every::Week,
            _ => Every::Window,
        }
    }
}

/// What is measured beside the shipped metrics, and how values become classes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Metrics")]
pub(crate) struct MeasuringArgs {
    /// Folder of SQL statements over `merged` that return `metric, value[, segment]`: metrics of your own
    /// [default: sql/metrics beside the configuration, if it is there]
    #[arg(long, value_name = "DIR")]
    metrics_dir: Option<String>,

    /// Names of the classes, in the order of a list of probabilities
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    class_names: Vec<String>,
}

impl MeasuringArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("metrics-dir", &self.metrics_dir);
        layer.list("class-names", &self.class_names);
    }
}

/// How a CSV is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Data set")]
pub(crate) struct DatasetArgs {
    /// The first row of a CSV has the names of the columns [default: unless one of them is a number]
    #[arg(long, overrides_with = "no_header")]
    header: bool,

    /// The first row of a CSV is data; its columns are 0, 1, … or _c0, _c1, …
    #[arg(long)]
    no_header: bool,
}

impl DatasetArgs {
    pub(crate) fn header(&self) -> Option<bool> {
        match (self.header, self.no_header) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

impl QualityArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = self.merge.layer();
        layer.text("in", &self.merged);
        self.measuring.settings(&mut layer);
        layer
    }
}
