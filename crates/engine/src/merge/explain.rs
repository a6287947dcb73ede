//! `explain-id`: everywhere one id occurs in the inputs of a model, and what a merge makes of it.
//!
//! The ids of all predictions are read, then the labels; what became of them is decided by the label index of the
//! merge, filled with the labels that were found.

mod search;
mod verdict;

use std::collections::BTreeSet;
use std::sync::Arc;

use groundline_store::Window;
use serde::Serialize;

use super::elsewhere::unselected;
use super::filter::RecordFilter;
use super::inputs::ModelInputs;
use crate::error::EngineError;
use crate::model::Model;
use crate::normal_key::normal_key;
use crate::options::MergeOptions;
use crate::tables::Input;

use search::{FoundLabel, FoundPrediction, Search};

/// One id in the inputs of the models of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Explanation {
    pub id: String,
    pub models: Vec<ModelExplanation>,
}

impl Explanation {
    /// True when the id stands nowhere.
    pub fn is_empty(&self) -> bool {
        self.models.iter().all(|model| model.occurrences.is_empty())
    }
}

/// One model's part.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelExplanation {
    pub model: String,
    /// First hour of the predictions that were searched, `yyyy-mm-ddThh`; empty without any.
    pub from: String,
    /// End of the window, exclusive.
    pub to: String,
    /// Objects that were searched.
    pub files: u64,
    pub bytes: u64,
    /// Predictions in order of (endpoint, variant, hour, file, position), then labels in label order.
    pub occurrences: Vec<Occurrence>,
}

/// A record that has the id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Occurrence {
    /// `prediction`, `label`, `rejected prediction` or `rejected label`.
    pub what: String,
    /// The id as it is written there.
    pub id: String,
    /// What it is there: `inference_id`, `event_id`, `key`; or that it is spelled differently.
    pub role: String,
    pub endpoint: Option<String>,
    pub variant: Option<String>,
    /// `yyyy-mm-ddThh` of the folder.
    pub hour: String,
    pub file: String,
    /// Byte offset in the decompressed object.
    pub position: i64,
    /// 1-based.
    pub line: u64,
    /// What a merge makes of it.
    pub outcome: String,
    /// What to do about it, where there is something to do.
    pub fix: Option<String>,
}

/// Ids that mean one of those that are looked for.
pub(super) struct Ids {
    /// In their normal form.
    normal: BTreeSet<String>,
}

impl Ids {
    fn has(&self, id: &str) -> bool {
        self.normal.contains(normal_key(id).as_ref())
    }
}

/// Looks for `id` in the inputs of every model of `options`.
pub async fn explain(id: &str, options: &MergeOptions) -> Result<Explanation, EngineError> {
    let mut searched = Vec::new();
    for model in &options.models {
        searched.push(search_model(id, model, options).await?);
    }
    let mut explanation = Explanation {
        id: id.to_owned(),
        models: Vec::new(),
    };
    for number in 0..searched.len() {
        let (before, rest) = searched.split_at(number);
        let Some((found, after)) = rest.split_first() else {
            break;
        };
        let others: Vec<&Found> = before.iter().chain(after).collect();
        explanation
            .models
            .push(verdict::told(found, &others).await?);
    }
    Ok(explanation)
}

/// What was found of one model.
pub(super) struct Found {
    model: Model,
    window: Option<Window>,
    files: u64,
    bytes: u64,
    predictions: Vec<FoundPrediction>,
    labels: Vec<FoundLabel>,
    label_inputs: Vec<Input>,
}

async fn search_model(
    id: &str,
    model: &Model,
    options: &MergeOptions,
) -> Result<Found, EngineError> {
    let inputs = ModelInputs::list(model, options).await?;
    let mut found = Found {
        model: model.clone(),
        window: None,
        files: 0,
        bytes: 0,
        predictions: Vec::new(),
        labels: Vec::new(),
        label_inputs: Vec::new(),
    };
    if inputs.partitions.is_empty() {
        return Ok(found);
    }
    found.window = Some(inputs.window);
    let mut own = inputs.predictions();
    let selected = own.len();
    own.extend(unselected(&options.resources.stores, model, inputs.window).await?);
    found.files = (own.len() + inputs.labels.len()) as u64;
    found.bytes = own.iter().chain(&inputs.labels).map(Input::bytes).sum();

    let mut ids = Ids {
        normal: BTreeSet::from([normal_key(id).into_owned()]),
    };
    let search = Search {
        resources: &options.resources,
        filter: RecordFilter::of(model)?.map(Arc::new),
    };
    found.predictions = search.predictions(&own, selected, &ids).await?;
    // A label may name any id of a prediction that was found.
    for prediction in &found.predictions {
        for id in prediction.ids() {
            ids.normal.insert(normal_key(id).into_owned());
        }
    }
    found.labels = search.labels(&inputs.labels, &ids).await?;
    found.label_inputs = inputs.labels;
    Ok(found)
}
