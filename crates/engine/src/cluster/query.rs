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
use super::task::OF_TASK;
use super::{BegunAgain, Cluster, ClusterJob, unless_lost};
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

/// Begins the place of rejects in very many files, which a task counts together; the first of them follows.
const MANY: char = '…';

/// The name of a counter of rejects in a place: where in a file the task began to read, and the file.
pub(super) fn rejected_counter(
    table: &str,
    reason: &str,
    (start, file): (u64, &str),
    many: bool,
) -> String {
    let many = if many {
        String::from(MANY)
    } else {
        String::new()
    };
    format!("{REJECTED}{table}/{reason}/{start}/{many}{file}")
}

/// Rejects by table and reason, with a file that has some. A place counts once, however many tasks read it: a plan may
/// read a file twice, and what is lost is read again.
fn rejected(counters: &BTreeMap<String, u64>) -> BTreeMap<(String, String), (u64, String)> {
    let mut places: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in counters {
        let of_task = name.split_once(OF_TASK).map(|(_, name)| name);
        if let Some(place) = of_task.and_then(|name| name.strip_prefix(REJECTED)) {
            let known = places.entry(place).or_default();
            *known = *count.max(known);
        }
    }
    let mut rejected: BTreeMap<(String, String), (u64, String)> = BTreeMap::new();
    for (place, count) in places {
        let mut parts = place.splitn(4, '/');
        if let (Some(table), Some(reason), Some(_), Some(file)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            let known = rejected
                .entry((table.to_owned(), reason.to_owned()))
                .or_default();
            known.0 += count;
            if known.1.is_empty() && !file.starts_with(MANY) {
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
    let plan = distributed_scans(Arc::clone(plan))?;
    let rows = unless_lost(|| async {
        let job = ClusterJob {
            name: name.to_owned(),
            plan: Arc::clone(&plan),
            config: config.clone(),
            begun_again: BegunAgain::Fails,
            counted: true,
            progress: Arc::new(Silent),
        };
        Ok(cluster.execute(job).await?)
    });
    let rows = rows.await?;
    Ok(Some(OnCluster {
        partitions: rows.partitions,
        rejected: rejected(&rows.counters),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_once_however_many_tasks_read_it() {
        let name = |task: &str, start, file, many| {
            let counter = rejected_counter("predictions", "invalid_json", (start, file), many);
            format!("TID j/1.0/{task}.0{OF_TASK}{counter}")
        };
        let counters = BTreeMap::from([
            (name("0", 0, "a/b.jsonl", false), 3),
            // The same again, after its executor was lost.
            (name("7", 0, "a/b.jsonl", false), 3),
            (name("1", 64, "a/b.jsonl", false), 2),
            (name("1", 0, "z/1.jsonl", true), 40),
            (name("2", 0, "z/2.jsonl", true), 50),
            (format!("TID j/1.0/0.0{OF_TASK}output_rows"), 9),
        ]);
        let groups = rejected(&counters);
        let group = ("predictions".to_owned(), "invalid_json".to_owned());
        assert_eq!(
            groups,
            BTreeMap::from([(group, (95, "a/b.jsonl".to_owned()))])
        );
    }
}
