//! The file source under DataFusion: projection down to the decoder, constants of the path by DataFusion.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileOpenFuture, FileOpener, FileScanConfig, FileSource,
};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::StreamExt;
use groundline_capture::{Column, Limits};
use object_store::ObjectStore;

use super::input::Input;
use super::schema::TableKind;
use crate::error::EngineError;
use crate::read::{ReadOptions, RecordReader, ScanLog};

/// Reads raw files as one of our tables.
#[derive(Clone)]
pub(crate) struct RecordSource {
    kind: TableKind,
    table: TableSchema,
    limits: Limits,
    log: Arc<ScanLog>,
    batch_size: usize,
    projection: SplitProjection,
    metrics: ExecutionPlanMetricsSet,
}

impl RecordSource {
    pub(crate) fn new(
        kind: TableKind,
        table: TableSchema,
        limits: Limits,
        log: Arc<ScanLog>,
    ) -> Self {
        Self {
            kind,
            projection: SplitProjection::unprojected(&table),
            table,
            limits,
            log,
            batch_size: 8192,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

/// What a scan elsewhere has to know of this one.
impl RecordSource {
    pub(crate) fn kind(&self) -> TableKind {
        self.kind
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Columns of the table that the projection needs, by number and in order.
    pub(crate) fn needed(&self) -> Vec<usize> {
        self.projection.source.column_indices()
    }

    /// Expressions over the table, with their names.
    pub(crate) fn projected(&self) -> Vec<(Arc<dyn PhysicalExpr>, String)> {
        let projected = self.projection.source.iter();
        projected
            .map(|projected| (Arc::clone(&projected.expr), projected.alias.clone()))
            .collect()
    }
}

impl FileSource for RecordSource {
    fn create_file_opener(
        &self,
        _object_store: Arc<dyn ObjectStore>,
        _base_config: &FileScanConfig,
        _partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let decoded = self.kind.decoded();
        let columns: Vec<Column> = self
            .projection
            .file_indices
            .iter()
            .filter_map(|i| decoded.get(*i).copied())
            .collect();
        let opener = Arc::new(RecordOpener {
            options: ReadOptions {
                grain: self.kind.grain(),
                columns,
                batch_rows: self.batch_size,
                batch_bytes: crate::read::BATCH_BYTES,
                limits: self.limits,
                log: Arc::clone(&self.log),
                progress: None,
            },
        });
        ProjectionOpener::try_new(self.projection.clone(), opener, self.table.file_schema())
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self {
            batch_size,
            ..self.clone()
        })
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table.file_schema(), &merged);
        Ok(Some(Arc::new(Self {
            projection,
            ..self.clone()
        })))
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        self.kind.name()
    }

    fn supports_repartitioning(&self) -> bool {
        // The provider has already cut large plain objects into ranges, and knows which can be.
        false
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        datafusion::physical_plan::apply_expression_roots(self.projection.source.iter(), f)
    }
}

/// Opens one object or range.
struct RecordOpener {
    options: ReadOptions,
}

impl FileOpener for RecordOpener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let input = file
            .extension::<Arc<Input>>()
            .cloned()
            .ok_or_else(|| internal_datafusion_err!("a file of our tables without its input"))?;
        let range = file
            .range
            .as_ref()
            .map(|r| (r.start.unsigned_abs(), r.end.unsigned_abs()));
        let options = self.options.clone();
        Ok(Box::pin(async move {
            let reader = RecordReader::open(&input, range, &options).await?;
            let batches = futures::stream::try_unfold(reader, |mut reader| async move {
                let batch = reader.next().await?;
                Ok::<_, EngineError>(batch.map(|batch| (batch, reader)))
            });
            Ok(batches.map(|batch| batch.map_err(Into::into)).boxed())
        }))
    }
}
