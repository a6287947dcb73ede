//! Statements on a cluster: their rows, and the rejects that tasks counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use groundline_capture::Reason;

use crate::cluster::{Cluster, on_cluster};
use crate::error::EngineError;
use crate::report::RejectGroup;

/// A cluster that runs a session's statements.
pub(super) struct Elsewhere {
    cluster: Arc<dyn Cluster>,
    /// By table and reason, with a file that has some.
    rejected: Mutex<BTreeMap<(String, String), (u64, String)>>,
}

impl Elsewhere {
    pub(super) fn new(cluster: &Arc<dyn Cluster>) -> Self {
        Self {
            cluster: Arc::clone(cluster),
            rejected: Mutex::default(),
        }
    }

    /// The rows of a statement; one that reads no files runs here, and one that writes, since it means this machine's
    /// files.
    pub(super) async fn execute(
        &self,
        frame: DataFrame,
    ) -> Result<SendableRecordBatchStream, EngineError> {
        let task = Arc::new(frame.task_ctx());
        let config = task.session_config().clone();
        let writes = matches!(
            frame.logical_plan(),
            LogicalPlan::Copy(_) | LogicalPlan::Dml(_)
        );
        let plan = frame.create_physical_plan().await?;
        if writes {
            return Ok(execute_stream(plan, task)?);
        }
        let Some(done) = on_cluster(&self.cluster, "sql", &plan, config).await? else {
            return Ok(execute_stream(plan, task)?);
        };
        let mut rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        for (group, (count, file)) in &done.rejected {
            let known = rejected.entry(group.clone()).or_default();
            *known = (known.0 + count, file.clone());
        }
        Ok(done.rows(&plan))
    }

    /// Rejects since the last call.
    pub(super) fn take_rejects(&self) -> Vec<RejectGroup> {
        let mut rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        let rejected = std::mem::take(&mut *rejected).into_iter();
        rejected
            .map(|((table, reason), (count, file))| RejectGroup {
                table,
                count,
                example: match file.as_str() {
                    "" => "in one of very many files".to_owned(),
                    file => format!("in {file}"),
                },
                hint: Reason::parse(&reason).map_or("", Reason::hint).to_owned(),
                reason,
            })
            .collect()
    }
}
