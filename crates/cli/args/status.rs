//! `groundline status`

use clap::Args;

use crate::args::backfill::PlanArgs;
use crate::args::merge::MergeArgs;
use crate::config::value::Layer;

/// Shows the state of every hour: done, missing, stale, label-stale, open or empty, for each model and endpoint. States
/// follow from what lies in the store and from the settings, which are given as for `backfill`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example: groundline status --last P30D --why")]
pub(crate) struct StatusArgs {
    /// List every hour that is not done, with the file or the setting that is the reason
    #[arg(long, help_heading = "Result")]
    pub(crate) why: bool,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    #[command(flatten)]
    merge: MergeArgs,
}

impl StatusArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = self.merge.layer();
        self.plan.settings(&mut layer);
        layer
    }
}
