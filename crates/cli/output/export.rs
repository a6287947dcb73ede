//! What an export of labels did, in the form that was asked for.

use groundline_engine::LabelExportReport;

use crate::failure::Failure;
use crate::output::table::Grid;
use crate::output::{Form, csv, json, ndjson};
use crate::printer::Stdout;

/// One row, or one document.
pub(crate) fn report(
    form: Form,
    report: &LabelExportReport,
    out: &mut Stdout,
) -> Result<(), Failure> {
    let counts = [
        ("labels", report.labels),
        ("rejected", report.rejected),
        ("hours", report.hours),
        ("written", report.written),
        ("unchanged", report.unchanged),
        ("removed", report.removed),
    ];
    let names = counts.map(|(name, _)| name);
    let values = counts.map(|(_, count)| count.to_string());
    match form {
        Form::Table => {
            let mut grid = Grid::new(&[&["model"], names.as_slice()].concat());
            for column in 1..=names.len() {
                grid.right_align(column);
            }
            grid.row([std::slice::from_ref(&report.model), values.as_slice()].concat());
            grid.print(out)
        }
        Form::Json => json::document(report, out),
        Form::Ndjson => ndjson::line(report, out),
        Form::Csv => {
            out.line(&format!("model,{}", names.join(",")))?;
            out.line(&format!(
                "{},{}",
                csv::field(&report.model),
                values.join(",")
            ))
        }
    }
}
