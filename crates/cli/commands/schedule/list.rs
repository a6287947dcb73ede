//! `groundline schedule list` and `groundline schedule next`

use groundline_engine::{RunRecord, read_runs};
use groundline_monitor::Schedule;
use serde_json::{Value, json};

use super::once::asked;
use super::work::{entries, layers_of, schedule, scheduled};
use crate::args::schedule::{ListArgs, NextArgs};
use crate::commands::merge::now;
use crate::config::layers::Layers;
use crate::config::run::resources;
use crate::config::schedule::ScheduleEntry;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::runs::instant;
use crate::output::table::Grid;
use crate::output::{Form, json::document, ndjson};
use crate::printer::{Printer, Stdout};
use crate::workers::{Workers, interruption};

/// More times than anybody reads.
const MOST_TIMES: u16 = 10_000;

pub(super) fn list(args: &ListArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.common.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let workers = Workers::start(2)?;
    let mut rows = Vec::new();
    let now = now();
    for entry in entries(&layers, &[])? {
        // What cannot run is better found here.
        scheduled(&layers, entry)?;
        let schedule = schedule(entry)?;
        let last = last_run(&layers, entry, &workers)?;
        rows.push(row(entry, &schedule, last.as_ref(), now));
    }
    let keys = [
        "schedule",
        "model",
        "expression",
        "runs",
        "next",
        "window",
        "last",
        "state",
    ];
    print(&keys, rows, form)
}

/// What is recorded last of a schedule; nothing where its output is not there yet.
fn last_run(
    layers: &Layers,
    entry: &ScheduleEntry,
    workers: &Workers,
) -> Result<Option<RunRecord>, Failure> {
    let layers = layers_of(layers, entry);
    let settings = layers.common();
    let Some(out) = settings.text("out").filter(|out| !out.is_empty()) else {
        return Ok(None);
    };
    let stores = resources(&settings)?.stores;
    if !out.contains("://") && !std::path::Path::new(&out).exists() {
        return Ok(None);
    }
    let runs = read_runs(
        &stores,
        &out,
        entry.model.as_deref(),
        Some(&entry.name),
        None,
    );
    let runs = workers
        .wait(runs)
        .ok_or_else(|| interruption("interrupted"))??;
    Ok(runs.into_iter().max_by_key(|run| run.scheduled))
}

fn row(
    entry: &ScheduleEntry,
    schedule: &Schedule,
    last: Option<&RunRecord>,
    now: i64,
) -> Vec<Value> {
    let next = schedule.next_after(now);
    let window = next.and_then(|next| schedule.window(next).ok());
    vec![
        json!(entry.name),
        json!(entry.model),
        json!(schedule.expression.to_string()),
        json!(schedule.expression.describe()),
        json!(next.map(instant)),
        json!(window.map(|window| format!("{} to {}", window.from, window.to))),
        json!(last.map(|run| run.scheduled.to_string())),
        json!(last.map(|run| run.state.as_str())),
    ]
}

pub(super) fn next(args: &NextArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.common.layer())?;
    let form = layers
        .common()
        .require("output", |text| Ok(Form::parse(text)))?;
    if args.count > MOST_TIMES {
        return Err(Failure::usage(format!(
            "{} times are more than anybody reads: at most {MOST_TIMES}",
            args.count
        )));
    }
    let after = asked(args.at.as_deref())?;
    let names: Vec<String> = args.schedule.iter().cloned().collect();
    let mut rows: Vec<(i64, Vec<Value>)> = Vec::new();
    for entry in entries(&layers, &names)? {
        let schedule = schedule(entry)?;
        let mut at = after;
        for _ in 0..args.count {
            let Some(next) = schedule.next_after(at) else {
                break;
            };
            at = next;
            let window = schedule.window(next);
            let window = window.map_err(|error| Failure::usage(error.to_string()))?;
            rows.push((
                next,
                vec![
                    json!(instant(next)),
                    json!(entry.name),
                    json!(window.from.to_string()),
                    json!(window.to.to_string()),
                ],
            ));
        }
    }
    rows.sort_by_key(|(time, _)| *time);
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    print(&["time", "schedule", "from", "to"], rows, form)
}

/// Prints rows of texts in any form.
fn print(keys: &[&str], rows: Vec<Vec<Value>>, form: Form) -> Result<ExitStatus, Failure> {
    let mut out = Stdout::open();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let object = |row: &Vec<Value>| {
        let members = keys.iter().zip(row);
        let members = members.map(|(key, value)| ((*key).to_owned(), value.clone()));
        Value::Object(members.collect())
    };
    match form {
        Form::Table => {
            let mut grid = Grid::new(keys);
            for row in &rows {
                grid.row(row.iter().map(text).collect());
            }
            grid.print(&mut out)?;
        }
        Form::Json => document(&rows.iter().map(object).collect::<Vec<_>>(), &mut out)?,
        Form::Ndjson => {
            for row in &rows {
                ndjson::line(&object(row), &mut out)?;
            }
        }
        Form::Csv => {
            out.line(&keys.join(","))?;
            for row in &rows {
                let cells: Vec<_> = row
                    .iter()
                    .map(|value| field(&text(value)).to_string())
                    .collect();
                out.line(&cells.join(","))?;
            }
        }
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}
