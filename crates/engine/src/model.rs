//! What a run is about: models, how their payloads map to values, and the policies of the merge.
//! Plain checked data; the command line makes it from flags, environment and `groundline.toml`.

use groundline_capture::{LabelId, LabelLayout, LabelType};
use groundline_quality::ProblemType;
use groundline_store::Hour;
use serde::{Deserialize, Serialize};

use crate::label_source::LabelSource;

/// A named unit of work: predictions of some endpoints and variants (or transforms) and their labels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// Name in paths and reports; the join never crosses models.
    pub name: String,
    pub source: Source,
    /// Globs over endpoint names; empty means all. Ignored for transforms.
    pub endpoints: Vec<String>,
    /// Globs over variant names; empty means all. Ignored for transforms.
    pub variants: Vec<String>,
    pub labels: LabelSource,
    /// Where label records hold their id.
    pub label_id: LabelId,
    /// Selector of an id in a record's output, or else its input; it stands for `inference_id`, and each record of a
    /// payload has its own. Transform records then need no SageMakerInferenceId.
    pub id_attribute: Option<String>,
    /// SQL condition over `predictions` that a record must meet; the others are `filtered`.
    pub filter: Option<String>,
    /// Share of the requests that the endpoint captures, in percent: so many labels can match at best.
    pub capture_percentage: Option<f64>,
    /// A statement of the user's own that makes the hour files (design.md "Own SQL").
    pub sql: Option<OwnSql>,
    /// Columns of its own, after those that every hour file has.
    pub columns: Vec<OwnColumn>,
    pub mapping: Mapping,
    /// Mappings of later hours, each from its hour on, in order.
    pub later_mappings: Vec<(Hour, Mapping)>,
    pub policy: Policy,
}

impl Model {
    /// Number of the mapping in force in an hour, for [`Model::mapping`].
    pub(crate) fn mapping_of(&self, hour: Hour) -> usize {
        self.later_mappings
            .partition_point(|(from, _)| *from <= hour)
    }

    /// A mapping by its number: 0 is the model's own, the later ones follow.
    pub(crate) fn numbered_mapping(&self, number: usize) -> &Mapping {
        let later = number
            .checked_sub(1)
            .and_then(|at| self.later_mappings.get(at));
        later.map_or(&self.mapping, |(_, mapping)| mapping)
    }

    /// The mapping in force in an hour.
    pub(crate) fn mapping_in(&self, hour: Hour) -> &Mapping {
        self.numbered_mapping(self.mapping_of(hour))
    }
}

/// A statement of the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSql {
    /// Its file as the user wrote it; messages name it.
    pub file: String,
    pub text: String,
}

/// A column of a model's own (design.md, `columns`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnColumn {
    pub name: String,
    pub source: ColumnSource,
    /// Text for a selector, what the expression gives for SQL, if nothing is said.
    pub data_type: Option<ColumnType>,
}

/// What an own column is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnSource {
    /// A field of a record's payload.
    Payload { side: PayloadSide, selector: String },
    /// A SQL expression over the columns of the hour files and the columns by selector.
    Sql(String),
}

/// Request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayloadSide {
    Input,
    Output,
}

impl PayloadSide {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// Types of own columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnType {
    String,
    Double,
    Bigint,
    Boolean,
    /// Microseconds, UTC.
    Timestamp,
}

impl ColumnType {
    /// Every type.
    pub const ALL: [Self; 5] = [
        Self::String,
        Self::Double,
        Self::Bigint,
        Self::Boolean,
        Self::Timestamp,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Double => "double",
            Self::Bigint => "bigint",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
        }
    }
}

/// Where a model's predictions come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Source {
    /// Endpoint data capture (formats.md 1).
    Captures { uri: String },
    /// Batch transform (formats.md 2): a data-capture prefix with `/output` manifests, or a folder of outputs.
    Transforms {
        uri: String,
        /// `s3://bucket/prefix=LOCAL` entries that re-root the URIs of the manifests.
        map: Vec<String>,
        /// Hour of outputs that neither a manifest, a path nor a record places.
        hour: Option<Hour>,
    },
}

/// How values are found in payloads (formats.md 5, design.md "Values").
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mapping {
    pub problem_type: Option<ProblemType>,
    /// Selector of the predicted value in an output record.
    pub inference_attribute: Option<String>,
    /// Selector of the class-1 probability in an output record.
    pub probability_attribute: Option<String>,
    /// Selector of the label in a label record.
    pub ground_truth_attribute: Option<String>,
    /// A probability at the threshold is positive.
    pub probability_threshold: f64,
    /// Predicted class at or above the threshold.
    pub positive_class: String,
    /// Predicted class below the threshold.
    pub negative_class: String,
    pub label_type: LabelType,
    /// How a label holds the values of several records.
    pub label_layout: LabelLayout,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            problem_type: None,
            inference_attribute: None,
            probability_attribute: None,
            ground_truth_attribute: None,
            probability_threshold: 0.5,
            positive_class: "1".into(),
            negative_class: "0".into(),
            label_type: LabelType::Auto,
            label_layout: LabelLayout::Auto,
        }
    }
}

/// Which label of a key is taken when there are several (design.md "The merge", Duplicates).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DuplicateLabels {
    Latest,
    First,
    All,
    Error,
}

impl DuplicateLabels {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::First => "first",
            Self::All => "all",
            Self::Error => "error",
        }
    }
}

/// By which ids a label finds its prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Match {
    /// The inference id, or the event id where there is none.
    Coalesce,
    /// The inference id or the event id.
    Either,
}

impl Match {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coalesce => "coalesce",
            Self::Either => "either",
        }
    }
}

/// Whether unlabelled predictions stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Join {
    Left,
    Inner,
}

impl Join {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Inner => "inner",
        }
    }
}

/// The settings of the join itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Policy {
    pub matching: Match,
    pub duplicate_labels: DuplicateLabels,
    pub join: Join,
    /// Labels collected up to this many hours before the prediction's hour are seen.
    pub label_lead_hours: i64,
    /// Labels collected less than this many hours after the prediction's hour are seen; `None` is unlimited.
    pub label_horizon_hours: Option<i64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            matching: Match::Coalesce,
            duplicate_labels: DuplicateLabels::Latest,
            join: Join::Left,
            label_lead_hours: 24,
            label_horizon_hours: None,
        }
    }
}
