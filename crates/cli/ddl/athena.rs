//! Athena: an external table. What has an hour in its path is found by projection; the files of runs,
//! which have any window in theirs, by `MSCK REPAIR TABLE`.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;
use groundline_engine::{PartitionColumn, PartitionKind, RunTable};
use groundline_store::encoded_name;

use super::quote::{hive_name, hive_text};
use super::template::fill;
use super::{Dialect, Reader, comment};
use crate::failure::Failure;

/// Athena asks for a few dozen values of an enumeration; beyond these each query names its value.
const MOST_VALUES: usize = 100;

/// SageMaker captured nothing before.
const FIRST_DATE: &str = "2019-12-01";

pub(super) fn text(reader: &Reader) -> Result<String, Failure> {
    let types = Dialect::Athena.types(reader, data_type)?;
    let columns: Vec<_> = reader
        .schema
        .fields()
        .iter()
        .zip(types)
        .map(|(field, data_type)| column(field.name(), &data_type, comment(field)))
        .collect();
    let levels = reader.table.partitions();
    let partitions: Vec<_> = levels
        .iter()
        .map(|level| {
            let data_type = match level.kind {
                PartitionKind::HourOfDay => "int",
                // A projected date is a string.
                PartitionKind::Text | PartitionKind::Date => "string",
            };
            column(level.name, data_type, level.comment)
        })
        .collect();
    let folder = reader.folder();
    let projected = matches!(reader.table, RunTable::Merged | RunTable::Rejects);
    let mut properties = String::new();
    let mut notes = Vec::new();
    if projected {
        let projection = Projection::of(reader);
        properties = projection.properties(&folder, levels);
        notes.extend(projection.notes(levels));
    } else {
        notes.push(format!(
            "Then, and after each run: MSCK REPAIR TABLE `{}`",
            reader.table.name()
        ));
        notes.extend(
            reader
                .model
                .as_ref()
                .map(|_| "It has every model's rows: WHERE model = … chooses one".to_owned()),
        );
    }
    let notes: Vec<_> = notes.iter().map(|note| format!("-- {note}.")).collect();
    let filled = fill(
        include_str!("athena.sql"),
        &[
            ("row", reader.table.row()),
            ("row_text", &hive_text(reader.table.row())),
            ("notes", &notes.join("\n")),
            ("table", reader.table.name()),
            ("columns", &columns.join(",\n")),
            ("partitions", &partitions.join(",\n")),
            ("folder", &hive_text(&format!("{folder}/"))),
            ("properties", &properties),
        ],
    );
    Ok(filled)
}

/// Which values each level of the path is known to have; `None` where each query names its own.
struct Projection(Vec<Option<BTreeSet<String>>>);

impl Projection {
    fn of(reader: &Reader) -> Self {
        let levels = reader.table.partitions().iter().enumerate();
        let known = levels.map(|(at, level)| {
            if let (Some(model), "model") = (&reader.model, level.name) {
                return Some(BTreeSet::from([encoded_name(model)]));
            }
            // Dates have a range, however many they are.
            let most = match level.kind {
                PartitionKind::Text => MOST_VALUES,
                PartitionKind::Date | PartitionKind::HourOfDay => usize::MAX,
            };
            let values = reader.values.get(at)?;
            (!values.is_empty() && values.len() <= most).then(|| values.clone())
        });
        Self(known.collect())
    }

    fn notes(&self, levels: &[PartitionColumn]) -> Vec<String> {
        let mut notes = Vec::new();
        let text = || {
            let levels = levels.iter().zip(&self.0);
            levels.filter(|(level, _)| level.kind == PartitionKind::Text)
        };
        let injected: Vec<_> = text()
            .filter(|(_, values)| values.is_none())
            .map(|(level, _)| level.name)
            .collect();
        if !injected.is_empty() {
            notes.push(format!(
                "Each query gives one value of each of {} in its WHERE",
                injected.join(", ")
            ));
        }
        if text().any(|(_, values)| values.is_some()) {
            notes.push("A new model, endpoint or variant needs a new table: print it again".into());
        }
        let mut values = text().flat_map(|(_, values)| values.iter().flatten());
        if values.any(|value| value.contains('%')) {
            notes.push("Names are as in the paths, percent-encoded".into());
        }
        notes
    }

    fn properties(&self, folder: &str, levels: &[PartitionColumn]) -> String {
        let mut properties = vec![("projection.enabled".to_owned(), "true".to_owned())];
        let mut template = folder.to_owned();
        for (level, values) in levels.iter().zip(&self.0) {
            let name = level.name;
            template.push_str(&format!("/{name}=${{{name}}}"));
            let mut add = |what: &str, value: String| {
                properties.push((format!("projection.{name}.{what}"), value));
            };
            match (level.kind, values) {
                (PartitionKind::Text, Some(values)) => {
                    add("type", "enum".into());
                    // Encoded, they hold no comma.
                    add(
                        "values",
                        values.iter().cloned().collect::<Vec<_>>().join(","),
                    );
                }
                (PartitionKind::Text, None) => add("type", "injected".into()),
                (PartitionKind::Date, values) => {
                    let first = values.as_ref().and_then(BTreeSet::first);
                    let first = first.map_or(FIRST_DATE, String::as_str);
                    add("type", "date".into());
                    add("format", "yyyy-MM-dd".into());
                    add("range", format!("{first},NOW"));
                }
                (PartitionKind::HourOfDay, _) => {
                    add("type", "integer".into());
                    add("range", "0,23".into());
                    add("digits", "2".into());
                }
            }
        }
        properties.push(("storage.location.template".to_owned(), template));
        let lines: Vec<_> = properties
            .iter()
            .map(|(key, value)| format!("  {} = {}", hive_text(key), hive_text(value)))
            .collect();
        format!("\nTBLPROPERTIES (\n{}\n)", lines.join(",\n"))
    }
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
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "int".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::Date32 => "date".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Timestamp(..) => "timestamp".into(),
        _ => return None,
    })
}
