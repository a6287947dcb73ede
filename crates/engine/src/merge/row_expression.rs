//! SQL expressions that users write about one record: a model's `where` and its own columns.

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, ExprSchemable, Volatility};
use datafusion::prelude::SessionContext;

use crate::error::EngineError;

/// Longest expression.
const LONGEST: usize = 64 << 10;

/// The expression `text` over the columns of `schema`; `what` names it in messages. It must be about one row and give
/// the same value each time.
pub(crate) fn row_expression(
    context: &SessionContext,
    schema: &DFSchema,
    what: &str,
    text: &str,
) -> Result<Expr, EngineError> {
    let failed = |source: DataFusionError| EngineError::Row {
        what: what.to_owned(),
        text: text.to_owned(),
        source: Box::new(source),
    };
    if text.len() > LONGEST {
        return Err(refused(what, "…", "it is longer than 64 KiB"));
    }
    let parsed = context.parse_sql_expr(text, schema).map_err(failed)?;
    let mut why = None;
    let mut varying = None;
    parsed
        .apply(|expr| {
            if let Expr::ScalarFunction(call) = expr
                && call.func.signature().volatility != Volatility::Immutable
            {
                varying.get_or_insert_with(|| call.func.name().to_owned());
            }
            let found = match expr {
                Expr::AggregateFunction(_) | Expr::WindowFunction(_) => {
                    Some("it asks for more than one record")
                }
                Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) => {
                    Some("it has a query inside")
                }
                Expr::Placeholder(_) => Some("it has a parameter"),
                _ => None,
            };
            why = why.or(found);
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(failed)?;
    if let Some(function) = varying {
        return Err(EngineError::Varying {
            what: what.to_owned(),
            function,
        });
    }
    match why {
        Some(why) => Err(refused(what, text, why)),
        None => {
            parsed.get_type(schema).map_err(failed)?;
            Ok(parsed)
        }
    }
}

/// An expression that must be true or false.
pub(crate) fn condition(
    context: &SessionContext,
    schema: &DFSchema,
    what: &str,
    text: &str,
) -> Result<Expr, EngineError> {
    let parsed = row_expression(context, schema, what, text)?;
    match parsed.get_type(schema)? {
        DataType::Boolean | DataType::Null => Ok(parsed),
        other => {
            let why = format!("it gives {other} instead of true or false");
            Err(refused(what, text, &why))
        }
    }
}

fn refused(what: &str, text: &str, why: &str) -> EngineError {
    EngineError::RowRefused {
        what: what.to_owned(),
        text: text.to_owned(),
        why: why.to_owned(),
    }
}
