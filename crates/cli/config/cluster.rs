//! `--cluster`: other processes that do the work.

use std::sync::Arc;

use groundline_engine::Cluster;

use crate::config::resolved::Resolved;
use crate::failure::Failure;

/// The cluster of the settings, if they name one. Nothing is asked of it yet.
pub(crate) fn cluster(settings: &Resolved<'_>) -> Result<Option<Arc<dyn Cluster>>, Failure> {
    settings.parse("cluster", at)
}

#[cfg(feature = "cluster")]
fn at(text: &str) -> Result<Arc<dyn Cluster>, String> {
    use groundline_cluster::{BallistaCluster, ClusterAddress};
    let address: ClusterAddress = text
        .parse()
        .map_err(|error: groundline_cluster::AddressError| error.to_string())?;
    let cluster = BallistaCluster::new(address).map_err(|error| error.to_string())?;
    Ok(Arc::new(cluster))
}

#[cfg(not(feature = "cluster"))]
fn at(_: &str) -> Result<Arc<dyn Cluster>, String> {
    Err(
        "this build works on one machine alone; build it with cargo build --release --features cluster"
            .to_owned(),
    )
}
