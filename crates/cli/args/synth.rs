//! `groundline synth`

use clap::{Args, ValueEnum};
use groundline_synth::{Compress, Hour, Kind, LabelIdField, Options};

/// Writes SageMaker's layouts with planted late, repeated and broken records into a folder: input files,
/// a groundline.toml to merge them with, and truth/ with the rows that must come out. The same options
/// give the same bytes.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline synth --out corpus --records 100000 --hours 24 && \
                        groundline merge --config corpus/groundline.toml --all"
)]
pub(crate) struct SynthArgs {
    /// Folder to write to; it must be absent or empty
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) out: String,

    /// Capture lines or transform records to make
    #[arg(long, value_name = "N", help_heading = "Amount")]
    records: u64,

    /// Hours to spread them over
    #[arg(long, value_name = "H", help_heading = "Amount")]
    hours: u32,

    /// Files in each hour [default: 10]
    #[arg(long, value_name = "F", help_heading = "Amount")]
    files_per_hour: Option<u32>,

    /// First hour [default: 2026-11-01T00]
    #[arg(long, value_name = "yyyy-mm-ddThh", help_heading = "Amount")]
    start: Option<Hour>,

    /// Endpoints; all see the same inference ids [default: 1]
    #[arg(long, value_name = "N", help_heading = "Amount")]
    endpoints: Option<u32>,

    /// Where all chance comes from [default: 0]
    #[arg(long, value_name = "S", help_heading = "Content")]
    seed: Option<u64>,

    /// Endpoint captures, or batch transform output as CSV, JSON or JSON Lines
    #[arg(long, value_enum, default_value = "endpoint", help_heading = "Content")]
    kind: SynthKind,

    /// Share of predictions that get a label [default: 0.95]
    #[arg(long, value_name = "0..1", help_heading = "Content")]
    label_rate: Option<f64>,

    /// Share of labels that come hours or days after their prediction [default: 0.05]
    #[arg(long, value_name = "0..1", help_heading = "Content")]
    late: Option<f64>,

    /// Hours after which the last late label has come [default: 72]
    #[arg(long, value_name = "H", help_heading = "Content")]
    latest: Option<u32>,

    /// Share of labels that come again, the same or corrected [default: 0.01]
    #[arg(long, value_name = "0..1", help_heading = "Content")]
    duplicates: Option<f64>,

    /// Share of lines that are broken [default: 0]
    #[arg(long, value_name = "0..0.5", help_heading = "Content")]
    malformed: Option<f64>,

    /// Labels that match nothing, this many for each reason why there is no match; the predictions that they miss
    /// come on top of --records [default: 0]
    #[arg(long, value_name = "N", help_heading = "Content")]
    mismatches: Option<u64>,

    /// Member of `eventMetadata` that labels have their id in
    #[arg(long, value_enum, default_value = "eventId", help_heading = "Content")]
    label_id_field: SynthLabelIdField,

    /// Most records that one event holds [default: 1]
    #[arg(long, value_name = "N", help_heading = "Content")]
    records_per_event: Option<u32>,

    /// Features of each record [default: 20]
    #[arg(long, value_name = "N", help_heading = "Content")]
    payload_columns: Option<u32>,

    /// Compression of captures and labels
    #[arg(long, value_enum, default_value = "none", help_heading = "Output")]
    compress: SynthCompress,

    /// Also write what readers must bear though few writers do it: byte order marks, CRLF, blank lines, other key
    /// orders, unknown fields, BASE64, labels in other forms
    #[arg(long)]
    variety: bool,

    /// Write no truth/; needs less memory for large data
    #[arg(long, help_heading = "Output")]
    no_truth: bool,

    /// Form of the summary on stdout
    #[arg(long, value_enum, default_value = "table", help_heading = "Result")]
    pub(crate) output: SynthOutput,

    /// Print only errors on stderr
    #[arg(long, short, help_heading = "Result")]
    pub(crate) quiet: bool,
}

/// What the predictions are.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SynthKind {
    Endpoint,
    Csv,
    Json,
    Jsonl,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SynthLabelIdField {
    #[value(name = "eventId")]
    EventId,
    #[value(name = "inferenceId")]
    InferenceId,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SynthCompress {
    None,
    Gzip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SynthOutput {
    Table,
    Json,
}

impl SynthArgs {
    /// What the generator is asked for.
    pub(crate) fn options(&self) -> Options {
        let defaults = Options::default();
        Options {
            records: self.records,
            hours: self.hours,
            files_per_hour: self.files_per_hour.unwrap_or(defaults.files_per_hour),
            seed: self.seed.unwrap_or(defaults.seed),
            kind: match self.kind {
                SynthKind::Endpoint => Kind::Endpoint,
                SynthKind::Csv => Kind::Csv,
                SynthKind::Json => Kind::Json,
                SynthKind::Jsonl => Kind::Jsonl,
            },
            label_rate: self.label_rate.unwrap_or(defaults.label_rate),
            late: self.late.unwrap_or(defaults.late),
            latest: self.latest.unwrap_or(defaults.latest),
            duplicates: self.duplicates.unwrap_or(defaults.duplicates),
            malformed: self.malformed.unwrap_or(defaults.malformed),
            records_per_event: self.records_per_event.unwrap_or(defaults.records_per_event),
            payload_columns: self.payload_columns.unwrap_or(defaults.payload_columns),
            endpoints: self.endpoints.unwrap_or(defaults.endpoints),
            start: self.start.unwrap_or(defaults.start),
            compress: match self.compress {
                SynthCompress::None => Compress::None,
                SynthCompress::Gzip => Compress::Gzip,
            },
            mismatches: self.mismatches.unwrap_or(defaults.mismatches),
            label_id_field: match self.label_id_field {
                SynthLabelIdField::EventId => LabelIdField::EventId,
                SynthLabelIdField::InferenceId => LabelIdField::InferenceId,
            },
            variety: self.variety,
            truth: !self.no_truth,
            ..defaults
        }
    }
}
