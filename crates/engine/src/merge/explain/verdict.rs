//! What a merge makes of the records that were found, by the label index of the merge itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use groundline_capture::{Encoding, Selector, class_text, label_value};

use super::labels::{FoundLabel, ground_truth, index};
use super::predictions::FoundPrediction;
use super::search::Ids;
use super::{Found, ModelExplanation, Nearest, Occurrence};
use crate::error::EngineError;
use crate::merge::label_index::{ChoiceMemory, Event, LabelIndex};
use crate::merge::label_status::{LabelStatus, near_told, statuses};
use crate::merge::sighting::{Near, Sighting};
use crate::merge::unmatched_reason::UnmatchedReason;
use crate::model::Match;

/// The occurrences of `asked` in a model with their outcomes; `others` are the other models.
pub(super) async fn told(
    found: &Found,
    asked: &Ids,
    others: &[&Found],
) -> Result<ModelExplanation, EngineError> {
    let window = found.window;
    let mut told = ModelExplanation {
        model: found.model.name.clone(),
        from: window.map_or_else(String::new, |w| w.from.to_string()),
        to: window.map_or_else(String::new, |w| w.to.to_string()),
        files: found.files,
        bytes: found.bytes,
        incomplete: found.incomplete || others.iter().any(|other| other.incomplete),
        unread: found.unread,
        first_unread: found.first_unread.clone(),
        occurrences: Vec::new(),
    };
    let ground_truth = ground_truth(found)?;
    let mut verdict = Verdict {
        found,
        index: index(found, ground_truth.as_ref()).await?,
        ground_truth,
        memory: ChoiceMemory::new(),
        valued: HashSet::new(),
        lines: Lines::of(found),
    };
    // All of them decide, in the order of the merge.
    for prediction in &found.predictions {
        let outcome = verdict.of_prediction(prediction);
        if prediction.ids().any(|id| asked.has(id)) {
            told.occurrences.push(prediction_told(prediction, outcome));
        }
    }
    for other in others {
        verdict.note_other(other);
    }
    let by_place: BTreeMap<(u32, i64), (u32, LabelStatus)> = statuses(&verdict.index)
        .map(|(label, status)| (verdict.place(label), (label, status)))
        .collect();
    let labels = found.labels.iter();
    for label in labels.filter(|label| found.label_ids.has(&label.key)) {
        let status = by_place.get(&(label.number, label.position));
        told.occurrences
            .push(label_told(label, verdict.of_label(label, status)));
    }
    Ok(told)
}

/// What becomes of a record.
#[derive(Debug, Default)]
struct Outcome {
    status: &'static str,
    words: String,
    fix: Option<&'static str>,
    reason: Option<UnmatchedReason>,
    nearest: Option<Nearest>,
}

impl Outcome {
    fn new(status: &'static str, words: impl Into<String>, fix: Option<&'static str>) -> Self {
        Self {
            status,
            words: words.into(),
            fix,
            ..Self::default()
        }
    }
}

/// A label without a value is taken like any other, and its prediction counts as unlabelled.
const NO_VALUE: &str = "a label that is null or empty, or has nothing where the ground-truth attribute points, is taken all the same, and its prediction stays unlabelled: write the label again with its value, later";

/// Lines by place, for outcomes that speak of another record.
struct Lines<'a> {
    predictions: BTreeMap<(&'a str, i64), u64>,
    labels: BTreeMap<(u32, i64), (&'a str, u64)>,
}

impl<'a> Lines<'a> {
    fn of(found: &'a Found) -> Self {
        let predictions = found.predictions.iter().map(|prediction| {
            let file = prediction.input.object.key.as_str();
            ((file, prediction.position), prediction.line)
        });
        let labels = found.labels.iter().map(|label| {
            let place = (label.number, label.position);
            (place, (label.file.as_str(), label.line))
        });
        Self {
            predictions: predictions.collect(),
            labels: labels.collect(),
        }
    }
}

/// The labels of a model, and what is known of them while the predictions go by.
struct Verdict<'a> {
    found: &'a Found,
    index: LabelIndex,
    ground_truth: Option<Selector>,
    memory: ChoiceMemory,
    /// Labels that gave a prediction a value.
    valued: HashSet<u32>,
    lines: Lines<'a>,
}

impl Verdict<'_> {
    /// Number of the label's object, and its position.
    fn place(&self, label: u32) -> (u32, i64) {
        (self.index.file_number(label), self.index.position(label))
    }

    /// File and line of a label.
    fn shown(&self, label: u32) -> String {
        let place = self.place(label);
        match self.lines.labels.get(&place) {
            Some((file, line)) => format!("{file}:{line}"),
            None => format!("{}:{}", self.index.file(label).1, place.1),
        }
    }

    /// The first label of an id, and those that differ from it in spelling only.
    fn find(&self, id: &str) -> (Option<u32>, Vec<(usize, u32)>) {
        let (mut heads, mut spelled) = (Vec::new(), Vec::new());
        self.index
            .find(std::iter::once(id), &mut heads, &mut spelled);
        (heads.first().copied().flatten(), spelled)
    }

    /// Notes that labels whose key is `id` may have meant a prediction that is none of the join's.
    fn note(&self, reason: UnmatchedReason, prediction: &FoundPrediction, model: Option<&str>) {
        // A label may give any id of such a prediction, and is then said to be of that one; but a record that `where`
        // leaves out has been read, and its key is known.
        let ids = match reason {
            UnmatchedReason::PredictionFiltered => 1,
            _ => 2,
        };
        for id in prediction.ids().take(ids) {
            if let (Some(head), _) = self.find(id) {
                let input = &prediction.input;
                let sighting = Sighting::in_input(reason, input, prediction.position, id)
                    .of_model(model)
                    .on_line(prediction.line);
                self.index.came_near(head, &sighting);
            }
        }
    }

    /// Notes the predictions of another model, as far as it reads them.
    fn note_other(&self, other: &Found) {
        let read =
            |prediction: &&FoundPrediction| !prediction.unselected && prediction.rejected.is_none();
        for prediction in other.predictions.iter().filter(read) {
            let model = Some(other.model.name.as_str());
            self.note(UnmatchedReason::OtherModel, prediction, model);
        }
    }

    /// What becomes of a prediction; notes in the index what its labels came near to.
    fn of_prediction(&mut self, prediction: &FoundPrediction) -> Outcome {
        let near = |reason: UnmatchedReason| {
            self.note(reason, prediction, None);
            Some(reason.hint())
        };
        if prediction.unselected {
            // What cannot be read of those explains nothing.
            let (words, fix) = match &prediction.rejected {
                Some(why) => (format!("not selected, and rejected: {why}"), None),
                None => (
                    "not selected by --endpoint, --variant".to_owned(),
                    near(UnmatchedReason::OtherEndpoint),
                ),
            };
            return Outcome::new("not_selected", words, fix);
        }
        if let Some(why) = &prediction.rejected {
            let fix = near(UnmatchedReason::PredictionRejected);
            return Outcome::new("rejected", format!("rejected: {why}"), fix);
        }
        if prediction.filtered {
            let words = "filtered: the model's `where` leaves it out";
            let fix = near(UnmatchedReason::PredictionFiltered);
            return Outcome::new("filtered", words, fix);
        }
        let outcome = self.chosen_for(prediction);
        if prediction.has_output || outcome.status == "failed" {
            return outcome;
        }
        // The ledger asks for the output first.
        Outcome {
            status: "no_output",
            words: format!("no_output: it has no output; {}", outcome.words),
            ..outcome
        }
    }

    /// What becomes of a prediction that takes part in the join.
    fn chosen_for(&mut self, prediction: &FoundPrediction) -> Outcome {
        let event = event(prediction, self.found.model.id_attribute.is_some());
        let (head, spelled) = self.find(prediction.key());
        for (_, label) in &spelled {
            let sighting = event.sighted(UnmatchedReason::SpelledDifferently);
            self.index.came_near(*label, &sighting);
        }
        let other = prediction
            .event_id
            .as_deref()
            .filter(|event| *event != prediction.key())
            .and_then(|event| self.find(event).0);
        let policy = &self.found.model.policy;
        let either = policy.matching == Match::Either;
        if let (Some(head), false) = (other, either) {
            let sighting = event.sighted(UnmatchedReason::EventIdGiven);
            self.index.came_near(head, &sighting);
        }
        let mut chosen = Vec::new();
        let heads = (head, other.filter(|_| either));
        let memory = &mut self.memory;
        if self
            .index
            .choose(heads, &event, policy, memory, &mut chosen)
        {
            self.valued.extend(&chosen);
            let words = format!(
                "its hour fails: it has {} different labels and --duplicate-labels is error",
                chosen.len()
            );
            return Outcome::new("failed", words, None);
        }
        let mut labels = Vec::with_capacity(chosen.len());
        let mut has_value = false;
        for label in chosen {
            let place = self.shown(label);
            match self.value(label, prediction) {
                Some(value) => {
                    let shown: String = value.chars().take(40).collect();
                    labels.push(format!("`{shown}` at {place}"));
                    has_value = true;
                    self.valued.insert(label);
                }
                None => labels.push(format!("no value at {place}")),
            }
        }
        let labels = labels.join(", ");
        if has_value {
            return Outcome::new("labelled", format!("labelled {labels}"), None);
        }
        if !labels.is_empty() {
            let words = format!("unlabelled: its label has {labels}");
            return Outcome::new("unlabelled", words, Some(NO_VALUE));
        }
        // Why a label that is there cannot be used is told with the label.
        let words = match (head, other, spelled.is_empty()) {
            (Some(_), _, _) => "unlabelled: no label of its key can be used",
            (None, Some(_), _) if either => "unlabelled: no label of its event_id can be used",
            (None, Some(_), _) => {
                "unlabelled: a label gives its event_id, and it has an inference_id"
            }
            (None, None, false) => "unlabelled: a label spells its key differently",
            (None, None, true) => "unlabelled: no label has its key",
        };
        Outcome::new("unlabelled", words, None)
    }

    /// The record's own part of a label, as it stands in the hour file.
    fn value(&self, label: u32, prediction: &FoundPrediction) -> Option<String> {
        let model = &self.found.model;
        // A record with an id of its own is the only one of its unit.
        let record = match model.id_attribute {
            Some(_) => 0,
            None => u32::try_from(prediction.record_index).unwrap_or(0),
        };
        let value = label_value(
            self.index.label(label)?,
            Encoding::parse(self.index.encoding(label)),
            record,
            prediction.record_count,
            self.ground_truth.as_ref(),
            model.mapping.label_layout,
        )?;
        let mapping = model.mapping_in(prediction.input.hour);
        class_text(&value, mapping.label_type).map(Cow::into_owned)
    }

    fn of_label(&self, label: &FoundLabel, status: Option<&(u32, LabelStatus)>) -> Outcome {
        if let Some(rejected) = &label.rejected {
            let words = format!("rejected: {}", rejected.why);
            return Outcome::new("rejected", words, Some(rejected.fix));
        }
        match status {
            Some((number, LabelStatus::Matched)) if !self.valued.contains(number) => {
                let words = "matched: chosen for a prediction, which stays unlabelled, because the label has no value";
                Outcome::new("matched", words, Some(NO_VALUE))
            }
            Some((_, LabelStatus::Matched)) => {
                Outcome::new("matched", "matched: chosen for a prediction", None)
            }
            Some((_, LabelStatus::Duplicate)) => {
                Outcome::new("duplicate", "duplicate: another label says the same", None)
            }
            Some((_, LabelStatus::Superseded)) => {
                let policy = self.found.model.policy.duplicate_labels.as_str();
                let words = format!("superseded: --duplicate-labels {policy} chose another");
                Outcome::new("superseded", words, None)
            }
            Some((number, LabelStatus::Unmatched(reason))) => self.unmatched(*number, *reason),
            None => Outcome::new("unread", "not read", None),
        }
    }

    /// `reason` is what the flags of the join say; what else came near may say more.
    fn unmatched(&self, number: u32, reason: UnmatchedReason) -> Outcome {
        let near = self.index.nearest(number);
        let reason = near.as_ref().map_or(reason, |near| near.reason.min(reason));
        let near = near.filter(|near| near.reason == reason).map(|near| {
            let place = (near.file.as_str(), near.position);
            let line = self.lines.predictions.get(&place).copied();
            let line = near.line.or(line);
            Near { line, ..near }
        });
        let mut words = format!("unmatched, {}", reason.as_str());
        if let Some(near) = &near {
            words = format!("{words}: nearest {}", near_told(near));
        }
        Outcome {
            reason: Some(reason),
            nearest: near.map(Nearest::from),
            ..Outcome::new("unmatched", words, Some(reason.hint()))
        }
    }
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

fn prediction_told(prediction: &FoundPrediction, outcome: Outcome) -> Occurrence {
    let role = match (&prediction.inference_id, &prediction.event_id) {
        (Some(_), Some(event)) => format!("inference_id; its event_id is {event}"),
        (Some(_), None) => "inference_id".to_owned(),
        _ => "event_id".to_owned(),
    };
    let is_read = prediction.rejected.is_none();
    let what = match is_read {
        true => "prediction",
        false => "rejected prediction",
    };
    Occurrence {
        what: what.to_owned(),
        id: prediction.key().to_owned(),
        role,
        endpoint: Some(prediction.input.endpoint.clone()),
        variant: Some(prediction.input.variant.clone()),
        hour: prediction.input.hour.to_string(),
        file: prediction.input.object.key.clone(),
        position: prediction.position,
        line: prediction.line,
        record_index: is_read.then_some(prediction.record_index),
        record_count: is_read.then_some(prediction.record_count),
        ..with(outcome)
    }
}

fn label_told(label: &FoundLabel, outcome: Outcome) -> Occurrence {
    let what = match label.rejected {
        Some(_) => "rejected label",
        None => "label",
    };
    Occurrence {
        what: what.to_owned(),
        id: label.key.clone(),
        role: "key".to_owned(),
        hour: label.hour.map_or_else(String::new, |hour| hour.to_string()),
        file: label.file.clone(),
        position: label.position,
        line: label.line,
        ..with(outcome)
    }
}

/// An occurrence of which nothing but the outcome is said yet.
fn with(outcome: Outcome) -> Occurrence {
    Occurrence {
        status: outcome.status.to_owned(),
        reason: outcome.reason.map(|reason| reason.as_str().to_owned()),
        nearest: outcome.nearest,
        outcome: outcome.words,
        fix: outcome.fix.map(str::to_owned),
        ..Occurrence::default()
    }
}
