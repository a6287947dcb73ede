//! `groundline explain-id`

use groundline_engine::{Explanation, Occurrence, explain};
use serde::Serialize;

use crate::args::explain_id::ExplainIdArgs;
use crate::commands::merge::now;
use crate::config::layers::Layers;
use crate::config::run::search_options;
use crate::exit::ExitStatus;
use crate::failure::Failure;
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
    let form = settings.require("output", |text| match Form::parse(text) {
        Form::Csv => Err("`csv` is not one of table, json, ndjson here".to_owned()),
        form => Ok(form),
    })?;
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
        _ => table(&found, &mut out)?,
    }
    out.flush()?;
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
    let several = found.models.len() > 1;
    let mut header = vec!["what", "id", "as", "hour", "where", "outcome"];
    if several {
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
            if several {
                cells.insert(0, model.model.clone());
            }
            grid.row(cells);
        }
    }
    grid.print(out)
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
        found.id,
        searched.join("; ")
    ))
    .hint("ids that differ in case, blanks or quotes would have been found; is it of another bucket, or of hours before --from?")
}
