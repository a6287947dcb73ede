//! What `init` found and what it proposes: plain data, serialised as it stands by `--output json`.

use serde::Serialize;

/// Everything that was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    pub sources: Vec<SourceFindings>,
    pub labels: Option<LabelFindings>,
    /// Where the labels are files of a table.
    pub label_table: Option<LabelTableFindings>,
    /// One for each `[[model]]`.
    pub models: Vec<ModelFindings>,
    pub window: Option<WindowFindings>,
    /// Where any record that was read cannot be used.
    pub rejects: Option<RejectFindings>,
    pub read: ReadFindings,
}

/// What looking cost.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ReadFindings {
    pub events: u64,
    pub bytes: u64,
    pub objects: u64,
}

/// Captures or transforms.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SourceFindings {
    /// `captures` or `transforms`: the key of the configuration.
    pub kind: &'static str,
    /// The level at which the layout begins, which is what the configuration should name.
    pub uri: String,
    pub places: Vec<PlaceFindings>,
    pub notes: Vec<String>,
}

/// One endpoint variant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlaceFindings {
    pub endpoint: String,
    pub variant: String,
    pub first_hour: String,
    pub last_hour: String,
    pub hours: u64,
    pub files: u64,
    pub bytes: u64,
    /// The listing was cut: there are at least so many files and bytes.
    pub at_least: bool,
    /// Where hours, files or bytes are of a part: which part. There are at least so many hours then.
    pub counted: Option<String>,
}

/// The ground truth.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LabelFindings {
    pub uri: String,
    pub first_hour: String,
    pub last_hour: String,
    pub hours: u64,
    pub files: u64,
    pub bytes: u64,
    /// As of a place.
    pub at_least: bool,
    pub counted: Option<String>,
    /// Labels that were looked at, and among what was read those that cannot be read.
    pub sampled: u64,
    pub rejected: u64,
    pub encodings: Vec<Counted>,
    pub values: Option<FieldFindings>,
    pub notes: Vec<String>,
}

/// Labels as files of a table: what `[model.labels]` should say.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LabelTableFindings {
    /// The glob.
    pub files: String,
    /// Names of the columns with their types.
    pub columns: Vec<String>,
    /// `id`, `label` and `collected_at`, as far as they could be told.
    pub settings: Vec<Proposal>,
    /// All three could be told.
    pub complete: bool,
}

/// How often something was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub what: String,
    pub count: u64,
}

/// What is proposed for one `[[model]]`, and from what.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelFindings {
    pub name: String,
    /// `captures` or `transforms`.
    pub kind: &'static str,
    pub uri: String,
    /// Entries of `map`.
    pub map: Vec<String>,
    pub transform_hour: Option<String>,
    /// Empty is all.
    pub endpoints: Vec<String>,
    pub variants: Vec<String>,
    pub labels: Option<String>,
    /// Captures or transform records that were looked at, and those that cannot be read.
    pub sampled: u64,
    pub rejected: u64,
    /// Fewest and most records of one payload.
    pub records_per_event: (u64, u64),
    /// Encodings and content types of both sides.
    pub inputs: Vec<Counted>,
    pub outputs: Vec<Counted>,
    /// Of the output's records.
    pub fields: Vec<FieldFindings>,
    pub examples: Vec<ExampleFindings>,
    pub matching: Option<MatchFindings>,
    pub settings: Vec<Proposal>,
    /// Other settings from an hour on.
    pub mappings: Vec<MappingFindings>,
    pub notes: Vec<String>,
}

/// A field and its values.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FieldFindings {
    pub selector: String,
    /// `probability`, `class`, `whole number`, `number`, `text` or `null`.
    pub kind: &'static str,
    /// Records that have it, of how many.
    pub present: u64,
    pub records: u64,
    pub least: Option<f64>,
    pub most: Option<f64>,
    /// Different values; `None` is more than can be told apart.
    pub distinct: Option<u64>,
    pub examples: Vec<String>,
}

/// One sampled event.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExampleFindings {
    pub place: String,
    pub hour: String,
    pub event_id: Option<String>,
    pub inference_id: Option<String>,
    pub records: u64,
    pub input: Option<String>,
    pub output: Option<String>,
    /// Selector and value of the first record's output.
    pub fields: Vec<(String, String)>,
    /// The label of its key, where it was among those read.
    pub label: Option<String>,
}

/// How labels find predictions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MatchFindings {
    /// All ids were read, not a sample of hours.
    pub whole: bool,
    /// Of the hours that were read, predictions are missing: more labels may have one than were counted.
    pub predictions_cut: bool,
    pub prediction_hours: u64,
    pub label_hours: u64,
    /// Each way that was tried.
    pub ways: Vec<WayFindings>,
    /// Which of them is proposed.
    pub chosen: usize,
    /// Hours from a prediction's hour to its label's: least, median, most.
    pub delay: Option<(i64, i64, i64)>,
    pub near_misses: Vec<NearMiss>,
}

/// One way of matching.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WayFindings {
    /// As the configuration says it: `match = "coalesce"`.
    pub setting: String,
    pub labels: u64,
    pub labels_matched: u64,
    pub predictions: u64,
    pub predictions_matched: u64,
}

/// Labels whose id is nearly one of a prediction.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NearMiss {
    pub what: String,
    pub count: u64,
    pub label: String,
    pub prediction: String,
}

/// One line of the configuration and why.
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    pub key: &'static str,
    pub value: String,
    pub why: String,
    /// False: worth knowing, for the user to switch on.
    pub active: bool,
}

impl Proposal {
    pub(super) fn new(key: &'static str, value: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            key,
            value: value.into(),
            why: why.into(),
            active: true,
        }
    }

    pub(super) fn inactive(self) -> Self {
        Self {
            active: false,
            ..self
        }
    }
}

/// What of the records that were read cannot be used.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RejectFindings {
    pub rejected: u64,
    /// The `max_rejects` of `[run]` with which a merge goes through; `None` where most records are rejects.
    pub max_rejects: Option<String>,
    /// What was seen, where, and why that value.
    pub why: String,
}

/// A `[[model.mapping]]`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MappingFindings {
    pub from: String,
    pub why: String,
    pub settings: Vec<Proposal>,
}

/// The window of `[run]`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WindowFindings {
    pub from: String,
    /// Exclusive.
    pub to: String,
    pub why: String,
    /// The whole span of predictions, where the window is a part of it.
    pub span: Option<(String, String)>,
}
