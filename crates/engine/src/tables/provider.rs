//! An hour-partitioned table over raw files: prunes hours before it lists, files before it reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::compute::concat;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result, ScalarValue, Statistics, stats::Precision};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use groundline_capture::Limits;
use groundline_store::{Hour, Window};

use super::guard::{Guard, refusal};
use super::input::Input;
use super::listing::Inputs;
use super::schema::TableKind;
use super::source::RecordSource;
use crate::read::{ScanLog, ranges};

/// `captures`, `transforms`, `predictions` or `labels`.
#[derive(Debug)]
pub(crate) struct HourTable {
    kind: TableKind,
    inputs: Inputs,
    schema: SchemaRef,
    limits: Limits,
    split_size: u64,
    log: Arc<ScanLog>,
    guard: Guard,
}

impl HourTable {
    pub(crate) fn new(
        kind: TableKind,
        inputs: Inputs,
        limits: Limits,
        split_size: u64,
        log: Arc<ScanLog>,
    ) -> Self {
        Self {
            kind,
            inputs,
            schema: kind.schema(),
            limits,
            split_size: split_size.max(1),
            log,
            guard: Guard::Open,
        }
    }

    pub(crate) fn with_guard(self, guard: Guard) -> Self {
        Self { guard, ..self }
    }

    fn table_schema(&self) -> TableSchema {
        TableSchema::builder(self.kind.file_schema())
            .with_table_partition_cols(self.kind.partition_fields())
            .build()
    }

    /// Splits large plain objects and deals them out, biggest groups last to fill.
    fn groups(&self, inputs: Vec<Input>, partitions: usize) -> Vec<FileGroup> {
        let mut groups: Vec<(u64, Vec<PartitionedFile>)> = vec![(0, Vec::new()); partitions.max(1)];
        for input in inputs {
            for file in self.files(input) {
                let size = file.effective_size();
                let Some(least) = groups.iter_mut().min_by_key(|(total, _)| *total) else {
                    break;
                };
                least.0 += size.max(1);
                least.1.push(file);
            }
        }
        groups
            .into_iter()
            .filter(|(_, files)| !files.is_empty())
            .map(|(_, files)| FileGroup::new(files))
            .collect()
    }

    fn files(&self, input: Input) -> Vec<PartitionedFile> {
        let size = input.bytes();
        let whole = PartitionedFile::new(input.object.path.to_string(), size)
            .with_partition_values(input.partition_values());
        let ranges = ranges(&input, self.split_size);
        let input = Arc::new(input);
        let end = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let files = ranges.into_iter().map(|range| {
            let file = whole.clone().with_extension(Arc::clone(&input));
            match range {
                Some((from, to)) => file.with_range(end(from), end(to)),
                None => file,
            }
        });
        files.collect()
    }

    /// Whether filters choose hours: they bound them on both sides, or leave out hours that are there. A bound at an hour
    /// that is there counts too: who names the first one means it. `listed` is what lies within the bounds.
    async fn chooses_hours(
        &self,
        filters: &[Expr],
        listed: &[Input],
        state: &dyn Session,
    ) -> Result<bool> {
        let names_hour = |filter: &&Expr| filter.column_refs().iter().any(|c| c.name == "hour");
        let filters: Vec<Expr> = filters.iter().filter(names_hour).cloned().collect();
        if filters.is_empty() {
            return Ok(false);
        }
        let (first, end) = (Hour::from_micros(MIN_MICROS), Hour::from_micros(MAX_MICROS));
        let all = Window {
            from: first,
            to: end,
        };
        let bounds = hour_bounds(&filters).unwrap_or(all);
        let (from, to) = (bounds.from > first, bounds.to < end);
        let there = |hour: Hour| listed.iter().any(|input| input.hour == hour);
        let (first_is_there, last_is_there) = (there(bounds.from), there(bounds.to.plus(-1)));
        if (from && (to || first_is_there)) || (to && last_is_there) {
            return Ok(true);
        }
        let hours = |inputs: &[Input]| inputs.iter().map(|i| i.hour).collect::<BTreeSet<Hour>>();
        let kept = keep(listed.to_vec(), &filters, self.kind, state)?;
        if hours(&kept) != hours(listed) {
            return Ok(true);
        }
        if !from && !to {
            return Ok(false);
        }
        // Nothing within the bounds is left out: is there anything beyond them?
        let (before, after) = self.inputs.nearest(bounds).await?;
        Ok((from && before.is_some()) || (to && after.is_some()))
    }

    /// Rough sizes for the planner.
    fn estimate(&self, inputs: &[Input], table: &TableSchema) -> Statistics {
        let bytes: u64 = inputs.iter().map(Input::bytes).sum();
        let mut statistics = Statistics::new_unknown(table.table_schema());
        statistics.num_rows = Precision::Inexact(
            usize::try_from(bytes / self.kind.row_bytes()).unwrap_or(usize::MAX),
        );
        statistics.total_byte_size =
            Precision::Inexact(usize::try_from(bytes).unwrap_or(usize::MAX));
        statistics
    }
}

#[async_trait]
impl TableProvider for HourTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // What the path alone decides is decided before a byte is read.
        Ok(filters
            .iter()
            .map(|filter| {
                if is_partition_filter(filter, self.kind) {
                    TableProviderFilterPushDown::Exact
                } else {
                    TableProviderFilterPushDown::Unsupported
                }
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let listed = self.inputs.list(hour_bounds(filters)).await?;
        let guarded = !self.guard.allows(&listed.inputs, limit, state);
        let listed_all = guarded.then(|| listed.inputs.clone());
        let inputs = keep(listed.inputs, filters, self.kind, state)?;
        if let Some(listed) = listed_all
            && !self.guard.allows(&inputs, limit, state)
            && !self.chooses_hours(filters, &listed, state).await?
        {
            return Err(refusal(self.kind.name(), &inputs).into());
        }
        let table = self.table_schema();
        let all: Vec<usize>;
        let public = match projection {
            Some(indices) => indices,
            None => {
                all = (0..self.schema.fields().len()).collect();
                &all
            }
        };
        // The user sees design.md's order; DataFusion wants file columns first, then the path's.
        let indices = public
            .iter()
            .map(|i| {
                Ok(table
                    .table_schema()
                    .index_of(self.schema.field(*i).name())?)
            })
            .collect::<Result<Vec<_>>>()?;
        let statistics = self.estimate(&inputs, &table);
        let partitions = at_once(&inputs, state.config().target_partitions());
        let groups = self.groups(inputs, partitions);
        if groups.is_empty() {
            // A scan without files has no partition, which no operator above it expects.
            return Ok(Arc::new(EmptyExec::new(Arc::new(
                self.schema.project(public)?,
            ))));
        }
        let source = RecordSource::new(self.kind, table, self.limits, Arc::clone(&self.log));
        let config =
            FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
                .with_file_groups(groups)
                .with_statistics(statistics)
                .with_projection_indices(Some(indices))?
                .with_limit(limit)
                .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Objects that are read at once: of remote ones more than there are threads, since most of the time is waiting.
fn at_once(inputs: &[Input], threads: usize) -> usize {
    /// Small objects are fetched whole.
    const SMALL: u64 = 512 << 10;
    let remote = inputs.iter().filter(|input| input.is_fetched());
    match remote.map(|input| input.object.size).max() {
        None => threads,
        Some(largest) if largest <= SMALL => threads.saturating_mul(8),
        Some(_) => threads.saturating_mul(2),
    }
}

fn is_partition_filter(filter: &Expr, kind: TableKind) -> bool {
    expr_applicable_for_cols(kind.partitions(), filter) && !filter.column_refs().is_empty()
}

/// The inputs whose path satisfies every filter.
fn keep(
    inputs: Vec<Input>,
    filters: &[Expr],
    kind: TableKind,
    state: &dyn Session,
) -> Result<Vec<Input>> {
    let Some(filter) = conjunction(
        filters
            .iter()
            .filter(|f| is_partition_filter(f, kind))
            .cloned(),
    ) else {
        return Ok(inputs);
    };
    if inputs.is_empty() {
        return Ok(inputs);
    }
    let schema = Arc::new(Schema::new(kind.partition_fields()));
    let rows: Vec<Vec<ScalarValue>> = inputs.iter().map(Input::partition_values).collect();
    let columns = (0..schema.fields().len())
        .map(|c| ScalarValue::iter_to_array(rows.iter().filter_map(|row| row.get(c).cloned())))
        .collect::<Result<Vec<_>>>()?;
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let df_schema = DFSchema::try_from(schema)?;
    let filter = strip_qualifiers(filter)?;
    let predicate = state.create_physical_expr(filter, &df_schema)?;
    let matches = predicate.evaluate(&batch)?.into_array(batch.num_rows())?;
    let matches = concat(&[matches.as_ref()])?;
    let matches = matches.as_boolean();
    Ok(inputs
        .into_iter()
        .enumerate()
        .filter(|(i, _)| matches.is_valid(*i) && matches.value(*i))
        .map(|(_, input)| input)
        .collect())
}

/// Column references without their table's name, as the partition schema knows them.
fn strip_qualifiers(filter: Expr) -> Result<Expr> {
    use datafusion::common::Column;
    use datafusion::common::tree_node::{Transformed, TreeNode};
    filter
        .transform(|expr| {
            Ok(match expr {
                Expr::Column(column) => {
                    Transformed::yes(Expr::Column(Column::from_name(column.name)))
                }
                other => Transformed::no(other),
            })
        })
        .map(|t| t.data)
}

/// Bounds that the filters put on `hour`; only limits the listing, so it may be too wide but never too narrow.
fn hour_bounds(filters: &[Expr]) -> Option<Window> {
    let (mut from, mut to): (Option<i64>, Option<i64>) = (None, None);
    for filter in filters {
        narrow(filter, &mut from, &mut to);
    }
    if from.is_none() && to.is_none() {
        return None;
    }
    const HOUR: i64 = 3_600_000_000;
    let from = from.map_or(Hour::from_micros(MIN_MICROS), Hour::from_micros);
    // An hour is inside when its start is not after the upper bound.
    let to = to.map_or(Hour::from_micros(MAX_MICROS), |t| {
        Hour::from_micros(t.saturating_add(HOUR))
    });
    Some(Window {
        from,
        to: to.max(from),
    })
}

/// 1970 and 2200: no SageMaker hour lies outside.
const MIN_MICROS: i64 = 0;
const MAX_MICROS: i64 = 7_258_118_400_000_000;

fn narrow(filter: &Expr, from: &mut Option<i64>, to: &mut Option<i64>) {
    let mut at_least =
        |v: i64| *from = Some(from.map_or(v, |f| f.max(v)).clamp(MIN_MICROS, MAX_MICROS));
    match filter {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And,
            right,
        }) => {
            narrow(left, from, to);
            narrow(right, from, to);
        }
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Or,
            right,
        }) => {
            // DataFusion makes ORs of short lists. A bound holds if both sides have one.
            let (mut one, mut two) = ((None, None), (None, None));
            narrow(left, &mut one.0, &mut one.1);
            narrow(right, &mut two.0, &mut two.1);
            if let (Some(a), Some(b)) = (one.0, two.0) {
                at_least(i64::min(a, b));
            }
            if let (Some(a), Some(b)) = (one.1, two.1) {
                let high = i64::max(a, b);
                *to = Some(
                    to.map_or(high, |t| t.min(high))
                        .clamp(MIN_MICROS, MAX_MICROS),
                );
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (value, op) = match (is_hour(left), micros(right), micros(left), is_hour(right)) {
                (true, Some(value), _, _) => (value, *op),
                (_, _, Some(value), true) => match op.swap() {
                    Some(op) => (value, op),
                    None => return,
                },
                _ => return,
            };
            let mut at_most =
                |v: i64| *to = Some(to.map_or(v, |t| t.min(v)).clamp(MIN_MICROS, MAX_MICROS));
            match op {
                Operator::Eq => {
                    at_least(value);
                    at_most(value);
                }
                Operator::Gt | Operator::GtEq => at_least(value),
                Operator::Lt => at_most(value.saturating_sub(1)),
                Operator::LtEq => at_most(value),
                _ => {}
            }
        }
        Expr::Between(between) if !between.negated && is_hour(&between.expr) => {
            if let Some(low) = micros(&between.low) {
                at_least(low);
            }
            if let Some(high) = micros(&between.high) {
                *to = Some(
                    to.map_or(high, |t| t.min(high))
                        .clamp(MIN_MICROS, MAX_MICROS),
                );
            }
        }
        Expr::InList(list) if !list.negated && is_hour(&list.expr) => {
            let values: Option<Vec<i64>> = list.list.iter().map(micros).collect();
            if let Some(values) = values
                && let (Some(low), Some(high)) = (values.iter().min(), values.iter().max())
            {
                at_least(*low);
                *to = Some(
                    to.map_or(*high, |t| t.min(*high))
                        .clamp(MIN_MICROS, MAX_MICROS),
                );
            }
        }
        _ => {}
    }
}

fn is_hour(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(column) if column.name == "hour")
}

fn micros(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else {
        return None;
    };
    match value {
        ScalarValue::TimestampSecond(Some(v), _) => v.checked_mul(1_000_000),
        ScalarValue::TimestampMillisecond(Some(v), _) => v.checked_mul(1_000),
        ScalarValue::TimestampMicrosecond(Some(v), _) => Some(*v),
        ScalarValue::TimestampNanosecond(Some(v), _) => Some(v.div_euclid(1_000)),
        _ => None,
    }
}
