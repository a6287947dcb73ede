//! What an output holds of a table: the values in its paths, and the columns in the footers of its files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use bytes::Bytes;
use groundline_store::{Object, Root, Stores, decoded_name, list_flat};
use object_store::ObjectStoreExt;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::RunTable;
use crate::error::EngineError;

/// Bytes of a file's end that are fetched at once: a footer is a few kilobytes.
const FOOTER: u64 = 64 << 10;

/// A longer footer is none of ours.
const MOST_FOOTER: u64 = 64 << 20;

const FILE: &str = "part-0.parquet";

/// What is there of a table.
#[derive(Clone, Debug, Default)]
pub struct LeftBehind {
    /// Of each partition column the values in the paths, still encoded.
    pub values: Vec<BTreeSet<String>>,
    /// The columns of the last file of each model, with comments; `None` where there is no file.
    pub schema: Option<SchemaRef>,
}

impl LeftBehind {
    /// Looks at the files of a table below `out`, of one model or of all.
    pub async fn look(
        stores: &Stores,
        out: &str,
        table: RunTable,
        model: Option<&str>,
    ) -> Result<Self, EngineError> {
        let root = stores.open(out).await?;
        let folder = root.child(table.folder())?;
        let (objects, _) = list_flat(&root, &folder).await?;
        let levels = table.partitions();
        let mut found = Self {
            values: vec![BTreeSet::new(); levels.len()],
            schema: None,
        };
        let mut last: BTreeMap<String, (Vec<String>, Object)> = BTreeMap::new();
        let mut others = BTreeSet::new();
        for object in objects {
            let Some(values) = values(table, &root.key(&object.path)) else {
                continue;
            };
            let name = values
                .first()
                .map(|value| decoded_name(value))
                .unwrap_or_default();
            if model.is_some_and(|model| model != name) {
                others.insert(name);
                continue;
            }
            for (known, value) in found.values.iter_mut().zip(&values) {
                known.insert(value.clone());
            }
            // Dates, hours and windows ascend as text does.
            let place: Vec<String> = values.into_iter().rev().collect();
            match last.get(&name) {
                Some((later, _)) if *later >= place => {}
                _ => {
                    last.insert(name, (place, object));
                }
            }
        }
        // A model has hour files; that it has rejects or unmatched labels nobody hopes.
        let expected = table == RunTable::Merged && last.is_empty() && !others.is_empty();
        if let (true, Some(model)) = (expected, model) {
            return Err(EngineError::NothingSelected {
                what: "model",
                globs: format!("`{model}`"),
                found: others.into_iter().collect::<Vec<_>>().join(", "),
            });
        }
        let mut fields: Vec<(FieldRef, String)> = Vec::new();
        for (_, object) in last.into_values() {
            let schema = schema_of(&root, &object).await?;
            add(
                &mut fields,
                &table.commented(&schema),
                &root.key(&object.path),
            )?;
        }
        if !fields.is_empty() {
            let fields = fields.into_iter().map(|(field, _)| field);
            found.schema = Some(Arc::new(Schema::new(fields.collect::<Vec<_>>())));
        }
        Ok(found)
    }
}

/// The partition values in a key; `None` for a file that is none of the table's.
fn values(table: RunTable, key: &str) -> Option<Vec<String>> {
    let mut parts = key
        .strip_prefix(table.folder())?
        .strip_prefix('/')?
        .split('/');
    let mut values = Vec::new();
    for level in table.partitions() {
        let value = parts.next()?.strip_prefix(level.name)?.strip_prefix('=')?;
        values.push(value.to_owned());
    }
    (parts.next() == Some(FILE) && parts.next().is_none()).then_some(values)
}

/// Adds the columns that are new. One that another model has too must have the type it has there.
fn add(
    fields: &mut Vec<(FieldRef, String)>,
    schema: &Schema,
    file: &str,
) -> Result<(), EngineError> {
    for field in schema.fields() {
        match fields
            .iter()
            .find(|(known, _)| known.name() == field.name())
        {
            None => fields.push((Arc::clone(field), file.to_owned())),
            Some((known, _)) if known.data_type() == field.data_type() => {}
            Some((known, other)) => {
                return Err(EngineError::TypesDiffer {
                    column: field.name().clone(),
                    one: format!("{} in `{other}`", known.data_type()),
                    two: format!("{} in `{file}`", field.data_type()),
                });
            }
        }
    }
    Ok(())
}

async fn schema_of(root: &Root, object: &Object) -> Result<Schema, EngineError> {
    let key = root.key(&object.path);
    let unreadable = |source| EngineError::Footer {
        file: key.clone(),
        source,
    };
    let metadata = footer(root, object, &key).await?;
    let file = metadata.file_metadata();
    parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata()).map_err(unreadable)
}

async fn footer(root: &Root, object: &Object, key: &str) -> Result<ParquetMetaData, EngineError> {
    let mut length = FOOTER;
    loop {
        let start = object.size.saturating_sub(length);
        let bytes: Bytes = root
            .store()
            .get_range(&object.path, start..object.size)
            .await
            .map_err(|source| EngineError::Fetch {
                file: key.to_owned(),
                source,
            })?;
        let mut reader = ParquetMetaDataReader::new();
        let asked = match reader.try_parse_sized(&bytes, object.size) {
            Ok(()) => reader.finish(),
            Err(ParquetError::NeedMoreData(needed))
                if needed as u64 > length && needed as u64 <= MOST_FOOTER.min(object.size) =>
            {
                length = needed as u64;
                continue;
            }
            Err(error) => Err(error),
        };
        return asked.map_err(|source| EngineError::Footer {
            file: key.to_owned(),
            source,
        });
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn only_files_of_the_layout_are_a_tables() {
        let key = "merged/model=a%20b/endpoint=e/variant=v/date=2026-11-01/hh=06/part-0.parquet";
        let found = values(RunTable::Merged, key).unwrap();
        assert_eq!(found, ["a%20b", "e", "v", "2026-11-01", "06"]);
        for other in [
            "merged/model=a/part-0.parquet",
            "merged/model=a/endpoint=e/variant=v/date=2026-11-01/hh=06/other.parquet",
            "merged/model=a/endpoint=e/variant=v/date=2026-11-01/hh=06/x/part-0.parquet",
            "rejects/model=a/endpoint=e/variant=v/date=2026-11-01/hh=06/part-0.parquet",
        ] {
            assert_eq!(values(RunTable::Merged, other), None, "{other}");
        }
    }

    #[test]
    fn columns_of_models_are_joined_unless_their_types_differ() {
        let field = |name: &str, data_type| Field::new(name, data_type, true);
        let one = Schema::new(vec![
            field("key", DataType::Utf8),
            field("plan", DataType::Utf8),
        ]);
        let two = Schema::new(vec![
            field("key", DataType::Utf8),
            field("age", DataType::Int64),
        ]);
        let mut fields = Vec::new();
        add(&mut fields, &one, "one").unwrap();
        add(&mut fields, &two, "two").unwrap();
        let names: Vec<_> = fields
            .iter()
            .map(|(field, _)| field.name().as_str())
            .collect();
        assert_eq!(names, ["key", "plan", "age"]);
        let three = Schema::new(vec![field("plan", DataType::Int64)]);
        assert_eq!(
            add(&mut fields, &three, "three").unwrap_err().to_string(),
            "the column `plan` is Utf8 in `one` and Int64 in `three`"
        );
    }
}
