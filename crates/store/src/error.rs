//! What can go wrong between a root and its bytes.

use std::error::Error;
use std::io::ErrorKind;

use crate::hour::Hour;
use crate::remote::RemoteError;

/// Why a root, a listing or a commit failed. The message says what and to which thing; the cause is
/// in the `source()` chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("`{text}` is no local folder")]
    RemoteRoot { text: String },
    #[error("`{uri}`: groundline reads s3://, gs://, az://, abfss:// and local paths")]
    UnknownScheme { uri: String },
    /// Begins like a URI, and is none.
    #[error("`{uri}` is not a whole URI: {why}")]
    BadUri {
        uri: String,
        why: String,
        /// What was probably meant.
        right: Option<String>,
    },
    /// A remote store that could not be opened, listed or read.
    #[error(transparent)]
    Remote(Box<RemoteError>),
    /// An encryption that cannot be had as it was asked for.
    #[error("{why}")]
    Encryption { why: String },
    #[error("no such folder: `{text}`")]
    NoSuchFolder { text: String },
    #[error("`{text}` is a file; a folder is expected")]
    IsAFile { text: String },
    #[error("cannot read the folder `{text}`")]
    NotReadable {
        text: String,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot write into the folder `{text}`")]
    NotWritable {
        text: String,
        #[source]
        source: std::io::Error,
    },
    /// A path that has no place in a store: not UTF-8, control characters.
    #[error("`{text}` cannot be used as a path: it is not UTF-8 or holds control characters")]
    UnusablePath { text: String },
    /// A key that would leave its root or that no store can hold.
    #[error("the key `{key}` is not a plain path below `{root}`: {why}")]
    BadKey {
        root: String,
        key: String,
        why: &'static str,
    },
    #[error("`{text}` is not an hour: {why}; write it as 2026-11-01T00 (UTC)")]
    BadHour { text: String, why: &'static str },
    #[error("the window is empty: --from {from} is not before --to {to}")]
    EmptyWindow { from: Hour, to: Hour },

    /// No `{endpoint}/{variant}/yyyy/mm/dd/hh` at, above or below the folder that was given.
    #[error(
        "`{root}` has no {{endpoint}}/{{variant}}/yyyy/mm/dd/hh below it; it has: {}{}",
        names(.found),
        did_you_mean(.suggestion)
    )]
    NoCaptureLayout {
        root: String,
        /// The first few names found there, folders with a slash.
        found: Vec<String>,
        /// A path that would have worked.
        suggestion: Option<String>,
    },
    /// No `yyyy/mm/dd/hh` at, above or below the folder that was given.
    #[error(
        "`{root}` has no yyyy/mm/dd/hh below it; it has: {}{}",
        names(.found),
        did_you_mean(.suggestion)
    )]
    NoLabelLayout {
        root: String,
        /// The first few names found there, folders with a slash.
        found: Vec<String>,
        /// A path that would have worked.
        suggestion: Option<String>,
    },
    #[error(
        "`{root}` has more than {limit} folders two levels down; point at the folder directly above the endpoints"
    )]
    TooManyFolders { root: String, limit: usize },

    #[error("`--map {entry}` is not of the form s3://bucket/prefix=LOCAL")]
    BadMap { entry: String },
    /// A URI of a manifest that no `--map` covers, or that climbs out of its map.
    #[error(
        "`{uri}` lies outside the mapped roots ({}); add `--map {}=LOCAL` if it should be read",
        mapped_roots(.mapped),
        folder_of(.uri)
    )]
    OutsideRoots {
        uri: String,
        /// The URI prefixes that are mapped.
        mapped: Vec<String>,
    },

    #[error("cannot list `{prefix}` in `{root}`")]
    List {
        root: String,
        prefix: String,
        #[source]
        source: object_store::Error,
    },
    #[error("`{key}` is not in `{root}`")]
    NotFound { root: String, key: String },
    #[error("cannot read `{key}` in `{root}`")]
    Read {
        root: String,
        key: String,
        #[source]
        source: object_store::Error,
    },
    #[error("cannot write `{key}` in `{root}`")]
    Write {
        root: String,
        key: String,
        #[source]
        source: object_store::Error,
    },
    #[error("cannot delete `{key}` in `{root}`")]
    Delete {
        root: String,
        key: String,
        #[source]
        source: object_store::Error,
    },
    #[error("an upload task of `{key}` in `{root}` ended early")]
    UploadTask {
        root: String,
        key: String,
        #[source]
        source: tokio::task::JoinError,
    },

    #[error("`{key}` in `{root}` is not what groundline wrote")]
    BadJson {
        root: String,
        key: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("cannot hold `{file}`")]
    Lease {
        file: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("cannot write `{what}` as JSON")]
    ToJson {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error(
        "`{key}` in `{root}` has version {found}; this build knows version {known}: use a newer groundline or another output folder"
    )]
    JsonVersion {
        root: String,
        key: String,
        found: u64,
        known: u32,
    },
    #[error("the label snapshot `{key}` in `{root}` does not have the content that its name says")]
    SnapshotContent { root: String, key: String },
}

impl StoreError {
    /// True where the arguments or the data are at fault, false where a store or a disk failed.
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::Remote(error) => error.is_user_error(),
            Self::List { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Delete { .. }
            | Self::UploadTask { .. }
            | Self::Lease { .. }
            | Self::ToJson { .. } => false,
            _ => true,
        }
    }

    /// True where the same may succeed a little later: a busy or broken service, a lost connection. The store has
    /// asked several times by then; whoever has hours of work behind it may do the last step once more.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Remote(error) if error.is_transient())
    }

    /// True where an object lies in an archive (Glacier and its like) and has to be restored before it can be read.
    pub fn is_archived(&self) -> bool {
        matches!(self, Self::Remote(error) if error.is_archived())
    }

    /// True where a local folder is not there.
    pub fn is_no_folder(&self) -> bool {
        matches!(self, Self::NoSuchFolder { .. })
    }

    /// What to do next, where that is not in the message.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Remote(error) => error.hint().to_owned(),
            Self::BadUri {
                right: Some(right), ..
            } => format!("did you mean `{right}`?"),
            Self::BadUri { right: None, .. } => "write it like s3://bucket/prefix".into(),
            Self::UnknownScheme { uri } if uri.contains("amazonaws.com") => {
                "an object's web address is no root; write it like s3://bucket/prefix".into()
            }
            Self::Encryption { .. } => {
                "`sse` is AES256, aws:kms or aws:kms:dsse, and for S3; `kms_key_id` goes with the last two"
                    .into()
            }
            Self::OutsideRoots { uri, .. } if uri.contains("://") => {
                let folder = folder_of(uri);
                format!("`--map {folder}={folder}` reads it where it is")
            }
            Self::NotWritable { source, .. } => disk_hint(source.kind())?.into(),
            Self::Write { source, .. } | Self::Delete { source, .. } => {
                disk_hint(io_kind(source)?)?.into()
            }
            Self::RemoteRoot { .. } => "give a folder of this machine".into(),
            _ => return None,
        })
    }
}

/// What the system said below an error of a local store.
fn io_kind(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    std::iter::successors(Some(error), |&error: &&(dyn Error + 'static)| {
        error.source()
    })
    .find_map(|error| error.downcast_ref::<std::io::Error>())
    .map(std::io::Error::kind)
}

fn disk_hint(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "the disk is full; make room, or write to another folder, and run again: what is written already stands"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "the disk cannot be written to; write to another folder, or mount it for writing"
        }
        ErrorKind::PermissionDenied => {
            "the user of this process may not write there; write to another folder, or change its owner or mode"
        }
        ErrorKind::CrossesDevices => {
            "a folder of the output lies on another disk than its `_groundline/tmp`; keep the whole output on one"
        }
        _ => return None,
    })
}

fn names(found: &[String]) -> String {
    if found.is_empty() {
        "nothing".to_owned()
    } else {
        found.join(", ")
    }
}

fn did_you_mean(right: &Option<String>) -> String {
    right
        .as_ref()
        .map(|path| format!("; did you mean `{path}`?"))
        .unwrap_or_default()
}

fn mapped_roots(mapped: &[String]) -> String {
    if mapped.is_empty() {
        "none".to_owned()
    } else {
        mapped.join(", ")
    }
}

/// The URI without its last part, but never shorter than scheme and bucket.
fn folder_of(uri: &str) -> &str {
    let bucket = uri.find("://").map_or(0, |at| at + 3);
    match uri.rfind('/') {
        Some(at) if at > bucket => uri.get(..at).unwrap_or(uri),
        _ => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confined::Refused;

    fn write(kind: ErrorKind) -> StoreError {
        let refused = Refused::Write {
            path: "out/x".into(),
            source: kind.into(),
        };
        StoreError::Write {
            root: "out".into(),
            key: "x".into(),
            source: refused.into(),
        }
    }

    #[test]
    fn a_full_disk_and_one_that_cannot_be_written_say_what_to_do() {
        for (kind, expected) in [
            (ErrorKind::StorageFull, "the disk is full; make room"),
            (ErrorKind::QuotaExceeded, "the disk is full; make room"),
            (
                ErrorKind::ReadOnlyFilesystem,
                "the disk cannot be written to",
            ),
            (ErrorKind::CrossesDevices, "`_groundline/tmp`"),
        ] {
            let hint = write(kind).hint().unwrap_or_default();
            assert!(hint.contains(expected), "{hint}");
        }
        let other = write(ErrorKind::BrokenPipe);
        assert_eq!(other.hint(), None);
        assert!(!other.is_transient() && !other.is_archived() && !other.is_user_error());
    }
}
