//! `groundline unmatched`

use arrow::array::{AsArray, RecordBatch};
use groundline_engine::{Catalog, SqlInputs, SqlSession, unmatched_fix};

use crate::args::unmatched::UnmatchedArgs;
use crate::config::layers::Layers;
use crate::config::run::resources;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Form;
use crate::printer::{Printer, Stdout};
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
    let found = workers.wait(async {
        let session = SqlSession::open(&inputs, &Catalog::default(), &resources).await?;
        let model = args.model.as_deref();
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
        printer.note(&format!("no unmatched labels in `{folder}`"));
    }
    let mut out = Stdout::open();
    if let Some(first) = batches.first() {
        let mut writer = form.rows(first.schema());
        for batch in &batches {
            writer.write(batch, &mut out)?;
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
