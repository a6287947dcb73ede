//! The columns that a user's statement gives, as those of hour files.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, cast};
use datafusion::prelude::ident;

use crate::error::EngineError;
use crate::model::OwnSql;
use crate::tables::hour_type;

/// What every row must say of itself, with its type.
const REQUIRED: [(&str, DataType); 7] = [
    ("endpoint", DataType::Utf8),
    ("variant", DataType::Utf8),
    ("key", DataType::Utf8),
    // Its type is not constant.
    ("hour", DataType::Null),
    ("file", DataType::Utf8),
    ("position", DataType::Int64),
    ("record_index", DataType::Int32),
];

/// Names of the path, which no file has.
const OF_THE_PATH: [&str; 3] = ["model", "date", "hh"];

/// The columns of the hour files, in the statement's order.
pub(super) struct Shape {
    /// All columns, endpoint and variant too, with the types that they have in the files.
    all: Vec<Field>,
    schema: SchemaRef,
}

impl Shape {
    /// Checks that a statement gives what an hour file needs.
    pub(super) fn of(given: &DFSchema, sql: &OwnSql) -> Result<Self, EngineError> {
        let names: Vec<&str> = given.fields().iter().map(|f| f.name().as_str()).collect();
        let missing: Vec<&str> = REQUIRED
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !names.contains(name))
            .collect();
        let refuse = |why: String| {
            let file = sql.file.clone();
            Err(EngineError::OwnSqlShape { file, why })
        };
        if !missing.is_empty() {
            return refuse(format!(
                "it gives no column {}; it gives {}",
                missing.join(", "),
                names.join(", ")
            ));
        }
        for (at, name) in names.iter().enumerate() {
            if names.iter().take(at).any(|other| other == name) {
                return refuse(format!("it gives the column {name} twice"));
            }
            if OF_THE_PATH.contains(name) {
                return refuse(format!(
                    "it gives a column {name}, which the path of an hour file has"
                ));
            }
        }
        let all: Vec<Field> = given
            .fields()
            .iter()
            .map(|field| Field::new(field.name(), file_type(field), true))
            .collect();
        let kept = all.iter().filter(|field| !is_of_path(field.name()));
        let schema = Arc::new(Schema::new(kept.cloned().collect::<Vec<_>>()));
        Ok(Self { all, schema })
    }

    /// Columns of the hour files.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn columns(&self) -> Vec<String> {
        let fields = self.schema.fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    /// The rows in the order of the files: by place, then by record, then by all that is left, so that the bytes do not
    /// depend on how the statement ran.
    pub(super) fn sorted(&self, frame: DataFrame) -> Result<DataFrame, DataFusionError> {
        let typed: Vec<Expr> = self
            .all
            .iter()
            .map(|field| cast(ident(field.name()), field.data_type().clone()).alias(field.name()))
            .collect();
        let first = [
            "endpoint",
            "variant",
            "hour",
            "file",
            "position",
            "record_index",
        ];
        let rest = self.all.iter().map(|field| field.name().as_str());
        let rest = rest.filter(|name| !first.contains(name));
        let order = first
            .into_iter()
            .chain(rest)
            .map(|name| ident(name).sort(true, false))
            .collect();
        let rows = frame.select(typed)?;
        rows.sort(order)
    }

    /// What of a sorted batch goes into a file.
    pub(super) fn rows(&self, batch: &RecordBatch) -> Result<RecordBatch, EngineError> {
        let arrays = self
            .columns()
            .iter()
            .map(|name| Ok(Arc::clone(batch.column(batch.schema().index_of(name)?))))
            .collect::<Result<Vec<ArrayRef>, EngineError>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }
}

fn is_of_path(name: &str) -> bool {
    matches!(name, "endpoint" | "variant")
}

/// The type of a column in the files: the one that it must have, or a plain form of its own.
fn file_type(field: &Field) -> DataType {
    let required = REQUIRED.iter().find(|(name, _)| name == field.name());
    match (required, field.data_type()) {
        (Some(("hour", _)), _) => hour_type(),
        (Some((_, data_type)), _) => data_type.clone(),
        (None, DataType::Utf8View | DataType::LargeUtf8 | DataType::Null) => DataType::Utf8,
        (None, DataType::BinaryView | DataType::LargeBinary) => DataType::Binary,
        (None, DataType::Dictionary(_, values)) => values.as_ref().clone(),
        (None, data_type) => data_type.clone(),
    }
}
