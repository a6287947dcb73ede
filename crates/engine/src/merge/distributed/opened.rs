//! A distributed merge as one process has it open.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::super::label_index::LabelFiles;
use super::super::observations::Observations;
use super::super::settings::ModelRun;
use super::super::spill::PredictionFiles;
use super::spec::MergeSpec;
use crate::cluster::{ClusterError, JobRef, Worker, read_spec};
use crate::error::EngineError;
use crate::tables::Input;

pub(super) struct OpenedMerge {
    pub(super) run: Arc<ModelRun>,
    pub(super) labels: Arc<LabelFiles>,
    pub(super) predictions: Arc<PredictionFiles>,
    /// Every object of predictions, by its number.
    files: Vec<Input>,
    /// Of each partition.
    slots: Vec<u32>,
    observations: OnceCell<Arc<Observations>>,
}

impl OpenedMerge {
    /// Opened once by a process.
    pub(super) async fn of(job: &JobRef, worker: &Worker) -> Result<Arc<Self>, EngineError> {
        worker
            .opened(job, || async {
                let root = worker.resources.stores.open(&job.root).await?;
                let spec: MergeSpec = read_spec(job, &root).await?;
                let (run, slots) = spec.open(worker).await?;
                Ok(Self {
                    labels: Arc::new(LabelFiles::new(&run.inputs.labels)),
                    predictions: Arc::new(PredictionFiles::new(&run.inputs.partitions)),
                    files: run.inputs.predictions(),
                    slots,
                    observations: OnceCell::new(),
                    run,
                })
            })
            .await
    }

    /// An object of predictions.
    pub(super) fn prediction_file(&self, number: u32) -> Result<&Input, ClusterError> {
        self.files
            .get(number as usize)
            .ok_or_else(|| no_such("object of predictions", number))
    }

    /// An object of labels.
    pub(super) fn label_file(&self, number: u32) -> Result<&Input, ClusterError> {
        self.run
            .inputs
            .labels
            .get(number as usize)
            .ok_or_else(|| no_such("object of labels", number))
    }

    /// What rows of a partition are shuffled by.
    pub(super) fn slot(&self, partition: u32) -> Result<u32, ClusterError> {
        self.slots
            .get(partition as usize)
            .copied()
            .ok_or_else(|| no_such("hour", partition))
    }

    /// A slot for what belongs to no hour: always the same for the same number.
    pub(super) fn any_slot(&self, number: u64) -> u32 {
        let slots = self.slots.len().max(1) as u64;
        let slot = usize::try_from(number % slots).unwrap_or(0);
        self.slots.get(slot).copied().unwrap_or_default()
    }

    /// The statement of the hours, planned once by a process.
    pub(super) async fn observations(&self) -> Result<Arc<Observations>, EngineError> {
        let planned = self
            .observations
            .get_or_try_init(|| async { Observations::plan(&self.run).await.map(Arc::new) })
            .await?;
        Ok(Arc::clone(planned))
    }
}

fn no_such(what: &'static str, number: u32) -> ClusterError {
    ClusterError::Garbled {
        what,
        why: format!("the job has none of number {number}"),
    }
}
