//! Comma-separated values with a header.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::csv::WriterBuilder;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use groundline_engine::MergeReport;

use crate::failure::Failure;
use crate::output::{RowWriter, unprintable};
use crate::printer::Stdout;

const MERGE_HEADER: &str = "model,endpoint,variant,hour,file,rows,bytes,sha256,\
                            read,rejected,filtered,no_output,labelled,unlabelled,failure";

/// A row per hour.
pub(crate) fn merge_report(report: &MergeReport, out: &mut Stdout) -> Result<(), Failure> {
    out.line(MERGE_HEADER)?;
    for model in &report.models {
        for hour in &model.hours {
            let counts = &hour.predictions;
            let cells = [
                field(&model.model),
                field(&hour.endpoint),
                field(&hour.variant),
                field(&hour.hour),
                field(&hour.file),
                hour.rows.to_string(),
                hour.bytes.to_string(),
                field(&hour.sha256),
                counts.read.to_string(),
                counts.rejected.to_string(),
                counts.filtered.to_string(),
                counts.no_output.to_string(),
                counts.labelled.to_string(),
                counts.unlabelled.to_string(),
                field(hour.failure.as_deref().unwrap_or_default()),
            ];
            out.line(&cells.join(","))?;
        }
    }
    Ok(())
}

/// Quoted where a reader would otherwise misread it (RFC 4180).
pub(crate) fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Rows; lists and structs stand as text in one field, because CSV has no nesting.
#[derive(Debug)]
pub(crate) struct CsvRows {
    schema: SchemaRef,
    started: bool,
}

impl CsvRows {
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            started: false,
        }
    }

    fn emit(&mut self, batch: &RecordBatch, out: &mut Stdout) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        let mut writer = WriterBuilder::new()
            .with_header(!self.started)
            .build(&mut bytes);
        flattened(batch)
            .and_then(|batch| writer.write(&batch))
            .map_err(|error| unprintable(&error))?;
        drop(writer);
        self.started = true;
        out.bytes(&bytes)
    }
}

impl RowWriter for CsvRows {
    fn write(&mut self, batch: &RecordBatch, out: &mut Stdout) -> Result<(), Failure> {
        self.emit(batch, out)
    }

    fn finish(&mut self, out: &mut Stdout) -> Result<(), Failure> {
        if self.started || self.schema.fields().is_empty() {
            return Ok(());
        }
        // A result without rows still has a header.
        self.emit(&RecordBatch::new_empty(Arc::clone(&self.schema)), out)
    }
}

fn flattened(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        if field.data_type().is_nested() {
            let format = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(column.as_ref(), &format)?;
            let texts: StringArray = (0..column.len())
                .map(|row| (!column.is_null(row)).then(|| formatter.value(row).to_string()))
                .collect();
            fields.push(Arc::new(Field::new(field.name(), DataType::Utf8, true)));
            columns.push(Arc::new(texts));
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use arrow::array::ListArray;
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(field("plain text"), "plain text");
        assert_eq!(field("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
    }

    #[test]
    fn a_list_becomes_text_and_a_null_stays_null() {
        let list =
            ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
        let batch = RecordBatch::try_from_iter([("list", Arc::new(list) as ArrayRef)]).unwrap();
        let flat = flattened(&batch).unwrap();
        let mut bytes = Vec::new();
        WriterBuilder::new().build(&mut bytes).write(&flat).unwrap();
        // The quotes keep a line that would otherwise be blank.
        assert_eq!(String::from_utf8(bytes).unwrap(), "list\n\"[1, ]\"\n\"\"\n");
    }
}
