//! An executor: asks a scheduler for tasks, and keeps what they shuffle on its disk until it is read.

use std::path::PathBuf;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_executor::execution_engine::DefaultExecutionEngine;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion_proto::physical_plan::PhysicalExtensionCodec;
use groundline_engine::{Resources, Worker};
use groundline_store::Stores;

use crate::codec::PhysicalCodec;
use crate::connections::Connections;
use crate::failure::NodeError;
use crate::functions::Functions;
use crate::settings::{MESSAGE, session_config};
use crate::stage::StageEngine;
use crate::stores::StoreRegistry;

/// Bytes of a task at least: a reader, a writer and what an hour's statement joins do not fit in less, on one machine
/// either.
const LEAST: u64 = 256 << 20;

/// How an executor runs.
#[derive(Clone, Debug)]
pub(crate) struct ExecutorOptions {
    pub(crate) scheduler_host: String,
    pub(crate) scheduler_port: u16,
    /// Address to listen at, for others that read what was shuffled.
    pub(crate) bind_host: String,
    /// What others reach it by; `None` is what the scheduler sees.
    pub(crate) external_host: Option<String>,
    pub(crate) port: u16,
    pub(crate) grpc_port: u16,
    /// Tasks at once.
    pub(crate) cores: usize,
    /// Bytes of the whole process.
    pub(crate) memory_limit: u64,
    /// Where shuffled rows and what memory does not hold go.
    pub(crate) work_dir: PathBuf,
    /// Seconds to wait for a scheduler that is not there yet.
    pub(crate) wait_for_scheduler: u16,
    pub(crate) heartbeat: u64,
    /// Hours that forgotten rows stay on the disk.
    pub(crate) keep_hours: u64,
    pub(crate) stores: Stores,
}

/// Runs an executor until it is asked to stop; tasks under way are finished.
pub(crate) async fn run_executor(options: ExecutorOptions) -> Result<(), NodeError> {
    let folder = |source| NodeError::Folder {
        folder: options.work_dir.display().to_string(),
        source,
    };
    // Two folders, since Ballista takes away every folder in its own that nothing was written to for a while.
    let [shuffled, spills] = ["shuffle", "spill"].map(|name| options.work_dir.join(name));
    for own in [&shuffled, &spills] {
        std::fs::create_dir_all(own).map_err(folder)?;
    }
    let cores = options.cores.max(1);
    // Half for DataFusion's sorts, half for the index of a part, or an hour being written: a task has one or the other
    // at their largest.
    let half = options.memory_limit / 2;
    let worker = Worker::new(Resources {
        threads: 1,
        memory_limit: (half / cores as u64).max(LEAST),
        temp_dir: spills.clone(),
        stores: options.stores.clone(),
        ..Resources::default()
    });
    let codec: Arc<dyn PhysicalExtensionCodec> = Arc::new(PhysicalCodec::working(worker));
    let sessions = Arc::clone(&codec);
    let engine = DefaultExecutionEngine::with_client_pool(Arc::new(Connections::default()));
    let stores = options.stores.clone();
    let message = u32::try_from(MESSAGE).unwrap_or(u32::MAX);
    let config = ExecutorProcessConfig {
        bind_host: options.bind_host,
        external_host: options.external_host,
        port: options.port,
        grpc_port: options.grpc_port,
        scheduler_host: options.scheduler_host,
        scheduler_port: options.scheduler_port,
        scheduler_connect_timeout_seconds: options.wait_for_scheduler,
        vcores: cores,
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        work_dir: Some(shuffled.display().to_string()),
        job_data_ttl_seconds: options.keep_hours.saturating_mul(3600),
        job_data_clean_up_interval_seconds: 600,
        grpc_max_decoding_message_size: message,
        grpc_max_encoding_message_size: message,
        executor_heartbeat_interval_seconds: options.heartbeat,
        memory_pool_size: Some(half.max(1)),
        override_function_registry: Some(Arc::new(Functions::registry())),
        override_physical_codec: Some(codec),
        override_execution_engine: Some(Arc::new(StageEngine(engine))),
        override_config_producer: Some(Arc::new(move || session_config(&sessions))),
        override_runtime_producer: Some(Arc::new(move |_| {
            let spills = DiskManagerMode::Directories(vec![spills.clone()]);
            let disk = DiskManagerBuilder::default()
                .with_mode(spills)
                .with_max_temp_directory_size(u64::MAX);
            RuntimeEnvBuilder::new()
                .with_disk_manager_builder(disk)
                .with_object_store_registry(Arc::new(StoreRegistry::new(stores.clone())))
                .build_arc()
        })),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config))
        .await
        .map_err(|error| NodeError::ended("executor", &error))
}
