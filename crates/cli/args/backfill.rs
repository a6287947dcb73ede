//! `groundline backfill`

use std::path::PathBuf;

use clap::Args;

use crate::args::merge::MergeArgs;
use crate::config::value::Layer;

/// Writes what is missing, stale or label-stale of a window and leaves everything else alone. Each hour is complete in
/// itself, so a run that is stopped or killed leaves less to do and nothing wrong: the same command goes on. Late labels
/// are written into the hours that hold their keys, without reading captures again.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
        groundline backfill --last P30D\n  \
        groundline backfill --from 2026-05-01T00 --to 2026-11-01T00 --dry-run\n  \
        groundline backfill --from 2026-05-01T00 --to 2026-11-01T00 --shard 3/16\n\n\
        Exit status 4: some hours failed, the others are written. 130: stopped; the same command goes on.")]
pub(crate) struct BackfillArgs {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,

    /// Print the plan and write nothing
    #[arg(long, help_heading = "Plan")]
    pub(crate) dry_run: bool,

    /// Write the plan to a file, with the size and ETag of each input
    #[arg(long, value_name = "FILE", help_heading = "Plan")]
    pub(crate) plan_out: Option<PathBuf>,

    /// Do what the plan in a file says, and nothing if one of its inputs is not what it was
    #[arg(long, value_name = "FILE", help_heading = "Plan")]
    pub(crate) plan_in: Option<PathBuf>,

    /// Most hours under way at once [default: by threads and memory]
    #[arg(long, value_name = "N", help_heading = "Plan")]
    jobs: Option<String>,

    /// Stop at the first hour that fails
    #[arg(long, help_heading = "Plan")]
    pub(crate) fail_fast: bool,

    #[command(flatten)]
    merge: MergeArgs,
}

/// Which hours are looked at, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Plan")]
pub(crate) struct PlanArgs {
    /// Only this part of the window, of N equal ones: for array jobs
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,

    /// How long after its end an hour is left alone, because captures may still come [default: PT15M]
    #[arg(long, value_name = "DURATION")]
    settle: Option<String>,

    /// Open hours count as ended
    #[arg(long)]
    pub(crate) include_open: bool,

    /// Read every hour file and compare it with the sha256 of its receipt
    #[arg(long)]
    pub(crate) verify: bool,
}

impl PlanArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("shard", &self.shard);
        layer.text("settle", &self.settle);
    }
}

impl BackfillArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = self.merge.layer();
        self.plan.settings(&mut layer);
        layer.text("jobs", &self.jobs);
        layer
    }
}
