//! A model's own columns in `groundline.toml`: `columns = { plan = { from = "input", select = "4", type = "string" } }`.

use groundline_capture::Selector;
use groundline_engine::{ColumnSource, ColumnType, OwnColumn, PayloadSide, hour_file_columns};
use toml::de::{DeTable, DeValue};

use crate::config::toml_value::found;
use crate::suggest::did_you_mean;

/// More than any table of features has.
const MOST: usize = 10_000;
/// Longest name.
const LONGEST: usize = 128;

/// Names that the path of an hour file gives, that counting needs, or that `predictions` has.
const RESERVED: [&str; 11] = [
    "model",
    "endpoint",
    "variant",
    "date",
    "hh",
    "has_output",
    "outside_hour",
    "record_count",
    "input_content_type",
    "output_content_type",
    "custom_attributes",
];

/// Reads the value of `columns`. The error is what is wrong with which column.
pub(crate) fn read(value: &DeValue<'_>) -> Result<Vec<OwnColumn>, String> {
    let DeValue::Table(table) = value else {
        return Err(format!(
            "expected a table like {{ plan = {{ from = \"input\", select = \"4\" }} }}, found {}",
            found(value)
        ));
    };
    if table.len() > MOST {
        return Err(format!("more than {MOST} columns"));
    }
    let mut columns: Vec<(usize, OwnColumn)> = Vec::with_capacity(table.len());
    for (name, definition) in table {
        let column = column(name.get_ref(), definition.get_ref())
            .map_err(|why| format!("the column `{}`: {why}", name.get_ref()))?;
        columns.push((name.span().start, column));
    }
    // In the order of the file.
    columns.sort_by_key(|(at, _)| *at);
    Ok(columns.into_iter().map(|(_, column)| column).collect())
}

fn column(name: &str, definition: &DeValue<'_>) -> Result<OwnColumn, String> {
    check_name(name)?;
    let (source, data_type) = match definition {
        DeValue::String(sql) => (ColumnSource::Sql(sql.to_string()), None),
        DeValue::Table(table) => source(table)?,
        other => {
            return Err(format!(
                "expected a table with `from` and `select`, or a SQL expression in quotes, found {}",
                found(other)
            ));
        }
    };
    Ok(OwnColumn {
        name: name.to_owned(),
        source,
        data_type,
    })
}

fn source(table: &DeTable<'_>) -> Result<(ColumnSource, Option<ColumnType>), String> {
    let (mut side, mut select, mut sql, mut data_type) = (None, None, None, None);
    for (key, value) in table {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            other => return Err(format!("`{}` is {}", key.get_ref(), found(other))),
        };
        match key.get_ref().as_ref() {
            "from" => {
                let known = [PayloadSide::Input, PayloadSide::Output];
                let named = known.into_iter().find(|side| side.as_str() == text);
                side = Some(named.ok_or_else(|| {
                    format!("`from` is `{text}`; a payload is `input` or `output`")
                })?);
            }
            "select" => {
                Selector::parse(&text).map_err(|error| format!("`select`: {error}"))?;
                select = Some(text);
            }
            "sql" => sql = Some(text),
            "type" => {
                let named = ColumnType::ALL
                    .into_iter()
                    .find(|kind| kind.as_str() == text);
                data_type = Some(named.ok_or_else(|| {
                    let all = ColumnType::ALL.map(ColumnType::as_str).join(", ");
                    format!("`type` is `{text}`; there are {all}")
                })?);
            }
            other => {
                let near = did_you_mean(other, ["from", "select", "sql", "type"]);
                return Err(format!("unknown key `{other}`{near}"));
            }
        }
    }
    let source = match (side, select, sql) {
        (side, Some(selector), None) => ColumnSource::Payload {
            side: side.unwrap_or(PayloadSide::Output),
            selector,
        },
        (None, None, Some(sql)) => ColumnSource::Sql(sql),
        (_, Some(_), Some(_)) | (Some(_), None, Some(_)) => {
            return Err("has both a payload's field and `sql`".to_owned());
        }
        (_, None, None) => {
            return Err("has neither `select` (with `from`) nor `sql`".to_owned());
        }
    };
    Ok((source, data_type))
}

fn check_name(name: &str) -> Result<(), String> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !starts || !name.chars().all(rest) || name.len() > LONGEST || name.starts_with("_own_") {
        return Err("a name has lower-case letters, digits and `_`, and no digit first".to_owned());
    }
    if hour_file_columns().contains(&name) || RESERVED.contains(&name) {
        return Err(
            "hour files, their path or `predictions` have a column of this name".to_owned(),
        );
    }
    Ok(())
}

/// A definition as `config show` tells it.
pub(crate) fn told(column: &OwnColumn) -> String {
    let source = match &column.source {
        ColumnSource::Payload { side, selector } => format!("{} {selector}", side.as_str()),
        ColumnSource::Sql(sql) => format!("sql {sql}"),
    };
    match column.data_type {
        Some(data_type) => format!("{} = {source} as {}", column.name, data_type.as_str()),
        None => format!("{} = {source}", column.name),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Vec<String>, String> {
        let value = DeValue::parse(text).unwrap();
        read(value.get_ref()).map(|columns| columns.iter().map(told).collect())
    }

    #[test]
    fn columns_are_read_in_the_order_of_the_file() {
        let columns = check(
            r#"{ plan = { from = "input", select = "4", type = "string" }, age = { from = "input", select = 0, type = "bigint" },
                 score = { select = "score" }, margin = { sql = "probability - 0.5", type = "double" }, is_late = "label_hour > hour" }"#,
        );
        assert_eq!(
            columns.unwrap(),
            [
                "plan = input 4 as string",
                "age = input 0 as bigint",
                "score = output score",
                "margin = sql probability - 0.5 as double",
                "is_late = sql label_hour > hour",
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_column_is_said() {
        for (text, why) in [
            (
                r#"5"#,
                "expected a table like { plan = { from = \"input\", select = \"4\" } }, found a whole number",
            ),
            (
                r#"{ key = "1" }"#,
                "the column `key`: hour files, their path or `predictions` have a column of this name",
            ),
            (
                r#"{ Plan = "1" }"#,
                "the column `Plan`: a name has lower-case letters, digits and `_`, and no digit first",
            ),
            (
                r#"{ a = { from = "inputs", select = "4" } }"#,
                "the column `a`: `from` is `inputs`; a payload is `input` or `output`",
            ),
            (
                r#"{ a = { selct = "4" } }"#,
                "the column `a`: unknown key `selct`; did you mean `select`?",
            ),
            (
                r#"{ a = { select = "4", type = "text" } }"#,
                "the column `a`: `type` is `text`; there are string, double, bigint, boolean, timestamp",
            ),
            (
                r#"{ a = { select = "4", sql = "1" } }"#,
                "the column `a`: has both a payload's field and `sql`",
            ),
            (
                r#"{ a = {} }"#,
                "the column `a`: has neither `select` (with `from`) nor `sql`",
            ),
        ] {
            assert_eq!(check(text).unwrap_err(), why);
        }
        assert!(
            check(r#"{ a = { select = "a[" } }"#)
                .unwrap_err()
                .starts_with("the column `a`: `select`: ")
        );
    }
}
