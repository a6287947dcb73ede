//! The statements of `sql/`, embedded, and their replacement by `--sql-dir`.

use std::borrow::Cow;
use std::path::Path;

use crate::error::EngineError;

macro_rules! statements {
    ($($name:literal),* $(,)?) => {
        /// Every shipped statement: name (path below `sql/` without `.sql`) and text.
        pub fn shipped_statements() -> &'static [(&'static str, &'static str)] {
            &[$(($name, include_str!(concat!("../../../sql/", $name, ".sql")))),*]
        }
    };
}

statements![
    "examples/accuracy_by_day",
    "examples/confusion_matrix",
    "examples/feature_columns",
    "examples/hourly_confusion",
    "examples/label_delay",
    "examples/metrics/accuracy_by_variant",
    "examples/metrics/cost_per_false_negative",
    "examples/own_merge",
    "examples/quality_by_variant",
    "latest_labels",
    "merge/candidates",
    "merge/conflicts",
    "merge/label_status",
    "merge/matched",
    "merge/mismatches",
    "merge/observations",
    "merge/relabelled",
    "merge/repeated_keys",
    "merge/sagemaker_merged",
    "merge/sightings",
    "quality/binary",
    "quality/multiclass",
    "quality/regression",
    "report/label_delay",
    "report/ledger",
    "unmatched",
    "unmatched_labels",
];

/// Longest statement that a user's folder may hold.
const MAX_STATEMENT: u64 = 1 << 20;

/// The statements of a run: shipped ones, some replaced.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    replaced: Vec<(&'static str, String)>,
}

impl Catalog {
    /// Shipped statements; files of `sql_dir` replace them by relative path. A file that replaces none is an error.
    pub fn open(sql_dir: Option<&Path>) -> Result<Self, EngineError> {
        let mut catalog = Self::default();
        if let Some(dir) = sql_dir {
            std::fs::read_dir(dir).map_err(|source| EngineError::SqlDir {
                folder: dir.display().to_string(),
                source,
            })?;
            catalog.replace_from(dir, dir, 0)?;
        }
        Ok(catalog)
    }

    /// Statements that were replaced elsewhere.
    pub(crate) fn with_replaced(replaced: Vec<(String, String)>) -> Result<Self, EngineError> {
        let replaced = replaced.into_iter().map(|(name, text)| {
            let known = shipped_statements()
                .iter()
                .find(|(known, _)| *known == name);
            match known {
                Some((known, _)) => Ok((*known, text)),
                None => Err(EngineError::UnknownStatement { name }),
            }
        });
        Ok(Self {
            replaced: replaced.collect::<Result<_, _>>()?,
        })
    }

    /// Statements that are replaced, by name.
    pub(crate) fn replaced(&self) -> Vec<(String, String)> {
        let replaced = self.replaced.iter();
        replaced
            .map(|(name, text)| ((*name).to_owned(), text.clone()))
            .collect()
    }

    /// Text of a statement.
    pub fn text(&self, name: &str) -> Result<Cow<'static, str>, EngineError> {
        if let Some((_, text)) = self.replaced.iter().find(|(known, _)| *known == name) {
            return Ok(Cow::Owned(text.clone()));
        }
        shipped_statements()
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| Cow::Borrowed(*text))
            .ok_or_else(|| EngineError::UnknownStatement {
                name: name.to_owned(),
            })
    }

    /// True when the user's folder has this statement.
    pub(crate) fn replaces(&self, name: &str) -> bool {
        self.replaced.iter().any(|(known, _)| *known == name)
    }

    /// True when a statement is replaced that the fast plan stands in for: then only the statements themselves will do.
    pub(crate) fn replaces_the_join(&self) -> bool {
        const RUN_BY_BOTH: [&str; 3] = [
            "merge/observations",
            "merge/relabelled",
            "merge/sagemaker_merged",
        ];
        self.replaced
            .iter()
            .any(|(name, _)| name.starts_with("merge/") && !RUN_BY_BOTH.contains(name))
    }

    fn replace_from(&mut self, base: &Path, dir: &Path, depth: u32) -> Result<(), EngineError> {
        let read_error = |path: &Path, source| EngineError::Read {
            file: path.display().to_string(),
            source,
        };
        let mut entries: Vec<_> = std::fs::read_dir(dir)
            .map_err(|e| read_error(dir, e))?
            .collect::<Result<_, _>>()
            .map_err(|e| read_error(dir, e))?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if path.is_dir() {
                if depth < 2 {
                    self.replace_from(base, &path, depth + 1)?;
                }
                continue;
            }
            let relative = path
                .strip_prefix(base)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            let Some(name) = relative.strip_suffix(".sql") else {
                continue;
            };
            let known = shipped_statements()
                .iter()
                .find(|(known, _)| *known == name);
            let Some((known, _)) = known else {
                return Err(EngineError::StrayStatement {
                    file: relative.clone(),
                });
            };
            let size = entry.metadata().map_err(|e| read_error(&path, e))?.len();
            if size > MAX_STATEMENT {
                return Err(read_error(
                    &path,
                    std::io::Error::other("larger than 1 MiB"),
                ));
            }
            let text = std::fs::read_to_string(&path).map_err(|e| read_error(&path, e))?;
            self.replaced.push((known, text));
        }
        Ok(())
    }
}
