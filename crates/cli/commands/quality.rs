//! `groundline quality`

use crate::args::quality::QualityArgs;
use crate::commands::measured::Measuring;
use crate::commands::merge::{accepting, merged_status};
use crate::commands::subject::Subject;
use crate::config::layers::Layers;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, quality as shown, summary};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &QualityArgs) -> Result<ExitStatus, Failure> {
    accepting(args.layer(), |layers, printer| {
        attempt(args, layers, printer)
    })
}

fn attempt(args: &QualityArgs, layers: &Layers, printer: Printer) -> Result<ExitStatus, Failure> {
    let settings = layers.common();
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let measuring = Measuring::new(layers, args.cuts.every(), args.cuts.by.clone())?;
    let subject = Subject::plan(args, layers)?;
    let workers = Workers::start(measuring.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let task = measuring.clone();
    let done = workers.run(move || async move { subject.measure(&task, progress).await });
    drop(reporter);
    let done = done?.ok_or_else(|| {
        interruption("interrupted").hint("the same command measures the window again")
    })??;
    if let Some(report) = &done.merged {
        summary::merge(report, printer);
    }
    let mut out = Stdout::open();
    shown::reports(&done.reports, form, &mut out)?;
    out.flush()?;
    shown::notes(&done.reports, printer);
    for file in &done.written {
        printer.note(&format!("written: {file}"));
    }
    for (name, failure) in &done.empty {
        printer.warn(&format!("{name}: {}", failure.message));
    }
    match &done.merged {
        Some(report) => merged_status(report),
        None => Ok(ExitStatus::Clean),
    }
}
