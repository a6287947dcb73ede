//! A scheduler: takes plans, cuts them into stages, hands tasks to executors, tries again what was lost.

use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_scheduler::cluster::BallistaCluster as State;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion_proto::physical_plan::PhysicalExtensionCodec;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;

use crate::codec::PhysicalCodec;
use crate::failure::NodeError;
use crate::settings::{MESSAGE, session_config, session_state};

/// How a scheduler runs.
#[derive(Clone, Debug)]
pub(crate) struct SchedulerOptions {
    /// Address to listen at.
    pub(crate) bind_host: String,
    /// 0 takes a free port.
    pub(crate) port: u16,
    /// What executors and clients reach it by.
    pub(crate) external_host: String,
    /// Seconds without a heartbeat after which an executor is given up.
    pub(crate) executor_timeout: u64,
    /// Seconds that results of a job stay on executors.
    pub(crate) keep_results: u64,
}

/// Runs a scheduler until the process ends; `listening` hears the port.
pub(crate) async fn run_scheduler(
    options: SchedulerOptions,
    listening: impl FnOnce(u16),
) -> Result<(), NodeError> {
    let address = format!("{}:{}", options.bind_host, options.port);
    let listener = TcpListener::bind(&address).await;
    let listener = listener.map_err(|source| NodeError::Listen {
        address: address.clone(),
        source,
    })?;
    let port = match listener.local_addr() {
        Ok(bound) => bound.port(),
        Err(source) => return Err(NodeError::Listen { address, source }),
    };
    let codec: Arc<dyn PhysicalExtensionCodec> = Arc::new(PhysicalCodec::looking());
    let sessions = Arc::clone(&codec);
    let message = u32::try_from(MESSAGE).unwrap_or(u32::MAX);
    let config = SchedulerConfig {
        bind_host: options.bind_host,
        bind_port: port,
        external_host: options.external_host,
        // Executors ask for work, so nothing need connect to them but what reads their shuffled rows.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        executor_timeout_seconds: options.executor_timeout,
        expire_dead_executor_interval_seconds: (options.executor_timeout / 4).max(1),
        no_executors_grace_period_seconds: options.executor_timeout,
        finished_job_data_clean_up_interval_seconds: options.keep_results,
        grpc_server_max_decoding_message_size: message,
        grpc_server_max_encoding_message_size: message,
        grpc_client_max_message_size: message,
        enable_embedded_flight_proxy: true,
        override_config_producer: Some(Arc::new(move || session_config(&sessions))),
        override_session_builder: Some(Arc::new(session_state)),
        override_physical_codec: Some(codec),
        ..SchedulerConfig::default()
    };
    let ended = |error| NodeError::ended("scheduler", &error);
    let state = State::new_from_config(&config).await.map_err(ended)?;
    let scheduler =
        create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(state, Arc::new(config)).await;
    let scheduler = scheduler.map_err(ended)?;
    listening(port);
    start_grpc_service_with_listener(listener, scheduler)
        .await
        .map_err(ended)
}
