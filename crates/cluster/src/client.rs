//! The client: submits a plan, waits, fetches; cancels a job that nobody waits for any more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ballista_core::config::BallistaConfig;
use ballista_core::extension::{SessionConfigExt, SessionConfigHelperExt};
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::operator_metric::Metric;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    ExecuteQueryParams, GetJobMetricsParams, GetJobStatusParams, PartitionLocation,
    execute_query_result, job_status,
};
use ballista_core::utils::{GrpcClientConfig, create_grpc_client_endpoint};
use ballista_core::version;
use datafusion_proto::physical_plan::{AsExecutionPlan, PhysicalExtensionCodec};
use datafusion_proto::protobuf::PhysicalPlanNode;
use groundline_engine::{
    BegunAgain, Cluster, ClusterError, ClusterJob, ClusterRows, build_version,
};
use tonic::transport::Channel;
use uuid::Uuid;

use crate::address::ClusterAddress;
use crate::codec::PhysicalCodec;
use crate::failure::{chain, failed, job_failed};
use crate::fetch;
use crate::job::HeldJob;
use crate::job_options::JobOptions;
use crate::monitor::Monitor;
use crate::settings::{MESSAGE, adapted};

/// Between two looks at a job.
const LOOK: Duration = Duration::from_millis(100);
/// Between two looks at how far it is, which cost the scheduler more.
const COUNT: Duration = Duration::from_secs(2);
/// How long a scheduler may say nothing: a job of hours outlives a broken connection.
const SILENCE: Duration = Duration::from_secs(15);

type Scheduler = SchedulerGrpcClient<Channel>;

/// A cluster by the address of its scheduler.
#[derive(Debug)]
pub struct BallistaCluster {
    address: ClusterAddress,
    monitor: Monitor,
    codec: Arc<dyn PhysicalExtensionCodec>,
}

impl BallistaCluster {
    /// Nothing is asked before the first job.
    pub fn new(address: ClusterAddress) -> Result<Self, ClusterError> {
        Ok(Self {
            monitor: Monitor::new(address.clone())?,
            address,
            codec: Arc::new(PhysicalCodec::looking()),
        })
    }

    async fn connect(&self) -> Result<Scheduler, ClusterError> {
        let config = GrpcClientConfig::from(&BallistaConfig::default());
        let endpoint = create_grpc_client_endpoint(self.address.url(), Some(&config));
        let endpoint = endpoint.map_err(|error| self.monitor.unreachable(&chain(&error)))?;
        let channel = endpoint.connect().await;
        let channel = channel.map_err(|error| self.monitor.unreachable(&chain(&error)))?;
        Ok(SchedulerGrpcClient::new(channel)
            .max_encoding_message_size(MESSAGE)
            .max_decoding_message_size(MESSAGE))
    }

    async fn submit(
        &self,
        scheduler: &mut Scheduler,
        job: &ClusterJob,
    ) -> Result<String, ClusterError> {
        let plan =
            PhysicalPlanNode::try_from_physical_plan(Arc::clone(&job.plan), self.codec.as_ref());
        let mut bytes = Vec::new();
        plan.and_then(|plan| plan.try_encode(&mut bytes))
            .map_err(|error| failed(format!("the plan cannot be shipped: {error}"), None))?;
        let options = JobOptions {
            stages_may_repeat: job.begun_again == BegunAgain::GoesOn,
            build: build_version(),
        };
        let config = options
            .within(adapted(job.config.clone().upgrade_for_ballista()))
            .with_ballista_job_name(&job.name);
        let mut request = tonic::Request::new(ExecuteQueryParams {
            query: Some(Query::PhysicalPlan(bytes)),
            settings: config.to_key_value_pairs(),
            session_id: Uuid::now_v7().to_string(),
            operation_id: Uuid::now_v7().to_string(),
        });
        version::insert_version_header(request.metadata_mut());
        let answer = scheduler.execute_query(request).await;
        let answer = answer.map_err(|status| {
            failed(
                format!("the scheduler refused the job: {}", status.message()),
                None,
            )
        })?;
        match answer.into_inner().result {
            Some(execute_query_result::Result::Success(success)) => Ok(success.job_id),
            Some(execute_query_result::Result::Failure(failure)) => Err(failed(
                format!("the scheduler refused the job: {failure:?}"),
                None,
            )),
            None => Err(failed("the scheduler said nothing of the job", None)),
        }
    }

    /// Waits until a job has ended; gives where its rows are.
    async fn wait(
        &self,
        scheduler: &mut Scheduler,
        job_id: &str,
        job: &ClusterJob,
    ) -> Result<Vec<PartitionLocation>, ClusterError> {
        let mut counted = Instant::now();
        let mut heard = Instant::now();
        loop {
            let params = GetJobStatusParams {
                job_id: job_id.to_owned(),
            };
            let status = match scheduler.get_job_status(params).await {
                Ok(status) => {
                    heard = Instant::now();
                    status.into_inner().status.and_then(|status| status.status)
                }
                Err(status) => {
                    if heard.elapsed() >= SILENCE {
                        let why = status.message();
                        return Err(self.gone(&format!("is gone: {why}")));
                    }
                    tokio::time::sleep(LOOK).await;
                    continue;
                }
            };
            match status {
                Some(job_status::Status::Successful(done)) => return Ok(done.partition_location),
                Some(job_status::Status::Failed(failure)) => {
                    return Err(job_failed(&failure.error));
                }
                None => return Err(self.gone("knows nothing of the job any more")),
                _ => {}
            }
            if counted.elapsed() >= COUNT {
                if let Some((done, all)) = self.monitor.tasks(job_id).await {
                    job.progress.tasks(done, all);
                }
                counted = Instant::now();
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl BallistaCluster {
    /// Jobs are in the scheduler's memory.
    fn gone(&self, what: &str) -> ClusterError {
        failed(
            format!("the scheduler at {} {what}", self.address),
            Some("hour files that were written are whole; start the scheduler and run again"),
        )
    }
}

#[async_trait]
impl Cluster for BallistaCluster {
    async fn cores(&self) -> Result<usize, ClusterError> {
        self.monitor.check_version().await?;
        self.monitor.cores().await
    }

    async fn execute(&self, job: ClusterJob) -> Result<ClusterRows, ClusterError> {
        let mut scheduler = self.connect().await?;
        let job_id = self.submit(&mut scheduler, &job).await?;
        log::info!("{}: job {job_id}", job.name);
        let held = Arc::new(HeldJob::new(&self.address, job_id.clone()));
        let ended = self.wait(&mut scheduler, &job_id, &job).await;
        // Or it cannot be reached.
        held.ended();
        let ended = ended?;
        let counters = match job.counted {
            true => counters(&mut scheduler, job_id).await?,
            false => BTreeMap::new(),
        };
        Ok(ClusterRows {
            partitions: fetch::streams(&self.address, &job.plan.schema(), ended, &held),
            counters,
        })
    }
}

/// What the operators of a job counted.
async fn counters(
    scheduler: &mut Scheduler,
    job_id: String,
) -> Result<BTreeMap<String, u64>, ClusterError> {
    let metrics = scheduler
        .get_job_metrics(GetJobMetricsParams { job_id })
        .await;
    let metrics = metrics.map_err(|status| {
        failed(
            format!(
                "the scheduler does not say what the job counted: {}",
                status.message()
            ),
            None,
        )
    })?;
    let mut counters = BTreeMap::new();
    let stages = metrics.into_inner().stages.into_iter();
    for operator in stages.flat_map(|stage| stage.operators) {
        let mut of_operator: BTreeMap<String, u64> = BTreeMap::new();
        for metric in operator.metrics {
            if let Some(Metric::Count(count)) = metric.metric {
                *of_operator.entry(count.name).or_default() += count.value;
            }
        }
        for (name, count) in of_operator {
            let known: &mut u64 = counters.entry(name).or_default();
            *known = count.max(*known);
        }
    }
    Ok(counters)
}
