//! `groundline monitor`

use groundline_engine::{Every, QualitySource, QualityValues};
use groundline_monitor::Subject;
use groundline_quality::Constraints;
use groundline_report::{baseline_values, read_constraints};

use crate::args::monitor::MonitorArgs;
use crate::commands::execution::{Executions, Monitored, execute};
use crate::commands::measured::Measuring;
use crate::commands::merge::{accepting, merged_status, now};
use crate::config::glob;
use crate::config::layers::Layers;
use crate::config::publishing::{publishing, tell};
use crate::config::quality::values;
use crate::config::run::merge_options;
use crate::config::select::{Selected, select};
use crate::config::target::target;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::quality::strangers;
use crate::output::{Form, monitor as shown, summary};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

/// Longest file of statistics; of constraints the reader has a limit of its own.
const LONGEST: u64 = 64 << 20;

pub(crate) fn run(args: &MonitorArgs) -> Result<ExitStatus, Failure> {
    accepting(args.layer(), |layers, printer| {
        attempt(args, layers, printer)
    })
}

fn attempt(args: &MonitorArgs, layers: &Layers, printer: Printer) -> Result<ExitStatus, Failure> {
    let settings = layers.common();
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let options = merge_options(layers, now(), None)?;
    let measuring = Measuring::new(layers, Every::Window, Vec::new())?;
    let selected = select(layers)?;
    let models: Vec<Monitored> = selected
        .iter()
        .map(|model| monitored(layers, model, &measuring, &options.out, args.honest))
        .collect::<Result<_, _>>()?;
    let workers = Workers::start(measuring.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let advising = args.advise_offsets;
    let done =
        workers.run(move || async move { execute(&options, models, advising, progress).await });
    drop(reporter);
    let executions = done?.ok_or_else(|| {
        interruption("interrupted; hour files that were complete stay")
            .hint("the same command goes over the window again")
    })??;
    summary::merge(&executions.merged, printer);
    let mut out = Stdout::open();
    shown::executions(&executions.done, form, &mut out)?;
    out.flush()?;
    let mut unpublished = false;
    for told in &executions.done {
        let execution = &told.run;
        unpublished |= !tell(&told.published, printer);
        if let Some((label, prediction)) = strangers(&execution.group.measured) {
            printer.warn(&format!(
                "{}: no label is ever predicted: labels are such as `{label}`, predictions such as `{prediction}`",
                execution.model
            ));
            printer.hint("--class-names names the classes of a list of probabilities");
        }
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
    match status(executions, printer)? {
        ExitStatus::Clean | ExitStatus::Violations if unpublished => Ok(ExitStatus::Part),
        status => Ok(status),
    }
}

/// What is missing may hold a violation, so it goes first: a model that failed, then hours that did, then violations.
fn status(executions: Executions, printer: Printer) -> Result<ExitStatus, Failure> {
    let violated = executions.done.iter().any(|told| told.run.violations() > 0);
    let measured = !executions.done.is_empty();
    let mut worst = ExitStatus::Clean;
    for (model, failure) in executions.failed {
        // Of several models, one may have nothing to measure.
        let empty = failure.status == ExitStatus::NoInput && measured;
        match empty {
            true => printer.warn(&format!("{model}: {}", failure.message)),
            false => {
                let failure = failure.while_doing(format!("{model} was not measured"));
                worst = failure.status;
                printer.failure(&failure);
            }
        }
    }
    if worst != ExitStatus::Clean {
        return Ok(worst);
    }
    match merged_status(&executions.merged)? {
        ExitStatus::Clean if violated => Ok(ExitStatus::Violations),
        status => Ok(status),
    }
}

/// A model and its constraints, from the settings.
pub(crate) fn monitored(
    layers: &Layers,
    model: &Selected<'_>,
    measuring: &Measuring,
    out: &str,
    honest: bool,
) -> Result<Monitored, Failure> {
    let settings = &model.settings;
    let mut values = values(settings)?;
    let file = settings.text("constraints").filter(|file| !file.is_empty());
    let constraints = file
        .map(|file| constraints(&file, &mut values))
        .transpose()?;
    let flags = match &layers.file {
        Some(file) if layers.has_models() => format!(" --config {}", file.path),
        _ => {
            let problem_type = values.problem_type.map(|kind| kind.as_str());
            let kind = problem_type.map(|kind| format!(" --problem-type {kind}"));
            let names = values.class_names.join(",");
            let names = (!names.is_empty()).then(|| format!(" --class-names '{names}'"));
            kind.unwrap_or_default() + &names.unwrap_or_default()
        }
    };
    Ok(Monitored {
        target: target(settings)?,
        publishing: publishing(settings)?,
        shares_endpoints: shares_endpoints(layers, model)?,
        flags,
        subject: Subject {
            model: model.name.clone(),
            measuring: measuring.options(
                QualitySource::Merged {
                    out: out.to_owned(),
                    model: model.name.clone(),
                    endpoints: model.endpoints.clone(),
                    variants: model.variants.clone(),
                },
                values,
                None,
            ),
            constraints,
            honest,
        },
    })
}

/// Whether another model of the configuration may have predictions of the same endpoints.
fn shares_endpoints(layers: &Layers, model: &Selected<'_>) -> Result<bool, Failure> {
    let captures = model.settings.text("captures");
    for other in layers.models() {
        let is_other = other.text("model").as_deref() != Some(model.name.as_str());
        if !is_other || captures.is_none() || other.text("captures") != captures {
            continue;
        }
        let endpoints = other.checked_list("endpoint", |_| Ok(()))?;
        let both = glob::both(&endpoints, &model.endpoints).map_err(Failure::usage)?;
        if both.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads a file of constraints, and the baseline's values from the statistics beside it.
pub(crate) fn constraints(file: &str, values: &mut QualityValues) -> Result<Constraints, Failure> {
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
