//! Listings of local folders, in which no link leads outside.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path as FsPath, PathBuf};

use object_store::path::Path;
use object_store::{ListResult, Result};

use crate::confined::{Refused, check, file_path, meta, unreadable};

/// Deeper folders are an error: nothing that this product reads or writes is nested like that.
pub(crate) const MAX_DEPTH: usize = 64;

/// One listing, recursive or of one folder.
pub(crate) struct Walk {
    boundary: PathBuf,
    prefix: Path,
    recursive: bool,
    found: ListResult,
    /// The folders being walked, canonical: a link to one of them would go round for ever.
    open: Vec<PathBuf>,
}

impl Walk {
    pub(crate) fn new(boundary: PathBuf, prefix: &Path, recursive: bool) -> Self {
        Self {
            boundary,
            prefix: prefix.clone(),
            recursive,
            found: ListResult {
                common_prefixes: Vec::new(),
                objects: Vec::new(),
            },
            open: Vec::new(),
        }
    }

    pub(crate) fn run(mut self) -> Result<ListResult> {
        let start = file_path(&self.prefix);
        let canonical = match fs::canonicalize(&start) {
            Ok(canonical) => canonical,
            Err(error) if absent(&error) => return Ok(self.found),
            Err(error) => return Err(unreadable(&start, error)),
        };
        if canonical.starts_with(&self.boundary) {
            if canonical.is_dir() {
                let text = self.prefix.to_string();
                self.folder(&start, &text, canonical)?;
            }
        } else if start.starts_with(&self.boundary) {
            let metadata =
                fs::symlink_metadata(&start).map_err(|error| unreadable(&start, error))?;
            let location = self.prefix.clone();
            self.found.objects.push(meta(location, &metadata, true));
        } else {
            check(&self.boundary, &self.prefix)?;
        }
        Ok(self.found)
    }

    fn folder(&mut self, path: &FsPath, text: &str, canonical: PathBuf) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Refused::Depth { path: path.into() }.into());
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if absent(&error) => return Ok(()),
            Err(error) => return Err(unreadable(path, error)),
        };
        self.open.push(canonical);
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(path, error))?;
            self.entry(&entry, text)?;
        }
        self.open.pop();
        Ok(())
    }

    fn entry(&mut self, entry: &fs::DirEntry, folder: &str) -> Result<()> {
        let path = entry.path();
        let name = entry.file_name();
        let location = name
            .to_str()
            .map(|name| match folder {
                "" => name.to_owned(),
                _ => format!("{folder}/{name}"),
            })
            .and_then(|text| Path::parse(text).ok())
            .ok_or_else(|| Refused::Name { path: path.clone() })?;
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // Deleted since the folder was read.
            Err(error) if absent(&error) => return Ok(()),
            Err(error) => return Err(unreadable(&path, error)),
        };
        if !metadata.is_symlink() {
            let canonical = || match (self.open.last(), path.file_name()) {
                (Some(parent), Some(name)) => parent.join(name),
                _ => path.clone(),
            };
            if metadata.is_dir() {
                let canonical = canonical();
                return self.subfolder(&path, location, canonical);
            }
            if metadata.is_file() {
                self.found.objects.push(meta(location, &metadata, false));
            }
            return Ok(());
        }
        let target = match fs::canonicalize(&path) {
            Ok(target) => target,
            // A broken link has nothing to read; a circle of links neither.
            Err(error) if absent(&error) || is_circle(&error) => {
                return Ok(());
            }
            Err(error) => return Err(unreadable(&path, error)),
        };
        if !target.starts_with(&self.boundary) {
            self.found.objects.push(meta(location, &metadata, true));
            return Ok(());
        }
        let metadata = fs::metadata(&target).map_err(|error| unreadable(&path, error))?;
        if metadata.is_dir() {
            if self.open.contains(&target) {
                return Ok(());
            }
            return self.subfolder(&path, location, target);
        }
        if metadata.is_file() {
            self.found.objects.push(meta(location, &metadata, false));
        }
        Ok(())
    }

    fn subfolder(&mut self, path: &FsPath, location: Path, canonical: PathBuf) -> Result<()> {
        if self.recursive {
            return self.folder(path, location.as_ref(), canonical);
        }
        self.found.common_prefixes.push(location);
        Ok(())
    }
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// `ELOOP`; its `ErrorKind` is not stable yet.
fn is_circle(error: &io::Error) -> bool {
    let code = if cfg!(target_os = "linux") { 40 } else { 62 };
    error.raw_os_error() == Some(code)
}
