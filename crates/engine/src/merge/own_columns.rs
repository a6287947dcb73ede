//! The model's own columns (design.md, `columns`): payload fields by selector, parsed once a payload, and SQL
//! expressions over them and the columns of the hour files.

mod named;

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::DFSchema;
use datafusion::dataframe::DataFrame;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, ExprSchemable, lit, try_cast};
use datafusion::prelude::{SessionContext, col};

use super::output;
use super::row_expression::row_expression;
use crate::error::EngineError;
use crate::functions::{self, misfit_of};
use crate::model::{ColumnSource, ColumnType, OwnColumn, PayloadSide};
use crate::options::Resources;
use crate::run_table::COMMENT;
use crate::session::new_context;
use crate::tables::{TableKind, hour_type};

pub(crate) use named::named;

/// Columns that hold the fields of each payload, on the way.
const STRUCTS: [(PayloadSide, &str); 2] = [
    (PayloadSide::Input, "_own_input"),
    (PayloadSide::Output, "_own_output"),
];

impl ColumnType {
    /// Its Arrow type.
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::String => DataType::Utf8,
            Self::Double => DataType::Float64,
            Self::Bigint => DataType::Int64,
            Self::Boolean => DataType::Boolean,
            Self::Timestamp => hour_type(),
        }
    }

    /// The type that holds the values of an expression of this one.
    fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
                Self::String
            }
            DataType::Boolean => Self::Boolean,
            DataType::Timestamp(..) | DataType::Date32 => Self::Timestamp,
            other if other.is_integer() => Self::Bigint,
            other if other.is_numeric() => Self::Double,
            _ => return None,
        })
    }
}

/// Name and type of each own column, in order; checks that each can be computed.
pub(crate) fn own_fields(columns: &[OwnColumn]) -> Result<Vec<Field>, EngineError> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let context = new_context(&Resources::default(), 1)?;
    let fields = known_fields(columns);
    let schema = DFSchema::try_from(Schema::new(fields)).map_err(EngineError::from)?;
    columns
        .iter()
        .map(|column| match &column.source {
            ColumnSource::Payload { .. } => Ok(field(column, None)),
            ColumnSource::Sql(text) => {
                let what = format!("the column `{}`", column.name);
                let expression = row_expression(&context, &schema, &what, text)?;
                if column.data_type.is_some() {
                    return Ok(field(column, None));
                }
                let found = expression.get_type(&schema)?;
                let data_type = ColumnType::of(&found).ok_or_else(|| EngineError::RowRefused {
                    what,
                    text: text.clone(),
                    why: format!("it gives {found}; say the type that it should have"),
                })?;
                Ok(field(column, Some(data_type)))
            }
        })
        .collect()
}

/// Own columns that a prediction has without its label, and their fields: those by selector, and expressions over them
/// and the columns of `predictions`.
pub(crate) fn over_predictions(
    columns: &[OwnColumn],
) -> Result<(Vec<OwnColumn>, Vec<Field>), EngineError> {
    let context = new_context(&Resources::default(), 1)?;
    let plain = TableKind::Predictions.schema();
    let mut known: Vec<Field> = plain.fields().iter().map(|f| f.as_ref().clone()).collect();
    known.extend(selected(columns).map(|(column, ..)| field(column, None)));
    let schema = DFSchema::try_from(Schema::new(known)).map_err(EngineError::from)?;
    let fields = own_fields(columns)?;
    Ok(columns
        .iter()
        .zip(fields)
        .filter(|(column, _)| match &column.source {
            ColumnSource::Payload { .. } => true,
            ColumnSource::Sql(text) => {
                row_expression(&context, &schema, &column.name, text).is_ok()
            }
        })
        .map(|(column, field)| (column.clone(), field))
        .unzip())
}

fn field(column: &OwnColumn, found: Option<ColumnType>) -> Field {
    let data_type = column.data_type.or(found).unwrap_or(ColumnType::String);
    let comment = match &column.source {
        ColumnSource::Payload { side, selector } => {
            format!("Own column: {selector} of the {}", side.as_str())
        }
        ColumnSource::Sql(text) => format!("Own column: {text}"),
    };
    Field::new(&column.name, data_type.arrow(), true)
        .with_metadata(HashMap::from([(COMMENT.to_owned(), comment)]))
}

/// Columns by selector: side and selector.
fn selected(columns: &[OwnColumn]) -> impl Iterator<Item = (&OwnColumn, PayloadSide, &str)> {
    columns.iter().filter_map(|column| match &column.source {
        ColumnSource::Payload { side, selector } => Some((column, *side, selector.as_str())),
        ColumnSource::Sql(_) => None,
    })
}

/// Columns that say whether a value was there and not of its type, of those by selector that are written and no text.
pub(crate) fn misfit_columns(columns: &[OwnColumn], written: &[String]) -> Vec<String> {
    selected(columns)
        .map(|(column, _, _)| column)
        .filter(|column| !matches!(column.data_type, None | Some(ColumnType::String)))
        .filter(|column| written.contains(&column.name))
        .map(|column| misfit_of(&column.name))
        .collect()
}

/// `rows` with the own columns that can be computed from what it has: by selector from `input` and `output`, then by
/// expression. `fields` are those of [`own_fields`], `misfits` those of [`misfit_columns`] that are to be there too.
pub(crate) fn with_own_columns(
    context: &SessionContext,
    rows: DataFrame,
    columns: &[OwnColumn],
    fields: &[Field],
    misfits: &[String],
) -> Result<DataFrame, EngineError> {
    if columns.is_empty() {
        return Ok(rows);
    }
    let mut all: Vec<Expr> = plain(&rows);
    let mut structs: Vec<Expr> = Vec::new();
    for (side, name) in STRUCTS {
        let fields: Vec<serde_json::Value> = selected(columns)
            .filter(|(_, of, _)| *of == side)
            .map(|(column, _, selector)| {
                let data_type = column.data_type.unwrap_or(ColumnType::String).as_str();
                serde_json::json!([column.name, data_type, selector])
            })
            .collect();
        if fields.is_empty() {
            continue;
        }
        let (payload, encoding) = match side {
            PayloadSide::Input => ("input", "input_encoding"),
            PayloadSide::Output => ("output", "output_encoding"),
        };
        let parsed = functions::payload_struct(!misfits.is_empty()).call(vec![
            col(payload),
            col(encoding),
            lit(serde_json::Value::from(fields).to_string()),
        ]);
        structs.push(parsed.alias(name));
    }
    all.extend(structs);
    let rows = rows.select(all)?;

    let mut all: Vec<Expr> = plain(&rows)
        .into_iter()
        .filter(
            |expr| !matches!(expr, Expr::Column(c) if STRUCTS.iter().any(|(_, n)| *n == c.name)),
        )
        .collect();
    for (column, of, _) in selected(columns) {
        let parsed = STRUCTS.iter().find(|(side, _)| *side == of);
        if let Some((_, parsed)) = parsed {
            all.push(get_field(col(*parsed), column.name.as_str()).alias(&column.name));
            let misfit = misfit_of(&column.name);
            if misfits.contains(&misfit) {
                all.push(get_field(col(*parsed), misfit.as_str()).alias(misfit));
            }
        }
    }
    let rows = rows.select(all)?;

    let mut all: Vec<Expr> = plain(&rows);
    for (column, field) in columns.iter().zip(fields) {
        if let ColumnSource::Sql(text) = &column.source {
            let what = format!("the column `{}`", column.name);
            let value = row_expression(context, rows.schema(), &what, text)?;
            // A value that does not fit its type is null, as with a selector.
            all.push(try_cast(value, field.data_type().clone()).alias(&column.name));
        }
    }
    Ok(rows.select(all)?)
}

/// The columns as they are.
fn plain(rows: &DataFrame) -> Vec<Expr> {
    rows.schema()
        .columns()
        .into_iter()
        .map(Expr::Column)
        .collect()
}

/// Whether a column of the model's own depends on labels: then a label that changes changes it too.
pub(crate) fn own_columns_see_labels(columns: &[OwnColumn]) -> Result<bool, EngineError> {
    let labels = output::COLUMNS
        .iter()
        .filter(|name| name.starts_with("label"));
    let labels: Vec<&str> = labels.copied().collect();
    let context = new_context(&Resources::default(), 1)?;
    let schema =
        DFSchema::try_from(Schema::new(known_fields(columns))).map_err(EngineError::from)?;
    for column in columns {
        if let ColumnSource::Sql(text) = &column.source {
            let expression = row_expression(&context, &schema, &column.name, text)?;
            let mut named = expression.column_refs().into_iter();
            if named.any(|column| labels.contains(&column.name.as_str())) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What an SQL expression of an own column may name.
fn known_fields(columns: &[OwnColumn]) -> Vec<Field> {
    let known: Vec<String> = output::COLUMNS.iter().map(|c| (*c).to_owned()).collect();
    let mut fields: Vec<Field> = output::schema(&known, &[])
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    for place in ["endpoint", "variant"] {
        fields.push(Field::new(place, DataType::Utf8, true));
    }
    fields.extend(selected(columns).map(|(column, _, _)| field(column, None)));
    fields
}
