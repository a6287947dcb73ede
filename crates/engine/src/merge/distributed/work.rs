//! The steps of a distributed merge.

use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::OrderingRequirements;
use datafusion::physical_plan::ExecutionPlan;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::opened::OpenedMerge;
use super::{events, found, hours, joined, labels, plan, told};
use crate::cluster::{ClusterError, JobRef, Rows, Worker};
use crate::error::EngineError;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum MergeWork {
    /// Units of labels to counts, rejects, and lengths of keys.
    CountLabels,
    /// Units of predictions to their ids. `lengths` has a bit for each length that a label's key has: other event ids
    /// are not worth shipping.
    Events { lengths: u128 },
    /// Units of labels to labels.
    Labels,
    /// Labels and ids of the same keys to the labels that were chosen.
    Join,
    /// Chosen labels of some hours to hour files.
    Write,
}

impl MergeWork {
    /// In label order.
    pub(super) const LABEL_ORDER: [&str; 2] = ["file", "position"];
    /// In order of the predictions; what tells an hour goes first.
    pub(super) const EVENT_ORDER: [&str; 4] = ["file", "position", "unit", "kind"];
    /// Hour by hour, and in each as its predictions come.
    pub(super) const FOUND_ORDER: [&str; 7] = [
        "partition",
        "kind",
        "file",
        "position",
        "unit",
        "label_file",
        "label_position",
    ];

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::CountLabels => "CountLabels",
            Self::Events { .. } => "ReadIds",
            Self::Labels => "ReadLabels",
            Self::Join => "JoinPart",
            Self::Write => "WriteHours",
        }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        match self {
            Self::Events { .. } => events::schema(),
            Self::Labels => labels::schema(),
            Self::Join => found::schema(),
            Self::CountLabels | Self::Write => told::schema(),
        }
    }

    pub(crate) fn orders(
        &self,
        inputs: &[Arc<dyn ExecutionPlan>],
    ) -> Vec<Option<OrderingRequirements>> {
        let orders: &[&[&str]] = match self {
            Self::Join => &[&Self::LABEL_ORDER, &Self::EVENT_ORDER],
            Self::Write => &[&Self::FOUND_ORDER],
            _ => &[],
        };
        let required = |(at, input): (usize, &Arc<dyn ExecutionPlan>)| {
            let order = plan::order(input, orders.get(at)?).ok()?;
            Some(OrderingRequirements::from(order))
        };
        inputs.iter().enumerate().map(required).collect()
    }

    pub(crate) async fn run(
        &self,
        job: &JobRef,
        worker: &Worker,
        inputs: Vec<SendableRecordBatchStream>,
        rows: &Rows,
    ) -> Result<(), EngineError> {
        let merge = OpenedMerge::of(job, worker).await?;
        let mut inputs = inputs.into_iter();
        let mut next = || {
            inputs.next().ok_or(ClusterError::Garbled {
                what: "a step of a merge",
                why: "it lacks an input".to_owned(),
            })
        };
        match self {
            Self::CountLabels => labels::count(&merge, next()?, rows).await,
            Self::Events { lengths } => events::read(&merge, *lengths, next()?, rows).await,
            Self::Labels => labels::read(&merge, next()?, rows).await,
            Self::Join => joined::join(&merge, next()?, next()?, rows).await,
            Self::Write => hours::write(&merge, next()?, rows).await,
        }
    }
}
