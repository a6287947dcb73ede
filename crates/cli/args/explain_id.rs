//! `groundline explain-id`

use clap::Args;

use crate::args::groups::{
    IdArgs, InputArgs, JoinArgs, LimitArgs, ResourceArgs, ResultArgs, StorageArgs, WindowArgs,
};
use crate::args::label_table::LabelTableArgs;
use crate::config::value::Layer;

/// Looks for one id in the predictions and labels of a model, and says for every record that has it where it stands
/// (file:line) and what a merge makes of it. Ids that differ in case, blanks or quotes are found too, and those of
/// endpoints that the model leaves out. Without --from and --to all hours are searched.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline explain-id order-7 --captures datacapture --labels ground-truth"
)]
pub(crate) struct ExplainIdArgs {
    /// An inference id, an event id, or the id of a label
    #[arg(value_name = "ID", allow_hyphen_values = true)]
    pub(crate) id: String,

    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    ids: IdArgs,
    #[command(flatten)]
    label_table: LabelTableArgs,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    join: JoinArgs,
    /// Where the label is in a label record [default: the whole record]
    #[arg(
        long,
        value_name = "SELECTOR",
        allow_hyphen_values = true,
        help_heading = "Values"
    )]
    ground_truth_attribute: Option<String>,

    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    resources: ResourceArgs,
    #[command(flatten)]
    result: ResultArgs,
}

impl ExplainIdArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        self.input.settings(&mut layer);
        self.ids.settings(&mut layer);
        self.label_table.settings(&mut layer);
        self.window.settings(&mut layer);
        self.join.settings(&mut layer);
        layer.text("ground-truth-attribute", &self.ground_truth_attribute);
        self.limits.settings(&mut layer);
        self.storage.settings(&mut layer);
        self.resources.settings(&mut layer);
        self.result.settings(&mut layer);
        layer
    }
}
