//! docs/analyst.md: its tables are those of the program, and its queries run as they stand.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::datatypes::{DataType, Field};
use groundline_engine::{COMMENT, PartitionKind, RunTable, shipped_statements};

use crate::harness::{Scratch, files};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> PathBuf {
    root().join("docs/analyst.md")
}

/// The columns of a table as the page shows them.
fn columns(table: RunTable) -> String {
    let mut text = "| column | type | meaning, unit, source |\n|---|---|---|\n".to_owned();
    for field in table.schema().fields() {
        let comment = &field.metadata()[COMMENT];
        writeln!(text, "| `{}` | {} | {comment} |", field.name(), kind(field)).unwrap();
    }
    for level in table.partitions() {
        let kind = match level.kind {
            PartitionKind::Text => "text, in the path",
            PartitionKind::Date => "date, in the path",
            PartitionKind::HourOfDay => "whole number, in the path",
        };
        writeln!(text, "| `{}` | {kind} | {} |", level.name, level.comment).unwrap();
    }
    text
}

fn kind(field: &Field) -> &'static str {
    match field.data_type() {
        DataType::Utf8 => "text",
        DataType::Int32 => "32-bit integer",
        DataType::Int64 => "64-bit integer",
        DataType::Float64 => "64-bit float",
        DataType::Boolean => "true or false",
        DataType::Timestamp(..) => "instant, microseconds, UTC",
        other => panic!("the page has no word for {other}"),
    }
}

/// The page with what stands between `<!-- name -->` and `<!-- end -->` replaced.
fn with_section(page: &str, name: &str, text: &str) -> String {
    let mark = format!("<!-- {name} -->\n");
    let (before, rest) = page
        .split_once(&mark)
        .unwrap_or_else(|| panic!("docs/analyst.md has no {mark}"));
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{mark}{text}<!-- end -->{after}")
}

/// `GROUNDLINE_BLESS=1` writes the tables and queries into the page.
#[test]
fn the_page_has_the_columns_and_the_queries_of_the_program() {
    let text = fs::read_to_string(page()).unwrap();
    let mut expected = text.clone();
    for table in RunTable::ALL {
        expected = with_section(&expected, table.name(), &columns(table));
    }
    for name in QUERIES {
        let (_, statement) = shipped_statements()
            .iter()
            .find(|(known, _)| *known == format!("examples/{name}"))
            .unwrap();
        let block = format!("```sql\n{statement}```\n");
        expected = with_section(&expected, name, &block);
    }
    if std::env::var_os("GROUNDLINE_BLESS").is_some() {
        fs::write(page(), &expected).unwrap();
    } else {
        assert_eq!(text, expected, "write it anew with GROUNDLINE_BLESS=1");
    }
}

const QUERIES: [&str; 3] = ["accuracy_by_day", "label_delay", "confusion_matrix"];

#[test]
fn the_queries_of_the_page_run_over_the_sample_data() {
    let scratch = Scratch::new();
    for file in files(&root().join("datasets")) {
        let below = file.strip_prefix(root()).unwrap();
        if !below.starts_with("datasets/churn/out") {
            scratch.write(below.to_str().unwrap(), fs::read(&file).unwrap());
        }
    }
    let config = "datasets/churn/groundline.toml";
    scratch
        .run(&["merge", "--config", config, "--out", "out", "--quiet"])
        .expect_status(0);
    let answers = QUERIES.map(|name| {
        let file = root().join(format!("sql/examples/{name}.sql"));
        let file = file.to_str().unwrap();
        let run = scratch
            .run(&["sql", "--in", "out", "-f", file, "--output", "csv"])
            .expect_status(0);
        run.stdout
    });
    let [accuracy, delay, confusion] = answers;
    let churn = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("churn,"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(churn(&accuracy), ACCURACY);
    assert_eq!(churn(&delay), DELAY);
    assert_eq!(churn(&confusion), CONFUSION);
}

/// Model, endpoint, variant, date, predictions, labelled, accuracy: 27 of 42.
const ACCURACY: [&str; 1] = ["churn,churn-prod,AllTraffic,2025-03-02,60,42,0.6428571428571429"];

/// Model, labelled, least, median, nine of ten, most.
const DELAY: [&str; 1] = ["churn,42,1.0,2.0,76.0,76.0"];

/// Model, label, prediction, count.
const CONFUSION: [&str; 4] = ["churn,0,0,19", "churn,0,1,3", "churn,1,0,12", "churn,1,1,8"];
