//! `sql/merge/observations.sql` over one hour at a time, planned once for all hours of a run.

use std::sync::Arc;

use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext, col};

use super::accounts::NEEDED;
use super::matched::{MatchedHour, MatchedTable};
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::session::{fork, new_context, statement};

/// The statement's plan; `matched` is of the hour that the task names.
pub(crate) struct Observations {
    context: SessionContext,
    plan: Arc<dyn ExecutionPlan>,
}

impl Observations {
    pub(crate) async fn plan(run: &ModelRun) -> Result<Self, EngineError> {
        let context = new_context(&run.resources, 1)?;
        context.register_table("matched", Arc::new(MatchedTable::new()))?;
        let frame = statement(
            &context,
            &run.catalog,
            "merge/observations",
            &run.parameters(),
        )
        .await?;
        let wanted: Vec<_> = wanted_columns(&run.columns).into_iter().map(col).collect();
        let plan = frame.select(wanted)?.create_physical_plan().await?;
        Ok(Self { context, plan })
    }

    /// The observations of an hour, in file order.
    pub(crate) fn of(
        &self,
        hour: &Arc<MatchedHour>,
    ) -> Result<SendableRecordBatchStream, EngineError> {
        let task = TaskContext::from(&self.context.state()).with_session_config(self.config(hour));
        let plan = reset_plan_states(Arc::clone(&self.plan))?;
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

/// Columns of `observations` that are written or counted.
pub(crate) fn wanted_columns(columns: &[String]) -> Vec<&str> {
    let mut wanted: Vec<&str> = columns.iter().map(String::as_str).collect();
    for name in NEEDED {
        if !wanted.contains(name) {
            wanted.push(name);
        }
    }
    wanted
}
