//! Which files a glob of labels names.

use glob::{MatchOptions, Pattern};
use groundline_store::{Object, Root, Skipped, Stores, list_matching};

use super::error::{LabelTableError, listed};
use crate::error::EngineError;

/// What the files are, told by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Parquet,
    Csv,
    /// One object a line.
    Json,
}

/// The files of a table.
#[derive(Debug)]
pub(super) struct LabelFiles {
    /// The folder above the first wildcard: where the column `label_file` starts.
    pub(super) root: Root,
    /// In order of key.
    pub(super) objects: Vec<Object>,
    pub(super) kind: FileKind,
    pub(super) skipped: Skipped,
}

impl FileKind {
    pub(super) fn of(key: &str) -> Option<Self> {
        let name = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase();
        let packed = name.strip_suffix(".gz").or(name.strip_suffix(".zst"));
        let ending = packed.unwrap_or(&name).rsplit_once('.')?.1;
        match (ending, packed) {
            ("parquet", None) => Some(Self::Parquet),
            ("csv", _) => Some(Self::Csv),
            ("jsonl" | "ndjson" | "json", _) => Some(Self::Json),
            _ => None,
        }
    }
}

impl LabelFiles {
    pub(super) async fn list(stores: &Stores, files: &str) -> Result<Self, EngineError> {
        let (folder, pattern) = split(files);
        let root = stores.open(folder).await?;
        let glob = Pattern::new(pattern).map_err(|error| LabelTableError::Glob {
            files: files.to_owned(),
            reason: error.msg.to_owned(),
        })?;
        let deep = pattern.contains('/') || pattern.contains("**");
        let (objects, skipped) =
            list_matching(&root, deep, |key| glob.matches_with(key, OPTIONS)).await?;
        let Some(first) = objects.first() else {
            if skipped.empty > 0 {
                return Err(LabelTableError::EmptyFiles {
                    files: files.to_owned(),
                    found: skipped.empty,
                }
                .into());
            }
            let (others, _) = list_matching(&root, deep, |_| true).await?;
            return Err(LabelTableError::NoFiles {
                files: files.to_owned(),
                root: root.display().to_owned(),
                found: match others.is_empty() {
                    true => "are none".to_owned(),
                    false => format!("are {}", listed(others.iter().map(|o| o.key.as_str()))),
                },
            }
            .into());
        };
        let mut kind = None;
        for object in &objects {
            let found = FileKind::of(&object.key).ok_or_else(|| LabelTableError::UnknownKind {
                files: files.to_owned(),
                file: object.key.clone(),
            })?;
            if *kind.get_or_insert(found) != found {
                return Err(LabelTableError::MixedKinds {
                    files: files.to_owned(),
                    one: first.key.clone(),
                    two: object.key.clone(),
                }
                .into());
            }
        }
        Ok(Self {
            root,
            kind: kind.unwrap_or(FileKind::Parquet),
            objects,
            skipped,
        })
    }
}

/// A `*` does not reach into folders, `**` does; hidden files are left out by the listing.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The folder above the first wildcard, and the glob below it.
fn split(files: &str) -> (&str, &str) {
    let start = files.find("://").map_or(0, |at| at + 3);
    let wild = files
        .get(start..)
        .and_then(|path| path.find(['*', '?', '[']))
        .map_or(files.len(), |at| start + at);
    match files.get(start..wild).and_then(|path| path.rfind('/')) {
        Some(0) if start == 0 => ("/", files.get(1..).unwrap_or_default()),
        Some(slash) => (
            files.get(..start + slash).unwrap_or_default(),
            files.get(start + slash + 1..).unwrap_or_default(),
        ),
        None if start == 0 => (".", files),
        None => (files, ""),
    }
}

/// The folder of the glob, if a later listing could find the files of an output in `out`.
///
/// A glob over one folder does not look below it, and the output's files lie deeper: only that folder itself could,
/// so that a configuration may have labels and output beside it.
pub(crate) async fn finds_output(
    stores: &Stores,
    files: &str,
    out: &str,
) -> Result<Option<String>, EngineError> {
    let (folder, pattern) = split(files);
    let root = stores.open(folder).await?;
    if !root.holds(out) {
        return Ok(None);
    }
    let flat = !pattern.contains('/') && !pattern.contains("**");
    // The output may not be there yet; one that is not there is not this folder.
    let same = stores.open(out).await.is_ok_and(|out| out.contains(&root));
    if flat && !same {
        return Ok(None);
    }
    Ok(Some(folder.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_folder_above_the_first_wildcard() {
        for (files, folder, pattern) in [
            ("labels/*.parquet", "labels", "*.parquet"),
            ("labels/day=*/part.csv", "labels", "day=*/part.csv"),
            ("a/b/labels.csv", "a/b", "labels.csv"),
            ("labels.csv", ".", "labels.csv"),
            ("*.csv", ".", "*.csv"),
            ("/labels.csv", "/", "labels.csv"),
            ("s3://bucket/a/*.csv", "s3://bucket/a", "*.csv"),
            ("s3://bucket/x.csv", "s3://bucket", "x.csv"),
        ] {
            assert_eq!(split(files), (folder, pattern), "{files}");
        }
    }

    #[test]
    fn kinds_are_told_by_the_ending() {
        assert_eq!(FileKind::of("a/x.parquet"), Some(FileKind::Parquet));
        assert_eq!(FileKind::of("a.b/x.CSV.gz"), Some(FileKind::Csv));
        assert_eq!(FileKind::of("x.ndjson.zst"), Some(FileKind::Json));
        for other in ["x.parquet.gz", "csv", "a.csv/x", "x.txt"] {
            assert_eq!(FileKind::of(other), None, "{other}");
        }
    }
}
