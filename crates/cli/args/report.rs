//! `groundline report`

use clap::Args;
use groundline_engine::Every;

use crate::args::groups::{ResourceArgs, StorageArgs};
use crate::args::quality::MeasuringArgs;
use crate::config::value::Layer;
use crate::exit::Accepted;

/// Writes one page about a model: its verdict and violations, every metric over time and over the whole window, curves,
/// label coverage and delay, segments, executions, and what became of every record. One HTML file, without script or
/// network; or Markdown.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
    groundline report --in merged\n  \
    groundline report --in merged --model churn --last P7D --compare previous --by variant -o churn.html\n  \
    groundline report --format markdown >> \"$GITHUB_STEP_SUMMARY\"\n\n\
    The course of time is that of the executions of a schedule; where there are none, or with --every, it is measured \
    from the hour files.")]
pub(crate) struct ReportArgs {
    /// Output folder of merges, backfills or schedules [default: the output of the configuration]
    #[arg(long = "in", value_name = "OUT")]
    output_folder: Option<String>,

    /// Configuration whose model says how values are read [default: ./groundline.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    /// The model [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// File to write, or - for stdout [default: report.html; stdout for markdown]
    #[arg(long = "write", short = 'o', value_name = "FILE")]
    pub(crate) file: Option<String>,

    /// What to write
    #[arg(long, value_name = "FORM", value_parser = ["html", "markdown"], default_value = "html")]
    pub(crate) format: String,

    /// First hour of predictions, UTC [default: the first there is, and no more than 31 days before the last]
    #[arg(long, value_name = "yyyy-mm-ddThh", help_heading = "Window")]
    from: Option<String>,

    /// First hour of predictions that is left out, UTC
    #[arg(long, value_name = "yyyy-mm-ddThh", help_heading = "Window")]
    to: Option<String>,

    /// The hours of so long until now, such as P30D
    #[arg(long, value_name = "DURATION", help_heading = "Window")]
    last: Option<String>,

    /// Every hour there is
    #[arg(long, help_heading = "Window")]
    all: bool,

    /// Another period beside it: `previous`, which is as long and just before, or FROM..TO
    #[arg(
        long,
        value_name = "previous|FROM..TO",
        help_heading = "Window",
        allow_hyphen_values = true
    )]
    pub(crate) compare: Option<String>,

    /// Whose executions are shown [default: the schedule that has most of them in the window]
    #[arg(long, value_name = "NAME", help_heading = "Course of time")]
    pub(crate) schedule: Option<String>,

    /// Measure the course of time from the hour files, in such pieces [default: executions; without any hour up to 3
    /// days, day up to 92 days, else week]
    #[arg(long, value_name = "PIECE", value_parser = ["hour", "day", "week"], help_heading = "Course of time")]
    every: Option<String>,

    /// A column, or a SQL expression over the columns of the hour files, whose segments are ranked by damage; `AS name`
    /// names it; repeated, each is a ranking of its own
    #[arg(long, value_name = "COLUMN|SQL", help_heading = "Metrics")]
    pub(crate) by: Vec<String>,

    /// Hold the whole window against this constraints.json [default: the verdict of the last execution; without any the
    /// constraints of the configuration]
    #[arg(long, value_name = "FILE", help_heading = "Metrics")]
    constraints: Option<String>,

    /// Kind of problem [default: that of the configuration, the executions or the constraints, else
    /// BinaryClassification with a probability]
    #[arg(long, value_name = "TYPE", help_heading = "Metrics",
        value_parser = ["BinaryClassification", "MulticlassClassification", "Regression"])]
    problem_type: Option<String>,

    /// Name of the positive class [default: 1]
    #[arg(
        long,
        value_name = "CLASS",
        allow_hyphen_values = true,
        help_heading = "Metrics"
    )]
    positive_class: Option<String>,

    /// Name of the negative class [default: 0]
    #[arg(
        long,
        value_name = "CLASS",
        allow_hyphen_values = true,
        help_heading = "Metrics"
    )]
    negative_class: Option<String>,

    /// `auto` makes "1", 1 and 1.0 one class, `string` compares the text [default: auto]
    #[arg(long, value_name = "TYPE", value_parser = ["auto", "string"], help_heading = "Metrics")]
    label_type: Option<String>,

    /// How many values may be none (a label of no class, a probability outside 0 to 1) [default: 0]
    #[arg(long, value_name = "N|P%", help_heading = "Metrics")]
    max_rejects: Option<String>,

    #[command(flatten)]
    measuring: MeasuringArgs,

    /// Exit with status 3 if the verdict has a violation, as `monitor` does
    #[arg(long, help_heading = "Result")]
    pub(crate) fail_on_violations: bool,

    /// Outcomes that count as success: `violations`, `no-input`
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "OUTCOME",
        help_heading = "Result"
    )]
    ok: Vec<Accepted>,

    /// Print only errors and warnings on stderr
    #[arg(long, short, help_heading = "Result")]
    quiet: bool,

    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    resources: ResourceArgs,
}

impl ReportArgs {
    pub(crate) fn every(&self) -> Option<Every> {
        Some(match self.every.as_deref()? {
            "hour" => Every::Hour,
            "day" => Every::Day,
            _ => Every::Week,
        })
    }

    /// The layer of the flags. `--model` chooses what is there, and `--format` is no setting of hour files.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("in", &self.output_folder);
        layer.text("config", &self.config);
        layer.text("from", &self.from);
        layer.text("to", &self.to);
        layer.text("last", &self.last);
        layer.switch("all", self.all);
        layer.text("constraints", &self.constraints);
        layer.text("problem-type", &self.problem_type);
        layer.text("positive-class", &self.positive_class);
        layer.text("negative-class", &self.negative_class);
        layer.text("label-type", &self.label_type);
        layer.text("max-rejects", &self.max_rejects);
        self.measuring.settings(&mut layer);
        let ok: Vec<String> = self.ok.iter().map(|ok| ok.name().to_owned()).collect();
        layer.list("ok", &ok);
        layer.switch("quiet", self.quiet);
        self.storage.settings(&mut layer);
        self.resources.settings(&mut layer);
        layer
    }
}
