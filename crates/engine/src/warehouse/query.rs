//! What is asked of the files: id, label and time of each row, and its place where it has one.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use super::error::{LabelTableError, listed};
use super::table::{FILENAME, FilesTable, ROW_NUMBER, TableFiles};
use super::text::{Instants, counts, is_text_like};
use crate::error::EngineError;
use crate::label_source::{LabelQuery, LabelTable};
use crate::session::{query, varying_function};

const ID: &str = "id";
const LABEL: &str = "label";
const COLLECTED_AT: &str = "collected_at";

/// The rows: `id`, `label` and `collected_at`, then `filename` and `file_row_number` if `placed`.
pub(super) struct LabelRows {
    pub(super) frame: DataFrame,
    /// Each row is a row of a file.
    pub(super) placed: bool,
}

/// Plans the rows over `files`.
pub(super) async fn plan(
    context: &SessionContext,
    table: &LabelTable,
    files: &Arc<TableFiles>,
) -> Result<LabelRows, EngineError> {
    context.register_table("files", Arc::new(FilesTable::new(Arc::clone(files))))?;
    let rows = match &table.query {
        LabelQuery::Columns {
            id,
            label,
            collected_at,
        } => {
            let frame = context.table("files").await?;
            let [file, number] = files.place_names();
            let mut columns = Vec::new();
            for (key, text) in [(ID, id), (LABEL, label), (COLLECTED_AT, collected_at)] {
                let expression = expression(&frame, key, text, files)?;
                columns.push(expression.alias(key));
            }
            columns.push(Expr::Column(Column::from_name(file)).alias(FILENAME));
            columns.push(Expr::Column(Column::from_name(number)).alias(ROW_NUMBER));
            let frame = frame
                .select(columns)
                .map_err(|source| computing(table, source))?;
            LabelRows {
                frame,
                placed: true,
            }
        }
        LabelQuery::Sql { name, text } => of_sql(context, name, text, files).await?,
    };
    if let Some(function) = varying_function(rows.frame.logical_plan())? {
        return Err(LabelTableError::Varying { function }.into());
    }
    check_types(table, &rows)?;
    Ok(rows)
}

/// An error while rows are computed; errors of ours come back as themselves.
pub(super) fn computing(
    table: &LabelTable,
    source: datafusion::error::DataFusionError,
) -> EngineError {
    match EngineError::from(source) {
        EngineError::Query { source } => LabelTableError::Compute {
            files: table.files.clone(),
            source,
        }
        .into(),
        other => other,
    }
}

/// A column of that very name, or else an expression.
fn expression(
    frame: &DataFrame,
    key: &'static str,
    text: &str,
    files: &TableFiles,
) -> Result<Expr, EngineError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-' | '.');
    if files.columns.index_of(text).is_ok()
        || (!text.is_empty() && text.chars().all(plain) && !is_literal(text))
    {
        files.require(text)?;
        return Ok(Expr::Column(Column::from_name(text)));
    }
    let parsed = frame.parse_sql_expr(text).map_err(|source| {
        // The names in it are known only to those who could read it.
        let named = unknown_column(&source).and_then(|name| files.require(&name).err());
        named.unwrap_or_else(|| LabelTableError::Expression {
            key,
            expression: text.to_owned(),
            source: Box::new(source),
        })
    })?;
    let places = files.place_names();
    let mut names: Vec<&str> = parsed
        .column_refs()
        .into_iter()
        .map(|column| column.name.as_str())
        .filter(|name| !places.iter().any(|place| place == name))
        .collect();
    names.sort_unstable();
    for name in names {
        files.require(name)?;
    }
    Ok(parsed)
}

/// `1` or `true`, which are expressions and no names.
fn is_literal(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        || ["true", "false", "null"].contains(&text.to_lowercase().as_str())
}

/// The column that an error is about.
fn unknown_column(error: &datafusion::error::DataFusionError) -> Option<String> {
    use datafusion::common::SchemaError;
    use datafusion::error::DataFusionError;
    match error.find_root() {
        DataFusionError::SchemaError(error, _) => match error.as_ref() {
            SchemaError::FieldNotFound { field, .. } => Some(field.name.clone()),
            _ => None,
        },
        _ => None,
    }
}

async fn of_sql(
    context: &SessionContext,
    name: &str,
    text: &str,
    files: &TableFiles,
) -> Result<LabelRows, EngineError> {
    let frame = query(context, text)
        .await
        .map_err(|source| LabelTableError::Sql {
            name: name.to_owned(),
            source: Box::new(source),
        })?;
    let schema = frame.schema().clone();
    let has = |column: &str| schema.fields().iter().any(|field| field.name() == column);
    for column in [ID, LABEL, COLLECTED_AT] {
        if !has(column) {
            return Err(LabelTableError::NoResultColumn {
                name: name.to_owned(),
                column,
                columns: listed(schema.fields().iter().map(|field| field.name().as_str())),
            }
            .into());
        }
    }
    let is = |column: &str, data_type: &DataType| {
        let mut fields = schema.fields().iter();
        fields.any(|field| field.name() == column && field.data_type() == data_type)
    };
    let placed = files.place_names() == [FILENAME, ROW_NUMBER]
        && is(FILENAME, &DataType::Utf8)
        && is(ROW_NUMBER, &DataType::Int64);
    let mut columns = vec![ID, LABEL, COLLECTED_AT];
    if placed {
        columns.extend([FILENAME, ROW_NUMBER]);
    }
    // By place among the result's columns: two tables may have a column of one name.
    let columns: Vec<Expr> = schema
        .iter()
        .filter(|(_, field)| columns.contains(&field.name().as_str()))
        .map(|(table, field)| Expr::Column(Column::from((table, field))))
        .collect();
    let frame = frame.select(columns)?.select_columns(match placed {
        true => &[ID, LABEL, COLLECTED_AT, FILENAME, ROW_NUMBER],
        false => &[ID, LABEL, COLLECTED_AT],
    })?;
    Ok(LabelRows { frame, placed })
}

/// Types are the same for every row, so a wrong one is no matter of rejects.
fn check_types(table: &LabelTable, rows: &LabelRows) -> Result<(), EngineError> {
    let expression = |key: &'static str| match &table.query {
        LabelQuery::Columns {
            id,
            label,
            collected_at,
        } => match key {
            ID => id.clone(),
            LABEL => label.clone(),
            _ => collected_at.clone(),
        },
        LabelQuery::Sql { .. } => key.to_owned(),
    };
    for (key, field) in [ID, LABEL, COLLECTED_AT]
        .into_iter()
        .zip(rows.frame.schema().fields())
    {
        let data_type = field.data_type();
        let (good, wanted) = match key {
            ID => (is_text_like(data_type, false), "text or number"),
            LABEL => (is_text_like(data_type, true), "text, number or list"),
            _ => (Instants::reads(data_type), "time"),
        };
        if !good {
            return Err(LabelTableError::WrongType {
                key,
                expression: expression(key),
                found: data_type.to_string(),
                wanted,
                counts: key == COLLECTED_AT && counts(data_type),
            }
            .into());
        }
    }
    Ok(())
}
