//! DuckDB: a view with typed partition columns and comments.

use groundline_engine::PartitionKind;

use super::quote::{literal_glob, sql_name, sql_text};
use super::template::fill;
use super::{Reader, comment};

pub(super) fn text(reader: &Reader) -> String {
    let table = reader.table.name();
    let fields = reader.schema.fields();
    let levels = reader.table.partitions();
    let of_files = fields.iter().map(|f| (f.name().as_str(), comment(f)));
    let of_paths = levels.iter().map(|level| (level.name, level.comment));
    let all: Vec<(String, &str)> = of_files
        .chain(of_paths)
        .map(|(name, comment)| (sql_name(name), comment))
        .collect();
    let columns: Vec<_> = all.iter().map(|(name, _)| format!("  {name}")).collect();
    let comments: Vec<_> = all
        .iter()
        .filter(|(_, comment)| !comment.is_empty())
        .map(|(name, comment)| {
            format!("COMMENT ON COLUMN {table}.{name} IS {};", sql_text(comment))
        })
        .collect();
    let types: Vec<_> = levels
        .iter()
        .map(|level| {
            let kind = match level.kind {
                PartitionKind::Text => "VARCHAR",
                PartitionKind::Date => "DATE",
                PartitionKind::HourOfDay => "TINYINT",
            };
            format!("{}: {kind}", sql_text(level.name))
        })
        .collect();
    let files = reader.glob(&literal_glob(&reader.folder()));
    fill(
        include_str!("duckdb.sql"),
        &[
            ("row", reader.table.row()),
            ("row_text", &sql_text(reader.table.row())),
            ("table", table),
            ("columns", &columns.join(",\n")),
            ("files", &sql_text(&files)),
            ("types", &types.join(", ")),
            ("comments", &comments.join("\n")),
        ],
    )
}
