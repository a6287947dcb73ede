//! Which hours are built together: as many as see labels that fit the memory limit at once.

use groundline_store::Hour;

use crate::label_source::LabelSource;
use crate::memory::Budget;
use crate::merge::inputs::PartitionInputs;
use crate::merge::settings::ModelRun;
use crate::read::unpacked_bytes;
use crate::tables::Input;

/// Hours that are built by one run over their labels.
#[derive(Debug)]
pub(super) struct Batch {
    /// In order of (endpoint, variant, hour), as runs have them.
    pub(super) partitions: Vec<PartitionInputs>,
    /// Labels that any of them may see.
    pub(super) labels: Vec<Input>,
}

/// Cuts hours into batches of neighbours.
///
/// With a horizon, labels of neighbours are nearly the same, and those of a batch are read once. Without one every
/// hour sees all labels that follow, so that cutting would only read them again: then there is one batch, which
/// spills what does not fit.
pub(super) fn batches(run: &ModelRun, mut hours: Vec<PartitionInputs>) -> Vec<Batch> {
    hours.sort_by(|a, b| {
        let place = |p: &PartitionInputs| (p.hour, p.endpoint.clone(), p.variant.clone());
        place(a).cmp(&place(b))
    });
    let room = Budget::of(&run.resources).labels as u64;
    // Which of its rows are rejects is judged over the whole table.
    let is_table = matches!(run.model.labels, LabelSource::Table(_));
    let mut cut: Vec<Vec<PartitionInputs>> = Vec::new();
    for inputs in hours {
        let fits = cut
            .last()
            .and_then(|batch| batch.first())
            .is_some_and(|first| {
                run.model.policy.label_horizon_hours.is_none()
                    || is_table
                    // Its tasks share out labels by key, however many they are.
                    || run.resources.cluster.is_some()
                    || first.hour == inputs.hour
                    || unpacked_bytes(&seen(run, first.hour, inputs.hour)) <= room
            });
        match cut.last_mut() {
            Some(batch) if fits => batch.push(inputs),
            _ => cut.push(vec![inputs]),
        }
    }
    let batches = cut.into_iter().map(|mut partitions| {
        let (first, last) = match (partitions.first(), partitions.last()) {
            (Some(first), Some(last)) => (first.hour, last.hour),
            _ => (Hour::from_micros(0), Hour::from_micros(0)),
        };
        partitions.sort_by_key(|p| (p.place, p.hour));
        Batch {
            partitions,
            labels: seen(run, first, last),
        }
    });
    batches.collect()
}

/// Labels that predictions from `first` to `last`, inclusive, may see. They are in order of hour.
fn seen(run: &ModelRun, first: Hour, last: Hour) -> Vec<Input> {
    let labels = &run.inputs.labels;
    let policy = &run.model.policy;
    let from = first.plus(-policy.label_lead_hours);
    let start = labels.partition_point(|input| input.hour < from);
    let end = policy.label_horizon_hours.map_or(labels.len(), |horizon| {
        labels.partition_point(|input| input.hour < last.plus(horizon))
    });
    labels
        .get(start..end.max(start))
        .unwrap_or_default()
        .to_vec()
}
