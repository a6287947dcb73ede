//! What can go wrong in the engine, in words that a user can act on.

mod conversions;

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use groundline_store::{Hour, StoreError};

use crate::backfill::BackfillError;
use crate::cluster::ClusterError;
use crate::init::RecordKind;
use crate::quality::QualityError;
use crate::tables::{amount, thousands};
use crate::warehouse::LabelTableError;

/// Which exit status an error asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request itself is wrong (exit 2).
    Usage,
    /// Nothing to read in the window (exit 5).
    NoInput,
    /// The run failed (exit 1).
    Failed,
}

/// An error of the engine. `Display` says what failed and to which thing; the cause is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    #[error(transparent)]
    Store(Box<StoreError>),

    #[error(transparent)]
    LabelTable(Box<LabelTableError>),

    #[error(transparent)]
    Quality(Box<QualityError>),

    #[error(transparent)]
    Cluster(Box<ClusterError>),

    #[error(transparent)]
    Backfill(Box<BackfillError>),

    #[error("cannot read `{file}`")]
    Read {
        file: String,
        source: std::io::Error,
    },

    #[error("cannot write `{file}`")]
    Write {
        file: String,
        source: std::io::Error,
    },

    #[error("cannot read the folder `{folder}` of --sql-dir")]
    SqlDir {
        folder: String,
        source: std::io::Error,
    },

    #[error(
        "the plan is not that of now: {count} inputs changed since it was made, such as {changes}"
    )]
    PlanChanged { count: usize, changes: String },

    #[error("another run replaced `{key}` while it was written here")]
    WrittenByAnother { key: String },

    #[error("the statement has no columns to write to `{file}`")]
    NoColumns { file: String },

    #[error("there is no table `{name}`")]
    NoTable { name: String, hint: String },

    #[error(
        "a statement cannot read or write `{location}`: what lies in a store is named on the command line"
    )]
    RemoteLocation { location: String },

    #[error("`{file}` changed between listing and reading")]
    Changed { file: String },

    #[error("cannot fetch `{file}`")]
    Fetch {
        file: String,
        source: object_store::Error,
    },

    /// Only the second of two readings succeeded.
    #[error("not all predictions could be read when labels were chosen: {reason}")]
    Unread {
        reason: String,
        hint: Option<String>,
    },

    /// Found before a run begins.
    #[error("`{folder}` cannot hold temporary files")]
    TempDir {
        folder: String,
        source: std::io::Error,
    },

    /// Found while an operator spills.
    #[error("cannot keep in the temporary folder `{folder}` what memory does not hold")]
    Spill {
        folder: String,
        source: std::io::Error,
    },

    #[error("`{variable}` is no setting of a session; it is given when the program starts")]
    StartSetting {
        variable: String,
        flag: &'static str,
    },

    #[error("statement `{name}`")]
    Statement {
        name: String,
        source: Box<DataFusionError>,
    },

    #[error(transparent)]
    Query { source: Box<DataFusionError> },

    #[error("`{file}` is no execution that this version can read")]
    ForeignRun { file: String },

    #[error("cannot write `{file}`")]
    Parquet {
        file: String,
        source: parquet::errors::ParquetError,
    },

    #[error("cannot read the columns of `{file}`")]
    Footer {
        file: String,
        source: parquet::errors::ParquetError,
    },

    #[error("the column `{column}` is {one} and {two}")]
    TypesDiffer {
        column: String,
        one: String,
        two: String,
    },

    #[error("arrow")]
    Arrow {
        #[from]
        source: ArrowError,
    },

    #[error("no statement `{name}` is shipped; `groundline sql --list` names them")]
    UnknownStatement { name: String },

    #[error("`{file}` in the SQL folder replaces no shipped statement")]
    StrayStatement { file: String },

    #[error("selector `{selector}`")]
    Selector {
        selector: String,
        source: groundline_capture::SelectorError,
    },

    #[error("cannot understand {what}: {text}")]
    Row {
        what: String,
        text: String,
        source: Box<DataFusionError>,
    },

    /// While it runs.
    #[error("cannot compute {what}")]
    Computed {
        what: String,
        source: Box<DataFusionError>,
    },

    #[error("{what} is no expression of one record: {text}: {why}")]
    RowRefused {
        what: String,
        text: String,
        why: String,
    },

    /// A statement of the user's own, before it runs.
    #[error("the statement of `{file}` (--sql) cannot be planned")]
    OwnSql {
        file: String,
        /// The tables that there are.
        hint: String,
        source: Box<DataFusionError>,
    },

    /// The same while it runs.
    #[error("the statement of `{file}` (--sql) stopped")]
    OwnSqlStopped {
        file: String,
        source: Box<DataFusionError>,
    },

    #[error("the statement of `{file}` (--sql) cannot make hour files: {why}")]
    OwnSqlShape { file: String, why: String },

    #[error(
        "the statement of `{file}` (--sql) gave a row of {place} when it was asked for {hour}, of which the run has no such predictions"
    )]
    StrayRow {
        file: String,
        place: String,
        hour: String,
    },

    #[error("{what} calls {function}(), which gives another result each time")]
    Varying { what: String, function: String },

    #[error("glob `{glob}`: {reason}")]
    Glob { glob: String, reason: String },

    #[error("the output `{out}` lies inside the input `{input}`")]
    OutputInsideInput { out: String, input: String },

    #[error("the export's folder `{to}` lies inside the input `{input}`")]
    ExportInsideInput { to: String, input: String },

    #[error("no {what} matches {globs}; there are: {found}")]
    NothingSelected {
        what: &'static str,
        globs: String,
        found: String,
    },

    #[error("manifest `{file}`")]
    Manifest {
        file: String,
        source: groundline_capture::ManifestError,
    },

    #[error("manifest `{file}` names what may not be read")]
    ManifestEntry {
        file: String,
        source: Box<StoreError>,
    },

    #[error(
        "--ground-truth-attribute `{attribute}` has no value in any of {labels} labels; they have: {names}"
    )]
    AbsentGroundTruth {
        attribute: String,
        labels: u64,
        names: String,
    },

    #[error("manifest `{manifest}` names `{uri}`, and there is no `{looked_at}`")]
    MissingOutput {
        manifest: String,
        uri: String,
        looked_at: String,
    },

    #[error("models `{one}` and `{two}` would both write `{key}`, which has no model in its path")]
    SharedJsonl {
        one: String,
        two: String,
        key: String,
    },

    #[error("two inputs have the same key `{file}`, so their records could not be told apart")]
    SameKey { file: String },

    #[error("`{uri}` is given as --{flag}, but it holds {}: {file}", .kind.describe())]
    OtherRecords {
        flag: &'static str,
        uri: String,
        kind: RecordKind,
        file: String,
    },

    #[error("no {what} below `{uri}`: its folders hold no objects")]
    NothingThere { uri: String, what: &'static str },

    #[error("nothing says which hour `{file}` belongs to")]
    NoHour { file: String },

    #[error(
        "{rejected} of {read} label records were rejected, more than --max-rejects {limit} accepts; the first: {example}"
    )]
    LabelRejects {
        rejected: u64,
        read: u64,
        limit: String,
        example: String,
    },

    #[error("the ledger of model `{model}` does not close: {detail}")]
    LedgerOpen { model: String, detail: String },

    #[error("{name} is not a `.parquet`, `.csv`, `.json` or `.jsonl` file")]
    UnknownFileKind { name: String },

    #[error("`{one}` and `{two}` are of two kinds: a folder has files of one")]
    MixedFiles { one: String, two: String },

    /// A table of a remote store without a condition on `hour`.
    #[error(
        "the statement would read all of `{table}`: {} files, {} below `{root}`",
        thousands(.files),
        amount(.bytes)
    )]
    WholeStore {
        table: &'static str,
        root: String,
        files: u64,
        bytes: u64,
        /// The first and the last hour that it would read.
        first: Hour,
        last: Hour,
    },

    #[error("more than four billion labels in one run")]
    TooManyLabels,

    #[error("the labels name more than 65,536 different encodings")]
    TooManyEncodings,

    #[error("a worker stopped: {reason}")]
    Worker { reason: String },
}

impl EngineError {
    /// Which exit status the error asks for.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Selector { .. }
            | Self::Glob { .. }
            | Self::OwnSql { .. }
            | Self::OwnSqlShape { .. }
            | Self::Varying { .. }
            | Self::Row { .. }
            | Self::RowRefused { .. }
            | Self::OutputInsideInput { .. }
            | Self::ExportInsideInput { .. }
            | Self::NothingSelected { .. }
            | Self::UnknownStatement { .. }
            | Self::StrayStatement { .. }
            | Self::ManifestEntry { .. }
            | Self::SharedJsonl { .. }
            | Self::TempDir { .. }
            | Self::StartSetting { .. }
            | Self::TypesDiffer { .. }
            | Self::SqlDir { .. }
            | Self::NoColumns { .. }
            | Self::WholeStore { .. }
            | Self::OtherRecords { .. }
            | Self::UnknownFileKind { .. }
            | Self::MixedFiles { .. } => ErrorKind::Usage,
            Self::NothingThere { .. } => ErrorKind::NoInput,
            Self::Store(error) if error.is_user_error() => ErrorKind::Usage,
            Self::LabelTable(error) if error.is_user_error() => ErrorKind::Usage,
            Self::Quality(error) => error.kind(),
            Self::Cluster(error) if error.is_usage() => ErrorKind::Usage,
            _ => ErrorKind::Failed,
        }
    }

    /// What to do next, where we know it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::LabelTable(error) => return error.hint(),
            Self::Quality(error) => return error.hint(),
            Self::Cluster(error) => return error.hint(),
            Self::Backfill(error) => return Some(error.hint().to_owned()),
            Self::OutputInsideInput { .. } => {
                "choose a folder outside the captures, transforms and labels with --out".into()
            }
            Self::OtherRecords { kind, .. } => match kind.flag() {
                Some(flag) => format!("give it with --{flag}"),
                None => return None,
            },
            Self::ExportInsideInput { .. } => {
                "choose a folder outside the captures, transforms and labels with --to".into()
            }
            Self::NoHour { .. } => {
                "give the hour with --transform-hour yyyy-mm-ddThh, or point --transforms at the prefix that holds /output manifests".into()
            }
            Self::MissingOutput { .. } => "check the LOCAL part of --map, or copy the file".into(),
            Self::SharedJsonl { .. } => "merge them one at a time with --model and another --out".into(),
            Self::SqlDir { .. } => "statements in it replace shipped ones of the same name; leave --sql-dir out to run those".into(),
            Self::NoColumns { .. } => "end with a SELECT: its rows are what is written".into(),
            Self::NoTable { hint, .. } => hint.clone(),
            Self::RemoteLocation { .. } => {
                "groundline sql NAME=s3://… makes it a table; results go to a local file with --out".into()
            }
            Self::TypesDiffer { .. } => "choose one of the models with --model".into(),
            Self::ForeignRun { .. } => {
                "run its time again with `groundline schedule run-once NAME --at T`, or take it away".into()
            }
            Self::Footer { .. } => "merge its hour again, or take the file away".into(),
            Self::Unread { hint, .. } => return hint.clone(),
            Self::Changed { .. } => "run again when nothing writes to it".into(),
            Self::SameKey { .. } => "merge the mapped folders one model at a time".into(),
            Self::LabelRejects { .. } => {
                "mend the label files, or accept rejects with --max-rejects N or --max-rejects P%".into()
            }
            Self::LedgerOpen { .. } => {
                "this is a fault of groundline: please report it with the numbers above".into()
            }
            Self::Row { .. } | Self::RowRefused { .. } => {
                "it is SQL about one record: `where` over the columns of `predictions`, own columns over those of the hour files and the columns by selector".into()
            }
            Self::OwnSqlShape { .. } => {
                "it must give endpoint, variant, key, hour, file, position and record_index of the predictions, and anything else".into()
            }
            Self::OwnSql { source, .. }
            | Self::OwnSqlStopped { source, .. }
            | Self::Computed { source, .. }
                if is_of_a_value(source) =>
            {
                TRY_CAST.into()
            }
            Self::OwnSql { hint, .. } => hint.clone(),
            Self::Varying { .. } => {
                "the same inputs must give the same hour files: in place of the clock take a column of the record or a \
                 time that is written out, in place of chance a condition such as `position % 10 = 0`"
                    .into()
            }
            Self::StrayRow { .. } => {
                "take endpoint, variant and hour from `predictions`: the statement runs once for each hour".into()
            }
            Self::TooManyLabels => "shorten the window with --from and --to, or --label-horizon".into(),
            Self::TooManyEncodings => "groundTruthData.encoding is CSV, JSON or BASE64: look at the label files".into(),
            Self::TempDir { .. } => {
                "what does not fit below --memory-limit goes there; give a folder that is there and can be written to with --temp-dir".into()
            }
            Self::Spill { .. } => {
                "choose a folder on a disk with more room with --temp-dir, or raise --memory-limit".into()
            }
            Self::WholeStore { table: "latest_labels", .. } => {
                "to find the last label of each key all labels are read; --all allows it".into()
            }
            Self::WholeStore { first, last, .. } => format!(
                "choose hours, from {first} to {last}, with a condition such as `hour >= '{last}:00:00Z'`, or allow all of it with --all"
            ),
            Self::StartSetting { flag, .. } => format!("use {flag}"),
            Self::Store(error) => return error.hint(),
            Self::ManifestEntry { source, .. } => return source.hint(),
            Self::Query { source } | Self::Statement { source, .. } | Self::OwnSqlStopped { source, .. }
                if out_of_memory(source) =>
            {
                "raise --memory-limit, or ask for fewer --threads, which share it".into()
            }
            Self::StrayStatement { .. } => "`groundline sql --list` names the statements that can be replaced".into(),
            _ => return None,
        })
    }
}

/// What to do where a value stops a statement.
pub(crate) const TRY_CAST: &str = "try_cast(… as …) gives null where a value does not fit";

/// True when a value could not be read as another type.
fn is_of_a_value(error: &DataFusionError) -> bool {
    let DataFusionError::ArrowError(error, _) = error.find_root() else {
        return false;
    };
    matches!(
        **error,
        ArrowError::CastError(_) | ArrowError::ParseError(_)
    )
}

pub(crate) fn out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}
