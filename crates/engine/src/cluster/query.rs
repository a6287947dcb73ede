//! Plans of queries on a cluster: raw files are read by tasks of ours, everything else by DataFusion's operators.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionConfig;
use futures::StreamExt;

use super::scan::distributed_scans;
use super::{Cluster, ClusterJob};
use crate::error::EngineError;
use crate::progress::Silent;

/// The rows of a query that ran on a cluster.
pub(crate) struct OnCluster {
    pub(crate) partitions: Vec<SendableRecordBatchStream>,
    /// Records that were rejected, by table and reason.
    pub(crate) rejected: BTreeMap<(String, String), u64>,
}

/// Begins the counters of rejects.
const REJECTED: &str = "rejected.";

/// The name of a counter of rejects.
pub(super) fn rejected_counter(table: &str, reason: &str) -> String {
    format!("{REJECTED}{table}.{reason}")
}

/// Runs a plan on a cluster; `None` if it reads no files: then this process has what it needs.
pub(crate) async fn on_cluster(
    cluster: &Arc<dyn Cluster>,
    name: &str,
    plan: &Arc<dyn ExecutionPlan>,
    config: SessionConfig,
) -> Result<Option<OnCluster>, EngineError> {
    if !reads_files(plan)? {
        return Ok(None);
    }
    let job = ClusterJob {
        name: name.to_owned(),
        plan: distributed_scans(Arc::clone(plan))?,
        config,
        progress: Arc::new(Silent),
    };
    let rows = cluster.execute(job).await?;
    let rejected = rows.counters.into_iter().filter_map(|(name, count)| {
        let (table, reason) = name.strip_prefix(REJECTED)?.split_once('.')?;
        Some(((table.to_owned(), reason.to_owned()), count))
    });
    Ok(Some(OnCluster {
        partitions: rows.partitions,
        rejected: rejected.collect(),
    }))
}

fn reads_files(plan: &Arc<dyn ExecutionPlan>) -> Result<bool, EngineError> {
    let mut reads = false;
    plan.apply(|node| {
        let scan = node.downcast_ref::<DataSourceExec>();
        reads |= scan.is_some_and(|scan| {
            let source: &dyn std::any::Any = scan.data_source().as_ref();
            source.is::<FileScanConfig>()
        });
        Ok(match reads {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    })?;
    Ok(reads)
}

impl OnCluster {
    /// All rows, one partition after the other.
    pub(crate) fn rows(self, plan: &Arc<dyn ExecutionPlan>) -> SendableRecordBatchStream {
        let schema = plan.schema();
        let rows = futures::stream::iter(self.partitions).flatten();
        Box::pin(RecordBatchStreamAdapter::new(schema, rows))
    }
}
