//! The last step of an hour: its receipt, and a look whether the hour file is still the one that it is of.
//!
//! Two runners may write one hour at once. Whoever writes the receipt last looks last: if another's file lies there
//! by then, the receipt goes, the hour counts as missing, and the next run makes it again. So no receipt is left
//! that speaks of another file, whatever the order of the four writes.

use bytes::Bytes;
use object_store::ObjectStoreExt;

use crate::commit::{Committed, delete_if_present, write_error};
use crate::error::StoreError;
use crate::object::{Object, head};
use crate::receipt::Receipt;
use crate::root::Root;
use crate::stored_hours::sha256_of;

/// Which hour file a receipt is about to be written for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// Bytes.
    pub size: u64,
    /// As the store said it of the object; `None` where stores say none.
    pub etag: Option<String>,
    /// When it was written, where there is no etag.
    pub mtime_micros: Option<i64>,
}

impl From<&Committed> for FileIdentity {
    fn from(committed: &Committed) -> Self {
        Self {
            size: committed.size,
            etag: committed.etag.clone(),
            mtime_micros: committed.mtime_micros,
        }
    }
}

impl From<&Object> for FileIdentity {
    fn from(object: &Object) -> Self {
        Self {
            size: object.size,
            etag: object.etag.clone(),
            mtime_micros: object.etag.is_none().then_some(object.mtime_micros),
        }
    }
}

impl FileIdentity {
    fn is_of(&self, object: &Object) -> bool {
        let same = match (&self.etag, &object.etag) {
            (Some(one), Some(other)) => one == other,
            _ => self.mtime_micros == Some(object.mtime_micros),
        };
        self.size == object.size && same
    }
}

/// Writes the receipt of an hour file that lies there already; false if another runner replaced the file meanwhile,
/// and then the hour has no receipt.
///
/// It is written even where it says what is there: a receipt that is younger than its file says that they belong
/// together.
pub async fn seal(root: &Root, receipt: &Receipt, file: &FileIdentity) -> Result<bool, StoreError> {
    let partition = receipt.partition();
    let key = partition.receipt();
    let json = Bytes::from(receipt.to_json()?);
    let receipt_path = root.child(&key)?;
    let put = root.store().put(&receipt_path, json.into()).await;
    put.map_err(|source| write_error(root, &receipt_path, source))?;
    let path = root.child(&partition.hour_file())?;
    if let Some(found) = head(root, &path).await? {
        // Another runner's may well be the same bytes.
        let same_size = found.size == receipt.size;
        if file.is_of(&found) || same_size && sha256_of(root, &path).await? == receipt.sha256 {
            return Ok(true);
        }
    }
    delete_if_present(root, &key).await?;
    Ok(false)
}
