//! `groundline schedule run-once`

use std::sync::Arc;

use groundline_engine::{Progress, RunRecord, Stop, read_runs};
use groundline_monitor::{Published, Publisher, Publishing, Ran, Scheduled, ScheduledWork};
use groundline_store::{Hour, Window};

use super::work::{entries, hold, scheduled};
use crate::args::schedule::RunOnceArgs;
use crate::commands::merge::{accepting, now};
use crate::config::layers::Layers;
use crate::config::publishing::tell;
use crate::config::run::time;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, runs as shown};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

pub(super) fn run(args: &RunOnceArgs) -> Result<ExitStatus, Failure> {
    accepting(args.layer(), |layers, printer| {
        attempt(args, layers, printer)
    })
}

fn attempt(args: &RunOnceArgs, layers: &Layers, printer: Printer) -> Result<ExitStatus, Failure> {
    let settings = layers.common();
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let names = [args.name.clone()];
    let entry = entries(layers, &names)?.into_iter().next();
    let entry = entry.ok_or_else(|| Failure::usage("no schedule is named"))?;
    let (of, publishing) = scheduled(layers, entry)?;
    let asked = asked(args.at.as_deref())?;
    let at = of.schedule.at_or_before(asked).ok_or_else(|| {
        Failure::usage(format!(
            "`{}` never ran before that time: {}",
            args.name, of.schedule.expression
        ))
    })?;
    let window = of
        .schedule
        .window(at)
        .map_err(|error| Failure::usage(error.to_string()))?;
    if args.dry_run {
        return dry_run(&of, &publishing, at, window, printer);
    }
    let workers = Workers::start(of.work.merge.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let stop = Stop::default();
    let again = args.again;
    let asked_to_stop = stop.clone();
    let ran = workers.run_stoppable(&stop, printer, move || async move {
        let work = &of.work;
        let (stores, out) = (&work.merge.resources.stores, &work.merge.out);
        let lease = hold(stores, out, &work.subject.model).await?;
        let ran = held(
            &of,
            &publishing,
            at,
            window,
            again,
            &asked_to_stop,
            progress,
        )
        .await;
        lease.release().await;
        ran
    });
    drop(reporter);
    let (ran, published) = ran??;
    let mut out = Stdout::open();
    shown::ran(&ran, form, &mut out)?;
    out.flush()?;
    let all = tell(&published, printer) && tell_unrestated(&ran, printer);
    match status(&ran)? {
        ExitStatus::Clean | ExitStatus::Violations if !all => Ok(ExitStatus::Part),
        status => Ok(status),
    }
}

/// A run and its publishing, while nobody else runs the schedule.
async fn held(
    of: &Scheduled,
    publishing: &Publishing,
    at: i64,
    window: Window,
    again: bool,
    stop: &Stop,
    progress: Arc<dyn Progress>,
) -> Result<(Ran, Vec<Published>), Failure> {
    let work = &of.work;
    let hour = Hour::from_micros(at);
    if !again {
        refuse_setting_back(work, hour).await?;
    }
    let before = of.schedule.at_or_before(at.saturating_sub(1));
    let waiting = work.waiting(hour, before).await?;
    let ran = work.run_at(at, window, waiting, stop, progress).await?;
    let published = published(work, publishing, &ran).await?;
    Ok((ran, published))
}

/// An execution that was restated has seen more labels than the same run would see again.
async fn refuse_setting_back(work: &ScheduledWork, at: Hour) -> Result<(), Failure> {
    let (stores, out) = (&work.merge.resources.stores, &work.merge.out);
    let (model, schedule) = (
        Some(work.subject.model.as_str()),
        Some(work.schedule.as_str()),
    );
    let runs = read_runs(stores, out, model, schedule, Some(at)).await?;
    match runs.iter().find(|run| run.scheduled == at && run.restatements > 0) {
        None => Ok(()),
        Some(run) => Err(Failure::usage(format!(
            "`{}` was restated with labels as of {}: to run it again would set it and its hours back to those of its time",
            run.id(),
            shown::instant(run.as_of)
        ))
        .hint("--again runs it all the same; later runs restate it once more")),
    }
}

/// Publishes what a run found, and what it found anew.
pub(super) async fn published(
    work: &ScheduledWork,
    publishing: &Publishing,
    ran: &Ran,
) -> Result<Vec<Published>, Failure> {
    let (stores, out) = (&work.merge.resources.stores, &work.merge.out);
    let mut published = Vec::new();
    // The newest last: a file holds one execution.
    for run in ran.restated.iter().chain([&ran.record]) {
        published.extend(publishing.publish(stores, out, run, now()).await?);
    }
    Ok(published)
}

/// Says which earlier windows could not be measured again; true if there is none.
pub(super) fn tell_unrestated(ran: &Ran, printer: Printer) -> bool {
    for (run, error) in &ran.unrestated {
        printer.failure(
            &Failure::failed(format!(
                "{} could not be restated: {}",
                run.id(),
                error.told()
            ))
            .hint("what it said before stays, and the next run tries again"),
        );
    }
    ran.unrestated.is_empty()
}

/// Says what a run would be, and what CloudWatch would not take of it.
fn dry_run(
    of: &Scheduled,
    publishing: &Publishing,
    at: i64,
    window: Window,
    printer: Printer,
) -> Result<ExitStatus, Failure> {
    let run = of.work.blank(at, window);
    let mut out = Stdout::open();
    out.line(&format!(
        "{}: hours {} to {}, labels as of {}",
        run.id(),
        window.from,
        window.to,
        shown::instant(run.as_of)
    ))?;
    out.flush()?;
    if publishing.to.contains(&Publisher::CloudWatch) {
        for why in publishing.refusals(&run, now()) {
            printer.warn(&format!("CloudWatch would not take it: {why}"));
            printer.hint("--publish-timestamp run stamps the points with the time of the run");
        }
    }
    Ok(ExitStatus::Clean)
}

/// The time that `--at` says, else now.
pub(super) fn asked(at: Option<&str>) -> Result<i64, Failure> {
    match at {
        None => Ok(now()),
        Some(text) => time(text).map_err(|why| Failure::usage(format!("--at: {why}"))),
    }
}

/// Whether labels that came later made a constraint violated.
fn newly_violating(run: &RunRecord) -> bool {
    let mut checks = run.checks.iter();
    checks.any(|check| check.violated && check.first_violated == Some(false))
}

/// The status of one run, and why where it is not clean.
pub(super) fn status(ran: &Ran) -> Result<ExitStatus, Failure> {
    use groundline_engine::RunState::{Completed, CompletedWithViolations, Failed, Stopped};
    let run = &ran.record;
    let said = ran.no_input.as_ref().or(run.failure.as_ref());
    let why = || said.unwrap_or(&run.message).clone();
    let failure = |status| {
        let mut failure = Failure::failed(format!("{}: {}", run.id(), why()));
        failure.status = status;
        failure
    };
    match run.state {
        Stopped => Err(interruption(&format!("{}: interrupted", run.id()))
            .hint("the same command runs it again")),
        Failed if ran.no_input.is_some() => Err(failure(ExitStatus::NoInput)),
        Failed => Err(failure(ExitStatus::Failed)),
        // What is missing may hold a violation.
        Completed | CompletedWithViolations if run.failure.is_some() => {
            Err(failure(ExitStatus::Part))
        }
        CompletedWithViolations => Ok(ExitStatus::Violations),
        Completed if ran.restated.iter().any(newly_violating) => Ok(ExitStatus::Violations),
        Completed => Ok(ExitStatus::Clean),
    }
}
