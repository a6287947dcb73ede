//! A schema as Spark writes it into Parquet files, so that Spark shows the comments as well.

use arrow::datatypes::{DataType, Schema, TimeUnit};
use parquet::file::metadata::KeyValue;
use serde::Serialize;

use super::COMMENT;

/// Where Spark looks for its own schema.
const KEY: &str = "org.apache.spark.sql.parquet.row.metadata";

/// Structs, so that the order of members never depends on how a JSON library was built.
#[derive(Serialize)]
struct Struct<'a> {
    r#type: &'static str,
    fields: Vec<Member<'a>>,
}

#[derive(Serialize)]
struct Member<'a> {
    name: &'a str,
    r#type: &'static str,
    nullable: bool,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

/// The metadata entry; `None` if a column has a type that Spark would have to be told more about: it
/// then reads the Parquet schema, without comments.
pub(crate) fn spark_schema(schema: &Schema) -> Option<KeyValue> {
    let fields = schema
        .fields()
        .iter()
        .map(|field| {
            Some(Member {
                name: field.name(),
                r#type: spark_type(field.data_type())?,
                nullable: field.is_nullable(),
                metadata: Metadata {
                    comment: field.metadata().get(COMMENT).map(String::as_str),
                },
            })
        })
        .collect::<Option<Vec<_>>>()?;
    let r#type = "struct";
    let text = serde_json::to_string(&Struct { r#type, fields }).ok()?;
    Some(KeyValue::new(KEY.to_owned(), text))
}

fn spark_type(data_type: &DataType) -> Option<&'static str> {
    Some(match data_type {
        DataType::Utf8 => "string",
        DataType::Boolean => "boolean",
        DataType::Int32 => "integer",
        DataType::Int64 => "long",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Date32 => "date",
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => "timestamp",
        _ => return None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use arrow::datatypes::Field;

    use super::*;
    use crate::run_table::RunTable;

    #[test]
    fn spark_finds_its_types_and_the_comments() {
        let entry = spark_schema(&RunTable::Ledger.schema()).unwrap();
        let text = entry.value.unwrap();
        let start = r#"{"type":"struct","fields":[{"name":"side","type":"string","nullable":true,"metadata":{"comment":"predictions, "#;
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains(r#""name":"count","type":"long""#), "{text}");
    }

    #[test]
    fn every_table_has_a_schema_for_spark() {
        for table in RunTable::ALL {
            assert!(spark_schema(&table.schema()).is_some(), "{}", table.name());
        }
    }

    #[test]
    fn a_type_that_spark_has_no_word_for_leaves_the_entry_out() {
        let field = Field::new("n", DataType::UInt64, true);
        assert!(spark_schema(&Schema::new(vec![field])).is_none());
    }
}
