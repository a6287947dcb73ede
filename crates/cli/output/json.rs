//! One JSON document.

use arrow::array::RecordBatch;
use arrow::json::writer::{JsonArray, WriterBuilder};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{RowWriter, unprintable};
use crate::printer::Stdout;

/// Writes anything as one indented document.
pub(crate) fn document(value: &impl Serialize, out: &mut Stdout) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| unprintable(&error))?;
    out.line(&text)
}

/// Rows as one array of objects, nulls written out.
#[derive(Debug)]
pub(crate) struct JsonRows {
    writer: arrow::json::Writer<Vec<u8>, JsonArray>,
}

impl JsonRows {
    pub(crate) fn new() -> Self {
        Self {
            writer: WriterBuilder::new()
                .with_explicit_nulls(true)
                .build(Vec::new()),
        }
    }

    fn pass_on(&mut self, out: &mut Stdout) -> Result<(), Failure> {
        let bytes = std::mem::take(self.writer.get_mut());
        out.bytes(&bytes)
    }
}

impl RowWriter for JsonRows {
    fn write(&mut self, batch: &RecordBatch, out: &mut Stdout) -> Result<(), Failure> {
        self.writer
            .write(batch)
            .map_err(|error| unprintable(&error))?;
        self.pass_on(out)
    }

    fn finish(&mut self, out: &mut Stdout) -> Result<(), Failure> {
        self.writer.finish().map_err(|error| unprintable(&error))?;
        self.pass_on(out)?;
        out.line("")
    }
}
