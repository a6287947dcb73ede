//! `groundline monitor`

use clap::Args;

use crate::args::merge::MergeArgs;
use crate::args::quality::MeasuringArgs;
use crate::args::schedule::PublishArgs;
use crate::config::value::Layer;

/// Merges a window, measures it and holds it against constraints: what a model-quality schedule of SageMaker did for one
/// execution. Writes hour files as `merge` does, metrics to OUT/metrics, and SageMaker's statistics.json,
/// constraints.json and constraint_violations.json to OUT/runs/{endpoint}/monitor/yyyy/mm/dd/hh, by the end of the window.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline monitor --captures datacapture --labels ground-truth --out out \
                        --from 2026-11-01T00 --to 2026-11-02T00 --probability-attribute 0 \
                        --constraints baseline/constraints.json\n\n\
                        Exit status 3: a constraint is violated. Where hours failed too, 4."
)]
pub(crate) struct MonitorArgs {
    /// constraints.json of `groundline baseline`, or of SageMaker unchanged; statistics.json beside it gives the
    /// baseline's values
    #[arg(long, value_name = "FILE", help_heading = "Constraints")]
    constraints: Option<String>,

    /// Let the 95 % interval decide instead of the value: what straddles its threshold is no violation
    #[arg(long, help_heading = "Constraints")]
    pub(crate) honest: bool,

    /// Share of the predictions that must have a label; below it what is said is provisional [default: 0.95]
    #[arg(long, value_name = "0..1", help_heading = "Constraints")]
    min_coverage: Option<String>,

    /// How long after its end labels of a window are waited for [default: P7D]
    #[arg(long, value_name = "DURATION", help_heading = "Constraints")]
    max_age: Option<String>,

    /// Tell how late labels came, and propose StartTimeOffset, EndTimeOffset and label_horizon with the coverage of each
    #[arg(long, help_heading = "Result")]
    pub(crate) advise_offsets: bool,

    #[command(flatten)]
    publish: PublishArgs,
    #[command(flatten)]
    measuring: MeasuringArgs,
    #[command(flatten)]
    merge: MergeArgs,
}

impl MonitorArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = self.merge.layer();
        layer.text("constraints", &self.constraints);
        layer.text("min-coverage", &self.min_coverage);
        layer.text("max-age", &self.max_age);
        self.publish.settings(&mut layer);
        self.measuring.settings(&mut layer);
        layer
    }
}
