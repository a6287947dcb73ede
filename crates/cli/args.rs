//! The command line: one file per subcommand, and the groups of flags that several share.

pub(crate) mod backfill;
pub(crate) mod baseline;
pub(crate) mod config;
pub(crate) mod container;
pub(crate) mod ddl;
pub(crate) mod explain_id;
pub(crate) mod gc;
pub(crate) mod groups;
pub(crate) mod init;
pub(crate) mod label_table;
pub(crate) mod labels;
pub(crate) mod merge;
pub(crate) mod monitor;
pub(crate) mod quality;
pub(crate) mod report;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod sql;
pub(crate) mod status;
pub(crate) mod synth;
pub(crate) mod unmatched;

use clap::{Parser, Subcommand};

/// Where predictions meet ground truth: joins SageMaker's captures and transforms with their labels.
#[derive(Debug, Parser)]
#[command(
    name = "groundline",
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 clean, 1 failed, 2 usage or configuration, 3 violations, 4 done in \
                  part, 5 no input in the window, 130 interrupted."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at a bucket: what is there, how labels match, and a groundline.toml to begin with
    Init(init::InitArgs),
    /// Join predictions with labels: one Parquet file per hour, every record accounted for
    Merge(Box<merge::MergeArgs>),
    /// Write what is missing, stale or label-stale of a window, and nothing else
    Backfill(Box<backfill::BackfillArgs>),
    /// Show the state of every hour, and why it is so
    Status(Box<status::StatusArgs>),
    /// Measure a model: every metric with its interval, over merged hours or any table
    Quality(Box<quality::QualityArgs>),
    /// Measure a data set where the model is good, and write the constraints that later windows must keep
    Baseline(Box<baseline::BaselineArgs>),
    /// Merge a window, measure it and check its constraints
    Monitor(Box<monitor::MonitorArgs>),
    /// Run schedules: each window measured at its time, and restated when its labels have come
    Schedule(schedule::ScheduleArgs),
    /// Show what executions said
    Runs(runs::RunsArgs),
    /// Write one page about a model: verdict, metrics over time, curves, labels, segments, records
    Report(Box<report::ReportArgs>),
    /// Ask captures, transforms, labels, merged hours and your own files with SQL
    Sql(Box<sql::SqlArgs>),
    /// Tell why labels matched nothing, and what to do about it
    Unmatched(unmatched::UnmatchedArgs),
    /// Say where one id stands, file and line, and what a merge makes of it
    ExplainId(Box<explain_id::ExplainIdArgs>),
    /// Print what reads the output in DuckDB, Polars, pandas, Athena or Spark
    Ddl(ddl::DdlArgs),
    /// Write a model's labels as ground truth in SageMaker's layout
    Labels(labels::LabelsArgs),
    /// Make sample captures, transforms and labels, with the truth that a merge must find
    Synth(synth::SynthArgs),
    /// List what killed runs left behind in an output, and remove it
    Gc(gc::GcArgs),
    /// Run in place of the merger and the analyzer of SageMaker's model-quality monitor
    Container(container::ContainerArgs),
    /// Show the settings and where each comes from
    Config(config::ConfigArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
