//! Unmatched labels as rows of `unmatched_labels`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use groundline_store::Hour;

use super::sighting::Near;
use super::unmatched_reason::UnmatchedReason;
use crate::error::EngineError;
use crate::tables::hour_type;

/// Columns of `unmatched_labels`.
pub(crate) fn unmatched_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("key"),
        text("label"),
        text("label_encoding"),
        Field::new("hour", hour_type(), true),
        text("file"),
        number("position"),
        text("collected"),
        text("reason"),
        text("nearest_key"),
        text("nearest_model"),
        text("nearest_endpoint"),
        text("nearest_variant"),
        Field::new("nearest_hour", hour_type(), true),
        text("nearest_file"),
        number("nearest_position"),
        number("nearest_line"),
    ]))
}

/// A label that no prediction took.
#[derive(Debug)]
pub(crate) struct UnmatchedLabel<'a> {
    pub(crate) hour: Hour,
    pub(crate) key: &'a str,
    pub(crate) label: Option<&'a str>,
    pub(crate) encoding: Option<&'a str>,
    pub(crate) file: &'a str,
    pub(crate) position: i64,
    pub(crate) reason: UnmatchedReason,
    pub(crate) near: Option<Near>,
}

/// Rows after which a batch ends.
const ROWS: usize = 8192;
/// Text bytes after which it ends too.
const TEXT: usize = 4 << 20;

/// Rows of `unmatched_labels` on their way to the file.
#[derive(Default)]
pub(crate) struct UnmatchedRows {
    key: StringBuilder,
    label: StringBuilder,
    encoding: StringBuilder,
    hour: TimestampMicrosecondBuilder,
    file: StringBuilder,
    position: Int64Builder,
    collected: StringBuilder,
    reason: StringBuilder,
    near: NearRows,
    rows: usize,
}

impl UnmatchedRows {
    pub(crate) fn push(&mut self, label: &UnmatchedLabel<'_>, collected: &str) {
        self.key.append_value(label.key);
        self.label.append_option(label.label);
        self.encoding.append_option(label.encoding);
        self.hour.append_value(label.hour.micros());
        self.file.append_value(label.file);
        self.position.append_value(label.position);
        self.collected.append_value(collected);
        self.reason.append_value(label.reason.as_str());
        self.near.push(label.near.as_ref());
        self.rows += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS || self.label.values_slice().len() >= TEXT
    }

    pub(crate) fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        self.rows = 0;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.key.finish()),
            Arc::new(self.label.finish()),
            Arc::new(self.encoding.finish()),
            Arc::new(self.hour.finish().with_timezone("UTC")),
            Arc::new(self.file.finish()),
            Arc::new(self.position.finish()),
            Arc::new(self.collected.finish()),
            Arc::new(self.reason.finish()),
        ];
        columns.extend(self.near.finish());
        Ok(RecordBatch::try_new(unmatched_schema(), columns)?)
    }
}

/// The nearest predictions, as the last columns of `unmatched_labels`.
#[derive(Default)]
pub(crate) struct NearRows {
    key: StringBuilder,
    model: StringBuilder,
    endpoint: StringBuilder,
    variant: StringBuilder,
    hour: TimestampMicrosecondBuilder,
    file: StringBuilder,
    position: Int64Builder,
    line: Int64Builder,
}

impl NearRows {
    pub(crate) fn push(&mut self, near: Option<&Near>) {
        self.key.append_option(near.map(|near| &near.key));
        self.model
            .append_option(near.and_then(|near| near.model.as_ref()));
        self.endpoint.append_option(near.map(|near| &near.endpoint));
        self.variant.append_option(near.map(|near| &near.variant));
        self.hour.append_option(near.map(|near| near.hour.micros()));
        self.file.append_option(near.map(|near| &near.file));
        self.position.append_option(near.map(|near| near.position));
        let line = near.and_then(|near| i64::try_from(near.line?).ok());
        self.line.append_option(line);
    }

    /// The columns with their names.
    pub(crate) fn named(&mut self) -> impl Iterator<Item = (String, ArrayRef, bool)> {
        let schema = unmatched_schema();
        let arrays = self.finish();
        let fields = schema.fields().len() - arrays.len();
        let names: Vec<String> = schema
            .fields()
            .iter()
            .skip(fields)
            .map(|field| field.name().clone())
            .collect();
        names
            .into_iter()
            .zip(arrays)
            .map(|(name, array)| (name, array, true))
    }

    fn finish(&mut self) -> [ArrayRef; 8] {
        [
            Arc::new(self.key.finish()),
            Arc::new(self.model.finish()),
            Arc::new(self.endpoint.finish()),
            Arc::new(self.variant.finish()),
            Arc::new(self.hour.finish().with_timezone("UTC")),
            Arc::new(self.file.finish()),
            Arc::new(self.position.finish()),
            Arc::new(self.line.finish()),
        ]
    }
}

/// The nearest prediction of a row with the columns of [`NearRows`]; a replaced statement may have none of them.
pub(crate) fn near_of(
    batch: &RecordBatch,
    row: usize,
    reason: UnmatchedReason,
) -> Result<Option<Near>, EngineError> {
    let column = |name: &str| -> Result<&ArrayRef, EngineError> {
        Ok(batch.column(batch.schema().index_of(name)?))
    };
    let text = |name: &str| -> Result<Option<String>, EngineError> {
        let texts = column(name)?.as_string::<i32>();
        Ok(texts.is_valid(row).then(|| texts.value(row).to_owned()))
    };
    let number = |name: &str| -> Result<Option<i64>, EngineError> {
        let numbers = column(name)?.as_primitive::<Int64Type>();
        Ok(numbers.is_valid(row).then(|| numbers.value(row)))
    };
    if batch.schema().index_of("nearest_key").is_err() {
        return Ok(None);
    }
    let Some(key) = text("nearest_key")? else {
        return Ok(None);
    };
    let hours = column("nearest_hour")?.as_primitive::<TimestampMicrosecondType>();
    Ok(Some(Near {
        reason,
        model: text("nearest_model")?,
        endpoint: text("nearest_endpoint")?.unwrap_or_default(),
        variant: text("nearest_variant")?.unwrap_or_default(),
        hour: Hour::from_micros(hours.value(row)),
        file: text("nearest_file")?.unwrap_or_default(),
        position: number("nearest_position")?.unwrap_or_default(),
        line: number("nearest_line")?.map(i64::unsigned_abs),
        key,
    }))
}
