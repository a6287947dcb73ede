//! `groundline labels`

use clap::{Args, Subcommand};

use crate::args::groups::{InputArgs, LimitArgs, ResourceArgs, ResultArgs, StorageArgs};
use crate::args::label_table::LabelTableArgs;
use crate::config::value::Layer;

#[derive(Args, Debug)]
pub(crate) struct LabelsArgs {
    #[command(subcommand)]
    pub(crate) command: LabelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabelsCommand {
    /// Write the labels of a model, wherever they come from, as ground truth below PREFIX/yyyy/mm/dd/hh
    Export(Box<ExportArgs>),
}

/// Writes one file an hour, groundline-MODEL.jsonl. A repeat writes what has changed and nothing else; an
/// hour that has no labels any more loses its file. Files of other names are left alone.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline labels export --label-files \"warehouse/*.parquet\" --label-id order_id \
                  --label-value churned --label-time labelled_at --to ground-truth"
)]
pub(crate) struct ExportArgs {
    /// Prefix to write to, above yyyy/mm/dd/hh
    #[arg(long, value_name = "PREFIX", help_heading = "Output")]
    pub(crate) to: String,

    /// First hour of labels, UTC [default: the first there is]
    #[arg(
        long,
        value_name = "yyyy-mm-ddThh",
        requires = "until",
        help_heading = "Window"
    )]
    pub(crate) from: Option<String>,

    /// First hour not to export, UTC
    #[arg(
        long,
        value_name = "yyyy-mm-ddThh",
        requires = "from",
        help_heading = "Window"
    )]
    pub(crate) until: Option<String>,

    /// How many labels that cannot be read are accepted [default: 0]
    #[arg(long, value_name = "N|P%", help_heading = "Rejects")]
    max_rejects: Option<String>,

    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    label_table: LabelTableArgs,
    /// Where ground truth holds the id that it is matched by: a field of eventMetadata (inferenceId), or a
    /// path from the top (meta.id) [default: eventId]
    #[arg(long, value_name = "FIELD", help_heading = "Input")]
    label_id_field: Option<String>,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    resources: ResourceArgs,
    #[command(flatten)]
    result: ResultArgs,
}

impl ExportArgs {
    /// The layer of the flags. `--from` and its end are hours of labels here, and no setting.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("max-rejects", &self.max_rejects);
        self.input.settings(&mut layer);
        self.label_table.settings(&mut layer);
        layer.text("label-id-field", &self.label_id_field);
        self.limits.settings(&mut layer);
        self.storage.settings(&mut layer);
        self.resources.settings(&mut layer);
        self.result.settings(&mut layer);
        layer
    }
}
