//! A declared root: the folder or prefix that a user named, and the store that it is in.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

use crate::confined::{Boundary, ConfinedLocal};
use crate::error::StoreError;
use crate::local::{local_path, not_readable, probe, refuse_half_typed};
use crate::remote::{Doing, Opened, RemoteUri, Service, Uploads, Way, remote_error};

/// A store, a prefix in it, and what the user wrote for it.
///
/// The prefix is absolute in the store: a local root is in a store of `/`, so that no prefix has to be
/// put before keys by hand. The local store refuses whatever lies outside the root, links included.
#[derive(Clone)]
pub struct Root {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    display: String,
    place: Place,
}

/// Two roots can hold one another only where their stores are one.
#[derive(Clone)]
enum Place {
    Local(Arc<Boundary>),
    Store(Arc<dyn ObjectStore>),
    Remote(Arc<Remote>),
}

/// A bucket: roots in it may hold one another.
struct Remote {
    service: Service,
    /// `s3://bucket`
    base: String,
    way: Way,
    uploads: Option<Arc<Uploads>>,
}

impl Root {
    /// A folder that exists and can be listed. `file://` URIs are understood; for other schemes there is
    /// [`Stores`](crate::Stores).
    pub fn open(text: &str) -> Result<Self, StoreError> {
        let path = local_path(text)?;
        let canonical = match fs::canonicalize(&path) {
            Ok(canonical) => canonical,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                refuse_half_typed(text)?;
                return Err(StoreError::NoSuchFolder { text: text.into() });
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(StoreError::IsAFile { text: text.into() });
            }
            Err(source) => return Err(not_readable(text, source)),
        };
        if !canonical.is_dir() {
            return Err(StoreError::IsAFile { text: text.into() });
        }
        fs::read_dir(&canonical).map_err(|source| not_readable(text, source))?;
        Self::local(canonical, text)
    }

    /// A folder to write to, made with its parents where it is absent; for other schemes there is
    /// [`Stores::create`](crate::Stores::create).
    /// That it can be written is found out here, not after an hour's work.
    pub fn create(text: &str) -> Result<Self, StoreError> {
        Self::check_output(text)?;
        let path = local_path(text)?;
        let not_writable = |source| StoreError::NotWritable {
            text: text.to_owned(),
            source,
        };
        match fs::metadata(&path) {
            Ok(metadata) if !metadata.is_dir() => {
                return Err(StoreError::IsAFile { text: text.into() });
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(&path).map_err(not_writable)?;
            }
            Err(error) => return Err(not_writable(error)),
        }
        let canonical = fs::canonicalize(&path).map_err(not_writable)?;
        probe(&canonical).map_err(not_writable)?;
        Self::local(canonical, text)
    }

    /// Refuses what is neither a folder nor a whole URI of a store: what was half typed is not made on the disk.
    pub fn check_output(text: &str) -> Result<(), StoreError> {
        match RemoteUri::parse(text) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(error),
            None if FsPath::new(text).exists() => Ok(()),
            None => refuse_half_typed(text),
        }
    }

    pub(crate) fn remote(opened: Opened, uri: RemoteUri) -> Self {
        let place = Remote {
            service: uri.service,
            base: uri.base(),
            way: opened.way,
            uploads: opened.uploads,
        };
        Self {
            store: opened.store,
            display: place.uri(&uri.prefix),
            prefix: uri.prefix,
            place: Place::Remote(Arc::new(place)),
        }
    }

    /// A root in any store.
    pub fn with_store(store: Arc<dyn ObjectStore>, prefix: Path, display: &str) -> Self {
        Self {
            place: Place::Store(Arc::clone(&store)),
            store,
            prefix,
            display: display.to_owned(),
        }
    }

    /// A root that holds nothing, for an output that is not there yet; nobody sees what is written to it.
    pub fn nothing(display: &str) -> Self {
        let store = Arc::new(object_store::memory::InMemory::new());
        Self::with_store(store, Path::default(), display)
    }

    fn local(canonical: PathBuf, text: &str) -> Result<Self, StoreError> {
        let prefix = canonical
            .to_str()
            .and_then(|path| Path::parse(path).ok())
            .ok_or_else(|| StoreError::UnusablePath { text: text.into() })?;
        let boundary = Arc::new(Boundary::new(canonical));
        Ok(Self {
            store: Arc::new(ConfinedLocal::new(Arc::clone(&boundary))),
            prefix,
            display: text.to_owned(),
            place: Place::Local(boundary),
        })
    }

    /// The same root seen through a wrapper: a counter, a limit, a delay.
    pub fn wrap(self, f: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self {
            store: f(self.store),
            ..self
        }
    }

    /// Reads nothing outside this root. Register it under a URL of its own, never for all of `file://`.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// True if its objects are files of this machine.
    pub fn is_local(&self) -> bool {
        matches!(self.place, Place::Local(_))
    }

    /// True if its objects come over the network.
    pub fn is_remote(&self) -> bool {
        matches!(self.place, Place::Remote(_))
    }

    /// The unfinished uploads of its bucket, where they can be listed.
    pub(crate) fn uploads(&self) -> Option<&Uploads> {
        match &self.place {
            Place::Remote(remote) => remote.uploads.as_deref(),
            _ => None,
        }
    }

    /// What becomes of unfinished uploads that [`leftovers`](crate::leftovers) cannot list; `None` where it can,
    /// or where there are none.
    pub fn who_ends_uploads(&self) -> Option<&'static str> {
        match &self.place {
            Place::Remote(remote) => match remote.service {
                Service::S3 => None,
                Service::Gcs => Some(
                    "unfinished uploads of Google Cloud Storage are not listed: a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) ends them",
                ),
                Service::Azure => Some(
                    "unfinished uploads of Azure are not listed: the service drops what was not committed after a week",
                ),
            },
            _ => None,
        }
    }

    /// `s3://bucket/prefix` of a remote root.
    pub fn uri(&self) -> Option<String> {
        match &self.place {
            Place::Remote(remote) => Some(remote.uri(&self.prefix)),
            _ => None,
        }
    }

    /// An error of the store in words, where it is a remote one; else the error itself.
    pub(crate) fn explain(
        &self,
        doing: Doing,
        path: &Path,
        error: object_store::Error,
    ) -> Result<StoreError, object_store::Error> {
        match &self.place {
            Place::Remote(remote) => Ok(StoreError::Remote(Box::new(remote_error(
                doing,
                remote.uri(path),
                remote.service,
                &error,
                &remote.way,
            )))),
            _ => Err(error),
        }
    }

    /// What [`Stores::open`](crate::Stores::open) opens it by, in any process that sees the same files: a URI, or an
    /// absolute path. `None` of a root that only this process has.
    pub fn address(&self) -> Option<String> {
        match &self.place {
            Place::Local(_) => Some(format!("/{}", self.prefix)),
            Place::Remote(_) => self.uri(),
            Place::Store(_) => None,
        }
    }

    /// What the user wrote, for messages.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The path of a key below this root. Refuses what could leave it (`..`, an absolute key) and what
    /// has two spellings (empty parts, `.`).
    pub fn child(&self, key: &str) -> Result<Path, StoreError> {
        let refuse = |why| StoreError::BadKey {
            root: self.display.clone(),
            key: key.to_owned(),
            why,
        };
        if key.starts_with('/') {
            return Err(refuse("it is absolute"));
        }
        for part in key.split('/') {
            match part {
                "" => return Err(refuse("it is empty or has an empty part")),
                "." | ".." => return Err(refuse("it has a `.` or `..` part")),
                _ => {}
            }
        }
        let full = if self.prefix.is_root() {
            key.to_owned()
        } else {
            format!("{}/{key}", self.prefix)
        };
        Path::parse(full).map_err(|_| refuse("it holds control characters"))
    }

    /// The key of a path below this root, literally: a `%` in a name stays a `%`, so that
    /// `child(key(path))` is `path`. A path outside comes back whole.
    pub fn key(&self, path: &Path) -> String {
        relative(path, &self.prefix)
            .unwrap_or(path.as_ref())
            .to_owned()
    }

    /// True if `other` is this root or lies inside it.
    pub fn contains(&self, other: &Self) -> bool {
        let one_store = match (&self.place, &other.place) {
            (Place::Local(_), Place::Local(_)) => true,
            (Place::Store(one), Place::Store(two)) => Arc::ptr_eq(one, two),
            (Place::Remote(one), Place::Remote(two)) => one.base == two.base,
            _ => false,
        };
        one_store && other.prefix.prefix_matches(&self.prefix)
    }

    /// True if the folder or prefix that `text` names, which need not exist yet, is this root or lies inside it.
    pub fn holds(&self, text: &str) -> bool {
        match &self.place {
            Place::Local(_) => {}
            Place::Remote(remote) => {
                let Some(Ok(uri)) = RemoteUri::parse(text) else {
                    return false;
                };
                return uri.base() == remote.base && uri.prefix.prefix_matches(&self.prefix);
            }
            Place::Store(_) => return false,
        }
        let Ok(path) = local_path(text).and_then(|path| {
            std::path::absolute(&path).map_err(|source| not_readable(text, source))
        }) else {
            return false;
        };
        // The deepest part that exists tells where links lead; the rest is yet to be made.
        let mut existing = path.as_path();
        let mut rest: Vec<&std::ffi::OsStr> = Vec::new();
        let canonical = loop {
            match fs::canonicalize(existing) {
                Ok(canonical) => break canonical,
                Err(_) => match (existing.parent(), existing.file_name()) {
                    (Some(parent), Some(name)) => {
                        rest.push(name);
                        existing = parent;
                    }
                    _ => return false,
                },
            }
        };
        let full = rest
            .iter()
            .rev()
            .fold(canonical, |path, name| path.join(name));
        full.starts_with(FsPath::new("/").join(self.prefix.as_ref()))
    }

    /// The root this many levels up; `None` above the store's own root.
    /// The local boundary widens with it: the folders in between belong to the layout that was declared.
    pub(crate) fn climb(&self, levels: usize) -> Option<Self> {
        let mut prefix = self.prefix.clone();
        if let Place::Remote(remote) = &self.place {
            for _ in 0..levels {
                // The bucket itself is the parent of what has no slash.
                prefix.filename()?;
                prefix = prefix.parent().unwrap_or_default();
            }
            return Some(Self {
                display: remote.uri(&prefix),
                prefix,
                ..self.clone()
            });
        }
        let mut display = PathBuf::from(&self.display);
        for _ in 0..levels {
            let name = prefix.filename().map(str::to_owned)?;
            prefix = prefix.parent()?;
            // `.` and links have no textual parent; the absolute path is right for all.
            if display.file_name().is_none_or(|last| last != name.as_str()) || !display.pop() {
                display = PathBuf::from(format!("/{prefix}"));
            }
        }
        if display.as_os_str().is_empty() {
            display = PathBuf::from(".");
        }
        if let Place::Local(boundary) = &self.place {
            boundary.widen(PathBuf::from(format!("/{prefix}")));
        }
        Some(Self {
            store: Arc::clone(&self.store),
            prefix,
            display: display.to_string_lossy().into_owned(),
            place: self.place.clone(),
        })
    }

    /// What the user could have written for a folder below.
    pub(crate) fn display_of(&self, path: &Path) -> String {
        let base = self.display.trim_end_matches('/');
        match self.key(path) {
            key if key.is_empty() => self.display.clone(),
            key => format!("{base}/{key}"),
        }
    }
}

impl Remote {
    fn uri(&self, path: &Path) -> String {
        match path.is_root() {
            true => self.base.clone(),
            false => format!("{}/{path}", self.base),
        }
    }
}

/// Without the store: an in-memory one would print all its objects.
impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("prefix", &self.prefix.as_ref())
            .field("display", &self.display)
            .finish_non_exhaustive()
    }
}

/// `path` without `prefix`, by whole parts.
pub(crate) fn relative<'a>(path: &'a Path, prefix: &Path) -> Option<&'a str> {
    if prefix.is_root() {
        return Some(path.as_ref());
    }
    let rest = path.as_ref().strip_prefix(prefix.as_ref())?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('/')
}

#[cfg(test)]
mod tests;
