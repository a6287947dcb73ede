//! The user's own files as tables of `groundline sql`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::failure::Failure;

/// Table names and paths, of `NAME=PATH` and of plain paths that are named like their file.
pub(crate) fn tables(paths: &[String], named: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut tables = BTreeMap::new();
    let named = named.iter().map(|entry| match entry.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok((name.to_owned(), path.to_owned()))
        }
        _ => Err(Failure::usage(format!(
            "--file: `{entry}` is not of the form NAME=PATH"
        ))),
    });
    let plain = paths.iter().map(|path| match name(path) {
        Some(name) => Ok((name, path.clone())),
        None => Err(
            Failure::usage(format!("no table name can be made from `{path}`"))
                .hint(format!("name it with --file NAME={path}")),
        ),
    });
    for entry in named.chain(plain) {
        let (name, path) = entry?;
        if let Some(first) = tables.insert(name.clone(), path.clone()) {
            return Err(Failure::usage(format!(
                "`{first}` and `{path}` would both be the table `{name}`"
            ))
            .hint(format!("name one of them with --file NAME={path}")));
        }
    }
    Ok(tables.into_iter().collect())
}

/// `data/My preds.csv.gz` is the table `my_preds`; letters, digits and `_`, so that SQL needs no quotes.
fn name(path: &str) -> Option<String> {
    let file = Path::new(path).file_name()?.to_str()?;
    let stem = file.split('.').find(|part| !part.is_empty())?;
    // A glob says nothing about one file.
    if stem.contains(['*', '?', '[']) {
        return None;
    }
    let name: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => Some(format!("t{name}")),
        Some(_) => Some(name),
        None => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_like_its_file() {
        for (path, expected) in [
            ("preds.parquet", Some("preds")),
            ("data/My preds.csv.gz", Some("my_preds")),
            ("data/", Some("data")),
            ("2026.json", Some("t2026")),
            ("data/*.parquet", None),
            ("..", None),
            ("", None),
        ] {
            assert_eq!(name(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let failure = tables(&["a/x.csv".into(), "b/x.csv".into()], &[]).unwrap_err();
        assert_eq!(
            failure.message,
            "`a/x.csv` and `b/x.csv` would both be the table `x`"
        );
        assert_eq!(
            tables(&["a/x.csv".into()], &["y=b/x.csv".into()]).unwrap(),
            [
                ("x".into(), "a/x.csv".into()),
                ("y".into(), "b/x.csv".into())
            ]
        );
        assert!(tables(&[], &["=x".into()]).is_err());
    }
}
