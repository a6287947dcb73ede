//! What can be wrong with a table of labels, in words that its owner can act on.

use datafusion::error::DataFusionError;

use crate::error::TRY_CAST;

/// An error of the files of `[model.labels]`, or of what is asked of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelTableError {
    #[error("no file matches the labels `{files}`; below `{root}` there {found}")]
    NoFiles {
        files: String,
        root: String,
        found: String,
    },

    #[error("the labels `{files}` match {}", empty_files(.found))]
    EmptyFiles { files: String, found: u64 },

    #[error("the labels `{files}`: {reason}")]
    Glob { files: String, reason: String },

    #[error("the labels `{files}` match `{file}`, which is no Parquet, CSV or JSON Lines file")]
    UnknownKind { files: String, file: String },

    #[error("the labels `{files}` match files of two kinds: `{one}` and `{two}`")]
    MixedKinds {
        files: String,
        one: String,
        two: String,
    },

    #[error("the label file `{file}` has no column `{column}`{near}; it has: {columns}")]
    MissingColumn {
        file: String,
        column: String,
        /// `; did you mean …?`, or nothing.
        near: String,
        columns: String,
    },

    #[error("the label file `{file}` has two columns `{column}`")]
    RepeatedColumn { file: String, column: String },

    #[error("the column `{column}` is {one_type} in `{one}` and {two_type} in `{two}`")]
    ColumnTypes {
        column: String,
        one: String,
        one_type: String,
        two: String,
        two_type: String,
    },

    #[error("cannot read the label file `{file}` as Parquet")]
    Parquet {
        file: String,
        source: parquet::errors::ParquetError,
    },

    #[error("`{key}` of the labels is neither a column nor an SQL expression: `{expression}`")]
    Expression {
        key: &'static str,
        expression: String,
        source: Box<DataFusionError>,
    },

    #[error("the SQL of the labels (`{name}`) cannot be planned")]
    Sql {
        name: String,
        source: Box<DataFusionError>,
    },

    #[error("the SQL of the labels (`{name}`) returns no column `{column}`; it returns: {columns}")]
    NoResultColumn {
        name: String,
        column: &'static str,
        columns: String,
    },

    #[error("the labels of `{files}` cannot be computed")]
    Compute {
        files: String,
        source: Box<DataFusionError>,
    },

    #[error("`{key}` of the labels is {found}, which is no {wanted}: `{expression}`")]
    WrongType {
        key: &'static str,
        expression: String,
        found: String,
        wanted: &'static str,
        /// The expression counts something: seconds or parts of them, since 1970.
        counts: bool,
    },

    #[error(
        "the SQL of the labels returns several labels of one hour for row {row} of `{file}`, and by its row a label is known"
    )]
    RepeatedPlace { file: String, row: i64 },

    #[error("the SQL of the labels returns a row whose `filename` or `file_row_number` is null")]
    NullPlace,

    #[error("the labels call `{function}`, which gives another result each time")]
    Varying { function: String },

    #[error("the SQL of the labels returns the filename `{found}`, which is none of the files")]
    UnknownPlace { found: String },
}

impl LabelTableError {
    /// True when the configuration is wrong, not the data.
    pub(crate) fn is_user_error(&self) -> bool {
        !matches!(
            self,
            Self::Parquet { .. } | Self::Compute { .. } | Self::ColumnTypes { .. }
        )
    }

    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFiles { .. } => {
                "`files` is a glob such as labels/*.parquet or labels/**/*.csv; relative paths start at the configuration".into()
            }
            Self::EmptyFiles { .. } => {
                "they have no bytes, not even a header: was the export finished?".into()
            }
            Self::UnknownKind { .. } => {
                "name the files by their ending: .parquet, .csv, .jsonl or .ndjson, the last three also with .gz or .zst".into()
            }
            Self::MixedKinds { .. } => "write a glob that matches files of one kind, such as labels/*.parquet".into(),
            Self::MissingColumn { .. } => {
                "each of id, label and collected_at is a column that every file has, or an SQL expression".into()
            }
            Self::ColumnTypes { .. } => {
                "write the files with one type, or one model for each of them".into()
            }
            Self::Sql { .. } | Self::Expression { .. } => {
                "the files are the table `files`; columns with capitals or blanks stand in double quotes".into()
            }
            Self::NoResultColumn { .. } => {
                "name the columns with AS: select … as id, … as label, … as collected_at from files".into()
            }
            Self::Compute { .. } => TRY_CAST.into(),
            Self::WrongType {
                expression,
                counts: true,
                ..
            } => format!(
                "say what it counts: to_timestamp_seconds({expression}), or to_timestamp_millis, to_timestamp_micros, to_timestamp_nanos"
            ),
            Self::UnknownPlace { .. } | Self::NullPlace => {
                "return the columns filename and file_row_number of `files` as they are, or leave them out".into()
            }
            Self::Varying { .. } => {
                "the same files must give the same labels: write the time or the value that is meant".into()
            }
            Self::RepeatedPlace { .. } => {
                "leave filename and file_row_number out: then the labels are numbered in order of time, id and label".into()
            }
            _ => return None,
        })
    }
}

fn empty_files(found: &u64) -> String {
    match found {
        1 => "one file, which is empty".to_owned(),
        found => format!("{found} files, all of which are empty"),
    }
}

/// Names as a message lists them: the first of them, and how many more.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const NAMED: usize = 20;
    let names: Vec<&str> = names.collect();
    let mut text = names
        .iter()
        .take(NAMED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMED {
        text.push_str(&format!(" and {} more", names.len() - NAMED));
    }
    text
}

/// `; did you mean …?` for the name nearest to `wanted`, if one is near.
pub(crate) fn near<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    /// As `strsim` counts likeness; below it, a suggestion is a riddle.
    const LIKE: f64 = 0.75;
    let wanted = wanted.to_lowercase();
    let scored = names.map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name));
    scored
        .filter(|(score, _)| *score >= LIKE)
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map(|(_, name)| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}
