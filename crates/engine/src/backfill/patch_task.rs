//! One hour that late labels are about, ready to be done on any thread.

use std::sync::Arc;

use groundline_store::{Object, Receipt};

use super::lookup::Lookup;
use super::patch::{Patch, Patched, point};
use super::plan::{ModelPlan, PlannedHour, Work};
use crate::error::EngineError;
use crate::merge::Stop;
use crate::merge::inputs::PartitionInputs;
use crate::merge::settings::ModelRun;

/// An hour whose file stays or takes late labels.
pub(super) struct PatchTask {
    run: Arc<ModelRun>,
    pub(super) inputs: PartitionInputs,
    pub(super) receipt: Receipt,
    file: Object,
    /// Labels that it takes; without them only its receipt is written.
    pub(super) lookup: Option<Arc<Lookup>>,
    stop: Stop,
}

/// What became of it.
pub(super) enum Ended {
    Patched {
        bytes: u64,
    },
    Pointed,
    /// It must be built after all.
    Build,
    NotBegun,
}

impl PatchTask {
    pub(super) fn of(
        plan: &ModelPlan,
        run: &Arc<ModelRun>,
        hour: &PlannedHour,
        stop: &Stop,
    ) -> Option<Self> {
        let lookup = match hour.work {
            Work::Patch => Some(Arc::clone(plan.lookup.as_ref()?)),
            Work::Point => None,
            Work::Nothing | Work::Build | Work::LookUp => return None,
        };
        Some(Self {
            run: Arc::clone(run),
            inputs: plan.inputs(hour)?.clone(),
            receipt: hour.receipt()?.clone(),
            file: hour.stored.file.clone()?,
            lookup,
            stop: stop.clone(),
        })
    }

    /// Writes the hour file, or its receipt alone.
    pub(super) async fn run(&self) -> Result<Ended, EngineError> {
        if self.stop.is_asked() {
            return Ok(Ended::NotBegun);
        }
        let Some(lookup) = &self.lookup else {
            let hour = self.inputs.hour;
            return Ok(
                match point(&self.run, &self.receipt, hour, &self.file).await? {
                    true => Ended::Pointed,
                    false => Ended::Build,
                },
            );
        };
        let patch = Patch {
            run: &self.run,
            lookup,
            inputs: &self.inputs,
            receipt: &self.receipt,
            file: &self.file,
        };
        Ok(match patch.write().await? {
            Patched::Written { bytes } => Ended::Patched { bytes },
            Patched::Unchanged => Ended::Pointed,
            Patched::NotTheFile => Ended::Build,
        })
    }
}
