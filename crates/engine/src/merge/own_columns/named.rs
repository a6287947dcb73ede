//! An own column by expression that stops on a value says which column it is.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;

use crate::error::EngineError;
use crate::model::{ColumnSource, OwnColumn};

/// What DataFusion calls an expression that several columns share, and that it computes below them.
const SHARED: &str = "__common_expr";

/// The plan, in which whatever computes an own column by expression names it in its errors. Done to the finished plan,
/// so that no optimizer sees it.
pub(crate) fn named(
    plan: Arc<dyn ExecutionPlan>,
    columns: &[OwnColumn],
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    let by_expression = columns
        .iter()
        .filter(|column| matches!(column.source, ColumnSource::Sql(_)));
    let mut owners: BTreeMap<String, Vec<String>> = by_expression
        .map(|column| (column.name.clone(), vec![column.name.clone()]))
        .collect();
    if owners.is_empty() {
        return Ok(plan);
    }
    plan.apply(|node| {
        let exprs = node
            .downcast_ref::<ProjectionExec>()
            .map_or(&[][..], ProjectionExec::expr);
        for ProjectionExpr { expr, alias } in exprs {
            let Some(of) = owners.get(alias).cloned() else {
                continue;
            };
            for shared in collect_columns(expr) {
                if shared.name().starts_with(SHARED) {
                    let known = owners.entry(shared.name().to_owned()).or_default();
                    known.extend(of.clone());
                    known.sort();
                    known.dedup();
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let named = plan.transform_up(|node| {
        let Some(projection) = node.downcast_ref::<ProjectionExec>() else {
            return Ok(Transformed::no(node));
        };
        let exprs = projection
            .expr()
            .iter()
            .map(|of| match owners.get(&of.alias) {
                Some(names) if !of.expr.is::<Column>() => {
                    let expr = Arc::new(Named {
                        what: described(names),
                        expr: Arc::clone(&of.expr),
                    });
                    ProjectionExpr::new(expr, &of.alias)
                }
                _ => of.clone(),
            });
        let input = Arc::clone(projection.input());
        let renamed = ProjectionExec::try_new(exprs.collect::<Vec<_>>(), input)?;
        Ok(Transformed::yes(Arc::new(renamed)))
    })?;
    Ok(named.data)
}

/// ``the column `a` ``; where columns share what stopped, all of them.
fn described(names: &[String]) -> String {
    match names {
        [name] => format!("the column `{name}`"),
        names => format!("the columns `{}`", names.join("`, `")),
    }
}

/// An expression whose errors say what it computes.
#[derive(Debug)]
struct Named {
    what: String,
    expr: Arc<dyn PhysicalExpr>,
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what && self.expr.eq(&other.expr)
    }
}

impl Eq for Named {}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.what.hash(state);
        self.expr.hash(state);
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl PhysicalExpr for Named {
    fn data_type(&self, input: &Schema) -> Result<DataType> {
        self.expr.data_type(input)
    }

    fn nullable(&self, input: &Schema) -> Result<bool> {
        self.expr.nullable(input)
    }

    fn return_field(&self, input: &Schema) -> Result<FieldRef> {
        self.expr.return_field(input)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.expr.evaluate(batch).map_err(|source| match source {
            // It has its words already.
            DataFusionError::External(_) => source,
            source => EngineError::Computed {
                what: self.what.clone(),
                source: Box::new(source),
            }
            .into(),
        })
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.expr]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let expr = children.into_iter().next();
        Ok(Arc::new(Self {
            what: self.what.clone(),
            expr: expr.unwrap_or_else(|| Arc::clone(&self.expr)),
        }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt_sql(f)
    }
}
