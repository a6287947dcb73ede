//! From an output to the page's data.

use groundline_engine::{
    Catalog, EngineError, ErrorKind, QualityOptions, RunRecord, RunTable, SqlInputs, SqlSession,
    read_runs,
};
use groundline_report::page::{Labels, Period, Report};
use groundline_store::Window;

use super::executions::{by_window, ending_in, schedule, shown};
use super::failed_hours::failed_hours;
use super::ledger::{Accounts, accounts, nearest, other_run};
use super::limits::Limits;
use super::period::{Known, known};
use super::request::{Comparing, Gathered, ReportRequest};
use super::segments::segmentations;
use super::span::{before, last_of, span, there, told};
use super::stored::StoredHours;
use super::verdict;
use super::{delays, unmatched};
use crate::error::MonitorError;

/// How often an output is read again that changed under its reader.
const AGAIN: usize = 2;

/// Gathers everything that an output holds of a model in a period.
///
/// A schedule may be at work on the output: every file is whole, but one that is replaced between a listing and its read
/// has another size than the listing said. Then all is read again.
pub async fn gather(request: &ReportRequest) -> Result<Gathered, MonitorError> {
    let mut left = AGAIN;
    loop {
        match once(request).await {
            Err(error) if left > 0 && may_have_changed(&error) => left -= 1,
            done => return done,
        }
    }
}

fn may_have_changed(error: &MonitorError) -> bool {
    match error {
        // What values are does not change.
        MonitorError::Engine(EngineError::Quality(_)) => false,
        MonitorError::Engine(error) => error.kind() == ErrorKind::Failed,
        _ => false,
    }
}

async fn once(request: &ReportRequest) -> Result<Gathered, MonitorError> {
    let (stores, out) = (&request.measuring.resources.stores, &request.out);
    let mut said = Vec::new();
    let stored = StoredHours::list(stores, out, &request.model).await?;
    // An execution is scheduled after its window, so earlier ones are of earlier windows.
    let since = match (request.window, request.everything) {
        (Some(window), _) => Some(window.from),
        (None, true) => None,
        (None, false) => stored.all().map(|all| last_of(all).from),
    };
    let runs = read_runs(stores, out, Some(&request.model), None, since).await?;
    let window = period(request, &stored, &runs, &mut said)?;
    let chosen = schedule(request.schedule.as_deref(), &runs, window, &mut said)?;
    let runs: Vec<RunRecord> = runs
        .into_iter()
        .filter(|run| Some(&run.schedule) == chosen.as_ref())
        .collect();
    let mine = ending_in(&runs, window);
    let windows = by_window(&mine);
    let has_hours = stored.any_in(window);
    let measuring = measuring(request, &mine);
    let unchecked = Limits::of_runs(mine.iter().copied()).is_empty();
    let fallback = request.configured.as_ref().filter(|_| unchecked);
    let held = request.constraints.as_ref().or(fallback);
    let found = known(request, &measuring, window, has_hours, &mine, held).await?;
    let problem_type = found
        .measured
        .as_ref()
        .map(|measured| measured.problem_type)
        .or_else(|| mine.iter().rev().find_map(|run| run.problem_type))
        .or(measuring.values.problem_type)
        .unwrap_or(groundline_quality::ProblemType::BinaryClassification);
    let mut report = Report::new(request.model.clone(), problem_type, span(window));
    report.period = found.period;
    report.runs = mine.iter().map(|run| shown(run)).collect();
    report.labels_as_of = windows.iter().map(|run| run.as_of).max();
    report.failed_hours = failed_hours(&mine);
    report.labels.target = chosen
        .as_ref()
        .and_then(|name| request.targets.get(name).copied());
    let provisional = windows.iter().any(|run| run.provisional);
    report.verdict = match (held, &report.period.measured) {
        (Some(held), Some(measured)) => verdict::of_period(held, measured, provisional)?,
        _ => verdict::of_runs(&windows, &mut report.notes),
    };
    if request.constraints.is_some() && !mine.is_empty() {
        report.notes.push(
            "Verdict and thresholds are of the constraints that were given, over the whole period; the runs below were \
             held against their own"
                .to_owned(),
        );
    }
    if report.period.measured.is_none() {
        report.notes.push(match has_hours {
            true => "The hour files of the period have no rows".to_owned(),
            false => "The hour files of the period are gone: what is said is what executions recorded, and nothing was \
                      measured of the whole period"
                .to_owned(),
        });
    } else {
        report.segmentations = segmentations(&measuring, window, &request.by).await?;
    }
    records(request, &stored, window, &mut report).await?;
    if let Some(comparing) = request.compare {
        let other = match comparing {
            Comparing::Previous => before(window),
            Comparing::Window(other) => other,
        };
        report.compared =
            compared(request, &measuring, &stored, chosen.as_deref(), other, held).await?;
        if report.compared.is_none() {
            report.notes.push(format!(
                "There is nothing to compare with: no hour of {} is there, and no execution",
                told(other)
            ));
        }
    }
    let completed = windows
        .iter()
        .filter(|run| run.state.is_completed())
        .count();
    if completed == 1 && request.every.is_none() && has_hours {
        said.push(
            "one window was executed, so the course of time is measured from the hour files"
                .to_owned(),
        );
    }
    Ok(Gathered { report, said })
}

/// The hours that the report is about.
fn period(
    request: &ReportRequest,
    stored: &StoredHours,
    runs: &[RunRecord],
    said: &mut Vec<String>,
) -> Result<Window, MonitorError> {
    if let Some(window) = request.window {
        return match stored.any_in(window) || !ending_in(runs, window).is_empty() {
            true => Ok(window),
            false => Err(MonitorError::NothingToReport {
                model: request.model.clone(),
                out: request.out.clone(),
                window: Some(told(window)),
                nearest: stored.nearest(window),
            }),
        };
    }
    let all = there(stored.all(), runs).ok_or_else(|| MonitorError::NothingToReport {
        model: request.model.clone(),
        out: request.out.clone(),
        window: None,
        nearest: Vec::new(),
    })?;
    let last = last_of(all);
    if request.everything || last == all {
        return Ok(all);
    }
    said.push(format!(
        "the last 31 days, {}, of what is there since {}; --all takes everything",
        told(last),
        all.from
    ));
    Ok(last)
}

/// How hour files are measured; executions know what kind of problem it is.
fn measuring(request: &ReportRequest, runs: &[&RunRecord]) -> QualityOptions {
    let mut measuring = request.measuring.clone();
    let of_runs = || runs.iter().rev().find_map(|run| run.problem_type);
    let values = &mut measuring.values;
    values.problem_type = values.problem_type.or_else(of_runs);
    measuring
}

/// What became of records and labels.
async fn records(
    request: &ReportRequest,
    stored: &StoredHours,
    window: Window,
    report: &mut Report,
) -> Result<(), MonitorError> {
    let (model, resources) = (request.model.as_str(), &request.measuring.resources);
    let inputs = SqlInputs {
        out: Some(request.out.clone()),
        run_tables: vec![
            RunTable::Merged,
            RunTable::Ledger,
            RunTable::UnmatchedLabels,
        ],
        ..SqlInputs::default()
    };
    let session = SqlSession::open(&inputs, &Catalog::default(), resources).await?;
    let has_delays = session.has_column(RunTable::Merged, "label_hour").await?
        && session.has_column(RunTable::Merged, "hour").await?;
    if stored.any_in(window) && has_delays {
        report.labels = Labels {
            delay: delays::delays(&session, model, window).await?,
            ..report.labels.clone()
        };
    }
    let Accounts {
        ledger,
        run,
        merges,
    } = accounts(&session, model, stored, window, &mut report.notes).await?;
    report.ledger = ledger;
    let teller = match run.filter(|run| merges.contains(run)) {
        Some(run) => Some(run),
        None => nearest(&merges, window),
    };
    if let Some(teller) = teller {
        report.unmatched = unmatched::unmatched(&session, model, teller).await?;
        if !report.unmatched.is_empty() && Some(teller) != run {
            report.notes.push(other_run(teller));
        }
    }
    Ok(())
}

/// The period beside the first; `None` where there is nothing of it.
async fn compared(
    request: &ReportRequest,
    measuring: &QualityOptions,
    stored: &StoredHours,
    schedule: Option<&str>,
    window: Window,
    held: Option<&groundline_quality::Constraints>,
) -> Result<Option<Period>, MonitorError> {
    let (stores, out) = (&measuring.resources.stores, &request.out);
    let runs = match schedule {
        None => Vec::new(),
        Some(name) => {
            let since = Some(window.from);
            read_runs(stores, out, Some(&request.model), Some(name), since).await?
        }
    };
    let runs = ending_in(&runs, window);
    let has_hours = stored.any_in(window);
    if !has_hours && runs.is_empty() {
        return Ok(None);
    }
    let Known { period, .. } = known(request, measuring, window, has_hours, &runs, held).await?;
    Ok(Some(period))
}
