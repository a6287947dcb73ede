//! What a merge makes of the records that were found, by the label index of the merge itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use groundline_capture::{Encoding, Selector, label_shape};
use hashbrown::DefaultHashBuilder;

use super::search::{FoundLabel, FoundPrediction};
use super::{Found, ModelExplanation, Occurrence};
use crate::error::EngineError;
use crate::key_table::hash_key;
use crate::merge::label_index::{
    ChoiceMemory, Event, Label, LabelChunk, LabelFiles, LabelIndex, LabelIndexBuilder, PackedShape,
};
use crate::merge::label_status::{LabelStatus, statuses};
use crate::merge::sighting::Near;
use crate::merge::unmatched_reason::UnmatchedReason;
use crate::model::Match;
use crate::normal_key::normal_key;

/// The occurrences of a model with their outcomes; `others` are those of the other models.
pub(super) async fn told(
    found: &Found,
    others: &[&Found],
) -> Result<ModelExplanation, EngineError> {
    let index = index(found).await?;
    let mut told = ModelExplanation {
        model: found.model.name.clone(),
        from: found
            .window
            .map_or_else(String::new, |w| w.from.to_string()),
        to: found.window.map_or_else(String::new, |w| w.to.to_string()),
        files: found.files,
        bytes: found.bytes,
        occurrences: Vec::new(),
    };
    let places = Places::of(found);
    for prediction in &found.predictions {
        told.occurrences
            .push(prediction_told(prediction, found, &index, &places));
    }
    let by_place: BTreeMap<(u32, i64), (u32, LabelStatus)> = statuses(&index)
        .map(|(label, status)| {
            let place = (index.file_number(label), index.position(label));
            (place, (label, status))
        })
        .collect();
    for label in &found.labels {
        let status = by_place.get(&(label.number, label.position));
        told.occurrences
            .push(label_told(label, status, found, others, &index, &places));
    }
    Ok(told)
}

/// Lines by place, for outcomes that speak of another record.
struct Places {
    predictions: BTreeMap<(String, i64), u64>,
    labels: BTreeMap<(u32, i64), (String, u64)>,
}

impl Places {
    fn of(found: &Found) -> Self {
        let predictions = found.predictions.iter().map(|prediction| {
            let file = prediction.input.object.key.clone();
            ((file, prediction.position), prediction.line)
        });
        let labels = found.labels.iter().map(|label| {
            let file = label.input.object.key.clone();
            ((label.number, label.position), (file, label.line))
        });
        Self {
            predictions: predictions.collect(),
            labels: labels.collect(),
        }
    }

    fn prediction(&self, near: &Near) -> String {
        let line = self
            .predictions
            .get(&(near.file.clone(), near.position))
            .map_or_else(|| near.position.to_string(), u64::to_string);
        format!("{} at {}:{line}", near.key, near.file)
    }

    fn label(&self, index: &LabelIndex, label: u32) -> String {
        let place = (index.file_number(label), index.position(label));
        match self.labels.get(&place) {
            Some((file, line)) => format!("{file}:{line}"),
            None => format!("{}:{}", index.file(label).1, place.1),
        }
    }
}

/// The labels that were found, in an index as the merge has it.
async fn index(found: &Found) -> Result<LabelIndex, EngineError> {
    let hasher = DefaultHashBuilder::default();
    let mapping = &found.model.mapping;
    let attribute = mapping.ground_truth_attribute.as_deref();
    let attribute = attribute.map(|text| {
        Selector::parse(text).map_err(|source| EngineError::Selector {
            selector: text.to_owned(),
            source,
        })
    });
    let attribute = attribute.transpose()?;
    let mut chunk = LabelChunk::default();
    for label in found.labels.iter().filter(|label| label.rejected.is_none()) {
        let encoding = Encoding::parse(label.encoding.as_deref());
        let shape = label_shape(label.label.as_deref(), encoding, attribute.as_ref());
        chunk.push(Label {
            key: &label.key,
            hash: hash_key(&hasher, &label.key),
            label: label.label.as_deref(),
            encoding: label.encoding.as_deref(),
            file: label.number,
            position: label.position,
            shape: PackedShape::new(shape),
        })?;
    }
    let files = Arc::new(LabelFiles::new(&found.label_inputs));
    let mut builder = LabelIndexBuilder::new(files, hasher, mapping.label_layout, false);
    builder.add(chunk)?;
    builder.finish(1).await
}

fn event(prediction: &FoundPrediction, each_record: bool) -> Event<'_> {
    Event {
        key: prediction.key(),
        endpoint: &prediction.input.endpoint,
        variant: &prediction.input.variant,
        hour: prediction.input.hour,
        record_count: prediction.record_count,
        file: &prediction.input.object.key,
        position: prediction.position,
        unit: if each_record {
            prediction.record_index
        } else {
            0
        },
        place: 1,
    }
}

fn prediction_told(
    prediction: &FoundPrediction,
    found: &Found,
    index: &LabelIndex,
    places: &Places,
) -> Occurrence {
    let event = event(prediction, found.model.id_attribute.is_some());
    let (outcome, fix) = outcome_of(prediction, &event, found, index, places);
    let role = match (&prediction.inference_id, &prediction.event_id) {
        (Some(_), Some(event)) => format!("inference_id; its event_id is {event}"),
        (Some(_), None) => "inference_id".to_owned(),
        _ => "event_id".to_owned(),
    };
    Occurrence {
        what: match prediction.rejected {
            Some(_) => "rejected prediction".to_owned(),
            None => "prediction".to_owned(),
        },
        id: prediction.key().to_owned(),
        role,
        endpoint: Some(prediction.input.endpoint.clone()),
        variant: Some(prediction.input.variant.clone()),
        hour: prediction.input.hour.to_string(),
        file: prediction.input.object.key.clone(),
        position: prediction.position,
        line: prediction.line,
        outcome,
        fix,
    }
}

/// What becomes of a prediction; notes in the index what its labels came near to.
fn outcome_of(
    prediction: &FoundPrediction,
    event: &Event<'_>,
    found: &Found,
    index: &LabelIndex,
    places: &Places,
) -> (String, Option<String>) {
    let fix = |reason: UnmatchedReason| Some(reason.hint().to_owned());
    let find = |id: &str| {
        let (mut heads, mut spelled) = (Vec::new(), Vec::new());
        index.find(std::iter::once(id), &mut heads, &mut spelled);
        (heads.first().copied().flatten(), spelled)
    };
    let near = |reason: UnmatchedReason| {
        for id in prediction.ids() {
            if let (Some(head), _) = find(id) {
                index.came_near(head, &event.sighted(reason));
            }
        }
        fix(reason)
    };
    if let Some(why) = &prediction.rejected {
        return (
            format!("rejected: {why}"),
            near(UnmatchedReason::PredictionRejected),
        );
    }
    if prediction.unselected {
        let outcome = "not selected by --endpoint, --variant".to_owned();
        return (outcome, near(UnmatchedReason::OtherEndpoint));
    }
    if prediction.filtered {
        let outcome = "filtered: the model's `where` leaves it out".to_owned();
        return (outcome, near(UnmatchedReason::PredictionFiltered));
    }
    let (head, spelled) = find(prediction.key());
    for (_, label) in &spelled {
        index.came_near(*label, &event.sighted(UnmatchedReason::SpelledDifferently));
    }
    let other = prediction
        .event_id
        .as_deref()
        .filter(|event| *event != prediction.key())
        .and_then(|event| find(event).0);
    let either = found.model.policy.matching == Match::Either;
    if let (Some(head), false) = (other, either) {
        index.came_near(head, &event.sighted(UnmatchedReason::EventIdGiven));
    }
    let mut chosen = Vec::new();
    let mut memory = ChoiceMemory::new(true);
    let heads = (head, other.filter(|_| either));
    let conflict = index.choose(heads, event, &found.model.policy, &mut memory, &mut chosen);
    if conflict {
        let outcome = format!(
            "its hour fails: it has {} different labels and --duplicate-labels is error",
            chosen.len()
        );
        return (outcome, None);
    }
    let labels: Vec<String> = chosen
        .iter()
        .map(|label| {
            let text = index.label(*label).unwrap_or("null");
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` at {}", places.label(index, *label))
        })
        .collect();
    if !labels.is_empty() {
        return (format!("labelled {}", labels.join(", ")), None);
    }
    // Why a label that is there cannot be used is told with the label.
    let why = match (head, other, spelled.is_empty()) {
        (Some(_), _, _) => "unlabelled: no label of its key can be used",
        (None, Some(_), _) => "unlabelled: a label gives its event_id, and it has an inference_id",
        (None, None, false) => "unlabelled: a label spells its key differently",
        (None, None, true) => "unlabelled: no label has its key",
    };
    (why.to_owned(), None)
}

fn label_told(
    label: &FoundLabel,
    status: Option<&(u32, LabelStatus)>,
    found: &Found,
    others: &[&Found],
    index: &LabelIndex,
    places: &Places,
) -> Occurrence {
    let (outcome, fix) = match (&label.rejected, status) {
        (Some(why), _) => (format!("rejected: {why}"), None),
        (None, Some((_, LabelStatus::Matched))) => {
            ("matched: chosen for a prediction".to_owned(), None)
        }
        (None, Some((_, LabelStatus::Duplicate))) => {
            ("duplicate: another label says the same".to_owned(), None)
        }
        (None, Some((_, LabelStatus::Superseded))) => {
            let policy = found.model.policy.duplicate_labels.as_str();
            (
                format!("superseded: --duplicate-labels {policy} chose another"),
                None,
            )
        }
        (None, Some((number, LabelStatus::Unmatched(reason)))) => {
            unmatched(label, *number, *reason, others, index, places)
        }
        (None, None) => ("not read".to_owned(), None),
    };
    Occurrence {
        what: match label.rejected {
            Some(_) => "rejected label".to_owned(),
            None => "label".to_owned(),
        },
        id: label.key.clone(),
        role: "key".to_owned(),
        endpoint: None,
        variant: None,
        hour: label.input.hour.to_string(),
        file: label.input.object.key.clone(),
        position: label.position,
        line: label.line,
        outcome,
        fix,
    }
}

fn unmatched(
    label: &FoundLabel,
    number: u32,
    reason: UnmatchedReason,
    others: &[&Found],
    index: &LabelIndex,
    places: &Places,
) -> (String, Option<String>) {
    let near = index.nearest(number);
    // Flags tell what streams by; the rest is known only here.
    let reason = match &near {
        Some(near) if near.reason < reason => near.reason,
        _ => reason,
    };
    if let Some(near) = near.filter(|near| near.reason == reason) {
        let outcome = format!(
            "unmatched, {}: nearest {}",
            reason.as_str(),
            places.prediction(&near)
        );
        return (outcome, Some(reason.hint().to_owned()));
    }
    let of_other = others.iter().find_map(|other| {
        let mut predictions = other.predictions.iter();
        predictions
            .find(|p| !p.unselected && p.rejected.is_none() && p.ids().any(|id| id == label.key))
            .map(|prediction| (other, prediction))
    });
    if let (UnmatchedReason::UnknownId, Some((other, prediction))) = (reason, of_other) {
        let reason = UnmatchedReason::OtherModel;
        let outcome = format!(
            "unmatched, {}: nearest {} of model {} at {}:{}",
            reason.as_str(),
            normal_key(prediction.key()),
            other.model.name,
            prediction.input.object.key,
            prediction.line
        );
        return (outcome, Some(reason.hint().to_owned()));
    }
    let outcome = format!("unmatched, {}", reason.as_str());
    (outcome, Some(reason.hint().to_owned()))
}
