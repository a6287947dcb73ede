//! Polars: a lazy frame.

use arrow::datatypes::{DataType, TimeUnit};
use groundline_engine::PartitionKind;

use super::quote::{literal_glob, one_line, python_text};
use super::template::fill;
use super::{Dialect, Reader, comment};
use crate::failure::Failure;

pub(super) fn text(reader: &Reader) -> Result<String, Failure> {
    let types = Dialect::Polars.types(reader, data_type)?;
    let columns: Vec<_> = reader
        .schema
        .fields()
        .iter()
        .zip(types)
        .map(|(field, data_type)| entry(field.name(), &data_type, comment(field)))
        .collect();
    let partitions: Vec<_> = reader
        .table
        .partitions()
        .iter()
        .map(|level| {
            let data_type = match level.kind {
                PartitionKind::Text => "pl.String",
                PartitionKind::Date => "pl.Date",
                PartitionKind::HourOfDay => "pl.Int8",
            };
            entry(level.name, data_type, level.comment)
        })
        .collect();
    let files = reader.glob(&literal_glob(&reader.folder()));
    Ok(fill(
        include_str!("polars.py"),
        &[
            ("row", reader.table.row()),
            ("table", reader.table.name()),
            ("columns", &columns.join("\n")),
            ("partitions", &partitions.join("\n")),
            ("files", &python_text(&files)),
        ],
    ))
}

fn entry(name: &str, data_type: &str, comment: &str) -> String {
    let line = format!("    {}: {data_type},", python_text(name));
    match comment {
        "" => line,
        comment => format!("{line}  # {}", one_line(comment)),
    }
}

fn data_type(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "pl.String".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "pl.Binary".into(),
        DataType::Boolean => "pl.Boolean".into(),
        number if number.is_integer() || number.is_floating() => format!("pl.{number}"),
        DataType::Date32 => "pl.Date".into(),
        DataType::Decimal128(precision, scale) => format!("pl.Decimal({precision}, {scale})"),
        DataType::Timestamp(unit, zone) => {
            let unit = match unit {
                TimeUnit::Millisecond => "ms",
                TimeUnit::Microsecond => "us",
                TimeUnit::Nanosecond => "ns",
                TimeUnit::Second => return None,
            };
            match zone {
                Some(zone) => format!("pl.Datetime(\"{unit}\", {})", python_text(zone)),
                None => format!("pl.Datetime(\"{unit}\")"),
            }
        }
        _ => return None,
    })
}
