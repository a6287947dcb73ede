//! Local files that are not yet what they are going to be.
//!
//! They are written below `_groundline/tmp` of the declared folder and then renamed, so that no reader sees them,
//! however it globs: names below `_groundline` are hidden from Spark's folder reader, and are not below `merged`.
//! A crash leaves them there, where `gc` finds them.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use futures::FutureExt;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};

use crate::confined::{Refused, blocking};

/// Below the declared folder.
pub(crate) const STAGING: &str = "_groundline/tmp";
/// How often a folder is made again that another writer, done with it, has removed.
const TRIES: usize = 100;

/// A file of its own that takes its name at the end. Dropped before that, it is gone.
pub(crate) struct Staged {
    file: File,
    path: PathBuf,
    is_there: bool,
}

/// What happens to an object of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Replace,
    Keep,
}

impl Staged {
    /// `folder` has been found to lie inside the boundary.
    pub(crate) fn create(folder: &FsPath) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let process = std::process::id();
        let mut tries = 0;
        loop {
            // A process of an earlier boot may have had the number, and another machine may share the folder:
            // then the name is taken, and the next count is not.
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{process}-{count}"));
            let opened = OpenOptions::new().write(true).create_new(true).open(&path);
            match opened {
                Ok(file) => {
                    return Ok(Self {
                        file,
                        path,
                        is_there: true,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == ErrorKind::NotFound && tries < TRIES => {
                    tries += 1;
                    make(folder)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn write_at(&mut self, offset: u64, payload: &PutPayload) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        payload
            .iter()
            .try_for_each(|bytes| self.file.write_all(bytes))
    }

    /// Gives the file its name.
    fn finish(mut self, to: &FsPath, existing: Existing) -> io::Result<PutResult> {
        let modified = modified(&self.file)?;
        let rename = |from: &FsPath| match existing {
            Existing::Replace => fs::rename(from, to),
            Existing::Keep => fs::hard_link(from, to),
        };
        let mut tries = 0;
        loop {
            match rename(&self.path) {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::NotFound && tries < TRIES => {
                    tries += 1;
                    to.parent().map_or(Ok(()), make)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.is_there = existing == Existing::Keep;
        Ok(PutResult {
            e_tag: None,
            version: Some(modified.to_string()),
        })
    }
}

/// Makes a folder with those above it; whether it is there then, the next use says. Another writer that is done may
/// remove one of them at any moment, which the system tells as not found, or as there and no folder.
fn make(folder: &FsPath) -> io::Result<()> {
    match fs::create_dir_all(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => {
            // What is no folder stays none.
            match fs::symlink_metadata(folder) {
                Ok(metadata) if metadata.is_file() => Err(error),
                _ => Ok(()),
            }
        }
        made => made,
    }
}

/// Takes the staging folder away, and the one above it, as long as nothing else lies there.
pub(crate) fn remove_if_empty(staging: &FsPath) {
    if fs::remove_dir(staging).is_ok()
        && let Some(above) = staging.parent()
    {
        // Receipts mostly lie there.
        let _ = fs::remove_dir(above);
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if self.is_there {
            // What cannot be removed stays for `gc`.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes a whole file.
pub(crate) fn put(
    folder: &FsPath,
    to: PathBuf,
    payload: &PutPayload,
    existing: Existing,
) -> Result<PutResult> {
    let written = Staged::create(folder).and_then(|mut staged| {
        staged.write_at(0, payload)?;
        staged.finish(&to, existing)
    });
    match written {
        Ok(put) => Ok(put),
        Err(source) if existing == Existing::Keep && source.kind() == ErrorKind::AlreadyExists => {
            Err(object_store::Error::AlreadyExists {
                path: to.display().to_string(),
                source: source.into(),
            })
        }
        Err(source) => Err(Refused::Write { path: to, source }.into()),
    }
}

/// Microseconds since the epoch when the file was last written: its name changes nothing of that.
fn modified(file: &File) -> io::Result<i64> {
    let modified = file.metadata()?.modified()?;
    let since = modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A file that is written part by part.
pub(crate) struct StagedUpload {
    staged: Arc<Mutex<Option<Staged>>>,
    to: PathBuf,
    offset: u64,
}

impl StagedUpload {
    pub(crate) fn create(folder: &FsPath, to: PathBuf) -> Result<Self> {
        match Staged::create(folder) {
            Ok(staged) => Ok(Self {
                staged: Arc::new(Mutex::new(Some(staged))),
                to,
                offset: 0,
            }),
            Err(source) => Err(Refused::Write { path: to, source }.into()),
        }
    }
}

fn take(staged: &Mutex<Option<Staged>>) -> Option<Staged> {
    staged.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[async_trait]
impl MultipartUpload for StagedUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let (offset, to) = (self.offset, self.to.clone());
        self.offset = offset.saturating_add(payload.content_length() as u64);
        let staged = Arc::clone(&self.staged);
        blocking(move || {
            let mut staged = staged.lock().unwrap_or_else(PoisonError::into_inner);
            let written = match staged.as_mut() {
                Some(staged) => staged.write_at(offset, &payload),
                None => Err(ErrorKind::BrokenPipe.into()),
            };
            written.map_err(|source| Refused::Write { path: to, source }.into())
        })
        .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (staged, to) = (Arc::clone(&self.staged), self.to.clone());
        blocking(move || {
            let finished = match take(&staged) {
                Some(staged) => staged.finish(&to, Existing::Replace),
                None => Err(ErrorKind::BrokenPipe.into()),
            };
            match finished {
                Ok(put) => Ok(put),
                Err(source) => Err(Refused::Write { path: to, source }.into()),
            }
        })
        .await
    }

    async fn abort(&mut self) -> Result<()> {
        drop(take(&self.staged));
        Ok(())
    }
}

impl fmt::Debug for StagedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedUpload")
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}
