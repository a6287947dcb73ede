//! The table `files`: the rows of all files, with the place of each.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use groundline_capture::Limits;
use groundline_store::Stores;

use super::csv;
use super::error::{LabelTableError, listed, near};
use super::files::{FileKind, LabelFiles};
use super::json;
use super::parquet;
use super::rejected::Rejected;
use super::schema::union;
use super::text_file::TextFile;
use super::text_rows::Rows;
use crate::error::EngineError;

/// Files whose columns are looked up at once.
const CONCURRENT: usize = 16;

/// Names of the two columns that say where a row stands, as DuckDB has them.
pub(super) const FILENAME: &str = "filename";
pub(super) const ROW_NUMBER: &str = "file_row_number";

/// The files of a table of labels, and what is in them.
#[derive(Debug)]
pub(super) struct TableFiles {
    pub(super) files: LabelFiles,
    /// Columns of all files together.
    pub(super) columns: SchemaRef,
    /// Columns of each file, in order of the files.
    own: Vec<SchemaRef>,
    limits: Limits,
    pub(super) rejected: Rejected,
}

impl TableFiles {
    pub(super) async fn open(
        stores: &Stores,
        glob: &str,
        limits: &Limits,
    ) -> Result<Self, EngineError> {
        Self::of(LabelFiles::list(stores, glob).await?, limits).await
    }

    /// A table of files that were listed.
    pub(super) async fn of(files: LabelFiles, limits: &Limits) -> Result<Self, EngineError> {
        let own: Vec<SchemaRef> = futures::stream::iter(0..files.objects.len())
            .map(|at| own_columns(&files, at, limits))
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        let named: Vec<(String, SchemaRef)> = files
            .objects
            .iter()
            .zip(&own)
            .map(|(object, schema)| (object.key.clone(), Arc::clone(schema)))
            .collect();
        Ok(Self {
            columns: union(&named)?,
            files,
            own,
            limits: *limits,
            rejected: Rejected::default(),
        })
    }

    /// Refuses a column that a file does not have. A line of JSON may leave a name out, so there one file is enough.
    pub(super) fn require(&self, column: &str) -> Result<(), LabelTableError> {
        let has = |schema: &SchemaRef| schema.index_of(column).is_ok();
        let lacks = match self.files.kind {
            FileKind::Json if has(&self.columns) => None,
            _ => self.own.iter().position(|schema| !has(schema)),
        };
        let Some((object, own)) =
            lacks.and_then(|at| Some((self.files.objects.get(at)?, self.own.get(at)?)))
        else {
            return Ok(());
        };
        let names = || own.fields().iter().map(|field| field.name().as_str());
        Err(LabelTableError::MissingColumn {
            file: object.key.clone(),
            column: column.to_owned(),
            near: near(column, names()),
            columns: listed(names()),
        })
    }

    /// Names of the place columns; a name that the files use themselves gets a mark, so that it still means theirs.
    pub(super) fn place_names(&self) -> [String; 2] {
        [FILENAME, ROW_NUMBER].map(|name| {
            let mut name = name.to_owned();
            while self.columns.index_of(&name).is_ok() {
                name.push('_');
            }
            name
        })
    }

    /// The columns as the table has them: those of the files, then the places.
    fn table_schema(&self) -> SchemaRef {
        let [file, number] = self.place_names();
        let mut fields: Vec<FieldRef> = self.columns.fields().to_vec();
        fields.push(Arc::new(Field::new(file, DataType::Utf8, false)));
        fields.push(Arc::new(Field::new(number, DataType::Int64, false)));
        Arc::new(Schema::new(fields))
    }

    /// The rows of file `at`, with columns by their numbers in the union.
    pub(super) async fn rows(
        self: Arc<Self>,
        at: usize,
        columns: Vec<usize>,
        batch_rows: usize,
    ) -> Result<BoxStream<'static, Result<Rows, EngineError>>, EngineError> {
        let Some(object) = self.files.objects.get(at) else {
            return Ok(futures::stream::empty().boxed());
        };
        let fields = columns
            .iter()
            .filter_map(|column| self.columns.fields().get(*column).cloned());
        let root = &self.files.root;
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        match self.files.kind {
            FileKind::Parquet => parquet::rows(root, object, fields.collect(), batch_rows).await,
            kind => {
                let names = fields.map(|field| field.name().clone()).collect();
                let file = (number, object);
                let rows = TextFile::open(kind, root, file, names, &self.limits).await?;
                let read = (rows, Arc::clone(&self));
                let next = |(mut rows, files): (TextFile, Arc<Self>)| async move {
                    let read = rows.next(&files.rejected).await?;
                    Ok(read.map(|read| (read, (rows, files))))
                };
                Ok(futures::stream::try_unfold(read, next).boxed())
            }
        }
    }
}

async fn own_columns(
    files: &LabelFiles,
    at: usize,
    limits: &Limits,
) -> Result<SchemaRef, EngineError> {
    let Some(object) = files.objects.get(at) else {
        return Ok(Arc::new(Schema::empty()));
    };
    let names = match files.kind {
        FileKind::Parquet => return parquet::schema(&files.root, object).await,
        FileKind::Csv => csv::columns(&files.root, object, limits).await?,
        FileKind::Json => json::columns(&files.root, object, limits).await?,
    };
    let fields: Vec<Field> = names
        .into_iter()
        .map(|name| Field::new(name, DataType::Utf8, true))
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}

/// The table under DataFusion. Filters stay above it: a row's number counts all rows of its file.
#[derive(Debug)]
pub(super) struct FilesTable {
    files: Arc<TableFiles>,
    schema: SchemaRef,
}

impl FilesTable {
    pub(super) fn new(files: Arc<TableFiles>) -> Self {
        Self {
            schema: files.table_schema(),
            files,
        }
    }
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let columns = projection.unwrap_or(&all);
        let schema = Arc::new(self.schema.project(columns)?);
        let mut shares = vec![(0_u64, Vec::new()); state.config().target_partitions().max(1)];
        for (at, object) in self.files.files.objects.iter().enumerate() {
            if let Some((bytes, files)) = shares.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                *bytes += object.size.max(1);
                files.push(at);
            }
        }
        let partitions: Vec<Arc<dyn PartitionStream>> = shares
            .into_iter()
            .filter(|(_, share)| !share.is_empty())
            .map(|(_, share)| {
                Arc::new(Share {
                    schema: Arc::clone(&schema),
                    files: Arc::clone(&self.files),
                    columns: columns.clone(),
                    share,
                }) as Arc<dyn PartitionStream>
            })
            .collect();
        if partitions.is_empty() {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let exec = StreamingTableExec::try_new(schema, partitions, None, [], false, limit)?;
        Ok(Arc::new(exec))
    }
}

/// Some files, read one after the other.
struct Share {
    schema: SchemaRef,
    files: Arc<TableFiles>,
    /// Numbers in the table's schema.
    columns: Vec<usize>,
    share: Vec<usize>,
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("files", &self.share)
            .finish_non_exhaustive()
    }
}

impl PartitionStream for Share {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (files, schema) = (Arc::clone(&self.files), Arc::clone(&self.schema));
        let batch_rows = context.session_config().batch_size();
        let own = files.columns.fields().len();
        let columns = self.columns.clone();
        let read: Vec<usize> = columns.iter().copied().filter(|at| *at < own).collect();
        let batches = futures::stream::iter(self.share.clone())
            .then(move |at| {
                let (files, read) = (Arc::clone(&files), read.clone());
                let (schema, columns) = (Arc::clone(&schema), columns.clone());
                async move {
                    let key = files.files.objects.get(at).map(|object| object.key.clone());
                    let rows = files.rows(at, read, batch_rows).await?;
                    let key = key.unwrap_or_default();
                    Ok::<_, EngineError>(rows.and_then(move |rows| {
                        std::future::ready(placed(rows, &key, &columns, own, &schema))
                    }))
                }
            })
            .try_flatten()
            .map_err(Into::into);
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        ))
    }
}

/// A batch of the columns that were asked for, in their order.
fn placed(
    rows: Rows,
    key: &str,
    columns: &[usize],
    own: usize,
    schema: &SchemaRef,
) -> Result<RecordBatch, EngineError> {
    let count = rows.numbers.len();
    let mut read = rows.columns.into_iter();
    let numbers: ArrayRef = Arc::new(rows.numbers);
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for column in columns {
        match column.checked_sub(own) {
            None => arrays.extend(read.next()),
            Some(0) => {
                let names = std::iter::repeat_n(key, count);
                arrays.push(Arc::new(StringArray::from_iter_values(names)));
            }
            Some(_) => arrays.push(Arc::clone(&numbers)),
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        arrays,
        &options,
    )?)
}
