//! `groundline baseline`

use clap::Args;

use crate::args::groups::{ResourceArgs, ResultArgs, StorageArgs, ValueArgs, WindowArgs};
use crate::args::quality::{DatasetArgs, MeasuringArgs};
use crate::config::value::Layer;

/// Measures a data set on which the model is known to be good, and writes what later windows are held against:
/// `statistics.json` and `constraints.json`, in SageMaker's shape.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
    groundline baseline validation.csv --problem-type BinaryClassification --inference-attribute prediction \
    --probability-attribute probability --ground-truth-attribute label --out baseline\n  \
    groundline baseline --in merged --model churn --from 2026-11-01T00 --to 2026-11-08T00 --margin ci --out baseline")]
pub(crate) struct BaselineArgs {
    /// Parquet, CSV or JSON Lines: a file or a folder
    #[arg(value_name = "DATASET")]
    pub(crate) dataset: Option<String>,

    /// Output folder of a merge, whose hour files are the baseline instead
    #[arg(long = "in", value_name = "OUT")]
    pub(crate) merged: Option<String>,

    /// Configuration whose model says how values are read [default: ./groundline.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    /// The model [default: the only one]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// Folder for statistics.json and constraints.json
    #[arg(long = "out", value_name = "DIR")]
    pub(crate) folder: String,

    /// Loosen the thresholds: by a share of each value (5%), or to the end of its 95 % interval (ci)
    /// [default: the value itself, as SageMaker has it]
    #[arg(long, value_name = "P%|ci")]
    pub(crate) margin: Option<String>,

    #[command(flatten)]
    pub(crate) table: DatasetArgs,
    #[command(flatten)]
    values: ValueArgs,
    #[command(flatten)]
    measuring: MeasuringArgs,
    #[command(flatten)]
    window: WindowArgs,

    /// How many values may be none (a label of no class, a probability outside 0 to 1) [default: 0]
    #[arg(long, value_name = "N|P%")]
    max_rejects: Option<String>,

    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    resources: ResourceArgs,
    #[command(flatten)]
    result: ResultArgs,
}

impl BaselineArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("in", &self.merged);
        layer.text("config", &self.config);
        layer.text("model", &self.model);
        layer.text("max-rejects", &self.max_rejects);
        self.values.settings(&mut layer);
        self.measuring.settings(&mut layer);
        self.window.settings(&mut layer);
        self.storage.settings(&mut layer);
        self.resources.settings(&mut layer);
        self.result.settings(&mut layer);
        layer
    }
}
