//! The local store that a link cannot lead out of.
//!
//! `LocalFileSystem` follows links wherever they point, when it lists and when it reads. This wrapper walks
//! folders itself, follows only links that stay below the boundary, and refuses every access whose
//! canonical path lies elsewhere, so that no caller can forget the check.

use std::fmt;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, RenameOptions, Result,
};

use crate::staged::{self, Existing, STAGING, StagedUpload};
use crate::walk::{MAX_DEPTH, Walk};

/// The `version` of a listed link that leads outside: it is shown, never followed, and reading it fails.
/// Local stores have no versions of their own, and the mark passes through any wrapper.
pub(crate) const OUTSIDE: &str = "link outside the root";

const STORE: &str = "local";

/// The folder, in canonical form, that everything must lie in. Shared by a root and its store, because
/// the root learns only from a listing how far up its layout begins.
#[derive(Debug)]
pub(crate) struct Boundary(RwLock<PathBuf>);

impl Boundary {
    pub(crate) fn new(canonical: PathBuf) -> Self {
        Self(RwLock::new(canonical))
    }

    pub(crate) fn widen(&self, canonical: PathBuf) {
        let mut boundary = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if boundary.starts_with(&canonical) {
            *boundary = canonical;
        }
    }

    fn get(&self) -> PathBuf {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Paths are absolute, without the leading slash, and name files literally: nothing is percent-decoded.
#[derive(Debug)]
pub(crate) struct ConfinedLocal {
    inner: Arc<LocalFileSystem>,
    boundary: Arc<Boundary>,
    /// Something was staged, so there is a folder to take away in the end.
    has_staged: AtomicBool,
}

/// Bytes that are written in place: a trip to the blocking pool costs more.
const IN_PLACE: usize = 256 << 10;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("it lies outside the declared root `{}`", .boundary.display())]
    Outside { boundary: PathBuf },
    #[error("a file name is not UTF-8 or holds control characters: `{}`", .path.display())]
    Name { path: PathBuf },
    #[error("folders are nested deeper than {MAX_DEPTH} below the listed one: `{}`", .path.display())]
    Depth { path: PathBuf },
    #[error("cannot write `{}`", .path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot read `{}`", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl From<Refused> for object_store::Error {
    fn from(source: Refused) -> Self {
        Self::Generic {
            store: STORE,
            source: source.into(),
        }
    }
}

impl ConfinedLocal {
    pub(crate) fn new(boundary: Arc<Boundary>) -> Self {
        Self {
            inner: Arc::new(LocalFileSystem::new()),
            boundary,
            has_staged: AtomicBool::new(false),
        }
    }

    /// The folder in which a file for `location` is staged. Neither may lie outside, whatever links say.
    fn staging(&self, location: &Path) -> Result<PathBuf> {
        let boundary = self.boundary.get();
        check(&boundary, location)?;
        let folder = boundary.join(STAGING);
        check_path(&boundary, &folder)?;
        self.has_staged.store(true, Ordering::Relaxed);
        Ok(folder)
    }

    /// A few `lstat` calls, made in place: cheaper than a trip to the blocking pool.
    fn check(&self, location: &Path) -> Result<()> {
        check(&self.boundary.get(), location)
    }
}

pub(crate) fn check(boundary: &FsPath, location: &Path) -> Result<()> {
    check_path(boundary, &file_path(location))
}

pub(crate) fn check_path(boundary: &FsPath, path: &FsPath) -> Result<()> {
    let mut existing = path;
    // What does not exist yet lies where its nearest existing folder lies.
    let canonical = loop {
        match fs::canonicalize(existing) {
            Ok(canonical) => break canonical,
            Err(error) => match existing.parent() {
                Some(parent) if error.kind() == ErrorKind::NotFound => existing = parent,
                _ => {
                    return Err(unreadable(path, error));
                }
            },
        }
    };
    if canonical.starts_with(boundary) {
        return Ok(());
    }
    Err(outside(boundary, &path.to_string_lossy()))
}

/// Opens a file and looks where it lies by what was opened: one question to the system where canonical paths
/// take one for each folder, and no moment in which the file could become another. Made in place: with many small
/// files, a trip to the blocking pool costs more than the opening.
///
/// `None` where that cannot be asked, or more than the bytes is wanted: then the longer way answers.
fn open(boundary: &FsPath, location: &Path, options: &GetOptions) -> Result<Option<GetResult>> {
    let GetOptions {
        if_match: None,
        if_none_match: None,
        if_modified_since: None,
        if_unmodified_since: None,
        range,
        version: None,
        head: false,
        ..
    } = options
    else {
        return Ok(None);
    };
    let Some((file, lies_at)) = opened_at(&file_path(location)) else {
        return Ok(None);
    };
    if !lies_at.starts_with(boundary) {
        return Err(outside(boundary, location.as_ref()));
    }
    let Ok(metadata) = file.metadata() else {
        return Ok(None);
    };
    let range = match range {
        _ if !metadata.is_file() => return Ok(None),
        None => 0..metadata.len(),
        Some(GetRange::Offset(from)) if *from < metadata.len() => *from..metadata.len(),
        Some(_) => return Ok(None),
    };
    Ok(Some(GetResult {
        payload: GetResultPayload::File(file, file_path(location)),
        meta: meta(location.clone(), &metadata, false),
        range,
        attributes: Attributes::new(),
    }))
}

/// The opened file and its canonical path, where the system tells both at once.
#[cfg(target_os = "linux")]
fn opened_at(path: &FsPath) -> Option<(fs::File, PathBuf)> {
    use std::os::fd::AsRawFd;
    let file = fs::File::open(path).ok()?;
    let lies_at = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
    Some((file, lies_at))
}

#[cfg(not(target_os = "linux"))]
fn opened_at(_path: &FsPath) -> Option<(fs::File, PathBuf)> {
    None
}

fn not_here(operation: &str) -> object_store::Error {
    object_store::Error::NotImplemented {
        operation: operation.to_owned(),
        implementer: STORE.to_owned(),
    }
}

fn outside(boundary: &FsPath, path: &str) -> object_store::Error {
    object_store::Error::PermissionDenied {
        path: path.trim_start_matches('/').to_owned(),
        source: Refused::Outside {
            boundary: boundary.to_owned(),
        }
        .into(),
    }
}

pub(crate) fn file_path(location: &Path) -> PathBuf {
    PathBuf::from(format!("/{location}"))
}

#[async_trait]
impl ObjectStore for ConfinedLocal {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let existing = match options.mode {
            PutMode::Overwrite => Existing::Replace,
            PutMode::Create => Existing::Keep,
            PutMode::Update(_) => return Err(not_here("a conditional put")),
        };
        if !options.attributes.is_empty() {
            return Err(not_here("a put with attributes"));
        }
        let folder = self.staging(location)?;
        let to = file_path(location);
        if payload.content_length() <= IN_PLACE {
            return staged::put(&folder, to, &payload, existing);
        }
        blocking(move || staged::put(&folder, to, &payload, existing)).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if !options.attributes.is_empty() {
            return Err(not_here("an upload with attributes"));
        }
        let folder = self.staging(location)?;
        let path = file_path(location);
        // Told before many parts are written.
        if path.is_dir() {
            let source = ErrorKind::IsADirectory.into();
            return Err(Refused::Write { path, source }.into());
        }
        Ok(Box::new(StagedUpload::create(&folder, path)?))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if let Some(opened) = open(&self.boundary.get(), location, &options)? {
            return Ok(opened);
        }
        self.check(location)?;
        let mut got = self.inner.get_opts(location, options).await?;
        got.meta.e_tag = None;
        Ok(got)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.check(location)?;
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let boundary = self.boundary.get();
        let checked = locations.map(move |location| {
            let location = location?;
            // A link is deleted, not what it points to: its folder decides.
            match location.parent() {
                Some(folder) => check(&boundary, &folder)?,
                None => check(&boundary, &location)?,
            }
            Ok(location)
        });
        self.inner.delete_stream(checked.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let boundary = self.boundary.get();
        let prefix = prefix.cloned().unwrap_or_default();
        stream::once(async move {
            let listed = blocking(move || Walk::new(boundary, &prefix, true).run()).await?;
            Ok::<_, object_store::Error>(stream::iter(listed.objects.into_iter().map(Ok)))
        })
        .try_flatten()
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let boundary = self.boundary.get();
        let prefix = prefix.cloned().unwrap_or_default();
        blocking(move || Walk::new(boundary, &prefix, false).run()).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.check(from)?;
        self.check(to)?;
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.check(from)?;
        self.check(to)?;
        self.inner.rename_opts(from, to, options).await
    }
}

/// Who only wrote leaves no empty folders behind. One that others write to as well is not empty, and stays.
impl Drop for ConfinedLocal {
    fn drop(&mut self) {
        if !self.has_staged.load(Ordering::Relaxed) {
            return;
        }
        staged::remove_if_empty(&self.boundary.get().join(STAGING));
    }
}

impl fmt::Display for ConfinedLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfinedLocal({})", self.boundary.get().display())
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await?,
        Err(_) => work(),
    }
}

pub(crate) fn unreadable(path: &FsPath, source: io::Error) -> object_store::Error {
    Refused::Io {
        path: path.to_owned(),
        source,
    }
    .into()
}

/// No etag: the identity of a local object is its size and mtime, so that a copied folder stays the same.
pub(crate) fn meta(location: Path, metadata: &Metadata, outside: bool) -> ObjectMeta {
    ObjectMeta {
        location,
        last_modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).into(),
        size: metadata.len(),
        e_tag: None,
        version: outside.then(|| OUTSIDE.to_owned()),
    }
}
