//! Settings that client, scheduler and executors share.

use std::sync::Arc;

use ballista_core::config::BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK;
use ballista_core::extension::SessionConfigExt;
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::execution::{SessionStateBuilder, runtime_env::RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;
use datafusion_proto::physical_plan::PhysicalExtensionCodec;

use crate::functions::Functions;
use crate::job_options::JobOptions;
use crate::stores::NoStores;

/// Bytes of one message: a plan names each file of a scan once.
pub(crate) const MESSAGE: usize = 256 << 20;

/// What a session is made with.
pub(crate) fn session_config(codec: &Arc<dyn PhysicalExtensionCodec>) -> SessionConfig {
    let mut config = adapted(SessionConfig::new_with_ballista())
        .with_ballista_physical_extension_codec(Arc::clone(codec));
    // The client's plan is run as it is.
    config
        .options_mut()
        .execution
        .enable_file_stream_work_stealing = false;
    JobOptions::default().within(config)
}

/// Settings of the engine for plans that other processes run.
pub(crate) fn adapted(config: SessionConfig) -> SessionConfig {
    config
        .with_round_robin_repartition(false)
        .with_ballista_adaptive_query_planner(false)
        .with_ballista_grpc_client_max_message_size(MESSAGE)
        // A task is a partition, so that one that is slow or lost keeps no other waiting.
        .set_usize(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
        // A shuffled row must not wait for the task that makes it.
        .with_ballista_coalesce_enabled(false)
}

/// The scheduler's session: it plans nothing, but functions are looked up in it.
pub(crate) fn session_state(config: SessionConfig) -> Result<SessionState> {
    let registry = Functions::registry();
    Ok(SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(
            RuntimeEnvBuilder::new()
                .with_object_store_registry(Arc::new(NoStores::default()))
                .build_arc()?,
        )
        .with_default_features()
        .with_scalar_functions(registry.scalar_functions.into_values().collect())
        .with_aggregate_functions(registry.aggregate_functions.into_values().collect())
        .build())
}
