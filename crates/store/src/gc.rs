//! What earlier runs left behind and nobody needs: unfinished files and uploads, label snapshots that no receipt
//! names, receipts without an hour file.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;

use crate::commit::{delete_error, delete_if_present, read_if_present};
use crate::error::StoreError;
use crate::listing::{CONCURRENCY, list_error};
use crate::object::{Object, head};
use crate::partition::{RECEIPTS, hour_file_of};
use crate::receipt::Receipt;
use crate::root::Root;
use crate::snapshot::{SNAPSHOTS, id_of_key};
use crate::staged::STAGING;

/// Folder of the objects that pin what jobs of a cluster read.
pub const JOBS: &str = "_groundline/jobs";

/// Why something is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftoverKind {
    /// A local file that was to be renamed.
    StagedFile,
    /// A multipart upload that was neither ended nor given up. Its parts are paid for.
    Upload,
    /// What tasks of a cluster read, of a job that was killed.
    Job,
    /// A listing of labels that no receipt names.
    Snapshot,
    /// Its hour file is not there.
    Receipt,
}

/// One thing that can go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    pub kind: LeftoverKind,
    /// Below the root; of an upload the key of the object that it was to become.
    pub key: String,
    /// Bytes; of an upload nobody says.
    pub size: Option<u64>,
    /// When it was written or begun, in microseconds since the epoch.
    pub modified_micros: i64,
    /// Of an upload.
    pub upload_id: Option<String>,
}

/// What lies below an output's root and was written or begun before `before_micros`, and is of no use; sorted.
///
/// `before_micros` must lie before the beginning of every run that still goes on: what a run has staged, has begun to
/// upload or has listed is of no use only after its end. A snapshot is as old as its first writing, even where a later
/// run had the same listing, so that no other run may go on while snapshots are removed.
///
/// Unfinished uploads are listed of S3. Other stores do not say which there are:
/// [`Root::who_ends_uploads`] says what becomes of them.
pub async fn leftovers(root: &Root, before_micros: i64) -> Result<Vec<Leftover>, StoreError> {
    let is_old = |leftover: &Leftover| leftover.modified_micros < before_micros;
    let mut found = Vec::new();
    if root.is_local() {
        let staged = list(root, STAGING).await?;
        found.extend(staged.iter().map(|file| of(LeftoverKind::StagedFile, file)));
    }
    found.extend(uploads(root).await?);
    let jobs = list(root, JOBS).await?;
    found.extend(jobs.iter().map(|file| of(LeftoverKind::Job, file)));
    // In this order: a receipt is written after its hour file and names a snapshot that is there.
    let snapshots = list(root, SNAPSHOTS).await?;
    let receipts = list(root, RECEIPTS).await?;
    let without_file = receipts_without_file(root, &receipts).await?;
    found.extend(unnamed(root, &snapshots, &receipts, is_old).await?);
    found.extend(without_file);
    found.retain(is_old);
    found.sort();
    Ok(found)
}

/// Removes one; false if it was gone, or is of use by now.
pub async fn remove_leftover(root: &Root, leftover: &Leftover) -> Result<bool, StoreError> {
    let key = &leftover.key;
    let refuse = || StoreError::BadKey {
        root: root.display().to_owned(),
        key: key.clone(),
        why: "nothing of this kind has such a key",
    };
    match leftover.kind {
        LeftoverKind::Upload => {
            let path = root.child(key)?;
            let (Some(uploads), Some(id)) = (root.uploads(), &leftover.upload_id) else {
                return Err(refuse());
            };
            let aborted = uploads.abort(&path, id).await;
            return aborted.map_err(|source| delete_error(root, &path, source));
        }
        LeftoverKind::StagedFile => {
            let name = key.strip_prefix(STAGING).ok_or_else(refuse)?;
            if !name.starts_with('/') {
                return Err(refuse());
            }
        }
        LeftoverKind::Job => {
            let name = key.strip_prefix(JOBS).ok_or_else(refuse)?;
            if !name.starts_with('/') {
                return Err(refuse());
            }
        }
        LeftoverKind::Snapshot => {
            id_of_key(key).ok_or_else(refuse)?;
        }
        LeftoverKind::Receipt => {
            let file = root.child(&hour_file_of(key).ok_or_else(refuse)?)?;
            if head(root, &file).await?.is_some() {
                return Ok(false);
            }
        }
    }
    delete_if_present(root, key).await
}

fn of(kind: LeftoverKind, object: &Object) -> Leftover {
    Leftover {
        kind,
        key: object.key.clone(),
        size: Some(object.size),
        modified_micros: object.mtime_micros,
        upload_id: None,
    }
}

/// Every object of a folder, empty and hidden ones too.
async fn list(root: &Root, folder: &str) -> Result<Vec<Object>, StoreError> {
    let prefix = root.child(folder)?;
    let metas: Vec<ObjectMeta> = root
        .store()
        .list(Some(&prefix))
        .try_collect()
        .await
        .map_err(|source| list_error(root, &prefix, source))?;
    Ok(metas
        .into_iter()
        .map(|meta| Object::new(root, meta))
        .collect())
}

async fn uploads(root: &Root) -> Result<Vec<Leftover>, StoreError> {
    let Some(uploads) = root.uploads() else {
        return Ok(Vec::new());
    };
    let listed = uploads.list(root.prefix()).await;
    let listed = listed.map_err(|source| list_error(root, root.prefix(), source))?;
    let inside = listed.into_iter().filter_map(|upload| {
        // A key that has no path is not this program's.
        let path = object_store::path::Path::parse(&upload.key).ok()?;
        Some(Leftover {
            kind: LeftoverKind::Upload,
            key: root.key(&path),
            size: None,
            modified_micros: upload.begun_micros,
            upload_id: Some(upload.id),
        })
    });
    Ok(inside.collect())
}

async fn receipts_without_file(
    root: &Root,
    receipts: &[Object],
) -> Result<Vec<Leftover>, StoreError> {
    if receipts.is_empty() {
        return Ok(Vec::new());
    }
    let merged: HashSet<String> = list(root, "merged")
        .await?
        .into_iter()
        .map(|object| object.key)
        .collect();
    let lost = receipts
        .iter()
        .filter(|receipt| hour_file_of(&receipt.key).is_some_and(|file| !merged.contains(&file)));
    Ok(lost
        .map(|receipt| of(LeftoverKind::Receipt, receipt))
        .collect())
}

/// Receipts are read only where a snapshot is old enough to go. One that cannot be read is an error: nobody knows
/// which snapshot it names.
async fn unnamed(
    root: &Root,
    snapshots: &[Object],
    receipts: &[Object],
    is_old: impl Fn(&Leftover) -> bool,
) -> Result<Vec<Leftover>, StoreError> {
    let mut old: Vec<Leftover> = snapshots
        .iter()
        .filter(|snapshot| id_of_key(&snapshot.key).is_some())
        .map(|snapshot| of(LeftoverKind::Snapshot, snapshot))
        .filter(is_old)
        .collect();
    if old.is_empty() {
        return Ok(old);
    }
    let receipts = receipts
        .iter()
        .filter(|receipt| hour_file_of(&receipt.key).is_some());
    let named: Vec<Option<String>> = stream::iter(receipts)
        .map(|receipt| async move {
            let Some(json) = read_if_present(root, &receipt.path).await? else {
                return Ok(None);
            };
            let read = Receipt::from_json(root, &receipt.key, &json)?;
            Ok::<_, StoreError>(Some(read.labels.snapshot))
        })
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    let named: HashSet<String> = named.into_iter().flatten().collect();
    old.retain(|snapshot| id_of_key(&snapshot.key).is_some_and(|id| !named.contains(id)));
    Ok(old)
}
