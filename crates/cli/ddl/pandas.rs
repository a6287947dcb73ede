//! pandas: a data frame, through pyarrow.

use arrow::datatypes::{DataType, TimeUnit};
use groundline_engine::PartitionKind;

use super::quote::python_text;
use super::template::fill;
use super::{Dialect, Reader, comment};
use crate::failure::Failure;

pub(super) fn text(reader: &Reader) -> Result<String, Failure> {
    let types = Dialect::Pandas.types(reader, data_type)?;
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
                PartitionKind::Text => "pa.string()",
                PartitionKind::Date => "pa.date32()",
                PartitionKind::HourOfDay => "pa.int8()",
            };
            entry(level.name, data_type, level.comment)
        })
        .collect();
    // Without the level of the model in its path, a file would not know its model.
    let filters = match &reader.model {
        Some(model) => format!("[(\"model\", \"==\", {})]", python_text(model)),
        None => "None".to_owned(),
    };
    Ok(fill(
        include_str!("pandas.py"),
        &[
            ("row", reader.table.row()),
            ("table", reader.table.name()),
            ("columns", &columns.join("\n")),
            ("partitions", &partitions.join("\n")),
            ("folder", &python_text(&reader.folder())),
            ("filters", &filters),
        ],
    ))
}

fn entry(name: &str, data_type: &str, comment: &str) -> String {
    let name = python_text(name);
    match comment {
        "" => format!("    pa.field({name}, {data_type}),"),
        comment => format!(
            "    pa.field({name}, {data_type}, metadata={{\"comment\": {}}}),",
            python_text(comment)
        ),
    }
}

fn data_type(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Utf8 => "pa.string()".into(),
        DataType::LargeUtf8 => "pa.large_string()".into(),
        DataType::Utf8View => "pa.string_view()".into(),
        DataType::Binary => "pa.binary()".into(),
        DataType::LargeBinary => "pa.large_binary()".into(),
        DataType::Boolean => "pa.bool_()".into(),
        number if number.is_integer() || number.is_floating() => {
            format!("pa.{}()", number.to_string().to_lowercase())
        }
        DataType::Date32 => "pa.date32()".into(),
        DataType::Decimal128(precision, scale) => format!("pa.decimal128({precision}, {scale})"),
        DataType::Timestamp(unit, zone) => {
            let unit = match unit {
                TimeUnit::Second => "s",
                TimeUnit::Millisecond => "ms",
                TimeUnit::Microsecond => "us",
                TimeUnit::Nanosecond => "ns",
            };
            match zone {
                Some(zone) => format!("pa.timestamp(\"{unit}\", tz={})", python_text(zone)),
                None => format!("pa.timestamp(\"{unit}\")"),
            }
        }
        _ => return None,
    })
}
