//! Rows of the query become labels or rejects.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Int64Builder, StringBuilder, UInt32Builder,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use groundline_capture::{Reason, Reject, Salvaged};
use groundline_store::{Hour, Window};
use serde::de::IgnoredAny;

use super::error::LabelTableError;
use super::rejected::reject;
use super::table::TableFiles;
use super::text::{Instants, NoInstant, to_text};
use crate::error::EngineError;

/// Columns of labels on their way to being sorted; the first three, then key and label, are their order.
///
/// `at` is the label's hour where rows have a place, and its instant where the order among labels of one hour is all
/// the place they have. `json` says that the label is a JSON list or object.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("at", DataType::Int64, false),
        Field::new("file", DataType::UInt32, false),
        Field::new("position", DataType::Int64, false),
        Field::new("key", DataType::Utf8, false),
        Field::new("label", DataType::Utf8, true),
        Field::new("json", DataType::Boolean, false),
    ]))
}

/// Makes labels of rows.
pub(super) struct Conversion {
    pub(super) files: Arc<TableFiles>,
    pub(super) placed: bool,
    /// Numbers of the files by key.
    pub(super) numbers: HashMap<String, u32>,
    /// Label hours that are wanted; the others are counted.
    pub(super) window: Option<Window>,
    /// Bytes that a key or a label may have.
    pub(super) longest: usize,
    pub(super) outside: AtomicU64,
}

impl Conversion {
    pub(super) fn labels(&self, batch: &RecordBatch) -> Result<RecordBatch, EngineError> {
        let (ids, labels) = (to_text(batch.column(0))?, to_text(batch.column(1))?);
        let instants = Instants::new(batch.column(2))?;
        let places = self.placed.then(|| {
            (
                batch.column(3).as_string::<i32>(),
                batch.column(4).as_primitive::<Int64Type>(),
            )
        });
        let mut rows = Rows::default();
        let mut last: Option<(&str, u32)> = None;
        for row in 0..batch.num_rows() {
            let place = match &places {
                None => None,
                Some((names, numbers)) => {
                    if names.is_null(row) || numbers.is_null(row) {
                        return Err(LabelTableError::NullPlace.into());
                    }
                    let name = names.value(row);
                    let number = match last {
                        Some((known, number)) if known == name => number,
                        _ => self.file(name)?,
                    };
                    last = Some((name, number));
                    Some((number, numbers.value(row)))
                }
            };
            let id = ids.is_valid(row).then(|| ids.value(row));
            let label = labels.is_valid(row).then(|| labels.value(row));
            let read = self.read(id, label, instants.get(row));
            match (read, place) {
                (Ok(instant), _) => {
                    let hour = Hour::from_micros(instant);
                    // Where order is the place, those outside have theirs too.
                    if place.is_some() && self.window.is_some_and(|w| !w.contains(hour)) {
                        self.outside.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let (file, position) = place.unwrap_or_default();
                    let at = if place.is_some() {
                        hour.micros()
                    } else {
                        instant
                    };
                    rows.push(at, file, position, id.unwrap_or_default(), label);
                }
                (Err((reason, detail)), place) => {
                    let hour = instants.get(row).ok().map(Hour::from_micros);
                    // Of another window, as a label would be.
                    if let (Some(hour), Some(window)) = (hour, self.window)
                        && !window.contains(hour)
                    {
                        self.outside.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let shown = [id, label].map(|value| value.unwrap_or("null")).join(",");
                    let position = place.map_or(0, |(_, position)| position);
                    let ids = id.map(Salvaged::of_label).unwrap_or_default();
                    let found = Reject {
                        ids,
                        ..reject(position, reason, detail, shown.as_bytes())
                    };
                    let file = place.map(|(file, _)| file);
                    self.files.rejected.computed(file, hour, found);
                }
            }
        }
        rows.finish()
    }

    fn file(&self, name: &str) -> Result<u32, EngineError> {
        let known = self.numbers.get(name).copied();
        known.ok_or_else(|| {
            LabelTableError::UnknownPlace {
                found: name.to_owned(),
            }
            .into()
        })
    }

    /// The instant of a row that is a label, or why it is none.
    fn read(
        &self,
        id: Option<&str>,
        label: Option<&str>,
        instant: Result<i64, NoInstant<'_>>,
    ) -> Result<i64, (Reason, String)> {
        /// Of a text that is no time.
        const SHOWN: usize = 40;
        let instant = instant.map_err(|why| {
            let detail = match why {
                NoInstant::Null => "collected_at is null".to_owned(),
                NoInstant::FarAway => "collected_at is not in the years 0 to 9999".to_owned(),
                NoInstant::Text(text) => {
                    let shown: String = text.chars().take(SHOWN).collect();
                    format!("collected_at is no time: `{shown}`")
                }
            };
            (Reason::BadTime, detail)
        })?;
        for (name, value) in [("id", id), ("label", label)] {
            if let Some(value) = value.filter(|value| value.len() > self.longest) {
                let detail = format!("the {name} has {} bytes", value.len());
                return Err((Reason::TooLong, detail));
            }
        }
        match id {
            None => Err((Reason::NoId, "the id is null".to_owned())),
            Some("") => Err((Reason::NoId, "the id is empty".to_owned())),
            Some(_) => Ok(instant),
        }
    }
}

/// True if the label is a JSON list or object: then it is read as JSON, else as CSV.
fn is_json(label: &str) -> bool {
    let text = label.trim_ascii();
    let like = (text.starts_with('[') && text.ends_with(']'))
        || (text.starts_with('{') && text.ends_with('}'));
    like && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[derive(Default)]
struct Rows {
    at: Int64Builder,
    file: UInt32Builder,
    position: Int64Builder,
    key: StringBuilder,
    label: StringBuilder,
    json: BooleanBuilder,
}

impl Rows {
    fn push(&mut self, at: i64, file: u32, position: i64, key: &str, label: Option<&str>) {
        self.at.append_value(at);
        self.file.append_value(file);
        self.position.append_value(position);
        self.key.append_value(key);
        self.label.append_option(label);
        self.json.append_value(label.is_some_and(is_json));
    }

    fn finish(mut self) -> Result<RecordBatch, EngineError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.at.finish()),
            Arc::new(self.file.finish()),
            Arc::new(self.position.finish()),
            Arc::new(self.key.finish()),
            Arc::new(self.label.finish()),
            Arc::new(self.json.finish()),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_or_an_object_is_json_and_all_else_is_csv() {
        for (label, json) in [
            ("[1,0,1]", true),
            (" {\"a\": 1} ", true),
            ("1,0,1", false),
            ("[sic]", false),
            ("\"1\"", false),
            ("", false),
        ] {
            assert_eq!(is_json(label), json, "{label}");
        }
    }
}
