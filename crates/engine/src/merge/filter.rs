//! The model's `where`: which prediction records the merge is about (design.md, `where`).

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::{cast, prep_null_mask_filter};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::prelude::SessionContext;
use groundline_capture::Column;

use super::row_expression::condition;
use crate::error::EngineError;
use crate::model::Model;
use crate::options::Resources;
use crate::session::new_context;
use crate::tables::{Input, TableKind};

/// The condition, ready for batches of records.
pub(crate) struct RecordFilter {
    expression: Arc<dyn PhysicalExpr>,
    /// The columns that it reads, in their order there.
    schema: SchemaRef,
    /// Those of them that the decoder makes.
    columns: Vec<Column>,
}

impl RecordFilter {
    /// The filter of a model that has one.
    pub(crate) fn of(model: &Model) -> Result<Option<Self>, EngineError> {
        let Some(text) = &model.filter else {
            return Ok(None);
        };
        let context = new_context(&Resources::default(), 1)?;
        let parsed = filter_expression(&context, text)?;
        let names: BTreeSet<String> = parsed
            .column_refs()
            .into_iter()
            .map(|column| column.name.clone())
            .collect();
        let all = TableKind::Predictions.schema();
        let fields = all.fields().iter();
        let read = fields.filter(|field| names.contains(field.name().as_str()));
        let schema = Arc::new(Schema::new(read.cloned().collect::<Vec<_>>()));
        let known = DFSchema::try_from(Arc::clone(&schema))?;
        // Some functions are rewritten while they are simplified, and cannot run as they stand.
        let rules = SimplifyContext::builder()
            .with_schema(Arc::new(known.clone()))
            .build();
        let simplifier = ExprSimplifier::new(rules);
        let parsed = simplifier.coerce(parsed, &known)?;
        let parsed = simplifier.simplify(parsed)?;
        let expression = context.create_physical_expr(parsed, &known)?;
        let decoded = TableKind::Predictions.decoded().iter();
        let columns = decoded.filter(|column| names.contains(column.name()));
        Ok(Some(Self {
            expression,
            schema,
            columns: columns.copied().collect(),
        }))
    }

    /// Columns that must be decoded for it.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Which records of a batch of `input` meet the condition.
    pub(crate) fn keeps(
        &self,
        batch: &RecordBatch,
        input: &Input,
    ) -> Result<BooleanArray, EngineError> {
        let rows = batch.num_rows();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        let constants = TableKind::Predictions.partitions();
        for field in self.schema.fields() {
            let constant = constants.iter().position(|name| name == field.name());
            arrays.push(match constant {
                Some(at) => input
                    .partition_values()
                    .get(at)
                    .unwrap_or(&ScalarValue::Null)
                    .to_array_of_size(rows)?,
                None => Arc::clone(batch.column(batch.schema().index_of(field.name())?)),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?;
        let met = self.expression.evaluate(&batch);
        let met = met.map_err(|source| EngineError::Computed {
            what: "`where`".to_owned(),
            source: Box::new(source),
        })?;
        let met = met.into_array(rows)?;
        let met = cast(&met, &DataType::Boolean)?;
        let met = met.as_boolean();
        // As in SQL: what is neither true nor false is not true.
        Ok(match met.null_count() {
            0 => met.clone(),
            _ => prep_null_mask_filter(met),
        })
    }
}

/// The condition as an expression over `predictions`.
pub(crate) fn filter_expression(context: &SessionContext, text: &str) -> Result<Expr, EngineError> {
    let schema = DFSchema::try_from(TableKind::Predictions.schema())?;
    condition(context, &schema, "where", text)
}
