//! `groundline schedule run`

use std::collections::BTreeSet;
use std::time::Duration;

use groundline_engine::{RunState, Stop};
use groundline_monitor::{CatchUp, Due, MonitorError, Publishing, Ran, Scheduled, Service};
use groundline_store::{Lease, parse_duration_minutes};

use super::once;
use super::work::{entries, hold, scheduled};
use crate::args::schedule::RunArgs;
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

pub(super) fn run(args: &RunArgs) -> Result<ExitStatus, Failure> {
    accepting(args.layer(), |layers, printer| {
        attempt(args, layers, printer)
    })
}

fn attempt(args: &RunArgs, layers: &Layers, printer: Printer) -> Result<ExitStatus, Failure> {
    let settings = layers.common();
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let minutes = settings.require("settle", |text| {
        parse_duration_minutes(text).map_err(|error| error.to_string())
    })?;
    let policy = args.catch_up.as_deref().and_then(CatchUp::parse);
    // Who names a period wants all of it.
    let policy = policy.or(args.until.as_ref().map(|_| CatchUp::All));
    let mut schedules = Vec::new();
    let mut publishings = Vec::new();
    for entry in entries(layers, &args.names)? {
        let (mut of, publishing) = scheduled(layers, entry)?;
        of.schedule.catch_up = policy.unwrap_or(of.schedule.catch_up);
        match of.schedule.expression.cron() {
            Some(_) => {
                schedules.push(of);
                publishings.push(publishing);
            }
            None if args.names.is_empty() => {}
            None => {
                return Err(Failure::usage(format!(
                    "the schedule `{}` is `NOW`: it runs when it is asked to",
                    entry.name
                ))
                .hint(format!("groundline schedule run-once {}", entry.name)));
            }
        }
    }
    let parse = |flag: &str, text: &Option<String>| {
        let text = text.as_deref();
        let parsed = text.map(time).transpose();
        parsed.map_err(|why| Failure::usage(format!("{flag}: {why}")))
    };
    let from = parse("--from", &args.from)?;
    let until = parse("--until", &args.until)?;
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        return Err(Failure::usage("--until is before --from"));
    }
    if let (Some(_), None) = (until, from) {
        return Err(Failure::usage("--until is given without --from")
            .hint("say from when on the schedules would have run"));
    }
    let Some(threads) = schedules.first().map(|of| of.work.merge.resources.threads) else {
        return Err(Failure::usage("no schedule has times to run at"));
    };
    let workers = Workers::start(threads)?;
    let stop = Stop::default();
    let loop_ = Loop {
        from,
        until,
        delay: minutes.saturating_mul(60_000_000),
        form,
        printer,
        publishings,
        stop: stop.clone(),
    };
    workers.run_stoppable(&stop, printer, move || loop_.run(schedules))?
}

/// How the service runs.
struct Loop {
    /// First time that is looked at, microseconds since the epoch.
    from: Option<i64>,
    /// Last time; with it nothing is waited for.
    until: Option<i64>,
    /// Microseconds after its time at which a run begins.
    delay: i64,
    form: Form,
    printer: Printer,
    /// Of each schedule, in their order.
    publishings: Vec<Publishing>,
    stop: Stop,
}

impl Loop {
    async fn run(self, schedules: Vec<Scheduled>) -> Result<ExitStatus, Failure> {
        let mut leases: Vec<Lease> = Vec::new();
        let (mut taken, mut held) = (Ok(()), BTreeSet::new());
        for of in &schedules {
            let (merge, model) = (&of.work.merge, &of.work.subject.model);
            // Schedules of one model take turns in this process.
            if !held.insert((merge.out.clone(), model.clone())) {
                continue;
            }
            match hold(&merge.resources.stores, &merge.out, model).await {
                Ok(lease) => leases.push(lease),
                Err(failure) => {
                    taken = Err(failure);
                    break;
                }
            }
        }
        let ended = match taken {
            Ok(()) => self.serve(schedules).await,
            Err(failure) => Err(failure),
        };
        for lease in leases {
            lease.release().await;
        }
        ended
    }

    async fn serve(&self, schedules: Vec<Scheduled>) -> Result<ExitStatus, Failure> {
        let mut service = Service::open(schedules, self.from, now()).await?;
        let mut worst = ExitStatus::Clean;
        let mut out = Stdout::open();
        loop {
            // The time itself is due too.
            let before = match self.until {
                Some(until) => until.saturating_add(1),
                None => now().saturating_sub(self.delay).saturating_add(1),
            };
            let due = service.due(before);
            for one in &due {
                if self.stop.is_asked() {
                    break;
                }
                let reporter = Reporter::start(self.printer);
                let ran = service.run(*one, &self.stop, reporter.progress()).await;
                drop(reporter);
                let ran = match ran {
                    Ok(ran) => ran,
                    // The others go on. What may pass is tried again at the next look, unless nobody waits for it.
                    Err(error) => {
                        let forever = matches!(error, MonitorError::Period(_));
                        self.printer.failure(&error.into());
                        worst = graver(worst, ExitStatus::Failed);
                        if forever || self.until.is_some() {
                            service.skip(*one);
                        }
                        continue;
                    }
                };
                shown::line(&ran, self.form, &mut out)?;
                out.flush()?;
                if ran.record.state == RunState::Stopped {
                    break;
                }
                match self.publish(&service, *one, &ran).await {
                    Ok(status) => worst = graver(worst, status),
                    Err(failure) => {
                        self.printer.failure(&failure);
                        worst = graver(worst, ExitStatus::Part);
                    }
                }
                match once::status(&ran) {
                    Ok(status) => worst = graver(worst, status),
                    Err(failure) => {
                        self.printer.failure(&failure);
                        worst = graver(worst, failure.status);
                    }
                }
            }
            if self.stop.is_asked() {
                return match self.until {
                    // A service ends by being asked to.
                    None => Ok(ExitStatus::Clean),
                    Some(_) => Err(interruption("interrupted; what is recorded stays")
                        .hint("the same command goes on")),
                };
            }
            if self.until.is_some() && due.is_empty() {
                return Ok(worst);
            }
            if self.until.is_none() && !self.wait(&service).await {
                return Ok(ExitStatus::Clean);
            }
        }
    }

    async fn publish(&self, service: &Service, due: Due, ran: &Ran) -> Result<ExitStatus, Failure> {
        let of = service.schedules().get(due.schedule);
        let (Some(of), Some(publishing)) = (of, self.publishings.get(due.schedule)) else {
            return Ok(ExitStatus::Clean);
        };
        let published = once::published(&of.work, publishing, ran).await?;
        let all = once::tell_unrestated(ran, self.printer);
        Ok(match tell(&published, self.printer) && all {
            true => ExitStatus::Clean,
            false => ExitStatus::Part,
        })
    }

    /// Waits until something may be due; false if nothing ever is, or somebody asked to stop.
    async fn wait(&self, service: &Service) -> bool {
        /// A clock that is set, or a machine that slept, is noticed so soon.
        const LONGEST: i64 = 60_000_000;
        let now = now();
        let Some(next) = service.next_after(now.saturating_sub(self.delay)) else {
            return false;
        };
        let micros = next.saturating_add(self.delay).saturating_sub(now);
        let micros = u64::try_from(micros.clamp(0, LONGEST)).unwrap_or_default();
        tokio::select! {
            biased;
            () = self.stop.asked() => false,
            () = tokio::time::sleep(Duration::from_micros(micros)) => true,
        }
    }
}

/// Of two outcomes the one that somebody has to look at.
fn graver(one: ExitStatus, other: ExitStatus) -> ExitStatus {
    let rank = |status| match status {
        ExitStatus::Clean => 0,
        ExitStatus::NoInput => 1,
        ExitStatus::Violations => 2,
        ExitStatus::Part => 3,
        _ => 4,
    };
    match rank(other) > rank(one) {
        true => other,
        false => one,
    }
}
