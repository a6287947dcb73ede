//! `groundline synth`

use std::path::Path;

use groundline_synth::{SynthError, generate};
use serde_json::json;

use crate::args::synth::{SynthArgs, SynthOutput};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::init::command::quoted;
use crate::output::json::document;
use crate::output::table::Grid;
use crate::printer::{Printer, Stdout};

pub(crate) fn run(args: &SynthArgs) -> Result<ExitStatus, Failure> {
    let options = args.options();
    options.validate().map_err(|error| failure(&error))?;
    let summary = generate(Path::new(&args.out), &options).map_err(|error| failure(&error))?;
    let counts = [
        ("predictions", summary.predictions),
        ("prediction_records", summary.prediction_records),
        ("labels", summary.labels),
        ("mismatches", summary.mismatches),
        ("rejects", summary.rejects),
        ("files", summary.files),
        ("bytes", summary.bytes),
        ("label_bytes", summary.label_bytes),
    ];
    let config = Path::new(&args.out).join("groundline.toml");
    let mut command = format!(
        "groundline merge --config {} --all",
        quoted(&config.to_string_lossy())
    );
    if summary.rejects > 0 {
        command.push_str(&format!(" --max-rejects {}", summary.rejects));
    }
    let mut out = Stdout::open();
    match args.output {
        SynthOutput::Table => {
            let mut grid = Grid::new(&["made", "count"]);
            grid.right_align(1);
            for (name, count) in counts {
                grid.row(vec![name.to_owned(), count.to_string()]);
            }
            grid.print(&mut out)?;
        }
        SynthOutput::Json => {
            let mut object = serde_json::Map::new();
            object.insert("out".to_owned(), json!(args.out));
            object.extend(counts.map(|(name, count)| (name.to_owned(), json!(count))));
            object.insert("merge".to_owned(), json!(command));
            document(&object, &mut out)?;
        }
    }
    out.flush()?;
    Printer::new(args.quiet).note(&format!("merge it with: {command}"));
    Ok(ExitStatus::Clean)
}

fn failure(error: &SynthError) -> Failure {
    let failure = match error {
        SynthError::Option {
            option,
            value,
            expected,
        } => Failure::usage(format!(
            "--{}: {value} is not {expected}",
            option.replace('_', "-")
        )),
        error if error.is_user_error() => Failure::usage(error.to_string()),
        error => Failure::failed(error.to_string()),
    };
    match std::error::Error::source(error) {
        Some(source) => failure.because(source),
        None => failure,
    }
}
