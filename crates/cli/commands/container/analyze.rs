//! `groundline container analyze`

use groundline_engine::{Every, QualityReport, QualitySource};
use groundline_monitor::container::{
    AnalyzeJob, AnalyzeOptions, ContainerError, DatasetFormat, Environment, OptMl, analyze,
    completed,
};
use groundline_report::Point;
use groundline_report::cloudwatch::refused;

use crate::commands::measured::Measuring;
use crate::commands::merge::now;
use crate::config::layers::Layers;
use crate::config::quality::values;
use crate::config::run::merge_options;
use crate::config::value::Layer;
use crate::failure::Failure;
use crate::output::{Form, quality as shown, summary};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

/// Name of the model whose hour files the merged records become.
const NAME: &str = "monitor";

pub(super) fn run(
    environment: &Environment,
    opt_ml: &OptMl,
    printer: Printer,
) -> Result<(), Failure> {
    let job = AnalyzeJob::read(environment)
        .map_err(|error| super::with_request(ContainerError::from(error).into(), opt_ml))?;
    for note in &job.notes {
        printer.warn(note);
    }
    let layers = Layers::without_file(flags(&job))?;
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let measuring = Measuring::new(&layers, Every::Window, Vec::new())?;
    // The job says what is measured.
    let anything = QualitySource::Dataset(Default::default());
    let options = AnalyzeOptions {
        quality: measuring.options(anything, values(&layers.common())?, None),
        merge: match job.format {
            DatasetFormat::Merged => Some(merge_options(&layers, now(), Some(String::new()))?),
            _ => None,
        },
    };
    let request = opt_ml.request();
    let workers = Workers::start(measuring.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let done = workers
        .run(move || async move { analyze(&job, request.as_ref(), options, progress).await });
    drop(reporter);
    let done = done?.ok_or_else(|| interruption("interrupted"))??;
    if let Some(merged) = &done.merged {
        summary::merge(merged, printer);
    }
    let violations = done.violations();
    let reports = [done.quality];
    let mut out = Stdout::open();
    shown::reports(&reports, Form::Table, &mut out)?;
    for check in done.checks.iter().filter(|check| check.violated) {
        out.line(&check.description())?;
    }
    out.flush()?;
    shown::notes(&reports, printer);
    let unwritten = |what: String| {
        move |error: std::io::Error| {
            Failure::failed(format!("cannot write `{what}`")).because(&error)
        }
    };
    opt_ml
        .publish(&done.points)
        .map_err(unwritten(opt_ml.cloudwatch().display().to_string()))?;
    warn_of_points(&done.points, &reports, printer);
    for file in &done.files {
        printer.note(&format!("written: {file}"));
    }
    if !done.points.is_empty() {
        printer.note(&format!(
            "written: {} with {} points",
            opt_ml.cloudwatch().display(),
            done.points.len()
        ));
    }
    // Without the message nobody would know of the violations, so here it is a failure.
    let message = completed(violations);
    opt_ml
        .say(&message)
        .map_err(unwritten(opt_ml.message().display().to_string()))?;
    printer.note(&message);
    Ok(())
}

/// An alarm waits for what never comes: points that CloudWatch refuses, and metrics that have no point.
fn warn_of_points(points: &[Point], reports: &[QualityReport], printer: Printer) {
    if points.is_empty() {
        return;
    }
    let now = now();
    if let Some((point, refusal)) = points
        .iter()
        .find_map(|point| Some((point, refused(point, now)?)))
    {
        printer.warn(&format!(
            "CloudWatch would refuse the point of {}: {refusal}",
            point.metric
        ));
    }
    for report in reports {
        let figures = report.groups.iter().flat_map(|group| group.figures());
        let without: Vec<&str> = figures
            .filter(|figure| figure.value.is_none())
            .map(|figure| figure.metric.as_ref())
            .filter(|metric| report.problem_type.is_sagemakers(metric))
            .collect();
        if !without.is_empty() {
            printer.warn(&format!(
                "without a value, and so without a point: {}",
                without.join(", ")
            ));
        }
    }
}

/// The job's variables as settings.
fn flags(job: &AnalyzeJob) -> Layer {
    let attributes = &job.attributes;
    let mut flags = Layer::default();
    let mut set = |key, value: &Option<String>| flags.text(key, value);
    let said = |text: &str| Some(text.to_owned());
    set("model", &said(NAME));
    set("all", &said("true"));
    set("captures", &Some(job.dataset_source.clone()));
    set("labels", &Some(job.dataset_source.clone()));
    set("problem-type", &said(job.problem_type.as_str()));
    set("positive-class", &attributes.positive_label);
    let threshold = attributes.probability_threshold;
    set("probability-threshold", &threshold.map(|it| it.to_string()));
    // The columns of a table are names, and no selectors.
    if job.format == DatasetFormat::Merged {
        set("inference-attribute", &attributes.inference);
        set("probability-attribute", &attributes.probability);
        set("ground-truth-attribute", &attributes.ground_truth);
    }
    flags
}
