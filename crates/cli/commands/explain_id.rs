//! `groundline explain-id`

use groundline_engine::{Explanation, Occurrence, explain};
use serde::Serialize;

use crate::args::explain_id::ExplainIdArgs;
use crate::commands::merge::now;
use crate::config::layers::Layers;
use crate::config::run::search_options;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::json::document;
use crate::output::table::Grid;
use crate::output::{Form, ndjson};
use crate::printer::{Printer, Stdout};
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &ExplainIdArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    if args.id.trim().is_empty() {
        return Err(Failure::usage("the id is empty"));
    }
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let options = search_options(&layers, now())?;
    let workers = Workers::start(options.resources.threads)?;
    let id = args.id.clone();
    let found = workers.run(move || async move { explain(&id, &options).await })?;
    let found = found.ok_or_else(|| interruption("interrupted"))??;
    if found.is_empty() {
        return Err(nowhere(&found));
    }
    let mut out = Stdout::open();
    match form {
        Form::Json => document(&found, &mut out)?,
        Form::Ndjson => {
            for model in &found.models {
                for occurrence in &model.occurrences {
                    ndjson::line(
                        &OccurrenceLine {
                            model: &model.model,
                            occurrence,
                        },
                        &mut out,
                    )?;
                }
            }
        }
        Form::Csv => csv(&found, &mut out)?,
        Form::Table => table(&found, &mut out)?,
    }
    out.flush()?;
    if found.models.iter().any(|model| model.incomplete) {
        printer.warn(
            "so many records have this id, or one that goes with it, that not all were looked at: \
             what is said here may differ from what a merge does, whose `unmatched_labels` counts",
        );
    }
    for model in &found.models {
        if let Some(why) = &model.first_unread {
            printer.warn(&format!(
                "{} files of predictions of {} could not be read whole, and nothing in them is told: {why}",
                model.unread, model.model
            ));
        }
    }
    tell_fixes(&found, printer);
    Ok(ExitStatus::Clean)
}

#[derive(Serialize)]
struct OccurrenceLine<'a> {
    model: &'a str,
    #[serde(flatten)]
    occurrence: &'a Occurrence,
}

fn table(found: &Explanation, out: &mut Stdout) -> Result<(), Failure> {
    let occurrences = || found.models.iter().flat_map(|model| &model.occurrences);
    let several_models = found.models.len() > 1;
    let several_records = occurrences().any(|one| one.record_count.is_some_and(|count| count > 1));
    let mut header = vec!["what", "id", "as", "hour", "where", "outcome"];
    if several_records {
        header.insert(5, "record_index");
    }
    if several_models {
        header.insert(0, "model");
    }
    let mut grid = Grid::new(&header);
    for model in &found.models {
        for occurrence in &model.occurrences {
            let mut cells = vec![
                occurrence.what.clone(),
                occurrence.id.clone(),
                occurrence.role.clone(),
                occurrence.hour.clone(),
                format!("{}:{}", occurrence.file, occurrence.line),
                occurrence.outcome.clone(),
            ];
            if several_records {
                cells.insert(5, shown(occurrence.record_index));
            }
            if several_models {
                cells.insert(0, model.model.clone());
            }
            grid.row(cells);
        }
    }
    grid.print(out)
}

const CSV_HEADER: &str = "model,what,id,role,endpoint,variant,hour,file,position,line,record_index,\
                          record_count,status,reason,nearest_key,nearest_model,nearest_endpoint,\
                          nearest_variant,nearest_hour,nearest_file,nearest_position,nearest_line,outcome,fix";

/// A row per occurrence, with what JSON has.
fn csv(found: &Explanation, out: &mut Stdout) -> Result<(), Failure> {
    out.line(CSV_HEADER)?;
    for model in &found.models {
        for one in &model.occurrences {
            let near = one.nearest.as_ref();
            let cells = [
                model.model.clone(),
                one.what.clone(),
                one.id.clone(),
                one.role.clone(),
                shown(one.endpoint.as_ref()),
                shown(one.variant.as_ref()),
                one.hour.clone(),
                one.file.clone(),
                one.position.to_string(),
                one.line.to_string(),
                shown(one.record_index),
                shown(one.record_count),
                one.status.clone(),
                shown(one.reason.as_ref()),
                shown(near.map(|near| &near.key)),
                shown(near.and_then(|near| near.model.as_ref())),
                shown(near.map(|near| &near.endpoint)),
                shown(near.map(|near| &near.variant)),
                shown(near.map(|near| &near.hour)),
                shown(near.map(|near| &near.file)),
                shown(near.map(|near| near.position)),
                shown(near.and_then(|near| near.line)),
                one.outcome.clone(),
                shown(one.fix.as_ref()),
            ];
            let cells: Vec<String> = cells.iter().map(|cell| field(cell)).collect();
            out.line(&cells.join(","))?;
        }
    }
    Ok(())
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// What to do, each thing once.
fn tell_fixes(found: &Explanation, printer: Printer) {
    let occurrences = found.models.iter().flat_map(|model| &model.occurrences);
    let mut told: Vec<&str> = Vec::new();
    for fix in occurrences.filter_map(|occurrence: &Occurrence| occurrence.fix.as_deref()) {
        if !told.contains(&fix) {
            printer.hint(fix);
            told.push(fix);
        }
    }
}

fn nowhere(found: &Explanation) -> Failure {
    let searched: Vec<String> = found
        .models
        .iter()
        .map(|model| match model.from.as_str() {
            "" => format!("{}: no predictions in the window", model.model),
            from => format!(
                "{}: {} files of the hours from {from} to {} and their labels",
                model.model, model.files, model.to
            ),
        })
        .collect();
    Failure::failed(format!(
        "`{}` stands nowhere; searched {}",
        groundline_store::shown(&found.id),
        searched.join("; ")
    ))
    .hint("ids that differ in case, blanks or quotes would have been found; is it of another bucket, or of hours before --from?")
}
