//! Where a model's labels come from: ground truth, or a table of files.

use std::cmp::Reverse;
use std::io::Read;
use std::path::Path;

use groundline_engine::{LabelQuery, LabelSource, LabelTable};

use crate::config::resolved::Resolved;
use crate::failure::Failure;

/// Larger files are no statements.
const MOST_BYTES: u64 = 1 << 20;

const COLUMNS: [&str; 3] = ["label-id", "label-value", "label-time"];
const STATEMENTS: [&str; 2] = ["label-sql", "label-sql-file"];

/// What the highest layer that names labels says; `None` where nothing does.
pub(crate) fn labels(settings: &Resolved<'_>) -> Result<Option<LabelSource>, Failure> {
    let (uri, files) = (settings.find("labels"), settings.find("label-files"));
    match (uri, files) {
        (Some((_, one)), Some((_, other))) if one.rank() == other.rank() => {
            Err(both(settings, "labels", "label-files")
                .hint("labels are ground truth, or the files of a table"))
        }
        (Some((uri, one)), other) if other.as_ref().is_none_or(|(_, o)| o.rank() < one.rank()) => {
            Ok(Some(LabelSource::GroundTruth {
                uri: uri.to_string(),
            }))
        }
        (_, Some((files, _))) => Ok(Some(LabelSource::Table(LabelTable {
            files: files.to_string(),
            query: query(settings)?,
        }))),
        _ => match COLUMNS
            .into_iter()
            .chain(STATEMENTS)
            .find(|key| settings.find(key).is_some())
        {
            None => Ok(None),
            Some(key) => Err(Failure::usage(format!(
                "{}{} says what labels are, and nothing says where their files are",
                settings.of_model(),
                written(settings, key)
            ))
            .hint("name them with files in [model.labels], or with --label-files GLOB")),
        },
    }
}

/// Columns or a statement: what the highest layer that names one of them says.
fn query(settings: &Resolved<'_>) -> Result<LabelQuery, Failure> {
    let rank = |key: &str| settings.find(key).map_or(0, |(_, origin)| origin.rank());
    let highest = |keys: &[&'static str]| {
        let mut ranked: Vec<_> = keys.iter().map(|key| (rank(key), *key)).collect();
        // Of equals the first that was named stands for all.
        ranked.sort_by_key(|(rank, _)| Reverse(*rank));
        ranked.first().copied().unwrap_or((0, ""))
    };
    let (columns, column) = highest(&COLUMNS);
    let (statements, statement) = highest(&STATEMENTS);
    if statements == 0 || columns > statements {
        return Ok(LabelQuery::Columns {
            id: column_of(settings, "label-id", "id")?,
            label: column_of(settings, "label-value", "label")?,
            collected_at: column_of(settings, "label-time", "collected_at")?,
        });
    }
    if columns == statements {
        return Err(both(settings, column, statement)
            .hint("a query returns id, label and collected_at itself"));
    }
    if rank("label-sql") == rank("label-sql-file") {
        return Err(both(settings, "label-sql", "label-sql-file"));
    }
    let (name, text) = match statement {
        "label-sql" => (
            "sql".to_owned(),
            settings.text(statement).unwrap_or_default(),
        ),
        _ => read(&settings.text(statement).unwrap_or_default())?,
    };
    Ok(LabelQuery::Sql { name, text })
}

fn column_of(
    settings: &Resolved<'_>,
    key: &'static str,
    name: &'static str,
) -> Result<String, Failure> {
    settings.text(key).filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        Failure::usage(format!(
            "{}nothing says what of the label files is the {name}",
            settings.of_model()
        ))
        .hint(format!(
            "give a column or an SQL expression with {name} in [model.labels] or with --{key}, or a query with sql or sql_file"
        ))
    })
}

fn both(settings: &Resolved<'_>, one: &str, two: &str) -> Failure {
    Failure::usage(format!(
        "{}both {} and {} are given",
        settings.of_model(),
        written(settings, one),
        written(settings, two)
    ))
}

fn written(settings: &Resolved<'_>, key: &str) -> String {
    match settings.find(key) {
        Some((_, origin)) => Resolved::place(key, &origin),
        None => format!("--{key}"),
    }
}

/// The name and the text of a statement.
fn read(path: &str) -> Result<(String, String), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("cannot read the SQL of the labels `{path}`")).because(&error)
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(MOST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(cannot)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Failure::usage(format!(
            "the SQL of the labels `{path}` is larger than 1 MiB"
        )));
    }
    let name = Path::new(path).file_name().unwrap_or_default();
    Ok((name.to_string_lossy().into_owned(), text))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use crate::config::file::ConfigFile;
    use crate::config::layers::Layers;
    use crate::config::value::Value;

    const TABLE: &str = "[[model]]\nname = \"a\"\n[model.labels]\nfiles = \"l/*.csv\"\nid = \"order_id\"\n\
        label = \"churned\"\ncollected_at = \"at\"\n";

    fn check(flags: &[(&'static str, &str)], file: &str) -> Result<Option<LabelSource>, Failure> {
        let mut layers = Layers::default();
        for (key, text) in flags {
            layers.flags.set(key, Value::Text((*text).to_owned()));
        }
        layers.file = Some(ConfigFile::parse("conf/groundline.toml", file).unwrap());
        labels(layers.models().first().unwrap())
    }

    fn refusal(flags: &[(&'static str, &str)], file: &str) -> String {
        check(flags, file).unwrap_err().message
    }

    #[test]
    fn a_table_in_the_file_names_files_and_columns() {
        let LabelSource::Table(table) = check(&[], TABLE).unwrap().unwrap() else {
            unreachable!("the file has a table")
        };
        assert_eq!(table.files, "conf/l/*.csv");
        assert!(matches!(table.query, LabelQuery::Columns { id, .. } if id == "order_id"));
    }

    #[test]
    fn a_flag_replaces_the_table_and_a_column_of_it_only_that_column() {
        let uri = check(&[("labels", "gt")], TABLE).unwrap().unwrap();
        assert_eq!(uri, LabelSource::GroundTruth { uri: "gt".into() });
        let table = check(&[("label-id", "upper(x)")], TABLE).unwrap().unwrap();
        assert!(matches!(table, LabelSource::Table(LabelTable {
            query: LabelQuery::Columns { id, label, .. }, ..
        }) if id == "upper(x)" && label == "churned"));
        let query = check(&[("label-sql", "select 1")], TABLE).unwrap().unwrap();
        assert!(matches!(query, LabelSource::Table(LabelTable {
            query: LabelQuery::Sql { name, .. }, ..
        }) if name == "sql"));
    }

    #[test]
    fn what_contradicts_or_is_missing_is_named() {
        let both = TABLE.to_owned() + "sql = \"select 1\"\n";
        assert_eq!(
            refusal(&[], &both),
            "model `a`: both `id` at conf/groundline.toml:5 and `sql` at conf/groundline.toml:8 are given"
        );
        assert_eq!(
            refusal(
                &[("labels", "x"), ("label-files", "y")],
                "[output]\nuri = \"o\"\n"
            ),
            "both --labels and --label-files are given"
        );
        let no_time = TABLE.replace("collected_at", "#");
        assert_eq!(
            refusal(&[], &no_time),
            "model `a`: nothing says what of the label files is the collected_at"
        );
        let no_files = TABLE.replace("files", "#");
        assert_eq!(
            refusal(&[], &no_files),
            "model `a`: `id` at conf/groundline.toml:5 says what labels are, and nothing says where their files are"
        );
        let absent = TABLE.replace("id = \"order_id\"", "sql_file = \"no.sql\"");
        let absent = absent
            .replace("label = ", "#")
            .replace("collected_at = ", "#");
        assert_eq!(
            refusal(&[], &absent),
            "cannot read the SQL of the labels `conf/no.sql`"
        );
    }

    #[test]
    fn an_unknown_key_of_the_table_names_the_nearest() {
        let wrong = TABLE.replace("collected_at", "colected_at");
        let failure = ConfigFile::parse("groundline.toml", &wrong).unwrap_err();
        assert_eq!(
            failure.message,
            "unknown key `colected_at` in [model.labels] at groundline.toml:7; did you mean `collected_at`?"
        );
    }
}
