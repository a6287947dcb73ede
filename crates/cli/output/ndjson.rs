//! One JSON document per line.

use arrow::array::RecordBatch;
use arrow::json::writer::{LineDelimited, WriterBuilder};
use groundline_engine::{Ledger, MergeReport};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{RowWriter, unprintable};
use crate::printer::Stdout;

/// A line per hour, then a line with the ledger, for each model.
pub(crate) fn merge_report(report: &MergeReport, out: &mut Stdout) -> Result<(), Failure> {
    for model in &report.models {
        for hour in &model.hours {
            line_of(&model.model, hour, out)?;
        }
        line(
            &LedgerLine {
                model: &model.model,
                ledger: &model.ledger,
            },
            out,
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
struct LineOf<'a, T> {
    model: &'a str,
    #[serde(flatten)]
    value: &'a T,
}

#[derive(Serialize)]
struct LedgerLine<'a> {
    model: &'a str,
    ledger: &'a Ledger,
}

/// A line that says first which model it is of.
pub(crate) fn line_of<T: Serialize>(
    model: &str,
    value: &T,
    out: &mut Stdout,
) -> Result<(), Failure> {
    line(&LineOf { model, value }, out)
}

pub(crate) fn line(value: &impl Serialize, out: &mut Stdout) -> Result<(), Failure> {
    out.line(&serde_json::to_string(value).map_err(|error| unprintable(&error))?)
}

/// Rows as objects, nulls written out.
#[derive(Debug)]
pub(crate) struct NdjsonRows {
    writer: arrow::json::Writer<Vec<u8>, LineDelimited>,
}

impl NdjsonRows {
    pub(crate) fn new() -> Self {
        Self {
            writer: WriterBuilder::new()
                .with_explicit_nulls(true)
                .build(Vec::new()),
        }
    }
}

impl RowWriter for NdjsonRows {
    fn write(&mut self, batch: &RecordBatch, out: &mut Stdout) -> Result<(), Failure> {
        self.writer
            .write(batch)
            .map_err(|error| unprintable(&error))?;
        out.bytes(&std::mem::take(self.writer.get_mut()))
    }

    fn finish(&mut self, _out: &mut Stdout) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use groundline_engine::HourReport;

    use super::*;

    #[test]
    fn an_hour_line_holds_the_model_and_the_hours_own_fields() {
        let hour = HourReport {
            hour: "2026-11-01T00".into(),
            rows: 3,
            ..HourReport::default()
        };
        let line = serde_json::to_value(LineOf {
            model: "churn",
            value: &hour,
        })
        .unwrap();
        assert_eq!(line.get("model").unwrap(), "churn");
        assert_eq!(line.get("hour").unwrap(), "2026-11-01T00");
        assert_eq!(line.get("rows").unwrap(), 3);
    }
}
