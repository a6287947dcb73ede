//! How an executor runs a stage's tasks: as Ballista does, but it refuses tasks of clients of another build, and of
//! stages that begin again where nobody tells apart the rows that then come twice; and errors go to the client in a form
//! that it can read.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::serde::protobuf::{
    RuntimeStatsReport, ShuffleWritePartition, TaskColumnStats, WindowStateReport,
};
use ballista_executor::execution_engine::{
    DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor,
};
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::SessionConfig;
use groundline_engine::{ClusterError, EngineError, build_version};

use crate::failure::{shipped, unreadable};
use crate::job_options::JobOptions;

/// Ballista's engine with our stages.
pub(crate) struct StageEngine(pub(crate) DefaultExecutionEngine);

impl ExecutionEngine for StageEngine {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        global_output_partition_ids: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        let stage = self.0.create_query_stage_exec(
            job_id,
            stage_id,
            task_id,
            global_output_partition_ids,
            plan,
            work_dir,
            config,
        )?;
        Ok(Arc::new(Stage(stage)))
    }
}

#[derive(Debug)]
struct Stage(Arc<dyn QueryStageExecutor>);

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl QueryStageExecutor for Stage {
    async fn execute_query_stage(
        &self,
        task_id: usize,
        context: Arc<TaskContext>,
    ) -> Result<Vec<ShuffleWritePartition>> {
        let ended = match refuse(&context) {
            Ok(()) => self.0.execute_query_stage(task_id, context).await,
            Err(error) => Err(EngineError::from(error).into()),
        };
        ended.map_err(shipped)
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        self.0.collect_plan_metrics()
    }

    fn collect_runtime_stats_reports(&self) -> Vec<RuntimeStatsReport> {
        self.0.collect_runtime_stats_reports()
    }

    fn collect_window_state_reports(&self) -> Result<Vec<WindowStateReport>> {
        self.0.collect_window_state_reports()
    }

    fn collect_column_stats(&self) -> Vec<TaskColumnStats> {
        self.0.collect_column_stats()
    }
}

/// Refuses a task of another build's client, and one of a stage that has begun again, unless the job says that it may.
///
/// Ballista 55 forgets the tasks of such a stage that were done, and does all of them again, but what the first ones
/// gave stays among the inputs of the next stage (`ExecutionStage::to_unresolved`, `StageOutput::add_partition`). That
/// a stage begins with attempt 0 is all that an executor can know of it.
fn refuse(context: &TaskContext) -> std::result::Result<(), ClusterError> {
    let job = JobOptions::of(context.session_config().options());
    let ours = build_version();
    if job.build != ours {
        let theirs = job.build;
        return Err(ClusterError::OtherBuild { theirs, ours });
    }
    if job.stages_may_repeat {
        return Ok(());
    }
    let task = context.task_id().unwrap_or_default();
    match attempt(&task) {
        Some(0) => Ok(()),
        Some(_) => Err(ClusterError::Lost {
            why: format!("{task} does a part of the job a second time"),
        }),
        None => Err(unreadable(&task)),
    }
}

/// How often a stage began before: Ballista's `TID {job}/{stage}.{attempt}/{task}.{attempt}`.
fn attempt(task: &str) -> Option<usize> {
    let stage = task.split('/').nth(1)?;
    stage.rsplit_once('.')?.1.parse().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use datafusion::execution::runtime_env::RuntimeEnv;

    use super::*;
    use crate::settings::adapted;

    fn context(task: &str, stages_may_repeat: bool) -> TaskContext {
        let build = build_version();
        context_of(
            task,
            JobOptions {
                stages_may_repeat,
                build,
            },
        )
    }

    fn context_of(task: &str, job: JobOptions) -> TaskContext {
        let config = job.within(adapted(SessionConfig::new()));
        TaskContext::new(
            Some(task.to_owned()),
            "session".to_owned(),
            config,
            Default::default(),
            Default::default(),
            Default::default(),
            Default::default(),
            Arc::new(RuntimeEnv::default()),
        )
    }

    #[test]
    fn a_stage_that_begins_again_is_refused_unless_the_job_allows_it() {
        refuse(&context("TID job-1/3.0/12.2", false)).unwrap();
        refuse(&context("TID job-1/3.1/0.0", true)).unwrap();
        let refused = refuse(&context("TID job-1/3.1/0.0", false)).unwrap_err();
        assert!(matches!(refused, ClusterError::Lost { .. }), "{refused}");
    }

    #[test]
    fn a_client_of_another_build_is_refused() {
        let job = JobOptions {
            build: "0.0.1 (output 1)".to_owned(),
            ..JobOptions::default()
        };
        for job in [job, JobOptions::default()] {
            let refused = refuse(&context_of("TID job-1/3.0/1.0", job)).unwrap_err();
            assert!(
                matches!(refused, ClusterError::OtherBuild { .. }),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_task_that_does_not_say_so_is_refused() {
        for task in ["", "TID job", "TID job/3/1", "TID job/3.x/1"] {
            refuse(&context(task, false)).unwrap_err();
        }
    }
}
