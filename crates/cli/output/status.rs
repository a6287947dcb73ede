//! What `status` draws: a strip of hours or days for each model and endpoint, counts, and how much is labelled by age.

use std::collections::BTreeMap;

use groundline_engine::{HourStates, ModelStates, PlanReport};
use groundline_store::{Hour, HourState};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::json::document;
use crate::output::table::Grid;
use crate::output::{Form, ndjson, unprintable};
use crate::printer::Stdout;

/// Hours up to which each has a sign of its own; beyond it a day has one.
const MOST_HOURS: i64 = 14 * 24;
/// Ages of hours by which label coverage is told, in days.
const AGES: [i64; 5] = [1, 2, 7, 30, 90];

/// Writes the states of all models.
pub(crate) fn states(
    report: &PlanReport,
    why: bool,
    now_micros: i64,
    form: Form,
    out: &mut Stdout,
) -> Result<(), Failure> {
    match form {
        Form::Table => {
            for model in &report.models {
                table(model, why, now_micros, out)?;
            }
            Ok(())
        }
        Form::Json => document(&json_of(report, now_micros)?, out),
        Form::Ndjson => each(report, |model, hour| {
            ndjson::line_of(&model.model, hour, out)
        }),
        Form::Csv => {
            out.line("model,endpoint,variant,hour,state,why")?;
            each(report, |model, hour| {
                let cells = [
                    field(&model.model),
                    field(&hour.endpoint),
                    field(&hour.variant),
                    hour.hour.clone(),
                    hour.state.as_str().to_owned(),
                    field(&hour.why.join("; ")),
                ];
                out.line(&cells.join(","))
            })
        }
    }
}

fn each(
    report: &PlanReport,
    mut write: impl FnMut(&ModelStates, &HourStates) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for model in &report.models {
        for hour in &model.hours {
            write(model, hour)?;
        }
    }
    Ok(())
}

fn json_of(report: &PlanReport, now_micros: i64) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(report).map_err(|error| unprintable(&error))?;
    let models = value.get_mut("models").and_then(Value::as_array_mut);
    for (value, model) in models.into_iter().flatten().zip(&report.models) {
        if let Some(object) = value.as_object_mut() {
            let counts: serde_json::Map<String, Value> = counts(model)
                .into_iter()
                .map(|(state, count)| (state.as_str().to_owned(), count.into()))
                .collect();
            object.insert("states".to_owned(), counts.into());
            let ages = coverage(model, now_micros).into_iter();
            let ages: Vec<Value> = ages
                .map(|age| json!({"age": age.name, "labelled": age.labelled, "records": age.records}))
                .collect();
            object.insert("label_coverage".to_owned(), ages.into());
        }
    }
    Ok(value)
}

fn table(model: &ModelStates, why: bool, now_micros: i64, out: &mut Stdout) -> Result<(), Failure> {
    if model.no_input.is_some() {
        return Ok(());
    }
    let (Ok(from), Ok(to)) = (Hour::parse(&model.from), Hour::parse(&model.to)) else {
        return Ok(());
    };
    out.line(&format!("{}: {} to {}", model.model, model.from, model.to))?;
    let mut places: BTreeMap<(&str, &str), BTreeMap<Hour, HourState>> = BTreeMap::new();
    for hour in &model.hours {
        if let Ok(at) = Hour::parse(&hour.hour) {
            let place = places.entry((&hour.endpoint, &hour.variant)).or_default();
            place.insert(at, hour.state);
        }
    }
    for ((endpoint, variant), hours) in &places {
        out.line(&format!("{endpoint}/{variant}"))?;
        for line in strip(hours, from, to) {
            out.line(&line)?;
        }
    }
    out.line(&legend())?;
    let counts = counts(model);
    let said = counts.iter().filter(|(_, count)| *count > 0);
    let said: Vec<String> = said
        .map(|(state, count)| format!("{} {count}", state.as_str()))
        .collect();
    out.line(&said.join(", "))?;
    let ages = coverage(model, now_micros);
    if !ages.is_empty() {
        let mut grid = Grid::new(&["age of the hour", "labelled", "records", "share"]);
        for column in 1..4 {
            grid.right_align(column);
        }
        for age in ages {
            grid.row(vec![
                age.name,
                age.labelled.to_string(),
                age.records.to_string(),
                format!(
                    "{:.1} %",
                    age.labelled as f64 * 100.0 / age.records.max(1) as f64
                ),
            ]);
        }
        grid.print(out)?;
    }
    if why {
        let waiting = model.hours.iter().filter(|hour| !hour.why.is_empty());
        for hour in waiting {
            out.line(&format!(
                "{} {}/{} {}: {}",
                hour.state.as_str(),
                hour.endpoint,
                hour.variant,
                hour.hour,
                hour.why.join("; ")
            ))?;
        }
    }
    Ok(())
}

/// What a state looks like.
fn sign(state: HourState) -> char {
    match state {
        HourState::Done => '#',
        HourState::Missing => 'M',
        HourState::Stale => 'S',
        HourState::LabelStale => 'L',
        HourState::Open => 'o',
        HourState::Empty => '.',
    }
}

fn legend() -> String {
    let signs = HourState::ALL.map(|state| format!("{} {}", sign(state), state.as_str()));
    signs.join("  ")
}

/// A line a day with a sign an hour, or a line a month with a sign a day: then the one that asks for the most.
fn strip(hours: &BTreeMap<Hour, HourState>, from: Hour, to: Hour) -> Vec<String> {
    let state = |hour: Hour| hours.get(&hour).copied().unwrap_or(HourState::Empty);
    let by_hour = to.since(from) <= MOST_HOURS;
    let mut lines: BTreeMap<String, BTreeMap<usize, HourState>> = BTreeMap::new();
    let mut hour = from;
    while hour < to {
        let date = hour.date();
        let (line, column) = match by_hour {
            true => (date, hour.hh().parse().unwrap_or(0)),
            false => {
                let (month, day) = date.rsplit_once('-').unwrap_or((&date, "1"));
                let day = day.parse::<usize>().unwrap_or(1);
                (month.to_owned(), day.saturating_sub(1))
            }
        };
        let now = state(hour);
        let signs = lines.entry(line).or_default();
        let known = signs.entry(column).or_insert(HourState::Empty);
        if urgency(now) > urgency(*known) {
            *known = now;
        }
        hour = hour.plus(1);
    }
    let width = if by_hour { 24 } else { 31 };
    let lines = lines.into_iter().map(|(name, signs)| {
        let row: String = (0..width)
            .map(|column| signs.get(&column).map_or(' ', |state| sign(*state)))
            .collect();
        format!("  {name}  {}", row.trim_end())
    });
    lines.collect()
}

/// Which of a day's hours stands for it.
fn urgency(state: HourState) -> u8 {
    match state {
        HourState::Empty => 0,
        HourState::Done => 1,
        HourState::Open => 2,
        HourState::LabelStale => 3,
        HourState::Stale => 4,
        HourState::Missing => 5,
    }
}

/// Hours by state; empty ones are those of the window in which an endpoint variant has no objects.
fn counts(model: &ModelStates) -> Vec<(HourState, u64)> {
    let mut places: Vec<(&str, &str)> = model
        .hours
        .iter()
        .map(|hour| (hour.endpoint.as_str(), hour.variant.as_str()))
        .collect();
    places.sort_unstable();
    places.dedup();
    let hours = match (Hour::parse(&model.from), Hour::parse(&model.to)) {
        (Ok(from), Ok(to)) => to.since(from),
        _ => 0,
    };
    let all = u64::try_from(hours).unwrap_or(0) * places.len() as u64;
    HourState::ALL
        .into_iter()
        .map(|state| {
            let count = model
                .hours
                .iter()
                .filter(|hour| hour.state == state)
                .count() as u64;
            let empty = all.saturating_sub(model.hours.len() as u64);
            (
                state,
                if state == HourState::Empty {
                    count + empty
                } else {
                    count
                },
            )
        })
        .collect()
}

/// How much of the records of hours of an age has labels.
struct Coverage {
    name: String,
    labelled: u64,
    records: u64,
}

fn coverage(model: &ModelStates, now_micros: i64) -> Vec<Coverage> {
    const DAY: i64 = 24 * 3_600_000_000;
    let mut ages: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for hour in &model.hours {
        let (Some(records), Ok(at)) = (&hour.records, Hour::parse(&hour.hour)) else {
            continue;
        };
        let count = |bucket: &str| records.get(bucket).copied().unwrap_or_default();
        let days = now_micros.saturating_sub(at.micros()).max(0) / DAY;
        let age = ages
            .entry(AGES.partition_point(|most| *most <= days))
            .or_default();
        age.0 += count("labelled");
        age.1 += count("labelled") + count("unlabelled");
    }
    let name = |number: usize| match (
        number.checked_sub(1).and_then(|n| AGES.get(n)),
        AGES.get(number),
    ) {
        (None, Some(most)) => format!("under {most} d"),
        (Some(least), Some(most)) => format!("{least} to {most} d"),
        (Some(least), None) => format!("{least} d and more"),
        (None, None) => String::new(),
    };
    let ages = ages.into_iter().filter(|(_, (_, records))| *records > 0);
    ages.map(|(number, (labelled, records))| Coverage {
        name: name(number),
        labelled,
        records,
    })
    .collect()
}
