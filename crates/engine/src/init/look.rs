//! One kind of predictions and its labels, looked at together.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use groundline_capture::{LabelId, Selector};
use groundline_store::Hour;

use super::bounds::{Bounds, Meter};
use super::crossing::crossings;
use super::findings::ModelFindings;
use super::groups::{Ground, group};
use super::ids::{self, Labels, PredictionId, Predictions, Reader};
use super::label_data;
use super::label_fields::{self, ChosenField};
use super::matching::{self, Scope};
use super::model::{Facts, OfLabels};
use super::places::Place;
use super::rejects::{Grain, Judged, Tally};
use super::sample::{Event, Sample, Sampler};
use super::source::{LabelSource, Source};
use crate::error::EngineError;
use crate::read::IdRules;

/// One source with its labels.
pub(super) struct Look<'a> {
    pub(super) source: &'a Source,
    pub(super) labels: Option<&'a LabelSource>,
    pub(super) bounds: &'a Bounds,
    pub(super) meter: Arc<Meter>,
}

/// What one look gave.
pub(super) struct Seen {
    pub(super) models: Vec<ModelFindings>,
    pub(super) labels: Option<OfLabels>,
    pub(super) events: u64,
    /// What of each side `max_rejects` has to accept.
    pub(super) judged: Vec<Judged>,
    /// Median hours from a prediction to its label.
    pub(super) delay: Option<i64>,
}

impl Look<'_> {
    pub(super) async fn all(&self) -> Result<Seen, EngineError> {
        let sampler = Sampler {
            bounds: self.bounds,
            meter: &self.meter,
            share: (self.bounds.events / self.source.places.len().max(1)).max(4),
            places: self.source.places.len(),
        };
        let (places, mut samples) = self.sample(&sampler).await?;
        let (predictions, mut labels, scope) = self.ids(&places, &samples).await?;
        let default = matched(&predictions, &labels);
        let label_field = self
            .label_field(default, &samples, &predictions, &labels)
            .await?;
        if let Some(field) = &label_field {
            labels = self.labels_by(&field.id, &samples, &labels).await?;
        }

        let records_per_event = samples.iter().flat_map(|sample| &sample.events);
        let records_per_event = records_per_event.map(Event::records).max();
        let attribute =
            label_data::ground_truth_attribute(&labels.texts, records_per_event.unwrap_or(1));
        let selector = attribute
            .as_ref()
            .and_then(|proposal| Selector::parse(&proposal.value).ok());
        let values = label_data::profile(&labels.texts, selector.as_ref());
        let ground = Ground {
            transforms: self.source.is_transforms(),
            labels: &values,
            by_key: &labels.by_key,
            attribute: selector.as_ref(),
        };
        let crossings = crossings(&predictions, &samples);
        let groups = group(&ground, &places, &mut samples, &sampler, &crossings).await?;
        let mut models = Vec::with_capacity(groups.len());
        let mut judged = Vec::with_capacity(groups.len() + 1);
        for group in &groups {
            let facts = Facts {
                source: self.source,
                labels: self.labels,
                ground: &ground,
                group,
                alone: groups.len() == 1,
                samples: &samples,
                attribute: attribute.as_ref(),
                matching: self
                    .labels
                    .map(|_| matching::count(&predictions, &labels, &group.places, &scope)),
                default,
                label_field: label_field.as_ref(),
                label_ids: &labels,
                tallies: &predictions.tallies,
                crossings: &crossings,
            };
            let (model, of_model) = facts.findings();
            models.push(model);
            judged.push(of_model);
        }
        let of_labels = self.labels.map(|source| Judged {
            what: "labels".to_owned(),
            ..self.label_tally(&labels).judge(&source.place, Grain::All)
        });
        judged.extend(of_labels.clone());
        let everywhere: BTreeSet<usize> = (0..places.len()).collect();
        let delay = matching::delay(&predictions, &labels, &everywhere, true);
        Ok(Seen {
            models,
            events: samples
                .iter()
                .map(|sample| sample.events.len() as u64)
                .sum(),
            labels: of_labels.map(|judged| OfLabels {
                sampled: labels.texts.len() as u64,
                encodings: label_data::encodings(&labels.texts),
                values: values.clone(),
                judged,
            }),
            judged,
            delay: delay.map(|(_, median, _)| median),
        })
    }

    /// Samples of all places. Where predictions have no id of SageMaker's, their records are looked at all the same: the
    /// id may be in the payload.
    async fn sample(
        &self,
        sampler: &Sampler<'_>,
    ) -> Result<(Vec<Place>, Vec<Sample>), EngineError> {
        let (mut places, mut samples) = (Vec::new(), Vec::new());
        for place in &self.source.places {
            let mut place = place.clone();
            let mut sample = sampler.place(&place).await?;
            if sample.events.is_empty() && sample.tally.without_ids() {
                // Which field it is does not matter for reading.
                place = place.identified(IdRules::new(LabelId::default(), Some("0"))?);
                let without_ids = Some(sample.tally);
                sample = sampler.place(&place).await?;
                sample.without_ids = without_ids;
            }
            places.push(place);
            samples.push(sample);
        }
        Ok((places, samples))
    }

    /// Ids of both sides, and which hours they tell about.
    async fn ids(
        &self,
        places: &[Place],
        samples: &[Sample],
    ) -> Result<(Predictions, Labels, Scope), EngineError> {
        let (mut predictions, mut labels) = (Predictions::default(), Labels::default());
        let Some(source) = self.labels else {
            return Ok((predictions, labels, Scope::default()));
        };
        let reader = self.reader();
        let wanted = wanted(samples);
        let hours: BTreeSet<Hour> = places
            .iter()
            .flat_map(|p| p.hours.keys().copied())
            .collect();
        let hours: Vec<Hour> = hours.into_iter().collect();
        let label_hours: Vec<Hour> = source.place.hours.keys().copied().collect();
        let whole = self.fits(places, &source.place);
        let (of_predictions, of_labels) = ids::plan(&hours, &label_hours, whole);

        let (bytes, objects) = (self.bounds.bytes, self.bounds.objects);
        // Labels are small and tell more: a third of the bytes, and most of the objects.
        let spent = self.meter.bytes();
        let for_labels = (spent + bytes.saturating_sub(spent) / 3, objects * 2 / 3);
        for hour in &of_labels {
            let limit = if whole { (bytes, objects) } else { for_labels };
            reader
                .labels(&source.place, *hour, &wanted, limit, &mut labels)
                .await?;
        }
        for hour in &of_predictions {
            // Room is kept for the hours around a label hour.
            let limit = if whole { bytes } else { bytes * 4 / 5 };
            reader
                .predictions(places, *hour, (limit, objects), &mut predictions)
                .await?;
        }
        if whole && !labels.read.cut && !predictions.read.cut {
            let scope = Scope {
                whole: true,
                ..Scope::default()
            };
            return Ok((predictions, labels, scope));
        }
        let mut scope = Scope {
            prediction_hours: predictions.read.hours.clone(),
            ..Scope::default()
        };
        // A label hour whose predictions, so many hours before, are read with the hours beside them.
        let all: BTreeSet<usize> = (0..places.len()).collect();
        if let Some((_, median, _)) = matching::delay(&predictions, &labels, &all, true) {
            let target = of_predictions.first().map(|anchor| anchor.plus(median));
            let mut read = labels.read.hours.iter().copied();
            let near =
                target.and_then(|target| read.by_ref().min_by_key(|hour| hour.since(target).abs()));
            if let Some(hour) = near {
                for offset in [0, -1, 1, -2, 2] {
                    let hour = hour.plus(offset - median);
                    reader
                        .predictions(places, hour, (bytes, objects), &mut predictions)
                        .await?;
                }
                scope.label_hours.insert(hour);
            }
        }
        Ok((predictions, labels, scope))
    }

    /// The labels of the same hours, their ids at another field.
    async fn labels_by(
        &self,
        id: &LabelId,
        samples: &[Sample],
        before: &Labels,
    ) -> Result<Labels, EngineError> {
        let mut labels = Labels::default();
        let Some(source) = self.labels else {
            return Ok(labels);
        };
        let place = source.place.identified(IdRules::new(id.clone(), None)?);
        // What was spent on them before may be spent once more.
        let limit = (
            self.meter.bytes() + self.bounds.bytes / 3,
            self.meter.objects() + self.bounds.objects,
        );
        let (reader, wanted) = (self.reader(), wanted(samples));
        for hour in &before.read.hours {
            reader
                .labels(&place, *hour, &wanted, limit, &mut labels)
                .await?;
        }
        Ok(labels)
    }

    fn label_tally(&self, labels: &Labels) -> Tally {
        let of_rows = self.labels.and_then(|source| source.table.as_ref());
        of_rows.map_or_else(
            || labels.tally.clone(),
            |rows| labels.tally.clone().with(rows),
        )
    }

    fn reader(&self) -> Reader<'_> {
        Reader {
            bounds: self.bounds,
            meter: &self.meter,
        }
    }

    /// Everything can be read.
    fn fits(&self, places: &[Place], labels: &Place) -> bool {
        let all = || places.iter().chain([labels]);
        let bytes: u64 = all().map(Place::bytes).sum();
        let files: u64 = all().map(Place::files).sum();
        // What is packed unpacks to several times as much.
        all().all(|place| place.counted.is_none())
            && bytes <= self.bounds.bytes / 4
            && files + self.meter.objects() <= self.bounds.objects
    }

    /// The field of the labels that holds the id, where it is not `eventId`.
    async fn label_field(
        &self,
        default: (u64, u64),
        samples: &[Sample],
        predictions: &Predictions,
        labels: &Labels,
    ) -> Result<Option<ChosenField>, EngineError> {
        let Some(source) = self.labels else {
            return Ok(None);
        };
        let (found, of) = default;
        // The column of a table was chosen by what it names.
        if source.table.is_some() || found * 2 > of || predictions.ids.is_empty() {
            return Ok(None);
        }
        let known = known(predictions);
        let fields =
            label_fields::look(&source.place, &labels.read.hours, &known, &self.meter).await?;
        let events = samples.iter().flat_map(|sample| &sample.events);
        let keys: HashSet<&str> = labels.ids.iter().map(|label| label.key.as_ref()).collect();
        Ok(label_fields::choose(&fields, default, events, &keys))
    }
}

/// The ids of the sampled events.
fn wanted(samples: &[Sample]) -> BTreeSet<String> {
    let events = samples.iter().flat_map(|sample| &sample.events);
    events
        .flat_map(|event| [event.inference_id.clone(), event.event_id.clone()])
        .flatten()
        .collect()
}

/// All ids of predictions.
fn known(predictions: &Predictions) -> HashSet<&str> {
    let ids = predictions.ids.iter();
    ids.flat_map(|id: &PredictionId| [id.inference_id.as_deref(), id.event_id.as_deref()])
        .flatten()
        .collect()
}

/// Labels that name a prediction by any of its ids, and all.
fn matched(predictions: &Predictions, labels: &Labels) -> (u64, u64) {
    let known = known(predictions);
    let found = labels
        .ids
        .iter()
        .filter(|label| known.contains(label.key.as_ref()));
    (found.count() as u64, labels.ids.len() as u64)
}
