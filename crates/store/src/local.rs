//! Folders of this machine, as a user writes them.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use percent_encoding::percent_decode_str;

use crate::error::StoreError;
use crate::remote::{RemoteUri, half_typed, shown};

/// The path of plain text or of a `file://` URI.
pub(crate) fn local_path(text: &str) -> Result<PathBuf, StoreError> {
    match RemoteUri::parse(text) {
        Some(Ok(_)) => return Err(StoreError::RemoteRoot { text: shown(text) }),
        Some(Err(error)) => return Err(error),
        None => {}
    }
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => percent_decode_str(rest)
            .decode_utf8()
            .map(|path| PathBuf::from(path.into_owned()))
            .map_err(|_| StoreError::UnusablePath { text: text.into() }),
        _ => Ok(PathBuf::from(text)),
    }
}

/// A typing error in a URI should not be looked for on the disk, nor made there.
pub(crate) fn refuse_half_typed(text: &str) -> Result<(), StoreError> {
    match half_typed(text) {
        Some(right) => Err(StoreError::BadUri {
            uri: shown(text),
            why: "after the scheme comes `://`".into(),
            right: Some(right),
        }),
        None => Ok(()),
    }
}

pub(crate) fn not_readable(text: &str, source: io::Error) -> StoreError {
    StoreError::NotReadable {
        text: text.to_owned(),
        source,
    }
}

/// Makes and removes an entry that no reader looks at. The name is this process's own, so that two runners
/// do not meet in it.
pub(crate) fn probe(folder: &FsPath) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("_groundline-probe-{}-{count}", std::process::id()));
    drop(
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?,
    );
    fs::remove_file(&path)
}
