//! The operator under `latest_labels`.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use super::super::input::Input;
use super::super::schema::TableKind;
use super::winners::Winners;
use crate::error::EngineError;
use crate::options::Resources;
use crate::read::ScanLog;

/// Reads all labels once, for all its partitions; each gives some of the batches.
pub(super) struct LatestLabelsExec {
    schema: SchemaRef,
    labels: Arc<[Input]>,
    bytes: u64,
    resources: Resources,
    log: Arc<ScanLog>,
    partitions: usize,
    properties: Arc<PlanProperties>,
    winners: Arc<OnceCell<Winners>>,
}

impl LatestLabelsExec {
    pub(super) fn new(
        schema: SchemaRef,
        labels: Vec<Input>,
        bytes: u64,
        resources: Resources,
        log: Arc<ScanLog>,
        partitions: usize,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            schema,
            labels: labels.into(),
            bytes,
            resources,
            log,
            partitions,
            properties: Arc::new(properties),
            winners: Arc::default(),
        }
    }
}

impl fmt::Debug for LatestLabelsExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestLabelsExec").finish_non_exhaustive()
    }
}

impl DisplayAs for LatestLabelsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self
            .schema
            .fields()
            .iter()
            .map(|field| field.name().as_str());
        write!(
            f,
            "LatestLabelsExec: files={}, columns=[{}]",
            self.labels.len(),
            columns.collect::<Vec<_>>().join(", ")
        )
    }
}

impl ExecutionPlan for LatestLabelsExec {
    fn name(&self) -> &str {
        "LatestLabelsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !children.is_empty() {
            return internal_err!("LatestLabelsExec has no children");
        }
        Ok(self)
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(
            Arc::clone(&self.schema),
            self.labels.to_vec(),
            self.bytes,
            self.resources.clone(),
            Arc::clone(&self.log),
            self.partitions,
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let (winners, schema) = (Arc::clone(&self.winners), Arc::clone(&self.schema));
        let (labels, log) = (Arc::clone(&self.labels), Arc::clone(&self.log));
        let (resources, step) = (self.resources.clone(), self.partitions);
        let batches = futures::stream::once(async move {
            winners
                .get_or_try_init(|| async {
                    let consumer = MemoryConsumer::new("LatestLabelsExec");
                    let memory = consumer.register(context.memory_pool());
                    Winners::read(schema, &labels, &resources, &log, memory).await
                })
                .await?;
            let mut next = partition;
            Ok::<_, EngineError>(futures::stream::iter(std::iter::from_fn(move || {
                let read = winners.get()?;
                let number = next;
                next += step;
                (number < read.len()).then(|| read.take(number))
            })))
        })
        .try_flatten()
        .map_err(Into::into)
        .boxed();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        )))
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        let shares = partition.map_or(1, |_| self.partitions as u64);
        let number = |n: u64| Precision::Inexact(usize::try_from(n / shares).unwrap_or(usize::MAX));
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = number(self.bytes / TableKind::Labels.row_bytes());
        statistics.total_byte_size = number(self.bytes);
        Ok(Arc::new(statistics))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}
