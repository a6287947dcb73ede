//! What a run reads, listed once: every later step sees these objects and no others.

use std::collections::BTreeMap;
use std::sync::Arc;

use groundline_store::{Hour, Root, Skipped, Stores, Window};

use crate::error::EngineError;
use crate::label_source::{LabelSource, LabelTable};
use crate::model::{Model, Source};
use crate::options::MergeOptions;
use crate::read::{IdRules, LoggedReject, unpacked_bytes};
use crate::report::ModelReport;
use crate::tables::{Input, InputKind, Inputs};
use crate::warehouse::{Staged, finds_output, stage};

/// One hour of one endpoint variant: becomes one hour file.
#[derive(Clone, Debug)]
pub(crate) struct PartitionInputs {
    pub(crate) endpoint: String,
    pub(crate) variant: String,
    /// Number of the (endpoint, variant) in the run, from 1.
    pub(crate) place: u32,
    pub(crate) hour: Hour,
    /// In order of key.
    pub(crate) inputs: Vec<Input>,
}

impl PartitionInputs {
    /// About the most keys that the hour can have, for its bloom filter. With more of them it is only less sure;
    /// with fewer it ends as small as if it had begun so.
    pub(crate) fn most_keys(&self) -> u64 {
        /// A capture's names, ids and time alone are longer.
        const CAPTURE: u64 = 256;
        /// An id and a time.
        const TRANSFORM: u64 = 32;
        let line = match self.inputs.first().map(|input| input.kind) {
            Some(InputKind::Captures) => CAPTURE,
            _ => TRANSFORM,
        };
        unpacked_bytes(&self.inputs) / line + 1
    }
}

/// Objects of one model's run.
#[derive(Debug)]
pub(crate) struct ModelInputs {
    /// Hours of predictions; with `--all`, from the first to the last there is.
    pub(crate) window: Window,
    /// In order of (endpoint, variant, hour).
    pub(crate) partitions: Vec<PartitionInputs>,
    /// In order of (hour, key).
    pub(crate) labels: Vec<Input>,
    /// Rows of a table of labels that are none.
    pub(crate) label_rejects: Vec<LoggedReject>,
    /// Labels of a table whose hour no prediction of the window may see.
    pub(crate) labels_outside: u64,
    pub(crate) skipped: Skipped,
    /// Predictions of the other models of the run, by model.
    pub(crate) others: Vec<(String, Arc<Vec<Input>>)>,
    no_input: Option<String>,
}

impl ModelInputs {
    /// Lists predictions and labels of the window as the run will see them.
    pub(crate) async fn list(model: &Model, options: &MergeOptions) -> Result<Self, EngineError> {
        let stores = &options.resources.stores;
        let (endpoints, variants) = (&model.endpoints, &model.variants);
        let predictions = Inputs::predictions(stores, &model.source, endpoints, variants).await?;
        let ids = Arc::new(IdRules::new(
            model.label_id.clone(),
            model.id_attribute.as_deref(),
        )?);
        let predictions = predictions.identified(&ids);
        let listed = predictions.list(options.window).await?;
        // A folder that is not there is a mistake, whatever the window.
        let labels = ModelLabels::open(stores, &model.labels, &ids).await?;
        let mut skipped = listed.skipped;

        let hours = || listed.inputs.iter().map(|i| i.hour);
        let window = match (options.window, hours().min(), hours().max()) {
            (Some(window), _, _) => window,
            (None, Some(first), Some(last)) => Window {
                from: first,
                to: last.plus(1),
            },
            (None, _, _) => {
                return Ok(Self {
                    window: Window {
                        from: Hour::from_micros(0),
                        to: Hour::from_micros(0),
                    },
                    partitions: Vec::new(),
                    labels: Vec::new(),
                    label_rejects: Vec::new(),
                    labels_outside: 0,
                    skipped,
                    others: Vec::new(),
                    no_input: Some(format!(
                        "no predictions below {}",
                        predictions.describe().join(", ")
                    )),
                });
            }
        };
        if listed.inputs.is_empty() {
            let no_input = no_input_message(&predictions, window).await?;
            return Ok(Self {
                window,
                partitions: Vec::new(),
                labels: Vec::new(),
                label_rejects: Vec::new(),
                labels_outside: 0,
                skipped,
                others: Vec::new(),
                no_input: Some(no_input),
            });
        }

        let mut partitions: BTreeMap<(String, String, Hour), Vec<Input>> = BTreeMap::new();
        for input in listed.inputs {
            let key = (input.endpoint.clone(), input.variant.clone(), input.hour);
            partitions.entry(key).or_default().push(input);
        }
        let partitions = in_places(partitions);

        let labels = match label_window(model, window, options.as_of_micros) {
            Some(label_window) => labels.read(label_window, options).await?,
            None => Staged::default(),
        };
        skipped += labels.skipped;
        Ok(Self {
            window,
            partitions,
            labels: labels.inputs,
            label_rejects: labels.rejects,
            labels_outside: labels.outside,
            skipped,
            others: Vec::new(),
            no_input: None,
        })
    }

    /// Objects that were listed elsewhere.
    pub(crate) fn pinned(
        window: Window,
        partitions: Vec<PartitionInputs>,
        labels: Vec<Input>,
    ) -> Self {
        Self {
            window,
            partitions,
            labels,
            label_rejects: Vec::new(),
            labels_outside: 0,
            skipped: Skipped::default(),
            others: Vec::new(),
            no_input: None,
        }
    }

    /// Why there is nothing in the window.
    pub(crate) fn no_input(&self) -> Option<&str> {
        self.no_input.as_deref()
    }

    /// The same window with some of its partitions and labels.
    pub(crate) fn only(&self, partitions: Vec<PartitionInputs>, labels: Vec<Input>) -> Self {
        Self {
            window: self.window,
            partitions,
            labels,
            label_rejects: self.label_rejects.clone(),
            labels_outside: self.labels_outside,
            skipped: Skipped::default(),
            others: Vec::new(),
            no_input: None,
        }
    }

    /// Whether the predictions are of several (endpoint, variant).
    pub(crate) fn has_several_places(&self) -> bool {
        self.partitions.last().is_some_and(|last| last.place > 1)
    }

    /// Every object of predictions, in order.
    pub(crate) fn predictions(&self) -> Vec<Input> {
        self.partitions
            .iter()
            .flat_map(|partition| partition.inputs.iter().cloned())
            .collect()
    }

    pub(crate) fn bytes(&self) -> u64 {
        let predictions = self.partitions.iter().flat_map(|p| &p.inputs);
        predictions.chain(&self.labels).map(Input::bytes).sum()
    }

    /// Report of a model whose window holds nothing.
    pub(crate) fn empty_report(&self, model: &Model) -> ModelReport {
        ModelReport {
            model: model.name.clone(),
            no_input: self.no_input.clone(),
            ..ModelReport::default()
        }
    }

    /// Writing into an input would make the next run read its own output.
    pub(crate) async fn refuse_output_inside(
        &self,
        model: &Model,
        options: &MergeOptions,
    ) -> Result<(), EngineError> {
        let (stores, out) = (&options.resources.stores, &options.out);
        let source = match &model.source {
            Source::Captures { uri } | Source::Transforms { uri, .. } => uri,
        };
        // What was named, not what it was re-rooted to; mapped folders are named too.
        let mut refuse: Vec<Root> = vec![stores.open(source).await?];
        match &model.labels {
            LabelSource::GroundTruth { uri } => refuse.push(stores.open(uri).await?),
            LabelSource::Table(table) => {
                if let Some(input) = finds_output(stores, &table.files, out).await? {
                    let out = out.to_owned();
                    return Err(EngineError::OutputInsideInput { out, input });
                }
            }
        }
        if let Source::Transforms { .. } = &model.source {
            for input in self.partitions.iter().flat_map(|p| &p.inputs) {
                if !refuse
                    .iter()
                    .any(|known| known.prefix() == input.root.prefix())
                {
                    refuse.push(input.root.clone());
                }
            }
        }
        for input in refuse {
            if input.holds(out) {
                return Err(EngineError::OutputInsideInput {
                    out: out.to_owned(),
                    input: input.display().to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Labels of a model before their hours are known.
enum ModelLabels<'a> {
    GroundTruth(Inputs),
    Table(&'a LabelTable),
}

impl<'a> ModelLabels<'a> {
    async fn open(
        stores: &Stores,
        source: &'a LabelSource,
        ids: &Arc<IdRules>,
    ) -> Result<Self, EngineError> {
        Ok(match source {
            LabelSource::GroundTruth { uri } => {
                Self::GroundTruth(Inputs::labels(stores, uri).await?.identified(ids))
            }
            LabelSource::Table(table) => Self::Table(table),
        })
    }

    /// Lists ground truth; a table is read here, once.
    async fn read(&self, window: Window, options: &MergeOptions) -> Result<Staged, EngineError> {
        match self {
            Self::GroundTruth(labels) => {
                let listed = labels.list(Some(window)).await?;
                Ok(Staged {
                    inputs: listed.inputs,
                    skipped: listed.skipped,
                    ..Staged::default()
                })
            }
            Self::Table(table) => stage(table, Some(window), &options.resources).await,
        }
    }
}

/// Partitions in order, their places numbered.
fn in_places(partitions: BTreeMap<(String, String, Hour), Vec<Input>>) -> Vec<PartitionInputs> {
    let mut numbered: Vec<PartitionInputs> = Vec::with_capacity(partitions.len());
    for ((endpoint, variant, hour), inputs) in partitions {
        let place = match numbered.last() {
            Some(last) if last.endpoint == endpoint && last.variant == variant => last.place,
            // No run has 2^32 folders.
            Some(last) => last.place.saturating_add(1),
            None => 1,
        };
        numbered.push(PartitionInputs {
            endpoint,
            variant,
            place,
            hour,
            inputs,
        });
    }
    numbered
}

/// Hours of label folders that any prediction of `window` may see at `as_of`.
pub(crate) fn label_window(model: &Model, window: Window, as_of_micros: i64) -> Option<Window> {
    let from = window.from.plus(-model.policy.label_lead_hours);
    // The folder that begins at `as_of` is still seen.
    let seen = Hour::from_micros(as_of_micros).plus(1);
    let to = match model.policy.label_horizon_hours {
        // The last prediction hour is `to - 1`; it sees less than `horizon` hours from there.
        Some(horizon) => window.to.plus(horizon - 1).min(seen),
        None => seen,
    };
    (from < to).then_some(Window { from, to })
}

async fn no_input_message(predictions: &Inputs, window: Window) -> Result<String, EngineError> {
    let mut looked = predictions.describe();
    let more = looked.len().saturating_sub(8);
    looked.truncate(8);
    let mut message = format!(
        "no predictions from {} to {}; looked below ",
        window.from, window.to
    );
    message.push_str(&looked.join(", "));
    if more > 0 {
        message.push_str(&format!(" and {more} more"));
    }
    let (before, after) = predictions.nearest(window).await?;
    message.push_str(&match (before, after) {
        (None, None) => "; there are none in any hour".to_owned(),
        (Some(b), None) => format!("; the nearest hour that has any is {b}"),
        (None, Some(a)) => format!("; the nearest hour that has any is {a}"),
        (Some(b), Some(a)) => format!("; the nearest hours that have any are {b} and {a}"),
    });
    Ok(message)
}
