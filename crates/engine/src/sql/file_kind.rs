//! What a file outside of SageMaker's layouts holds, told by its name.

use std::path::{Path, PathBuf};

use crate::error::EngineError;

/// A format that files are read and written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Parquet,
    Csv,
    Json,
}

impl FileKind {
    pub(super) fn of(file: &Path) -> Result<Self, EngineError> {
        let unknown = || EngineError::UnknownFileKind {
            name: file.display().to_string(),
        };
        let extension = file
            .extension()
            .ok_or_else(unknown)?
            .to_string_lossy()
            .to_ascii_lowercase();
        match extension.as_str() {
            "parquet" => Ok(Self::Parquet),
            "csv" => Ok(Self::Csv),
            "json" | "jsonl" | "ndjson" => Ok(Self::Json),
            _ => Err(unknown()),
        }
    }

    /// Kind and extension of a file, or of all files of a folder at any depth; what is neither table nor text of rows is
    /// passed over. Files of two kinds are refused: one of them would be left out.
    pub(crate) fn of_input(path: &Path) -> Result<(Self, String), EngineError> {
        let extension = |file: &Path| {
            let extension = file.extension().unwrap_or_default().to_string_lossy();
            extension.into_owned()
        };
        if !path.is_dir() {
            return Ok((Self::of(path)?, extension(path)));
        }
        let mut found: Option<(Self, String, PathBuf)> = None;
        let mut folders = vec![path.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let failed = |source| EngineError::Read {
                file: folder.display().to_string(),
                source,
            };
            let entries = std::fs::read_dir(&folder).map_err(failed)?;
            let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            for path in paths {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let Ok(kind) = Self::of(&path) else { continue };
                match &found {
                    Some((known, of_known, first)) => {
                        if *known != kind || *of_known != extension(&path) {
                            return Err(EngineError::MixedFiles {
                                one: first.display().to_string(),
                                two: path.display().to_string(),
                            });
                        }
                    }
                    None => found = Some((kind, extension(&path), path)),
                }
            }
        }
        let unknown = || EngineError::UnknownFileKind {
            name: path.display().to_string(),
        };
        found
            .map(|(kind, extension, _)| (kind, extension))
            .ok_or_else(unknown)
    }
}
