//! Results on stdout, in the form that was asked for.

pub(crate) mod backfill;
pub(crate) mod csv;
pub(crate) mod export;
pub(crate) mod json;
pub(crate) mod ledger;
pub(crate) mod monitor;
pub(crate) mod ndjson;
pub(crate) mod quality;
pub(crate) mod runs;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod table;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use groundline_engine::MergeReport;

use crate::failure::Failure;
use crate::printer::Stdout;

/// The form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Table,
    /// One document.
    Json,
    /// One document per line.
    Ndjson,
    Csv,
}

impl Form {
    /// Of `--output`, whose choices were checked.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "json" => Self::Json,
            "ndjson" => Self::Ndjson,
            "csv" => Self::Csv,
            _ => Self::Table,
        }
    }

    /// Writes what a merge did.
    pub(crate) fn merge_report(
        self,
        report: &MergeReport,
        out: &mut Stdout,
    ) -> Result<(), Failure> {
        match self {
            Self::Table => table::merge_report(report, out),
            Self::Json => json::document(report, out),
            Self::Ndjson => ndjson::merge_report(report, out),
            Self::Csv => csv::merge_report(report, out),
        }
    }

    /// Something that writes the rows of a query as they come.
    pub(crate) fn rows(self, schema: SchemaRef) -> Box<dyn RowWriter> {
        match self {
            Self::Table => Box::new(table::TableRows::new(&schema)),
            Self::Json => Box::new(json::JsonRows::new()),
            Self::Ndjson => Box::new(ndjson::NdjsonRows::new()),
            Self::Csv => Box::new(csv::CsvRows::new(schema)),
        }
    }
}

/// Writes the rows of one query.
pub(crate) trait RowWriter {
    fn write(&mut self, batch: &RecordBatch, out: &mut Stdout) -> Result<(), Failure>;

    /// After the last batch, also when there was none.
    fn finish(&mut self, out: &mut Stdout) -> Result<(), Failure>;
}

/// A row that cannot be put into words.
fn unprintable(error: &dyn std::error::Error) -> Failure {
    Failure::failed("cannot print the rows").because(error)
}
