//! `groundline backfill`

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use groundline_engine::{
    BackfillOptions, BackfillPlan, BackfillReport, Done, PinnedPlan, PlanReport, Progress, Shard,
    Silent, Stop, UnmatchedLimits,
};
use groundline_store::parse_duration_minutes;

use crate::args::backfill::{BackfillArgs, PlanArgs};
use crate::commands::merge::{accepting, now};
use crate::config::layers::Layers;
use crate::config::run::merge_options;
use crate::config::size;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Form;
use crate::output::backfill as printed;
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::whole_file;
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &BackfillArgs) -> Result<ExitStatus, Failure> {
    let pinned = args.plan_in.as_deref().map(read_plan).transpose()?;
    let mut layer = args.layer();
    let keys = ["from", "to", "last", "all"];
    let is_given = keys.iter().any(|key| layer.get(key).is_some());
    if let (Some((from, to)), false) = (pinned.as_ref().and_then(PinnedPlan::window), is_given) {
        layer.text("from", &Some(from.to_owned()));
        layer.text("to", &Some(to.to_owned()));
    }
    accepting(layer, |layers, printer| {
        attempt(args, pinned, layers, printer)
    })
}

/// How long each part took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Took {
    /// Listing inputs, labels and output, and reading receipts.
    pub(crate) list: Duration,
    /// Looking up late labels in hour files.
    pub(crate) look_up: Duration,
    /// Writing.
    pub(crate) write: Duration,
}

/// What the worker thread comes back with.
enum Ended {
    Planned(PlanReport, Took),
    Done(Box<BackfillReport>, Took),
    Interrupted,
}

fn attempt(
    args: &BackfillArgs,
    pinned: Option<PinnedPlan>,
    layers: &Layers,
    printer: Printer,
) -> Result<ExitStatus, Failure> {
    let mut options = options(layers, &args.plan)?;
    options.fail_fast = args.fail_fast;
    if let Some(pinned) = &pinned {
        // It must see the labels that the plan saw.
        options.merge.as_of_micros = pinned.as_of_micros;
    }
    let form = layers
        .common()
        .require("output", |text| Ok(Form::parse(text)))?;
    let workers = Workers::start(options.merge.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let (dry_run, plan_out) = (args.dry_run, args.plan_out.clone());
    let stop = Stop::default();
    let work = Work {
        options,
        pinned,
        dry_run,
        plan_out,
        stop: stop.clone(),
        printer,
        form,
    };
    let ended = workers.run_stoppable(&stop, printer, move || work.run(progress));
    drop(reporter);
    match ended?? {
        Ended::Interrupted => Err(interruption("interrupted before anything was written")
            .hint(format!("the same command begins again: {}", this_command()))),
        Ended::Planned(plan, took) => {
            let mut out = Stdout::open();
            printed::plan(&plan, took, form, &mut out)?;
            out.flush()?;
            planned_status(&plan)
        }
        Ended::Done(report, took) => {
            let mut out = Stdout::open();
            printed::report(&report, took, form, &mut out)?;
            out.flush()?;
            status(&report)
        }
    }
}

struct Work {
    options: BackfillOptions,
    pinned: Option<PinnedPlan>,
    dry_run: bool,
    plan_out: Option<std::path::PathBuf>,
    stop: Stop,
    printer: Printer,
    form: Form,
}

impl Work {
    async fn run(self, progress: Arc<dyn Progress>) -> Result<Ended, Failure> {
        let stop = self.stop.clone();
        let planned = tokio::select! {
            biased;
            // Nothing is written yet, so there is nothing to finish.
            () = stop.asked() => return Ok(Ended::Interrupted),
            planned = self.plan() => planned?,
        };
        let (plan, mut took) = planned;
        if let Some(file) = &self.plan_out {
            let text = plan.pinned().to_json().map_err(Failure::failed)?;
            whole_file::write("plan", &file.to_string_lossy(), &text, true)?;
        }
        let report = plan.report();
        if self.dry_run {
            return Ok(Ended::Planned(report, took));
        }
        if self.form == Form::Table {
            for line in printed::plan_lines(&report) {
                self.printer.note(&line);
            }
        }
        let (hours, bytes) = plan.amount();
        progress.plan(bytes, hours);
        let started = Instant::now();
        let done = plan.run(&self.stop, progress).await?;
        took.write = started.elapsed();
        Ok(Ended::Done(Box::new(done), took))
    }

    async fn plan(&self) -> Result<(BackfillPlan, Took), Failure> {
        let started = Instant::now();
        let mut plan = BackfillPlan::list(&self.options).await?;
        let mut took = Took {
            list: started.elapsed(),
            ..Took::default()
        };
        if let Some(pinned) = &self.pinned {
            plan.hold_to(pinned)?;
        }
        let started = Instant::now();
        plan.look_up(Arc::new(Silent)).await?;
        took.look_up = started.elapsed();
        Ok((plan, took))
    }
}

/// The settings of a backfill, and of a look at states.
pub(crate) fn options(layers: &Layers, args: &PlanArgs) -> Result<BackfillOptions, Failure> {
    let settings = layers.common();
    let now = now();
    let mut merge = merge_options(layers, now, None)?;
    // Why labels match nothing is a merge's to tell, which sees its whole window.
    merge.unmatched = UnmatchedLimits {
        nearest: 0,
        elsewhere: 0,
    };
    let shard = settings.parse("shard", Shard::parse)?;
    if shard.is_some() && merge.window.is_none() {
        return Err(Failure::usage("--shard is given with --all")
            .hint("parts are of a window that all jobs know: give --from and --to"));
    }
    let minutes = settings.require("settle", |text| {
        parse_duration_minutes(text).map_err(|error| error.to_string())
    })?;
    Ok(BackfillOptions {
        merge,
        now_micros: now,
        settle_micros: minutes.saturating_mul(60_000_000),
        include_open: args.include_open,
        shard,
        verify: args.verify,
        jobs: settings.parse("jobs", |text| size::parse_count(text, 1))?,
        fail_fast: false,
    })
}

fn read_plan(file: &Path) -> Result<PinnedPlan, Failure> {
    /// A plan of a hundred thousand files is some 20 MB.
    const LARGEST: u64 = 1 << 30;
    let shown = file.display();
    let size = std::fs::metadata(file).map(|metadata| metadata.len());
    let text = match size {
        Ok(size) if size > LARGEST => {
            return Err(Failure::usage(format!("`{shown}` is too large for a plan")));
        }
        Ok(_) => std::fs::read_to_string(file),
        Err(error) => Err(error),
    };
    let text = text.map_err(|error| {
        Failure::usage(format!("cannot read the plan `{shown}`")).because(&error)
    })?;
    PinnedPlan::from_json(&text).map_err(|why| {
        Failure::usage(format!("`{shown}` is no plan: {why}")).hint("--plan-out FILE writes one")
    })
}

fn planned_status(plan: &PlanReport) -> Result<ExitStatus, Failure> {
    let reasons: Vec<_> = plan.models.iter().map(|model| &model.no_input).collect();
    no_input(&reasons).map_or(Ok(ExitStatus::Clean), Err)
}

fn status(report: &BackfillReport) -> Result<ExitStatus, Failure> {
    let reasons: Vec<_> = report.models.iter().map(|model| &model.no_input).collect();
    if let Some(failure) = no_input(&reasons) {
        return Err(failure);
    }
    let (mut done, mut failed, mut waiting) = (0_usize, 0_usize, 0_usize);
    for hour in report.hours() {
        match hour.done {
            Done::Failed | Done::Archived => failed += 1,
            Done::NotBegun => waiting += 1,
            _ => done += 1,
        }
    }
    if report.interrupted {
        let failed = match failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        return Err(interruption(&format!(
            "interrupted; {done} hours are written and stay{failed}, {waiting} are left"
        ))
        .hint(format!("the same command goes on: {}", this_command())));
    }
    let mut models = report.models.iter();
    if let Some(model) = models.find(|model| model.failure.is_some()) {
        let why = model.failure.as_deref().unwrap_or_default();
        let mut failure = Failure::failed(format!("{}: {why}", model.model))
            .hint("run the same command again: what is written stays");
        failure.hints.splice(0..0, model.hint.clone());
        if done > 0 {
            failure.status = ExitStatus::Part;
        }
        return Err(failure);
    }
    match (failed, done) {
        (0, _) => Ok(ExitStatus::Clean),
        (failed, _) => {
            let all = done + failed + waiting;
            // The table with the others is on stdout, which schedulers seldom send to anybody.
            let first = report.hours().find_map(|hour| {
                let why = hour.failure.as_ref()?;
                Some(format!(
                    "{}/{} {}: {why}",
                    hour.endpoint, hour.variant, hour.hour
                ))
            });
            let mut failure = Failure::failed(format!(
                "{failed} of {all} hours were not written; the first: {}",
                first.unwrap_or_default()
            ))
            .hint("mend what is named and run the same command again");
            failure.status = ExitStatus::Part;
            Err(failure)
        }
    }
}

/// The failure of a window without input; nothing if any model has some.
fn no_input(reasons: &[&Option<String>]) -> Option<Failure> {
    let said: Vec<&str> = reasons
        .iter()
        .filter_map(|reason| reason.as_deref())
        .collect();
    (said.len() == reasons.len()).then(|| {
        let mut failure = Failure::failed(match said.is_empty() {
            true => "the window holds no input".to_owned(),
            false => said.join("\n"),
        });
        failure.status = ExitStatus::NoInput;
        failure
    })
}

/// The command as it was typed, for a shell.
fn this_command() -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    let words = std::env::args()
        .enumerate()
        .map(|(number, word)| match number {
            0 => "groundline".to_owned(),
            _ if !word.is_empty() && word.chars().all(plain) => word,
            _ => format!("'{}'", word.replace('\'', "'\\''")),
        });
    words.collect::<Vec<_>>().join(" ")
}
