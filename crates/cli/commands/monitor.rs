//! `groundline monitor`

use std::collections::BTreeSet;
use std::sync::Arc;

use groundline_engine::{
    Every, MergeOptions, MergeReport, ModelReport, Progress, QualityGroup, QualityReport,
    QualitySource, QualityValues, measure, merge, write_metrics,
};
use groundline_quality::{Check, Constraints, Figure, LEAST_ROWS, Margin, Outcome, check, suggest};
use groundline_report::{
    baseline_values, constraints_json, read_constraints, statistics_json, violations_json,
};
use groundline_store::Window;

use crate::args::monitor::MonitorArgs;
use crate::commands::measured::{Measuring, run_folder, write_files};
use crate::commands::merge::{merged_status, now};
use crate::commands::quality::run_window;
use crate::config::layers::Layers;
use crate::config::quality::values;
use crate::config::run::merge_options;
use crate::config::select::{Selected, select};
use crate::exit::{Accepted, ExitStatus};
use crate::failure::Failure;
use crate::output::{Form, monitor as shown, summary};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

/// SageMaker has the schedule's name in its paths; this is of runs without one.
const SCHEDULE: &str = "monitor";

/// Longest file of constraints or statistics.
const LONGEST: u64 = 64 << 20;

pub(crate) fn run(args: &MonitorArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let mut accepted = Vec::new();
    settings.checked_list("ok", |items| {
        for item in items {
            accepted.push(Accepted::parse(item)?);
        }
        Ok(())
    })?;
    let status = attempt(args, &layers, printer).unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.status
    });
    Ok(status.accepting(&accepted))
}

fn attempt(args: &MonitorArgs, layers: &Layers, printer: Printer) -> Result<ExitStatus, Failure> {
    let settings = layers.common();
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let options = merge_options(layers, now(), None)?;
    let measuring = Measuring::new(layers, Every::Window, Vec::new())?;
    let selected = select(layers)?;
    let models: Vec<Monitored> = selected
        .iter()
        .map(Monitored::of)
        .collect::<Result<_, _>>()?;
    let workers = Workers::start(measuring.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let honest = args.honest;
    let done = workers
        .run(move || async move { execute(&options, &measuring, models, honest, progress).await });
    drop(reporter);
    let (merged, executions) = done?.ok_or_else(|| {
        interruption("interrupted; hour files that were complete stay")
            .hint("the same command goes over the window again")
    })??;
    summary::merge(&merged, printer);
    let mut out = Stdout::open();
    shown::executions(&executions, form, &mut out)?;
    out.flush()?;
    for execution in &executions {
        if execution.checks.is_empty() {
            printer.warn(&format!(
                "{}: no constraints are given, so none is checked",
                execution.model
            ));
            printer.hint(
                "make them of data where the model is good with `groundline baseline`, and name them with --constraints",
            );
        }
    }
    // An hour that is missing may hold what a violation is made of, so it goes first.
    match merged_status(&merged)? {
        ExitStatus::Clean if executions.iter().any(|run| run.violations() > 0) => {
            Ok(ExitStatus::Violations)
        }
        status => Ok(status),
    }
}

/// A model and what it is held against.
struct Monitored {
    name: String,
    values: QualityValues,
    constraints: Option<Constraints>,
}

impl Monitored {
    fn of(model: &Selected<'_>) -> Result<Self, Failure> {
        let settings = &model.settings;
        let mut values = values(settings)?;
        let file = settings.text("constraints").filter(|file| !file.is_empty());
        let constraints = file
            .map(|file| constraints(&file, &mut values))
            .transpose()?;
        Ok(Self {
            name: model.name.clone(),
            values,
            constraints,
        })
    }
}

/// Reads a file of constraints, and the baseline's values from the statistics beside it.
fn constraints(file: &str, values: &mut QualityValues) -> Result<Constraints, Failure> {
    let text = read(file).map_err(|error| {
        Failure::usage(format!("cannot read the constraints `{file}`"))
            .because(&error)
            .hint("`groundline baseline` makes them")
    })?;
    let mut found = read_constraints(text.as_bytes(), values.problem_type)
        .map_err(|error| Failure::usage(format!("the constraints `{file}`: {error}")))?;
    // SageMaker's file says what kind of problem it is about.
    values.problem_type = Some(found.problem_type);
    let beside = std::path::Path::new(file).with_file_name("statistics.json");
    if let Ok(text) = read(&beside.display().to_string()) {
        let baseline = baseline_values(&text, found.problem_type);
        for constraint in &mut found.constraints {
            if constraint.baseline.is_none() {
                constraint.baseline = baseline.get(&constraint.metric).copied();
            }
        }
    }
    Ok(found)
}

fn read(file: &str) -> std::io::Result<String> {
    match std::fs::metadata(file)?.len() > LONGEST {
        true => Err(std::io::Error::other("it is larger than 64 MiB")),
        false => std::fs::read_to_string(file),
    }
}

/// One model's window, measured and checked.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) model: String,
    pub(crate) window: Window,
    pub(crate) as_of: i64,
    pub(crate) group: QualityGroup,
    pub(crate) checks: Vec<Check>,
    /// Whether the interval decides.
    pub(crate) honest: bool,
    /// Of the reason that most unmatched labels have: the reason, how many, and of how many.
    pub(crate) unmatched: Option<(String, u64, u64)>,
    /// Where it was written to: the output, and the folder of SageMaker's files below it.
    pub(crate) out: String,
    pub(crate) folder: String,
}

impl Execution {
    /// Whether a check counts as a violation.
    pub(crate) fn violates(&self, check: &Check) -> bool {
        match self.honest {
            true => check.outcome == Outcome::Violated,
            false => check.violated,
        }
    }

    pub(crate) fn violations(&self) -> usize {
        self.checks
            .iter()
            .filter(|check| self.violates(check))
            .count()
    }
}

async fn execute(
    options: &MergeOptions,
    measuring: &Measuring,
    models: Vec<Monitored>,
    honest: bool,
    progress: Arc<dyn Progress>,
) -> Result<(MergeReport, Vec<Execution>), Failure> {
    let merged = merge(options, progress).await?;
    let mut executions = Vec::new();
    for model in models {
        let of_model = merged
            .models
            .iter()
            .find(|report| report.model == model.name);
        let Some(report) = of_model else { continue };
        let written = report.hours.iter().any(|hour| hour.failure.is_none());
        let (true, Some(window)) = (written, options.window.or(run_window(report))) else {
            continue;
        };
        executions.push(one(options, measuring, model, report, window, honest).await?);
    }
    Ok((merged, executions))
}

async fn one(
    options: &MergeOptions,
    measuring: &Measuring,
    model: Monitored,
    merged: &ModelReport,
    window: Window,
    honest: bool,
) -> Result<Execution, Failure> {
    let out = options.out.clone();
    let source = QualitySource::Merged {
        out: out.clone(),
        model: model.name.clone(),
    };
    let measured = measure(&measuring.options(source, model.values, Some(window))).await?;
    write_metrics(&out, &measured, Every::Window, options.as_of_micros).await?;
    let QualityReport {
        problem_type,
        groups,
        ..
    } = measured;
    let group = groups
        .into_iter()
        .find(|group| group.segment.is_none())
        .ok_or_else(|| Failure::failed(format!("nothing of `{}` was measured", model.name)))?;
    let figures: Vec<Figure> = group.figures().cloned().collect();
    let checks = model.constraints.map_or_else(Vec::new, |constraints| {
        check(&constraints, &figures, LEAST_ROWS)
    });
    let execution = Execution {
        folder: run_folder(&endpoint(&model.name, merged), SCHEDULE, window.to),
        model: model.name,
        window,
        as_of: options.as_of_micros,
        group,
        checks,
        honest,
        unmatched: unmatched(merged),
        out,
    };
    let violations: Vec<Check> = execution
        .checks
        .iter()
        .filter(|check| execution.violates(check))
        .cloned()
        .collect();
    let suggested = suggest(problem_type, &figures, Margin::None);
    let files = vec![
        (
            "statistics.json",
            statistics_json(&execution.group.measured, problem_type),
        ),
        ("constraints.json", constraints_json(&suggested)),
        ("constraint_violations.json", violations_json(&violations)),
    ];
    write_files(&execution.out, &execution.folder, files).await?;
    Ok(execution)
}

/// The endpoint of the hours if there is one, else the model's name (design.md "Quality").
fn endpoint(model: &str, merged: &ModelReport) -> String {
    let endpoints: BTreeSet<&str> = merged
        .hours
        .iter()
        .map(|hour| hour.endpoint.as_str())
        .collect();
    match endpoints.into_iter().collect::<Vec<_>>().as_slice() {
        ["_batch"] => model.to_owned(),
        [one] => (*one).to_owned(),
        _ => model.to_owned(),
    }
}

fn unmatched(merged: &ModelReport) -> Option<(String, u64, u64)> {
    let all = merged.unmatched.iter().map(|group| group.count).sum();
    let top = merged.unmatched.iter().max_by_key(|group| group.count)?;
    Some((top.reason.clone(), top.count, all))
}
