//! `groundline container`: what its jobs have in common.

mod analyze;
mod merge;

use groundline_engine::ErrorKind;
use groundline_monitor::container::{ContainerError, Environment, OptMl, failed};

use crate::args::container::{ContainerArgs, Job};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::suggest::nearest;

pub(crate) fn run(args: &ContainerArgs) -> Result<ExitStatus, Failure> {
    let (Job::Merge(job) | Job::Analyze(job)) = &args.job;
    let opt_ml = OptMl::at(job.opt_ml.as_deref());
    let environment = Environment::new(std::env::vars_os());
    let printer = Printer::new(false);
    warn_of_misspelt(&environment, printer);
    let done = match &args.job {
        Job::Merge(_) => merge::run(&environment, &opt_ml, printer),
        Job::Analyze(_) => analyze::run(&environment, &opt_ml, printer),
    };
    done.map_err(|failure| told(failure, &opt_ml, printer))?;
    Ok(ExitStatus::Clean)
}

/// A variable that sets nothing was perhaps meant to.
fn warn_of_misspelt(environment: &Environment, printer: Printer) {
    for name in environment.unknown() {
        // Those have a check of their own.
        if name.starts_with("GROUNDLINE_") {
            continue;
        }
        if let Some(near) = nearest(name, Environment::known()) {
            printer.warn(&format!(
                "the variable {name} sets nothing; did you mean {near}?"
            ));
        }
    }
}

/// A variable that is missing may stand in the request under another name.
fn with_request(failure: Failure, opt_ml: &OptMl) -> Failure {
    let variables = opt_ml.request().and_then(|request| request.variables());
    match variables {
        Some(variables) => failure.hint(variables),
        None => failure,
    }
}

/// Leaves the failure where SageMaker looks for it.
fn told(mut failure: Failure, opt_ml: &OptMl, printer: Printer) -> Failure {
    let said = failure.hints.iter().chain([&failure.message]);
    if said.chain(&failure.causes).any(|text| text.contains("--")) {
        failure.hints.push(
            "here flags are variables of the job's Environment: --inference-attribute is inference_attribute, --max-rejects \
             is GROUNDLINE_MAX_REJECTS"
                .to_owned(),
        );
    }
    let message = std::iter::once(&failure.message);
    let lines: Vec<String> = message
        .chain(&failure.causes)
        .chain(&failure.hints)
        .cloned()
        .collect();
    say(opt_ml, &failed(&lines), printer);
    failure
}

/// Writes the exit message; the job's status does not depend on it, so a folder that is not there is only warned of.
fn say(opt_ml: &OptMl, message: &str, printer: Printer) {
    if let Err(error) = opt_ml.say(message) {
        printer.warn(&format!(
            "cannot write the exit message to `{}`: {error}",
            opt_ml.message().display()
        ));
    }
}

impl From<ContainerError> for Failure {
    fn from(error: ContainerError) -> Self {
        let message = error.to_string();
        let mut failure = match error.kind() {
            ErrorKind::Usage => Self::usage(message),
            ErrorKind::Failed => Self::failed(message),
            ErrorKind::NoInput => {
                let mut failure = Self::failed(message);
                failure.status = ExitStatus::NoInput;
                failure
            }
        };
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            let text = cause.to_string();
            if !failure.message.contains(&text) {
                failure.causes.push(text);
            }
            source = cause.source();
        }
        failure.hints.extend(error.hints());
        failure
    }
}
