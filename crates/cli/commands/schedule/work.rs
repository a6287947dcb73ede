//! From a `[[schedule]]` to what it runs.

use groundline_engine::Every;
use groundline_monitor::{
    CatchUp, Expression, LabelTarget, Offset, Period, Publishing, Schedule, Scheduled,
    ScheduledWork,
};
use groundline_store::{Lease, Stores, Window};

use crate::commands::measured::Measuring;
use crate::commands::merge::now;
use crate::commands::monitor::monitored;
use crate::config::layers::Layers;
use crate::config::model::hour;
use crate::config::publishing::publishing;
use crate::config::run::merge_options;
use crate::config::schedule::{Said, ScheduleEntry};
use crate::config::select::select;
use crate::config::target::target;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::suggest::did_you_mean;

/// The `[[schedule]]` entries, or those of some names.
pub(super) fn entries<'a>(
    layers: &'a Layers,
    names: &[String],
) -> Result<Vec<&'a ScheduleEntry>, Failure> {
    let all = match &layers.file {
        Some(file) => file.schedules.as_slice(),
        None => &[],
    };
    if all.is_empty() {
        let place = layers.file.as_ref().map_or_else(
            || "there is no configuration, so no schedule".to_owned(),
            |file| format!("`{}` has no [[schedule]]", file.path),
        );
        return Err(Failure::usage(place).hint(
            "a schedule has a name, a model and an expression such as \"cron(0 * ? * * *)\": docs/schedules.md",
        ));
    }
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    let named = names.iter().map(|name| {
        all.iter().find(|entry| entry.name == *name).ok_or_else(|| {
            let known = || all.iter().map(|entry| entry.name.as_str());
            let near = did_you_mean(name, known());
            Failure::usage(format!("there is no schedule `{name}`{near}")).hint(format!(
                "there are {}",
                known().collect::<Vec<_>>().join(", ")
            ))
        })
    });
    named.collect()
}

/// Times and windows of a schedule.
pub(super) fn schedule(entry: &ScheduleEntry) -> Result<Schedule, Failure> {
    let Some((text, line)) = &entry.expression else {
        return Err(Failure::usage(format!(
            "the [[schedule]] at {} has no `expression`",
            entry.at(entry.line)
        ))
        .hint("such as expression = \"cron(0 * ? * * *)\" for every hour, or \"NOW\""));
    };
    let expression = Expression::parse(text)
        .map_err(|error| wrong(entry, "expression", *line, &error.to_string()))?;
    let period = period(entry)?;
    period
        .check(&expression)
        .map_err(|error| wrong(entry, "expression", *line, &error.to_string()))?;
    let catch_up = match &entry.catch_up {
        None => CatchUp::default(),
        Some((word, line)) => CatchUp::parse(word).ok_or_else(|| {
            let words = CatchUp::ALL.map(CatchUp::as_str);
            let why = format!(
                "`{word}` is not one of {}{}",
                words.join(", "),
                did_you_mean(word, words)
            );
            wrong(entry, "catch_up", *line, &why)
        })?,
    };
    Ok(Schedule {
        name: entry.name.clone(),
        expression,
        period,
        catch_up,
    })
}

fn period(entry: &ScheduleEntry) -> Result<Period, Failure> {
    let offset = |key: &str, said: &Option<Said>| {
        let Some((text, line)) = said else {
            return Ok(None);
        };
        Offset::parse(text)
            .map(Some)
            .map_err(|error| wrong(entry, key, *line, &error.to_string()))
    };
    let start = offset("start_offset", &entry.start_offset)?;
    let end = offset("end_offset", &entry.end_offset)?;
    let Some((from, line)) = &entry.from else {
        if let Some((_, line)) = &entry.to {
            return Err(wrong(entry, "to", *line, "it is given without `from`"));
        }
        let line = entry.start_offset.as_ref().or(entry.end_offset.as_ref());
        let line = line.map_or(entry.line, |(_, line)| *line);
        return Period::from_offsets(start, end)
            .map_err(|error| wrong(entry, "start_offset", line, &error.to_string()));
    };
    if start.is_some() || end.is_some() {
        let why = "it is given with offsets; a window is one or the other";
        return Err(wrong(entry, "from", *line, why));
    }
    let Some((to, to_line)) = &entry.to else {
        return Err(wrong(entry, "from", *line, "it is given without `to`"));
    };
    let from = hour(from).map_err(|why| wrong(entry, "from", *line, &why))?;
    let to = hour(to).map_err(|why| wrong(entry, "to", *to_line, &why))?;
    Window::new(from, to)
        .map(Period::from_hours)
        .map_err(|error| wrong(entry, "to", *to_line, &error.to_string()))
}

fn wrong(entry: &ScheduleEntry, key: &str, line: usize, why: &str) -> Failure {
    Failure::usage(format!(
        "`{key}` of the schedule `{}` at {}: {why}",
        entry.name,
        entry.at(line)
    ))
}

/// A schedule and everything that it runs with.
pub(super) fn scheduled(
    layers: &Layers,
    entry: &ScheduleEntry,
) -> Result<(Scheduled, Publishing), Failure> {
    let schedule = schedule(entry)?;
    let layers = layers_of(layers, entry);
    let mut options = merge_options(&layers, now(), None)?;
    let selected = select(&layers)?;
    let (1, Some(model)) = (selected.len(), selected.first()) else {
        let names: Vec<&str> = selected.iter().map(|model| model.name.as_str()).collect();
        return Err(Failure::usage(format!(
            "the schedule `{}` at {} does not say which model it is for",
            entry.name,
            entry.at(entry.line)
        ))
        .hint(format!("model = \"…\", one of {}", names.join(", "))));
    };
    let measuring = Measuring::new(&layers, Every::Window, Vec::new())?;
    let monitored = monitored(&layers, model, &measuring, &options.out, false)?;
    options.window = None;
    let target = target(&model.settings)?;
    let publishing = publishing(&model.settings)?;
    let scheduled = Scheduled {
        work: ScheduledWork {
            schedule: schedule.name.clone(),
            subject: monitored.subject,
            merge: options,
            target,
            shares_endpoints: monitored.shares_endpoints,
        },
        schedule,
    };
    Ok((scheduled, publishing))
}

/// The settings as this schedule has them: its own go before those of the model, and flags before both.
pub(super) fn layers_of(layers: &Layers, entry: &ScheduleEntry) -> Layers {
    let mut layers = layers.clone();
    layers.flags.text("model", &entry.model);
    // Its windows are its own, whatever [run] says.
    layers.flags.switch("all", true);
    for (key, (value, _)) in &entry.values {
        if layers.flags.get(key).is_none() {
            layers.flags.set(key, value.clone());
        }
    }
    layers
}

/// When the labels of a schedule's windows count as in; `None` where it does not say which model it is for.
pub(crate) fn target_of(
    layers: &Layers,
    entry: &ScheduleEntry,
) -> Result<Option<LabelTarget>, Failure> {
    let layers = layers_of(layers, entry);
    match select(&layers)?.as_slice() {
        [model] => target(&model.settings).map(Some),
        _ => Ok(None),
    }
}

/// Holds a model's hour files in an output: runs of it for other times would measure what this one writes.
pub(super) async fn hold(stores: &Stores, out: &str, model: &str) -> Result<Lease, Failure> {
    let failed = |error| Failure::from(groundline_engine::EngineError::from(error));
    let root = stores.create(out).await.map_err(failed)?;
    match Lease::take(&root, model).await.map_err(failed)? {
        Some(lease) => Ok(lease),
        None => {
            let mut failure = Failure::failed(format!(
                "another process runs a schedule of the model `{model}` into `{out}`: such runs never overlap"
            ))
            .hint("wait until it has ended, or stop it; in a store what it held is free ten minutes after its end");
            failure.status = ExitStatus::Failed;
            Err(failure)
        }
    }
}
