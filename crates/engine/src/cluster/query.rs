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
    /// Records that were rejected, by table and reason, with a file that has some.
    pub(crate) rejected: BTreeMap<(String, String), (u64, String)>,
}

/// Begins the counters of rejects.
const REJECTED: &str = "rejected/";

/// The name of a counter of rejects: of a place, so that a file that is read twice by one plan counts once; tasks with
/// very many such files count the rest together.
pub(super) fn rejected_counter(table: &str, reason: &str, place: Option<(u64, &str)>) -> String {
    let (start, file) = place.unwrap_or((0, ""));
    format!("{REJECTED}{table}/{reason}/{start}/{file}")
}

/// Rejects by table and reason, with a file that has some.
fn rejected(counters: BTreeMap<String, u64>) -> BTreeMap<(String, String), (u64, String)> {
    let mut rejected: BTreeMap<(String, String), (u64, String)> = BTreeMap::new();
    for (name, count) in counters {
        let mut parts = name
            .strip_prefix(REJECTED)
            .into_iter()
            .flat_map(|name| name.splitn(4, '/'));
        if let (Some(table), Some(reason), Some(_), Some(file)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            let known = rejected
                .entry((table.to_owned(), reason.to_owned()))
                .or_default();
            known.0 += count;
            if known.1.is_empty() {
                file.clone_into(&mut known.1);
            }
        }
    }
    rejected
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
    Ok(Some(OnCluster {
        partitions: rows.partitions,
        rejected: rejected(rows.counters),
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
