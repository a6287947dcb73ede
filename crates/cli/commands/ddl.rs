//! `groundline ddl`

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use groundline_engine::{EngineError, LeftBehind, RunTable};
use groundline_store::{Root, StoreError, Stores, shown};

use crate::args::ddl::DdlArgs;
use crate::config::columns;
use crate::config::layers::Layers;
use crate::config::resolved::Resolved;
use crate::config::value::Origin;
use crate::ddl::{Dialect, Reader};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::printer::{Printer, Stdout};
use crate::suggest::nearest;
use crate::workers::{Workers, interruption};

/// Stands in the text where nobody said where the output is.
const NOWHERE: &str = "OUT";

pub(crate) fn run(args: &DdlArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let table = RunTable::named(&args.table)
        .ok_or_else(|| Failure::usage(format!("there is no table `{}`", args.table)))?;
    let model = model(&settings);
    let out = settings.text("out").filter(|out| !out.is_empty());
    let location = args.location.clone().filter(|text| !text.is_empty());
    refuse_secrets(location.as_deref().or(out.as_deref()))?;

    let found = match &out {
        Some(out) => look(out, table, model.as_deref(), printer)?,
        None => LeftBehind::default(),
    };
    let schema = match &found.schema {
        Some(schema) => chosen(&settings, table, schema, |asked| known(asked, schema))?,
        None => chosen(&settings, table, &table.schema(), |asked| {
            columns::check(asked, &BTreeSet::new())
        })?,
    };
    let location = location.or(out).unwrap_or_else(|| {
        printer.note(&format!(
            "no output is given: put its place where the text has {NOWHERE}"
        ));
        printer.hint("--out DIR looks at the output and names it");
        NOWHERE.to_owned()
    });
    if args.reader == Dialect::Athena && !location.starts_with("s3://") && location != NOWHERE {
        printer.note(&format!("Athena reads s3:// only, and not `{location}`"));
        printer.hint("copy the output there and name the copy with --location s3://BUCKET/PREFIX");
    }
    let text = args.reader.text(&Reader {
        table,
        location,
        model,
        schema,
        values: found.values,
    })?;
    let mut out = Stdout::open();
    out.bytes(text.as_bytes())?;
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// What is printed goes into files and catalogues that others read, and no reader takes a password there.
fn refuse_secrets(location: Option<&str>) -> Result<(), Failure> {
    match location {
        Some(text) if shown(text) != text => Err(Failure::usage(format!(
            "`{}` holds a password or a query, which would be in the printed text",
            shown(text)
        ))
        .hint("name the place alone: the reader finds its credentials as it always does")),
        _ => Ok(()),
    }
}

/// The model that somebody asked for. The default is the name that a merge without one gives.
fn model(settings: &Resolved<'_>) -> Option<String> {
    let (name, origin) = settings.find("model")?;
    (origin != Origin::Default).then(|| name.to_string())
}

/// Buckets are not asked: what is printed is for readers that find their way there themselves.
async fn look_locally(
    out: &str,
    table: RunTable,
    model: Option<&str>,
) -> Result<LeftBehind, EngineError> {
    Root::open(out)?;
    LeftBehind::look(&Stores::default(), out, table, model).await
}

/// What is there; nothing where it cannot be known yet.
fn look(
    out: &str,
    table: RunTable,
    model: Option<&str>,
    printer: Printer,
) -> Result<LeftBehind, Failure> {
    let found = Workers::start(1)?
        .wait(look_locally(out, table, model))
        .ok_or_else(|| interruption("interrupted"))?;
    let why = match found {
        Ok(found) if found.schema.is_some() => return Ok(found),
        Ok(_) => format!("no run has left {} in `{}`", table.name(), shown(out)),
        Err(EngineError::Store(error)) => match *error {
            StoreError::NoSuchFolder { .. } => format!("there is no folder `{}` yet", shown(out)),
            StoreError::RemoteRoot { .. } => format!("nobody has looked into `{}`", shown(out)),
            other => return Err(EngineError::from(other).into()),
        },
        Err(error) => return Err(error.into()),
    };
    printer.note(&format!("{why}: the columns are those that are documented"));
    Ok(LeftBehind::default())
}

/// The columns of `--columns`, which is for hour files.
fn chosen(
    settings: &Resolved<'_>,
    table: RunTable,
    schema: &SchemaRef,
    check: impl FnOnce(&[String]) -> Result<(), String>,
) -> Result<SchemaRef, Failure> {
    if table != RunTable::Merged {
        if let Some((_, Origin::Flag)) = settings.find("columns") {
            return Err(Failure::usage(format!(
                "--columns is for the table merged, and this is {}",
                table.name()
            )));
        }
        return Ok(Arc::clone(schema));
    }
    let names = settings.checked_list("columns", check)?;
    if names.is_empty() {
        return Ok(Arc::clone(schema));
    }
    let fields = names
        .iter()
        .filter_map(|name| schema.fields().find(name))
        .map(|(_, field)| Arc::clone(field));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// Says which of the columns no hour file has.
fn known(asked: &[String], schema: &Schema) -> Result<(), String> {
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    for (at, column) in asked.iter().enumerate() {
        if !names.contains(&column.as_str()) {
            let all = names.join(", ");
            let near = nearest(column, names.iter().copied());
            let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            return Err(format!(
                "the hour files have no column `{column}`; {near}There are: {all}"
            ));
        }
        if asked.iter().take(at).any(|earlier| earlier == column) {
            return Err(format!("the column `{column}` stands twice"));
        }
    }
    Ok(())
}
