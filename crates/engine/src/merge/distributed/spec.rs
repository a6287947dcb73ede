//! What pins a distributed merge: settings and listing of a model's run, as every task opens them.

use std::sync::Arc;

use groundline_capture::Limits;
use groundline_store::{Hour, LabelSnapshot, Sse, Stores, Window};
use serde::{Deserialize, Serialize};

use super::super::conduct::Conduct;
use super::super::inputs::{ModelInputs, PartitionInputs};
use super::super::settings::ModelRun;
use super::slots::Slots;
use crate::catalog::Catalog;
use crate::cluster::{ClusterError, PinnedInput, RootNames, Worker, address};
use crate::error::EngineError;
use crate::model::Model;
use crate::options::{MaxRejects, MergeOptions, Plan, Resources, UnmatchedLimits};
use crate::progress::Silent;
use crate::read::IdRules;

/// A run of one model.
#[derive(Serialize, Deserialize)]
pub(super) struct MergeSpec {
    model: Model,
    out: String,
    from: Hour,
    to: Hour,
    roots: Vec<String>,
    partitions: Vec<PinnedPartition>,
    labels: Vec<PinnedInput>,
    columns: Vec<String>,
    limits: Limits,
    max_rejects: MaxRejects,
    max_absent: MaxRejects,
    reject_bytes: bool,
    jsonl: bool,
    unmatched: UnmatchedLimits,
    /// Statements that stand in for shipped ones.
    replaced: Vec<(String, String)>,
    /// The listing that receipts point to, where it is a longer plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<LabelSnapshot>,
    has_jsonl: bool,
    keeps_going: bool,
    tells_unmatched: bool,
    /// How hour files are encrypted, where the run says so; else as each executor says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption: Option<Encryption>,
    /// Of each partition, what its rows are shuffled by.
    slots: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct Encryption {
    sse: String,
    kms_key_id: Option<String>,
}

impl Encryption {
    fn of(stores: &Stores) -> Option<Self> {
        let (sse, kms_key_id) = stores.encryption();
        Some(Self {
            sse: sse?.as_str().to_owned(),
            kms_key_id: kms_key_id.map(str::to_owned),
        })
    }

    fn within(self, stores: &Stores) -> Result<Stores, ClusterError> {
        let sse = Sse::parse(&self.sse).map_err(|why| ClusterError::Garbled {
            what: "the encryption of a job",
            why,
        })?;
        Ok(stores.with_encryption(sse, self.kms_key_id))
    }
}

#[derive(Serialize, Deserialize)]
struct PinnedPartition {
    endpoint: String,
    variant: String,
    place: u32,
    hour: Hour,
    inputs: Vec<PinnedInput>,
}

impl MergeSpec {
    pub(super) fn of(run: &ModelRun, slots: &Slots) -> Result<Self, EngineError> {
        let mut roots = RootNames::default();
        let mut partitions = Vec::with_capacity(run.inputs.partitions.len());
        for partition in &run.inputs.partitions {
            let inputs = partition.inputs.iter();
            partitions.push(PinnedPartition {
                endpoint: partition.endpoint.clone(),
                variant: partition.variant.clone(),
                place: partition.place,
                hour: partition.hour,
                inputs: inputs
                    .map(|input| PinnedInput::of(input, &mut roots))
                    .collect::<Result<_, _>>()?,
            });
        }
        let labels = run.inputs.labels.iter();
        Ok(Self {
            model: run.model.clone(),
            out: address(&run.out)?,
            from: run.inputs.window.from,
            to: run.inputs.window.to,
            partitions,
            labels: labels
                .map(|input| PinnedInput::of(input, &mut roots))
                .collect::<Result<_, _>>()?,
            roots: roots.into_names(),
            columns: run.columns.clone(),
            limits: run.resources.limits,
            max_rejects: run.max_rejects,
            max_absent: run.max_absent,
            reject_bytes: run.reject_bytes,
            jsonl: run.jsonl,
            unmatched: run.unmatched_limits,
            replaced: run.catalog.replaced(),
            snapshot: run.conduct.snapshot.clone(),
            has_jsonl: run.conduct.has_jsonl,
            keeps_going: run.conduct.keeps_going,
            tells_unmatched: run.conduct.tells_unmatched,
            encryption: Encryption::of(&run.resources.stores),
            slots: slots.of_partitions().to_vec(),
        })
    }

    /// The run as a task sees it, with the means of its process, and the slots.
    pub(super) async fn open(
        self,
        worker: &Worker,
    ) -> Result<(Arc<ModelRun>, Vec<u32>), EngineError> {
        let mut resources = Resources {
            limits: self.limits,
            ..worker.resources.clone()
        };
        if let Some(encryption) = self.encryption {
            resources.stores = encryption.within(&resources.stores)?;
        }
        let stores = &resources.stores;
        let roots = RootNames::open(&self.roots, stores).await?;
        let ids = Arc::new(IdRules::new(
            self.model.label_id.clone(),
            self.model.id_attribute.as_deref(),
        )?);
        let open = |inputs: Vec<PinnedInput>| {
            let inputs = inputs.into_iter().map(|input| input.open(&roots, &ids));
            inputs.collect::<Result<Vec<_>, EngineError>>()
        };
        let mut partitions = Vec::with_capacity(self.partitions.len());
        for partition in self.partitions {
            partitions.push(PartitionInputs {
                endpoint: partition.endpoint,
                variant: partition.variant,
                place: partition.place,
                hour: partition.hour,
                inputs: open(partition.inputs)?,
            });
        }
        let window = Window {
            from: self.from,
            to: self.to,
        };
        let inputs = ModelInputs::pinned(window, partitions, open(self.labels)?);
        let out = stores.open(&self.out).await?;
        let catalog = Arc::new(Catalog::with_replaced(self.replaced)?);
        let options = MergeOptions {
            models: Vec::new(),
            window: Some(window),
            out: self.out,
            columns: Some(self.columns),
            // Lists nothing any more.
            as_of_micros: i64::MAX,
            max_rejects: self.max_rejects,
            max_absent: self.max_absent,
            reject_bytes: self.reject_bytes,
            plan: Plan::Spilled,
            jsonl: self.jsonl,
            unmatched: self.unmatched,
            sql_dir: None,
            resources,
        };
        let conduct = Conduct {
            snapshot: self.snapshot,
            has_jsonl: self.has_jsonl,
            keeps_going: self.keeps_going,
            tells_unmatched: self.tells_unmatched,
            ..Conduct::default()
        };
        let silent: Arc<dyn crate::progress::Progress> = Arc::new(Silent);
        let run = ModelRun::new(
            &self.model,
            inputs,
            &options,
            &catalog,
            out,
            &silent,
            conduct,
        )?;
        Ok((Arc::new(run), self.slots))
    }
}
