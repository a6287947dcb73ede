//! SQL over the raw files, over what runs left behind, and over any Parquet, CSV or JSON file.

mod elsewhere;
mod export;
mod file_kind;
mod missing_table;
mod remote_location;
mod row_groups;

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::datasource::{MemTable, ViewTable};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{CsvReadOptions, JsonReadOptions, ParquetReadOptions, SessionContext};
use datafusion::scalar::ScalarValue;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Whitespace};
use futures::StreamExt;
use groundline_capture::LabelId;
use groundline_store::{Hour, Stores, any_below, encoded_name};

use elsewhere::Elsewhere;
use export::Export;
pub(crate) use file_kind::FileKind;
use remote_location::refuse_remote_location;

use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::label_source::LabelSource;
use crate::merge::{over_predictions, run_table_schema, with_own_columns};
use crate::model::OwnColumn;
use crate::options::Resources;
use crate::read::{IdRules, ScanLog};
use crate::report::RejectGroup;
use crate::run_table::RunTable;
use crate::session::{Parameter, new_context, refuse_start_setting, statement};
use crate::tables::{Guard, HourTable, Inputs, LatestLabels, TableKind, shown_only};
use crate::warehouse::LazyTable;

/// What a session's tables are made of.
#[derive(Clone, Debug, Default)]
pub struct SqlInputs {
    /// Root of endpoint captures.
    pub captures: Option<String>,
    /// Root of transforms, `--map` entries, hour for outputs that nothing places.
    pub transforms: Option<(String, Vec<String>, Option<Hour>)>,
    /// Where labels come from.
    pub labels: Option<LabelSource>,
    /// Where label records hold their id.
    pub label_id: LabelId,
    /// Selector of the id of a prediction record.
    pub id_attribute: Option<String>,
    /// The model's own columns, which `predictions` has as far as they need no label.
    pub columns: Vec<OwnColumn>,
    /// Output folder of runs: registers `merged`, `rejects`, `ledger`, `unmatched_labels`.
    pub out: Option<String>,
    /// Of these only some; empty means all. Each costs a look at the footers of its files.
    pub run_tables: Vec<RunTable>,
    /// Globs over endpoints and variants; empty means all.
    pub endpoints: Vec<String>,
    pub variants: Vec<String>,
    /// Name and path of Parquet, CSV or JSON files or folders.
    pub files: Vec<(String, String)>,
    /// Tables of remote stores may be read without a condition on `hour`.
    pub all: bool,
}

/// Parts of a query for each core of a cluster, so that the last ones are short.
const TASKS_PER_CORE: usize = 2;

/// The table, and the statement that defines it.
const LATEST_LABELS: &str = "latest_labels";

/// A session with its tables.
pub struct SqlSession {
    context: SessionContext,
    log: Arc<ScanLog>,
    label_table: Option<Arc<LazyTable>>,
    elsewhere: Option<Elsewhere>,
    /// Bytes for row groups that are gathered and encoded.
    export_room: usize,
}

impl std::fmt::Debug for SqlSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlSession").finish_non_exhaustive()
    }
}

impl SqlSession {
    /// Registers every table that `inputs` names.
    ///
    /// `catalog` has the statements that define a table by others.
    pub async fn open(
        inputs: &SqlInputs,
        catalog: &Catalog,
        resources: &Resources,
    ) -> Result<Self, EngineError> {
        let partitions = match &resources.cluster {
            Some(cluster) => cluster.cores().await?.saturating_mul(TASKS_PER_CORE),
            None => resources.threads,
        };
        let context = new_context(resources, partitions)?;
        let log = Arc::new(ScanLog::default());
        let guard = match inputs.all {
            true => Guard::Open,
            false => Guard::Closed,
        };
        let table = |kind, inputs| {
            let (limits, split_size) = (resources.limits, resources.split_size);
            let table = HourTable::new(kind, inputs, limits, split_size, Arc::clone(&log));
            Arc::new(table.with_guard(guard))
        };
        let ids = Arc::new(IdRules::new(
            inputs.label_id.clone(),
            inputs.id_attribute.as_deref(),
        )?);
        let stores = &resources.stores;
        let mut predictions = Vec::new();
        if let Some(captures) = &inputs.captures {
            let (endpoints, variants) = (&inputs.endpoints, &inputs.variants);
            let captures = Inputs::captures(stores, captures, endpoints, variants)
                .await?
                .identified(&ids);
            context.register_table("captures", table(TableKind::Captures, captures.clone()))?;
            predictions.push(captures);
        }
        if let Some((uri, map, hour)) = &inputs.transforms {
            let transforms = Inputs::transforms(stores, uri, map, *hour)
                .await?
                .identified(&ids);
            context.register_table(
                "transforms",
                table(TableKind::Transforms, transforms.clone()),
            )?;
            predictions.push(transforms);
        }
        if !predictions.is_empty() {
            let predictions = table(TableKind::Predictions, Inputs::Union(predictions));
            let with_own: Arc<dyn TableProvider> = match inputs.columns.as_slice() {
                [] => predictions,
                columns => {
                    let (columns, fields) = over_predictions(columns)?;
                    let plain = context.read_table(predictions)?;
                    with_own_columns(&context, plain, &columns, &fields, &[])?.into_view()
                }
            };
            context.register_table("predictions", with_own)?;
        }
        let mut label_table = None;
        if let Some(labels) = &inputs.labels {
            let labels = match labels {
                LabelSource::GroundTruth { uri } => {
                    Inputs::labels(stores, uri).await?.identified(&ids)
                }
                LabelSource::Table(table) => {
                    let table = Arc::new(LazyTable::new(table, resources));
                    label_table = Some(Arc::clone(&table));
                    Inputs::Table(table)
                }
            };
            context.register_table("labels", table(TableKind::Labels, labels.clone()))?;
            let frame = statement(&context, catalog, LATEST_LABELS, &[]).await?;
            let definition = ViewTable::new(frame.logical_plan().clone(), None);
            // The operator is one process's.
            let as_written = catalog.replaces(LATEST_LABELS) || resources.cluster.is_some();
            let latest: Arc<dyn TableProvider> = match as_written {
                true => Arc::new(definition),
                false => {
                    let log = Arc::clone(&log);
                    Arc::new(LatestLabels::new(labels, definition, resources, log, guard))
                }
            };
            context.register_table(LATEST_LABELS, latest)?;
        }
        let session = Self {
            context,
            log,
            label_table,
            elsewhere: resources.cluster.as_ref().map(Elsewhere::new),
            export_room: usize::try_from(resources.memory_limit / 8).unwrap_or(usize::MAX),
        };
        if let Some(out) = &inputs.out {
            // A folder that is not there is a mistake; one without a run is not.
            stores.open(out).await?;
            let wanted = |table: &RunTable| {
                inputs.run_tables.is_empty() || inputs.run_tables.contains(table)
            };
            for table in RunTable::ALL.into_iter().filter(wanted) {
                session.register_run_table(stores, out, table).await?;
            }
        }
        for (name, path) in &inputs.files {
            session.register_file(stores, name, path).await?;
        }
        Ok(session)
    }

    /// Runs one statement; rows stream.
    pub async fn execute(&self, statement: &str) -> Result<SqlResult, EngineError> {
        let plan = self.context.state().create_logical_plan(statement).await;
        let plan = plan.map_err(|error| missing_table::explained(&self.context, error))?;
        refuse_start_setting(&plan)?;
        refuse_remote_location(&plan)?;
        let context = match &plan {
            LogicalPlan::Explain(_) => shown_only(&self.context),
            _ => self.context.clone(),
        };
        let frame = context.execute_logical_plan(plan).await?;
        let batches = match &self.elsewhere {
            Some(elsewhere) => elsewhere.execute(frame).await?,
            None => frame.execute_stream().await?,
        };
        Ok(SqlResult {
            schema: batches.schema(),
            batches,
        })
    }

    /// Whether a table has a column: hour files may have been written with fewer.
    pub async fn has_column(&self, table: RunTable, column: &str) -> Result<bool, EngineError> {
        let table = self.context.table(table.name()).await?;
        Ok(table.schema().has_column_with_unqualified_name(column))
    }

    /// The rows of a shipped statement with text parameters; null for `None`. At least one batch, so that the columns are
    /// known.
    pub async fn shipped(
        &self,
        name: &str,
        parameters: &[(&'static str, Option<&str>)],
    ) -> Result<Vec<RecordBatch>, EngineError> {
        let parameters: Vec<Parameter> = parameters
            .iter()
            .map(|(name, value)| (*name, ScalarValue::Utf8(value.map(str::to_owned))))
            .collect();
        let frame = statement(&self.context, &Catalog::default(), name, &parameters).await?;
        let schema = Arc::clone(frame.schema().inner());
        let mut batches = frame.collect().await?;
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok(batches)
    }

    /// The statements of a text, split at `;`.
    pub fn split_statements(text: &str) -> Result<Vec<String>, EngineError> {
        // A script with a mistake in it runs nothing.
        DFParser::parse_sql(text)?;
        let dialect = GenericDialect {};
        let tokens = Tokenizer::new(&dialect, text)
            .with_unescape(false)
            .tokenize()
            .map_err(|e| EngineError::from(DataFusionError::Plan(e.to_string())))?;
        // The text itself is kept: printed back from its parse, not every statement is the same.
        let mut statements = vec![String::new()];
        for token in tokens {
            match (token, statements.last_mut()) {
                (Token::SemiColon, _) => statements.push(String::new()),
                (
                    Token::Whitespace(
                        Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_),
                    ),
                    Some(last),
                ) => {
                    last.push(' ');
                }
                (token, Some(last)) => last.push_str(&token.to_string()),
                (_, None) => {}
            }
        }
        let statements = statements.into_iter().map(|s| s.trim().to_owned());
        Ok(statements.filter(|s| !s.is_empty()).collect())
    }

    /// Rejects that the scans met since the last call, by reason.
    pub fn take_reject_summary(&self) -> Vec<RejectGroup> {
        let elsewhere = self.elsewhere.iter();
        let mut groups: Vec<RejectGroup> = elsewhere.flat_map(Elsewhere::take_rejects).collect();
        let of_table = self
            .label_table
            .iter()
            .flat_map(|table| table.take_rejects());
        let of_table = of_table.map(|(key, reject)| {
            let place = format!("row {}", reject.position.saturating_add(1));
            (key, reject, place)
        });
        let of_logs = self.log.take().into_iter().flat_map(|(key, log)| {
            log.rejects.into_iter().map(move |reject| {
                let place = format!("byte {}", reject.position);
                (key.clone(), reject, place)
            })
        });
        for (key, reject, place) in of_table.chain(of_logs) {
            let (table, reason) = (key.side.as_str(), reject.reason.as_str());
            match groups
                .iter_mut()
                .find(|g| g.table == table && g.reason == reason)
            {
                Some(group) => group.count += 1,
                None => groups.push(RejectGroup {
                    table: table.to_owned(),
                    reason: reason.to_owned(),
                    count: 1,
                    example: format!("{} at {place}: {}", key.file, reject.detail),
                    hint: reject.reason.hint().to_owned(),
                }),
            }
        }
        groups
    }

    /// Writes the rows of one statement to a `.parquet`, `.csv` or `.json`/`.jsonl` file, which appears whole.
    pub async fn write(&self, statement: &str, file: &Path) -> Result<u64, EngineError> {
        let mut result = self.execute(statement).await?;
        let threads = self.context.state().config().target_partitions();
        let mut export = Export::create(file, &result.schema, threads, self.export_room)?;
        while let Some(batch) = result.next().await {
            export.write(batch?).await?;
        }
        export.finish().await
    }

    /// A table that no run has written to yet is there and empty: a script should not break when all is well.
    async fn register_run_table(
        &self,
        stores: &Stores,
        out: &str,
        table: RunTable,
    ) -> Result<(), EngineError> {
        let partitions: Vec<(String, DataType)> = table
            .partitions()
            .iter()
            .map(|column| (column.name.to_owned(), DataType::Utf8))
            .collect();
        if let Some(url) = parquet_below(&self.context, stores, out, table.folder()).await? {
            let options = ParquetReadOptions::default().table_partition_cols(partitions);
            return Ok(self
                .context
                .register_parquet(table.name(), &url, options)
                .await?);
        }
        let mut fields: Vec<FieldRef> = run_table_schema(table).fields().to_vec();
        fields.extend(
            partitions
                .into_iter()
                .map(|(name, data_type)| Arc::new(Field::new(name, data_type, true))),
        );
        let empty = MemTable::try_new(Arc::new(Schema::new(fields)), vec![Vec::new()])?;
        self.context.register_table(table.name(), Arc::new(empty))?;
        Ok(())
    }

    async fn register_file(
        &self,
        stores: &Stores,
        name: &str,
        path: &str,
    ) -> Result<(), EngineError> {
        let url = location(&self.context, stores, path).await?;
        let (kind, extension) = FileKind::of_input(Path::new(path))?;
        match kind {
            FileKind::Parquet => {
                self.context
                    .register_parquet(name, &url, ParquetReadOptions::default())
                    .await?
            }
            FileKind::Csv => {
                self.context
                    .register_csv(name, &url, CsvReadOptions::new())
                    .await?
            }
            FileKind::Json => {
                let extension = format!(".{extension}");
                let options = JsonReadOptions::default().file_extension(&extension);
                self.context.register_json(name, &url, options).await?;
            }
        }
        Ok(())
    }
}

/// What DataFusion reads a folder of an output by; `None` if no Parquet lies below it.
pub(crate) async fn parquet_below(
    context: &SessionContext,
    stores: &Stores,
    out: &str,
    folder: &str,
) -> Result<Option<String>, EngineError> {
    let root = stores.open(out).await?;
    let path = root.child(folder)?;
    // SageMaker's files of executions lie beside the rows of `runs`.
    if !any_below(&root, &path, ".parquet").await? {
        return Ok(None);
    }
    let Some(base) = root.uri() else {
        return literal_url(&Path::new("/").join(path.as_ref())).map(Some);
    };
    let bucket = ListingTableUrl::parse(&base)?.object_store();
    context.register_object_store(bucket.as_ref(), Arc::clone(root.store()));
    // Names that are encoded in keys are so once more in the URI.
    let key = root.key(&path);
    let parts = key.split('/').map(encoded_name).collect::<Vec<_>>();
    Ok(Some(format!(
        "{}/{}/",
        base.trim_end_matches('/'),
        parts.join("/")
    )))
}

/// What DataFusion reads `path` by: a path, or the URI of a store that its context then knows.
pub(crate) async fn location(
    context: &SessionContext,
    stores: &Stores,
    path: &str,
) -> Result<String, EngineError> {
    let root = match path.contains("://") {
        true => Some(stores.open(path).await?),
        false => None,
    };
    match root.as_ref().and_then(|root| Some((root, root.uri()?))) {
        Some((root, uri)) => {
            let bucket = ListingTableUrl::parse(&uri)?.object_store();
            context.register_object_store(bucket.as_ref(), Arc::clone(root.store()));
            Ok(uri)
        }
        None => Ok(folder_url(path)),
    }
}

/// A folder as a URI, in which `[` and `*` are no glob.
pub(crate) fn literal_url(folder: &Path) -> Result<String, EngineError> {
    let path = std::path::absolute(folder).map_err(|source| EngineError::Read {
        file: folder.display().to_string(),
        source,
    })?;
    let path = path.to_string_lossy();
    let parts = path.split('/').map(encoded_name).collect::<Vec<_>>();
    Ok(format!("file://{}/", parts.join("/")))
}

/// A folder needs its slash, or DataFusion takes it for a file.
fn folder_url(path: &str) -> String {
    if Path::new(path).is_dir() && !path.ends_with('/') {
        format!("{path}/")
    } else {
        path.to_owned()
    }
}

/// Rows of a statement as they come.
pub struct SqlResult {
    pub schema: SchemaRef,
    batches: SendableRecordBatchStream,
}

impl std::fmt::Debug for SqlResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlResult")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl SqlResult {
    /// The next rows, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, EngineError>> {
        self.batches
            .next()
            .await
            .map(|batch| batch.map_err(Into::into))
    }
}
