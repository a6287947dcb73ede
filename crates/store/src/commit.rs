//! Objects appear whole or not at all.
//!
//! That holds for readers and for crashes of this process. A power cut is another matter on a local disk: files are
//! renamed into place and not synced, because a sync for each hour would cost more than the hour.
//! After a power cut an hour file may be short or empty, which the size in its receipt shows, or hold zeros where
//! bytes were, which `backfill --verify` shows by the receipt's sha256. Other stores answer when the bytes are safe.

use std::fmt;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{GetResult, MultipartUpload, ObjectStoreExt, PutPayload, PutResult};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use crate::error::StoreError;
use crate::remote::Doing;
use crate::root::Root;

/// Bytes of every part but the last. Equal parts are what some S3 look-alikes demand.
pub const PART_SIZE: usize = 8 * 1024 * 1024;
/// Parts on their way while the next one fills: memory stays below four parts.
const IN_FLIGHT: usize = 2;

/// What a commit left under the final name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// What the store said of the object as it now is; `None` of local files, as in a listing.
    pub etag: Option<String>,
    /// When a local file was written; stores that say an etag say all with that.
    pub mtime_micros: Option<i64>,
}

/// Writes one object that appears under its name only at [`commit`](Self::commit).
///
/// Less than one part is a single `put`; more is a multipart upload. On a local disk both are staged files that
/// are renamed. An error, [`abort`](Self::abort) or a drop leaves what was there before; after a drop the
/// clean-up runs in the background, as well as it can.
pub struct AtomicWriter {
    root: Root,
    path: Path,
    key: String,
    pending: Vec<Bytes>,
    pending_size: usize,
    size: u64,
    hasher: Sha256,
    upload: Option<Box<dyn MultipartUpload>>,
    parts: JoinSet<object_store::Result<()>>,
}

impl AtomicWriter {
    /// Nothing is written yet. The key is taken literally, below the root.
    pub async fn create(root: &Root, key: &str) -> Result<Self, StoreError> {
        Ok(Self {
            path: root.child(key)?,
            root: root.clone(),
            key: key.to_owned(),
            pending: Vec::new(),
            pending_size: 0,
            size: 0,
            hasher: Sha256::new(),
            upload: None,
            parts: JoinSet::new(),
        })
    }

    /// Takes the bytes without copying them. After an error the writer can only be dropped or aborted.
    pub async fn write(&mut self, mut bytes: Bytes) -> Result<(), StoreError> {
        self.hasher.update(&bytes);
        self.size = self.size.saturating_add(bytes.len() as u64);
        while !bytes.is_empty() {
            let room = PART_SIZE.saturating_sub(self.pending_size);
            let piece = bytes.split_to(room.min(bytes.len()));
            self.pending_size += piece.len();
            self.pending.push(piece);
            if self.pending_size == PART_SIZE {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    /// Bytes written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub async fn commit(mut self) -> Result<Committed, StoreError> {
        match self.finish().await {
            Ok(put) => Ok(Committed {
                key: std::mem::take(&mut self.key),
                size: self.size,
                sha256: hex(&self.hasher.finalize_reset()),
                mtime_micros: local_mtime(&put),
                etag: put.e_tag,
            }),
            Err(error) => {
                self.abort().await;
                Err(error)
            }
        }
    }

    /// Waits until nothing of the object is left.
    pub async fn abort(mut self) {
        // A part that lands after the abort would bring the staged object back on some stores.
        while self.parts.join_next().await.is_some() {}
        if let Some(mut upload) = self.upload.take() {
            // The reason for the abort is what matters; a store that cannot clean up has lifecycle rules.
            let _ = upload.abort().await;
        }
    }

    async fn finish(&mut self) -> Result<PutResult, StoreError> {
        if self.upload.is_none() {
            let payload: PutPayload = std::mem::take(&mut self.pending).into_iter().collect();
            let put = self.root.store().put(&self.path, payload).await;
            return put.map_err(|source| self.failed(source));
        }
        if self.pending_size > 0 {
            self.send_part().await?;
        }
        while !self.parts.is_empty() {
            self.join_part().await?;
        }
        let mut put = PutResult {
            e_tag: None,
            version: None,
        };
        if let Some(upload) = &mut self.upload {
            let completed = upload.complete().await;
            put = completed.map_err(|source| self.failed(source))?;
        }
        self.upload = None;
        Ok(put)
    }

    async fn send_part(&mut self) -> Result<(), StoreError> {
        while self.parts.len() >= IN_FLIGHT {
            self.join_part().await?;
        }
        let payload: PutPayload = std::mem::take(&mut self.pending).into_iter().collect();
        self.pending_size = 0;
        if self.upload.is_none() {
            let started = self.root.store().put_multipart(&self.path).await;
            self.upload = Some(started.map_err(|source| self.failed(source))?);
        }
        if let Some(upload) = &mut self.upload {
            self.parts.spawn(upload.put_part(payload));
        }
        Ok(())
    }

    async fn join_part(&mut self) -> Result<(), StoreError> {
        match self.parts.join_next().await {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(source))) => Err(self.failed(source)),
            Some(Err(source)) => Err(StoreError::UploadTask {
                root: self.root.display().to_owned(),
                key: self.key.clone(),
                source,
            }),
        }
    }

    fn failed(&self, source: object_store::Error) -> StoreError {
        write_error(&self.root, &self.path, source)
    }
}

/// The local store says it as the version, which it has none of.
fn local_mtime(put: &PutResult) -> Option<i64> {
    match put.e_tag {
        Some(_) => None,
        None => put.version.as_ref()?.parse().ok(),
    }
}

impl Drop for AtomicWriter {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else {
            return;
        };
        let mut parts = std::mem::take(&mut self.parts);
        // Without a runtime the upload's own drop is all there is; the local store's removes its file.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                while parts.join_next().await.is_some() {}
                let _ = upload.abort().await;
            });
        }
    }
}

impl fmt::Debug for AtomicWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomicWriter")
            .field("key", &self.key)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Writes a small object atomically unless it is already so; true if it was written.
/// Equal content is left alone: its mtime tells others that nothing happened.
pub async fn put_if_changed(root: &Root, key: &str, bytes: Bytes) -> Result<bool, StoreError> {
    let path = root.child(key)?;
    if let Some(existing) = get(root, &path, Some(bytes.len() as u64)).await?
        && existing == bytes
    {
        return Ok(false);
    }
    root.store()
        .put(&path, bytes.into())
        .await
        .map_err(|source| write_error(root, &path, source))?;
    Ok(true)
}

/// Deletes an object; false if there was none.
pub async fn delete_if_present(root: &Root, key: &str) -> Result<bool, StoreError> {
    let path = root.child(key)?;
    // S3 deletes what is not there without a word, so ask first.
    match root.store().head(&path).await {
        Ok(_) => {}
        Err(object_store::Error::NotFound { .. }) => return Ok(false),
        Err(source) => return Err(read_error(root, &path, source)),
    }
    match root.store().delete(&path).await {
        Ok(()) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(source) => Err(delete_error(root, &path, source)),
    }
}

/// A whole object; [`StoreError::NotFound`] if there is none.
pub async fn read(root: &Root, path: &Path) -> Result<Bytes, StoreError> {
    read_if_present(root, path)
        .await?
        .ok_or_else(|| StoreError::NotFound {
            root: root.display().to_owned(),
            key: root.key(path),
        })
}

/// A whole object, if there is one.
pub async fn read_if_present(root: &Root, path: &Path) -> Result<Option<Bytes>, StoreError> {
    get(root, path, None).await
}

/// With a size, an object of any other size counts as absent and is not read.
async fn get(root: &Root, path: &Path, size: Option<u64>) -> Result<Option<Bytes>, StoreError> {
    let result = match root.store().get(path).await {
        Ok(result) => result,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(source) => return Err(read_error(root, path, source)),
    };
    if size.is_some_and(|size| size != result.meta.size) {
        return Ok(None);
    }
    whole(root, path, result).await.map(Some)
}

/// The bytes of a whole object. Fewer than it has are an error, whatever ended them.
pub(crate) async fn whole(
    root: &Root,
    path: &Path,
    result: GetResult,
) -> Result<Bytes, StoreError> {
    let size = result.meta.size;
    let bytes = result.bytes().await;
    let bytes = bytes.map_err(|source| read_error(root, path, source))?;
    is_whole(root, path, bytes.len() as u64, size).map(|()| bytes)
}

/// An error if so many bytes came of so many.
pub(crate) fn is_whole(root: &Root, path: &Path, came: u64, size: u64) -> Result<(), StoreError> {
    if came == size {
        return Ok(());
    }
    let source = object_store::Error::Generic {
        store: "object",
        source: format!("{came} of {size} bytes came").into(),
    };
    Err(read_error(root, path, source))
}

/// Why an object could not be read.
pub fn read_error(root: &Root, path: &Path, source: object_store::Error) -> StoreError {
    root.explain(Doing::Read, path, source)
        .unwrap_or_else(|source| StoreError::Read {
            root: root.display().to_owned(),
            key: root.key(path),
            source,
        })
}

pub(crate) fn write_error(root: &Root, path: &Path, source: object_store::Error) -> StoreError {
    root.explain(Doing::Write, path, source)
        .unwrap_or_else(|source| StoreError::Write {
            root: root.display().to_owned(),
            key: root.key(path),
            source,
        })
}

pub(crate) fn delete_error(root: &Root, path: &Path, source: object_store::Error) -> StoreError {
    root.explain(Doing::Delete, path, source)
        .unwrap_or_else(|source| StoreError::Delete {
            root: root.display().to_owned(),
            key: root.key(path),
            source,
        })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
/// Takes a folder of a local root away if nothing is left in it. Stores have no folders.
pub fn remove_empty_folder(root: &Root, folder: &str) {
    if root.is_local()
        && let Ok(path) = root.child(folder)
    {
        let _ = std::fs::remove_dir(std::path::Path::new("/").join(path.as_ref()));
    }
}
