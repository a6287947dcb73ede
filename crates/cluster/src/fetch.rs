//! Rows of a job that has ended, from the executors that hold them, by way of the scheduler.

use std::collections::BTreeMap;
use std::sync::Arc;

use ballista_core::client::BallistaClient;
use ballista_core::error::BallistaError;
use ballista_core::serde::protobuf::PartitionLocation;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt};
use groundline_engine::{ClusterError, EngineError};

use crate::address::ClusterAddress;
use crate::job::HeldJob;
use crate::settings::MESSAGE;

/// Tries of a connection, and milliseconds between them.
const TRIES: u8 = 3;
const PAUSE_MS: u64 = 500;

/// A stream for each partition, in order; nothing is fetched before it is read, and what is read stays until no stream
/// holds the job any more.
pub(crate) fn streams(
    address: &ClusterAddress,
    schema: &SchemaRef,
    locations: Vec<PartitionLocation>,
    job: &Arc<HeldJob>,
) -> Vec<SendableRecordBatchStream> {
    let mut partitions: BTreeMap<u32, Vec<PartitionLocation>> = BTreeMap::new();
    for location in locations {
        let partition = location
            .partition_id
            .as_ref()
            .map_or(0, |id| id.partition_id);
        partitions.entry(partition).or_default().push(location);
    }
    partitions
        .into_values()
        .map(|mut pieces| {
            pieces.sort_by_key(|piece| piece.map_partition_id);
            let (address, job) = (address.clone(), Arc::clone(job));
            let rows = futures::stream::iter(pieces)
                .then(move |piece| fetch(address.clone(), piece))
                .try_flatten()
                .map_err(move |error| {
                    let _held = &job;
                    lost(error)
                });
            Box::pin(RecordBatchStreamAdapter::new(
                SchemaRef::clone(schema),
                rows.boxed(),
            )) as SendableRecordBatchStream
        })
        .collect()
}

/// Whoever waits for the rows can tell it from other errors.
fn lost(error: DataFusionError) -> DataFusionError {
    let why = error.to_string();
    EngineError::from(ClusterError::Lost { why }).into()
}

async fn fetch(
    address: ClusterAddress,
    location: PartitionLocation,
) -> Result<SendableRecordBatchStream> {
    let missing = || DataFusionError::Execution("a result has no place".to_owned());
    let layout = location.layout();
    let executor = location.executor_meta.ok_or_else(missing)?;
    let partition = location.partition_id.ok_or_else(missing)?;
    // Only the scheduler need be within reach: it passes on what executors hold.
    let (host, port) = address.host_and_port();
    let mut client =
        BallistaClient::try_new(host, port, MESSAGE, false, None, TRIES, PAUSE_MS, 0, 0)
            .await
            .map_err(BallistaError::into_datafusion)?;
    let executor_port = u16::try_from(executor.port).map_err(|_| missing())?;
    client
        .fetch_partition_proxied(
            &executor.id,
            &partition.into(),
            location.file_id,
            layout,
            &executor.host,
            executor_port,
            true,
        )
        .await
        .map_err(BallistaError::into_datafusion)
}
