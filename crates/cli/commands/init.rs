//! `groundline init`

use std::io::{IsTerminal, Write};
use std::path::Path;

use groundline_engine::{
    EngineError, Findings, InitOptions, RecordKind, Whereabouts, init, whereabouts,
};
use groundline_store::{Root, StoreError, Stores, shown};
use serde_json::json;

use crate::args::init::{InitArgs, InitOutput};
use crate::config::file::{ConfigFile, NAME};
use crate::config::layers::Layers;
use crate::config::model::{check_maps, transform_hour};
use crate::config::resolved::Resolved;
use crate::config::run::storage;
use crate::config::setting::setting;
use crate::config::value::Origin;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::init::command::{self, Inputs};
use crate::init::document::{self, Target};
use crate::init::report;
use crate::output::json::document as print_json;
use crate::printer::{Printer, Stdout};
use crate::whole_file;
use crate::workers::{Workers, interruption};

/// Where the merge will write when nobody says so.
const OUT: &str = "out";

/// A look waits for the store more than it computes.
const THREADS: usize = 4;

pub(crate) fn run(args: &InitArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::without_file(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(args.quiet);
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let inputs = Inputs {
        captures: settings.text("captures"),
        transforms: settings.text("transforms"),
        labels: settings.text("labels"),
    };
    if inputs.captures.is_none() && inputs.transforms.is_none() {
        return Err(nothing_given(&inputs));
    }
    let target = Target {
        config: settings.text("config").unwrap_or_else(|| NAME.to_owned()),
        out: settings.text("out").unwrap_or_else(|| OUT.to_owned()),
        storage: given_storage(&settings),
    };
    // Before the work, not after it.
    let replace = may_replace(&target.config, args)?;
    refuse_inside(&inputs, &target.out)?;

    let options = InitOptions {
        captures: inputs.captures.clone(),
        transforms: inputs.transforms.clone(),
        labels: inputs.labels.clone(),
        map: settings.checked_list("map", check_maps)?,
        transform_hour: transform_hour(&settings)?,
        stores: Stores::new(storage(&settings)?),
        ..InitOptions::default()
    };
    let named: Vec<String> = inputs.named().iter().map(|uri| shown(uri)).collect();
    printer.note(&format!("looking at {}", named.join(", ")));
    let (found, places) = Workers::start(THREADS)?
        .run(move || async move {
            let found = init(&options).await;
            let places = match &found {
                Err(EngineError::OtherRecords { .. }) => whereabouts(&options).await,
                _ => Whereabouts::default(),
            };
            (found, places)
        })?
        .ok_or_else(|| interruption("interrupted; nothing was written"))?;
    let findings = found.map_err(|error| explained(error, places))?;

    let text = document::text(&findings, &target);
    // What is written must be readable, whatever the names in the bucket are.
    ConfigFile::parse(&target.config, &text).map_err(|failure| {
        failure
            .while_doing("the proposed configuration cannot be read")
            .hint("this is a fault of groundline: please report it with the lines above")
    })?;
    whole_file::write("configuration", &target.config, &text, replace)?;
    print(args, &findings, &target)?;
    printer.note(&format!("wrote {}", target.config));
    if inputs.labels.is_none() {
        printer
            .hint("without labels nothing can be joined: run it again with --labels DIR --force");
    } else if findings
        .label_table
        .as_ref()
        .is_some_and(|table| !table.complete)
    {
        printer.hint(&format!(
            "say in [model.labels] of {} which columns are the id, the label and its time; then: {}",
            target.config,
            command::merge(&target.config)
        ));
    } else {
        printer.note(&format!("next: {}", command::merge(&target.config)));
    }
    Ok(ExitStatus::Clean)
}

fn print(args: &InitArgs, findings: &Findings, target: &Target) -> Result<(), Failure> {
    let mut out = Stdout::open();
    match args.output {
        InitOutput::Table => report::print(findings, &mut out)?,
        InitOutput::Json => print_json(
            &json!({
                "config": target.config,
                "findings": findings,
                "merge": command::merge(&target.config),
            }),
            &mut out,
        )?,
    }
    out.flush()
}

fn nothing_given(inputs: &Inputs) -> Failure {
    let labels = inputs.labels.as_deref().map_or("DIR".to_owned(), shown);
    Failure::usage("no predictions are given").hint(format!(
        "say where they are: groundline init --captures DIR --labels {} (endpoint data capture), or \
         --transforms DIR (batch transform)",
        command::quoted(&labels)
    ))
}

/// Whether an existing configuration is to be replaced; an error where it must not be.
fn may_replace(config: &str, args: &InitArgs) -> Result<bool, Failure> {
    // A link that leads nowhere is there too.
    if args.force || Path::new(config).symlink_metadata().is_err() {
        return Ok(args.force);
    }
    let refused = || {
        Failure::usage(format!("`{config}` is there already"))
            .hint("replace it with --force, or write another with --config FILE")
    };
    if args.yes || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(refused());
    }
    let mut terminal = anstream::stderr();
    // Without an answer nothing is replaced.
    let _ = write!(terminal, "`{config}` is there already. Replace it? [y/N] ");
    let _ = terminal.flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    match (read, answer.trim().to_ascii_lowercase().as_str()) {
        (Ok(_), "y" | "yes") => Ok(true),
        _ => Err(refused()),
    }
}

/// What was said of the store, as it stands in `[storage]`; the environment is there for the merge too.
fn given_storage(settings: &Resolved<'_>) -> Vec<(&'static str, String)> {
    ["endpoint-url", "region", "profile", "no-sign-request"]
        .into_iter()
        .filter_map(|key| {
            let name = setting(key)?.file?;
            let (value, origin) = settings.find(key)?;
            (origin == Origin::Flag).then(|| (name, value.to_string()))
        })
        .collect()
}

/// The next run would read what this one proposes to write.
fn refuse_inside(inputs: &Inputs, out: &str) -> Result<(), Failure> {
    for input in inputs.named() {
        if let Ok(root) = Root::open(&input)
            && root.holds(out)
        {
            return Err(EngineError::OutputInsideInput {
                out: out.to_owned(),
                input,
            }
            .into());
        }
    }
    Ok(())
}

/// Says what to type instead.
fn explained(error: EngineError, places: Whereabouts) -> Failure {
    let hint = match &error {
        EngineError::OtherRecords { kind, .. } => match kind {
            RecordKind::Merged => Some(
                "init looks at what went into the merge job: the data-capture prefix and the labels".to_owned(),
            ),
            RecordKind::Parquet => Some(
                "predictions are SageMaker's own JSON Lines and CSV; labels may be files of a table, all of one kind: \
                 name them with a glob, such as DIR/*.parquet"
                    .to_owned(),
            ),
            // Where nothing was found the error's own hint stands.
            _ => Some(Inputs::from(places))
                .filter(|inputs| *inputs != Inputs::default())
                .map(|inputs| format!("try {}", inputs.command())),
        },
        EngineError::Store(store) => match store.as_ref() {
            StoreError::NoCaptureLayout { .. } => Some(
                "captures lie in {endpoint}/{variant}/yyyy/mm/dd/hh; outputs of batch transform jobs go to --transforms".to_owned(),
            ),
            StoreError::NoLabelLayout { .. } => {
                Some("labels lie in yyyy/mm/dd/hh, by the hour in which they were collected".to_owned())
            }
            _ => None,
        },
        EngineError::NothingThere { .. } => {
            Some("captures come a few minutes after their requests; is data capture switched on?".to_owned())
                .filter(|_| error.to_string().starts_with("no captures"))
        }
        _ => None,
    };
    let failure = Failure::from(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
