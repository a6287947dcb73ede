//! `groundline schedule`

use clap::{Args, Subcommand};

use crate::args::groups::{ResourceArgs, ResultArgs, StorageArgs};
use crate::config::value::Layer;

/// Runs the [[schedule]] entries of a configuration: each measures its window as SageMaker's monitoring schedules did,
/// records what it found, and measures earlier windows again whose labels have come.
#[derive(Args, Debug)]
pub(crate) struct ScheduleArgs {
    #[command(subcommand)]
    pub(crate) command: ScheduleCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// List the schedules: when each runs next, over which hours, and how its last execution ended
    List(ListArgs),
    /// Show the next times of the schedules, and the hours of each
    Next(NextArgs),
    /// Run a schedule once: for cron, Airflow, Step Functions and everything else that can start a command
    RunOnce(Box<RunOnceArgs>),
    /// Run the schedules in the foreground, each at its times, until Ctrl-C or SIGTERM
    Run(Box<RunArgs>),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct CommonArgs {
    /// Configuration with [[schedule]] and [[model]] entries [default: ./groundline.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    #[command(flatten)]
    machine: ResourceArgs,
    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    result: ResultArgs,
}

impl CommonArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("config", &self.config);
        self.machine.settings(&mut layer);
        self.storage.settings(&mut layer);
        self.result.settings(&mut layer);
        layer
    }
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args, Clone, Debug)]
#[command(after_help = "Example: groundline schedule next 5 --at 2026-11-01T00")]
pub(crate) struct NextArgs {
    /// How many times of each schedule
    #[arg(value_name = "N", default_value_t = 1)]
    pub(crate) count: u16,

    /// Only this schedule
    #[arg(long, value_name = "NAME")]
    pub(crate) schedule: Option<String>,

    /// After this time [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline schedule run-once churn-hourly --at 2026-11-01T13\n\n\
        The run is that of the schedule's last time up to --at. It sees the label folders that had begun before that \
        time, so it says the same whenever it runs. Exit status 3: a constraint is violated."
)]
pub(crate) struct RunOnceArgs {
    /// Name of the schedule
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// The time at which it is asked to run, UTC [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// Run it again though it was restated with labels that came later
    #[arg(long)]
    pub(crate) again: bool,

    /// Say which hours the run would cover, and whether CloudWatch would take points of its time
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    publish: PublishArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
        groundline schedule run\n  \
        groundline schedule run churn-hourly --from 2026-10-01T00 --until 2026-11-01T00\n\n\
        With --until it runs every time from --from up to that one, without waiting, and ends: what a schedule would \
        have said of a month that is over. Times that are recorded already are left alone.")]
pub(crate) struct RunArgs {
    /// Only these schedules
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// First time, UTC [default: after the last recorded execution, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,

    /// Last time, UTC [default: none, the service goes on]
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// What becomes of times that were missed: `all` are made up for, only the `latest`, or `none` [default: all, or as
    /// the schedule says]
    #[arg(long, value_name = "POLICY", value_parser = ["all", "latest", "none"])]
    pub(crate) catch_up: Option<String>,

    /// How long after its time a run begins: captures lag [default: PT15M]
    #[arg(long, value_name = "DURATION")]
    settle: Option<String>,

    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    publish: PublishArgs,
    #[command(flatten)]
    common: CommonArgs,
}

impl RunArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = self.common.layer();
        layer.text("settle", &self.settle);
        self.target.settings(&mut layer);
        self.publish.settings(&mut layer);
        layer
    }
}

impl RunOnceArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = self.common.layer();
        self.target.settings(&mut layer);
        self.publish.settings(&mut layer);
        layer
    }
}

/// When the labels of a window count as in.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Labels")]
pub(crate) struct TargetArgs {
    /// Share of the predictions that must have a label; below it what is said is provisional [default: 0.95]
    #[arg(long, value_name = "0..1")]
    min_coverage: Option<String>,

    /// How long after its end labels of a window are waited for [default: P7D]
    #[arg(long, value_name = "DURATION")]
    max_age: Option<String>,

    /// Rise of the coverage from which a window that still waits is measured again [default: 0.05]
    #[arg(long, value_name = "0..1")]
    restate_step: Option<String>,
}

impl TargetArgs {
    fn settings(&self, layer: &mut Layer) {
        layer.text("min-coverage", &self.min_coverage);
        layer.text("max-age", &self.max_age);
        layer.text("restate-step", &self.restate_step);
    }
}

/// Where metrics go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Publish")]
pub(crate) struct PublishArgs {
    /// Publish metrics to these: cloudwatch, cloudwatch-file, openmetrics [default: none, or as the configuration says]
    #[arg(long, value_name = "TO", value_delimiter = ',')]
    publish: Vec<String>,

    /// Time of the points: the `window`'s start, or the `run`'s time, for alarms that do not look days back
    /// [default: window]
    #[arg(long, value_name = "WHICH", value_parser = ["window", "run"])]
    publish_timestamp: Option<String>,

    /// Publish every metric, those of single classes and your own too, and not only SageMaker's
    #[arg(long)]
    publish_all: bool,

    /// Publish restated windows again
    #[arg(long)]
    publish_restated: bool,

    /// Namespace of CloudWatch [default: SageMaker's]
    #[arg(long, value_name = "NAMESPACE")]
    cloudwatch_namespace: Option<String>,

    /// Another service that takes PutMetricData
    #[arg(long, value_name = "URL")]
    cloudwatch_endpoint_url: Option<String>,

    /// Where cloudwatch-file writes [default: cloudwatch_metrics.jsonl beside the execution's files]
    #[arg(long, value_name = "FILE")]
    cloudwatch_file: Option<String>,

    /// Where openmetrics writes [default: metrics.om beside the execution's files]
    #[arg(long, value_name = "FILE")]
    openmetrics_file: Option<String>,
}

impl PublishArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.list("publish", &self.publish);
        layer.text("publish-timestamp", &self.publish_timestamp);
        layer.switch("publish-all", self.publish_all);
        layer.switch("publish-restated", self.publish_restated);
        layer.text("cloudwatch-namespace", &self.cloudwatch_namespace);
        layer.text("cloudwatch-endpoint-url", &self.cloudwatch_endpoint_url);
        layer.text("cloudwatch-file", &self.cloudwatch_file);
        layer.text("openmetrics-file", &self.openmetrics_file);
    }
}
