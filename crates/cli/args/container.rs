//! `groundline container`

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Stands in for the containers of SageMaker's model-quality monitor: takes their environment variables and paths, writes
/// their files and their exit message. What the contract does not say (memory, rejects, the positive class, own metrics)
/// are the variables GROUNDLINE_* of the same names as flags elsewhere. docs/switching.md has the request of a job.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Exit status: 0, also with violations, which the exit message tells; anything else fails the job."
)]
pub(crate) struct ContainerArgs {
    #[command(subcommand)]
    pub(crate) job: Job,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Job {
    /// Join the captures of `dataset_source` with the labels of `ground_truth_source` into `output_path`
    Merge(JobArgs),
    /// Measure `dataset_source` by `problem_type` and `dataset_format`, against `baseline_constraints` if they are given
    Analyze(JobArgs),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct JobArgs {
    /// Stands for /opt/ml, where the exit message goes
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) opt_ml: Option<PathBuf>,
}
