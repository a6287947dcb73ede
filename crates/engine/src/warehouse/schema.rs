//! The columns of all files together, by name (as DuckDB's `union_by_name`), in types that lose nothing.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};

use super::error::LabelTableError;

/// The union of the files' columns, in order of their first appearance; every one can be null.
pub(super) fn union(files: &[(String, SchemaRef)]) -> Result<SchemaRef, LabelTableError> {
    let mut fields: Vec<(Field, &str)> = Vec::new();
    for (file, schema) in files {
        for (at, field) in schema.fields().iter().enumerate() {
            let twice = schema.fields().iter().take(at);
            if twice.into_iter().any(|other| other.name() == field.name()) {
                return Err(LabelTableError::RepeatedColumn {
                    file: file.clone(),
                    column: field.name().clone(),
                });
            }
            let known = fields
                .iter_mut()
                .find(|(known, _)| known.name() == field.name());
            let Some((known, first)) = known else {
                let bare = Field::new(field.name(), field.data_type().clone(), true);
                fields.push((bare, file));
                continue;
            };
            let common = common_type(known.data_type(), field.data_type()).ok_or_else(|| {
                LabelTableError::ColumnTypes {
                    column: field.name().clone(),
                    one: (*first).to_owned(),
                    one_type: known.data_type().to_string(),
                    two: file.clone(),
                    two_type: field.data_type().to_string(),
                }
            })?;
            known.set_data_type(common);
        }
    }
    let fields: Vec<FieldRef> = fields
        .into_iter()
        .map(|(field, _)| Arc::new(field))
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}

/// A type that holds every value of both, or none.
fn common_type(one: &DataType, two: &DataType) -> Option<DataType> {
    use DataType::*;
    if one == two {
        return Some(one.clone());
    }
    Some(match (one, two) {
        (Null, other) | (other, Null) => other.clone(),
        (Dictionary(_, one), two) => common_type(one, two)?,
        (one, Dictionary(_, two)) => common_type(one, two)?,
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => Utf8,
        (one, two) if one.is_integer() && two.is_integer() => match (one, two) {
            // No 64-bit type holds both.
            (UInt64, other) | (other, UInt64) if other.is_signed_integer() => Decimal128(20, 0),
            (UInt64, _) | (_, UInt64) => UInt64,
            _ => Int64,
        },
        (one, two) if one.is_floating() && two.is_floating() => Float64,
        // Every whole number of 32 bits is a float of 64.
        (small, float) | (float, small)
            if float.is_floating()
                && matches!(small, Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32) =>
        {
            Float64
        }
        // What is finer than a microsecond is no matter of hours.
        (Timestamp(..) | Date32 | Date64, Timestamp(..) | Date32 | Date64) => {
            Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        _ => return None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn file(name: &str, fields: &[(&str, DataType)]) -> (String, SchemaRef) {
        let fields: Vec<Field> = fields
            .iter()
            .map(|(name, data_type)| Field::new(*name, data_type.clone(), false))
            .collect();
        (name.to_owned(), Arc::new(Schema::new(fields)))
    }

    #[test]
    fn columns_meet_by_name_and_widen_without_loss() {
        let schema = union(&[
            file("a", &[("id", DataType::Int32), ("label", DataType::Utf8)]),
            file(
                "b",
                &[("label", DataType::LargeUtf8), ("id", DataType::Int64)],
            ),
            file("c", &[("more", DataType::Boolean)]),
        ])
        .unwrap();
        let told: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| {
                format!(
                    "{} {} {}",
                    field.name(),
                    field.data_type(),
                    field.is_nullable()
                )
            })
            .collect();
        assert_eq!(
            told,
            ["id Int64 true", "label Utf8 true", "more Boolean true"]
        );
    }

    #[test]
    fn an_id_is_never_rounded_to_a_float() {
        assert_eq!(common_type(&DataType::Int64, &DataType::Float64), None);
        assert_eq!(
            common_type(&DataType::Int32, &DataType::Float32),
            Some(DataType::Float64)
        );
        let refused = union(&[
            file("a", &[("id", DataType::Int64)]),
            file("b", &[("id", DataType::Utf8)]),
        ]);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the column `id` is Int64 in `a` and Utf8 in `b`"
        );
    }

    #[test]
    fn a_column_stands_once_in_a_file() {
        let twice = [("id", DataType::Utf8), ("id", DataType::Utf8)];
        let refused = union(&[file("a", &twice)]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the label file `a` has two columns `id`"
        );
    }
}
