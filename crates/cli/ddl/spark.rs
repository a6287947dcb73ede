//! Spark SQL: a temporary view, which finds new hours by itself; a table would want its partitions
//! repaired after each run.

use arrow::datatypes::{DataType, TimeUnit};
use groundline_engine::PartitionKind;
use groundline_store::encoded_name;

use super::quote::{hive_name, hive_text};
use super::template::fill;
use super::{Dialect, Reader, comment};
use crate::failure::Failure;

pub(super) fn text(reader: &Reader) -> Result<String, Failure> {
    let types = Dialect::Spark.types(reader, data_type)?;
    let of_files = reader
        .schema
        .fields()
        .iter()
        .zip(types)
        .map(|(field, data_type)| column(field.name(), &data_type, comment(field)));
    let of_paths = reader.table.partitions().iter().map(|level| {
        let data_type = match level.kind {
            PartitionKind::Text => "STRING",
            PartitionKind::Date => "DATE",
            PartitionKind::HourOfDay => "TINYINT",
        };
        column(level.name, data_type, level.comment)
    });
    let columns: Vec<_> = of_files.chain(of_paths).collect();
    let folder = reader.folder();
    let options = match &reader.model {
        Some(model) => format!(
            "path {}, basePath {}",
            hive_text(&format!(
                "{}/model={}",
                literal(&folder),
                encoded_name(model)
            )),
            hive_text(&folder)
        ),
        None => format!("path {}", hive_text(&literal(&folder))),
    };
    Ok(fill(
        include_str!("spark.sql"),
        &[
            ("row", reader.table.row()),
            ("table", reader.table.name()),
            ("columns", &columns.join(",\n")),
            ("options", &options),
        ],
    ))
}

/// A path that Hadoop's globs take literally.
fn literal(path: &str) -> String {
    let mut glob = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            glob.push('\\');
        }
        glob.push(c);
    }
    glob
}

fn column(name: &str, data_type: &str, comment: &str) -> String {
    let column = format!("  {} {data_type}", hive_name(name));
    match comment {
        "" => column,
        comment => format!("{column} COMMENT {}", hive_text(comment)),
    }
}

fn data_type(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "STRING".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "BINARY".into(),
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Int8 => "TINYINT".into(),
        DataType::Int16 | DataType::UInt8 => "SMALLINT".into(),
        DataType::Int32 | DataType::UInt16 => "INT".into(),
        DataType::Int64 | DataType::UInt32 => "BIGINT".into(),
        DataType::UInt64 => "DECIMAL(20, 0)".into(),
        DataType::Float32 => "FLOAT".into(),
        DataType::Float64 => "DOUBLE".into(),
        DataType::Date32 => "DATE".into(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision}, {scale})"),
        DataType::Timestamp(TimeUnit::Millisecond | TimeUnit::Microsecond, Some(_)) => {
            "TIMESTAMP".into()
        }
        DataType::Timestamp(TimeUnit::Millisecond | TimeUnit::Microsecond, None) => {
            "TIMESTAMP_NTZ".into()
        }
        _ => return None,
    })
}
