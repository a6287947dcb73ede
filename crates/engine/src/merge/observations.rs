//! `sql/merge/observations.sql` over one hour at a time, planned once for all hours of a run.

use std::sync::Arc;

use datafusion::dataframe::DataFrame;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext, col};

use super::accounts::NEEDED;
use super::matched::{MatchedHour, MatchedTable};
use super::own_columns::{named, with_own_columns};
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::session::{fork, new_context, statement};

/// The statement's plan for each mapping of the model; `matched` is of the hour that the task names.
pub(crate) struct Observations {
    context: SessionContext,
    plans: Vec<Arc<dyn ExecutionPlan>>,
}

impl Observations {
    pub(crate) async fn plan(run: &ModelRun) -> Result<Self, EngineError> {
        let context = new_context(&run.resources, 1)?;
        context.register_table("matched", Arc::new(MatchedTable::new()))?;
        let mut plans = Vec::with_capacity(1 + run.model.later_mappings.len());
        for number in 0..=run.model.later_mappings.len() {
            let frame = observations(&context, run, number).await?;
            let wanted: Vec<_> = wanted_columns(run).into_iter().map(col).collect();
            let plan = frame.select(wanted)?.create_physical_plan().await?;
            plans.push(named(plan, &run.model.columns)?);
        }
        Ok(Self { context, plans })
    }

    /// The observations of an hour, in file order.
    pub(crate) fn of(
        &self,
        hour: &Arc<MatchedHour>,
    ) -> Result<SendableRecordBatchStream, EngineError> {
        let task = TaskContext::from(&self.context.state()).with_session_config(self.config(hour));
        let number = hour.run.model.mapping_of(hour.partition.hour);
        let plan = self.plans.get(number).ok_or_else(|| EngineError::Worker {
            reason: format!("no plan for mapping {number}"),
        })?;
        let plan = reset_plan_states(Arc::clone(plan))?;
        Ok(execute_stream(plan, Arc::new(task))?)
    }

    /// A session whose `matched` is of the hour, for other statements.
    pub(crate) fn session(&self, hour: &Arc<MatchedHour>) -> Result<SessionContext, EngineError> {
        let context = fork(&self.context, self.config(hour));
        context.register_table("matched", Arc::new(MatchedTable::new()))?;
        Ok(context)
    }

    fn config(&self, hour: &Arc<MatchedHour>) -> SessionConfig {
        self.context
            .copied_config()
            .with_extension(Arc::clone(hour))
    }
}

/// The statement over `matched` by a mapping of the model, with the model's own columns.
pub(crate) async fn observations(
    context: &SessionContext,
    run: &ModelRun,
    mapping: usize,
) -> Result<DataFrame, EngineError> {
    let parameters = run.parameters_by(run.model.numbered_mapping(mapping));
    let frame = statement(context, &run.catalog, "merge/observations", &parameters).await?;
    with_own_columns(context, frame, &run.model.columns, &run.own, &run.misfits)
}

/// Columns of `observations` that are written or counted.
pub(crate) fn wanted_columns(run: &ModelRun) -> Vec<&str> {
    let columns = run.columns.iter().chain(&run.misfits);
    let mut wanted: Vec<&str> = columns.map(String::as_str).collect();
    for name in NEEDED {
        if !wanted.contains(name) {
            wanted.push(name);
        }
    }
    wanted
}
