//! The one constructor of DataFusion contexts: same settings and functions everywhere.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::catalog::MemoryCatalogProviderList;
use datafusion::common::ParamValues;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryPool, TrackConsumersPool, UnboundedMemoryPool,
};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::scalar::ScalarValue;

use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::functions;
use crate::options::Resources;

/// Consumers that a memory error names.
const NAMED_CONSUMERS: usize = 5;

/// A context with our functions; `partitions` is how far a query fans out.
pub(crate) fn new_context(
    resources: &Resources,
    partitions: usize,
) -> Result<SessionContext, EngineError> {
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions.max(1))
        .with_batch_size(resources.batch_size.max(1))
        .with_information_schema(true);
    let options = config.options_mut();
    // Plain strings throughout: the columns go to Parquet files whose schema must not depend on the plan.
    options.sql_parser.map_string_types_to_utf8view = false;
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.enable_ident_normalization = true;
    let pool: Arc<dyn MemoryPool> = match resources.memory_limit {
        Some(limit) => Arc::new(TrackConsumersPool::new(
            FairSpillPool::new(usize::try_from(limit).unwrap_or(usize::MAX)),
            NonZeroUsize::new(NAMED_CONSUMERS).unwrap_or(NonZeroUsize::MIN),
        )),
        None => Arc::new(UnboundedMemoryPool::default()),
    };
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(pool)
        .build_arc()?;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .build();
    for function in functions::all() {
        datafusion::execution::FunctionRegistry::register_udf(&mut state, function)?;
    }
    Ok(SessionContext::new_with_state(state))
}

/// The same session with tables of its own; functions, settings and memory are shared.
pub(crate) fn fork(context: &SessionContext) -> SessionContext {
    let mut config = context.copied_config();
    config
        .options_mut()
        .catalog
        .create_default_catalog_and_schema = true;
    let state = SessionStateBuilder::new_from_existing(context.state())
        .with_config(config)
        .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()))
        .build();
    SessionContext::new_with_state(state)
}

/// A named parameter of a statement.
pub(crate) type Parameter = (&'static str, ScalarValue);

/// Plans the statement `name` of the catalog with its parameters bound.
pub(crate) async fn statement(
    context: &SessionContext,
    catalog: &Catalog,
    name: &str,
    parameters: &[Parameter],
) -> Result<DataFrame, EngineError> {
    let text = catalog.text(name)?;
    let failed = |source| EngineError::Statement {
        name: name.to_owned(),
        source: Box::new(source),
    };
    // Only those that the statement names: a replaced statement may not need them all.
    let named: Vec<(&str, ScalarValue)> = parameters
        .iter()
        .filter(|(parameter, _)| text.contains(&format!("${parameter}")))
        .map(|(parameter, value)| (*parameter, value.clone()))
        .collect();
    let frame = context.sql(&text).await.map_err(failed)?;
    if named.is_empty() {
        return Ok(frame);
    }
    frame
        .with_param_values(ParamValues::from(named))
        .map_err(failed)
}
