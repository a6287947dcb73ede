//! `groundline merge`

use std::time::{SystemTime, UNIX_EPOCH};

use groundline_engine::{MergeReport, merge};

use crate::args::merge::MergeArgs;
use crate::config::layers::Layers;
use crate::config::run::{accepted, merge_options};
use crate::config::value::Layer;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, summary};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &MergeArgs) -> Result<ExitStatus, Failure> {
    accepting(args.layer(), attempt)
}

/// Runs what has outcomes that `--ok` accepts.
pub(crate) fn accepting(
    flags: Layer,
    attempt: impl FnOnce(&Layers, Printer) -> Result<ExitStatus, Failure>,
) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(flags)?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let accepted = accepted(&settings)?;
    let status = attempt(&layers, printer).unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.status
    });
    Ok(status.accepting(&accepted))
}

fn attempt(layers: &Layers, printer: Printer) -> Result<ExitStatus, Failure> {
    let options = merge_options(layers, now(), None)?;
    let form = layers
        .common()
        .require("output", |text| Ok(Form::parse(text)))?;
    let workers = Workers::start(options.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let merged = workers.run(move || async move { merge(&options, progress).await });
    // Before anything else is said.
    drop(reporter);
    let report = merged?.ok_or_else(|| {
        interruption("interrupted; hour files that were complete stay")
            .hint("the same command merges the window again")
    })??;
    let mut out = Stdout::open();
    form.merge_report(&report, &mut out)?;
    out.flush()?;
    summary::merge(&report, printer);
    merged_status(&report)
}

/// The status of a run that ended by itself.
pub(crate) fn merged_status(report: &MergeReport) -> Result<ExitStatus, Failure> {
    if report.is_empty() {
        let mut failure = Failure::failed(no_input(report));
        failure.status = ExitStatus::NoInput;
        return Err(failure);
    }
    let hours: usize = report.models.iter().map(|model| model.hours.len()).sum();
    match report.failed_hours().count() {
        0 => Ok(ExitStatus::Clean),
        failed if failed == hours => Err(Failure::failed(format!(
            "none of the {hours} hours was written"
        ))),
        failed => {
            let mut failure =
                Failure::failed(format!("{failed} of {hours} hours were not written"));
            failure.status = ExitStatus::Part;
            Err(failure)
        }
    }
}

fn no_input(report: &MergeReport) -> String {
    let told: Vec<_> = report
        .models
        .iter()
        .filter_map(|model| {
            let why = model.no_input.as_ref()?;
            Some(if report.models.len() > 1 {
                format!("{}: {why}", model.model)
            } else {
                why.clone()
            })
        })
        .collect();
    if told.is_empty() {
        "the window holds no input".to_owned()
    } else {
        told.join("\n")
    }
}

/// Microseconds since the epoch: the only look at the clock that can matter to a result (`--as-of`).
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use groundline_engine::{HourReport, ModelReport};

    use super::*;

    fn report(failures: &[bool]) -> MergeReport {
        let hours = failures
            .iter()
            .map(|failed| HourReport {
                failure: failed.then(|| "why".into()),
                ..HourReport::default()
            })
            .collect();
        let no_input = Some("no captures in the window".to_owned());
        MergeReport {
            out: "out".into(),
            models: vec![ModelReport {
                hours,
                no_input,
                ..ModelReport::default()
            }],
        }
    }

    #[test]
    fn the_status_follows_the_hours() {
        assert_eq!(
            merged_status(&report(&[false, false])).unwrap(),
            ExitStatus::Clean
        );
        assert_eq!(
            merged_status(&report(&[false, true])).unwrap_err().status,
            ExitStatus::Part
        );
        assert_eq!(
            merged_status(&report(&[true])).unwrap_err().status,
            ExitStatus::Failed
        );
        let empty = merged_status(&report(&[])).unwrap_err();
        assert_eq!(empty.status, ExitStatus::NoInput);
        assert_eq!(empty.message, "no captures in the window");
    }
}
