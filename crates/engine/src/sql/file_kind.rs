//! What a file outside of SageMaker's layouts holds, told by its name.

use std::path::Path;

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

    /// A folder is what its first file is, at any depth.
    pub(crate) fn of_input(path: &Path) -> Result<Self, EngineError> {
        if !path.is_dir() {
            return Self::of(path);
        }
        let mut folders = vec![path.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder).map_err(|source| EngineError::Read {
                file: folder.display().to_string(),
                source,
            })?;
            for entry in entries.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(kind) = Self::of(&path) {
                    return Ok(kind);
                }
            }
        }
        Err(EngineError::UnknownFileKind {
            name: path.display().to_string(),
        })
    }
}
