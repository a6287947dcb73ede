//! One listed object.

use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use crate::commit::read_error;
use crate::error::StoreError;
use crate::root::Root;

/// An object of a listing: where it is, and what tells one content from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The place in the store of its root.
    pub path: Path,
    /// The place below its root: what the columns `file` and `label_file` hold.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Microseconds since the epoch.
    pub mtime_micros: i64,
    /// What the store says of the content. Local files have none: size and mtime are their identity.
    pub etag: Option<String>,
}

impl Object {
    pub(crate) fn new(root: &Root, meta: ObjectMeta) -> Self {
        Self {
            key: root.key(&meta.location),
            size: meta.size,
            mtime_micros: meta.last_modified.timestamp_micros(),
            etag: meta.e_tag,
            path: meta.location,
        }
    }
}

/// The object at `path`, if there is one.
pub async fn head(root: &Root, path: &Path) -> Result<Option<Object>, StoreError> {
    match root.store().head(path).await {
        Ok(meta) => Ok(Some(Object::new(root, meta))),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(source) => Err(read_error(root, path, source)),
    }
}
