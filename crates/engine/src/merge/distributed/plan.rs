//! The plans of the two jobs.

use std::sync::Arc;

use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;

use super::OnCluster;
use super::slots::Slots;
use super::work::MergeWork;
use crate::cluster::{ClusterError, TaskExec, Work, deal, units_table};
use crate::error::EngineError;
use crate::tables::Input;

/// Bytes of labels in a part of the join: its index takes about as much, in one task.
const PART: u64 = 32 << 20;
/// Most parts. Each task of the join reads a piece of what each scan wrote, and the scheduler remembers where each piece
/// is, which takes it 2.4 kB: a million pieces for each of two sides are what it can bear.
const MOST_PARTS: u64 = 1024;
/// Tasks of a scan for each core.
const PER_CORE: usize = 4;
/// Bytes that a task of a scan reads at most, so that a lost one costs little, where there are not too many tasks.
const MOST_BYTES: u64 = 256 << 20;
const MOST_SCANS: usize = 1024;

/// Reads every label once; `None` where there are none.
pub(super) fn count_labels(
    on: &OnCluster<'_>,
) -> Result<Option<Arc<dyn ExecutionPlan>>, EngineError> {
    if on.run.inputs.labels.is_empty() {
        return Ok(None);
    }
    let labels = on.run.inputs.labels.iter();
    let counted = scan(on, MergeWork::CountLabels, labels)?;
    Ok(Some(Arc::new(CoalescePartitionsExec::new(counted))))
}

/// Joins and writes. `bytes` are those of the labels' texts.
pub(super) fn merge(
    on: &OnCluster<'_>,
    slots: &Slots,
    lengths: u128,
    bytes: u64,
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    // As many for each core, so that none waits for the last.
    let cores = (on.cores as u64).max(1);
    let parts = bytes.div_ceil(PART).max(1).next_multiple_of(cores);
    let parts = usize::try_from(parts.min(MOST_PARTS.max(cores))).unwrap_or(on.cores);
    let predictions = on.run.inputs.partitions.iter();
    let predictions = predictions.flat_map(|partition| &partition.inputs);
    let events = scan(on, MergeWork::Events { lengths }, predictions)?;
    let labels = scan(on, MergeWork::Labels, on.run.inputs.labels.iter())?;
    let labels = sorted(shuffled(labels, "shard", parts)?, &MergeWork::LABEL_ORDER)?;
    let events = sorted(shuffled(events, "shard", parts)?, &MergeWork::EVENT_ORDER)?;
    let found = task(on, MergeWork::Join, vec![labels, events])?;
    let found = shuffled(found, "slot", slots.tasks())?;
    let found = sorted(found, &MergeWork::FOUND_ORDER)?;
    let written = task(on, MergeWork::Write, vec![found])?;
    // What hours say is gathered by one last task: while it lies on several executors, losing one of them only makes
    // its hours be written again; what the last task gave is fetched at once.
    Ok(Arc::new(CoalescePartitionsExec::new(written)))
}

fn scan<'a>(
    on: &OnCluster<'_>,
    work: MergeWork,
    inputs: impl Iterator<Item = &'a Input> + Clone,
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    let bytes: u64 = inputs.clone().map(Input::bytes).sum();
    let by_bytes = usize::try_from(bytes.div_ceil(MOST_BYTES)).unwrap_or(MOST_SCANS);
    let tasks = by_bytes
        .max(on.cores.saturating_mul(PER_CORE))
        .min(MOST_SCANS.max(on.cores));
    let mut units = deal(inputs, tasks);
    if units.is_empty() {
        // A table without partitions is no table.
        units.push(Vec::new());
    }
    task(on, work, vec![units_table(&units)?])
}

fn task(
    on: &OnCluster<'_>,
    work: MergeWork,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    let job = Some(on.published.job.clone());
    Ok(TaskExec::new(Work::Merge(work), job, None, inputs)?)
}

fn shuffled(
    input: Arc<dyn ExecutionPlan>,
    by: &str,
    parts: usize,
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    let column = Column::new_with_schema(by, &input.schema())?;
    let by = Partitioning::Hash(vec![Arc::new(column)], parts);
    Ok(Arc::new(RepartitionExec::try_new(input, by)?))
}

/// Sorts each partition, on disk where memory is short.
fn sorted(
    input: Arc<dyn ExecutionPlan>,
    by: &[&str],
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    let order = order(&input, by)?;
    Ok(Arc::new(
        SortExec::new(order, input).with_preserve_partitioning(true),
    ))
}

/// Ascending by some columns.
pub(super) fn order(
    input: &Arc<dyn ExecutionPlan>,
    by: &[&str],
) -> Result<LexOrdering, EngineError> {
    let schema = input.schema();
    let columns = by
        .iter()
        .map(|name| {
            let column = Column::new_with_schema(name, &schema)?;
            Ok(PhysicalSortExpr::new_default(Arc::new(column)))
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    let order = LexOrdering::new(columns);
    Ok(order.ok_or(ClusterError::Garbled {
        what: "an order",
        why: "it has no columns".to_owned(),
    })?)
}
