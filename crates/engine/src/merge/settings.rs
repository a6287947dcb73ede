//! One model's run: its settings as statement parameters, as receipt text, and as the operator needs them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::scalar::ScalarValue;
use groundline_capture::{LabelId, LabelLayout, LabelType, Selector};
use groundline_store::{Hour, LabelSnapshot, Partition, Path, Root, SnapshotObject};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::conduct::Conduct;
use super::filter::RecordFilter;
use super::inputs::{ModelInputs, PartitionInputs};
use super::output::OUTPUT_REVISION;
use super::own_columns::{misfit_columns, own_fields};
use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::label_source::LabelSource;
use crate::model::{ColumnSource, ColumnType, Mapping, Match, Model, OwnColumn};
use crate::options::{MaxRejects, MergeOptions, Plan, Resources, UnmatchedLimits};
use crate::progress::Progress;
use crate::session::Parameter;
use crate::tables::Input;
use groundline_quality::ProblemType;

/// Everything that the steps of a model's run share.
pub(crate) struct ModelRun {
    pub(crate) model: Model,
    pub(crate) inputs: ModelInputs,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) out: Root,
    pub(crate) columns: Vec<String>,
    /// The model's own columns, all of them.
    pub(crate) own: Vec<Field>,
    /// Columns that count values of own columns which do not fit their type.
    pub(crate) misfits: Vec<String>,
    /// Most outputs of an hour in which an attribute may be absent.
    pub(crate) max_absent: MaxRejects,
    pub(crate) max_rejects: MaxRejects,
    pub(crate) reject_bytes: bool,
    pub(crate) plan: Plan,
    pub(crate) jsonl: bool,
    pub(crate) unmatched_limits: UnmatchedLimits,
    pub(crate) resources: Resources,
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) snapshot: LabelSnapshot,
    pub(crate) snapshot_id: String,
    pub(crate) conduct: Conduct,
    /// Parsed `ground_truth_attribute`.
    pub(crate) ground_truth: Option<Selector>,
    /// The parsed `where`.
    pub(crate) filter: Option<Arc<RecordFilter>>,
    /// Reject files of the model when the first hour was written.
    pub(crate) earlier_rejects: OnceCell<HashSet<Path>>,
    /// What can change the bytes of an hour file, in clear text, for each mapping of the model.
    settings: Vec<Value>,
}

impl ModelRun {
    pub(crate) fn new(
        model: &Model,
        inputs: ModelInputs,
        options: &MergeOptions,
        catalog: &Arc<Catalog>,
        out: Root,
        progress: &Arc<dyn Progress>,
        conduct: Conduct,
    ) -> Result<Self, EngineError> {
        let parse = |text: &Option<String>| {
            text.as_deref()
                .map(|t| {
                    Selector::parse(t).map_err(|source| EngineError::Selector {
                        selector: t.to_owned(),
                        source,
                    })
                })
                .transpose()
        };
        for mapping in (0..=model.later_mappings.len()).map(|n| model.numbered_mapping(n)) {
            parse(&mapping.inference_attribute)?;
            parse(&mapping.probability_attribute)?;
        }
        let own = own_fields(&model.columns)?;
        let ground_truth = parse(&model.mapping.ground_truth_attribute)?;
        let filter = RecordFilter::of(model)?.map(Arc::new);
        let columns = match &options.columns {
            Some(columns) => columns.clone(),
            None => {
                let constant = super::output::COLUMNS.iter().map(|c| (*c).to_owned());
                let own = own.iter().map(|field| field.name().clone());
                constant.chain(own).collect()
            }
        };
        let snapshot = match &conduct.snapshot {
            Some(snapshot) => snapshot.clone(),
            None => snapshot_of(&inputs.labels),
        };
        let mappings = (0..=model.later_mappings.len()).map(|n| model.numbered_mapping(n));
        let settings = mappings
            .map(|mapping| settings_value(model, mapping, &columns, options, catalog))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            model: model.clone(),
            inputs,
            catalog: Arc::clone(catalog),
            out,
            misfits: misfit_columns(&model.columns, &columns),
            columns,
            own,
            max_absent: options.max_absent,
            max_rejects: options.max_rejects,
            reject_bytes: options.reject_bytes,
            plan: options.plan,
            jsonl: options.jsonl,
            unmatched_limits: options.unmatched,
            resources: options.resources.clone(),
            progress: Arc::clone(progress),
            snapshot_id: snapshot.id()?,
            snapshot,
            conduct,
            ground_truth,
            filter,
            earlier_rejects: OnceCell::new(),
            settings,
        })
    }

    /// Output partition of some inputs.
    pub(crate) fn partition(&self, inputs: &PartitionInputs) -> Partition {
        Partition {
            model: self.model.name.clone(),
            endpoint: inputs.endpoint.clone(),
            variant: inputs.variant.clone(),
            hour: inputs.hour,
        }
    }

    /// `model=…`, as every path of the output begins below its kind.
    pub(crate) fn model_folder(&self) -> String {
        let hour = self.inputs.window.from;
        let any = Partition {
            model: self.model.name.clone(),
            endpoint: String::new(),
            variant: String::new(),
            hour,
        };
        any.folder()
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Folder of what belongs to the run's whole window.
    pub(crate) fn window_folder(&self) -> String {
        let window = self.inputs.window;
        format!(
            "{}/window_from={}/window_to={}",
            self.model_folder(),
            window.from,
            window.to
        )
    }

    /// Values of every parameter that a statement of `sql/merge/` may name.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.parameters_by(&self.model.mapping)
    }

    /// What can change the bytes of an hour's file.
    pub(crate) fn settings_in(&self, hour: Hour) -> Value {
        let settings = self.settings.get(self.model.mapping_of(hour));
        settings.cloned().unwrap_or_default()
    }

    /// What can change the bytes of any hour's file.
    pub(crate) fn all_settings(&self) -> Value {
        let from = self
            .model
            .later_mappings
            .iter()
            .map(|(from, _)| from.to_string());
        json!({"mappings_from": from.collect::<Vec<_>>(), "settings": self.settings})
    }

    /// The values with a mapping of some hours.
    pub(crate) fn parameters_by(&self, mapping: &Mapping) -> Vec<Parameter> {
        const HOUR: i64 = 3_600_000_000;
        let Mapping {
            inference_attribute,
            probability_attribute,
            ground_truth_attribute,
            probability_threshold,
            positive_class,
            negative_class,
            label_type,
            label_layout,
            ..
        } = mapping;
        let policy = &self.model.policy;
        let text = |value: Option<&str>| ScalarValue::Utf8(value.map(str::to_owned));
        let decides = decides_by_probability(mapping);
        vec![
            (
                "label_lead_us",
                ScalarValue::Int64(Some(policy.label_lead_hours.saturating_mul(HOUR))),
            ),
            (
                "label_horizon_us",
                ScalarValue::Int64(policy.label_horizon_hours.map(|h| h.saturating_mul(HOUR))),
            ),
            (
                "duplicate_labels",
                text(Some(policy.duplicate_labels.as_str())),
            ),
            ("inference_attribute", text(inference_attribute.as_deref())),
            (
                "probability_attribute",
                text(probability_attribute.as_deref()),
            ),
            (
                "ground_truth_attribute",
                text(ground_truth_attribute.as_deref()),
            ),
            (
                "probability_threshold",
                ScalarValue::Float64(Some(*probability_threshold)),
            ),
            (
                "positive_class",
                text(decides.then_some(positive_class.as_str())),
            ),
            (
                "negative_class",
                text(decides.then_some(negative_class.as_str())),
            ),
            ("label_type", text(Some(label_type_text(*label_type)))),
            ("label_layout", text(Some(label_layout.as_str()))),
            ("match", text(Some(policy.matching.as_str()))),
            (
                "each_record",
                ScalarValue::Boolean(Some(self.model.id_attribute.is_some())),
            ),
        ]
    }

    /// Whether so many rejects among so many records are accepted.
    pub(crate) fn accepts(&self, rejected: u64, read: u64) -> bool {
        self.max_rejects.accepts(rejected, read)
    }

    /// Whether an attribute may be absent in so many of so many outputs.
    pub(crate) fn accepts_absent(&self, absent: u64, outputs: u64) -> bool {
        self.max_absent.accepts(absent, outputs)
    }

    /// The limit as the user writes it.
    pub(crate) fn limit_text(&self) -> String {
        self.max_rejects.to_string()
    }
}

/// The listing of label files that were seen.
pub(crate) fn snapshot_of(labels: &[Input]) -> LabelSnapshot {
    let objects = labels.iter().map(|input| SnapshotObject {
        hour: input.hour,
        identity: (&input.object).into(),
    });
    LabelSnapshot::new(objects.collect())
}

/// True when the predicted class comes from the probability: binary, or no type said.
pub(crate) fn decides_by_probability(mapping: &Mapping) -> bool {
    matches!(
        mapping.problem_type,
        None | Some(ProblemType::BinaryClassification)
    ) && mapping.inference_attribute.is_none()
        && mapping.probability_attribute.is_some()
}

fn label_type_text(label_type: LabelType) -> &'static str {
    match label_type {
        LabelType::Auto => "auto",
        LabelType::String => "string",
    }
}

/// The own columns as text.
fn defined(columns: &[OwnColumn]) -> String {
    let defined = columns.iter().map(|column| {
        let data_type = column.data_type.map_or("", ColumnType::as_str);
        match &column.source {
            ColumnSource::Payload { side, selector } => {
                json!([column.name, data_type, side.as_str(), selector])
            }
            ColumnSource::Sql(text) => json!([column.name, data_type, "sql", text]),
        }
    });
    Value::from(defined.collect::<Vec<_>>()).to_string()
}

/// The statements that decide what an hour file holds; the others of `sql/merge/` are for the accounts.
const HOUR_FILE_STATEMENTS: &[&str] = &[
    "merge/candidates",
    "merge/conflicts",
    "merge/matched",
    "merge/observations",
];

fn settings_value(
    model: &Model,
    mapping: &Mapping,
    columns: &[String],
    options: &MergeOptions,
    catalog: &Catalog,
) -> Result<Value, EngineError> {
    let policy = &model.policy;
    let mut sql = Sha256::new();
    for name in HOUR_FILE_STATEMENTS {
        sql.update(name.as_bytes());
        sql.update(catalog.text(name)?.as_bytes());
    }
    let mut settings = json!({
        "columns": columns,
        "duplicate_labels": policy.duplicate_labels.as_str(),
        "ground_truth_attribute": mapping.ground_truth_attribute,
        "inference_attribute": mapping.inference_attribute,
        "join": policy.join.as_str(),
        "label_horizon_hours": policy.label_horizon_hours,
        "label_lead_hours": policy.label_lead_hours,
        "label_type": label_type_text(mapping.label_type),
        "max_depth": options.resources.limits.max_depth,
        "max_record_bytes": options.resources.limits.max_record_bytes,
        "negative_class": mapping.negative_class,
        "output_revision": OUTPUT_REVISION,
        "positive_class": mapping.positive_class,
        "probability_attribute": mapping.probability_attribute,
        "probability_threshold": mapping.probability_threshold,
        "problem_type": mapping.problem_type.map(ProblemType::as_str),
        "sql_sha256": format!("{:x}", sql.finalize()),
    });
    // What most models leave alone stands only where it is set.
    let mut set = |name: &str, value: Option<String>| {
        if let (Some(settings), Some(value)) = (settings.as_object_mut(), value) {
            settings.insert(name.to_owned(), Value::String(value));
        }
    };
    set("where", model.filter.clone());
    set("id_attribute", model.id_attribute.clone());
    let label_id = (model.label_id != LabelId::default()).then(|| model.label_id.to_string());
    set("label_id_field", label_id);
    let layout = mapping.label_layout;
    set(
        "label_layout",
        (layout != LabelLayout::Auto).then(|| layout.as_str().to_owned()),
    );
    let defined = (!model.columns.is_empty()).then(|| defined(&model.columns));
    set("column_definitions", defined);
    let own_sql = model
        .sql
        .as_ref()
        .map(|sql| format!("{:x}", Sha256::digest(&sql.text)));
    set("own_sql_sha256", own_sql);
    let matching = policy.matching;
    set(
        "match",
        (matching != Match::Coalesce).then(|| matching.as_str().to_owned()),
    );
    if let (LabelSource::Table(table), Some(settings)) = (&model.labels, settings.as_object_mut()) {
        settings.insert("labels".into(), table.settings());
    }
    Ok(settings)
}
