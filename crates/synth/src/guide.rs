//! The two files that tell people and programs how to merge a corpus.

use std::fmt::Write;
use std::path::Path;

use crate::endpoint::endpoint_name;
use crate::error::SynthError;
use crate::object::write_whole;
use crate::options::{Compress, Kind, LabelIdField, Options};
use crate::plant::{HORIZON, LEAD, NEIGHBOUR, Plant, SHADOW, SMOKE, TOO_LATE};

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
        if Some(model) == options.neighbour() {
            neighbour(&mut text, options);
            continue;
        }
        if options.kind == Kind::Endpoint {
            text.push_str("captures = \"captures\"\n");
            endpoints(&mut text, options, model);
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
        text.push_str("probability_threshold = 0.5\n");
        label_id(&mut text, options);
        if options.plants() {
            line(&mut text, format_args!("where = \"{}\"", filter(options)));
            window(&mut text);
        }
        text.push('\n');
    }
    text.push_str("[output]\nuri = \"merged\"\n");
    text
}

/// Which endpoints a model reads, where it does not read all that there are.
fn endpoints(text: &mut String, options: &Options, model: usize) {
    let pools = options.models().len() - usize::from(options.plants()) == 1;
    let names: Vec<String> = if pools && options.plants() {
        vec!["\"endpoint-*\"".to_owned()]
    } else {
        (0..options.endpoints)
            .filter(|endpoint| !pools && options.model(*endpoint) == model)
            .map(|endpoint| format!("\"{}\"", endpoint_name(endpoint)))
            .collect()
    };
    if !names.is_empty() {
        line(text, format_args!("endpoints = [{}]", names.join(", ")));
    }
}

/// What keeps probes out.
fn filter(options: &Options) -> String {
    if options.kind == Kind::Endpoint {
        "array_has(custom_attributes, 'probe') is not true".to_owned()
    } else {
        format!("file not like '{SMOKE}-%'")
    }
}

fn label_id(text: &mut String, options: &Options) {
    if options.label_id_field != LabelIdField::EventId {
        let name = options.label_id_field.name();
        line(text, format_args!("label_id_field = \"{name}\""));
    }
}

fn window(text: &mut String) {
    line(text, format_args!("label_lead = \"PT{LEAD}H\""));
    line(text, format_args!("label_horizon = \"PT{HORIZON}H\""));
}

fn neighbour(text: &mut String, options: &Options) {
    line(text, format_args!("captures = \"{NEIGHBOUR}/captures\""));
    line(text, format_args!("labels = \"{NEIGHBOUR}/labels\""));
    // It writes what the first endpoint of the corpus would.
    let attribute = if options.speaks_json(0) { "score" } else { "0" };
    text.push_str("problem_type = \"BinaryClassification\"\n");
    line(
        text,
        format_args!("probability_attribute = \"{attribute}\""),
    );
    text.push_str("probability_threshold = 0.5\n");
    label_id(text, options);
    window(text);
    text.push('\n');
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
        ("--mismatches", options.mismatches.to_string()),
        ("--label-id-field", options.label_id_field.name().to_owned()),
        ("--start", options.start.to_string()),
        ("--compress", compress(options.compress).to_owned()),
    ];
    for (flag, value) in flags {
        line(&mut text, format_args!("{flag} {value}"));
    }
    if options.latest != Options::default().latest {
        line(&mut text, format_args!("--latest {}", options.latest));
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
    let max_rejects = if options.malformed > 0.0 || options.plants() {
        " --max-rejects 100%"
    } else {
        ""
    };
    line(
        &mut text,
        format_args!("groundline merge --config groundline.toml --all{max_rejects}"),
    );
    text.push_str("```\n\n");
    // No label is later: `latest` hours for a late one, a few for its repeats, and those planted to come too late.
    let latest = if options.plants() {
        HORIZON + TOO_LATE
    } else {
        options.latest + 8
    };
    let end = options.start.plus(options.hours + latest);
    line(
        &mut text,
        format_args!(
            "All labels are collected before {end}; if the clock is earlier, add `--as-of {end}`."
        ),
    );
    if options.plants() {
        mismatches(&mut text, options);
    }
    if options.truth {
        truth(&mut text, options);
    }
    text
}

/// Where to find what was planted.
fn mismatches(text: &mut String, options: &Options) {
    text.push_str("\n## Labels that match nothing\n\n");
    line(
        text,
        format_args!(
            "{} of each, beside those that any corpus has:\n",
            options.mismatches
        ),
    );
    for plant in Plant::of(options) {
        line(text, format_args!("- {}", planted(options, plant)));
    }
}

fn planted(options: &Options, plant: Plant) -> String {
    let is_endpoint = options.kind == Kind::Endpoint;
    match plant {
        Plant::OutsideWindow => format!(
            "`outside_label_window`: collected before the prediction's hour, \
             or {HORIZON} h after it or later."
        ),
        Plant::RecordCount => "`record_count_differs`: one value too many or too few.".to_owned(),
        Plant::Filtered if is_endpoint => format!(
            "`prediction_filtered`: of a capture with `customAttributes` `[\"probe\"]`, \
             which `where = \"{}\"` drops.",
            filter(options)
        ),
        Plant::Filtered => format!(
            "`prediction_filtered`: of a job whose name begins with `{SMOKE}-`, \
             which `where = \"{}\"` drops.",
            filter(options)
        ),
        Plant::Rejected => {
            "`prediction_rejected`: of a line that is broken, before or after its ids.".to_owned()
        }
        Plant::EventIdGiven => {
            "`event_id_given`: the event id of a capture that has an inference id.".to_owned()
        }
        Plant::Spelled => {
            "`spelled_differently`: an id in capitals, between blanks or in quotes.".to_owned()
        }
        Plant::OtherEndpoint => {
            format!("`other_endpoint`: of the endpoint `{SHADOW}`, which `endpoints` leaves out.")
        }
        Plant::OtherModel => format!(
            "`other_model`: of the model `{NEIGHBOUR}`, which has `{NEIGHBOUR}/captures` and \
             `{NEIGHBOUR}/labels`."
        ),
        Plant::Unknown => "`unknown_id`: of no prediction.".to_owned(),
    }
}

fn truth(text: &mut String, options: &Options) {
    text.push_str("\n## What must come out\n\n");
    text.push_str(if options.plants() {
        "For the settings of `groundline.toml` and no as-of limit:\n\n"
    } else {
        "For the default settings (left join, latest label, lead 24 h, no horizon, no as-of limit):\n\n"
    });
    text.push_str(TRUTH);
}

const TRUTH: &str = "\
    - `truth/observations.jsonl`: one object a prediction record, sorted by \
    (endpoint, variant, hour, file, position, record_index), texts by their bytes.\n\
    - `truth/ledger.json`: the sums over all models, and each under `models`. \
    Every model reads all labels below `labels/`.\n\
    - `truth/rejects.jsonl`: the bad lines, each once, sorted by (table, file, position).\n\
    - `truth/unmatched.jsonl`: one object a label that a model does not use, with the reason and the key of the \
    nearest prediction (for `prediction_rejected` file:line), sorted by (model, file, position).\n\n\
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
