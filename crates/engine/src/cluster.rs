//! Work that other processes do: what a task is, what it has to know, and who runs it.
//!
//! A plan for a cluster is made of DataFusion's operators and of [`TaskExec`], which is shipped as a few bytes: what is
//! to be done, and the name of an object that pins everything else ([`JobRef`]). Nothing here knows Ballista; `cluster`
//! does, and hands in a [`Cluster`].

mod again;
mod error;
mod job;
mod once;
mod pinned;
mod query;
mod rows;
mod scan;
mod task;
mod units;
mod worker;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;

use crate::progress::Progress;

pub use error::ClusterError;
pub use job::build_version;
pub use task::{decode_task, encode_task};
pub use worker::Worker;

pub(crate) use again::unless_lost;
pub(crate) use job::{JobRef, Published, read_spec};
pub(crate) use once::Once;
pub(crate) use pinned::{PinnedInput, RootNames, address};
pub(crate) use query::on_cluster;
pub(crate) use rows::{ColumnReader, body_of, read_body};
pub(crate) use task::{Rows, TaskExec, Work};
pub(crate) use units::{deal, unit_rows, units_table};

/// Runs plans in other processes.
#[async_trait]
pub trait Cluster: fmt::Debug + Send + Sync {
    /// Cores of all executors together; an error where there are none.
    async fn cores(&self) -> Result<usize, ClusterError>;

    /// Runs a plan to its end. A plan whose future is dropped is cancelled.
    async fn execute(&self, job: ClusterJob) -> Result<ClusterRows, ClusterError>;
}

/// What came of a plan.
pub struct ClusterRows {
    /// The rows of its partitions, in order of partition.
    pub partitions: Vec<SendableRecordBatchStream>,
    /// Counters of its operators by name: summed over the tasks of an operator, the largest of several operators;
    /// none unless [`ClusterJob::counted`].
    pub counters: BTreeMap<String, u64>,
}

/// A plan for a cluster.
pub struct ClusterJob {
    /// What people call it: `merge churn: labels`.
    pub name: String,
    pub plan: Arc<dyn ExecutionPlan>,
    /// Settings that tasks run with.
    pub config: SessionConfig,
    /// What is done where a stage begins again, because rows that it read are lost.
    pub begun_again: BegunAgain,
    /// Whether anybody asks for [`ClusterRows::counters`].
    pub counted: bool,
    pub progress: Arc<dyn Progress>,
}

/// A stage that began again may hand on rows twice (`once`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BegunAgain {
    /// The job's tasks tell such rows apart.
    GoesOn,
    /// The job is [`ClusterError::Lost`]: operators that are not ours would count rows twice.
    Fails,
}

impl fmt::Debug for ClusterRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterRows")
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClusterJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterJob")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
