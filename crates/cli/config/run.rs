//! A merge run, from its settings.

use std::collections::BTreeSet;
use std::path::PathBuf;

use groundline_capture::{Limits, parse_time};
use groundline_engine::{
    MaxRejects, MergeOptions, Model, Plan, Resources, UnmatchedLimits, check_temp_dir,
};
use groundline_store::{
    Hour, Sse, StorageOptions, Stores, Window, check_endpoint_url, parse_duration_hours,
};

use crate::config::layers::Layers;
use crate::config::model::{hour, model};
use crate::config::resolved::Resolved;
use crate::config::select::select;
use crate::config::value::{Origin, Value};
use crate::config::{cluster, columns, memory, size};
use crate::exit::Accepted;
use crate::failure::Failure;

/// Checks all settings of a merge (status 2). `now` is the run's start in microseconds since the
/// epoch, for `--as-of`.
///
/// `out` is where to write if the settings do not say it.
pub(crate) fn merge_options(
    layers: &Layers,
    now: i64,
    out: Option<String>,
) -> Result<MergeOptions, Failure> {
    let settings = layers.common();
    let models = select(layers)?
        .iter()
        .map(model)
        .collect::<Result<Vec<_>, _>>()?;
    let out = settings
        .text("out")
        .filter(|out| !out.is_empty())
        .or(out)
        .ok_or_else(|| {
            Failure::usage("no output is given")
                .hint("say where the Parquet should go with --out DIR")
        })?;
    let own: BTreeSet<&str> = models
        .iter()
        .flat_map(|model: &Model| model.columns.iter().map(|column| column.name.as_str()))
        .collect();
    let columns = settings.checked_list("columns", |names| columns::check(names, &own))?;
    refuse_with_own_sql(&settings, &models)?;
    Ok(MergeOptions {
        models,
        window: window(&settings, now)?,
        out,
        columns: (!columns.is_empty()).then_some(columns),
        as_of_micros: as_of(&settings, now)?,
        max_rejects: settings.require("max-rejects", size::parse_max_rejects)?,
        max_absent: settings.require("max-absent", size::parse_max_rejects)?,
        reject_bytes: !settings.switch("no-reject-bytes"),
        plan: settings.require("plan", |text| {
            Ok(match text {
                "reference" => Plan::Reference,
                "spilled" => Plan::Spilled,
                _ => Plan::Fast,
            })
        })?,
        jsonl: settings.require("format", |text| Ok(text == "jsonl"))?,
        unmatched: UnmatchedLimits::default(),
        sql_dir: sql_dir(&settings),
        resources: resources(&settings)?,
    })
}

/// The settings of a merge for a search of its inputs: every hour where no window is given, and no output.
pub(crate) fn search_options(layers: &Layers, now: i64) -> Result<MergeOptions, Failure> {
    let settings = layers.common();
    Ok(MergeOptions {
        models: select(layers)?
            .iter()
            .map(model)
            .collect::<Result<_, _>>()?,
        window: optional_window(&settings, now)?,
        out: String::new(),
        columns: None,
        as_of_micros: as_of(&settings, now)?,
        max_rejects: MaxRejects::Percent(100.0),
        max_absent: MaxRejects::Percent(100.0),
        reject_bytes: false,
        plan: Plan::Fast,
        jsonl: false,
        unmatched: UnmatchedLimits::default(),
        sql_dir: None,
        resources: resources(&settings)?,
    })
}

/// The window, or every hour where none is given.
pub(crate) fn optional_window(
    settings: &Resolved<'_>,
    now: i64,
) -> Result<Option<Window>, Failure> {
    let given = ["from", "to", "last", "all"].map(|key| settings.find(key));
    let said = |found: &Option<(Value, Origin)>| {
        found
            .as_ref()
            .is_some_and(|(_, origin)| *origin != Origin::Default)
    };
    match given.iter().any(said) {
        true => window(settings, now),
        false => Ok(None),
    }
}

/// Up to when labels are seen, in microseconds since the epoch.
pub(crate) fn as_of(settings: &Resolved<'_>, now: i64) -> Result<i64, Failure> {
    Ok(settings.parse("as-of", time)?.unwrap_or(now))
}

/// A statement of the user's own says itself which columns there are, and knows no SageMaker records.
fn refuse_with_own_sql(settings: &Resolved<'_>, models: &[Model]) -> Result<(), Failure> {
    if models.iter().all(|model| model.sql.is_none()) {
        return Ok(());
    }
    for (key, fixed) in [("columns", ""), ("format", "parquet")] {
        if let Some((value, origin)) = settings.find(key)
            && value.to_string() != fixed
        {
            let place = Resolved::place(key, &origin);
            return Err(Failure::usage(format!("{place} has no meaning with --sql"))
                .hint("the statement names the columns, and hour files are Parquet"));
        }
    }
    Ok(())
}

/// The outcomes of `--ok`.
pub(crate) fn accepted(settings: &Resolved<'_>) -> Result<Vec<Accepted>, Failure> {
    let mut accepted = Vec::new();
    settings.checked_list("ok", |items| {
        for item in items {
            accepted.push(Accepted::parse(item)?);
        }
        Ok(())
    })?;
    Ok(accepted)
}

/// How the engine may use the machine.
pub(crate) fn resources(settings: &Resolved<'_>) -> Result<Resources, Failure> {
    let defaults = Resources::default();
    let max_record_bytes = settings.require("max-record-bytes", |text| {
        let bytes = size::parse_size(text)?;
        usize::try_from(bytes)
            .ok()
            .filter(|bytes| *bytes > 0)
            .ok_or_else(|| format!("`{text}` is not a size that a record can have"))
    })?;
    Ok(Resources {
        threads: settings
            .parse("threads", |text| size::parse_count(text, 1))?
            .unwrap_or(defaults.threads),
        batch_size: settings.require("batch-size", |text| size::parse_count(text, 1))?,
        split_size: settings.require("split-size", |text| match size::parse_size(text)? {
            0 => Err("a split cannot be empty".to_owned()),
            bytes => Ok(bytes),
        })?,
        memory_limit: memory::limit(settings, memory::of_machine)?,
        temp_dir: temp_dir(settings)?,
        limits: Limits {
            max_record_bytes,
            ..defaults.limits
        },
        stores: Stores::new(storage(settings)?),
        cluster: cluster::cluster(settings)?,
    })
}

/// How remote stores are reached.
pub(crate) fn storage(settings: &Resolved<'_>) -> Result<StorageOptions, Failure> {
    // The URL is not repeated: it may hold a password.
    let checked = |url: &str| check_endpoint_url(url).map(|()| url.to_owned());
    let word = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match !text.is_empty() && text.chars().all(plain) {
            true => Ok(text.to_owned()),
            false => Err(format!("`{text}` is no region; write it like eu-west-1")),
        }
    };
    Ok(StorageOptions {
        endpoint_url: settings.parse("endpoint-url", checked)?,
        region: settings.parse("region", word)?,
        profile: settings.text("profile").filter(|name| !name.is_empty()),
        no_sign_request: settings.switch("no-sign-request"),
        sse: settings.parse("sse", Sse::parse)?,
        kms_key_id: settings.text("kms-key-id").filter(|id| !id.is_empty()),
    })
}

/// A folder that can hold temporary files: better refused now than when memory runs short.
fn temp_dir(settings: &Resolved<'_>) -> Result<PathBuf, Failure> {
    let given = settings.find("temp-dir");
    let (folder, place) = match &given {
        Some((folder, origin)) => (
            PathBuf::from(folder.to_string()),
            Resolved::place("temp-dir", origin),
        ),
        None => (
            std::env::temp_dir(),
            "--temp-dir is not given, and the platform's folder".to_owned(),
        ),
    };
    match check_temp_dir(&folder) {
        Ok(()) => Ok(folder),
        Err(error) => {
            let mut failure = Failure::from(error);
            let colon = if given.is_some() { ":" } else { "" };
            failure.message = format!("{place}{colon} {}", failure.message);
            Err(failure)
        }
    }
}

pub(crate) fn sql_dir(settings: &Resolved<'_>) -> Option<PathBuf> {
    settings.text("sql-dir").map(PathBuf::from)
}

/// The hours of predictions to merge; `None` is all. `all`, `last` and `from`, `to` of a higher layer go before those
/// of a lower one; `from` and `to` may come from different layers.
fn window(settings: &Resolved<'_>, now: i64) -> Result<Option<Window>, Failure> {
    let rank = |key| settings.find(key).map_or(0, |(_, origin)| origin.rank());
    let all = settings.switch("all");
    let last = settings.parse("last", |text| match parse_duration_hours(text) {
        Ok(hours) if hours > 0 => Ok(hours),
        Ok(_) => Err(format!("`{text}` is no time before now")),
        Err(error) => Err(error.to_string()),
    })?;
    let bounds = rank("from").max(rank("to"));
    if all && last.is_some() && rank("all") == rank("last") {
        return Err(Failure::usage("both --all and --last are given")
            .hint("leave out --all to take the hours until now"));
    }
    if let Some(hours) = last
        && !(all && rank("all") > rank("last"))
    {
        if rank("last") == bounds {
            return Err(Failure::usage("both --last and --from, --to are given")
                .hint("a window is one or the other"));
        }
        if rank("last") > bounds {
            // The hour that is going on is the last.
            let to = Hour::from_micros(now).plus(1);
            return Window::new(to.plus(-hours), to)
                .map(Some)
                .map_err(|error| Failure::usage(error.to_string()));
        }
    }
    if all && rank("all") > bounds {
        return Ok(None);
    }
    if all && rank("all") == bounds {
        return Err(Failure::usage("both --all and --from, --to are given")
            .hint("leave out --all to merge the hours of the window"));
    }
    match (settings.parse("from", hour)?, settings.parse("to", hour)?) {
        (Some(from), Some(to)) => Window::new(from, to)
            .map(Some)
            .map_err(|error| Failure::usage(error.to_string())),
        (None, None) => Err(Failure::usage("no window is given").hint(
            "say which hours to merge with --from 2026-11-01T00 --to 2026-11-02T00, or --all",
        )),
        (from, _) => {
            let (given, missing) = if from.is_some() {
                ("from", "to")
            } else {
                ("to", "from")
            };
            Err(
                Failure::usage(format!("--{given} is given without --{missing}"))
                    .hint("a window has both ends; --to is the first hour that is not merged"),
            )
        }
    }
}

/// A time in microseconds since the epoch, or an hour or day for its first instant.
pub(crate) fn time(text: &str) -> Result<i64, String> {
    if let Some(micros) = parse_time(text) {
        return Ok(micros);
    }
    if let Some(micros) = parse_time(&format!("{text}:00Z")) {
        return Ok(micros);
    }
    // Whole hours and days are accepted as in --from.
    hour(text)
        .map(|hour| hour.micros())
        .map_err(|_| format!("`{text}` is not a time; write it like 2026-11-01T06:30:00Z"))
}

#[cfg(test)]
mod tests;
