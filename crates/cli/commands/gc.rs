//! `groundline gc`

use groundline_engine::EngineError;
use groundline_store::{
    Leftover, LeftoverKind, Stores, leftovers, parse_duration_minutes, remove_leftover,
};
use serde_json::json;

use crate::args::gc::GcArgs;
use crate::commands::merge::now;
use crate::config::layers::Layers;
use crate::config::run::storage;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::table::Grid;
use crate::output::{Form, json::document, ndjson};
use crate::printer::{Printer, Stdout};
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &GcArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let out = settings
        .text("out")
        .filter(|out| !out.is_empty())
        .ok_or_else(|| {
            Failure::usage("no output is given")
                .hint("say where to look with --out OUT, or in [output] of groundline.toml")
        })?;
    let minutes = parse_duration_minutes(&args.older_than)
        .map_err(|error| Failure::usage(format!("--older-than: {error}")))?;
    let before = now().saturating_sub(minutes.saturating_mul(60_000_000));
    let stores = Stores::new(storage(&settings)?);
    let remove = args.yes;
    let workers = Workers::start(2)?;
    let found = workers.run(move || async move {
        let root = stores.open(&out).await.map_err(EngineError::from)?;
        let found = leftovers(&root, before).await.map_err(EngineError::from)?;
        let mut removed = 0_usize;
        if remove {
            for leftover in &found {
                let gone = remove_leftover(&root, leftover).await;
                removed += usize::from(gone.map_err(EngineError::from)?);
            }
        }
        Ok::<_, Failure>((found, removed))
    });
    let (found, removed) = found?.ok_or_else(|| interruption("interrupted"))??;
    let mut stdout = Stdout::open();
    print(&found, form, &mut stdout)?;
    stdout.flush()?;
    printer.note(&match (found.len(), remove) {
        (0, _) => "nothing is left behind".to_owned(),
        (_, true) => format!("{removed} removed"),
        (some, false) => format!("{some} left behind; --yes removes them"),
    });
    Ok(ExitStatus::Clean)
}

fn print(found: &[Leftover], form: Form, out: &mut Stdout) -> Result<(), Failure> {
    let value = |leftover: &Leftover| {
        json!({
            "kind": kind(leftover.kind),
            "key": leftover.key,
            "bytes": leftover.size,
            "modified_micros": leftover.modified_micros,
        })
    };
    match form {
        Form::Json => document(&found.iter().map(value).collect::<Vec<_>>(), out),
        Form::Ndjson => found
            .iter()
            .try_for_each(|leftover| ndjson::line(&value(leftover), out)),
        Form::Csv => {
            out.line("kind,key,bytes,modified_micros")?;
            found.iter().try_for_each(|leftover| {
                let size = leftover
                    .size
                    .map(|size| size.to_string())
                    .unwrap_or_default();
                let cells = [
                    kind(leftover.kind).to_owned(),
                    field(&leftover.key),
                    size,
                    leftover.modified_micros.to_string(),
                ];
                out.line(&cells.join(","))
            })
        }
        Form::Table if found.is_empty() => Ok(()),
        Form::Table => {
            let mut grid = Grid::new(&["kind", "key", "bytes"]);
            grid.right_align(2);
            for leftover in found {
                grid.row(vec![
                    kind(leftover.kind).to_owned(),
                    leftover.key.clone(),
                    leftover
                        .size
                        .map(|size| size.to_string())
                        .unwrap_or_default(),
                ]);
            }
            grid.print(out)
        }
    }
}

fn kind(kind: LeftoverKind) -> &'static str {
    match kind {
        LeftoverKind::StagedFile => "unfinished file",
        LeftoverKind::Upload => "unfinished upload",
        LeftoverKind::Job => "plan of a cluster's job",
        LeftoverKind::Snapshot => "label listing of no receipt",
        LeftoverKind::Receipt => "receipt without hour file",
    }
}
