//! A plan as a file: what `--plan-out` writes and `--plan-in` holds the next run to.

use std::collections::{BTreeMap, BTreeSet};

use groundline_store::{InputIdentity, SnapshotObject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::BackfillError;
use super::plan::{BackfillPlan, Work};
use crate::error::EngineError;

/// The version of the file's shape.
const VERSION: u32 = 1;
/// Changes that are named in an error.
const NAMED: usize = 3;

/// Which hours are to be done, from which inputs and labels, each with its size and ETag (local: its time).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedPlan {
    version: u32,
    /// Label folders that begin later do not count; microseconds since the epoch.
    pub as_of_micros: i64,
    /// The output as it was written.
    out: String,
    models: Vec<PinnedModel>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PinnedModel {
    model: String,
    from: String,
    to: String,
    /// What can change the bytes of hour files.
    settings: Value,
    hours: Vec<PinnedHour>,
    labels: Vec<SnapshotObject>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PinnedHour {
    endpoint: String,
    variant: String,
    hour: String,
    inputs: Vec<InputIdentity>,
}

impl PinnedPlan {
    /// Reads what `--plan-out` wrote.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let plan: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match plan.version {
            VERSION => Ok(plan),
            other => Err(format!(
                "it is of version {other}; this build knows version {VERSION}"
            )),
        }
    }

    /// First hour and end of all its windows, `yyyy-mm-ddThh`; `None` if it has no model.
    pub fn window(&self) -> Option<(&str, &str)> {
        let from = self.models.iter().map(|model| model.from.as_str()).min()?;
        let to = self.models.iter().map(|model| model.to.as_str()).max()?;
        Some((from, to))
    }

    /// Indented JSON with a final newline.
    pub fn to_json(&self) -> Result<String, String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        Ok(text + "\n")
    }
}

impl BackfillPlan {
    /// The hours that are to be done, and everything that they follow from.
    pub fn pinned(&self) -> PinnedPlan {
        let models = self.models.iter().filter(|model| model.no_input.is_none());
        let models = models.map(|model| PinnedModel {
            model: model.run.model.name.clone(),
            from: model.run.inputs.window.from.to_string(),
            to: model.run.inputs.window.to.to_string(),
            settings: model.run.all_settings(),
            hours: model
                .hours
                .iter()
                .filter(|hour| hour.work != Work::Nothing)
                .filter_map(|hour| model.inputs(hour))
                .map(|inputs| PinnedHour {
                    endpoint: inputs.endpoint.clone(),
                    variant: inputs.variant.clone(),
                    hour: inputs.hour.to_string(),
                    inputs: inputs
                        .inputs
                        .iter()
                        .map(|input| (&input.object).into())
                        .collect(),
                })
                .collect(),
            labels: model.run.snapshot.objects().to_vec(),
        });
        PinnedPlan {
            version: VERSION,
            as_of_micros: self.options.merge.as_of_micros,
            out: self.options.merge.out.clone(),
            models: models.collect(),
        }
    }

    /// Leaves of this plan what the pinned one has, and refuses if an input is not what it was.
    pub fn hold_to(&mut self, pinned: &PinnedPlan) -> Result<(), EngineError> {
        let out = &self.options.merge.out;
        if pinned.out != *out {
            return Err(BackfillError::OtherOutput {
                out: out.clone(),
                pinned: pinned.out.clone(),
            }
            .into());
        }
        let mut changed: Vec<String> = Vec::new();
        let mut wanted: BTreeMap<&str, &PinnedModel> = BTreeMap::new();
        wanted.extend(
            pinned
                .models
                .iter()
                .map(|model| (model.model.as_str(), model)),
        );
        for plan in &mut self.models {
            let run = &plan.run;
            let Some(pinned) = wanted.remove(run.model.name.as_str()) else {
                for hour in &mut plan.hours {
                    hour.work = Work::Nothing;
                }
                continue;
            };
            if run.all_settings() != pinned.settings {
                changed.push(format!("settings of the model `{}`", run.model.name));
            }
            let now: BTreeSet<&SnapshotObject> = run.snapshot.objects().iter().collect();
            let then: BTreeSet<&SnapshotObject> = pinned.labels.iter().collect();
            let other = now.symmetric_difference(&then);
            changed.extend(other.map(|labels| format!("labels `{}`", labels.identity.key)));
            let mut hours: BTreeMap<(&str, &str, String), &PinnedHour> = BTreeMap::new();
            hours.extend(pinned.hours.iter().map(|hour| {
                let place = (
                    hour.endpoint.as_str(),
                    hour.variant.as_str(),
                    hour.hour.clone(),
                );
                (place, hour)
            }));
            for hour in &mut plan.hours {
                let Some(inputs) = run.inputs.partitions.get(hour.partition) else {
                    continue;
                };
                let place = (inputs.endpoint.as_str(), inputs.variant.as_str());
                match hours.remove(&(place.0, place.1, inputs.hour.to_string())) {
                    None => hour.work = Work::Nothing,
                    Some(was) => {
                        let is: Vec<InputIdentity> = inputs
                            .inputs
                            .iter()
                            .map(|input| (&input.object).into())
                            .collect();
                        if is != was.inputs {
                            changed
                                .push(format!("inputs of {}/{} {}", place.0, place.1, inputs.hour));
                        }
                    }
                }
            }
            // Hours of other shards are not this run's to look at.
            for inputs in &run.inputs.partitions {
                let place = (inputs.endpoint.as_str(), inputs.variant.as_str());
                hours.remove(&(place.0, place.1, inputs.hour.to_string()));
            }
            changed.extend(
                hours.into_values().map(|hour| {
                    format!("inputs of {}/{} {}", hour.endpoint, hour.variant, hour.hour)
                }),
            );
        }
        changed.extend(
            wanted
                .into_keys()
                .map(|model| format!("the model `{model}`")),
        );
        if changed.is_empty() {
            return Ok(());
        }
        let count = changed.len();
        changed.truncate(NAMED);
        Err(BackfillError::PlanChanged {
            count,
            changes: changed.join(", "),
        }
        .into())
    }
}
