//! Folders of this machine, as a user writes them.

use std::io;
use std::path::{Path as FsPath, PathBuf};

use percent_encoding::percent_decode_str;

use crate::confined::check_path;
use crate::error::StoreError;
use crate::remote::{RemoteUri, half_typed, shown};
use crate::staged::{STAGING, Staged, remove_if_empty};

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

/// Makes and removes a file where the others are staged: no reader looks there, and what a killed process leaves there
/// is `gc`'s. A link that leads elsewhere is refused by the first write, in its own words.
pub(crate) fn probe(folder: &FsPath) -> io::Result<()> {
    let staging = folder.join(STAGING);
    match check_path(folder, &staging) {
        Ok(()) => {
            Staged::create(&staging).map(drop)?;
            remove_if_empty(&staging);
            Ok(())
        }
        Err(_) => Ok(()),
    }
}
