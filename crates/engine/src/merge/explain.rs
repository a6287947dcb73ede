//! `explain-id`: everywhere one id occurs in the inputs of the models, and what a merge makes of it.
//!
//! The predictions that have the id are read first, then all that have any id of those: what becomes of a label hangs
//! on every prediction that it may mean, not only on the one that was asked for. The labels follow, and what became of
//! them is decided by the label index of the merge. What was read only to decide is not told.

mod labels;
mod predictions;
mod search;
mod verdict;

use groundline_store::Window;
use serde::Serialize;

use super::elsewhere::unselected;
use super::filter::RecordFilter;
use super::inputs::ModelInputs;
use super::sighting::Near;
use crate::error::EngineError;
use crate::model::{Match, Model};
use crate::options::MergeOptions;
use crate::read::LoggedReject;
use crate::tables::Input;

use labels::FoundLabel;
use predictions::FoundPrediction;
use search::{Ids, Search};

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
    /// More records have the id, or one that goes with it, than are looked at: what is told is not all, and a label's
    /// reason may hang on what is missing.
    pub incomplete: bool,
    /// Objects of predictions that could not be read whole: nothing in them is told.
    pub unread: u64,
    /// Why the first of them could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_unread: Option<String>,
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
    /// `yyyy-mm-ddThh` of the folder; empty for a label whose time cannot be read.
    pub hour: String,
    pub file: String,
    /// Byte offset in the decompressed object.
    pub position: i64,
    /// 1-based.
    pub line: u64,
    /// Of a prediction, which record of its payload it is, from 0.
    pub record_index: Option<i32>,
    /// Of a prediction, how many records its payload has.
    pub record_count: Option<u32>,
    /// The word of the ledger: `labelled`, `unlabelled`, `no_output`, `filtered`, `rejected`; `matched`, `duplicate`, `superseded`,
    /// `unmatched`. A prediction of an endpoint or variant that the model leaves out is `not_selected`, and one whose
    /// hour several different labels fail is `failed`.
    pub status: String,
    /// Of an unmatched label, as in `unmatched_labels`.
    pub reason: Option<String>,
    /// Of an unmatched label, the prediction that the reason is about.
    pub nearest: Option<Nearest>,
    /// What a merge makes of it, in words.
    pub outcome: String,
    /// What to do about it, where there is something to do.
    pub fix: Option<String>,
}

/// The prediction that a label came nearest to, as in `unmatched_labels`, with its line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Nearest {
    pub key: String,
    /// Of another model.
    pub model: Option<String>,
    pub endpoint: String,
    pub variant: String,
    pub hour: String,
    pub file: String,
    pub position: i64,
    pub line: Option<u64>,
}

impl From<Near> for Nearest {
    fn from(near: Near) -> Self {
        Self {
            key: near.key,
            model: near.model,
            endpoint: near.endpoint,
            variant: near.variant,
            hour: near.hour.to_string(),
            file: near.file,
            position: near.position,
            line: near.line,
        }
    }
}

/// Looks for `id` in the inputs of every model of `options`.
pub async fn explain(id: &str, options: &MergeOptions) -> Result<Explanation, EngineError> {
    let mut models = list(options).await?;
    let asked = Ids::of([id]);
    for model in &mut models {
        model.read_predictions(&asked, options).await?;
    }
    // A label may give any id of a prediction that was found, and mean any prediction that has it, of any model.
    let mut related = asked.clone();
    for model in &mut models {
        model.label_ids = asked.with(&model.predictions);
        related.extend(&model.label_ids);
    }
    if related != asked {
        for model in &mut models {
            model.read_predictions(&related, options).await?;
        }
    }
    for model in &mut models {
        model.read_labels(options).await?;
    }
    let mut explanation = Explanation {
        id: id.to_owned(),
        models: Vec::new(),
    };
    for number in 0..models.len() {
        let (before, rest) = models.split_at(number);
        if let Some((found, after)) = rest.split_first() {
            let others: Vec<&Found> = before.iter().chain(after).collect();
            explanation
                .models
                .push(verdict::told(found, &asked, &others).await?);
        }
    }
    Ok(explanation)
}

/// What the models read; as in a merge, a glob that selects nothing of one model is none but an error of all.
async fn list(options: &MergeOptions) -> Result<Vec<Found>, EngineError> {
    let mut models = Vec::new();
    let mut left_out = None;
    for model in &options.models {
        match Found::list(model, options).await {
            Ok(found) => models.push(found),
            Err(error @ EngineError::NothingSelected { .. }) => {
                left_out.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match left_out {
        Some(error) if models.is_empty() => Err(error),
        _ => Ok(models),
    }
}

/// What a model reads, and what was found in it.
struct Found {
    model: Model,
    window: Option<Window>,
    files: u64,
    bytes: u64,
    /// Objects of predictions: the model's own, then those of endpoints and variants that it leaves out.
    prediction_inputs: Vec<Input>,
    /// How many are the model's own.
    selected: usize,
    label_inputs: Vec<Input>,
    /// Rows of a table of labels that are none.
    label_rejects: Vec<LoggedReject>,
    predictions: Vec<FoundPrediction>,
    labels: Vec<FoundLabel>,
    /// Ids whose labels are told: what was asked for, and the other ids of predictions that have it.
    label_ids: Ids,
    incomplete: bool,
    /// Objects of predictions that could not be read whole, and why the first could not.
    unread: u64,
    first_unread: Option<String>,
}

impl Found {
    async fn list(model: &Model, options: &MergeOptions) -> Result<Self, EngineError> {
        let inputs = ModelInputs::list(model, options).await?;
        let is_empty = inputs.partitions.is_empty();
        let mut found = Self {
            model: model.clone(),
            window: (!is_empty).then_some(inputs.window),
            files: 0,
            bytes: 0,
            prediction_inputs: inputs.predictions(),
            selected: 0,
            label_inputs: inputs.labels,
            label_rejects: inputs.label_rejects,
            predictions: Vec::new(),
            labels: Vec::new(),
            label_ids: Ids::default(),
            incomplete: false,
            unread: 0,
            first_unread: None,
        };
        if is_empty {
            return Ok(found);
        }
        found.selected = found.prediction_inputs.len();
        let left_out = unselected(&options.resources.stores, model, inputs.window).await?;
        found.prediction_inputs.extend(left_out);
        let all = || found.prediction_inputs.iter().chain(&found.label_inputs);
        let (files, bytes) = (all().count() as u64, all().map(Input::bytes).sum());
        (found.files, found.bytes) = (files, bytes);
        Ok(found)
    }

    /// Finds the predictions that have one of `ids`, instead of those that were found before.
    async fn read_predictions(
        &mut self,
        ids: &Ids,
        options: &MergeOptions,
    ) -> Result<(), EngineError> {
        let filter = RecordFilter::of(&self.model)?;
        let search = Search::new(&options.resources, ids);
        let found = search
            .predictions(&self.prediction_inputs, self.selected, filter)
            .await?;
        self.predictions = found.records;
        (self.unread, self.first_unread) = (found.unread, found.first_unread);
        self.incomplete |= search.is_cut(self.predictions.len());
        Ok(())
    }

    /// Finds the labels that are told, and those that decide with them.
    async fn read_labels(&mut self, options: &MergeOptions) -> Result<(), EngineError> {
        let ids = match self.model.policy.matching {
            Match::Coalesce => self.label_ids.clone(),
            // A prediction chooses from the labels of both its ids.
            Match::Either => self.label_ids.with(&self.predictions),
        };
        let search = Search::new(&options.resources, &ids);
        self.labels = search
            .labels(&self.label_inputs, &self.label_rejects)
            .await?;
        self.incomplete |= search.is_cut(self.labels.len());
        Ok(())
    }
}
