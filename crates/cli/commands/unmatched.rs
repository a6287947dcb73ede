//! `groundline unmatched`

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringArray};
use groundline_engine::{
    Catalog, EngineError, LeftBehind, RunTable, SqlInputs, SqlSession, shown_id, unmatched_fix,
};
use groundline_store::{Stores, decoded_name};

use crate::args::unmatched::UnmatchedArgs;
use crate::config::layers::Layers;
use crate::config::run::resources;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Form;
use crate::printer::{Printer, Stdout};
use crate::suggest::did_you_mean;
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &UnmatchedArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let folder = settings
        .text("in")
        .or_else(|| settings.text("out"))
        .filter(|folder| !folder.is_empty())
        .ok_or_else(|| {
            Failure::usage("no output is given")
                .hint("say where a merge wrote to with --in OUT, or in [output] of groundline.toml")
        })?;
    let resources = resources(&settings)?;
    let inputs = SqlInputs {
        out: Some(folder.clone()),
        ..SqlInputs::default()
    };
    let workers = Workers::start(resources.threads)?;
    let model = args.model.as_deref();
    let models = workers.wait(models_of_runs(&resources.stores, &folder));
    let models = models.ok_or_else(|| interruption("interrupted"))??;
    refuse_absent(&folder, model, &models)?;
    let found = workers.wait(async {
        let session = SqlSession::open(&inputs, &Catalog::default(), &resources).await?;
        match &args.reason {
            Some(reason) => {
                let parameters = [("model", model), ("reason", Some(reason.as_str()))];
                session.shipped("unmatched_labels", &parameters).await
            }
            None => session.shipped("unmatched", &[("model", model)]).await,
        }
    });
    let batches: Vec<RecordBatch> = found.ok_or_else(|| interruption("interrupted"))??;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if rows == 0 {
        let models: Vec<&str> = match model {
            Some(model) => vec![model],
            None => models.iter().map(String::as_str).collect(),
        };
        let of_reason = args.reason.as_ref();
        printer.note(&format!(
            "no unmatched labels{} in `{folder}`: the runs of {} left none (those of --sql never do)",
            of_reason.map_or_else(String::new, |reason| format!(" of the reason {reason}")),
            models.join(", ")
        ));
    }
    let mut out = Stdout::open();
    if let Some(first) = batches.first() {
        let mut writer = form.rows(first.schema());
        for batch in &batches {
            match form {
                Form::Table => writer.write(&with_shown_ids(batch)?, &mut out)?,
                // What other programs read stays as it is.
                _ => writer.write(batch, &mut out)?,
            }
        }
        writer.finish(&mut out)?;
    }
    out.flush()?;
    if args.reason.is_none() {
        tell_fixes(&batches, printer);
    }
    Ok(ExitStatus::Clean)
}

/// What to do about each reason, once.
fn tell_fixes(batches: &[RecordBatch], printer: Printer) {
    let mut told: Vec<String> = Vec::new();
    for batch in batches {
        let Some(reasons) = batch.column_by_name("reason") else {
            continue;
        };
        for reason in reasons.as_string::<i32>().iter().flatten() {
            if !told.iter().any(|known| known == reason) {
                printer.hint(&format!("{reason}: {}", unmatched_fix(reason)));
                told.push(reason.to_owned());
            }
        }
    }
}

/// Models whose runs wrote the output: each leaves a ledger, and one that stopped may have left labels before it.
async fn models_of_runs(stores: &Stores, folder: &str) -> Result<BTreeSet<String>, EngineError> {
    let mut models = BTreeSet::new();
    for table in [RunTable::Ledger, RunTable::UnmatchedLabels] {
        let found = LeftBehind::look(stores, folder, table, None).await?;
        let encoded = found.values.into_iter().next().unwrap_or_default();
        models.extend(encoded.iter().map(|name| decoded_name(name)));
    }
    Ok(models)
}

/// An error if no run of the model, or none at all, wrote the output: then that nothing is unmatched says nothing.
fn refuse_absent(
    folder: &str,
    model: Option<&str>,
    models: &BTreeSet<String>,
) -> Result<(), Failure> {
    if models.is_empty() {
        return Err(Failure::usage(format!(
            "`{folder}` is no output of a merge: there is no ledger/model=…/window_from=…/window_to=…/part-0.parquet \
             below it; it has: {}",
            names_in(Path::new(folder))
        ))
        .hint("--in is the folder that a merge wrote to with --out, above its merged/ and ledger/"));
    }
    match model {
        Some(model) if !models.contains(model) => {
            let names = || models.iter().map(String::as_str);
            Err(Failure::usage(format!(
                "no run of the model `{model}` is in `{folder}`{}",
                did_you_mean(model, names())
            ))
            .hint(format!(
                "there are runs of: {}",
                names().collect::<Vec<_>>().join(", ")
            )))
        }
        _ => Ok(()),
    }
}

/// The first names in a folder, folders with a slash.
pub(crate) fn names_in(folder: &Path) -> String {
    const NAMED: usize = 10;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            format!("{}{slash}", entry.file_name().to_string_lossy())
        })
        .collect();
    names.sort();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let more = names.len() > NAMED;
    names.truncate(NAMED);
    if more {
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// The rows with ids in quotes where a cell would not show their blanks.
fn with_shown_ids(batch: &RecordBatch) -> Result<RecordBatch, Failure> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| match field.name().as_str() {
        "key" | "nearest_key" => {
            let ids = column.as_string::<i32>().iter();
            Arc::new(ids.map(|id| id.map(shown_id)).collect::<StringArray>())
        }
        _ => Arc::clone(column),
    });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect())
        .map_err(|error| Failure::failed("cannot print the rows").because(&error))
}
