//! `groundline container merge`

use groundline_monitor::container::{Environment, MergeJob, OptMl, merge};

use crate::commands::merge::now;
use crate::config::layers::Layers;
use crate::config::run::merge_options;
use crate::config::value::{Layer, Value};
use crate::failure::Failure;
use crate::output::summary;
use crate::printer::Printer;
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

/// Name of the model where the job has no schedule's.
const NAME: &str = "monitor";

/// SageMaker's merger says nothing when all went well (formats.md 4.2), so neither does the exit message here.
pub(super) fn run(
    environment: &Environment,
    opt_ml: &OptMl,
    printer: Printer,
) -> Result<(), Failure> {
    let job = MergeJob::read(environment).map_err(|error| {
        let failure = Failure::from(groundline_monitor::container::ContainerError::from(error));
        super::with_request(failure, opt_ml)
    })?;
    // What lies there is known once it is listed; both readings have the settings of theirs.
    let layers = Layers::without_file(flags(&job, "captures"))?;
    let of_transforms = Layers::without_file(flags(&job, "transforms"))?;
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let options = merge_options(&layers, now(), Some(String::new()))?;
    let transforms = merge_options(&of_transforms, now(), Some(String::new()))?;
    let transforms = transforms.models.into_iter().next();
    let transforms = transforms
        .map(|model| model.source)
        .ok_or_else(|| Failure::failed("there is no model"))?;
    let request = opt_ml.request();
    let workers = Workers::start(options.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let done = workers.run(move || async move {
        merge(&job, request.as_ref(), options, transforms, progress).await
    });
    drop(reporter);
    let done = done?.ok_or_else(|| interruption("interrupted"))??;
    summary::merge(&done.report, printer);
    for file in &done.files {
        printer.note(&format!("written: {file}"));
    }
    Ok(())
}

/// The job's variables as settings; its predictions are captures or transforms.
fn flags(job: &MergeJob, predictions: &'static str) -> Layer {
    let name = job.schedule.clone().unwrap_or_else(|| NAME.to_owned());
    let mut flags = Layer::default();
    for (key, value) in [
        ("model", name),
        (predictions, job.dataset_source.clone()),
        ("labels", job.ground_truth_source.clone()),
        ("all", "true".to_owned()),
    ] {
        flags.set(key, Value::Text(value));
    }
    flags
}
