//! Tables for people: ASCII with `|`, so that they can be pasted into an issue as they are.

use std::io::IsTerminal;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use groundline_engine::MergeReport;

use crate::failure::Failure;
use crate::output::{RowWriter, ledger, unprintable};
use crate::printer::Stdout;

/// Hours of a merge that are listed; a backfill has thousands.
const MOST_HOURS: usize = 24;

/// Rows of a query that are shown.
const MOST_ROWS: usize = 1_000;

/// A table with a header.
#[derive(Debug)]
pub(crate) struct Grid {
    table: Table,
    has_rows: bool,
}

impl Grid {
    pub(crate) fn new(header: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN);
        let arrangement = if std::io::stdout().is_terminal() {
            ContentArrangement::Dynamic
        } else {
            ContentArrangement::Disabled
        };
        table.set_content_arrangement(arrangement);
        table.set_header(header.iter().map(|name| one_line(name)));
        Self {
            table,
            has_rows: false,
        }
    }

    /// Numbers stand on the right.
    pub(crate) fn right_align(&mut self, column: usize) {
        if let Some(column) = self.table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.has_rows = true;
        self.table.add_row(cells.iter().map(|cell| one_line(cell)));
    }

    pub(crate) fn has_rows(&self) -> bool {
        self.has_rows
    }

    pub(crate) fn print(&self, out: &mut Stdout) -> Result<(), Failure> {
        out.line(&self.table.to_string())
    }
}

/// A cell is one line, and what it holds must not steer the terminal.
fn one_line(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut line, c| {
            if c.is_control() {
                line.extend(c.escape_default());
            } else {
                line.push(c);
            }
            line
        })
}

/// The first hours, the ledger, and where the Parquet is.
pub(crate) fn merge_report(report: &MergeReport, out: &mut Stdout) -> Result<(), Failure> {
    let mut grid = Grid::new(&[
        "model", "endpoint", "variant", "hour", "rows", "labelled", "rejected", "bytes", "",
    ]);
    for column in 4..8 {
        grid.right_align(column);
    }
    let hours = || {
        report
            .models
            .iter()
            .flat_map(|model| model.hours.iter().map(move |hour| (model, hour)))
    };
    for (model, hour) in hours().take(MOST_HOURS) {
        grid.row(vec![
            model.model.clone(),
            hour.endpoint.clone(),
            hour.variant.clone(),
            hour.hour.clone(),
            hour.rows.to_string(),
            hour.predictions.labelled.to_string(),
            hour.predictions.rejected.to_string(),
            hour.bytes.to_string(),
            if hour.failure.is_some() {
                "not written"
            } else {
                ""
            }
            .to_owned(),
        ]);
    }
    if grid.has_rows() {
        grid.print(out)?;
    }
    let rest = hours().count().saturating_sub(MOST_HOURS);
    if rest > 0 {
        out.line(&format!(
            "… and {rest} more hours; --output csv or json lists them all"
        ))?;
    }
    if report.is_empty() {
        return Ok(());
    }
    for table in ledger::tables(report) {
        out.line("")?;
        table.print(out)?;
    }
    if hours().all(|(_, hour)| hour.failure.is_some()) {
        return Ok(());
    }
    out.line("")?;
    let folder = report.out.trim_end_matches('/');
    out.line(&format!("hour files: {folder}/merged"))?;
    out.line(&format!(
        "DuckDB: SELECT * FROM read_parquet('{}/merged/**/*.parquet', hive_partitioning=true)",
        folder.replace('\'', "''")
    ))
}

/// The first rows of a query; the rest are counted.
#[derive(Debug)]
pub(crate) struct TableRows {
    grid: Grid,
    shown: usize,
    more: usize,
    has_columns: bool,
}

impl TableRows {
    pub(crate) fn new(schema: &Schema) -> Self {
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let mut grid = Grid::new(&names);
        for (at, field) in schema.fields().iter().enumerate() {
            if field.data_type().is_numeric() {
                grid.right_align(at);
            }
        }
        Self {
            grid,
            shown: 0,
            more: 0,
            has_columns: !names.is_empty(),
        }
    }
}

impl RowWriter for TableRows {
    fn write(&mut self, batch: &RecordBatch, _out: &mut Stdout) -> Result<(), Failure> {
        let fits = batch.num_rows().min(MOST_ROWS.saturating_sub(self.shown));
        let format = FormatOptions::default();
        let columns = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &format))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unprintable(&error))?;
        for row in 0..fits {
            let cells = columns
                .iter()
                .map(|column| column.value(row).try_to_string())
                .collect::<Result<_, _>>()
                .map_err(|error| unprintable(&error))?;
            self.grid.row(cells);
        }
        self.shown += fits;
        self.more = self.more.saturating_add(batch.num_rows() - fits);
        Ok(())
    }

    fn finish(&mut self, out: &mut Stdout) -> Result<(), Failure> {
        // A statement such as CREATE VIEW has no result.
        if !self.has_columns {
            return Ok(());
        }
        self.grid.print(out)?;
        if self.more > 0 {
            out.line(&format!(
                "… and {} more rows; --output csv prints them all, --out FILE.parquet writes them",
                self.more
            ))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    #[test]
    fn a_cell_stays_on_its_line() {
        assert_eq!(one_line("a\nb\x1b[2J é"), "a\\nb\\u{1b}[2J é");
    }

    #[test]
    fn rows_beyond_the_first_thousand_are_counted() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..600));
        let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
        let mut rows = TableRows::new(batch.schema_ref());
        let mut out = Stdout::open();
        for _ in 0..3 {
            rows.write(&batch, &mut out).unwrap();
        }
        assert_eq!((rows.shown, rows.more), (1_000, 800));
        assert_eq!(rows.grid.table.row_iter().count(), 1_000);
    }
}
