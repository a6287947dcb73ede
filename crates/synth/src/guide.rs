//! The two files that tell people and programs how to merge a corpus.

use std::fmt::Write;
use std::path::Path;

use crate::endpoint::endpoint_name;
use crate::error::SynthError;
use crate::object::write_whole;
use crate::options::{Compress, Kind, Options};

/// Writes `groundline.toml` and `README.md`.
pub(crate) fn write(out: &Path, options: &Options) -> Result<(), SynthError> {
    // Joined outputs and whole documents bring their inputs along, and then there is no folder of inputs.
    let has_inputs = out.join("transform-input").is_dir();
    write_whole(
        out,
        "groundline.toml",
        config(options, has_inputs).as_bytes(),
    )?;
    write_whole(out, "README.md", readme(options).as_bytes())
}

/// Paths are relative: they count from the folder of the file.
fn config(options: &Options, has_inputs: bool) -> String {
    let mut text = String::new();
    for (model, name) in options.models().iter().enumerate() {
        text.push_str("[[model]]\n");
        line(&mut text, format_args!("name = \"{name}\""));
        if options.kind == Kind::Endpoint {
            text.push_str("captures = \"captures\"\n");
            if options.models().len() > 1 {
                let names: Vec<String> = (0..options.endpoints)
                    .filter(|endpoint| options.model(*endpoint) == model)
                    .map(|endpoint| format!("\"{}\"", endpoint_name(endpoint)))
                    .collect();
                line(
                    &mut text,
                    format_args!("endpoints = [{}]", names.join(", ")),
                );
            }
        } else {
            text.push_str("transforms = \"transforms\"\nmap = [\n");
            for (folder, is_there) in [("transform-output", true), ("transform-input", has_inputs)]
            {
                if is_there {
                    line(
                        &mut text,
                        format_args!("    \"s3://synth-bucket/{folder}={folder}\","),
                    );
                }
            }
            text.push_str("]\n");
        }
        text.push_str("labels = \"labels\"\nproblem_type = \"BinaryClassification\"\n");
        line(
            &mut text,
            format_args!("probability_attribute = \"{}\"", selector(options, model)),
        );
        text.push_str("probability_threshold = 0.5\n\n");
    }
    text.push_str("[output]\nuri = \"merged\"\n");
    text
}

/// The score: the last column of a CSV row whether or not inputs come before it, or a member.
fn selector(options: &Options, model: usize) -> &'static str {
    match options.kind {
        Kind::Endpoint if model == 0 => "0",
        Kind::Csv => "-1",
        _ => "score",
    }
}

fn readme(options: &Options) -> String {
    let mut text = String::from(
        "# A made-up corpus\n\n\
         Written by `groundline synth`; no person, bucket or model behind it exists.\n\
         The same options give the same bytes.\n\n\
         ```\n",
    );
    let flags = [
        ("--records", options.records.to_string()),
        ("--hours", options.hours.to_string()),
        ("--files-per-hour", options.files_per_hour.to_string()),
        ("--seed", options.seed.to_string()),
        ("--kind", kind(options.kind).to_owned()),
        ("--label-rate", options.label_rate.to_string()),
        ("--late", options.late.to_string()),
        ("--duplicates", options.duplicates.to_string()),
        ("--malformed", options.malformed.to_string()),
        ("--records-per-event", options.records_per_event.to_string()),
        ("--endpoints", options.endpoints.to_string()),
        ("--payload-columns", options.payload_columns.to_string()),
        ("--start", options.start.to_string()),
        ("--compress", compress(options.compress).to_owned()),
    ];
    for (flag, value) in flags {
        line(&mut text, format_args!("{flag} {value}"));
    }
    for (flag, set) in [
        ("--variety", options.variety),
        ("--no-truth", !options.truth),
    ] {
        if set {
            line(&mut text, format_args!("{flag}"));
        }
    }
    text.push_str("```\n\n## Merge it\n\n```\n");
    let max_rejects = if options.malformed > 0.0 {
        " --max-rejects 100%"
    } else {
        ""
    };
    line(
        &mut text,
        format_args!("groundline merge --config groundline.toml --all{max_rejects}"),
    );
    text.push_str("```\n\n");
    // Nothing that the generator plants is later: 72 hours for a late label, and a few for its repeats.
    let end = options.start.plus(options.hours + 80);
    line(
        &mut text,
        format_args!(
            "All labels are collected before {end}; if the clock is earlier, add `--as-of {end}`."
        ),
    );
    if options.truth {
        text.push_str(TRUTH);
    }
    text
}

const TRUTH: &str = "\n## What must come out\n\n\
    For the default settings (left join, latest label, lead 24 h, no horizon, no as-of limit):\n\n\
    - `truth/observations.jsonl`: one object a prediction record, sorted by \
    (endpoint, variant, hour, file, position, record_index), texts by their bytes.\n\
    - `truth/ledger.json`: the sums over all models, and each under `models`. \
    Every model reads all labels.\n\
    - `truth/rejects.jsonl`: the bad lines, each once, sorted by (table, file, position).\n\n\
    Files are named by their key below `captures/`, `transform-output/` or `labels/`; \
    positions count in the decompressed file.\n\n\
    ```\n\
    duckdb -c \"SELECT label, count(*) FROM 'truth/observations.jsonl' GROUP BY ALL\"\n\
    ```\n";

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Endpoint => "endpoint",
        Kind::Csv => "csv",
        Kind::Json => "json",
        Kind::Jsonl => "jsonl",
    }
}

fn compress(compress: Compress) -> &'static str {
    match compress {
        Compress::None => "none",
        Compress::Gzip => "gzip",
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}
