//! `groundline labels export`

use groundline_engine::{LabelExport, LabelExportReport, export_labels};
use groundline_store::Window;

use crate::args::labels::{ExportArgs, LabelsArgs, LabelsCommand};
use crate::config::labels::labels;
use crate::config::layers::Layers;
use crate::config::model::{hour, label_id, predictions};
use crate::config::run::resources;
use crate::config::select::{Selected, select};
use crate::config::size;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, export};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &LabelsArgs) -> Result<ExitStatus, Failure> {
    let LabelsCommand::Export(args) = &args.command;
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let export = options(args, &layers)?;
    let workers = Workers::start(export.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let done = workers.run(move || async move { export_labels(&export, progress).await });
    // Before anything else is said.
    drop(reporter);
    let report = done?.ok_or_else(|| {
        interruption("interrupted; hours that were complete stay")
            .hint("the same command writes the rest")
    })??;
    let mut out = Stdout::open();
    export::report(form, &report, &mut out)?;
    out.flush()?;
    tell(&report, printer);
    Ok(ExitStatus::Clean)
}

fn options(args: &ExportArgs, layers: &Layers) -> Result<LabelExport, Failure> {
    let settings = layers.common();
    let model = one_model(layers)?;
    let source = labels(&model.settings)?.ok_or_else(|| {
        Failure::usage(format!("{}no labels are given", model.settings.of_model())).hint(
            "say where they are with [model.labels] in the configuration, or with --label-files GLOB",
        )
    })?;
    Ok(LabelExport {
        model: model.name.clone(),
        labels: source,
        label_id: label_id(&model.settings)?,
        predictions: predictions(&model.settings)?,
        window: window(args)?,
        to: args.to.clone(),
        max_rejects: settings.require("max-rejects", size::parse_max_rejects)?,
        resources: resources(&settings)?,
    })
}

/// Labels of several models below one prefix would be one model's to every reader.
fn one_model(layers: &Layers) -> Result<Selected<'_>, Failure> {
    let mut selected = select(layers)?;
    if selected.len() > 1 {
        let names: Vec<_> = selected.iter().map(|model| model.name.as_str()).collect();
        return Err(Failure::usage(format!(
            "the configuration has several models: {}",
            names.join(", ")
        ))
        .hint("choose one with --model NAME"));
    }
    selected
        .pop()
        .ok_or_else(|| Failure::usage("the configuration has no model"))
}

fn window(args: &ExportArgs) -> Result<Option<Window>, Failure> {
    let parse = |flag: &str, text: &str| {
        hour(text).map_err(|why| Failure::usage(format!("--{flag}: {why}")))
    };
    let (Some(from), Some(until)) = (&args.from, &args.until) else {
        return Ok(None);
    };
    Window::new(parse("from", from)?, parse("until", until)?)
        .map(Some)
        .map_err(|error| Failure::usage(error.to_string()))
}

fn tell(report: &LabelExportReport, printer: Printer) {
    let hours = |count: u64| match count {
        1 => "1 hour".to_owned(),
        count => format!("{count} hours"),
    };
    if report.written == 0 && report.removed == 0 {
        printer.note(&format!(
            "{}: {} labels in {}, all of them written before; nothing to do",
            report.model,
            report.labels,
            hours(report.hours)
        ));
    } else {
        printer.note(&format!(
            "{}: {} labels in {} below {}: {} written, {} as before, {} removed",
            report.model,
            report.labels,
            hours(report.hours),
            report.to,
            report.written,
            report.unchanged,
            report.removed
        ));
    }
    if let Some(example) = &report.reject_example {
        printer.warn(&format!(
            "{}: {} labels rejected, for example {example}",
            report.model, report.rejected
        ));
    }
}
