//! Raw files as tables on a cluster: each task gets its files as rows, with everything that reading them takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::expressions::Column as ColumnExpr;
use datafusion::physical_plan::limit::LocalLimitExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};
use futures::StreamExt;
use groundline_capture::{Column, LabelId, Limits};
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::job::build_version;
use super::pinned::{PinnedInput, RootNames};
use super::query::rejected_counter;
use super::rows::{ColumnReader, body_of, read_body};
use super::task::{Rows, TaskExec, Work};
use super::worker::Worker;
use crate::error::EngineError;
use crate::read::{BATCH_BYTES, IdRules, ReadOptions, RecordReader, ScanLog};
use crate::tables::{Input, RecordSource, TableKind};

/// Files of whose rejects a task has counters of their own.
const MOST_NAMED: usize = 100;

/// How a task reads the files that its rows name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ScanWork {
    build: String,
    kind: TableKind,
    /// Columns by their number in the table: first those of the files, then those of the path.
    columns: Vec<usize>,
    limits: Limits,
    label_id: LabelId,
    id_attribute: Option<String>,
}

/// A file as a row.
#[derive(Serialize, Deserialize)]
struct ScanFile {
    roots: Vec<String>,
    input: PinnedInput,
}

/// The same plan with scans of raw files that can be shipped.
pub(crate) fn distributed_scans(
    plan: Arc<dyn ExecutionPlan>,
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    let shipped = plan.transform_up(|node| {
        let scan = node.downcast_ref::<DataSourceExec>();
        let scan = scan.and_then(|exec| exec.downcast_to_file_source::<RecordSource>());
        Ok(match scan {
            Some((config, source)) => Transformed::yes(shipped(config, source)?),
            None => Transformed::no(node),
        })
    });
    Ok(shipped.data()?)
}

fn shipped(config: &FileScanConfig, source: &RecordSource) -> Result<Arc<dyn ExecutionPlan>> {
    let mut partitions = Vec::with_capacity(config.file_groups.len());
    let mut ids: Option<Arc<IdRules>> = None;
    for group in &config.file_groups {
        let mut names = Vec::new();
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for file in group.iter() {
            let Some(input) = file.extension::<Arc<Input>>() else {
                continue;
            };
            let mut roots = RootNames::default();
            let pinned = PinnedInput::of(input, &mut roots).map_err(EngineError::from)?;
            let file_row = ScanFile {
                roots: roots.into_names(),
                input: pinned,
            };
            ids.get_or_insert_with(|| Arc::clone(&input.ids));
            names.push(String::from_utf8_lossy(&body_of(&file_row)?).into_owned());
            let range = file.range.as_ref();
            from.push(range.map(|range| range.start.unsigned_abs()));
            to.push(range.map(|range| range.end.unsigned_abs()));
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(names)),
            Arc::new(UInt64Array::from(from)),
            Arc::new(UInt64Array::from(to)),
        ];
        partitions.push(vec![RecordBatch::try_new(files_schema(), columns)?]);
    }
    let files = MemorySourceConfig::try_new_exec(&partitions, files_schema(), None)?;
    let ids = ids.unwrap_or_default();
    let mut columns = source.needed();
    if columns.is_empty() {
        // Rows of no column have no number on every way that they go; the position is cheap.
        columns.push(0);
    }
    let work = ScanWork {
        build: build_version(),
        kind: source.kind(),
        columns: columns.clone(),
        limits: source.limits(),
        label_id: ids.label_id.clone(),
        id_attribute: ids.attribute.as_ref().map(ToString::to_string),
    };
    let scan: Arc<dyn ExecutionPlan> = TaskExec::new(Work::Scan(work), None, None, vec![files])?;
    let projected = source
        .projected()
        .into_iter()
        .map(|(expr, alias)| {
            let expr = moved(expr, &columns)?;
            Ok(ProjectionExpr { expr, alias })
        })
        .collect::<Result<Vec<_>>>()?;
    let projected: Arc<dyn ExecutionPlan> = Arc::new(ProjectionExec::try_new(projected, scan)?);
    Ok(match config.limit {
        Some(limit) => Arc::new(LocalLimitExec::new(projected, limit)),
        None => projected,
    })
}

/// An expression over the table as one over the columns that a task reads.
fn moved(expr: Arc<dyn PhysicalExpr>, columns: &[usize]) -> Result<Arc<dyn PhysicalExpr>> {
    expr.transform_up(|expr| {
        let Some(column) = expr.downcast_ref::<ColumnExpr>() else {
            return Ok(Transformed::no(expr));
        };
        let at = columns.iter().position(|known| *known == column.index());
        let at = at.ok_or_else(|| {
            datafusion::common::internal_datafusion_err!("column {column} is not read")
        })?;
        Ok(Transformed::yes(
            Arc::new(ColumnExpr::new(column.name(), at)) as _,
        ))
    })
    .data()
}

fn files_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::Utf8, false),
        Field::new("from", DataType::UInt64, true),
        Field::new("to", DataType::UInt64, true),
    ]))
}

impl ScanWork {
    pub(super) fn schema(&self) -> Result<SchemaRef> {
        Ok(Arc::new(self.table().project(&self.columns)?))
    }

    /// Columns of the files, then those of the path.
    fn table(&self) -> Schema {
        let mut fields = self.kind.file_schema().fields().to_vec();
        fields.extend(self.kind.partition_fields());
        Schema::new(fields)
    }

    pub(super) async fn run(
        self,
        worker: &Worker,
        inputs: Vec<SendableRecordBatchStream>,
        rows: &Rows,
        count: impl Fn(String, usize),
    ) -> Result<(), EngineError> {
        let ours = build_version();
        if self.build != ours {
            let theirs = self.build;
            return Err(ClusterError::OtherBuild { theirs, ours }.into());
        }
        let ids = Arc::new(IdRules::new(
            self.label_id.clone(),
            self.id_attribute.as_deref(),
        )?);
        let decoded = self.kind.decoded();
        let columns: Vec<Column> = self
            .columns
            .iter()
            .filter_map(|number| decoded.get(*number).copied())
            .collect();
        let options = ReadOptions {
            grain: self.kind.grain(),
            columns,
            batch_rows: worker.resources.batch_size,
            batch_bytes: BATCH_BYTES,
            limits: self.limits,
            log: Arc::new(ScanLog::default()),
            progress: None,
        };
        let schema = self.schema()?;
        let (mut named, mut many) = (0, None);
        for mut files in inputs {
            while let Some(batch) = files.next().await.transpose()? {
                let columns = ColumnReader(&batch);
                let names = columns.text(0)?;
                let (from, to) = (
                    columns.number::<UInt64Type>(1)?,
                    columns.number::<UInt64Type>(2)?,
                );
                for row in 0..batch.num_rows() {
                    let file: ScanFile = read_body(names.value(row).as_bytes())?;
                    let roots = RootNames::open(&file.roots, &worker.resources.stores).await?;
                    let input = file.input.open(&roots, &ids)?;
                    let range = from.is_valid(row).then(|| (from.value(row), to.value(row)));
                    let mut reader = RecordReader::open(&input, range, &options).await?;
                    while let Some(read) = reader.next().await? {
                        let read = self.with_path(&schema, &input, &read)?;
                        if rows.send(Ok(read)).await.is_err() {
                            return Ok(());
                        }
                    }
                    for (key, log) in options.log.take() {
                        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
                        for reject in log.rejects {
                            *reasons.entry(reject.reason.as_str()).or_default() += 1;
                        }
                        for (reason, rejected) in reasons {
                            named += 1;
                            if named == MOST_NAMED {
                                many = Some((key.start, key.file.clone()));
                            }
                            let place = match &many {
                                Some((start, file)) => (*start, file.as_str()),
                                None => (key.start, key.file.as_str()),
                            };
                            let table = key.side.as_str();
                            let name = rejected_counter(table, reason, place, many.is_some());
                            count(name, rejected);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The columns that were asked for, of a file's records and its path.
    fn with_path(
        &self,
        schema: &SchemaRef,
        input: &Input,
        read: &RecordBatch,
    ) -> Result<RecordBatch, EngineError> {
        let files = self.kind.decoded().len();
        let values = input.partition_values();
        let mut decoded = read.columns().iter();
        let arrays = self.columns.iter().map(|number| {
            let of_path = number.checked_sub(files).and_then(|at| values.get(at));
            match of_path {
                Some(value) => Ok(value.to_array_of_size(read.num_rows())?),
                None => decoded.next().cloned().ok_or_else(|| {
                    EngineError::from(ClusterError::Garbled {
                        what: "a scan",
                        why: "it has fewer columns than were asked for".to_owned(),
                    })
                }),
            }
        });
        let arrays = arrays.collect::<Result<Vec<ArrayRef>, EngineError>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(read.num_rows()));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(schema),
            arrays,
            &options,
        )?)
    }
}
