//! `groundline report`

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use groundline_engine::{Every, QualitySource, QualityValues};
use groundline_monitor::{Comparing, ReportRequest, gather, reported_models};
use groundline_report::{report_html, report_markdown};
use groundline_store::Window;

use crate::args::report::ReportArgs;
use crate::commands::measured::Measuring;
use crate::commands::merge::{accepting, now};
use crate::commands::monitor::constraints;
use crate::commands::schedule::target_of;
use crate::commands::unmatched::names_in;
use crate::config::layers::Layers;
use crate::config::model::hour;
use crate::config::quality::values;
use crate::config::resolved::Resolved;
use crate::config::run::optional_window;
use crate::config::select::{Selected, select};
use crate::config::value::Origin;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::printer::{Printer, Stdout};
use crate::suggest::did_you_mean;
use crate::whole_file;
use crate::workers::{Workers, interruption};

const FILE: &str = "report.html";

const RUN_FIRST: &str = "--in is the folder that `merge`, `monitor` or `schedule` wrote to with --out: run one of them first";

pub(crate) fn run(args: &ReportArgs) -> Result<ExitStatus, Failure> {
    accepting(args.layer(), |layers, printer| {
        attempt(args, layers, printer)
    })
}

fn attempt(args: &ReportArgs, layers: &Layers, printer: Printer) -> Result<ExitStatus, Failure> {
    let settings = layers.common();
    let out = settings
        .text("in")
        .or_else(|| settings.text("out"))
        .filter(|out| !out.is_empty())
        .ok_or_else(|| {
            Failure::usage("no output is given")
                .hint("say where merges or schedules wrote to with --in OUT, or in [output] of groundline.toml")
        })?;
    let measuring = Measuring::new(layers, Every::Window, Vec::new())?;
    if !out.contains("://") && !Path::new(&out).is_dir() {
        return Err(Failure::usage(format!("there is no folder `{out}`")).hint(RUN_FIRST));
    }
    let compare = args.compare.as_deref().map(comparing).transpose()?;
    let window = optional_window(&settings, now())?;
    let threads = measuring.resources.threads;
    let (stores, folder) = (measuring.resources.stores.clone(), out.clone());
    let there = Workers::start(threads)?.wait(reported_models(&stores, &folder));
    let there = there.ok_or_else(|| interruption("interrupted"))??;
    let name = model(args.model.as_deref(), layers, &out, &there)?;
    let configured = configured(layers, &name)?;
    let settings = configured.as_ref().map_or(settings, |one| one.settings);
    let (endpoints, variants) = configured
        .as_ref()
        .map(|one| (one.endpoints.clone(), one.variants.clone()))
        .unwrap_or_default();
    let mut values = values(&settings)?;
    let (given, fallback) = held(&settings, &mut values)?;
    let source = QualitySource::Merged {
        out: out.clone(),
        model: name.clone(),
        endpoints,
        variants,
    };
    let request = ReportRequest {
        model: name,
        out,
        measuring: measuring.options(source, values, None),
        window,
        everything: settings.switch("all"),
        schedule: args.schedule.clone(),
        every: args.every(),
        compare,
        by: args.by.clone(),
        constraints: given,
        configured: fallback,
        targets: targets(layers)?,
    };
    let gathered = Workers::start(threads)?.run(move || async move { gather(&request).await });
    let gathered = gathered?.ok_or_else(|| interruption("interrupted; nothing was written"))??;
    for said in &gathered.said {
        printer.note(said);
    }
    let (text, default) = match args.format.as_str() {
        "markdown" => (report_markdown(&gathered.report), "-"),
        _ => (report_html(&gathered.report), FILE),
    };
    match args.file.as_deref().unwrap_or(default) {
        "-" => {
            let mut stdout = Stdout::open();
            stdout.bytes(text.as_bytes())?;
            stdout.flush()?;
        }
        file => {
            whole_file::write("report", file, &text, true)?;
            printer.note(&format!("written: {file}"));
        }
    }
    match gathered.violations() {
        1.. if args.fail_on_violations => Ok(ExitStatus::Violations),
        _ => Ok(ExitStatus::Clean),
    }
}

/// The model that is meant: one page is about one, and a file's name should not depend on how many there are.
fn model(
    asked: Option<&str>,
    layers: &Layers,
    out: &str,
    there: &BTreeSet<String>,
) -> Result<String, Failure> {
    if there.is_empty() {
        return Err(Failure::usage(format!(
            "`{out}` is no output of groundline: there is no merged/model=… and no runs/model=… below it; it has: {}",
            names_in(Path::new(out))
        ))
        .hint(output_near(out).map_or_else(
            || RUN_FIRST.to_owned(),
            |near| format!("there is one in `{near}`: --in {near}"),
        )));
    }
    let names = || there.iter().map(String::as_str);
    let listed = || names().collect::<Vec<_>>().join(", ");
    if let Some(asked) = asked {
        return match there.contains(asked) {
            true => Ok(asked.to_owned()),
            false => Err(Failure::usage(format!(
                "there is nothing of the model `{asked}` in `{out}`{}",
                did_you_mean(asked, names())
            ))
            .hint(format!("it has: {}", listed()))),
        };
    }
    let configured: Vec<String> = match layers.has_models() {
        true => layers
            .models()
            .iter()
            .filter_map(|model| model.text("model"))
            .filter(|name| there.contains(name))
            .collect(),
        false => Vec::new(),
    };
    match (configured.as_slice(), there.len()) {
        ([one], _) => Ok(one.clone()),
        (_, 1) => Ok(listed()),
        _ => Err(
            Failure::usage(format!("`{out}` has several models: {}", listed()))
                .hint("a page is about one: say which with --model NAME"),
        ),
    }
}

/// An output in, or around, a local folder that is none.
fn output_near(out: &str) -> Option<String> {
    let is_output = |folder: &Path| {
        let has = |table: &str| {
            let entries = std::fs::read_dir(folder.join(table)).into_iter().flatten();
            let mut names = entries.flatten().map(|entry| entry.file_name());
            names.any(|name| name.to_string_lossy().starts_with("model="))
        };
        has("merged") || has("runs")
    };
    let folder = Path::new(out);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut inside: Vec<_> = entries.map(|entry| entry.path()).collect();
    inside.sort();
    let around = folder.ancestors().skip(1).take(6);
    let around = around.filter(|folder| !folder.as_os_str().is_empty());
    let mut near = around.map(Path::to_path_buf).chain(inside);
    Some(near.find(|folder| is_output(folder))?.display().to_string())
}

/// What the configuration says of the model, if it knows it.
fn configured<'a>(layers: &'a Layers, name: &str) -> Result<Option<Selected<'a>>, Failure> {
    if !layers.has_models() {
        return Ok(None);
    }
    let mut selected = select(layers)?.into_iter();
    Ok(selected.find(|model| model.name == name))
}

type Held = Option<groundline_quality::Constraints>;

/// Constraints that are given in the call, and those that a file of settings has.
fn held(settings: &Resolved<'_>, values: &mut QualityValues) -> Result<(Held, Held), Failure> {
    let Some((file, origin)) = settings.find("constraints") else {
        return Ok((None, None));
    };
    let file = file.to_string();
    if file.is_empty() {
        return Ok((None, None));
    }
    let found = constraints(&file, values)?;
    Ok(match origin {
        Origin::Flag | Origin::Environment => (Some(found), None),
        _ => (None, Some(found)),
    })
}

/// `previous`, or two hours.
fn comparing(text: &str) -> Result<Comparing, Failure> {
    if text == "previous" {
        return Ok(Comparing::Previous);
    }
    let wrong = |why: String| {
        Failure::usage(format!("--compare: {why}")).hint(
            "write --compare previous, or two hours such as --compare 2026-10-01T00..2026-11-01T00",
        )
    };
    let (from, to) = text
        .split_once("..")
        .ok_or_else(|| wrong(format!("`{text}` is neither `previous` nor FROM..TO")))?;
    let window = Window::new(hour(from).map_err(wrong)?, hour(to).map_err(wrong)?);
    window
        .map(Comparing::Window)
        .map_err(|_| wrong(format!("`{from}` is not before `{to}`")))
}

/// The coverage that each schedule of the configuration waits for.
fn targets(layers: &Layers) -> Result<BTreeMap<String, f64>, Failure> {
    let schedules = layers.file.iter().flat_map(|file| &file.schedules);
    let mut targets = BTreeMap::new();
    for entry in schedules {
        if let Some(target) = target_of(layers, entry)? {
            targets.insert(entry.name.clone(), target.min_coverage);
        }
    }
    Ok(targets)
}
