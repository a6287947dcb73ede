//! The one constructor of DataFusion contexts: same settings and functions everywhere.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::catalog::MemoryCatalogProviderList;
use datafusion::common::ParamValues;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{Expr, LogicalPlan, Statement, Volatility};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::scalar::ScalarValue;

use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::functions;
use crate::options::Resources;
use crate::spill::SpillFolder;

/// Consumers that a memory error names.
const NAMED_CONSUMERS: usize = 5;

/// Bytes that each thread's reader holds and no pool knows of: pieces of files and the batch being built.
const READER: u64 = 32 << 20;

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
    // It would evaluate `payload_struct(…)['a']`, `['b']` … once for each field, inside the scan.
    options.optimizer.enable_leaf_expression_pushdown = false;
    if resources.cluster.is_some() {
        for_other_processes(&mut config);
    }
    // Several sorts at once share fairly; the greedy pool would give the first of them everything.
    let pool = TrackConsumersPool::new(
        FairSpillPool::new(pool_size(resources)),
        NonZeroUsize::new(NAMED_CONSUMERS).unwrap_or(NonZeroUsize::MIN),
    );
    let spills = Arc::new(SpillFolder::new(&resources.temp_dir));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_temp_file_factory(spills))
        .build_arc()?;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .build();
    for function in functions::all() {
        datafusion::execution::FunctionRegistry::register_udf(&mut state, function)?;
    }
    for function in functions::aggregates() {
        datafusion::execution::FunctionRegistry::register_udaf(&mut state, function)?;
    }
    Ok(SessionContext::new_with_state(state))
}

/// Plans that are cut into stages, whose operators share no memory.
fn for_other_processes(config: &mut SessionConfig) {
    let options = config.options_mut();
    options.optimizer.enable_round_robin_repartition = false;
    // A hash join cannot spill its build side.
    options.optimizer.prefer_hash_join = false;
    options.optimizer.enable_dynamic_filter_pushdown = false;
    options
        .optimizer
        .enable_physical_uncorrelated_scalar_subquery = false;
    options.execution.enable_file_stream_work_stealing = false;
}

/// Bytes for DataFusion's operators: the limit less what readers hold, and never less than half of it.
fn pool_size(resources: &Resources) -> usize {
    let limit = resources.memory_limit;
    let readers = READER.saturating_mul(resources.threads as u64);
    usize::try_from(limit.saturating_sub(readers).max(limit / 2)).unwrap_or(usize::MAX)
}

/// `SET` of these would make a pool and a disk manager that know nothing of ours.
pub(crate) fn refuse_start_setting(plan: &LogicalPlan) -> Result<(), EngineError> {
    let variable = match plan {
        LogicalPlan::Statement(Statement::SetVariable(set)) => &set.variable,
        LogicalPlan::Statement(Statement::ResetVariable(reset)) => &reset.variable,
        _ => return Ok(()),
    };
    let flag = match variable
        .to_ascii_lowercase()
        .strip_prefix("datafusion.runtime.")
    {
        Some("memory_limit") => "--memory-limit",
        Some("temp_directory" | "max_temp_directory_size") => "--temp-dir",
        _ => return Ok(()),
    };
    Err(EngineError::StartSetting {
        variable: variable.clone(),
        flag,
    })
}

/// A session with these settings and tables of its own; functions and memory are shared.
pub(crate) fn fork(context: &SessionContext, mut config: SessionConfig) -> SessionContext {
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
        name: match catalog.replaces(name) {
            true => format!("{name}.sql of --sql-dir"),
            false => name.to_owned(),
        },
        source: Box::new(source),
    };
    // Only those that the statement names: a replaced statement may not need them all.
    let named: Vec<(&str, ScalarValue)> = parameters
        .iter()
        .filter(|(parameter, _)| text.contains(&format!("${parameter}")))
        .map(|(parameter, value)| (*parameter, value.clone()))
        .collect();
    // A replaced statement too is a question: it changes nothing.
    let frame = query(context, &text).await.map_err(failed)?;
    if named.is_empty() {
        return Ok(frame);
    }
    frame
        .with_param_values(ParamValues::from(named))
        .map_err(failed)
}

/// Plans a query, and nothing that changes anything.
pub(crate) async fn query(
    context: &SessionContext,
    text: &str,
) -> Result<DataFrame, DataFusionError> {
    let only_queries = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    context.sql_with_options(text, only_queries).await
}

/// The first function of a plan that depends on the clock or on chance.
pub(crate) fn varying_function(plan: &LogicalPlan) -> Result<Option<String>, DataFusionError> {
    let mut varying = None;
    plan.apply_with_subqueries(|plan| {
        plan.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::ScalarFunction(call) = expr
                    && call.func.signature().volatility != Volatility::Immutable
                {
                    varying.get_or_insert_with(|| call.func.name().to_owned());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(varying)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_get_the_limit_less_what_readers_hold_and_at_least_half() {
        let pool = |memory_limit, threads| {
            pool_size(&Resources {
                memory_limit,
                threads,
                ..Resources::default()
            })
        };
        assert_eq!(pool(1 << 30, 2), (1 << 30) - (64 << 20));
        assert_eq!(pool(128_000_000, 64), 64_000_000);
        assert_eq!(pool(0, usize::MAX), 0);
    }
}
