//! `latest_labels`: of the labels of each key the last. `sql/latest_labels.sql` defines it; where the labels fit
//! memory an operator gives the same rows without sorting or aggregating: it keeps each key's winner.

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod equal;
mod exec;
mod winners;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::datasource::ViewTable;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::guard::{Guard, refusal};
use super::listing::Inputs;
use super::schema::TableKind;
use crate::options::Resources;
use crate::read::{ScanLog, unpacked_bytes};
use exec::LatestLabelsExec;

/// The table; its columns are those of `labels`.
#[derive(Debug)]
pub(crate) struct LatestLabels {
    inputs: Inputs,
    /// The statement, which spills where the operator has no room.
    definition: ViewTable,
    /// Bytes of label files that the operator may hold.
    room: u64,
    resources: Resources,
    log: Arc<ScanLog>,
    guard: Guard,
}

impl LatestLabels {
    pub(crate) fn new(
        inputs: Inputs,
        definition: ViewTable,
        resources: &Resources,
        log: Arc<ScanLog>,
        guard: Guard,
    ) -> Self {
        Self {
            inputs,
            definition,
            // A join holds them once more.
            room: resources.memory_limit / 4,
            resources: resources.clone(),
            log,
            guard,
        }
    }

    /// With so much room for label files.
    #[cfg(test)]
    pub(crate) fn with_room(self, room: u64) -> Self {
        Self { room, ..self }
    }
}

#[async_trait]
impl TableProvider for LatestLabels {
    fn schema(&self) -> SchemaRef {
        TableKind::Labels.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let labels = self.inputs.list(None).await?.inputs;
        // A filter chooses among the winners, and all labels are read for these.
        if !self.guard.allows(&labels, None, state) {
            return Err(refusal("latest_labels", &labels).into());
        }
        let bytes = unpacked_bytes(&labels);
        let schema = match projection {
            Some(indices) => Arc::new(self.schema().project(indices)?),
            None => self.schema(),
        };
        // The file's name stands in every row that asks for it.
        let held = match schema.index_of("file") {
            Ok(_) => bytes.saturating_mul(2),
            Err(_) => bytes,
        };
        if held > self.room {
            return self
                .definition
                .scan(state, projection, filters, limit)
                .await;
        }
        Ok(Arc::new(LatestLabelsExec::new(
            schema,
            labels,
            bytes,
            self.resources.clone(),
            Arc::clone(&self.log),
            state.config().target_partitions(),
        )))
    }
}
