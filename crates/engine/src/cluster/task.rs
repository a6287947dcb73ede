//! The operator that is shipped: what to do with the rows below it, by a job that an object pins.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, OrderingRequirements};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::error::ClusterError;
use super::job::JobRef;
use super::scan::ScanWork;
use super::worker::Worker;
use crate::error::EngineError;
use crate::merge::distributed::MergeWork;

/// Batches that wait for whoever reads a task's rows.
const WAITING: usize = 2;

/// Between a task's name and that of a counter: what is done again is counted again, by another task.
pub(super) const OF_TASK: char = '\n';

/// Where a task's rows go.
pub(crate) type Rows = mpsc::Sender<Result<arrow::record_batch::RecordBatch>>;

/// What a task does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Work {
    Merge(MergeWork),
    Scan(ScanWork),
}

/// A step of a job. Partition `n` of its rows is made of partition `n` of each of its inputs.
pub(crate) struct TaskExec {
    work: Work,
    /// `None` where the rows below say everything.
    job: Option<JobRef>,
    /// `None` where the plan is only looked at: in the client and in the scheduler.
    worker: Option<Arc<Worker>>,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
    /// Counters that tasks keep, by name.
    counters: ExecutionPlanMetricsSet,
}

impl TaskExec {
    pub(crate) fn new(
        work: Work,
        job: Option<JobRef>,
        worker: Option<Arc<Worker>>,
        inputs: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<Self>> {
        let Some(first) = inputs.first() else {
            return internal_err!("a task of a job has something to read");
        };
        let partitions = first.properties().output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(work.schema()?),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(Self {
            work,
            job,
            worker,
            inputs,
            properties: Arc::new(properties),
            counters: ExecutionPlanMetricsSet::new(),
        }))
    }
}

/// An error of the rows below goes up as it came: whoever runs the tasks knows those that are worth another try, such
/// as rows that a lost executor held.
fn as_it_was(error: EngineError) -> DataFusionError {
    match error {
        EngineError::Query { source } => *source,
        ours => ours.into(),
    }
}

impl Work {
    fn schema(&self) -> Result<SchemaRef> {
        match self {
            Self::Merge(work) => Ok(work.schema()),
            Self::Scan(work) => Ok(work.schema()?),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Merge(work) => work.name(),
            Self::Scan(_) => "ScanRecords",
        }
    }

    /// Orders that its inputs must have.
    fn orders(&self, inputs: &[Arc<dyn ExecutionPlan>]) -> Vec<Option<OrderingRequirements>> {
        match self {
            Self::Merge(work) => work.orders(inputs),
            Self::Scan(_) => vec![None; inputs.len()],
        }
    }

    async fn run(
        self,
        job: Option<JobRef>,
        worker: Arc<Worker>,
        inputs: Vec<SendableRecordBatchStream>,
        rows: Rows,
        count: impl Fn(String, usize) + Send + Sync,
    ) -> Result<(), EngineError> {
        match self {
            Self::Merge(work) => {
                let job = job.ok_or_else(|| ClusterError::Garbled {
                    what: "a step of a merge",
                    why: "it names no job".to_owned(),
                })?;
                work.run(&job, &worker, inputs, &rows).await
            }
            Self::Scan(work) => work.run(&worker, inputs, &rows, count).await,
        }
    }
}

/// What is shipped of a task, beside its inputs.
#[derive(Serialize, Deserialize)]
struct Shipped {
    work: Work,
    job: Option<JobRef>,
}

/// Begins what is shipped, so that it is not taken for another's.
const TAG: &[u8] = b"groundline task 1\n";

/// A task as bytes; `None` for other operators.
pub fn encode_task(plan: &dyn ExecutionPlan) -> Option<Result<Vec<u8>, ClusterError>> {
    let task = plan.downcast_ref::<TaskExec>()?;
    let shipped = Shipped {
        work: task.work.clone(),
        job: task.job.clone(),
    };
    let mut bytes = TAG.to_vec();
    Some(match serde_json::to_writer(&mut bytes, &shipped) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(garbled(&error)),
    })
}

/// A task of its bytes; `None` where they are of another operator. It runs only with a `worker`.
pub fn decode_task(
    bytes: &[u8],
    inputs: &[Arc<dyn ExecutionPlan>],
    worker: Option<&Arc<Worker>>,
) -> Option<Result<Arc<dyn ExecutionPlan>>> {
    let shipped = bytes.strip_prefix(TAG)?;
    let shipped: Shipped = match serde_json::from_slice(shipped) {
        Ok(shipped) => shipped,
        Err(error) => return Some(Err(DataFusionError::External(garbled(&error).into()))),
    };
    let task = TaskExec::new(shipped.work, shipped.job, worker.cloned(), inputs.to_vec());
    Some(task.map(|task| task as Arc<dyn ExecutionPlan>))
}

fn garbled(why: &serde_json::Error) -> ClusterError {
    ClusterError::Garbled {
        what: "a task that was shipped",
        why: why.to_string(),
    }
}

impl fmt::Debug for TaskExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskExec")
            .field("work", &self.work)
            .finish_non_exhaustive()
    }
}

impl DisplayAs for TaskExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskExec: {}", self.work.name())?;
        match &self.job {
            Some(job) => write!(f, ", job={}", job.sha256.get(..12).unwrap_or_default()),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for TaskExec {
    fn name(&self) -> &str {
        self.work.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Self::new(
            self.work.clone(),
            self.job.clone(),
            self.worker.clone(),
            children,
        )?)
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        self.work.orders(&self.inputs)
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; self.inputs.len()]
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(worker) = &self.worker else {
            return internal_err!("a task of a job runs in an executor of a cluster");
        };
        let inputs = self
            .inputs
            .iter()
            .map(|input| input.execute(partition, Arc::clone(&context)))
            .collect::<Result<Vec<_>>>()?;
        let mut stream = RecordBatchReceiverStream::builder(self.schema(), WAITING);
        let rows = stream.tx();
        let (work, job, worker) = (self.work.clone(), self.job.clone(), Arc::clone(worker));
        let counters = self.counters.clone();
        stream.spawn(async move {
            // Held to the end, since it has the memory pool of the inputs.
            let task = context.task_id().unwrap_or_default();
            let count = |name: String, by| {
                let name = format!("{task}{OF_TASK}{name}");
                let counter = MetricBuilder::new(&counters).counter(name, partition);
                counter.add(by);
            };
            work.run(job, worker, inputs, rows, count)
                .await
                .map_err(as_it_was)
        });
        Ok(stream.build())
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.counters.clone_inner())
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}
